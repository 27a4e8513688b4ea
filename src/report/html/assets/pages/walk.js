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
    ["equity", "Equity of all tests", equityPlot(dates, windows)],
    ...(doc.params.length ? [["params", "Parameters that were chosen", paramsPlot(windows)]] : []),
    ["scatter", `${ranked.label} in sample and out of sample`, scatterPlot(windows, ranked)],
  ].map(([id, title, build]) => {
    const node = el("div", { class: "plot", id, role: "img", "aria-label": title });
    return { card: card(title, [], node), draw: chart(node, build) };
  });
  main.append(...plots.map((plot) => plot.card), el("div", { class: "grid" }, metricsCard(result.values)), windowTable(ranked, step));
  plots.forEach((plot) => plot.draw());
}

// Every second window is shaded.
function shades(c, windows) {
  return windows.filter((_, at) => at % 2 === 1).map((window) => ({
    type: "rect", xref: "x", yref: "paper", x0: new Date(window.from), x1: new Date(window.to), y0: 0, y1: 1, fillcolor: c.soft, line: { width: 0 }, layer: "below",
  }));
}

function equityPlot(dates, windows) {
  const equity = floats32(doc.equity), hold = floats32(doc.hold);
  const line = (y, name, colour, dash) => ({ type: "scatter", mode: "lines", x: dates, y, name, line: { color: colour, width: 1.5, dash }, hovertemplate: `%{x|%Y-%m-%d}<br>${name} %{y:,.0f}<extra></extra>` });
  return (c) => ({
    data: [line(hold, "Buy & hold", c.muted, "dot"), line(equity, "Equity", c.c1)],
    layout: layout(c, { height: 320, margin: { l: 62, r: 10, t: 8, b: 28 }, showlegend: true, legend: { orientation: "h", y: 1.08 }, shapes: shades(c, windows), xaxis: { type: "date", fixedrange: true }, yaxis: equityAxis(equity, hold) }),
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
      return { type: "scatter", mode: "lines", x, y, xaxis: "x", yaxis: axis, line: { color: lineColour(c, at), width: 2, shape: "hv" }, hovertemplate: `%{x|%Y-%m-%d}<br>${name} %{y}<extra></extra>` };
    });
    return { data, layout: layout(c, { height: 90 + 90 * count, margin: { l: 62, r: 10, t: 8, b: 28 }, shapes: shades(c, windows), xaxis: { type: "date", fixedrange: true, anchor: count > 1 ? `y${count}` : "y" }, ...more }) };
  };
}

// Points of the grid in windows, and those that were chosen: what is good in sample should be so out of sample.
function scatterPlot(windows, ranked) {
  const chosen = windows.filter((window) => window.inside !== null && window.outside !== null);
  const percents = ranked.unit === "gain" || ranked.unit === "share" ? ".0%" : null;
  return (c) => ({
    data: [
      { type: "scatter", mode: "markers", name: "Points", x: floats32(doc.scatter.inside), y: floats32(doc.scatter.outside), marker: { color: c.muted, size: 3, opacity: 0.4 }, hoverinfo: "skip" },
      { type: "scatter", mode: "markers", name: "Chosen", x: chosen.map((window) => window.inside), y: chosen.map((window) => window.outside), text: chosen.map((window) => window.name), marker: { color: c.c1, size: 9, line: { color: c.card, width: 1 } }, hovertemplate: "%{text}<br>in sample %{x:.2f}, out of sample %{y:.2f}<extra></extra>" },
    ],
    layout: layout(c, { height: 340, margin: { l: 62, r: 10, t: 8, b: 42 }, showlegend: true, legend: { orientation: "h", y: 1.08 }, xaxis: { title: { text: "in sample" }, fixedrange: true, zeroline: true, zerolinecolor: c.muted, tickformat: percents }, yaxis: { title: { text: "out of sample" }, fixedrange: true, zeroline: true, zerolinecolor: c.muted, tickformat: percents } }),
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
    ["equity", "Equity of each path", pathsPlot(dates, groups)],
    ["scatter", `${ranked.label} in sample and out of sample`, scatterPlot(doc.chosen, ranked)],
  ].map(([id, title, build]) => {
    const node = el("div", { class: "plot", id, role: "img", "aria-label": title });
    return { card: card(title, [], node), draw: chart(node, build) };
  });
  const columns = [{ label: "Path", text: (row) => String(row.path), value: (row) => row.path }, ...["total_return", "sharpe", "max_drawdown", "trades"].map(at).filter((place) => place >= 0).map((place) => ({
    label: doc.metrics[place].label, text: (row) => figure(row.values[place], doc.metrics[place].unit), value: (row) => row.values[place], tone: (row) => tone(row.values[place], doc.metrics[place]),
  }))];
  const paths = table(columns, doc.values.map((values, path) => ({ path: path + 1, values })), { name: "Paths" });
  paths.id = "paths";
  main.append(...plots.map((plot) => plot.card), card("Paths", [], paths), splitTable(ranked));
  plots.forEach((plot) => plot.draw());
}

function pathsPlot(dates, groups) {
  const hold = floats32(doc.hold), paths = doc.paths.map(floats32);
  return (c) => ({
    data: [
      ...paths.map((y, at) => ({ type: "scatter", mode: "lines", x: dates, y, name: `Path ${at + 1}`, showlegend: false, line: { color: lineColour(c, at), width: 1 }, opacity: paths.length > 12 ? 0.4 : 0.9, hovertemplate: `%{x|%Y-%m-%d}<br>path ${at + 1} %{y:,.0f}<extra></extra>` })),
      { type: "scatter", mode: "lines", x: dates, y: hold, name: "Buy & hold", line: { color: c.muted, width: 1.5, dash: "dot" }, hovertemplate: "%{x|%Y-%m-%d}<br>Buy & hold %{y:,.0f}<extra></extra>" },
    ],
    layout: layout(c, { height: 320, margin: { l: 62, r: 10, t: 8, b: 28 }, showlegend: true, legend: { orientation: "h", y: 1.08 }, shapes: shades(c, groups), xaxis: { type: "date", fixedrange: true }, yaxis: equityAxis(hold, ...paths) }),
  });
}

function splitTable(ranked) {
  const columns = [
    { label: "Split", text: (split) => String(split.split), value: (split) => split.split },
    { label: "Groups tested", text: (split) => split.tested, value: (split) => split.tested, left: true },
    ...paramColumns(),
    ...choiceColumns(ranked),
  ];
  const rows = table(columns, doc.splits, { name: "Splits" });
  rows.id = "splits";
  return card("Splits", [], rows);
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
    { label: "Tested on", text: (window) => `${day(window.test_start)} to ${day(window.test_end)}${window.partial ? " (shorter)" : ""}`, value: (window) => Date.parse(window.test_start), left: true },
    ...paramColumns(),
    ...choiceColumns(ranked),
  ];
  const rows = table(columns, doc.windows, { name: "Windows" });
  rows.id = "windows";
  return card("Windows", [], rows);
}
