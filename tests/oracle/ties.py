"""Rules that compare averages, counted against exact rational arithmetic on the decimals as they stand in the file.

    python -m venv venv && venv/bin/pip install numpy polars
    venv/bin/python tests/oracle/ties.py --binary target/release/backtest --data-dir ../shared/data --crypto BTC --interval 1h

0.1 + 0.2 is not 0.3 in binary floating point, so averages that are equal on paper may differ in their last bit, and a
crossing appears where there is none. This script reads prices as text, adds them up as fractions, and counts the trades
of each rule: all pairs of two moving averages with windows of 2 to 31 bars, closes against simple and weighted averages
and the middle of the Bollinger bands, and closes against the middle of the highest and lowest price.

Output: one line per rule with the number of combinations and of those that differ. Exit code 1 if any differs.

    --bars N    only the first N bars
"""

import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile
from fractions import Fraction
from math import lcm

import numpy as np
import polars as pl

LONGEST = 31
# Name, rules, and the exact sign of what they compare: (prices, n) -> whole numbers, above 0 where the entry is true.
ONE_WINDOW = [
    ("close_sma", "close > sma(close, n)", lambda p, n: p.close * n - sums(p.close, n)),
    ("close_middle", "close > bb_middle(close, n, 2)", lambda p, n: p.close * n - sums(p.close, n)),
    ("close_wma", "close > wma(close, n)", lambda p, n: p.close * (n * (n + 1) // 2) - weighted(p.close, n)),
    ("sma_wma", "sma(close, n) > wma(close, n)", lambda p, n: sums(p.close, n) * (n + 1) - 2 * weighted(p.close, n)),
    (
        "range_middle",
        "close - lowest(low, n) > highest(high, n) - close",
        lambda p, n: 2 * p.close - windows(p.low, n, np.min) - windows(p.high, n, np.max),
    ),
    ("mom_sum", "mom(close, n) + mom(close, 1) > 0", lambda p, n: moved(p.close, n) + moved(p.close, 1)),
]


class Prices:
    """Columns as whole numbers of one tick, the largest that all prices are multiples of."""

    def __init__(self, path, bars):
        frame = pl.read_csv(path, infer_schema=False)
        if bars:
            frame = frame.head(bars)
        columns = {name: [Fraction(text) for text in frame[name]] for name in ("open", "high", "low", "close")}
        self.per_unit = lcm(*(price.denominator for column in columns.values() for price in column))
        for name, column in columns.items():
            setattr(self, name, np.array([int(price * self.per_unit) for price in column], dtype=np.int64))
        largest = int(self.high.max()) * LONGEST * LONGEST * 4
        assert largest * len(self.close) < 2**63, "sums would not fit: take fewer bars"


def sums(column, n):
    total = np.concatenate([[0], np.cumsum(column)])
    out = np.zeros(len(column), dtype=np.int64)
    out[n - 1 :] = total[n:] - total[:-n]
    return out


def weighted(column, n):
    out = np.zeros(len(column), dtype=np.int64)
    for lag in range(n):
        out[n - 1 :] += (n - lag) * column[n - 1 - lag : len(column) - lag]
    return out


def windows(column, n, pick):
    out = np.zeros(len(column), dtype=np.int64)
    out[n - 1 :] = pick(np.lib.stride_tricks.sliding_window_view(column, n), axis=1)
    return out


def moved(column, n):
    out = np.zeros(len(column), dtype=np.int64)
    out[n:] = column[n:] - column[:-n]
    return out


def closed_trades(entry, exit_):
    """Trades that were entered and left again at the next open, from one truth value a bar each."""
    held, trades = False, 0
    for bar in np.flatnonzero(entry[:-1] | exit_[:-1]):
        if held and exit_[bar]:
            held, trades = False, trades + 1
        elif not held and entry[bar]:
            held = True
    return trades


def crossings(difference, first):
    """Where the difference crosses 0 upwards, and downwards; undefined before bar `first`."""
    above, below = difference > 0, difference < 0
    up, down = np.zeros(len(above), dtype=bool), np.zeros(len(above), dtype=bool)
    up[first + 1 :] = above[first + 1 :] & ~above[first:-1]
    down[first + 1 :] = below[first + 1 :] & ~below[first:-1]
    return up, down


def sweep(args, strategy, *params):
    """The trades of each combination, from the program."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "rows.csv"
        command = [args.binary, "sweep", "--crypto", args.crypto, "--interval", args.interval, "--data-dir", args.data_dir]
        command += ["--strategy", strategy, "--no-cache", "--quiet", "--out", str(out)]
        if args.to:
            command += ["--to", args.to]
        for param in params:
            command += ["--param", param]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with out.open() as file:
            return list(csv.DictReader(file))


def report(name, differing, combinations):
    worst = f", such as {differing[0]}" if differing else ""
    print(f"{name}: {combinations} combinations, {len(differing)} differ{worst}")
    return bool(differing)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/backtest")
    parser.add_argument("--data-dir", default="../shared/data")
    parser.add_argument("--crypto", default="BTC")
    parser.add_argument("--interval", default="1h")
    parser.add_argument("--bars", type=int)
    args = parser.parse_args()
    found = sorted(pathlib.Path(args.data_dir, args.interval).glob(f"{args.crypto}*.csv*"))
    if not found:
        sys.exit(f"no {args.crypto} in {args.data_dir}/{args.interval}")
    prices = Prices(found[0], args.bars)
    args.to = None
    if args.bars:
        times = pl.read_csv(found[0], infer_schema=False)["timestamp"]
        args.to = times[args.bars] if args.bars < len(times) else None
    print(f"{found[0].name}: {len(prices.close)} bars, {prices.per_unit} ticks in 1")

    averages = {n: sums(prices.close, n) for n in range(2, LONGEST + 1)}
    differing, rows = [], sweep(args, "ma", f"fast=2..{LONGEST - 1}", f"slow=3..{LONGEST}")
    for row in rows:
        fast, slow = int(float(row["fast"])), int(float(row["slow"]))
        up, down = crossings(averages[fast] * slow - averages[slow] * fast, slow - 1)
        exact = closed_trades(up, down)
        if exact != int(float(row["trades"])):
            differing.append(f"fast {fast}, slow {slow}: {row['trades']} trades, on paper {exact}")
    wrong = report("ma", differing, len(rows))

    with tempfile.TemporaryDirectory() as folder:
        for name, rule, sign in ONE_WINDOW:
            opposite = rule.replace(">", "<")
            file = pathlib.Path(folder) / f"{name}.toml"
            file.write_text(
                f'name = "{name}"\n[params]\nn = {{ default = 5, min = 2, max = 500 }}\n'
                f'[rules]\nentry = "{rule}"\nexit = "{opposite}"\n'
            )
            differing, rows = [], sweep(args, str(file), f"n=2..{LONGEST}")
            for row in rows:
                n = int(float(row["n"]))
                difference = sign(prices, n)
                first = n if "mom" in rule else n - 1
                difference[:first] = 0
                exact = closed_trades(difference > 0, difference < 0)
                if exact != int(float(row["trades"])):
                    differing.append(f"n {n}: {row['trades']} trades, on paper {exact}")
            wrong |= report(name, differing, len(rows))
    sys.exit(int(wrong))


if __name__ == "__main__":
    main()
