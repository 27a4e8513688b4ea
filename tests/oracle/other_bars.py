"""Longer bars (`on`) and other assets (`of`) of the program against pandas, TA-Lib and freqtrade, on real hourly candles.

For each series, this script computes its values at every hour: longer bars by pandas' resample, indicators on them by TA-Lib,
and their values at the hours by merge_asof and by freqtrade's own merge_informative_pair; values of another asset by merge_asof.
They are written as a column of the candle file, and the program runs a rule that enters where its own series is within 1e-9 of
the column and leaves where it is not, with fills at the close. So a position is held from the first bar at which both are
defined to the end, and there is no closed trade, if and only if no value differs.

    venv/bin/pip install pandas polars TA-Lib && venv/bin/pip install --no-deps freqtrade
    venv/bin/python tests/oracle/other_bars.py --binary target/release/backtest --data-dir PATH/TO/CANDLES
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import talib

HOUR = pd.Timedelta(hours=1)
LENGTHS = {"4h": pd.Timedelta(hours=4), "1d": pd.Timedelta(days=1), "1w": pd.Timedelta(days=7)}


def freqtrade_merge():
    """merge_informative_pair as freqtrade has it; the one helper that it imports is replaced by the same arithmetic."""
    root = importlib.util.find_spec("freqtrade").submodule_search_locations[0]
    exchange = types.ModuleType("freqtrade.exchange")
    minutes = {"m": 1, "h": 60, "d": 1_440, "w": 10_080}
    exchange.timeframe_to_minutes = lambda text: int(text[:-1]) * minutes[text[-1]]
    package = types.ModuleType("freqtrade")
    package.__path__ = [root]
    sys.modules.update({"freqtrade": package, "freqtrade.exchange": exchange})
    spec = importlib.util.spec_from_file_location("strategy_helper", Path(root) / "strategy" / "strategy_helper.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["strategy_helper"] = module
    spec.loader.exec_module(module)
    return module.merge_informative_pair


def candles(folder, symbol):
    [path] = (folder / "1h").glob(f"{symbol}.*")
    read = pl.read_parquet if path.suffix == ".parquet" else pl.read_csv
    frame = read(path).select("timestamp", "open", "high", "low", "close", "volume").to_pandas()
    is_number = pd.api.types.is_numeric_dtype(frame.timestamp)
    frame["date"] = pd.to_datetime(frame.timestamp, unit="ms", utc=True) if is_number else pd.to_datetime(frame.timestamp, utc=True)
    frame = frame.drop(columns="timestamp").sort_values("date").reset_index(drop=True)
    return frame.astype({name: "float64" for name in ["open", "high", "low", "close", "volume"]})


def longer(frame, length):
    """Whole bars; weeks begin on Monday."""
    options = {"rule": "W-MON", "closed": "left", "label": "left"} if length == "1w" else {"rule": length.upper().replace("H", "h")}
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    bars = frame.set_index("date").resample(**options).agg(how).dropna(subset="open").reset_index()
    whole = (bars.date >= frame.date.iloc[0]) & (bars.date + LENGTHS[length] <= frame.date.iloc[-1] + HOUR)
    return bars[whole].reset_index(drop=True)


def held(frame, bars, length, values):
    known = pd.DataFrame({"over": bars.date + LENGTHS[length], "value": np.asarray(values, dtype=float)})
    return pd.merge_asof(pd.DataFrame({"over": frame.date + HOUR}), known, on="over").value.to_numpy()


def beside(frame, other, values):
    known = pd.DataFrame({"date": other.date, "value": np.asarray(values, dtype=float)})
    return pd.merge_asof(frame[["date"]], known, on="date").value.to_numpy()


INDICATORS = {
    "close": lambda f: f.close,
    "high": lambda f: f.high,
    "volume": lambda f: f.volume,
    "sma(close, 20)": lambda f: talib.SMA(f.close, 20),
    "ema(close, 10)": lambda f: talib.EMA(f.close, 10),
    "rsi(close, 14)": lambda f: talib.RSI(f.close, 14),
    "atr(14)": lambda f: talib.ATR(f.high, f.low, f.close, 14),
    "prev(highest(high, 10), 1)": lambda f: talib.MAX(f.high, 10).shift(1),
}


def cases(frame, other, merge):
    """Name, series as a rule has it, and its values; what freqtrade makes of the same where it can."""
    for length in LENGTHS:
        bars = longer(frame, length)
        for name, of in INDICATORS.items():
            values = held(frame, bars, length, of(bars))
            merged = None
            if length != "1w":  # its weeks are counted by its exchange
                # freqtrade fills missing hours before it merges; else a day whose last hour is missing would be lost.
                hours = pd.DataFrame({"date": pd.date_range(frame.date.iloc[0], frame.date.iloc[-1], freq="h")})
                informative = pd.DataFrame({"date": bars.date, "value": np.asarray(of(bars), dtype=float)})
                whole = merge(hours, informative, "1h", length, ffill=True).set_index("date")[f"value_{length}"]
                merged = whole.reindex(frame.date).to_numpy()
            yield f"on {length}: {name}", f'on("{length}", {name})', values, merged
    for name, of in INDICATORS.items():
        yield f"of: {name}", f'of("OTHER", {name})', beside(frame, other, of(other)), None
    for name, of in INDICATORS.items():
        day = longer(other, "1d")
        known = held(other, day, "1d", of(day))
        yield f"of, on 1d: {name}", f'of("OTHER", on("1d", {name}))', beside(frame, other, known), None


def run(binary, folder, series):
    rule = f'abs({series} - column("expected")) <= 1e-9 * abs(column("expected"))'
    text = f"name = 'proof'\n[rules]\nentry = '''{rule}'''\nexit = '''{rule.replace('<=', '>')}'''\n"
    (folder / "proof.toml").write_text(text)
    command = [binary, "run", "--crypto", "BASE", "--strategy", "./proof.toml", "--interval", "1h", "--fill", "close"]
    command += ["--fee", "0", "--trades", "--format", "json", "--no-cache", "--quiet", "--data-dir", "data"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--data-dir", required=True, type=Path)
    parser.add_argument("--base", default="BTCUSDT")
    parser.add_argument("--other", default="ETHUSDT")
    arguments = parser.parse_args()
    merge = freqtrade_merge()
    frame, other = candles(arguments.data_dir, arguments.base), candles(arguments.data_dir, arguments.other)
    failed = compared = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data" / "1h").mkdir(parents=True)
        other.assign(timestamp=other.date.dt.as_unit("ms").astype("int64"))[
            ["timestamp", "open", "high", "low", "close", "volume"]
        ].to_csv(folder / "data" / "1h" / "OTHER.csv", index=False)
        for title, series, values, merged in cases(frame, other, merge):
            stamped = frame.assign(timestamp=frame.date.dt.as_unit("ms").astype("int64"), expected=values)
            stamped.drop(columns="date").to_csv(folder / "data" / "1h" / "BASE.csv", index=False)
            result = run(arguments.binary, folder, series)
            defined = int(np.isfinite(values).sum())
            first = int(np.isfinite(values).argmax())
            trades = result["trades"]
            held_bars = round(result["metrics"]["exposure"] * result["bars"])
            begins = trades and pd.Timestamp(trades[0]["entry_time"]) == frame.date[first]
            same = len(trades) == 1 and trades[0]["open"] and begins and held_bars == defined
            other_way = 0 if merged is None else int((~((merged == values) | (np.isnan(merged) & np.isnan(values)))).sum())
            compared += defined
            failed += not same or other_way > 0
            note = "" if merged is None else f", {other_way} of {len(values):,} differ between merge_asof and freqtrade"
            print(f"{'ok  ' if same and not other_way else 'FAIL'} {title}: {defined:,} values{note}", flush=True)
    print(f"{compared:,} values compared, {failed} series differ")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
