// Light and dark, and charts that follow them and the width of the page.
const charts = [];
const darkness = matchMedia("(prefers-color-scheme: dark)");
let chosen = null;
try { chosen = localStorage.getItem("backtest-theme"); } catch { /* a page from disk may have no storage */ }

function dress() {
  document.documentElement.dataset.theme = chosen ?? (darkness.matches ? "dark" : "light");
}
dress();

function themeButton() {
  const button = el("button", { type: "button", id: "theme", "aria-label": "Light or dark" });
  const say = () => { button.textContent = document.documentElement.dataset.theme === "dark" ? "☀ Light" : "☾ Dark"; };
  const redraw = () => { dress(); say(); charts.forEach((chart) => chart()); };
  button.addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("backtest-theme", chosen); } catch { /* as above */ }
    redraw();
  });
  darkness.addEventListener("change", redraw);
  say();
  return button;
}

// On paper a page is light, and its charts are as wide as the paper.
addEventListener("beforeprint", () => {
  document.documentElement.dataset.theme = "light";
  document.body.classList.add("paper");
  charts.forEach((chart) => chart());
});
addEventListener("afterprint", () => {
  document.body.classList.remove("paper");
  dress();
  charts.forEach((chart) => chart());
});

// The colours of the day, by their names in the style sheet.
function colours() {
  const style = getComputedStyle(document.documentElement);
  return new Proxy({}, { get: (_, name) => style.getPropertyValue("--" + String(name)).trim() });
}

// The name of the colour of a line by its number.
function lineName(at) {
  return "c" + (1 + at % 6);
}

function lineColour(c, at) {
  return c[lineName(at)];
}

// A colour between two of the style sheet's, as #rrggbb.
function blend(from, to, share) {
  const part = (colour, at) => parseInt(colour.slice(1 + 2 * at, 3 + 2 * at), 16);
  const mixed = [0, 1, 2].map((at) => Math.round(part(from, at) + (part(to, at) - part(from, at)) * share));
  return "#" + mixed.map((value) => value.toString(16).padStart(2, "0")).join("");
}

const CONFIG = {
  displaylogo: false, responsive: false, displayModeBar: false, doubleClick: false,
  modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d", "resetScale2d", "zoomIn2d", "zoomOut2d"],
};

// Pixels for the longest of these labels of an axis and what stands beside them; at least so many.
function room(labels, least, beside) {
  return Math.max(least, Math.ceil(Math.max(...labels.map((label) => label.length)) * 7) + beside);
}

// What all charts share.
function layout(c, more) {
  const axis = { gridcolor: c.line, zerolinecolor: c.line, linecolor: c.line, tickcolor: c.line, automargin: false };
  const out = {
    paper_bgcolor: c.card, plot_bgcolor: c.card, showlegend: false, autosize: false,
    font: { family: getComputedStyle(document.body).fontFamily, size: 11.5, color: c.muted },
    hoverlabel: { bgcolor: c.soft, bordercolor: c.line, font: { family: getComputedStyle(document.body).fontFamily, color: c.text, size: 12.5 }, align: "left" },
    margin: { l: 8, r: 8, t: 8, b: 24 }, dragmode: false, hovermode: "closest",
    modebar: { bgcolor: "rgba(0,0,0,0)", color: c.muted, activecolor: c.accent },
    ...more,
  };
  for (const name of Object.keys(out)) {
    if (/^[xy]axis\d*$/.test(name)) out[name] = { ...axis, ...out[name] };
  }
  return out;
}

// A chart that is drawn anew by `build(colours, width)` -> {data, layout} whenever theme or width change.
function chart(node, build, config) {
  let width = 0;
  const draw = () => {
    width = node.clientWidth;
    if (!width) return;
    const { data, layout } = build(colours(), width);
    Plotly.react(node, data, { ...layout, width }, { ...CONFIG, ...config });
  };
  charts.push(draw);
  // Of a resize that changes only the height nothing is to be drawn.
  new ResizeObserver(() => { if (node.clientWidth && node.clientWidth !== width) draw(); }).observe(node);
  return draw;
}

// Factors to label on a logarithmic axis of growth from one to another: round ones.
function growthTicks(low, high) {
  const steps = high / low > 30 ? [1, 3] : high / low > 4 ? [1, 2, 5] : high / low > 1.6 ? [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8] : null;
  if (!steps) {
    const step = roundStep((high - low) / 5);
    const first = Math.ceil((low - 1) / step);
    return Array.from({ length: Math.floor((high - 1) / step) - first + 1 }, (_, at) => 1 + (first + at) * step);
  }
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    ticks.push(...steps.map((value) => value * 10 ** power).filter((value) => value >= low && value <= high));
  }
  return ticks;
}

// 1, 2 or 5 times a power of ten, the next above.
function roundStep(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= size) ?? size;
}

// Growth as a label of an axis.
function gainText(value) {
  const digits = Math.abs(value) < 0.1 && Math.abs(value * 100 - Math.round(value * 100)) > 1e-6 ? 1 : 0;
  return (value > 1e-9 ? "+" : "") + grouped(value * 100, digits) + "%";
}

// The axis of these lines of equity, with growth since the capital as its labels: logarithmic as long as all is above 0.
function equityAxis(capital, ...lines) {
  let [low, high] = [Infinity, -Infinity];
  for (const line of lines) for (const value of line) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (!(low > 0 && high > low)) return { fixedrange: true, type: "linear", tickformat: ",.0f" };
  const factors = growthTicks(low / capital, high / capital);
  return { fixedrange: true, type: "log", tickmode: "array", tickvals: factors.map((value) => value * capital), ticktext: factors.map((value) => gainText(value - 1)) };
}
