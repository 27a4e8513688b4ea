// Entries and exits on the price, and a line between them in the colour of what came of it.
const AT = { number: 0, side: 1, entryTime: 2, entryPrice: 3, exitTime: 4, exitPrice: 5, size: 6, fees: 7, pnl: 8, gain: 9, bars: 10, open: 11, entryWhy: 12, exitWhy: 13, mae: 14, mfe: 15 };
// Pixels of the chart's width for each trade that is marked.
const MARK_ROOM = 9;

function tradeMarks(trades, step) {
  let left = 0;

  function traces([from, to], c, width) {
    const reach = to - from;
    let seen = trades.rows.filter((row) => row[AT.exitTime] >= from - reach && row[AT.entryTime] <= to + reach);
    left = 0;
    const near = (rows) => rows.filter((row) => row[AT.exitTime] >= from && row[AT.entryTime] <= to).length;
    const most = Math.max(Math.round(width / MARK_ROOM), 30), all = near(seen);
    if (all > most) {
      // The largest of each stretch, so that marks are everywhere, however small the account became.
      const stretch = reach / most;
      const largest = new Map();
      for (const row of seen) {
        const place = Math.floor(row[AT.entryTime] / stretch), other = largest.get(place);
        if (!other || Math.abs(row[AT.pnl]) > Math.abs(other[AT.pnl])) largest.set(place, row);
      }
      seen = [...largest.values()];
      left = all - near(seen);
    }
    // In a crowd small ones say more.
    const size = Math.min(all, most) > 60 ? 7 : all > 25 ? 9 : 11;
    const link = (rows, colour) => ({
      type: "scatter", mode: "lines", xaxis: "x", yaxis: "y", hoverinfo: "skip", line: { color: colour, width: 1.6, dash: "dot" },
      x: rows.flatMap((row) => [row[AT.entryTime], row[AT.exitTime], null]),
      y: rows.flatMap((row) => [row[AT.entryPrice], row[AT.exitPrice], null]),
    });
    const fills = seen.flatMap((row) => {
      const long = row[AT.side] === "long";
      const entry = { buys: long, ms: row[AT.entryTime], price: row[AT.entryPrice], text: entryText(row) };
      const exit = { buys: !long, ms: row[AT.exitTime], price: row[AT.exitPrice], text: exitText(row), open: row[AT.open] };
      return [entry, exit];
    });
    const mark = (name, fills, symbol, colour) => ({
      type: "scatter", mode: "markers", name, xaxis: "x", yaxis: "y", hoverinfo: "text",
      x: fills.map((fill) => fill.ms), y: fills.map((fill) => fill.price), text: fills.map((fill) => fill.text),
      marker: { symbol: fills.map((fill) => (fill.open ? symbol + "-open" : symbol)), size, color: colour, line: { color: c.card, width: 1.2 } },
    });
    return [
      link(seen.filter((row) => row[AT.pnl] > 0), c.up),
      link(seen.filter((row) => row[AT.pnl] <= 0), c.down),
      mark("Buys", fills.filter((fill) => fill.buys), "triangle-up", c.c1),
      mark("Sells", fills.filter((fill) => !fill.buys), "triangle-down", c.c2),
    ];
  }

  const title = (row, what) => `<b>#${row[AT.number]} ${row[AT.side]}, ${what}</b>`;
  const sum = (row) => `pnl ${money(row[AT.pnl])} (${gain(row[AT.gain])})`;

  function entryText(row) {
    return [title(row, "entry"), time(row[AT.entryTime], step), `price ${price(row[AT.entryPrice])}`, `size ${price(row[AT.size])}`,
      sum(row), plain(trades.why[row[AT.entryWhy]])].filter(Boolean).join("<br>");
  }

  function exitText(row) {
    return [title(row, row[AT.open] ? "open" : "exit"), time(row[AT.exitTime], step), `price ${price(row[AT.exitPrice])}`,
      `size ${price(row[AT.size])}`, `${sum(row)}, ${bars(row[AT.bars])}`, plain(trades.why[row[AT.exitWhy]])].filter(Boolean).join("<br>");
  }

  const said = () => (left > 0 ? `Marked is the largest trade of each stretch; ${grouped(left, 0)} smaller trades are not marked until you zoom in. ` : "");
  return { traces, said };
}

function money(value) {
  return (value > 0 ? "+" : "") + grouped(value, 2);
}

// The list of trades; pressing one shows it in the chart.
function tradeTable(trades, step, show, controls = []) {
  const column = (label, at, text, more) => ({ label, value: (row) => row[at], text: (row) => text(row[at]), ...more });
  const moment = (at) => (row) => time(row[at], step);
  const columns = [
    column("#", AT.number, String),
    column("Side", AT.side, String, { left: true }),
    column("Entry", AT.entryTime, String, { left: true, text: moment(AT.entryTime) }),
    column("Price", AT.entryPrice, price, { first: "down" }),
    column("Exit", AT.exitTime, String, { left: true, text: (row) => time(row[AT.exitTime], step) + (row[AT.open] ? " open" : "") }),
    column("Price", AT.exitPrice, price, { first: "down" }),
    column("Size", AT.size, price, { first: "down" }),
    column("Fees", AT.fees, (value) => grouped(value, 2), { first: "down" }),
    column("Profit", AT.pnl, money, { first: "down", tone: (row) => sign(row[AT.pnl]) }),
    column("Return", AT.gain, gain, { first: "down", tone: (row) => sign(row[AT.gain]) }),
    column("Held", AT.bars, (value) => lasting(value * step), { first: "down" }),
    column("Closed by", AT.exitWhy, (why) => trades.why[why], { left: true, wraps: true, value: (row) => trades.why[row[AT.exitWhy]] }),
  ];
  // A phone shows what came of a trade beside its entry.
  if (isNarrow()) columns.splice(3, 0, ...columns.splice(8, 2));
  const press = show && ((row, at) => {
    list.light(at);
    show(...around(row, step));
  });
  const list = table(columns, trades.rows, { press, name: "Trades" });
  list.id = "trades";
  const hidden = trades.total - trades.rows.length;
  const whole = card(`Trades (${grouped(trades.total, 0)})`, controls,
    trades.total ? list : el("p", { class: "small" }, "No trade was made: the rules never let one in."),
    hidden > 0 ? small(`Listed and marked are the ${grouped(trades.rows.length, 0)} trades with the largest profit or loss; the command's --trades-out FILE writes all.`) : null,
    trades.total && show ? screenOnly("Click a trade to see it in the chart.") : null);
  whole.classList.add("long");
  return whole;
}

function sign(value) {
  return value > 0 ? "up" : value < 0 ? "down" : "";
}
