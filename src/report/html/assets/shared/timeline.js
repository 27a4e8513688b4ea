// The panes over one axis of time: price with what the rules look at, equity, drawdown, rolling Sharpe.
const PANES = {
  price: { height: 360, title: "Price" },
  rule: { height: 110, title: "" },
  equity: { height: 190, title: "Equity" },
  drawdown: { height: 100, title: "Drawdown" },
  rolling: { height: 100, title: "Sharpe" },
};
const DAY = 86400000;

function timeline(source, step, marks) {
  const x = times(source.x);
  const each = source.each;
  const lineX = each > 1 ? halves(x) : x;
  const candles = { x, open: floats32(source.open), high: floats32(source.high), low: floats32(source.low), close: floats32(source.close) };
  const panes = [{ id: "price", lines: [], levels: [] }];
  for (const pane of source.panes) {
    const unpacked = { ...pane, lines: pane.lines.map((line) => ({ name: line.name, y: floats32(line.y) })) };
    if (pane.id === "price") panes[0] = unpacked;
    else panes.push(unpacked);
  }
  const span = each * step;
  const full = [x[0] - span / 2, x[x.length - 1] + span / 2 + (x.length === 1 ? step : 0)];
  let view = [...full];
  let log = false;
  let inView = 0;
  const node = el("div", { class: "plot", id: "timeline", role: "img", "aria-label": "Price, equity and drawdown over time" });
  const said = small("");
  const draw = chart(node, build, { displayModeBar: "hover" });

  function build(c, width) {
    const narrow = width < 600;
    const heights = panes.map((pane) => PANES[pane.id].height * (narrow ? 0.8 : 1));
    const gap = 26;
    const margin = { l: 6, r: narrow ? 52 : 66, t: 22, b: 26 };
    const inner = heights.reduce((sum, height) => sum + height + gap, -gap);
    /** @type {{annotations: object[], shapes: object[], [name: string]: any}} */
    const out = {
      height: inner + margin.t + margin.b, margin, annotations: [], shapes: [],
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
      xaxis: {
        type: "date", range: view.map((ms) => new Date(ms).toISOString()), rangeslider: { visible: false }, anchor: "free", position: 0,
        showspikes: true, spikemode: "across", spikesnap: "cursor", spikethickness: 1, spikedash: "dot", spikecolor: c.muted,
        nticks: narrow ? 4 : 10, gridcolor: c.soft,
      },
    };
    const data = [];
    let top = 1;
    panes.forEach((pane, at) => {
      const bottom = Math.max(top - heights[at] / inner, 0);
      const key = at === 0 ? "" : String(at + 1);
      const range = drawPane(pane, "y" + key, c, width, data);
      const isLog = log && (pane.id === "price" || pane.id === "equity") && range[0] > 0;
      out["yaxis" + key] = {
        domain: [bottom, top], anchor: "x", side: "right", fixedrange: true, type: isLog ? "log" : "linear",
        range: isLog ? range.map(Math.log10) : range, gridcolor: c.soft, zeroline: pane.id === "rolling",
        nticks: heights[at] > 150 ? 7 : 5, tickformat: pane.id === "drawdown" ? ".0%" : null,
        hoverformat: pane.id === "drawdown" ? ".1%" : null, exponentformat: "none",
      };
      if (pane.id === "price" || pane.id === "equity") out["yaxis" + key].tickformat = tickFormat(range);
      margin.r = room(pane.id === "drawdown" ? [] : [tickText(range, heights[at] > 150 ? 7 : 5)], margin.r, 14);
      out.annotations.push({
        text: heading(pane, c), xref: "paper", yref: "paper", x: 0, y: top, xanchor: "left", yanchor: "bottom",
        showarrow: false, font: { size: 12, color: c.text }, align: "left",
      });
      for (const level of pane.levels) {
        out.shapes.push({ type: "line", xref: "paper", x0: 0, x1: 1, yref: "y" + key, y0: level, y1: level,
          line: { color: c.muted, width: 1, dash: "dot" } });
      }
      top = bottom - gap / inner;
    });
    if (marks) data.push(...marks.traces(view, c));
    say();
    return { data, layout: layout(c, out) };
  }

  // Adds the traces of a pane, and gives the range of its values in view.
  function drawPane(pane, yaxis, c, width, data) {
    const range = [Infinity, -Infinity];
    if (pane.id === "price") {
      const [first, last] = within(x, ...view, 0);
      extent(candles.low, first, last, range);
      extent(candles.high, first, last, range);
      inView = last - first;
      const [from, to] = within(x, ...view, 1);
      const most = Math.min(Math.max(Math.round(width / 4), 90), 420) * (to - from) / Math.max(last - first, 1);
      const thin = downsampleCandles(candles, from, to, most);
      pane.each = thin.each * each;
      const moving = thin.each * each > 1 ? ` · ${bars(thin.each * each)}` : "";
      data.push({
        type: "candlestick", xaxis: "x", yaxis, name: "Price", x: thin.x, open: thin.open, high: thin.high, low: thin.low,
        close: thin.close, hoverinfo: "text", whiskerwidth: 0, line: { width: 1 },
        increasing: { line: { color: c.up }, fillcolor: c.up }, decreasing: { line: { color: c.down }, fillcolor: c.down },
        text: thin.x.map((ms, at) =>
          `${time(ms, step)}${moving}<br>open ${price(round7(thin.open[at]))}<br>high ${price(round7(thin.high[at]))}` +
          `<br>low ${price(round7(thin.low[at]))}<br>close ${price(round7(thin.close[at]))}`),
      });
    }
    const [first, last] = within(lineX, ...view, 0);
    const [from, to] = within(lineX, ...view, 1);
    const most = Math.max(width, 300) * 1.5 * (to - from) / Math.max(last - first, 1);
    pane.lines.forEach((line, at) => {
      extent(line.y, first, last, range);
      const [xs, ys] = downsampleLine(lineX, line.y, from, to, most);
      const colour = paint(pane, line, at, c);
      data.push({
        type: "scatter", mode: xs.length === 1 ? "markers" : "lines", xaxis: "x", yaxis, name: plain(line.name), x: xs, y: ys,
        line: { color: colour, width: pane.id === "equity" && line.name !== "Buy & hold" ? 1.8 : 1.3 },
        fill: pane.id === "drawdown" && pane.lines.length === 1 ? "tozeroy" : "none",
        fillcolor: colour + "33", connectgaps: false,
        hovertemplate: `%{x|${step % DAY === 0 ? "%Y-%m-%d" : "%Y-%m-%d %H:%M"}}<br>${plain(line.name)} %{y${hover(pane)}}<extra></extra>`,
      });
    });
    for (const level of pane.id === "rule" ? pane.levels : []) extent([level], 0, 1, range);
    if (pane.id === "drawdown") range[1] = 0;
    if (range[0] > range[1]) return [0, 1];
    const room = (range[1] - range[0]) * 0.06 || Math.abs(range[1]) * 0.05 || 0.01;
    return [range[0] - (range[0] > 0 && room >= range[0] ? range[0] * 0.5 : room), pane.id === "drawdown" ? 0 : range[1] + room];
  }

  function paint(pane, line, at, c) {
    if (line.name === "Buy & hold") return c.hold;
    if (pane.id === "drawdown" && pane.lines.length === 1) return c.down;
    return lineColour(c, pane.id === "price" ? at + 1 : at);
  }

  function heading(pane, c) {
    const names = pane.lines.map((line, at) => `<span style="color:${paint(pane, line, at, c)}">${plain(line.name)}</span>`);
    const title = PANES[pane.id].title + (pane.id === "rolling" ? ` over ${bars(source.window)}` : "");
    const solo = pane.lines.length === 1 && pane.id !== "rule" && pane.id !== "price";
    return [title && `<b>${title}</b>`, ...(solo ? [] : names)].filter(Boolean).join("&nbsp;&nbsp; ");
  }

  function say() {
    const parts = [];
    if (each > 1) parts.push(`The page holds the ${bars(source.bars)} in buckets of ${each}`);
    if (panes[0].each > each) {
      parts.push(`${parts.length ? "now drawn" : "Now drawn are"} ${grouped(Math.ceil(inView * each / panes[0].each), 0)} candles of ${bars(panes[0].each)} each`);
    }
    said.textContent = (parts.length ? parts.join("; ") + ". Candles keep the highest high and the lowest low, lines the lowest and the highest value of each stretch, so that no extreme is lost. " : "") +
      (panes[0].each > each ? "Zoom in to see every one. " : "") +
      (marks ? marks.said() : "") + "Drag to zoom, double-click for all.";
  }

  function show(from, to) {
    const least = 8 * span;
    if (to - from < least) [from, to] = [(from + to - least) / 2, (from + to + least) / 2];
    view = [Math.max(from, full[0] - (full[1] - full[0]) * 0.02), Math.min(to, full[1] + (full[1] - full[0]) * 0.02)];
    if (view[1] <= view[0]) view = [...full];
    draw();
  }

  /** @type {[string, number][]} */
  const all = [["1M", 30], ["3M", 91], ["1Y", 365], ["All", 0]];
  const ranges = all.filter(([, days]) => days * DAY < full[1] - full[0]);
  const reach = buttons(ranges, 0, (days) => (days ? show(full[1] - days * DAY, full[1]) : show(...full)));
  const scale = buttons([["Linear", false], ["Log", true]], false, (value) => { log = value; draw(); });
  const whole = card("Price and equity", [reach, scale], node, said);

  whole.start = () => {
    draw();
    node.on("plotly_relayout", (event) => {
      const range = event["xaxis.range"] ?? (event["xaxis.range[0]"] && [event["xaxis.range[0]"], event["xaxis.range[1]"]]);
      if (!range) return;
      reach.release();
      show(...range.map(moment));
    });
    node.on("plotly_doubleclick", () => show(...full));
  };
  whole.show = (from, to) => { reach.release(); show(from, to); node.scrollIntoView({ block: "nearest" }); };
  return whole;
}

// A time as the library says it: milliseconds, or a date in UTC without its zone.
function moment(value) {
  return typeof value === "number" ? value : Date.parse(value.replace(" ", "T") + (/Z$/.test(value) ? "" : "Z"));
}

function hover(pane) {
  return { drawdown: ":.1%", rolling: ":.2f", equity: ":,.2f" }[pane.id] ?? ":,.6~g";
}

// Numbers were packed with seven digits.
function round7(value) {
  return Number(value.toPrecision(7));
}

// About the longest label of an axis with so many ticks.
function tickText(range, ticks) {
  const size = Math.max(Math.abs(range[0]), Math.abs(range[1]));
  if (size >= 1e7) return "-123.4M";
  const digits = size >= 1000 ? 0 : Math.min(Math.max(1 - Math.floor(Math.log10((range[1] - range[0]) / ticks)), 0), 12);
  return (range[0] < 0 ? "-" : "") + grouped(size, digits);
}

function tickFormat(range) {
  const size = Math.max(Math.abs(range[0]), Math.abs(range[1]));
  return size >= 1e7 ? ".3~s" : size >= 1000 ? ",.0f" : null;
}
