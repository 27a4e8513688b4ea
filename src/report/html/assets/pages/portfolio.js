// The page of a portfolio: one account over many assets.
function portfolioPage() {
  const result = doc.result, step = result.step;
  const of = (name) => result.values[doc.metrics.findIndex((metric) => metric.name === name)];
  head([result.symbol + " ", el("span", { class: "interval" }, result.interval), " · " + result.strategy], [
    doc.about || null, rangeText(result, step), settingsText(result.settings),
  ].filter(Boolean), result.params.map(([name, value]) => [name, String(value)]));
  if (result.ruined) main.append(el("p", { class: "note bad" }, "The account was ruined: its equity fell to 0 or below, and it was closed."));
  main.append(...notes(), kpis(of, step),
    small(`Held ${doc.figures.held.toFixed(1)} assets on average, ${figure(doc.figures.invested, "share")} of the equity invested; ${grouped(doc.figures.rebalances, 0)} bars with fills.`));
  const dates = Array.from(times(doc.times), (at) => new Date(at));
  const plots = [
    ["equity", "Growth", worthPlot(dates), [[result.strategy, "c1"], ["Equal parts, held", "hold"], ...(doc.benchmark ? [[doc.benchmark[0], "c2"]] : [])]],
    ["drawdown", "Drawdown", fallPlot(dates)],
    ["weights", "Weights", weightPlot(), doc.weights.areas.map(([name], at) => [name, areaName(at)])],
    ["contributions", "Contribution of each asset", contributionPlot()],
  ].map(plotCard);
  main.append(...plots.slice(0, 3).map((plot) => plot.card), months(doc.months),
    plots[3].card, holdings(), metricsCard(result.values), portfolioProof());
  plots.forEach((plot) => plot.draw());
}

function worthPlot(dates) {
  const equity = floats32(doc.equity), hold = floats32(doc.hold);
  const { strategy, settings: { capital } } = doc.result;
  const line = (y, name, color) => growthLine(dates, y, name, capital, { color, width: 1.5 });
  return (c) => {
    const data = [line(hold, "Equal parts, held", c.hold), line(equity, strategy, c.c1)];
    if (doc.benchmark) data.unshift(line(floats32(doc.benchmark[1]), doc.benchmark[0], c.c2));
    return { data, layout: layout(c, { height: 320, margin: { l: 62, r: 10, t: 8, b: 28 }, xaxis: { type: "date", fixedrange: true }, yaxis: equityAxis(capital, ...data.map((one) => one.y)) }) };
  };
}

function fallPlot(dates) {
  const falls = floats32(doc.drawdown);
  return (c) => ({
    data: [{ type: "scatter", mode: "lines", x: dates, y: falls, fill: "tozeroy", line: { color: c.low, width: 1 }, hovertemplate: "%{x|%Y-%m-%d}<br>%{y:.1%}<extra></extra>" }],
    layout: layout(c, { height: 160, margin: { l: 62, r: 10, t: 8, b: 28 }, xaxis: { type: "date", fixedrange: true }, yaxis: { fixedrange: true, tickformat: ".0%" } }),
  });
}

// The colour of an area by its number; after eleven comes that of all others.
function areaName(at) {
  return at < 11 ? "c" + (at + 1) : "hold";
}

// Weights hold from one bar with fills to the next; what is sold short is below zero.
function weightPlot() {
  const dates = Array.from(times(doc.weights.times), (at) => new Date(at));
  const areas = doc.weights.areas.map(([name, values]) => [plain(name), Array.from(floats32(values))]);
  return (c) => {
    const side = (name, values, at, sign) => ({
      type: "scatter", mode: "lines", name, x: dates, y: values.map((value) => (sign * value > 0 ? value : 0)), stackgroup: sign > 0 ? "long" : "short",
      line: { width: 0, shape: "hv", color: c[areaName(at)] }, hovertemplate: `%{x|%Y-%m-%d}<br>${plain(name)} %{y:.1%}<extra></extra>`,
    });
    const data = areas.flatMap(([name, values], at) => [side(name, values, at, 1), ...(values.some((value) => value < 0) ? [side(name, values, at, -1)] : [])]);
    return { data, layout: layout(c, { height: 300, margin: { l: 62, r: 10, t: 8, b: 28 }, xaxis: { type: "date", fixedrange: true }, yaxis: { fixedrange: true, tickformat: ".0%" } }) };
  };
}

// Those that gave most and those that cost most.
function contributionPlot() {
  const most = 15, all = doc.contributions;
  const shown = all.length > 2 * most ? [...all.slice(0, most), ...all.slice(-most)] : all;
  const names = shown.map(([name]) => plain(name)), values = shown.map(([, value]) => value);
  return (c) => ({
    data: [{ type: "bar", x: names, y: values, marker: { color: values.map((value) => (value < 0 ? c.low : c.high)) }, hovertemplate: "%{x} %{y:+.2%}<extra></extra>" }],
    layout: layout(c, { height: 260, margin: { l: 62, r: 10, t: 8, b: 80 }, xaxis: { type: "category", fixedrange: true, tickangle: -60, automargin: true }, yaxis: { fixedrange: true, tickformat: ".0%", zeroline: true, zerolinecolor: c.muted } }),
  });
}

function holdings() {
  const columns = [
    { label: "Asset", text: (held) => held[0], value: (held) => held[0], left: true },
    { label: "Units", text: (held) => price(held[1]), value: (held) => held[1] },
    { label: "Value", text: (held) => grouped(held[2], 2), value: (held) => held[2] },
    { label: "Weight", text: (held) => figure(held[3], "share"), value: (held) => held[3] },
  ];
  const rows = table(columns, doc.held, { name: "Holdings now" });
  rows.id = "holdings";
  return card("Holdings now", [], doc.held.length ? rows : el("p", { class: "small" }, "All is cash."));
}

function portfolioProof() {
  const list = el("dl", { class: "rows long" });
  list.append(el("dt", {}, "Result, key"), el("dd", {}, el("code", {}, doc.key)));
  list.append(el("dt", {}, "Program"), el("dd", {}, `backtest ${doc.program.version}, engine ${doc.program.engine}`));
  list.append(el("dt", {}, "Command"), el("dd", {}, command(doc.command)));
  return card("What this is made from", [], list);
}
