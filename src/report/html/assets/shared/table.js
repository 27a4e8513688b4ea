// A table that sorts by the column whose head is pressed; what is undefined stays at the end.
// columns: {label, about, value(row), text(row), tone(row), left, wide, wraps (on paper), first: "down" where the larger end comes first}
// apart(row) sets a row off from the one above it.
function table(columns, rows, options) {
  const { sorted, press, apart, shown = 100, name } = options ?? {};
  let order = rows.map((_, at) => at);
  let limit = shown;
  let on = null;
  let wanted = null;
  const body = el("tbody");
  const heads = columns.map((column, at) =>
    el("th", { class: column.left ? "left" : null, scope: "col", "aria-sort": "none" },
      el("button", { type: "button", title: column.about, onclick: () => sortBy(at) }, column.label)));
  const more = el("button", { type: "button", hidden: "", onclick: () => { limit = Infinity; fill(); } });
  const node = el("div", {},
    sideways(el("table", { "aria-label": name }, el("thead", {}, el("tr", {}, heads)), body), rows.length > 30 ? "tall" : ""), more);

  function sortBy(at, way) {
    const column = columns[at];
    const before = heads[at].getAttribute("aria-sort");
    const descending = way ? way === "down"
      : before === "none" ? column.first === "down" : before === "ascending";
    heads.forEach((head) => head.setAttribute("aria-sort", "none"));
    heads[at].setAttribute("aria-sort", descending ? "descending" : "ascending");
    const sign = descending ? -1 : 1;
    const values = rows.map((row) => column.value(row));
    const lacks = (value) => value === null || value === undefined || Number.isNaN(value);
    order = rows.map((_, at) => at).sort((a, b) => {
      const [x, y] = [values[a], values[b]];
      if (lacks(x) || lacks(y)) return Number(lacks(x)) - Number(lacks(y)) || a - b;
      const by = typeof x === "string" ? x.localeCompare(y) : x - y;
      return sign * by || a - b;
    });
    fill();
  }

  function fill() {
    const line = (at) => {
      const row = rows[at];
      const cells = columns.map((column) => {
        const kind = [column.left && "left", column.wide && "wide", column.wraps && "wraps", column.tone?.(row)].filter(Boolean).join(" ");
        return el("td", { class: kind || null }, column.text(row));
      });
      const tr = el("tr", { class: [press && "click", apart?.(row) && "apart"].filter(Boolean).join(" ") || null, "data-row": at, tabindex: press ? "0" : null }, cells);
      if (at === on) tr.classList.add("on");
      if (press) {
        tr.addEventListener("click", () => press(row, at));
        tr.addEventListener("keydown", (event) => { if (event.key === "Enter") press(row, at); });
      }
      return tr;
    };
    const found = wanted ? order.filter((at) => wanted(rows[at])) : order;
    body.replaceChildren(...found.slice(0, limit).map(line));
    more.hidden = found.length <= limit;
    more.textContent = `Show all ${grouped(found.length, 0)}`;
  }

  node.light = (at) => {
    on = at;
    if (at !== null && order.indexOf(at) >= limit) { limit = Infinity; fill(); }
    for (const tr of body.children) tr.classList.toggle("on", Number(tr.dataset.row) === at);
  };
  // Shows those rows alone for which this holds.
  node.filter = (holds) => { wanted = holds; fill(); };
  if (sorted) sortBy(sorted[0], sorted[1]);
  else fill();
  return node;
}
