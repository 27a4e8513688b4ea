// The panes over one axis of time: price with what the rules look at, volume, growth, drawdown, rolling figures.
const PANES = {
  price: { height: 360, title: "Price" },
  volume: { height: 56, title: "Volume" },
  rule: { height: 110, title: "" },
  equity: { height: 210, title: "Growth" },
  drawdown: { height: 100, title: "Drawdown" },
  rolling: { height: 90, title: "Sharpe" },
  volatility: { height: 90, title: "Volatility" },
  beta: { height: 90, title: "Beta" },
};
const ROLLING = ["rolling", "volatility", "beta"];
const SHARES = ["drawdown", "volatility"];
// With a line for each account.
const ACCOUNT_PANES = ["equity", "drawdown", ...ROLLING];
const DAY = 86400000;
// Pixels of a page of paper between its margins, and a letter's width in the heading of a pane.
const PAPER = 1030;
const LETTER = 6.8;

function timeline(source, step, marks) {
  const x = times(source.x);
  const each = source.each;
  const lineX = each > 1 ? halves(x) : x;
  const candles = { x, open: floats32(source.open), high: floats32(source.high), low: floats32(source.low), close: floats32(source.close), volume: floats32(source.volume) };
  const isSeveral = source.capitals.length > 1;
  const held = source.held ? new Uint8Array(bytes(source.held)) : null;
  /** @type {any[]} */
  const panes = [{ id: "price", lines: [], levels: [] }, { id: "volume", lines: [], levels: [] }];
  for (const pane of source.panes) {
    const unpacked = { ...pane, lines: pane.lines.map((line) => ({ name: line.name, y: floats32(line.y) })) };
    if (pane.id === "price") panes[0] = unpacked;
    else panes.push(unpacked);
  }
  for (const pane of panes) {
    // A pane of one line is named by its title, the lines of the others by their names.
    const solo = pane.lines.length === 1 && !["price", "rule", "equity"].includes(pane.id);
    pane.key = pane.id === "volume" || solo ? PANES[pane.id].title : null;
    pane.lines.forEach((line, at) => {
      line.key = pane.key ?? line.name;
      // The market and the benchmark, which come after the accounts, begin with the capital of the first.
      line.capital = source.capitals[at] ?? source.capitals[0];
      line.paint = line.name === "Buy & hold" ? "hold" : pane.id === "drawdown" && solo ? "down" : lineName(pane.id === "price" ? at + 1 : at);
    });
  }
  const span = each * step;
  const full = [x[0] - span / 2, x[x.length - 1] + span / 2 + (x.length === 1 ? step : 0)];
  let view = [...full];
  let log = false;
  let inView = 0;
  const hidden = new Set();
  const node = el("div", { class: "plot", id: "timeline", role: "img", "aria-label": "Price, growth and drawdown over time" });
  const said = screenOnly("");
  const draw = chart(node, build, { displayModeBar: "hover" });
  const pointer = readout(node, () => view, figuresAt);

  const shown = (pane) => (pane.key ? !hidden.has(pane.key) : pane.id === "price" || pane.lines.some((line) => !hidden.has(line.key)));
  const linesOf = (pane) => pane.lines.filter((line) => !hidden.has(line.key));

  function build(c, width) {
    const narrow = width < 600;
    const drawn = panes.filter(shown);
    const paper = document.body.classList.contains("paper");
    const gap = paper ? 18 : 26;
    const margin = { l: 6, r: narrow ? 52 : 66, t: 22, b: 26 };
    const scale = paper ? paperScale(drawn, gap * (drawn.length - 1) + margin.t + margin.b) : narrow ? 0.8 : 1;
    const heights = drawn.map((pane) => Math.max(PANES[pane.id].height * scale, 26));
    const inner = heights.reduce((sum, height) => sum + height + gap, -gap);
    /** @type {{annotations: object[], shapes: object[], [name: string]: any}} */
    const out = {
      height: inner + margin.t + margin.b, margin, annotations: [], shapes: [],
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
      xaxis: {
        type: "date", range: view.map((ms) => new Date(ms).toISOString()), rangeslider: { visible: false }, anchor: "free", position: 0,
        nticks: narrow ? 4 : 10, gridcolor: c.soft,
      },
    };
    const data = [];
    let top = 1;
    drawn.forEach((pane, at) => {
      const bottom = Math.max(top - heights[at] / inner, 0);
      const key = at === 0 ? "" : String(at + 1);
      pane.log = log && (pane.id === "price" || pane.id === "equity");
      let range = drawPane(pane, "y" + key, c, width - margin.r, data);
      if (range === null) {
        pane.log = false;
        range = drawPane(pane, "y" + key, c, width - margin.r, data) ?? [0, 1];
      }
      const ticks = heights[at] > 150 ? 7 : heights[at] > 70 ? 5 : 3;
      const axis = out["yaxis" + key] = {
        domain: [bottom, top], anchor: "x", side: "right", fixedrange: true, type: pane.log ? "log" : "linear",
        range: pane.log ? range.map(Math.log10) : range, gridcolor: c.soft, zeroline: pane.id === "rolling" || pane.id === "equity",
        nticks: ticks, tickformat: SHARES.includes(pane.id) ? (range[1] - range[0] < 0.05 ? ".1%" : ".0%") : null, exponentformat: "none",
      };
      let labels = SHARES.includes(pane.id) ? [] : [tickText(range, ticks)];
      if (pane.id === "price") axis.tickformat = tickFormat(range);
      if (pane.id === "volume") axis.tickformat = ".2~s";
      if (pane.id === "equity" && pane.log) {
        const values = growthTicks(range[0], range[1]);
        labels = values.map((value) => gainText(value - 1));
        Object.assign(axis, { tickmode: "array", tickvals: values, ticktext: labels });
      } else if (pane.id === "equity") {
        axis.tickformat = range[1] - range[0] < 0.06 ? ".1%" : ",.0%";
        labels = [gainText(Math.max(Math.abs(range[0]), range[1]))];
      }
      margin.r = room(labels.length ? labels : [""], margin.r, 14);
      out.annotations.push({
        text: heading(pane, c, width - margin.r), xref: "paper", yref: "paper", x: 0, y: top, xanchor: "left", yanchor: "bottom",
        showarrow: false, font: { size: 12, color: c.text }, align: "left",
      });
      for (const level of pane.levels) {
        out.shapes.push({ type: "line", xref: "paper", x0: 0, x1: 1, yref: "y" + key, y0: level, y1: level,
          line: { color: c.muted, width: 1, dash: "dot" } });
      }
      top = bottom - gap / inner;
    });
    if (held && !hidden.has(HELD)) {
      out.yaxis99 = { overlaying: "y", anchor: "x", range: [0, 1], visible: false, fixedrange: true };
      data.push(...heldTraces(x, held, view, width, full[1], c));
    }
    if (marks && !hidden.has(MARKS)) data.push(...marks.traces(view, c, width));
    say();
    pointer.hide();
    return { data, layout: layout(c, out) };
  }

  // On paper all panes have to fit below the head of the page.
  function paperScale(drawn, beside) {
    const left = PAPER - (node.getBoundingClientRect().top + scrollY) - beside - 24;
    return Math.min(Math.max(left / drawn.reduce((sum, pane) => sum + PANES[pane.id].height, 0), 0.25), 0.5);
  }

  // Adds the traces of a pane, and gives the range of its values in view; null where they have no logarithm.
  function drawPane(pane, yaxis, c, width, data) {
    const traces = [];
    const range = [Infinity, -Infinity];
    if (pane.id === "price" || pane.id === "volume") {
      const [first, last] = within(x, ...view, 0);
      inView = last - first;
      const [from, to] = within(x, ...view, 1);
      // One by one as long as there is a pixel for each.
      const most = Math.max(width, 90) * (to - from) / Math.max(last - first, 1);
      const thin = downsampleCandles(candles, from, to, most);
      pane.each = thin.each * each;
      if (pane.id === "price") {
        extent(candles.low, first, last, range);
        extent(candles.high, first, last, range);
        traces.push({
          type: "candlestick", xaxis: "x", yaxis, name: "Price", x: thin.x, open: thin.open, high: thin.high, low: thin.low,
          close: thin.close, hoverinfo: "skip", whiskerwidth: 0, line: { width: 1 },
          increasing: { line: { color: c.up }, fillcolor: c.up }, decreasing: { line: { color: c.down }, fillcolor: c.down },
        });
      } else {
        const pixels = width * thin.each / Math.max(last - first, 1);
        range[0] = 0;
        for (let at = 0; at < thin.x.length; at++) if (thin.x[at] >= view[0] - span * thin.each && thin.x[at] <= view[1]) range[1] = Math.max(range[1], thin.volume[at]);
        traces.push(volumeTrace(thin, true, yaxis, pixels, c), volumeTrace(thin, false, yaxis, pixels, c));
      }
    }
    const [first, last] = within(lineX, ...view, 0);
    const [from, to] = within(lineX, ...view, 1);
    const most = Math.max(width, 300) * 1.5 * (to - from) / Math.max(last - first, 1);
    for (const line of linesOf(pane)) {
      const scaled = pane.id === "equity" ? growthOf(line, first, pane.log) : (value) => value;
      const seen = extent(line.y, first, last, [Infinity, -Infinity]);
      if (seen[0] <= seen[1]) extent(seen.map(scaled), 0, 2, range);
      const [xs, ys] = downsampleLine(lineX, line.y, from, to, most);
      const colour = c[line.paint];
      const fills = pane.id === "drawdown" && pane.lines.length === 1;
      traces.push({
        type: "scatter", mode: xs.length === 1 ? "markers" : "lines", xaxis: "x", yaxis, name: plain(line.name), x: xs,
        y: ys.map((value) => (value === null ? null : scaled(value))), hoverinfo: "skip",
        line: { color: colour, width: pane.id === "equity" && line.name !== "Buy & hold" ? 1.8 : 1.3 },
        fill: fills ? "tozeroy" : "none", fillcolor: colour + "33", connectgaps: false,
      });
    }
    for (const level of pane.id === "rule" ? pane.levels : []) extent([level], 0, 1, range);
    if (pane.log && !(range[0] > 0)) return null;
    data.push(...traces);
    if (pane.id === "drawdown") range[1] = 0;
    if (range[0] > range[1]) return [0, 1];
    if (pane.log) {
      const part = (range[1] / range[0]) ** 0.05 || 1.01;
      return [range[0] / Math.max(part, 1.005), range[1] * Math.max(part, 1.005)];
    }
    if (pane.id === "volume") return [0, range[1] * 1.05 || 1];
    const spare = (range[1] - range[0]) * 0.06 || Math.abs(range[1]) * 0.05 || 0.01;
    return [range[0] - (range[0] > 0 && spare >= range[0] ? range[0] * 0.5 : spare), pane.id === "drawdown" ? 0 : range[1] + spare];
  }

  // Growth since the left edge: since the start, from the capital; else from the value of the last bar before it. On a
  // logarithmic axis as a factor.
  function growthOf(line, first, asFactor) {
    let at = first;
    while (at < line.y.length && Number.isNaN(line.y[at])) at++;
    const base = lineX[first] >= view[0] ? line.capital : line.y[at];
    return (value) => (base > 0 ? value / base - (asFactor ? 0 : 1) : NaN);
  }

  // What a pane shows, and its lines as far as there is room: the buttons above name them all.
  function heading(pane, c, width) {
    const since = pane.id === "equity" && view[0] > x[0] ? ` since ${time(x[within(x, ...view, 0)[0]], step)}` : "";
    const spanned = step === DAY ? "" : ` (${lasting(source.window * step)})`;
    const title = PANES[pane.id].title + since + (ROLLING.includes(pane.id) ? ` over ${bars(source.window)}${spanned}` : "");
    const lines = pane.key ? [] : linesOf(pane);
    let left = width - title.length * LETTER;
    const fit = lines.filter((line) => (left -= (line.name.length + 3) * LETTER) > 0);
    const names = (fit.length < lines.length && title ? [] : fit).map((line) => `<span style="color:${c[line.paint]}">${plain(line.name)}</span>`);
    return [title && `<b>${title}</b>`, ...names].filter(Boolean).join("&nbsp;&nbsp; ");
  }

  // What is known of the bar nearest to a time: its open time, and rows of name, value and colour.
  function figuresAt(ms) {
    const at = nearest(x, ms);
    const rows = [];
    const candle = (name, of) => rows.push([name, price(round7(of[at]))]);
    for (const name of ["open", "high", "low", "close"]) candle(name, candles[name]);
    const [first] = within(lineX, ...view, 0);
    // A phone has no room for sums beside shares.
    const sums = node.clientWidth >= 600;
    for (const pane of panes.filter(shown)) {
      if (pane.id === "volume") rows.push(["volume", grouped(round7(candles.volume[at]), candles.volume[at] < 100 ? 2 : 0)]);
      if (isSeveral && ACCOUNT_PANES.includes(pane.id)) continue;
      for (const line of linesOf(pane)) {
        const title = ROLLING.includes(pane.id) || pane.id === "drawdown" ? PANES[pane.id].title.toLowerCase() : "";
        rows.push([[line.key === PANES[pane.id].title ? "" : line.name, title].filter(Boolean).join(" "), lineText(pane, line, at, first, sums), line.paint]);
      }
    }
    if (held) rows.push(["position", HOLDINGS[held[at]]]);
    const accounts = isSeveral ? accountsAt(at, first, sums) : null;
    return { ms: x[at], title: time(x[at], step) + (each > 1 ? `, ${bars(each)}` : ""), rows, accounts };
  }

  // Of several accounts, a row for each with what its panes have; a phone has room for two of them.
  function accountsAt(at, first, isWide) {
    const seen = panes.filter((pane) => shown(pane) && ACCOUNT_PANES.slice(0, isWide ? undefined : 2).includes(pane.id));
    const lines = new Map(seen.flatMap(linesOf).map((line) => [line.name, line.paint]));
    const cell = (pane, name) => {
      const line = pane.lines.find((line) => line.name === name);
      return line ? lineText(pane, line, at, first, false) : "";
    };
    return { heads: seen.map((pane) => PANES[pane.id].title.toLowerCase()), rows: [...lines].map(([name, paint]) => [name, seen.map((pane) => cell(pane, name)), paint]) };
  }

  // The value of a line at a bar; of a bucket of several the lowest and the highest.
  function lineText(pane, line, at, first, sums) {
    const text = paneText(pane, line, first, sums);
    const ends = each > 1 ? [line.y[2 * at], line.y[2 * at + 1]].map(text) : [text(line.y[at])];
    return [...new Set(ends)].join(" to ");
  }

  function paneText(pane, line, first, sums) {
    if (pane.id === "equity") {
      const grown = growthOf(line, first, false);
      return (value) => (Number.isNaN(value) ? DASH : figure(grown(value), "gain") + (sums ? ` (${grouped(round7(value), 2)})` : ""));
    }
    if (SHARES.includes(pane.id)) return (value) => figure(value, "share");
    if (ROLLING.includes(pane.id)) return (value) => figure(value, "ratio");
    return (value) => (Number.isNaN(value) ? DASH : price(round7(value)));
  }

  function say() {
    const parts = [];
    if (each > 1) parts.push(`The page holds the ${bars(source.bars)} in buckets of ${each}`);
    if (panes[0].each > each) {
      parts.push(`${parts.length ? "now drawn" : "Now drawn"} are ${grouped(Math.ceil(inView * each / panes[0].each), 0)} candles of ${bars(panes[0].each)} each`);
    }
    said.textContent = (parts.length ? parts.join("; ") + ". Candles keep the highest high and the lowest low, lines the lowest and the highest value of each stretch, so that no extreme is lost. " : "") +
      (panes[0].each > each ? "Zoom in to see every one. " : "") +
      (marks && !hidden.has(MARKS) ? marks.said() : "") + "Growth is counted from the left edge. Drag to zoom, double-click for all.";
  }

  // A button for each line; pressed ones are drawn.
  function legend() {
    const entries = new Map(held ? [[HELD, "c1"]] : []);
    for (const pane of panes) {
      if (pane.id === "volume") entries.set(pane.key, "up");
      for (const line of pane.lines) if (!entries.has(line.key)) entries.set(line.key, line.paint);
    }
    if (marks) entries.set(MARKS, "muted");
    const one = ([key, paint]) => {
      const button = el("button", { type: "button", "aria-pressed": "true", style: `--swatch: var(--${paint})`, title: `Show or hide ${key}` }, key);
      button.addEventListener("click", () => {
        if (!hidden.delete(key)) hidden.add(key);
        button.setAttribute("aria-pressed", String(!hidden.has(key)));
        draw();
      });
      return button;
    };
    return el("div", { class: "legend", role: "group", "aria-label": "Lines of the chart" }, [...entries].map(one));
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
  const whole = card("Price and growth", [reach, scale], legend(), pointer.frame, said);

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
  whole.redraw = draw;
  return whole;
}

const HELD = "In the market";
const MARKS = "Trades";
const HOLDINGS = ["none", "long", "short", "long and short"];

// Volume of the bars that rose, or of those that did not: a stroke for each.
function volumeTrace(thin, rose, yaxis, pixels, c) {
  const xs = [], ys = [];
  thin.x.forEach((ms, at) => {
    if ((thin.close[at] >= thin.open[at]) !== rose) return;
    xs.push(ms, ms, null);
    ys.push(0, thin.volume[at], null);
  });
  return { type: "scatter", mode: "lines", xaxis: "x", yaxis, name: "Volume", x: xs, y: ys, hoverinfo: "skip",
    line: { color: (rose ? c.up : c.down) + "99", width: Math.min(Math.max(pixels * 0.6, 0.7), 24) } };
}

// Stretches in the market, long and short, as pale areas over the whole pane; those that no pixel parts are one.
function heldTraces(x, held, view, width, end, c) {
  const [from, to] = within(x, ...view, 1);
  const pixel = (view[1] - view[0]) / width;
  return [["Long", 1, c.c1], ["Short", 2, c.c2]].map(([name, side, colour]) => {
    const xs = [], ys = [];
    for (let at = from; at < to; at++) {
      if (!(held[at] & Number(side))) continue;
      const start = x[at];
      while (at + 1 < to && held[at + 1] & Number(side)) at++;
      const stop = at + 1 < x.length ? x[at + 1] : end;
      if (xs.length && start - xs[xs.length - 2] < pixel) xs[xs.length - 3] = xs[xs.length - 2] = stop;
      else { xs.push(start, start, stop, stop, null); ys.push(0, 1, 1, 0, null); }
    }
    return { type: "scatter", mode: "lines", xaxis: "x", yaxis: "y99", name: `In the market, ${String(name).toLowerCase()}`, x: xs, y: ys, hoverinfo: "skip",
      fill: "tozeroy", fillcolor: colour + "1c", line: { width: 0 } };
  }).filter((trace) => trace.x.length);
}

// A time as the library says it: milliseconds, or a date in UTC without its zone.
function moment(value) {
  return typeof value === "number" ? value : Date.parse(value.replace(" ", "T") + (/Z$/.test(value) ? "" : "Z"));
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
