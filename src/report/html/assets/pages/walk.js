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
    layout: layout(c, { height: 320, margin: { l: 62, r: 10, t: 8, b: 28 }, showlegend: true, legend: { orientation: "h", y: 1.08 }, shapes: shades(c, windows), xaxis: { type: "date", fixedrange: true }, yaxis: { fixedrange: true, type: Math.min(...equity, ...hold) > 0 ? "log" : "linear", tickformat: ",.0f" } }),
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
      { type: "scatter", mode: "markers", name: "Chosen", x: chosen.map((window) => window.inside), y: chosen.map((window) => window.outside), text: chosen.map((window) => `window ${window.number}: ${window.params.join(" ")}`), marker: { color: c.c1, size: 9, line: { color: c.card, width: 1 } }, hovertemplate: "%{text}<br>in sample %{x:.2f}, out of sample %{y:.2f}<extra></extra>" },
    ],
    layout: layout(c, { height: 340, margin: { l: 62, r: 10, t: 8, b: 42 }, showlegend: true, legend: { orientation: "h", y: 1.08 }, xaxis: { title: { text: "in sample" }, fixedrange: true, zeroline: true, zerolinecolor: c.muted, tickformat: percents }, yaxis: { title: { text: "out of sample" }, fixedrange: true, zeroline: true, zerolinecolor: c.muted, tickformat: percents } }),
  });
}

function windowTable(ranked, step) {
  const day = (text) => time(Date.parse(text), step);
  const cash = (window) => doc.params.every((name) => (window[name] ?? window["param_" + name]) == null);
  const columns = [
    { label: "#", text: (window) => (window.window === null ? "holdout" : String(window.window)), value: (window) => window.window ?? Infinity },
    { label: "Tested on", text: (window) => `${day(window.test_start)} to ${day(window.test_end)}${window.partial ? " (shorter)" : ""}`, value: (window) => Date.parse(window.test_start), left: true },
    ...doc.params.map((name) => ({ label: name, text: (window) => (cash(window) ? "cash" : String(window[name] ?? window["param_" + name])), value: (window) => window[name] ?? window["param_" + name] })),
    { label: "in sample", text: (window) => figure(window.in_sample, ranked.unit), value: (window) => window.in_sample },
    { label: "out of sample", text: (window) => figure(window.out_of_sample, ranked.unit), value: (window) => window.out_of_sample, tone: (window) => tone(window.out_of_sample, ranked) },
    { label: "Return", text: (window) => figure(window.return_out_of_sample, "gain"), value: (window) => window.return_out_of_sample },
    { label: "Rank", text: (window) => (window.rank === null ? "-" : `${grouped(window.rank, 0)} of ${grouped(window.points, 0)}`), value: (window) => window.rank ?? Infinity },
  ];
  const rows = table(columns, doc.windows, { name: "Windows" });
  rows.id = "windows";
  return card("Windows", [], rows);
}
