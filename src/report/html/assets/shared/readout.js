// One line and one box under the mouse or finger: what all panes of a chart have at that time.
// `view()` is the range of the axis of time, `figures(ms)` gives {ms, title, rows: [name, value, colour's name]}, and
// where several accounts are drawn {accounts: {heads, rows: [name, values, colour's name]}}.
function readout(node, view, figures) {
  const line = el("div", { class: "cursor", hidden: "" });
  const box = el("div", { class: "readout", hidden: "" });
  const frame = el("div", { class: "frame" }, node, line, box);
  const hide = () => { line.hidden = box.hidden = true; };

  function see(event) {
    /** @type {any} */
    const plot = node;
    const axis = plot._fullLayout?.xaxis;
    if (!axis || event.buttons) return hide();
    const at = event.clientX - node.getBoundingClientRect().left - axis._offset;
    if (at < 0 || at > axis._length) return hide();
    const [from, to] = view();
    const seen = figures(from + (to - from) * at / axis._length);
    const place = axis._offset + axis._length * (seen.ms - from) / (to - from);
    line.hidden = box.hidden = false;
    line.style.left = `${Math.min(Math.max(place, axis._offset), axis._offset + axis._length)}px`;
    box.replaceChildren(el("b", {}, seen.title), el("dl", {}, seen.rows.flatMap(([name, value, paint]) =>
      [el("dt", { style: paint ? `color: var(--${paint})` : null }, name), el("dd", {}, value)])), ...(seen.accounts ? [accountsTable(seen.accounts)] : []));
    // Beside the line, on the side that has room.
    const right = at < axis._length / 2;
    box.style.left = right ? `${place + 12}px` : "auto";
    box.style.right = right ? "auto" : `${node.clientWidth - place + 12}px`;
    // A box that is wider than that room is as far within as it can be.
    const past = box.offsetLeft + box.offsetWidth - node.clientWidth;
    if (box.offsetLeft < 0 || past > 0) [box.style.left, box.style.right] = [`${Math.max(right ? box.offsetLeft - past : 0, 0)}px`, "auto"];
    return undefined;
  }
  node.addEventListener("pointermove", see);
  node.addEventListener("pointerdown", see);
  node.addEventListener("pointerleave", hide);
  return { frame, hide };
}

function accountsTable({ heads, rows }) {
  return el("table", {}, el("tr", {}, ["", ...heads].map((head) => el("th", {}, head))),
    rows.map(([name, values, paint]) => el("tr", {}, el("th", { class: "name", style: `color: var(--${paint})` }, name), values.map((value) => el("td", {}, value)))));
}

// Index of the value nearest to one, of ascending ones.
function nearest(x, value) {
  const [first, last] = within(x, value, value, 0);
  let best = first;
  for (let at = first; at < Math.min(last + 1, x.length); at++) if (Math.abs(x[at] - value) < Math.abs(x[best] - value)) best = at;
  return best;
}
