"""One new bar of many assets for rsi and ma: `backtest signals bench`, and the Python ways beside it.

    python -m venv venv && venv/bin/pip install pandas TA-Lib polars
    backtest data convert --data-dir DATA --interval 1d --to parquet     # text that is packed has no end to read
    venv/bin/python benches/peers/signals.py [1d|1h|1m]

pandas   as bots do: a DataFrame of each asset in memory, all indicators and signals as columns anew for each new bar
TA-Lib   the same on arrays in memory: indicators of the whole history, signals of the last bar alone
ours     the whole pass: states from the store, candles from the files, fold, commit (SQLite, synced); with `--verify`
         the same with all candles read and compared

The Python ways keep no state, deliver nothing, have their candles in memory and no account: that is not counted against
them. A time is printed only where the rules that become true at the last bar are those of
`backtest signals --conditions --no-state`. Medians of RUNS (20) passes.

BACKTEST and DATA_DIR as for benches/run.sh; STATE for another store than a file (redis://..).
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import polars as pl
import talib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BACKTEST = os.environ.get("BACKTEST", ROOT / "target/release/backtest")
DATA_DIR = pathlib.Path(os.environ.get("DATA_DIR", ROOT / "../shared/data"))
RUNS = int(os.environ.get("RUNS", "20"))
RULES = ("rsi entry", "rsi exit", "ma entry", "ma exit")


def candles(interval):
    """Closes of each asset; the last bar is the one that is new."""
    found = {}
    for path in sorted((DATA_DIR / interval).iterdir()):
        symbol = path.name.split(".")[0]
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
        found[symbol] = frame["close"].to_numpy().astype(float)
    return found


def rising(now, before):
    return now & ~before


def in_pandas(frames):
    """Wilder's RSI as freqtrade's technical libraries write it, means by windows."""
    edges = set()
    for symbol, frame in frames.items():
        frame = frame.copy()
        change = frame["close"].diff()
        gain = wilder(change.clip(lower=0))
        loss = wilder(-change.clip(upper=0))
        frame["rsi"] = 100 * gain / (gain + loss)
        frame["fast"] = frame["close"].rolling(50).mean()
        frame["slow"] = frame["close"].rolling(200).mean()
        frame["rsi entry"] = frame["rsi"] < 30
        frame["rsi exit"] = frame["rsi"] > 70
        above, below = frame["fast"] > frame["slow"], frame["fast"] < frame["slow"]
        known = frame["slow"].shift().notna()
        frame["ma entry"] = above & ~above.shift(fill_value=False) & known
        frame["ma exit"] = below & ~below.shift(fill_value=False) & known
        for rule in RULES:
            if rising(frame[rule].iloc[-1], frame[rule].iloc[-2]):
                edges.add((symbol, rule))
    return edges


def wilder(values):
    """Its first value is the mean of the first 14."""
    seeded = values.copy()
    if len(values) > 14:
        seeded.iloc[14] = values.iloc[1:15].mean()
    seeded.iloc[:14] = np.nan
    return seeded.ewm(alpha=1 / 14, adjust=False).mean()


def in_talib(closes):
    edges = set()
    for symbol, close in closes.items():
        rsi, fast, slow = talib.RSI(close, 14), talib.SMA(close, 50), talib.SMA(close, 200)
        at = {
            "rsi entry": lambda bar: rsi[bar] < 30,
            "rsi exit": lambda bar: rsi[bar] > 70,
            "ma entry": lambda bar: fast[bar] > slow[bar] and fast[bar - 1] <= slow[bar - 1],
            "ma exit": lambda bar: fast[bar] < slow[bar] and fast[bar - 1] >= slow[bar - 1],
        }
        edges.update((symbol, rule) for rule in RULES if at[rule](-1) and not at[rule](-2))
    return edges


def ours(interval, *words):
    command = [BACKTEST, "signals", *words, "--all", "--interval", interval, "--strategy", "rsi,ma", "--format", "json"]
    command += ["--data-dir", DATA_DIR, "--quiet"]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ | {"BACKTEST_NO_CACHE": "1"}).stdout


def our_edges(interval):
    events = map(json.loads, ours(interval, "--conditions", "--no-state").splitlines())
    return {(event["symbol"], f"{event['strategy']} {event['kind']}") for event in events}


def timed(work):
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        edges = work()
        times.append((time.perf_counter() - begun) * 1e3)
    return edges, times


def main():
    interval = sys.argv[1] if len(sys.argv) > 1 else "1d"
    closes = candles(interval)
    expected = our_edges(interval)
    print(f"{len(closes)} assets of {interval} x rsi, ma; {len(expected)} rules become true at the last bar")
    frames = {symbol: pd.DataFrame({"close": close}) for symbol, close in closes.items()}
    for name, work in (("pandas", lambda: in_pandas(frames)), ("TA-Lib", lambda: in_talib(closes))):
        edges, times = timed(work)
        if edges != expected:
            print(f"{name:22} differs: {sorted(edges ^ expected)[:6]}")
            continue
        print(f"{name:22} p50 {statistics.median(times):9.1f} ms   max {max(times):9.1f} ms")
    state = ["--state", os.environ["STATE"]] if "STATE" in os.environ else []
    for name, words in (("backtest signals", []), ("backtest --verify", ["--verify"])):
        found = json.loads(ours(interval, "bench", "--bars", str(RUNS), *state, *words))
        print(
            f"{name:22} p50 {found['p50_ms']:9.1f} ms   max {found['max_ms']:9.1f} ms   states {found['mean_states_ms']:.1f}, "
            f"fold {found['mean_fold_ms']:.1f}, commit {found['mean_commit_ms']:.1f}; {found['mean_bars_read']} bars read, "
            f"{found['mean_bars_folded']} folded"
        )


if __name__ == "__main__":
    main()
