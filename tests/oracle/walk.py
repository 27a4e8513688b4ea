"""`backtest walk` on real candles against a slow and plain loop: TA-Lib's averages, one bar after the other, long only.

    venv/bin/pip install numpy pandas zstandard TA-Lib
    venv/bin/python tests/oracle/walk.py --binary target/release/backtest --data-dir PATH/TO/CANDLES

Versions of the last run: numpy 2.4.6, pandas 3.1.1, TA-Lib 0.8.2, zstandard 0.25.0. Compares the chosen points, their figures, and the stitched account by each
rule at borders: 1e-9 relative.
"""
import argparse, io, json, pathlib, subprocess, sys

import numpy as np
import pandas as pd
import talib
import zstandard

FEE, YEAR, TRAIN, TEST = 0.001, 365.0, 730, 90
FASTS, SLOWS = range(5, 55, 5), range(60, 220, 20)


def load(folder, symbol):
    raw = open(pathlib.Path(folder) / "1d" / f"{symbol}.csv.zst", "rb")
    return pd.read_csv(io.BytesIO(zstandard.ZstdDecompressor().stream_reader(raw).read()))


def crosses(close, fast, slow):
    a, b = talib.SMA(close, fast), talib.SMA(close, slow)
    known = ~(np.isnan(a) | np.isnan(b))
    both = np.r_[False, known[1:] & known[:-1]]
    up = np.r_[False, (a > b)[1:] & (a <= b)[:-1]] & both
    down = np.r_[False, (a < b)[1:] & (a >= b)[:-1]] & both
    return up, down


def own_account(open_, close, up, down):
    """Returns of each bar, and whether a position stands at each close; fills at the next open."""
    cash, units, equity, held = 1.0, 0.0, np.empty(len(close)), np.zeros(len(close), bool)
    for i in range(len(close)):
        if i and units == 0 and up[i - 1]:
            units, cash = cash / (open_[i] * (1 + FEE)), 0.0
        elif i and units and down[i - 1]:
            cash, units = units * open_[i] * (1 - FEE), 0.0
        equity[i], held[i] = cash + units * close[i], units != 0
    return equity / np.r_[1.0, equity[:-1]] - 1, held


def sharpe(r):
    deviation = r.std(ddof=1)
    return None if deviation < 1e-12 else float(r.mean() / deviation * YEAR**0.5)


def stitched(open_, close, windows, chosen, points, rule):
    cash, units, equity = 1.0, 0.0, []
    for (_, b, e), pick in zip(windows, chosen):
        up, down, _, held = points[pick]
        for i in range(b, e):
            want = True if units == 0 and up[i - 1] else False if units and down[i - 1] else units != 0
            if i == b and rule == "adopt":
                want = bool((held[i - 1] and not down[i - 1]) or (not held[i - 1] and up[i - 1]))
            if i == b and rule == "flat":
                if units:
                    cash, units = units * open_[i] * (1 - FEE), 0.0
                want = bool(up[i - 1])
            if want and units == 0:
                units, cash = cash / (open_[i] * (1 + FEE)), 0.0
            elif not want and units:
                cash, units = units * open_[i] * (1 - FEE), 0.0
            equity.append(cash + units * close[i])
    equity = np.array(equity)
    return float(equity[-1] - 1), sharpe(equity / np.r_[1.0, equity[:-1]] - 1)


def expected(candles):
    open_, close = candles["open"].to_numpy(float), candles["close"].to_numpy(float)
    names = [(fast, slow) for fast in FASTS for slow in SLOWS if fast < slow]
    points = []
    for fast, slow in names:
        up, down = crosses(close, fast, slow)
        points.append((up, down, *own_account(open_, close, up, down)))
    bars = len(close)
    windows = [(a, a + TRAIN, min(a + TRAIN + TEST, bars)) for a in range(0, bars - TRAIN, TEST)]
    score = lambda r: -np.inf if sharpe(r) is None else sharpe(r)
    chosen = [int(np.argmax([score(point[2][a:b]) for point in points])) for a, b, _ in windows]
    inside = np.mean([points[pick][2][a:b].mean() for (a, b, _), pick in zip(windows, chosen)])
    outside = np.concatenate([points[pick][2][b:e] for (_, b, e), pick in zip(windows, chosen)])
    return {
        "points": [names[pick] for pick in chosen],
        "in_sample": [sharpe(points[pick][2][a:b]) for (a, b, _), pick in zip(windows, chosen)],
        "out_of_sample": [sharpe(points[pick][2][b:e]) for (_, b, e), pick in zip(windows, chosen)],
        "efficiency": float(outside.mean() / inside),
        "rules": {rule: stitched(open_, close, windows, chosen, points, rule) for rule in ("adopt", "hold", "flat")},
    }


def found(binary, folder, symbol, rule):
    words = [binary, "walk", "--data-dir", folder, "--crypto", symbol, "--strategy", "ma", "--param", "fast=5..50:5",
             "--param", "slow=60..200:20", "--train", f"{TRAIN}b", "--test", f"{TEST}b", "--border", rule,
             "--year", "365", "--no-cache", "--format", "json"]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/release/backtest")
    parser.add_argument("--data-dir", required=True)
    args = parser.parse_args()
    worst, figures = 0.0, 0
    for symbol in ("BTCUSDT", "ETHUSDT"):
        plain = expected(load(args.data_dir, symbol))
        for rule in ("adopt", "hold", "flat"):
            walk = found(args.binary, args.data_dir, symbol, rule)
            windows = walk["windows"]
            assert [(w["fast"], w["slow"]) for w in windows] == plain["points"], (symbol, rule)
            pairs = [(w[name], value) for name in ("in_sample", "out_of_sample") for w, value in zip(windows, plain[name])]
            pairs += [(walk["walk_forward_efficiency"], plain["efficiency"])]
            pairs += list(zip((walk["stitched"]["metrics"]["total_return"], walk["stitched"]["metrics"]["sharpe"]), plain["rules"][rule]))
            for ours, theirs in pairs:
                assert (ours is None) == (theirs is None), (symbol, rule, ours, theirs)
                if ours is not None:
                    worst, figures = max(worst, abs(ours - theirs) / (1 + abs(theirs))), figures + 1
            total, ratio = plain["rules"][rule]
            print(f"{symbol} {rule:6} {len(windows)} windows: {total:+.6f} / {ratio:.6f}")
    print(f"{figures} figures, the largest deviation {worst:.1e}")
    sys.exit(worst > 1e-9)


if __name__ == "__main__":
    main()
