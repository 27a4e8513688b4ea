// Returns of the calendar's months, in colours.
function months(years) {
  const sizes = years.flatMap((year) => year.months).filter((value) => value !== null).map(Math.abs).sort((a, b) => a - b);
  // One wild month must not leave all others pale.
  const strong = Math.max(sizes[Math.floor(sizes.length * 0.9)] ?? 0, 0.01);
  const cell = (value, total) => {
    if (value === null) return el("td", { class: total ? "total" : null }, "");
    const share = Math.min(Math.abs(value) / strong, 1) * 62;
    const paint = `background: color-mix(in srgb, var(--${value < 0 ? "low" : "high"}) ${share.toFixed(0)}%, var(--mid))`;
    const text = Math.abs(value) >= 9.995 ? gain(value) : (value * 100).toFixed(1).replace(/^-?0\.0$/, "0.0");
    return el("td", { style: total ? null : paint, class: (total ? "total " + sign(value) : "") || null, title: gain(value) }, total ? gain(value) : text);
  };
  const body = years.map((year) =>
    el("tr", {}, el("th", { scope: "row" }, String(year.year)), year.months.map((value) => cell(value, false)), cell(year.total, true)));
  const heads = ["", ...MONTHS, "Year"].map((label) => el("th", { class: "plain", scope: "col" }, label));
  return card("Monthly returns, %", [],
    sideways(el("table", { class: "months", id: "months", "aria-label": "Monthly returns in percent" },
      el("thead", {}, el("tr", {}, heads)), el("tbody", {}, body))));
}
