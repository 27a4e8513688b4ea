// The page of a walk: the account of all tests, what was chosen when, and whether it held.
function walkPage() {
  const result = doc.result, step = result.step;
  const of = (name) => result.values[doc.metrics.findIndex((metric) => metric.name === name)];
  const ranked = doc.metrics[doc.sort];
  const windows = doc.chosen.filter((window) => window.number !== null);
  head([result.symbol + " ", el("span", { class: "interval" }, result.interval), " · " + result.strategy + " walked forward"], [
    `${windows.length === 1 ? "1 window" : windows.length + " windows"}, chosen by ${ranked.label}; tested ${rangeText(result, step)}`, settingsText(result.settings)], []);
  main.append(...notes(), el("p", { class: "verdict", id: "verdict" }, doc.verdict), kpis(of, step));
  const x = times(doc.times), dates = Array.from(x, (at) => new Date(at));
  const plots = [
    ["equity", "Growth over all tests", equityPlot(dates, windows), [["Buy & hold", "hold"], [result.strategy, "c1"]]],
    ...(doc.params.length ? [["params", "Parameters that were chosen", paramsPlot(windows)]] : []),
    ["scatter", `${ranked.label} in sample and out of sample`, scatterPlot(windows, ranked), SCATTER_KEY],
  ].map(plotCard);
  main.append(...plots.map((plot) => plot.card), metricsCard(result.values), windowTable(ranked, step));
  plots.forEach((plot) => plot.draw());
}

// A card with a chart, and the names of its lines where there are several.
/** @param {any[]} plot */
function plotCard([id, title, build, entries]) {
  const node = el("div", { class: "plot", id, role: "img", "aria-label": title });
  return { card: card(title, [], entries ? key(entries) : null, node), draw: chart(node, build) };
}

// A line of equity as growth, with what the capital became under the mouse.
function growthLine(dates, y, name, capital, line) {
  const text = Array.from(y, (value) => `${gain(value / capital - 1)} (${grouped(value, 0)})`);
  return { type: "scatter", mode: "lines", x: dates, y, text, name, line, hovertemplate: `%{x|%Y-%m-%d}<br>${plain(name)} %{text}<extra></extra>` };
}

// Every second window is shaded.
function shades(c, windows) {
  return windows.filter((_, at) => at % 2 === 1).map((window) => ({
    type: "rect", xref: "x", yref: "paper", x0: new Date(window.from), x1: new Date(window.to), y0: 0, y1: 1, fillcolor: c.soft, line: { width: 0 }, layer: "below",
  }));
}

function equityPlot(dates, windows) {
  const equity = floats32(doc.equity), hold = floats32(doc.hold);
  const { strategy, settings: { capital } } = doc.result;
  return (c) => ({
    data: [growthLine(dates, hold, "Buy & hold", capital, { color: c.hold, width: 1.5 }), growthLine(dates, equity, strategy, capital, { color: c.c1, width: 1.5 })],
    layout: layout(c, { height: 320, margin: { l: 62, r: 10, t: 8, b: 28 }, shapes: shades(c, windows), xaxis: { type: "date", fixedrange: true }, yaxis: equityAxis(capital, equity, hold) }),
  });
}

// Each parameter as steps in a strip of its own.
function paramsPlot(windows) {
  const count = doc.params.length;
  return (c) => {
    const more = {};
    const data = doc.params.map((name, at) => {
      const axis = at ? `y${at + 1}` : "y";
      more[at ? `yaxis${at + 1}` : "yaxis"] = { domain: [1 - (at + 0.86) / count, 1 - at / count], fixedrange: true, title: { text: name, font: { size: 11 } } };
      const x = [], y = [];
      for (const window of windows) {
        const value = window.params[at] ?? null;
        x.push(new Date(window.from), new Date(window.to));
        y.push(value, value);
      }
      return { type: "scatter", mode: "lines", x, y, xaxis: "x", yaxis: axis, line: { color: lineColour(c, at), width: 2, shape: "hv" }, hovertemplate: `%{x|%Y-%m-%d}<br>${plain(name)} %{y}<extra></extra>` };
    });
    return { data, layout: layout(c, { height: 90 + 90 * count, margin: { l: 62, r: 10, t: 8, b: 28 }, shapes: shades(c, windows), xaxis: { type: "date", fixedrange: true, anchor: count > 1 ? `y${count}` : "y" }, ...more }) };
  };
}

const SCATTER_KEY = [["Points of the grid", "muted"], ["Chosen", "c1"]];

// Points of the grid in windows, and those that were chosen: what is good in sample should be so out of sample.
function scatterPlot(windows, ranked) {
  const chosen = windows.filter((window) => window.inside !== null && window.outside !== null);
  const percents = ranked.unit === "gain" || ranked.unit === "share" ? ".0%" : null;
  return (c) => ({
    data: [
      { type: "scatter", mode: "markers", name: "Points", x: floats32(doc.scatter.inside), y: floats32(doc.scatter.outside), marker: { color: c.muted, size: 3, opacity: 0.4 }, hoverinfo: "skip" },
      { type: "scatter", mode: "markers", name: "Chosen", x: chosen.map((window) => window.inside), y: chosen.map((window) => window.outside), text: chosen.map((window) => window.name), marker: { color: c.c1, size: 9, line: { color: c.card, width: 1 } }, hovertemplate: "%{text}<br>in sample %{x:.2f}, out of sample %{y:.2f}<extra></extra>" },
    ],
    layout: layout(c, { height: 340, margin: { l: 62, r: 10, t: 8, b: 42 }, xaxis: { title: { text: "in sample" }, fixedrange: true, zeroline: true, zerolinecolor: c.muted, tickformat: percents }, yaxis: { title: { text: "out of sample" }, fixedrange: true, zeroline: true, zerolinecolor: c.muted, tickformat: percents } }),
  });
}

// The page of a combinatorial cross-validation: every path, how its figures are spread, and what each split chose.
function cpcvPage() {
  const result = doc.result, step = result.step, at = (name) => doc.metrics.findIndex((metric) => metric.name === name);
  const ranked = doc.metrics[doc.sort];
  head([result.symbol + " ", el("span", { class: "interval" }, result.interval), " · " + result.strategy + " cross-validated"], [
    `${doc.groups.length} groups, ${doc.splits.length} splits, ${doc.paths.length === 1 ? "1 path" : doc.paths.length + " paths"}, chosen by ${ranked.label}; ${rangeText(result, step)}`, settingsText(result.settings)], []);
  main.append(...notes(), el("p", { class: "verdict", id: "verdict" }, doc.verdict));
  const dates = Array.from(times(doc.times), (time) => new Date(time));
  const groups = doc.groups.map(([from, to]) => ({ from, to }));
  const plots = [
    ["equity", "Growth of each path", pathsPlot(dates, groups), [["Buy & hold", "hold"], ...pathNames().map((name, at) => [name, lineName(at)])]],
    ["scatter", `${ranked.label} in sample and out of sample`, scatterPlot(doc.chosen, ranked), SCATTER_KEY],
  ].map(plotCard);
  const columns = [{ label: "Path", text: (row) => String(row.path), value: (row) => row.path }, ...["total_return", "sharpe", "max_drawdown", "trades"].map(at).filter((place) => place >= 0).map((place) => ({
    label: doc.metrics[place].label, text: (row) => figure(row.values[place], doc.metrics[place].unit), value: (row) => row.values[place], tone: (row) => tone(row.values[place], doc.metrics[place]),
  }))];
  const paths = table(columns, doc.values.map((values, path) => ({ path: path + 1, values })), { name: "Paths" });
  paths.id = "paths";
  main.append(...plots.map((plot) => plot.card), card("Paths", [], paths), splitTable(ranked));
  plots.forEach((plot) => plot.draw());
}

// The paths that have a colour of their own; more are told apart by the mouse alone.
function pathNames() {
  return doc.paths.length > 6 ? [] : doc.paths.map((_, at) => `Path ${at + 1}`);
}

function pathsPlot(dates, groups) {
  const hold = floats32(doc.hold), paths = doc.paths.map(floats32);
  const { capital } = doc.result.settings;
  return (c) => ({
    data: [
      ...paths.map((y, at) => ({ ...growthLine(dates, y, `Path ${at + 1}`, capital, { color: lineColour(c, at), width: 1 }), opacity: paths.length > 12 ? 0.4 : 0.9 })),
      growthLine(dates, hold, "Buy & hold", capital, { color: c.hold, width: 1.5 }),
    ],
    layout: layout(c, { height: 320, margin: { l: 62, r: 10, t: 8, b: 28 }, shapes: shades(c, groups), xaxis: { type: "date", fixedrange: true }, yaxis: equityAxis(capital, hold, ...paths) }),
  });
}

function splitTable(ranked) {
  const columns = [
    { label: "Split", text: (split) => String(split.split), value: (split) => split.split },
    { label: "Groups tested", text: (split) => split.tested, value: (split) => split.tested, left: true },
    ...chosenColumns(ranked),
  ];
  const rows = table(columns, doc.splits, { name: "Splits" });
  rows.id = "splits";
  return card("Splits", [], rows);
}

// The parameters and what came of them; on a phone that first.
function chosenColumns(ranked) {
  const [params, figures] = [paramColumns(), choiceColumns(ranked)];
  return isNarrow() ? [...figures, ...params] : [...params, ...figures];
}

// What was chosen; nothing where no point could be.
function paramColumns() {
  const value = (row, name) => row[name] ?? row["param_" + name];
  return doc.params.map((name) => ({ label: name, text: (row) => (row.rank === null ? "cash" : String(value(row, name) ?? "")), value: (row) => value(row, name) }));
}

function choiceColumns(ranked) {
  return [
    { label: "in sample", text: (row) => figure(row.in_sample, ranked.unit), value: (row) => row.in_sample },
    { label: "out of sample", text: (row) => figure(row.out_of_sample, ranked.unit), value: (row) => row.out_of_sample, tone: (row) => tone(row.out_of_sample, ranked) },
    { label: "Return", text: (row) => figure(row.return_out_of_sample, "gain"), value: (row) => row.return_out_of_sample },
    { label: "Rank", text: (row) => (row.rank === null ? "-" : `${grouped(row.rank, 0)} of ${grouped(row.points, 0)}`), value: (row) => row.rank ?? Infinity },
  ];
}

function windowTable(ranked, step) {
  const day = (text) => time(Date.parse(text), step);
  const columns = [
    { label: "#", text: (window) => (window.window === null ? "holdout" : String(window.window)), value: (window) => window.window ?? Infinity },
    { label: "Tested on", text: (window) => `${day(window.test_start)}\nto ${day(window.test_end)}${window.partial ? "\n(shorter)" : ""}`, value: (window) => Date.parse(window.test_start), left: true, wraps: true },
    ...chosenColumns(ranked),
  ];
  const rows = table(columns, doc.windows, { name: "Windows" });
  rows.id = "windows";
  return card("Windows", [], rows);
}
