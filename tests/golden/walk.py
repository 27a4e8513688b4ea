"""Walk-forward as a slow and plain loop: figures for `src/engine/walk/tests.rs`. Needs nothing but Python 3.

    python3 tests/golden/walk.py        # writes tests/golden/walk.json

Each combination has one account over all bars. A window's figures are those of the slice of that account's returns; the
stitched account is run bar by bar with the signals of whatever was chosen. Independent of the program: no segments, no
merging, no tiles.
"""
import itertools, json, math, pathlib, random

CAPITAL, FEE = 10_000.0, 0.001
FAST, SLOW = [3, 5, 8], [10, 15, 20, 30]
BARS, TRAIN, TEST, YEAR = 1300, 300, 110, 365.0


def market(seed):
    rng = random.Random(seed)
    rows, price = [], 100.0
    for bar in range(BARS):
        drift = 0.004 * math.sin(bar / 37.0) + 0.002 * math.sin(bar / 201.0)
        open_ = price * (1 + rng.gauss(0, 0.004))
        close = open_ * (1 + drift + rng.gauss(0, 0.02))
        rows.append([round(open_, 6), round(close, 6)])
        price = close
    return rows


def sma(values, length):
    return [None if i + 1 < length else math.fsum(values[i + 1 - length:i + 1]) / length for i in range(len(values))]


def signals(close, fast, slow):
    """(entry, exit) of each bar, by moving averages that cross."""
    a, b, out = sma(close, fast), sma(close, slow), []
    for i in range(len(close)):
        if i == 0 or a[i - 1] is None or b[i - 1] is None:
            out.append((False, False))
        else:
            out.append((a[i] > b[i] and a[i - 1] <= b[i - 1], a[i] < b[i] and a[i - 1] >= b[i - 1]))
    return out


def wanted(signal, side, direction):
    """The side after an order at a side: 1 long, -1 short, 0 flat."""
    entry, exit_ = signal
    if direction == "long":
        return 1 if side == 0 and entry else 0 if side == 1 and exit_ else side
    if direction == "short":
        return -1 if side == 0 and exit_ else 0 if side == -1 and entry else side
    return 1 if entry else -1 if exit_ else side


class Account:
    def __init__(self):
        self.cash, self.units = CAPITAL, 0.0

    @property
    def side(self):
        return (self.units > 0) - (self.units < 0)

    def go(self, side, price):
        if side == self.side:
            return
        if self.units:
            value = self.units * price
            self.cash += value - FEE * abs(value)
            self.units = 0.0
        if side:
            units = self.cash / (price * (1 + FEE))
            self.cash -= side * price * units + FEE * price * units
            self.units = side * units

    def equity(self, close):
        return self.cash + self.units * close


def own(rows, orders, fill, direction):
    """Equity at each close, and the side after the orders of each bar's signal."""
    account, equity, after = Account(), [], []
    for i, (open_, close) in enumerate(rows):
        if fill == "next-open" and i:
            account.go(wanted(orders[i - 1], account.side, direction), open_)
        if fill == "close":
            account.go(wanted(orders[i], account.side, direction), close)
        equity.append(account.equity(close))
        after.append(account.side)
    if fill == "next-open":
        # What the signal of bar i orders is done at bar i + 1.
        after = after[1:] + [after[-1]]
    return equity, after


def returns(equity):
    return [value / before - 1 for value, before in zip(equity, [CAPITAL] + equity[:-1])]


def sharpe(r):
    mean = math.fsum(r) / len(r)
    variance = math.fsum((x - mean) ** 2 for x in r) / (len(r) - 1)
    return None if variance < 1e-24 else mean / math.sqrt(variance) * math.sqrt(YEAR)


def stitched(rows, windows, chosen, grid, rule, fill, direction):
    account, equity = Account(), []
    for (_, b, e), pick in zip(windows, chosen):
        orders, after = grid[pick][1], grid[pick][3]
        price = rows[b][0] if fill == "next-open" else rows[b - 1][1]
        if b == 0:
            pass  # Nothing was wanted before the first bar.
        elif rule == "adopt":
            account.go(after[b - 1], price)
        else:
            if rule == "flat":
                account.go(0, price)
            account.go(wanted(orders[b - 1], account.side, direction), price)
        for i in range(b, e):
            if fill == "next-open" and i > b:
                account.go(wanted(orders[i - 1], account.side, direction), rows[i][0])
            # The signal of the bar before the next border belongs to the next window.
            if fill == "close" and (i < e - 1 or e == len(rows)):
                account.go(wanted(orders[i], account.side, direction), rows[i][1])
            equity.append(account.equity(rows[i][1]))
    return {"total_return": equity[-1] / CAPITAL - 1, "sharpe": sharpe(returns(equity))}


def case(seed, fill, direction, anchored):
    rows = market(seed)
    closes = [close for _, close in rows]
    points = [(fast, slow) for fast in FAST for slow in SLOW if fast < slow]
    grid = []
    for fast, slow in points:
        orders = signals(closes, fast, slow)
        equity, after = own(rows, orders, fill, direction)
        grid.append((equity, orders, returns(equity), after))
    windows, k = [], 0
    while TRAIN + k * TEST < BARS:
        b = TRAIN + k * TEST
        windows.append((0 if anchored else k * TEST, b, min(b + TEST, BARS)))
        k += 1
    chosen, shown = [], []
    for a, b, e in windows:
        scores = [sharpe(one[2][a:b]) for one in grid]
        best = max(range(len(grid)), key=lambda at: (-math.inf if scores[at] is None else scores[at], -at))
        outside = [sharpe(one[2][b:e]) for one in grid]
        # What differs by rounding alone is equal; a point that never traded there comes after those that did.
        ours = outside[best]
        better = [value for value in outside if value is not None and (ours is None or value > ours + 1e-9 * abs(ours))]
        rank = 1 + len(better)
        chosen.append(best)
        shown.append({"point": points[best], "in_sample": scores[best], "out_of_sample": outside[best], "rank": rank})
    inside = [math.fsum(grid[pick][2][a:b]) / (b - a) for (a, b, _), pick in zip(windows, chosen)]
    outside = [r for (_, b, e), pick in zip(windows, chosen) for r in grid[pick][2][b:e]]
    efficiency = (math.fsum(outside) / len(outside)) / (math.fsum(inside) / len(inside))
    rules = {rule: stitched(rows, windows, chosen, grid, rule, fill, direction) for rule in ("adopt", "hold", "flat")}
    return {"seed": seed, "fill": fill, "direction": direction, "anchored": anchored, "windows": shown,
            "efficiency": efficiency, "stitched": rules}


def cross_validated(seed, fill, direction, count, tested, guard):
    """Combinatorial purged cross-validation: which bars a split chooses on is a list of them, bar by bar."""
    rows = market(seed)
    closes = [close for _, close in rows]
    points = [(fast, slow) for fast in FAST for slow in SLOW if fast < slow]
    grid = []
    for fast, slow in points:
        orders = signals(closes, fast, slow)
        equity, after = own(rows, orders, fill, direction)
        grid.append((equity, orders, returns(equity), after))
    edges = [BARS * at // count for at in range(count + 1)]
    group = lambda bar: next(at for at in range(count) if edges[at] <= bar < edges[at + 1])
    shown, chosen = [], []
    splits = list(itertools.combinations(range(count), tested))
    for split in splits:
        test = [bar for bar in range(BARS) if group(bar) in split]
        # Left out is what is nearer to a tested bar than the guard.
        near = {bar + step for bar in test for step in range(-guard, guard + 1)}
        train = [bar for bar in range(BARS) if bar not in near]
        scores = [sharpe([one[2][bar] for bar in train]) for one in grid]
        best = max(range(len(grid)), key=lambda at: (-math.inf if scores[at] is None else scores[at], -at))
        outside = [sharpe([one[2][bar] for bar in test]) for one in grid]
        total = math.prod(1 + grid[best][2][bar] for bar in train) - 1
        chosen.append(best)
        shown.append({"point": points[best], "train": len(train), "in_sample": scores[best], "return": total,
                      "out_of_sample": outside[best], "rank": 1 + sum(value > outside[best] + 1e-9 for value in outside)})
    windows = [(0, a, b) for a, b in zip(edges, edges[1:])]
    testing = [[at for at, split in enumerate(splits) if one in split] for one in range(count)]
    paths = []
    for path in zip(*testing):
        account = stitched(rows, windows, [chosen[at] for at in path], grid, "adopt", fill, direction)
        paths.append({"splits": path, **account})
    return {"seed": seed, "fill": fill, "direction": direction, "groups": count, "tested": tested, "guard": guard,
            "splits": shown, "paths": paths}


def main():
    validated = [cross_validated(seed, fill, direction, count, tested, guard)
                 for seed in (1, 2) for fill in ("next-open", "close") for direction in ("long", "both")
                 for count, tested, guard in ((6, 2, 7), (5, 3, 0))]
    cases = [case(seed, fill, direction, anchored)
             for seed in (1, 2) for fill in ("next-open", "close") for direction in ("long", "short", "both")
             for anchored in (False, True)]
    out = {"fee": FEE, "fast": FAST, "slow": SLOW, "train": TRAIN, "test": TEST,
           "markets": {str(seed): market(seed) for seed in (1, 2)}, "cases": cases, "cpcv": validated}
    path = pathlib.Path(__file__).with_name("walk.json")
    path.write_text(json.dumps(out, separators=(",", ":")).replace('{"seed"', '\n{"seed"') + "\n")
    print(f"{len(cases)} cases to {path}")


if __name__ == "__main__":
    main()
