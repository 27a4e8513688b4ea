"""Golden values of longer bars and of another asset's, by pandas: resample, then merge_asof.

Writes other_bars.csv beside this file: 400 hours with gaps, prices in cents. A bar of 4 hours or of a day is known at the first
hour whose end is its end or later; another asset's bar is matched by its open time, else the last one before.
"""

import random
from pathlib import Path

import numpy as np
import pandas as pd

HOUR = 3_600_000


def candles(seed, hours, gaps):
    draw = random.Random(seed)
    price, rows = 10_000, []
    for hour in hours:
        start, price = price, max(5_000, price + draw.randint(-150, 150))
        row = (hour * HOUR, start, max(start, price) + draw.randint(0, 40), min(start, price) - draw.randint(0, 40), price)
        volume = draw.randint(0, 90)
        if draw.random() >= gaps:
            rows.append([row[0], *(cents / 100 for cents in row[1:]), volume])
    return pd.DataFrame(rows, columns=["timestamp", "open", "high", "low", "close", "volume"])


def longer(frame, length):
    """Whole bars of so many hours, with the moment at which each is over."""
    size = length * HOUR
    bars = frame.groupby(frame.timestamp // size * size).agg(
        open=("open", "first"), high=("high", "max"), low=("low", "min"), close=("close", "last"), volume=("volume", "sum")
    )
    first, end = frame.timestamp.iloc[0], frame.timestamp.iloc[-1] + HOUR
    bars = bars[(bars.index >= first) & (bars.index + size <= end)]
    return bars.assign(over=bars.index + size).reset_index(drop=True)


def held(frame, bars, values):
    """Values of longer bars at each hour, from the one whose end is theirs on."""
    known = pd.DataFrame({"over": bars.over, "value": values}).astype({"over": "int64"})
    ends = pd.DataFrame({"over": frame.timestamp + HOUR})
    return pd.merge_asof(ends, known, on="over").value


def beside(frame, other, values):
    known = pd.DataFrame({"timestamp": other.timestamp, "value": values})
    return pd.merge_asof(frame[["timestamp"]], known, on="timestamp").value


def columns(frame, other):
    four, day, eth_day = longer(frame, 4), longer(frame, 24), longer(other, 24)
    # The hour of its own at whose end a day of the other asset is over, by whose open time it is matched.
    last = other.timestamp.to_numpy()[np.searchsorted(other.timestamp + HOUR, eth_day.over)]
    eth_known = pd.DataFrame({"timestamp": last, "value": eth_day.high})
    return {
        "on_4h_close": held(frame, four, four.close),
        "on_4h_volume": held(frame, four, four.volume.astype(float)),
        "on_4h_sma_3": held(frame, four, four.close.rolling(3).mean()),
        "on_1d_high": held(frame, day, day.high),
        "on_1d_prev_low_2": held(frame, day, day.low.shift(2)),
        "of_close": beside(frame, other, other.close),
        "of_highest_5": beside(frame, other, other.high.rolling(5).max()),
        "of_on_1d_high": pd.merge_asof(frame[["timestamp"]], eth_known, on="timestamp").value,
    }


def main():
    frame, other = candles(1, range(451_003, 451_403), 0.06), candles(2, range(451_023, 451_383), 0.06)
    made = frame.assign(**columns(frame, other))
    prices = other.set_index("timestamp").add_prefix("eth_")
    both = made.set_index("timestamp").join(prices, how="outer").reset_index()
    both.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format=lambda value: repr(float(np.float64(value))))


if __name__ == "__main__":
    main()
