"""Writes weights.json: synthetic candles of six assets, and the equity of a portfolio by weights as vectorbt has it.

    python3 -m venv venv && venv/bin/pip install vectorbt==1.2.0 pandas numpy
    venv/bin/python tests/golden/weights.py

The committed file was made with Python 3.11, vectorbt 1.2.0, pandas 3.1.1 and numpy 2.4.6. The series come from random.Random, which
gives the same numbers everywhere. Each week the three assets with the best rate of change over 10 bars are held, 95 % invested, with
equal weights and with the inverse of the volatility over 30 bars; fee 0.1 %, slippage 0.05 %, capital 10,000.
"""

import json
import math
import pathlib
import random
import warnings

warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd
import vectorbt as vbt

BARS, LOOKBACK, TOP, INVEST = 120, 10, 3, 0.95
MONDAY = 1_704_067_200_000
DAY = 86_400_000


def series():
    rng = random.Random(20240101)
    opens, closes = {}, {}
    for name in "ABCDEF":
        price, opens[name], closes[name] = 10 ** rng.uniform(-1, 3), [], []
        for _ in range(BARS):
            opens[name].append(float(f"{price * math.exp(rng.gauss(0, 0.01)):.6g}"))
            price *= math.exp(rng.gauss(0.002, 0.05))
            closes[name].append(float(f"{price:.6g}"))
    return pd.DataFrame(opens), pd.DataFrame(closes)


def equity(opens, closes, weighting):
    score = closes / closes.shift(LOOKBACK) - 1
    deviation = (closes / closes.shift(1) - 1).rolling(30).std(ddof=0)
    size = pd.DataFrame(np.nan, index=closes.index, columns=closes.columns)
    for bar in range(6, BARS - 1, 7):
        best = score.iloc[bar].dropna()
        if weighting == "inverse_volatility":
            best = best[deviation.iloc[bar][best.index].notna()]
        best = best.sort_values(ascending=False, kind="stable").index[:TOP]
        raw = 1 / deviation.iloc[bar][best] if weighting == "inverse_volatility" else pd.Series(1.0, index=best)
        size.loc[bar + 1] = 0.0
        size.loc[bar + 1, best] = INVEST * raw / raw.sum()
    account = vbt.Portfolio.from_orders(
        closes, size, size_type="targetpercent", price=opens, val_price=opens, group_by=True, cash_sharing=True,
        call_seq="auto", fees=0.001, slippage=0.0005, init_cash=10000, freq="1D",
    )
    return [float(f"{value:.15g}") for value in account.value()]


opens, closes = series()
print("vectorbt", vbt.__version__, "pandas", pd.__version__, "numpy", np.__version__)
document = {
    "time": MONDAY,
    "assets": {name: {"open": opens[name].tolist(), "close": closes[name].tolist()} for name in opens},
    "equity": {weighting: equity(opens, closes, weighting) for weighting in ("equal", "inverse_volatility")},
}
pathlib.Path(__file__).with_name("weights.json").write_text(json.dumps(document) + "\n")
