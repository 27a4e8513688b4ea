"""Momentum scores of made-up assets, the correlations of their returns and how concentrated holdings of them are, by pandas.

Writes rank.json beside this file: candles, scores with their parts at the last bar and a week before, ranks, and an analysis of
holdings. The formulas are those of strategies/momentum_score.toml, written again. Needs pandas and numpy.
"""

import json
import pathlib

import numpy as np
import pandas as pd

DAY = 86_400_000
FIRST = 1_640_995_200_000  # 2022-01-01
BARS = 260
SHORT, MEDIUM, LONG = 30, 90, 180
UNITS = {"BBBUSDT": 12.5, "AAAUSDT": 3.0, "DDDUSDT": 40.0, "CASH": 250.0}


def candles(seed: int, drift: float) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(drift + 0.03 * random.standard_normal(BARS))), 2)
    open_ = np.round(np.concatenate([[100.0], close[:-1]]), 2)
    high = np.round(np.maximum(open_, close) * (1 + 0.01 * random.random(BARS)), 2)
    low = np.round(np.minimum(open_, close) * (1 - 0.01 * random.random(BARS)), 2)
    frame = pd.DataFrame({"open": open_, "high": high, "low": low, "close": close})
    frame["low"] = frame[["open", "low", "close"]].min(axis=1)
    frame["high"] = frame[["open", "high", "close"]].max(axis=1)
    frame.index = FIRST + DAY * np.arange(BARS)
    return frame


def parts(frame: pd.DataFrame) -> pd.DataFrame:
    close = frame["close"]
    roc = lambda n: 100 * (close / close.shift(n) - 1)
    risk = roc(1).rolling(MEDIUM).std(ddof=0)
    strength = lambda n: 10 / (1 + np.exp(-roc(n) / (np.sqrt(n) * risk)))
    average = close.rolling(MEDIUM).mean()
    above = (close > average).astype(float).where(average.notna())
    low, high = frame["low"].rolling(LONG).min(), frame["high"].rolling(LONG).max()
    return pd.DataFrame({
        "short_return": strength(SHORT),
        "medium_return": strength(MEDIUM),
        "long_return": strength(LONG),
        "trend": 10 * above.rolling(MEDIUM).sum() / MEDIUM,
        "range_place": 10 * (close - low) / (high - low),
    })


def score(parts: pd.DataFrame) -> pd.Series:
    return parts @ pd.Series(
        {"short_return": 0.2, "medium_return": 0.25, "long_return": 0.25, "trend": 0.15, "range_place": 0.15}
    )


def main() -> None:
    assets = {
        symbol: candles(seed, drift)
        for seed, (symbol, drift) in enumerate(
            [("AAAUSDT", 0.002), ("BBBUSDT", -0.001), ("CCCUSDT", 0.004), ("DDDUSDT", 0.0), ("EEEUSDT", -0.003)]
        )
    }
    made = {symbol: parts(frame) for symbol, frame in assets.items()}
    scores = pd.DataFrame({symbol: score(one) for symbol, one in made.items()})
    now, before = scores.iloc[-1], scores.iloc[-8]
    ranks = lambda row: row.rank(ascending=False).astype(int)
    others = len(now) - 1
    closes = pd.DataFrame({symbol: frame["close"] for symbol, frame in assets.items()})
    value = pd.Series({symbol: units * closes[symbol].iloc[-1] for symbol, units in UNITS.items() if symbol != "CASH"})
    total = value.sum() + UNITS["CASH"]
    shares = value / value.sum()
    held = value.sort_values(ascending=False).index
    returns = closes[held].pct_change().tail(90)
    correlation = returns.corr()
    upper = correlation.values[np.triu_indices(len(held), 1)]
    document = {
        "candles": {symbol: [[int(time), *row] for time, row in zip(frame.index, frame.values.tolist())]
                    for symbol, frame in assets.items()},
        "assets": {symbol: {
            "score": now[symbol],
            "score_before": before[symbol],
            "rank": int(ranks(now)[symbol]),
            "rank_before": int(ranks(before)[symbol]),
            "rating": 10 * float((now < now[symbol]).sum()) / others,
            "candidate": bool(closes[symbol].iloc[-1] > closes[symbol].rolling(MEDIUM).mean().iloc[-1]),
            "parts": {name: float(number) for name, number in made[symbol].iloc[-1].items()},
        } for symbol in assets},
        "units": UNITS,
        "holdings": {
            "value": total,
            "score": float((value * now[value.index]).sum() / value.sum()),
            "herfindahl": float((shares**2).sum()),
            "effective_number": float(1 / (shares**2).sum()),
            "largest": float(shares.max()),
            "weights": {symbol: float(value[symbol] / total) for symbol in value.index},
            "correlation": {"symbols": list(held), "mean": float(upper.mean()), "matrix": correlation.values.tolist()},
        },
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
