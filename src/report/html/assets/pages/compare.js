// The page of several results side by side.
function comparePage() {
  const all = doc.contenders;
  const first = all[0];
  // What all have in common, or that they do not.
  const common = (of, differ) => (all.every((one) => of(one) === of(first)) ? of(first) : differ);
  head([first.symbol + " ", el("span", { class: "interval" }, first.interval), " · " + all.map((one) => one.name).join(" vs ")],
    [common((one) => rangeText(one, one.step), "Ranges differ: each is below."), common((one) => settingsText(one.settings), "Accounts differ: each is below.")], all.map((one) => [one.name, one.params.map(([name, value]) => `${name} ${value}`).join(", ")]));
  main.append(...notes());
  for (const one of all.filter((one) => one.ruined)) main.append(el("p", { class: "note bad" }, `${one.name}: the account was ruined.`));
  const traded = all.filter((one) => one.trades?.total);
  let marked = traded[0];
  const marksOf = new Map(traded.map((one) => [one, tradeMarks(one.trades, one.step)]));
  const marks = marked && { traces: (...view) => marksOf.get(marked).traces(...view), said: () => `Marked are the trades of ${marked.name}. ${marksOf.get(marked).said()}` };
  const picture = doc.chart && timeline(doc.chart, first.step, marks);
  const trades = el("div", { id: "contender" });
  const list = () => trades.replaceChildren(tradeTable(marked.trades, marked.step, picture?.show, [
    traded.length > 1 && select("of", traded.map((one) => [one.name, one]), marked, (one) => { marked = one; list(); picture?.redraw(); })].filter(Boolean)));
  if (marked) list();
  const years = doc.years && yearsCard(doc.years.rows, doc.years.names);
  main.append(...[picture, years, sideBySide(all), marked && trades].filter(Boolean));
  for (const one of all) {
    const list = el("dl", { class: "rows long" });
    const row = (name, value) => { if (value) list.append(el("dt", {}, name), el("dd", {}, value)); };
    row("Account", settingsText(one.settings));
    row("Range", rangeText(one, one.step));
    row("Candles, digest", one.proof.digest && el("code", {}, one.proof.digest));
    row("Result, key", el("code", {}, one.proof.key));
    if (one.proof.command) row("Command", command(one.proof.command));
    main.append(card(one.name, [], list));
  }
  picture?.start();
  years?.start();
}

function sideBySide(all) {
  const known = (at) => all.some((one) => one.values[at] !== null);
  const line = (metric, at) => {
    const values = all.map((one) => one.values[at]);
    return el("tr", {}, el("th", { class: "left", scope: "row", title: metric.about }, metric.label),
      values.map((value, one) => el("td", { class: [tone(value, metric), doc.better[at].includes(one) ? "better" : "other"].join(" ").trim() }, metricText(value, metric, all[one].step))));
  };
  const heads = [el("th", { class: "plain left" }, "Metric"), ...all.map((one) => el("th", { class: "plain", scope: "col" }, one.name))];
  const whole = card("Side by side", [], sideways(el("table", { id: "side", "aria-label": "Metrics side by side" },
    el("thead", {}, el("tr", {}, heads)), el("tbody", {}, doc.metrics.map((metric, at) => (known(at) ? line(metric, at) : null)).filter(Boolean)))),
    small(`✓ marks the ${all.length > 2 ? "best" : "better"} one.`), undefinedText(doc.metrics.filter((_, at) => !known(at))));
  whole.classList.add("long");
  return whole;
}
