// A table of figures: a column for each name, values in the unit of their row.
function figureTable(id, name, columns, rows, step) {
  const heads = [el("th", { class: "plain left" }, ""), ...columns.map((column) => el("th", { class: "plain", scope: "col" }, column))];
  const cell = (value, unit, signed) => el("td", { class: (signed && sign(value)) || null },
    unit === "bars" && value ? lasting(value * step) : figure(value, unit));
  const body = rows.map(({ label, about, unit, values, signed }) =>
    el("tr", {}, el("th", { class: "left", scope: "row", title: about }, label), values.map((value) => cell(value, unit, signed))));
  return sideways(el("table", { id, "aria-label": name }, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, body)));
}

// The account beside what it is measured against.
function besideCard(result, beside) {
  const names = ["total_return", "cagr", "volatility", "sharpe", "max_drawdown"];
  const rows = names.map((name) => {
    const at = doc.metrics.findIndex((metric) => metric.name === name);
    const { label, about, unit } = doc.metrics[at];
    return { label, about, unit, signed: unit === "gain", values: [result.values[at], ...beside.map((column) => column.values[name] ?? null)] };
  });
  return card("Against the benchmark", [], figureTable("beside", "Against the benchmark", [result.strategy, ...beside.map((column) => column.name)], rows, result.step),
    small("The benchmark pays no fees; it is bought at its first close."));
}

// The returns of the years as bars, those of the accounts beside the benchmark's, which is the last.
function yearsCard(years, names) {
  // As in the chart over time, where buying and holding has its place before another benchmark.
  const paintOf = (at) => (names[at] === "Buy & hold" ? "hold" : lineName(at === names.length - 1 ? at + 1 : at));
  const node = el("div", { class: "plot", id: "years", role: "img", "aria-label": "Returns of the years" });
  const draw = chart(node, (c) => {
    const bar = (at) => ({
      type: "bar", name: plain(names[at]), x: years.map(([year]) => String(year)), y: years.map((year) => year[1 + at]), marker: { color: c[paintOf(at)] },
      hoverinfo: "text", textposition: "none", text: years.map((year) => `${year[0]} ${plain(names[at])} ${figure(year[1 + at], "gain")}`),
    });
    const all = years.flatMap((year) => year.slice(1)).filter((value) => value !== null);
    return {
      data: names.map((_, at) => bar(at)),
      layout: layout(c, {
        height: 230, barmode: "group", bargap: 0.3,
        margin: { l: room([gainText(Math.max(...all.map(Math.abs), 0))], 48, 14), r: 10, t: 8, b: 26 },
        xaxis: { type: "category", fixedrange: true }, yaxis: { tickformat: ",.0%", fixedrange: true, zeroline: true, zerolinecolor: c.muted, nticks: 6 },
      }),
    };
  });
  const whole = card("Years", [], key(names.map((name, at) => [name, paintOf(at)])), node);
  whole.start = draw;
  return whole;
}

// How the returns of the days are spread, and what a bad one costs.
function daysCard(days, step) {
  const one = step > DAY ? "bar" : "day";
  if (days.count && days.still === days.count) {
    const whole = card(`Returns of the ${one}s`, [], small(`The equity changed on none of ${grouped(days.count, 0)} ${one}s.`));
    whole.id = "days";
    return whole;
  }
  const whole = spread(`Returns of the ${one}s`, days.spread, "gain", one, [[days.risk, "VaR"], [days.shortfall, "ES"]]);
  if (days.still) whole.append(small(`${grouped(days.still, 0)} of ${grouped(days.count, 0)} ${one}s, on which nothing changed, are not drawn.`));
  if (days.count) {
    whole.append(small(`On one ${one} in twenty the loss is at least ${figure(-days.risk, "share")} (value at risk, VaR); on those it is ${figure(-days.shortfall, "share")} on average (expected shortfall, ES). Worst ${figure(days.worst, "gain")}, best ${figure(days.best, "gain")}.`));
  }
  whole.id = "days";
  return whole;
}
