// The document of figures, and how elements are made. Text from outside only ever becomes a text node.
const doc = JSON.parse(byId("document").textContent ?? "");
const main = byId("main");

function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no #${id}`);
  return node;
}

// el("p", {class: "note"}, "text", child): attributes by name, listeners by on..., children as texts or nodes.
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// A card with a title, controls beside it, and its content.
function card(title, controls, ...content) {
  return el("section", { class: "card" }, el("div", { class: "bar" }, el("h2", {}, title), ...controls), ...content);
}

// A table that scrolls sideways where it is wider than its card, and says so as long as something is out of sight.
function sideways(table, kind) {
  const hint = el("p", { class: "small hint", hidden: "" }, "Scroll the table sideways to see all columns →");
  const scroll = el("div", { class: "scroll" + (kind ? " " + kind : "") }, table);
  const see = () => {
    hint.hidden = scroll.scrollWidth <= scroll.clientWidth + 1;
    scroll.classList.toggle("more", scroll.scrollLeft + scroll.clientWidth < scroll.scrollWidth - 1);
  };
  scroll.addEventListener("scroll", see, { passive: true });
  const observer = new ResizeObserver(see);
  observer.observe(scroll);
  observer.observe(table);
  return el("div", { class: "sideways" }, scroll, hint);
}

// Whether there is no room for all columns of a table: those that matter come first then.
function isNarrow() {
  return matchMedia("(max-width: 600px)").matches;
}

function small(text) {
  return el("p", { class: "small" }, text);
}

// What a reader of paper cannot do.
function screenOnly(text) {
  return el("p", { class: "small screen" }, text);
}

// Buttons of which one is pressed; `choose` gets its value.
function buttons(choices, pressed, choose) {
  const all = choices.map(([label, value]) =>
    el("button", { type: "button", "aria-pressed": String(value === pressed), onclick: () => press(value) }, label));
  function press(value) {
    all.forEach((button, at) => button.setAttribute("aria-pressed", String(choices[at][1] === value)));
    choose(value);
  }
  const node = el("span", { class: "buttons" }, all);
  node.release = () => all.forEach((button) => button.setAttribute("aria-pressed", "false"));
  return node;
}

function select(label, choices, chosen, choose) {
  const options = choices.map(([text, value]) => {
    const option = el("option", { value: String(value) }, text);
    option.selected = value === chosen;
    return option;
  });
  const node = el("select", { onchange: () => choose(choices[node.selectedIndex][1]) }, options);
  return el("label", {}, label, node);
}

// A command with a button that copies it.
function command(text) {
  const button = el("button", { type: "button" }, "Copy");
  // A line ends between words, not at the hyphens within.
  const code = el("code", {}, text.split(" ").flatMap((word, at) => [at ? " " : "", el("span", { class: "word" }, word)]));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection()?.selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return el("div", { class: "command" }, code, button);
}

// A text as one word of a shell.
function word(text) {
  if (/^[A-Za-z0-9_.\/:@%+,-][A-Za-z0-9_.\/:@%+,=-]*$/.test(text)) return text;
  if (!/[\u0000-\u001f\u007f-\u009f]/.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text.replace(/['\\]/g, "\\$&").replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
  return `$'${escaped}'`;
}

// Text for a chart, whose library reads some tags.
function plain(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function head(title, lines, chips) {
  byId("head").append(
    el("div", { class: "what" }, el("h1", {}, title), lines.map((line) => el("p", { class: "sub" }, line)),
      el("div", { class: "chips" }, chips.map(([name, value]) => el("span", { class: "chip" }, name, el("b", {}, value))))),
    themeButton());
  byId("foot").append(
    `Made by backtest ${doc.program.version} (engine ${doc.program.engine}). The page holds all that it shows and makes no network requests. ` +
    "Past results say little about future ones.");
}

// The program's remarks begin as its lines in the terminal do, with a small letter.
function notes() {
  return doc.notes.map((note) => el("p", { class: "note" }, note.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase())));
}

// Names of lines and areas with the names of their colours, above a chart.
function key(entries) {
  return el("div", { class: "key" }, entries.map(([name, paint]) => el("span", { style: `--swatch: var(--${paint})` }, name)));
}
