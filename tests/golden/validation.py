"""Figures on made-up returns by other people's programs: `validation.json`.

The returns come from SplitMix64, as in src/sim/random.rs, so that only figures have to be stored. PSR is skfolio's, DSR
vectorbt's and skfolio's, PBO that of sharpebench, the length of blocks arch's; what is left is plain numpy.

A sweep of moving averages on the sample candles in data/1d is traded here in plain Python.

    pip install numpy scipy polars skfolio==1.12.2 vectorbt==1.2.0 arch==8.0.0 sharpebench==0.28.0
"""
import importlib.metadata as meta
import itertools
import json
import math
import pathlib

import numpy as np
import polars as pl
import sharpebench
from arch.bootstrap import optimal_block_length
from scipy import stats
from skfolio import measures
from vectorbt.returns import metrics as vbt

MASK = (1 << 64) - 1


def uniform(seed, count):
    state, out = seed, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        out.append(((z >> 11) + 1) / 2**53)
    return np.array(out)


def matrix(seed, points, bars):
    """Points one after the other; the later ones are a little better."""
    rows = uniform(seed, points * bars).reshape(points, bars)
    return (rows - 0.49 + 0.0004 * np.arange(points)[:, None]) / 20


def memory(seed, bars, weight):
    out, before = [], 0.0
    for step in uniform(seed, bars) - 0.5:
        before = weight * before + step
        out.append(before)
    return np.array(out)


def ratios(returns):
    """Sharpe ratio of each row; below all others where a point never trades."""
    deviation = returns.std(1, ddof=1)
    # Points that traded alike are equally good, whatever the last digit of numpy's sums.
    return np.round(np.where(deviation > 0, returns.mean(1) / np.where(deviation > 0, deviation, 1), -np.inf), 13)


def cscv(returns, blocks):
    """By the definition, point by point and split by split; returns is points x bars."""
    points, bars = returns.shape
    length = bars // blocks
    cut = returns[:, bars - blocks * length:].reshape(points, blocks, length)
    logits, pairs = [], []
    for inside in itertools.combinations(range(blocks), blocks // 2):
        outside = [block for block in range(blocks) if block not in inside]
        a = cut[:, list(inside)].reshape(points, -1)
        b = cut[:, outside].reshape(points, -1)
        sharpe = [ratios(x) for x in (a, b)]
        best = int(np.argmax(sharpe[0]))
        omega = stats.rankdata(sharpe[1])[best] / (points + 1)
        logits.append(math.log(omega / (1 - omega)))
        pairs.append((sharpe[0][best], sharpe[1][best], (sharpe[1] >= sharpe[1][best]).mean()))
    x, y, as_good = np.array(pairs).T
    known = np.isfinite(y)
    return {
        "pbo": float((np.array(logits) <= 0).mean()),
        "median_logit": float(np.median(logits)),
        "slope": float(stats.linregress(x[known], y[known]).slope),
        "loss": float((known & (y < 0)).mean()),
        "random_picker": float(as_good.mean()),
        "splits": len(logits),
    }


def case(seed, points, bars):
    returns = matrix(seed, points, bars)
    sharpe = returns.mean(1) / returns.std(1, ddof=1)
    best = int(np.argmax(sharpe))
    row, variance = returns[best], float(sharpe.var(ddof=1))
    skew, kurtosis = float(stats.skew(row)), float(stats.kurtosis(row, fisher=False))
    psr = float(measures.probabilistic_sharpe_ratio(row))
    dsr = float(vbt.deflated_sharpe_ratio(
        est_sharpe=sharpe[best], var_sharpe=variance, nb_trials=points, backtest_horizon=bars, skew=skew, kurtosis=kurtosis))
    other = float(measures.deflated_sharpe_ratio(row, sharpe))
    assert abs(other - dsr) < 1e-9
    splits = {}
    for blocks in (2, 4, 8, 16):
        splits[str(blocks)] = cscv(returns, blocks)
        length = bars // blocks
        theirs = sharpebench.probability_of_backtest_overfitting(returns[:, bars - blocks * length:].T.tolist(), blocks)
        assert abs(theirs - splits[str(blocks)]["pbo"]) < 1e-9, (blocks, theirs, splits[str(blocks)]["pbo"])
    return {
        "seed": seed, "points": points, "bars": bars, "best": best, "sharpe": float(sharpe[best]), "skew": skew,
        "kurtosis": kurtosis, "psr": psr, "dsr": dsr, "cscv": splits,
    }


def block(seed, bars, weight):
    length = float(optimal_block_length(memory(seed, bars, weight))["stationary"].iloc[0])
    return {"seed": seed, "bars": bars, "weight": weight, "length": max(length, 1.0)}


def sma(close, period):
    out = np.full(len(close), np.nan)
    for i in range(period - 1, len(close)):
        out[i] = math.fsum(close[i + 1 - period:i + 1]) / period
    return out


def account(frame, fast, slow, fee=0.001, capital=10_000.0):
    """Long only, filled at the next open: returns of the bars, positions at their closes, closed trades."""
    opens, close = frame["open"].to_numpy(), frame["close"].to_numpy()
    a, b = sma(close, fast), sma(close, slow)
    cash, units, equity, held, trades = capital, 0.0, [], [], 0
    for i in range(len(close)):
        if i >= 2 and not np.isnan([a[i - 1], b[i - 1], a[i - 2], b[i - 2]]).any():
            up = a[i - 1] > b[i - 1] and a[i - 2] <= b[i - 2]
            down = a[i - 1] < b[i - 1] and a[i - 2] >= b[i - 2]
            if up and units == 0:
                units, cash = cash / (opens[i] * (1 + fee)), 0.0
            elif down and units > 0:
                cash, units, trades = units * opens[i] * (1 - fee), 0.0, trades + 1
        equity.append(cash + units * close[i])
        held.append(1.0 if units > 0 else 0.0)
    equity = np.array(equity)
    return equity / np.concatenate([[capital], equity[:-1]]) - 1, np.array(held), trades


def sample(symbol):
    return pl.read_parquet(pathlib.Path(__file__).parents[2] / f"data/1d/{symbol}.parquet").sort("timestamp")


def sweep(symbol, frame, blocks=(4, 8)):
    close, bars = frame["close"].to_numpy(), len(frame)
    grid = [(fast, slow) for fast in range(5, 51, 5) for slow in range(60, 201, 20)]
    rows, held, trades = zip(*[account(frame, *point) for point in grid])
    returns = np.array(rows)
    deviation = returns.std(1, ddof=1)
    sharpe = np.where(deviation > 0, returns.mean(1) / np.where(deviation > 0, deviation, 1), np.nan)
    enough = [at for at in range(len(grid)) if trades[at] >= 5 and sharpe[at] == sharpe[at]]
    best = max(enough, key=lambda at: (sharpe[at], -at))
    counted = sharpe[~np.isnan(sharpe)]
    row = returns[best]
    skew, kurtosis = float(stats.skew(row)), float(stats.kurtosis(row, fisher=False))
    inflation = 1 - skew * sharpe[best] + (kurtosis - 1) / 4 * sharpe[best] ** 2
    place = {point: at for at, point in enumerate(grid)}
    near = [(grid[best][0] + i, grid[best][1] + j) for i in (-5, 0, 5) for j in (-20, 0, 20) if (i, j) != (0, 0)]
    near = [np.nan_to_num(sharpe[place[point]]) for point in near if point in place]
    into = np.concatenate([[0.0], held[best][:-1]])
    market = np.concatenate([[0.0], close[1:] / close[:-1] - 1])
    shifted = np.array([np.roll(into, shift) * market for shift in range(bars)])
    shifted = shifted.mean(1) / shifted.std(1, ddof=1)
    return {
        "symbol": symbol, "bars": bars, "best": list(grid[best]), "trials": len(counted),
        "sharpe": float(sharpe[best] * math.sqrt(365)), "skew": skew, "kurtosis": kurtosis,
        "psr": float(measures.probabilistic_sharpe_ratio(row)),
        "dsr": float(measures.deflated_sharpe_ratio(row, counted)),
        "min_trl_bars": float(1 + inflation * (stats.norm.ppf(0.95) / sharpe[best]) ** 2),
        "plateau": float(np.mean(near) / sharpe[best]),
        "cscv": {str(count): cscv(returns, count) for count in blocks},
        "random_entry": float((1 + (shifted[1:] >= shifted[0] - 1e-12).sum()) / bars),
    }


def main():
    versions = {name: meta.version(name) for name in ("numpy", "scipy", "polars", "skfolio", "vectorbt", "arch", "sharpebench")}
    document = {
        "versions": versions,
        "cases": [case(1, 30, 160), case(2, 80, 333), case(3, 7, 64)],
        "sweeps": [sweep(symbol, sample(symbol)) for symbol in ("BTCUSDT", "ETHUSDT")],
        "blocks": [block(seed, bars, weight) for seed, bars, weight in
                   [(11, 50, 0.0), (12, 500, 0.3), (13, 2000, 0.8), (14, 1824, -0.2), (15, 30, 0.9)]],
    }
    path = pathlib.Path(__file__).with_name("validation.json")
    path.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
