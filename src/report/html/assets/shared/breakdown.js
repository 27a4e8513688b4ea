// A result in parts: each breakdown as a table of its own.
const PARTS = { month: "Month", year: "Year", weekday: "Weekday", hour: "Hour (UTC)", exit_reason: "Exit reason" };

function breakdowns(all) {
  const one = (breakdown) => {
    const rows = breakdown.parts.map(([part, gained, trades, wins, profit], at) => ({ at, part, gained, trades, wins, profit }));
    const columns = [
      { label: PARTS[breakdown.by], left: true, text: (row) => row.part, value: (row) => row.at },
      { label: "Return", text: (row) => gain(row.gained), value: (row) => row.gained, tone: (row) => sign(row.gained), first: "down" },
      { label: "Trades", text: (row) => grouped(row.trades, 0), value: (row) => row.trades, first: "down" },
      { label: "Win rate", text: (row) => figure(row.trades ? row.wins / row.trades : null, "share"), value: (row) => (row.trades ? row.wins / row.trades : null), first: "down" },
      { label: "Profit", text: (row) => grouped(row.profit, 2), value: (row) => row.profit, tone: (row) => sign(row.profit), first: "down" },
    ];
    const name = `By ${PARTS[breakdown.by].toLowerCase().replace("(utc)", "(UTC)")}`;
    const list = table(columns, rows, { name });
    list.id = `breakdown-${breakdown.by}`;
    return card(name, [], list);
  };
  return all.map(one);
}
