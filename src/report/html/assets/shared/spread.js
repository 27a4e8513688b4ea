// A whole step of an axis of counts, of which four or so reach the top.
function wholeStep(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most / 4, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= most / 4) ?? most;
}

// How values are spread: bars between round edges, and dotted lines at these values with their names.
/** @param {[number, string][]} [markers] */
function spread(title, counts, unit, what, markers) {
  const total = counts.counts.reduce((sum, count) => sum + count, 0);
  if (!total) return card(title, [], el("p", { class: "small" }, `There is no ${what} to count.`));
  const marked = (markers ?? []).filter(([at]) => Number.isFinite(at));
  const node = el("div", { class: "plot spread", role: "img", "aria-label": title });
  const from = counts.edges.slice(0, -1), to = counts.edges.slice(1);
  const draw = chart(node, (c) => ({
    data: [{
      type: "bar", x: from.map((edge, at) => (edge + to[at]) / 2), width: from.map((edge, at) => to[at] - edge), y: counts.counts,
      marker: { color: from.map((edge, at) => (unit !== "gain" ? c.c1 : to[at] <= 1e-12 ? c.down : c.up)), line: { color: c.card, width: 1 } },
      hoverinfo: "text", text: from.map((edge, at) => `${figure(edge, unit)} to ${figure(to[at], unit)}<br>${grouped(counts.counts[at], 0)} ${counts.counts[at] === 1 ? what : what + "s"}`),
      textposition: "none",
    }],
    layout: layout(c, {
      height: 260, margin: { l: room([grouped(Math.max(...counts.counts), 0)], 40, 12), r: 10, t: marked.length ? 24 : 8, b: 28 }, bargap: 0,
      xaxis: { tickformat: unit === "gain" || unit === "share" ? ".0%" : null, nticks: 8, fixedrange: true, zeroline: true, zerolinecolor: c.muted },
      yaxis: { fixedrange: true, tick0: 0, dtick: wholeStep(Math.max(...counts.counts)), tickformat: ",d" },
      shapes: marked.map(([at]) => ({ type: "line", yref: "paper", y0: 0, y1: 1, x0: at, x1: at, line: { color: c.text, width: 1.5, dash: "dot" } })),
      // The names stand above the bars; of two that may be close, each on the outer side of its line.
      annotations: marked.map(([at, text]) => ({ text, x: at, y: 1, yref: "paper", xanchor: marked.length === 1 ? "center" : at === Math.max(...marked.map(([at]) => at)) ? "left" : "right", yanchor: "bottom", showarrow: false, font: { color: c.text } })),
    }),
  }));
  const whole = card(title, [], node);
  whole.start = draw;
  return whole;
}
