// The page of a grid of parameters: a map of a metric over two of them, the others by the best or the median.
const MOST_CELLS = 240;

function sweepPage() {
  const cube = doc.cube;
  const axes = cube.axes.map((axis) => ({ ...axis, of: 1 }));
  const width = axes.length + 1;
  const spots = uints32(cube.places), figures = floats64(cube.figures);
  const metrics = cube.metrics.map((at) => doc.metrics[at]);
  const points = Array.from({ length: cube.points }, (_, at) => at);
  const failed = new Set(doc.failed.map(([symbol]) => symbol));
  const swept = doc.assets.map((name, at) => [name, at]).filter(([name]) => !failed.has(name));
  const valueOf = (point, metric) => figures[point * metrics.length + metric];
  const assetOf = (point) => spots[point * width];
  const spotOf = (point, axis) => spots[point * width + 1 + axis];
  const wide = axes.map((_, at) => at).filter((at) => axes[at].values.length > 1);
  const ranked = doc.metrics[doc.sort];
  // The best of the ranking, which is not always the highest value: few trades count less.
  const top = doc.stability && points.find((point) => assetOf(point) === doc.stability.asset && doc.stability.places.every((place, axis) => spotOf(point, axis) === place));

  head([doc.title], [
    testedText(swept.length) + (failed.size ? ` (${grouped(failed.size, 0)} failed)` : "") + (doc.skipped ? `, ${doc.skipped}` : "") + `; ranked by ${ranked.label}`,
    doc.first && doc.settled ? `${spanText(doc.span ?? doc.first, doc.first.step)}; ${settingsText(doc.first.settings)}` : null].filter(Boolean),
    axes.map((axis) => [axis.name, axis.texts.length > 1 ? `${axis.texts[0]} to ${axis.texts.at(-1)} (${axis.texts.length})` : axis.texts[0]]));
  main.append(...notes());
  for (const edge of edgesOf(doc.stability, axes, swept.length > 1)) main.append(el("p", { class: "note" }, edge));
  if (doc.failed.length) main.append(failures());
  if (!points.length) {
    main.append(card("Results", [], el("p", { class: "small" }, "There is no point to show.")));
    return;
  }

  // The best over assets is luck more often than the median is.
  const state = { x: wide[0] ?? 0, y: wide[1] ?? null, metric: 0, others: swept.length > 1 ? "median" : "best", asset: doc.assets.length === 1 ? 0 : null };
  const node = el("div", { class: "plot", id: "map", role: "img", "aria-label": "The metric over the parameters" });
  const panel = el("div", { class: "pick", id: "pick" }, screenOnly(`Click a cell to see its parameters and ${doc.commands.some(Boolean) ? "the command that gives it" : "figures"}.`));
  const said = small("");
  let cells = new Map();
  let shape = null;

  // Cells of the map: of the points that fall into one, the best or the median; a real point either way.
  function gather() {
    // Of a thinned grid, a cell has the values from one that is drawn to the next: the best is always drawn, wherever it is.
    const bins = ({ values, stride }) => stride * Math.max(Math.ceil(Math.ceil(values.length / stride) / MOST_CELLS), 1);
    shape = { x: bins(axes[state.x]), y: state.y === null ? 1 : bins(axes[state.y]) };
    cells = new Map();
    for (const point of points) {
      if (state.asset !== null && assetOf(point) !== state.asset) continue;
      const value = valueOf(point, state.metric);
      const column = Math.floor(spotOf(point, state.x) / shape.x);
      const row = state.y === null ? 0 : Math.floor(spotOf(point, state.y) / shape.y);
      const key = row * 1e6 + column;
      const list = cells.get(key) ?? [];
      list.push([value, point]);
      cells.set(key, list);
    }
    const sign = metrics[state.metric].higher ? 1 : -1;
    for (const [key, list] of cells) {
      const defined = list.filter(([value]) => !Number.isNaN(value)).sort((a, b) => sign * (b[0] - a[0]) || a[1] - b[1]);
      const best = showsRanking() && defined.find(([, point]) => point === top);
      const chosen = defined.length ? best || defined[state.others === "best" ? 0 : Math.floor(defined.length / 2)] : list[0];
      cells.set(key, { value: chosen[0], point: chosen[1], count: list.length });
    }
    const most = Math.max(...[...cells.values()].map((cell) => cell.count));
    said.textContent = (most > 1 ? `A cell stands for up to ${grouped(most, 0)} points and shows ${state.others === "best" ? "the best" : "the median"} of them. ` : "") +
      (showsRanking() ? "The ring is the best. " : `The ring is the best cell${most > 1 && state.others === "median" ? " by its median" : ""}. `) +
      (state.y === null ? "Points that are missing break" : "Empty cells break") + " the strategy's require, were not drawn, or have no defined value.";
  }

  // The value of the point that a cell shows, and of what else the cell stands for.
  const valueIn = (axis, by, cell) => {
    const texts = axes[axis].texts, spot = spotOf(cell.point, axis);
    const first = spot - spot % by, last = Math.min(first + by, texts.length) - 1;
    return texts[spot] + (cell.count > 1 && last > first ? ` (of ${texts[first]}–${texts[last]})` : "");
  };
  const cellAt = (column, row) => cells.get(row * 1e6 + column);

  const draw = chart(node, (c, plotWidth) => {
    gather();
    const metric = metrics[state.metric];
    const columns = Math.ceil(axes[state.x].values.length / shape.x);
    const xs = Array.from({ length: columns }, (_, at) => at);
    const hint = (cell) => `<br>${plain(metric.label)} ${figure(cell.value, metric.unit)}` + (cell.count > 1 ? `<br>of ${cell.count} points` : "");
    const ticks = (axis, by, room) => {
      const count = Math.ceil(axes[axis].values.length / by);
      const every = Math.max(Math.ceil(count / room), 1);
      const at = Array.from({ length: count }, (_, n) => n).filter((n) => n % every === 0);
      return { tickmode: "array", tickvals: at, ticktext: at.map((n) => axes[axis].texts[n * by]) };
    };
    const xaxis = { title: { text: plain(axes[state.x].name), standoff: 8 }, fixedrange: true, showgrid: false, zeroline: false, range: [-0.5, columns - 0.5], ...ticks(state.x, shape.x, plotWidth / 46) };
    if (state.y === null) {
      const seen = xs.filter((at) => cellAt(at, 0) && !Number.isNaN(cellAt(at, 0).value));
      const [ringed] = bestCell();
      return {
        data: [{ type: "scatter", mode: "lines+markers", x: seen, y: seen.map((at) => cellAt(at, 0).value), line: { color: c.c1, width: 1.6 }, marker: { size: 7 },
          hoverinfo: "text", text: seen.map((at) => `${plain(axes[state.x].name)} ${valueIn(state.x, shape.x, cellAt(at, 0))}${hint(cellAt(at, 0))}`) },
          { type: "scatter", mode: "markers", x: [ringed], y: [ringed === null ? null : cellAt(ringed, 0).value], hoverinfo: "skip", marker: { size: 15, color: "rgba(0,0,0,0)", line: { color: c.text, width: 2 } } }],
        layout: layout(c, { height: 380, margin: { l: 60, r: 12, t: 10, b: 48 }, xaxis, yaxis: { title: { text: plain(metric.label), standoff: 4 }, fixedrange: true, tickformat: axisFormat(metric.unit) } }),
      };
    }
    const rows = Math.ceil(axes[state.y].values.length / shape.y);
    const ys = Array.from({ length: rows }, (_, at) => at);
    const z = ys.map((row) => xs.map((column) => { const cell = cellAt(column, row); return cell && !Number.isNaN(cell.value) ? cell.value : null; }));
    const known = z.flat().filter((value) => value !== null);
    const [low, high] = extent(known, 0, known.length, [Infinity, -Infinity]);
    const signed = low < 0 && high > 0 && metric.unit !== "count";
    const reach = Math.max(-low, high);
    // With both signs 0 is the middle; else from pale to strong.
    const scale = signed ? [[0, c.low], [0.5, c.mid], [1, c.high]] : "Viridis";
    const [bestColumn, bestRow] = bestCell();
    const narrow = plotWidth < 600;
    const bar = { thickness: 12, outlinewidth: 0, tickformat: axisFormat(metric.unit), len: 1, title: { text: narrow ? plain(metric.label) : "" } };
    return {
      data: [{
        type: "heatmap", x: xs, y: ys, z, colorscale: scale, zmin: signed ? -reach : low, zmax: signed ? reach : high === low ? low + 1 : high, hoverinfo: "text", xgap: columns < 80 ? 1 : 0, ygap: rows < 60 ? 1 : 0,
        text: ys.map((row) => xs.map((column) => { const cell = cellAt(column, row); return cell ? `${plain(axes[state.x].name)} ${valueIn(state.x, shape.x, cell)}<br>${plain(axes[state.y].name)} ${valueIn(state.y, shape.y, cell)}${hint(cell)}` : ""; })),
        reversescale: !signed && !metric.higher,
        colorbar: narrow ? { ...bar, orientation: "h", y: 1.01, yanchor: "bottom", x: 0.5, nticks: 4 } : { ...bar, x: 1.01 },
      }, {
        type: "scatter", mode: "markers", x: [bestColumn], y: [bestRow], hoverinfo: "skip",
        marker: { symbol: "circle-open", size: 15, color: "#ffffff", line: { width: 2.5, color: "#ffffff" } },
      }, {
        type: "scatter", mode: "markers", x: [bestColumn], y: [bestRow], hoverinfo: "skip",
        marker: { symbol: "circle-open", size: 19, color: "#000000", line: { width: 1, color: "#000000" } },
      }],
      layout: layout(c, { height: Math.min(Math.max(rows * 14, 320), 560), margin: { l: room(axes[state.y].texts, 60, 32), r: narrow ? 10 : 70, t: narrow ? 66 : 10, b: 48 }, xaxis,
        yaxis: { title: { text: plain(axes[state.y].name), standoff: 4 }, fixedrange: true, showgrid: false, zeroline: false, range: [-0.5, rows - 0.5], ...ticks(state.y, shape.y, 14) } }),
    };
  });

  // Whether the map shows what the ranking ranks: the best by its metric.
  function showsRanking() {
    return state.metric === 0 && state.others === "best" && top !== undefined && (state.asset === null || state.asset === doc.stability.asset);
  }

  // Where the best cell of the map is.
  function bestCell() {
    if (showsRanking()) {
      return [Math.floor(spotOf(top, state.x) / shape.x), state.y === null ? 0 : Math.floor(spotOf(top, state.y) / shape.y)];
    }
    const sign = metrics[state.metric].higher ? 1 : -1;
    let best = null, at = 0;
    for (const [key, cell] of cells) {
      if (Number.isNaN(cell.value)) continue;
      const by = best === null ? 1 : sign * (cell.value - best.value);
      // Of equal ones the first, as in the table.
      if (by > 0 || (by === 0 && cell.point < best.point)) [best, at] = [cell, key];
    }
    return best === null ? [null, null] : [at % 1e6, Math.floor(at / 1e6)];
  }

  function commandOf(asset, texts) {
    const start = doc.commands[asset];
    return start && start + axes.map((axis, at) => ` --param ${word(`${axis.name}=${texts[at]}`)}`).join("");
  }

  function pick(asset, texts, values) {
    const whole = commandOf(asset, texts);
    panel.replaceChildren(...[
      el("div", {}, el("b", {}, `${doc.assets[asset]}  ${axes.map((axis, at) => `${axis.name} ${texts[at]}`).join(", ")}`)),
      el("div", { class: "figures" }, values.map(([metric, value]) => el("span", { class: "small" }, metric.label, el("b", { class: tone(value, metric) || null, "data-metric": metric.name, "data-value": String(value) }, figure(value, metric.unit))))),
      whole ? command(whole) : null].filter(Boolean));
  }

  function pickPoint(point) {
    pick(assetOf(point), axes.map((axis, at) => axis.texts[spotOf(point, at)]), metrics.map((metric, at) => [metric, valueOf(point, at)]));
  }

  const others = wide.length > 2 || swept.length > 1 || axes.some((axis) => axis.values.length / axis.stride > MOST_CELLS);
  const axisChoice = (label, key, other) => select(label, wide.map((at) => [axes[at].name, at]), state[key], (at) => {
    if (state[other] === at) state[other] = state[key];
    state[key] = at;
    rebuild();
  });
  const bar = el("div", { class: "bar" });
  function rebuild() {
    bar.replaceChildren(...[
      el("h2", {}, "Map of the grid"),
      wide.length > 1 ? axisChoice("across", "x", "y") : null,
      wide.length > 1 ? axisChoice("up", "y", "x") : null,
      select("metric", metrics.map((metric, at) => [metric.label, at]), state.metric, (at) => { state.metric = at; rebuild(); }),
      swept.length > 1 ? select("asset", [["all", null], ...swept], state.asset, (at) => { state.asset = at; rebuild(); }) : null,
      others ? select("others by", [["best", "best"], ["median", "median"]], state.others, (value) => { state.others = value; rebuild(); }) : null,
    ].filter(Boolean));
    draw();
  }
  const map = el("section", { class: "card" }, bar, node, said, panel);

  const sorted = points.map((point) => valueOf(point, 0)).filter((value) => !Number.isNaN(value));
  const whole = cube.thinned ? "the points drawn" : "all points";
  const counts = spread(`${ranked.label} of ${whole}`, edges(sorted), ranked.unit, "point", [[middle(sorted), "median"]]);
  counts.append(small("The dotted line is their median: what a choice at random would have given."));
  const best = doc.best ? bestCard(doc.best, doc.top[0], axes) : doc.top.length ? bestByCommand(commandOf(doc.top[0][0], doc.top[0][1])) : null;
  main.append(...[map, el("div", { class: "grid" }, counts, stabilityCard(ranked, axes)), best, topCard(axes, pick, panel)].filter(Boolean));
  rebuild();
  counts.start?.();
  best?.start?.();
  node.on("plotly_click", (event) => {
    const { x, y } = event.points[0];
    const cell = cellAt(x, state.y === null ? 0 : y);
    if (cell) pickPoint(cell.point);
  });
}

// How many combinations there are, and of what.
function testedText(assets) {
  const count = grouped(doc.computed, 0), of = (assets) => (assets === 1 ? "1 asset" : grouped(assets, 0) + " assets");
  if (!doc.portfolio) return `${count} combinations on ${of(assets)}`;
  return `${count} portfolios` + (doc.portfolio.assets === null ? "" : ` of ${of(doc.portfolio.assets)}`);
}

function axisFormat(unit) {
  return unit === "gain" || unit === "share" ? ".0%" : unit === "count" ? ",d" : null;
}

// Forty bins of equal width.
function edges(values) {
  if (!values.length) return { edges: [], counts: [] };
  const [low, high] = extent(values, 0, values.length, [Infinity, -Infinity]);
  const width = (high - low) / 40 || Math.abs(low) * 0.01 || 1;
  const first = Math.floor(low / width), bins = Math.floor(high / width) - first + 1;
  const counts = new Array(bins).fill(0);
  for (const value of values) counts[Math.min(Math.floor(value / width) - first, bins - 1)]++;
  return { edges: Array.from({ length: bins + 1 }, (_, at) => (first + at) * width), counts };
}

// Where the best has the lowest or the highest value of a parameter that was tried.
function edgesOf(best, axes, hasSeveral) {
  if (!best) return [];
  return axes.flatMap(({ name, texts }, at) => {
    const place = best.places[at];
    if (texts.length < 3 || (place > 0 && place < texts.length - 1)) return [];
    return [`The best${hasSeveral ? `, on ${doc.assets[best.asset]},` : ""} is at the edge of the grid: ${name} ${texts[place]} is the ${place ? "highest" : "lowest"} value tried, and values beyond it may do better.`];
  });
}

// Where the equity of the best is not at hand: how it is had.
function bestByCommand(run) {
  const whole = card("Growth of the best", [], el("p", { class: "small" }, "The equity of the best is not at hand here. " + (run ? "This writes its page, with growth and trades:"
    : "The file does not say which assets the portfolio was of: backtest portfolio with these parameters and --report writes its page.")),
    run ? command(`${run} --report best.html`) : null);
  whole.id = "best";
  return whole;
}

// Growth of the best beside buying and holding.
function bestCard(curve, [asset, texts], axes) {
  const x = times(curve.x);
  const lineX = curve.each > 1 ? halves(x) : x;
  const node = el("div", { class: "plot", id: "best", role: "img", "aria-label": "Growth of the best" });
  const held = doc.portfolio ? "Equal parts, held" : "Buy & hold";
  const line = (name, packed, color) => ({
    type: "scatter", mode: "lines", name, x: Array.from(lineX), y: Array.from(floats32(packed), (value) => value / curve.capital - 1),
    line: { color, width: 1.6 }, hovertemplate: `%{x|%Y-%m-%d}<br>${name} %{y:+.1%}<extra></extra>`,
  });
  const draw = chart(node, (c) => ({
    data: [line(held, curve.hold, c.hold), line("Best", curve.equity, c.c1)],
    layout: layout(c, {
      height: 240, margin: { l: 62, r: 10, t: 8, b: 26 },
      xaxis: { type: "date", fixedrange: true, nticks: 6 }, yaxis: { tickformat: ",.0%", fixedrange: true, zeroline: true, zerolinecolor: c.muted, nticks: 6 },
    }),
  }));
  const whole = card("Growth of the best", [], key([["Best", "c1"], [held, "hold"]]), node, small(`${doc.assets[asset]}, ${axes.map((axis, at) => `${axis.name} ${texts[at]}`).join(", ")}: chosen with hindsight among ${grouped(doc.computed, 0)} combinations.`));
  whole.start = draw;
  return whole;
}

function stabilityCard(metric, axes) {
  const seen = doc.stability;
  const show = (value) => figure(value, metric.unit);
  if (!seen) return card("Neighbours of the best", [], el("p", { class: "small" }, `No point has a defined ${metric.label}.`));
  const steps = seen.steps.map(([axis, before, after]) => {
    const side = (step) => el("td", {}, step ? `${show(step[1])} at ${step[0]}` : DASH);
    return el("tr", {}, el("th", { class: "left", scope: "row" }, axes[axis].name), side(before), el("td", {}, el("b", {}, `${show(seen.value)} at ${axes[axis].texts[seen.places[axis]]}`)), side(after));
  });
  const heads = ["Parameter", "One step below", "Best", "One step above"].map((text, at) => el("th", { class: at ? "plain" : "plain left" }, text));
  const whole = card("Neighbours of the best", [],
    sideways(el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, steps))),
    small(seen.neighbours
      ? `The best ${metric.label} is ${show(seen.value)}${doc.assets.length > 1 ? ` on ${doc.assets[seen.asset]}` : ""}; of its ${seen.neighbours} neighbours the median has ${show(seen.median)} and the worst ${show(seen.worst)}. A best whose neighbours fall off is more likely luck than a rule.`
      : "The best has no neighbour in the grid."));
  whole.id = "stability";
  return whole;
}

function topCard(axes, pick, panel) {
  const rows = doc.top.map(([asset, texts, values], at) => ({ at, asset, texts, values, rank: String(at + 1) }));
  if (doc.median && rows.length) rows.push({ at: Infinity, asset: doc.median[0], texts: doc.median[1], values: doc.median[2], rank: "median" });
  const columns = [
    { label: "#", value: (row) => row.at, text: (row) => row.rank },
    ...(doc.assets.length > 1 ? [{ label: "Asset", value: (row) => doc.assets[row.asset], text: (row) => doc.assets[row.asset], left: true }] : []),
    ...axes.map((axis, at) => ({ label: axis.name, value: (row) => Number(row.texts[at]), text: (row) => row.texts[at] })),
    ...metricColumns(rankedNames(doc.metrics[doc.sort]), (row) => row.values),
  ];
  const list = table(columns, rows, {
    name: "The best", apart: (row) => row.at === Infinity,
    press: (row, at) => {
      list.light(at);
      pick(row.asset, row.texts, doc.metrics.map((metric, at) => [metric, row.values[at]]).filter(([metric]) => RANKED.includes(metric.name)));
      panel.scrollIntoView({ block: "nearest" });
    },
  });
  list.id = "top";
  return card("The best", [], rows.length ? list : el("p", { class: "small" }, "No point passes the filter."), doc.median && rows.length ? small(`The last row is the median of all ${grouped(doc.computed, 0)} combinations.`) : null,
    rows.length ? screenOnly(doc.commands.some(Boolean) ? "Click a row for its command." : "Click a row for its figures.") : null);
}
