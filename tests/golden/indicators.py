"""Writes indicators.csv: a synthetic OHLCV series and what Python's TA-Lib makes of it.

    python tests/golden/indicators.py

The committed file was made with Python 3, TA-Lib (the package) 0.8.2, which wraps the C library 0.8.1, and numpy 2.4.
The versions in use are printed; the series itself comes from random.Random, which gives the same numbers everywhere.

Each column after the candles is headed by the call it holds, words apart by spaces: "macd_signal 12 26 9" is
macd_signal(close, 12, 26, 9). An empty cell is an undefined value. Add a line to COLUMNS for each new indicator:
src/indicators/tests/golden.rs fails while one has no column.
"""

import csv
import math
import pathlib
import random

import numpy
import talib

BARS = 300
FLAT = range(180, 215)  # the price stands still: divisors are 0 here, and rounding would show


def candles():
    """A random walk with a crash to a hundredth, then a stand-still, then a recovery."""
    rng = random.Random(20240229)
    rows, close = [], 100.0
    for bar in range(BARS):
        if bar in FLAT:
            rows.append((close, close, close, close, 5.0))
            continue
        drift = -0.12 if 120 <= bar < 160 else 0.01
        start = round(close * math.exp(rng.gauss(0, 0.002)), 4)
        close = round(start * math.exp(drift + rng.gauss(0, 0.03)), 4)
        high = round(max(start, close) * (1 + abs(rng.gauss(0, 0.01))), 4)
        low = round(min(start, close) * (1 - abs(rng.gauss(0, 0.01))), 4)
        rows.append((start, high, low, close, round(1000 * math.exp(rng.gauss(0, 0.5)), 1)))
    return [numpy.array(column) for column in zip(*rows)]


OPEN, HIGH, LOW, CLOSE, VOLUME = candles()


def macd(output):
    return lambda fast, slow, signal: talib.MACD(CLOSE, fast, slow, signal)[output]


def bb(output):
    return lambda n, k: talib.BBANDS(CLOSE, n, k, k)[output]


def stoch(output):
    return lambda fastk, slowk, slowd: talib.STOCH(
        HIGH, LOW, CLOSE, fastk_period=fastk, slowk_period=slowk, slowk_matype=0, slowd_period=slowd, slowd_matype=0
    )[output]


# name, function of the parameters, sets of parameters
COLUMNS = [
    ("sma", lambda n: talib.SMA(CLOSE, n), [(1,), (20,), (50,)]),
    ("ema", lambda n: talib.EMA(CLOSE, n), [(1,), (12,), (50,)]),
    ("wma", lambda n: talib.WMA(CLOSE, n), [(9,), (40,)]),
    ("rsi", lambda n: talib.RSI(CLOSE, n), [(2,), (14,)]),
    ("roc", lambda n: talib.ROC(CLOSE, n), [(10,)]),
    ("mom", lambda n: talib.MOM(CLOSE, n), [(10,)]),
    ("macd", macd(0), [(12, 26, 9), (5, 8, 1)]),
    ("macd_signal", macd(1), [(12, 26, 9)]),
    ("macd_hist", macd(2), [(12, 26, 9)]),
    ("bb_upper", bb(0), [(20, 2.0)]),
    ("bb_middle", bb(1), [(20, 2.0)]),
    ("bb_lower", bb(2), [(20, 2.0), (5, 1.5)]),
    ("atr", lambda n: talib.ATR(HIGH, LOW, CLOSE, n), [(1,), (14,)]),
    ("stddev", lambda n: talib.STDDEV(CLOSE, n, 1.0), [(2,), (20,)]),
    ("highest", lambda n: talib.MAX(CLOSE, n), [(2,), (20,)]),
    ("lowest", lambda n: talib.MIN(CLOSE, n), [(2,), (20,)]),
    ("stoch_k", stoch(0), [(14, 3, 3), (5, 1, 1)]),
    ("stoch_d", stoch(1), [(14, 3, 3), (5, 1, 1)]),
    ("cci", lambda n: talib.CCI(HIGH, LOW, CLOSE, n), [(14,), (20,)]),
    ("adx", lambda n: talib.ADX(HIGH, LOW, CLOSE, n), [(2,), (14,)]),
    ("obv", lambda: talib.OBV(CLOSE, VOLUME), [()]),
]


def main():
    header = ["open", "high", "low", "close", "volume"]
    columns = [OPEN, HIGH, LOW, CLOSE, VOLUME]
    for name, function, parameters in COLUMNS:
        for values in parameters:
            header.append(" ".join([name, *(f"{value:g}" for value in values)]))
            columns.append(function(*values))
    path = pathlib.Path(__file__).with_suffix(".csv")
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in zip(*columns):
            writer.writerow("" if math.isnan(value) else repr(float(value)) for value in row)
    print(f"{path}: TA-Lib {talib.__version__} (C {talib.__ta_version__.decode()}), numpy {numpy.__version__}")


main()
