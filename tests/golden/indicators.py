"""Writes indicators.csv: synthetic candles, and what TA-Lib, pandas-ta, pandas or a formula make of them.

    python3 -m venv venv && venv/bin/pip install TA-Lib ft-pandas-ta pandas
    venv/bin/python tests/golden/indicators.py

The committed file was made with Python 3, TA-Lib (the package) 0.8.2, which wraps the C library 0.8.1, ft-pandas-ta 0.3.16,
pandas 2 and numpy 2. The versions in use are printed; the series itself comes from random.Random, which gives the same
numbers everywhere.

Each column after the candles is headed by the call it holds, words apart by spaces: "macd_signal close 12 26 9" is
macd_signal(close, 12, 26, 9). An empty cell is an undefined value. Indicators are computed over all 3,000 bars; a bar whose row
has candles alone is not compared, which keeps the file small: compared are the first 150, those around every turn of the series,
and every 23rd. Values have 13 digits.

Add a line to COLUMNS for each new indicator: src/sim/fold/tests/golden.rs fails while one has no column. Where no library has an
indicator, or has it otherwise, the formula stands here.
"""

import math
import pathlib
import random

import numpy
import pandas
import pandas_ta
import talib

BARS = 3000
CRASH = range(900, 960)
FLAT = [range(960, 1020), range(2200, 2330)]  # the price stands still: divisors are 0 here, and rounding would show
IDLE = range(2400, 2440)  # no volume
HOUR = 3_600_000
MISSING = {500: 7, 1300: 40, 2290: 24 * 9 + 5}  # hours without a bar before these
TURNS = [0, 900, 960, 1020, 1300, 2200, 2290, 2330, 2400, 2440]


def candles():
    """Hourly bars of a random walk with a crash to a hundredth, stand-stills, holes in time, and bars without volume."""
    rng = random.Random(20240229)
    rows, close, time = [], 100.0, 1_700_000_000_000 // HOUR * HOUR
    for bar in range(BARS):
        time += HOUR * (1 + MISSING.get(bar, 0))
        if any(bar in flat for flat in FLAT):
            rows.append((time, close, close, close, close, 5.0))
            continue
        drift = -0.08 if bar in CRASH else 0.001
        start = round(close * math.exp(rng.gauss(0, 0.002)), 4)
        close = round(start * math.exp(drift + rng.gauss(0, 0.02)), 4)
        high = round(max(start, close) * (1 + abs(rng.gauss(0, 0.006))), 4)
        low = round(min(start, close) * (1 - abs(rng.gauss(0, 0.006))), 4)
        volume = 0.0 if bar in IDLE else round(1000 * math.exp(rng.gauss(0, 0.5)), 1)
        rows.append((time, start, high, low, close, volume))
    return [numpy.array(column) for column in zip(*rows)]


TIME, OPEN, HIGH, LOW, CLOSE, VOLUME = candles()
INDEX = pandas.to_datetime(TIME, unit="ms")
FRAME = pandas.DataFrame(
    {"open": OPEN, "high": HIGH, "low": LOW, "close": CLOSE, "volume": VOLUME}, index=INDEX, dtype=float
)
SERIES = {"open": OPEN, "high": HIGH, "low": LOW, "close": CLOSE, "volume": VOLUME}
WORDS = SERIES | {"day": INDEX.day.to_numpy()}
TYPICAL = (HIGH + LOW + CLOSE) / 3


def windows(values, bars):
    """Each window of so many bars as a row, the first rows undefined."""
    rows = numpy.lib.stride_tricks.sliding_window_view(values, bars)
    return numpy.concatenate([numpy.full((bars - 1, bars), numpy.nan), rows])


def undefined(values, bars):
    """The values, the first of them undefined."""
    values = numpy.array(values, dtype=float)
    values[:bars] = numpy.nan
    return values


def smoothed(values, bars, share):
    """Seeded with the mean of the first values, then a step of the share towards each new one."""
    out, start = numpy.full(len(values), numpy.nan), numpy.flatnonzero(~numpy.isnan(values))[0]
    mean = values[start : start + bars].mean()
    for bar in range(start + bars - 1, len(values)):
        mean = mean if bar == start + bars - 1 else mean + share * (values[bar] - mean)
        out[bar] = mean
    return out


def rma(values, bars):
    return smoothed(values, bars, 1 / bars)


def lag(values, bars):
    return numpy.concatenate([numpy.full(bars, numpy.nan), values[:-bars]])


def rmi(values, bars, momentum):
    change = values - lag(values, momentum)
    gain, loss = rma(numpy.maximum(change, 0) + change * 0, bars), rma(numpy.maximum(-change, 0) + change * 0, bars)
    return numpy.where(gain + loss == 0, 50.0, 100 * gain / numpy.where(gain + loss == 0, 1, gain + loss))


def mfi(bars):
    """TA-Lib's running sums keep 2e-9 of the flows before the crash, so each window is summed up anew here."""
    typical = (HIGH + LOW + CLOSE) / 3
    change, flow = typical - lag(typical, 1), typical * VOLUME
    still = numpy.abs(change) <= 1e-14 * (typical + lag(typical, 1))
    gain = windows(numpy.where((change > 0) & ~still, flow, 0), bars).sum(axis=1)
    loss = windows(numpy.where((change < 0) & ~still, flow, 0), bars).sum(axis=1)
    values = undefined(numpy.where(gain + loss == 0, 0, 100 * gain / numpy.where(gain + loss == 0, 1, gain + loss)), bars)
    assert numpy.nanmax(numpy.abs(values - talib.MFI(HIGH, LOW, CLOSE, VOLUME, bars))) < 1e-8
    return values


def heikin_ashi(column):
    """pandas-ta's `ha` writes into a copy under the copy-on-write of pandas 3, so its loop stands here."""
    close = (OPEN + HIGH + LOW + CLOSE) / 4
    opens = [(OPEN[0] + CLOSE[0]) / 2]
    for bar in range(1, BARS):
        opens.append((opens[-1] + close[bar - 1]) / 2)
    opens = numpy.array(opens)
    high, low = numpy.maximum.reduce([opens, HIGH, close]), numpy.minimum.reduce([opens, LOW, close])
    return {"open": opens, "high": high, "low": low, "close": close}[column]


def supertrend(column):
    def compute(bars, multiplier):
        frame = pandas_ta.supertrend(FRAME["high"], FRAME["low"], FRAME["close"], bars, multiplier)
        return undefined(frame.iloc[:, column], bars)

    return compute


def since(pick):
    """Bars since the most recent of the extremes of each window."""

    def compute(values, bars):
        return undefined(pick(windows(values, bars)[:, ::-1], axis=1), bars - 1)

    return compute


def percentile(values, bars, percent):
    return pandas.Series(values).rolling(bars).quantile(percent / 100).to_numpy()


def percent_rank(values, bars):
    rows = windows(values, bars + 1)
    return undefined((rows[:, :-1] <= rows[:, -1:]).mean(axis=1) * 100, bars)


def vwap():
    return pandas_ta.vwap(FRAME["high"], FRAME["low"], FRAME["close"], FRAME["volume"]).to_numpy()


def volume_weighted(values, bars):
    """Running sums would leave rounding behind where there is no volume, so each window is summed up anew."""
    weights = windows(VOLUME, bars).sum(axis=1)
    return windows(values * VOLUME, bars).sum(axis=1) / numpy.where(weights == 0, numpy.nan, weights)


def cmf(bars):
    span = HIGH - LOW
    return volume_weighted(numpy.where(span > 0, (2 * CLOSE - HIGH - LOW) / numpy.where(span > 0, span, 1), 0), bars)


def choppiness(bars):
    way = windows(talib.TRANGE(HIGH, LOW, CLOSE), bars).sum(axis=1)
    span = windows(HIGH, bars).max(axis=1) - windows(LOW, bars).min(axis=1)
    span = numpy.where(span == 0, numpy.nan, span)
    return 100 * numpy.log(way / span) / math.log(bars)


def stochrsi(values, bars, fastk, fastd):
    """Where the price stands still, the RSI moves by rounding alone, and TA-Lib's answer is any number from 0 to 100."""
    rsi = talib.RSI(values, bars)
    still = windows(rsi, fastk).max(axis=1) - windows(rsi, fastk).min(axis=1) <= 1e-9
    line = numpy.where(still, 0, talib.STOCHRSI(values, bars, fastk, 1, 0)[0])
    return undefined(line, bars + fastk + fastd - 2), windows(line, fastd).mean(axis=1)


def sum_while(values, same):
    run = (numpy.diff(same, prepend=same[0]) != 0).cumsum()
    return pandas.Series(values).groupby(run).cumsum().to_numpy()


def ewo(values, fast, slow):
    return 100 * (talib.EMA(values, fast) - talib.EMA(values, slow)) / values


def keltner(column):
    return lambda bars, *factor: pandas_ta.kc(FRAME["high"], FRAME["low"], FRAME["close"], bars, *factor).iloc[
        :, column
    ].to_numpy()


def ichimoku(column, *order):
    """Conversion, base and the second span are told apart by their place; others have some length."""

    def compute(*parameters):
        lengths = dict(zip(order, parameters))
        frame, _ = pandas_ta.ichimoku(FRAME["high"], FRAME["low"], FRAME["close"], include_chikou=False, **lengths)
        return frame.iloc[:, column].to_numpy()

    return compute


def ao(fast, slow):
    return pandas_ta.ao(FRAME["high"], FRAME["low"], fast, slow).to_numpy()


def pandas_ta_of(function, **options):
    return lambda values, bars: function(pandas.Series(values), bars, **options).to_numpy()


def talib_of(function, *series, output=None):
    """A function of TA-Lib over these series."""

    def compute(*parameters):
        answer = function(*series, *parameters)
        return answer if output is None else answer[output]

    return compute


def stoch(output):
    return lambda fastk, slowk, slowd: talib.STOCH(
        HIGH, LOW, CLOSE, fastk_period=fastk, slowk_period=slowk, slowk_matype=0, slowd_period=slowd, slowd_matype=0
    )[output]


def bb(output):
    return lambda values, n, k: talib.BBANDS(values, n, k, k)[output]


HLC = (HIGH, LOW, CLOSE)

# name, function of the arguments, sets of arguments as rules write them
COLUMNS = [
    ("sma", talib.SMA, ["close 1", "close 20", "close 50", "volume 10"]),
    ("ema", talib.EMA, ["close 1", "close 12", "close 50"]),
    ("wma", talib.WMA, ["close 9", "close 40"]),
    ("rma", rma, ["close 1", "close 14"]),
    ("kama", talib.KAMA, ["close 10", "close 30"]),
    ("linreg", talib.LINEARREG, ["close 2", "close 14", "close 50"]),
    ("slope", talib.LINEARREG_SLOPE, ["close 14", "close 50"]),
    ("linreg_intercept", talib.LINEARREG_INTERCEPT, ["close 14"]),
    ("linreg_angle", talib.LINEARREG_ANGLE, ["close 14"]),
    ("rsi", talib.RSI, ["close 2", "close 14"]),
    ("rmi", rmi, ["close 20 5", "close 14 1"]),
    ("mfi", mfi, ["2", "14"]),
    ("roc", talib.ROC, ["close 10"]),
    ("mom", talib.MOM, ["close 10"]),
    ("macd", lambda *args: talib.MACD(*args)[0], ["close 12 26 9", "close 5 8 1"]),
    ("macd_signal", lambda *args: talib.MACD(*args)[1], ["close 12 26 9"]),
    ("macd_hist", lambda *args: talib.MACD(*args)[2], ["close 12 26 9"]),
    ("bb_upper", bb(0), ["close 20 2"]),
    ("bb_middle", bb(1), ["close 20 2"]),
    ("bb_lower", bb(2), ["close 20 2", "close 5 1.5"]),
    ("atr", talib_of(talib.ATR, *HLC), ["1", "14"]),
    ("stddev", lambda values, n: talib.STDDEV(values, n, 1.0), ["close 2", "close 20"]),
    ("highest", talib.MAX, ["close 2", "high 20"]),
    ("lowest", talib.MIN, ["close 2", "low 20"]),
    ("sum", talib.SUM, ["close 20", "volume 5"]),
    ("argmax", since(numpy.argmax), ["high 20", "close 2"]),
    ("argmin", since(numpy.argmin), ["low 20", "close 2"]),
    ("percentile", percentile, ["close 20 50", "volume 100 90", "close 10 0"]),
    ("percent_rank", percent_rank, ["close 20", "volume 100"]),
    ("correl", talib.CORREL, ["close volume 30", "high low 5"]),
    ("stoch_k", stoch(0), ["14 3 3", "5 1 1"]),
    ("stoch_d", stoch(1), ["14 3 3", "5 1 1"]),
    ("cci", talib_of(talib.CCI, *HLC), ["14", "20"]),
    ("plus_di", talib_of(talib.PLUS_DI, *HLC), ["2", "14"]),
    ("minus_di", talib_of(talib.MINUS_DI, *HLC), ["2", "14"]),
    ("dx", talib_of(talib.DX, *HLC), ["2", "14"]),
    ("adx", talib_of(talib.ADX, *HLC), ["2", "14"]),
    ("adxr", talib_of(talib.ADXR, *HLC), ["2", "14"]),
    ("aroon_up", talib_of(talib.AROON, HIGH, LOW, output=1), ["2", "25"]),
    ("aroon_down", talib_of(talib.AROON, HIGH, LOW, output=0), ["2", "25"]),
    ("aroon_osc", talib_of(talib.AROONOSC, HIGH, LOW), ["25"]),
    ("sar", talib_of(talib.SAR, HIGH, LOW), ["0.02 0.2", "0.1 0.1"]),
    ("supertrend", supertrend(0), ["10 3", "7 1.5"]),
    ("supertrend_direction", supertrend(1), ["10 3", "7 1.5"]),
    ("ha_open", lambda: heikin_ashi("open"), [""]),
    ("ha_high", lambda: heikin_ashi("high"), [""]),
    ("ha_low", lambda: heikin_ashi("low"), [""]),
    ("ha_close", lambda: heikin_ashi("close"), [""]),
    ("obv", talib_of(talib.OBV, CLOSE, VOLUME), [""]),
    ("sum_while", sum_while, ["volume day"]),
    ("dema", talib.DEMA, ["close 9", "volume 4"]),
    ("tema", talib.TEMA, ["close 9"]),
    ("t3", talib.T3, ["close 5 0.7", "close 9 0.2"]),
    ("trima", talib.TRIMA, ["close 9", "close 20"]),
    ("hma", pandas_ta_of(pandas_ta.hma), ["close 9", "close 20"]),
    ("zlema", pandas_ta_of(pandas_ta.zlma, mamode="ema"), ["close 3", "close 20"]),
    ("vwma", volume_weighted, ["close 20"]),
    ("tsf", talib.TSF, ["close 14"]),
    ("trix", talib.TRIX, ["close 1", "close 15"]),
    ("ppo", lambda *args: talib.PPO(*args, 1), ["close 12 26", "close 9 4"]),
    ("apo", lambda *args: talib.APO(*args, 1), ["close 12 26"]),
    ("cmo", talib.CMO, ["close 14"]),
    ("stochrsi_k", lambda *args: stochrsi(*args)[0], ["close 14 14 3"]),
    ("stochrsi_d", lambda *args: stochrsi(*args)[1], ["close 14 14 3"]),
    ("ewo", ewo, ["close 5 35"]),
    ("stochf_k", lambda k, d: talib.STOCHF(*HLC, k, d, 0)[0], ["5 3"]),
    ("stochf_d", lambda k, d: talib.STOCHF(*HLC, k, d, 0)[1], ["5 3"]),
    ("natr", talib_of(talib.NATR, *HLC), ["14"]),
    ("willr", talib_of(talib.WILLR, *HLC), ["2", "14"]),
    ("ultosc", talib_of(talib.ULTOSC, *HLC), ["7 14 28"]),
    ("ao", ao, ["5 34"]),
    ("bop", talib_of(talib.BOP, OPEN, *HLC), [""]),
    ("cmf", cmf, ["20"]),
    ("rolling_vwap", lambda bars: volume_weighted(TYPICAL, bars), ["20"]),
    ("vwap", vwap, [""]),
    ("keltner_upper", keltner(2), ["20 2"]),
    ("keltner_middle", keltner(1), ["20"]),
    ("keltner_lower", keltner(0), ["20 1.5"]),
    ("donchian_mid", talib_of(talib.MIDPRICE, HIGH, LOW), ["20"]),
    ("ichimoku_conversion", ichimoku(2, "tenkan"), ["9"]),
    ("ichimoku_base", ichimoku(3, "kijun"), ["26"]),
    ("ichimoku_span_a", ichimoku(0, "tenkan", "kijun"), ["9 26"]),
    ("ichimoku_span_b", ichimoku(1, "senkou", "kijun"), ["52 26"]),
    ("choppiness", choppiness, ["14"]),
    ("median_price", talib_of(talib.MEDPRICE, HIGH, LOW), [""]),
    ("typical", talib_of(talib.TYPPRICE, *HLC), [""]),
    ("weighted_close", talib_of(talib.WCLPRICE, *HLC), [""]),
    ("average_price", talib_of(talib.AVGPRICE, OPEN, *HLC), [""]),
]


def argument(word):
    """A series by its name, or a number."""
    if word in WORDS:
        return WORDS[word].astype(float)
    return float(word) if "." in word else int(word)


def compared(bar):
    return bar < 150 or bar % 23 == 0 or any(turn - 2 <= bar < turn + 12 for turn in TURNS)


def main():
    header = ["time", *SERIES]
    columns = []
    for name, function, calls in COLUMNS:
        for call in calls:
            words = call.split()
            header.append(" ".join([name, *words]))
            columns.append(function(*(argument(word) for word in words)))
    path = pathlib.Path(__file__).with_suffix(".csv")
    with path.open("w", newline="") as file:
        print(*header, sep=",", file=file)
        for bar in range(BARS):
            cells = [str(TIME[bar]), *(repr(float(series[bar])) for series in SERIES.values())]
            if compared(bar):
                cells += ("" if math.isnan(values[bar]) else f"{values[bar]:.13g}" for values in columns)
            print(*cells, sep=",", file=file)
    print(
        f"{path}: TA-Lib {talib.__version__} (C {talib.__ta_version__.decode()}), ft-pandas-ta {pandas_ta.version}, "
        f"pandas {pandas.__version__}, numpy {numpy.__version__}"
    )


if __name__ == "__main__":
    main()
