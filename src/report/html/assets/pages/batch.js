// The page of many results.
function batchPage() {
  const metric = doc.metrics[doc.sort];
  const first = doc.first;
  const rows = doc.rows.map(([symbol, strategy, params, values, start, end, ruined], at) =>
    ({ at, symbol, strategy, params, values, start, end, ruined, name: `${symbol} ${strategy}` + (params.length ? " " + params.join(" ") : "") }));
  head([doc.title], first ? [`Ranked by ${metric.label}; bars of ${first.interval}` + (doc.settled ? `; ${settingsText(first.settings)}` : "")] : [], []);
  main.append(...notes());
  if (doc.failed.length) main.append(failures());
  if (!rows.length) {
    main.append(card("Results", [], el("p", { class: "small" }, "There is no result to show.")));
    return;
  }
  const step = first.step;
  const ranking = rankingCard(rows, metric, step);
  const cloud = scatter(rows, ranking.pick);
  const counts = spread(`${metric.label} of ${doc.tested > rows.length ? "the " + grouped(rows.length, 0) + " shown" : "all " + grouped(rows.length, 0)}`, doc.spread, metric.unit, "result", [[middle(rows.map((row) => row.values[doc.sort])), "median"]]);
  counts.append(small("The dotted line is the median." + (doc.undefined ? ` ${grouped(doc.undefined, 0)} without a defined ${metric.label} are not counted.` : "")));
  main.append(el("div", { class: "grid" }, cloud, counts));
  if (doc.totals.length > 1) main.append(totalsCard());
  if (doc.curves.length) main.append(minis(rows));
  main.append(ranking);
  cloud.start();
  counts.start?.();
}

function middle(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted.length ? sorted[Math.floor(sorted.length / 2)] : null;
}

function failures() {
  const whole = card(`Failed (${doc.failed.length})`, [], el("dl", { class: "rows" }, doc.failed.flatMap(([symbol, reason]) => [el("dt", {}, symbol), el("dd", {}, reason)])));
  whole.id = "failed";
  return whole;
}

// What the results of each strategy have in common.
function totalsCard() {
  const strategy = ([name, params]) => [name, ...params].join(" ");
  const column = (label, at, unit, about) => ({ label, about, first: "down", value: (row) => row[at], text: (row) => figure(row[at], unit) });
  const medians = doc.medians.map((name, at) => {
    const metric = doc.metrics.find((metric) => metric.name === name);
    return { label: metric.label, about: metric.about, first: metric.higher ? "down" : "up", value: (row) => row[6][at], text: (row) => figure(row[6][at], metric.unit), tone: (row) => tone(row[6][at], metric) };
  });
  const columns = [
    { label: "Strategy", left: true, value: strategy, text: strategy }, column("Assets", 2, "count", "results"),
    ...medians, column("Profitable", 3, "share", "share of the results with a return above 0"), column("Beat buy & hold", 4, "share", "share of the results that returned more"),
    column("Never traded", 5, "count", "results that never opened a position"),
  ];
  const list = table(columns, doc.totals, { name: "Strategies" });
  list.id = "totals";
  return card("Strategies", [], list, small(`${medians[0].label} to ${medians.at(-1).label} are medians over all results of the strategy, shown or not.`));
}

const RANKED = ["total_return", "cagr", "sharpe", "sortino", "max_drawdown", "buy_hold_return", "exposure", "trades", "win_rate", "profit_factor"];

// The metrics of a ranked table: what ranks comes first, so that a phone shows it.
function rankedNames(metric) {
  return [metric.name, ...RANKED.filter((name) => name !== metric.name)];
}

function metricColumns(names, of) {
  return names.map((name) => {
    const at = doc.metrics.findIndex((metric) => metric.name === name);
    const metric = doc.metrics[at];
    return {
      label: metric.label, about: metric.about, first: metric.higher ? "down" : "up",
      value: (row) => of(row)[at], text: (row) => figure(of(row)[at], metric.unit), tone: (row) => tone(of(row)[at], metric),
    };
  });
}

function rankingCard(rows, metric, step) {
  const names = rankedNames(metric);
  const columns = [
    { label: "#", value: (row) => row.at, text: (row) => String(row.at + 1) },
    { label: "Asset", value: (row) => row.symbol, text: (row) => row.symbol, left: true },
    { label: "Strategy", value: (row) => row.strategy, text: (row) => row.strategy + (row.params.length ? " " + row.params.join(" ") : ""), left: true },
    ...metricColumns(names, (row) => row.values),
  ];
  const panel = el("div", { class: "pick", hidden: "" });
  const list = table(columns, rows, { press: (row) => pick(row), name: "Ranking" });
  list.id = "ranking";
  function pick(row) {
    list.light(row.at);
    panel.hidden = false;
    panel.replaceChildren(...[
      el("div", {}, el("b", {}, row.name), ...[doc.settled ? el("span", { class: "small" }, `  ${time(row.start, step)} to ${time(row.end, step)}`) : null, row.ruined ? el("span", { class: "down" }, "  ruined") : null].filter(Boolean)),
      doc.commands[row.at] ? command(doc.commands[row.at]) : null].filter(Boolean));
  }
  const search = el("input", { type: "search", id: "search", placeholder: "Asset or strategy", "aria-label": "Search the ranking" });
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.filter((row) => words.every((word) => row.name.toLowerCase().includes(word)));
  });
  const whole = card(`Ranking (${grouped(rows.length, 0)}${doc.tested > rows.length ? " of " + grouped(doc.tested, 0) : ""})`, [search], list, panel, doc.commands.length ? screenOnly("Click a row for the command that gives it.") : null);
  whole.pick = (row) => { pick(row); panel.scrollIntoView({ block: "nearest" }); };
  return whole;
}

// Of a crowd, one for each place that a chart can tell apart: those that lie on each other cost time and show nothing.
function distinct(rows, placeOf) {
  if (rows.length <= MOST_DOTS) return rows;
  const seen = new Map();
  for (const row of rows) {
    const [x, y] = placeOf(row);
    const place = `${row.strategy} ${Math.round(x * 400)} ${Math.round(Math.log(Math.max(1 + y, 0.001)) * 40)}`;
    if (!seen.has(place)) seen.set(place, row);
  }
  return [...seen.values()];
}

const MOST_DOTS = 3000;

// Return against drawdown, one colour for each strategy.
function scatter(rows, pick) {
  const at = (name) => doc.metrics.findIndex((metric) => metric.name === name);
  const [fall, growth] = [at("max_drawdown"), at("total_return")];
  const strategies = [...new Set(rows.map((row) => row.strategy))];
  const node = el("div", { class: "plot", id: "scatter", role: "img", "aria-label": "Return against drawdown" });
  const seen = distinct(rows.filter((row) => row.values[fall] !== null && row.values[growth] !== null), (row) => [row.values[fall], row.values[growth]]);
  const groups = strategies.map((name) => seen.filter((row) => row.strategy === name));
  const large = seen.some((row) => row.values[growth] > 3);
  // Many are drawn small and pale, so that a crowd is seen as one.
  const [size, opacity] = seen.length > 1000 ? [4, 0.4] : seen.length > 200 ? [5, 0.55] : [8, 0.75];
  const draw = chart(node, (c, width) => ({
    data: groups.map((group, at) => ({
      type: "scatter", mode: "markers", name: plain(strategies[at]), x: group.map((row) => row.values[fall]),
      // From -100 % up, so that a return of 100 and one of 1 both have their place.
      y: group.map((row) => (large ? Math.max(1 + row.values[growth], 0.001) : row.values[growth])),
      marker: { color: lineColour(c, at), size, opacity, line: { color: c.card, width: size > 5 ? 1 : 0 } }, hoverinfo: "text",
      text: group.map((row) => `<b>${plain(row.name)}</b><br>return ${figure(row.values[growth], "gain")}<br>max drawdown ${figure(row.values[fall], "gain")}`),
    })),
    layout: layout(c, {
      height: 260, showlegend: strategies.length > 1, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", itemsizing: "constant", font: { color: c.text } },
      margin: { l: 76, r: 10, t: strategies.length > 1 ? 30 : 8, b: 40 },
      xaxis: { tickformat: ".0%", title: { text: "Max drawdown", standoff: 6 }, fixedrange: true, nticks: width < 500 ? 5 : 8 },
      yaxis: { type: large ? "log" : "linear", tickformat: large ? "~g" : ".0%", title: { text: large ? "Growth of 1 (log)" : "Return", standoff: 10 }, fixedrange: true, zeroline: true, zerolinecolor: c.muted, nticks: 7 },
    }),
  }));
  const whole = card("Return against drawdown", [], node);
  whole.start = () => {
    draw();
    node.on("plotly_click", (event) => pick(groups[event.points[0].curveNumber][event.points[0].pointIndex]));
  };
  return whole;
}

// Small equity lines of the best and of the worst.
function minis(rows) {
  const SVG = "http://www.w3.org/2000/svg";
  const one = (curve) => {
    const row = rows[curve.row];
    const y = floats32(curve.y);
    const [low, high] = extent(y, 0, y.length, [Infinity, -Infinity]);
    const points = Array.from(y, (value, at) => `${(at / Math.max(y.length - 1, 1) * 200).toFixed(1)},${(50 - (value - low) / (high - low || 1) * 46).toFixed(1)}`);
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 200 54");
    svg.setAttribute("preserveAspectRatio", "none");
    const line = document.createElementNS(SVG, "polyline");
    const growth = row.values[0];
    for (const [name, value] of [["points", points.join(" ")], ["fill", "none"], ["stroke-width", "1.6"], ["vector-effect", "non-scaling-stroke"], ["style", `stroke: var(--${growth < 0 ? "down" : "up"})`]]) line.setAttribute(name, value);
    svg.append(line);
    const metric = doc.metrics[doc.sort];
    return el("div", { class: "mini", title: row.name }, el("div", { class: "name" }, `#${row.at + 1} ${row.name}`),
      el("div", { class: "small" }, `${metric.label} ${figure(row.values[doc.sort], metric.unit)}, return ${figure(growth, "gain")}`), svg);
  };
  // The last ones are the worst only where all that was tested is here.
  const worst = doc.tested === rows.length && doc.curves.length > 2;
  const half = Math.ceil(doc.curves.length / 2);
  const whole = card(worst ? "Equity of the best and of the worst" : "Equity of the best", [], el("div", { class: "minis" }, doc.curves.map(one)),
    small((worst ? `The first ${half} are the best, the others the worst of the results with a ${doc.metrics[doc.sort].label} and enough trades, where there are such. ` : "") + "Each line has its own scale."));
  whole.id = "minis";
  return whole;
}
