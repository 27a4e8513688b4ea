// The page of one result.
function runPage() {
  const result = doc.result;
  const step = result.step;
  const of = (name) => result.values[doc.metrics.findIndex((metric) => metric.name === name)];
  head([result.symbol + " ", el("span", { class: "interval" }, result.interval), " · " + result.strategy], [
    doc.about || null, rangeText(result, step), settingsText(result.settings),
  ].filter(Boolean), result.params.map(([name, value]) => [name, String(value)]));
  if (result.ruined) main.append(el("p", { class: "note bad" }, "The account was ruined: its equity fell to 0 or below, and it was closed."));
  main.append(...notes(), kpis(of, step));
  const picture = doc.chart && timeline(doc.chart, step, doc.trades && tradeMarks(doc.trades, step));
  const show = picture && picture.show;
  const parts = [picture];
  const grid = (...cards) => { if (cards.some(Boolean)) parts.push(el("div", { class: "grid" }, cards.filter(Boolean))); };
  const benchmark = doc.beside.at(-1).name;
  grid(besideCard(result, doc.beside), doc.years && yearsCard(doc.years, [result.strategy, benchmark]));
  if (doc.months) parts.push(el("div", { class: "grid months-first" }, months(doc.months), drawdowns(doc.drawdowns, step, show)));
  if (doc.breakdowns.length) parts.push(el("div", { class: "grid" }, breakdowns(doc.breakdowns)));
  if (doc.trades?.total) {
    grid(sidesCard(doc.trades.sides, step), excursionsCard(doc.trades, step, show));
    parts.push(reasonsCard(doc.trades.reasons, step));
  }
  grid(doc.days && daysCard(doc.days, step), doc.trades && spread("Returns of the trades", doc.trades.returns, "gain", "trade"));
  parts.push(metricsCard(result.values));
  if (doc.trades) parts.push(tradeTable(doc.trades, step, show));
  parts.push(proof());
  main.append(...parts.filter(Boolean));
  /** @type {NodeListOf<any>} */
  const cards = main.querySelectorAll("section");
  cards.forEach((part) => part.start?.());
}

function rangeText(result, step) {
  return `${time(result.start, step)} to ${time(result.end, step)}, ${bars(result.bars)}`;
}

// The range of several results.
function spanText(span, step) {
  if (!span.fewest || span.fewest === span.bars) return rangeText(span, step) + (span.fewest && span.differ ? " each; ranges differ" : "");
  return `${time(span.start, step)} to ${time(span.end, step)} in all; ranges differ, of ${grouped(span.fewest, 0)} to ${bars(span.bars)}`;
}

function settingsText(settings) {
  return `${settings.direction}, fills ${settings.fill}, fee ${percent(settings.fee)}${settings.maker_fee === null ? "" : `, maker fee ${percent(settings.maker_fee)}`}, slippage ${percent(settings.slippage)}${settings.detail ? `, levels by bars of ${settings.detail}` : ""}${settings.market_funding ? ", funding of the market" : ""}, capital ${grouped(settings.capital, 0)}${settings.year === "calendar" ? "" : `, year ${settings.year}`}${settings.risk_free ? `, risk-free rate ${percent(settings.risk_free)}` : ""}${settings.benchmark ? `, against ${settings.benchmark}` : ""}`;
}

// The figures that are looked at first.
function kpis(of, step) {
  const one = (name, beside) => {
    const metric = doc.metrics.find((metric) => metric.name === name);
    const value = of(name);
    return el("div", { class: "kpi", title: metric.about }, el("div", { class: "label" }, metric.label),
      el("div", { class: "value " + tone(value, metric) }, figure(value, metric.unit)), el("div", { class: "beside" }, beside));
  };
  return el("div", { class: "kpis" },
    one("total_return", `buy & hold ${figure(of("buy_hold_return"), "gain")}`),
    one("cagr", `volatility ${figure(of("volatility"), "share")}`),
    one("sharpe", `Sortino ${figure(of("sortino"), "ratio")}`),
    one("max_drawdown", `longest ${lasting(of("max_drawdown_bars") * step)}`),
    one("profit_factor", `expectancy ${figure(of("expectancy"), "currency")}`),
    one("win_rate", `best ${figure(of("best_trade"), "gain")}`),
    one("trades", `in the market ${figure(of("exposure"), "share")}`));
}

function metricsCard(values) {
  const known = (at) => values[at] !== null && values[at] !== undefined;
  const half = (group) => el("dl", { class: "metrics" }, doc.metrics.map((metric, at) => metric.group === group && known(at) &&
    el("div", {}, el("dt", { title: metric.about }, metric.label), el("dd", { class: tone(values[at], metric) || null }, metricText(values[at], metric, doc.result.step)))).filter(Boolean));
  return card("Metrics", [], el("div", { class: "grid", id: "metrics" }, half("equity"), half("trades")),
    undefinedText(doc.metrics.filter((_, at) => !known(at))));
}

// A metric as the page of one result has it: a number of bars with how long they last, which of days says all.
function metricText(value, metric, step) {
  if (metric.unit !== "bars" || !value) return figure(value, metric.unit);
  return step === DAY ? lasting(value * step) : `${figure(value, metric.unit)} (${lasting(value * step)})`;
}

// Names what a table leaves out.
function undefinedText(metrics) {
  return metrics.length ? small(`Not defined or not counted here: ${metrics.map((metric) => metric.label).join(", ")}.`) : null;
}

function drawdowns(list, step, show) {
  const columns = [
    { label: "Depth", text: (fall) => gain(fall.depth), value: (fall) => fall.depth, tone: () => "down" },
    { label: "Peak", text: (fall) => time(fall.peak, step), value: (fall) => fall.peak, left: true },
    { label: "Lowest", text: (fall) => time(fall.trough, step), value: (fall) => fall.trough, left: true },
    { label: "Recovered", text: (fall) => (fall.recovered ? time(fall.end, step) : "not yet"), value: (fall) => fall.end, left: true },
    { label: "Lasted", text: (fall) => lasting(fall.bars * step), value: (fall) => fall.bars, first: "down" },
  ];
  const press = (fall, at) => { falls.light(at); const room = Math.max((fall.end - fall.peak) * 0.15, 10 * step); show(fall.peak - room, fall.end + room); };
  const falls = table(columns, list, { press, name: "Worst drawdowns" });
  falls.id = "drawdowns";
  return card("Worst drawdowns", [], list.length ? falls : el("p", { class: "small" }, "The equity never fell below an earlier peak."),
    list.length ? screenOnly("Click one to see it in the chart.") : null);
}

// What the page is made from.
function proof() {
  const { result, proof } = doc;
  const list = el("dl", { class: "rows long" });
  const row = (name, value) => { if (value) list.append(el("dt", {}, name), el("dd", {}, value)); };
  row("Parameters", result.params.map(([name, value]) => `${name} = ${value}`).join(", ") || "none");
  for (const [key, text] of doc.rules) row("Rule " + key, el("code", {}, text));
  row("Account", settingsText(result.settings));
  row("Candles", proof.synthetic ? "synthetic sample data, not the market" : null);
  row("Candles, digest", proof.digest && el("code", {}, proof.digest));
  row("Result, key", el("code", {}, proof.key));
  row("Program", `backtest ${doc.program.version}, engine ${doc.program.engine}`);
  if (proof.command) row("Command", command(proof.command));
  const whole = card("What this is made from", [], list, small("The same candles, rules, parameters and settings give the same key and the same figures on every machine."));
  whole.id = "proof";
  return whole;
}
