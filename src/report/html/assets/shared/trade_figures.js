// Figures of the trades: of all, of the long and of the short ones; by what ended them; how far the price went for and against.
function sidesCard(sides, step) {
  const rows = sides.rows.map(([label, unit, values]) => ({ label, unit, values, signed: unit === "gain" || label === "Net profit" || label === "Expectancy" }));
  return card("Long and short", [], figureTable("sides", "Trades by side", sides.columns, rows, step), small("Of closed trades. MAE and MFE: how far the price went against a trade and in its favour."));
}

function reasonsCard(reasons, step) {
  const column = (label, at, unit, toned) => ({
    label, value: ([, values]) => values[at], first: "down", tone: toned && (([, values]) => sign(values[at])),
    text: ([, values]) => (unit === "bars" && values[at] ? lasting(values[at] * step) : figure(values[at], unit)),
  });
  const columns = [
    { label: "Ended by", left: true, value: ([label]) => label, text: ([label]) => label },
    column("Trades", 0, "count"), column("Win rate", 1, "share"), column("Profit", 2, "currency", true), column("Average", 3, "gain", true),
    column("MAE", 4, "gain"), column("MFE", 5, "gain"), column("Held", 6, "bars"),
  ];
  const list = table(columns, reasons, { name: "What ended the trades" });
  list.id = "reasons";
  return card("What ended the trades", [], list);
}

function excursionsCard(trades, step, show) {
  const rows = trades.rows.filter((row) => !row[AT.open]);
  const node = el("div", { class: "plot", id: "excursions", role: "img", "aria-label": "How far the price went against each trade and in its favour" });
  const groups = [["Winners", rows.filter((row) => row[AT.pnl] > 0)], ["Losers", rows.filter((row) => !(row[AT.pnl] > 0))]];
  const draw = chart(node, (c, width) => ({
    data: groups.map(([name, group], at) => ({
      type: "scatter", mode: "markers", name: String(name), x: group.map((row) => -row[AT.mae]), y: group.map((row) => row[AT.mfe]), hoverinfo: "text",
      marker: { color: at ? c.down : c.up, symbol: at ? "x" : "circle", size: rows.length > 500 ? 4 : 7, opacity: 0.75 },
      text: group.map((row) => `#${row[AT.number]} ${row[AT.side]}, ${time(row[AT.entryTime], step)}<br>against ${figure(row[AT.mae], "gain")}, in favour ${figure(row[AT.mfe], "gain")}<br>return ${gain(row[AT.gain])}`),
    })),
    layout: layout(c, {
      height: width < 420 ? 260 : 430, showlegend: true, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: c.text } },
      margin: { l: 62, r: 10, t: 28, b: 42 },
      xaxis: { tickformat: ".0%", title: { text: "Against the trade (MAE)", standoff: 6 }, fixedrange: true, rangemode: "tozero", nticks: 6 },
      yaxis: { tickformat: ".0%", title: { text: "In its favour (MFE)", standoff: 6 }, fixedrange: true, rangemode: "tozero", nticks: 6 },
    }),
  }));
  const whole = card("Excursions", [], rows.length ? node : el("p", { class: "small" }, "No trade was closed."),
    rows.length ? small("Losers that were far in favour suggest an earlier exit; winners that were far against, what a tighter stop would cost.") : null,
    rows.length && show ? screenOnly("Click one to see it in the chart.") : null);
  whole.start = () => {
    if (!rows.length) return;
    draw();
    node.on("plotly_click", (event) => {
      const row = groups[event.points[0].curveNumber][1][event.points[0].pointIndex];
      show?.(...around(row, step));
    });
  };
  return whole;
}

// A trade with what is about it.
function around(row, step) {
  const room = Math.max((row[AT.exitTime] - row[AT.entryTime]) * 0.6, 20 * step);
  return [row[AT.entryTime] - room, row[AT.exitTime] + room];
}
