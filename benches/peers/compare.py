"""backtest, vectorbt (Rust and Numba engine), RaptorBT and phasor-trader side by side on real candles:

    python -m venv venv && venv/bin/pip install "vectorbt[rust]==1.2.0" raptorbt phasor-trader polars
    venv/bin/python benches/peers/compare.py [dense] [sparse] [dense-levels] [sparse-levels]

dense    1h BTC, all 435 pairs of windows 2..31: thousands of trades each
sparse   1m BTCUSD of 2018-01-01..2018-05-25, 10 x 10 of the windows 5..203 by 213..708: a few hundred trades each
..-levels  the same with a stop loss of 5 % and a target of 10 % (sparse: 2 % and 4 %), watched from the bar after the entry

All do the same: simple moving averages, long while the fast one is above, from crossing to crossing, orders at the
bar's close, fee 0.1 %, all of the equity; and total return, Sharpe ratio, maximum drawdown and number of closed trades
of every combination. A peer's time is printed only where all four agree with ours to 1e-6 for every combination; with
levels also where they agree to 1e-2, with the largest differences: RaptorBT fills a target at its level where
the bar opens beyond it.

Prices go to all as whole cents (or whole units of 1e-8 where they have more decimals): then sums of prices are exact,
and all see the same crossings. With fractions, vectorbt's running sums drift by rounding: where two averages
are equal it sees crossings that are not there, and its two engines do not agree with each other. The capital is large:
vectorbt takes a position of less than 1e-12 units for none, which strategies that lose nearly everything come to.

A peer's time is what it needs from candles in memory to the four figures: averages, crossings, simulation, figures.
vectorbt is called by its documented, vectorized way, warm (compiled and cached): with all combinations in one call, and
in chunks of as many columns as are fastest (several are tried, the best counts). Crossings are two array comparisons:
its own `ma_crossed_above` was not compared again. RaptorBT and phasor-trader have no sweep of indicators: they get their
signals from numpy, and that time is not counted. Our time is `compute_ms` (candles in memory to all metrics of the last combination), and beside it that
of the whole process. Each is the median of RUNS (5) after one run that does not count; all in turns.

BACKTEST and DATA_DIR as for benches/run.sh.
"""

import itertools
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import pandas as pd
import polars as pl

import peers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BACKTEST = os.environ.get("BACKTEST", ROOT / "target/release/backtest")
DATA_DIR = pathlib.Path(os.environ.get("DATA_DIR", ROOT / "../shared/data"))
RUNS = int(os.environ.get("RUNS", "5"))
FIGURES = ("total_return", "sharpe", "max_drawdown", "trades")
TOLERANCE = 1e-6
NEAR = 1e-2

CASES = {
    "dense": ("1h", "BTCUSDT", None, "2..31", "2..31", list(itertools.combinations(range(2, 32), 2))),
    "sparse": (
        "1m", "BTCUSD", ("2018-01-01", "2018-05-25"), "5..185:20", "213..663:50",
        list(itertools.product(range(5, 186, 20), range(213, 664, 50))),
    ),
}
LEVELS = {"dense-levels": (0.05, 0.10), "sparse-levels": (0.02, 0.04)}
CASES |= {name: CASES[name.removesuffix("-levels")] for name in LEVELS}


def candles(interval, symbol, dates, folder):
    """The candles with whole prices, in a data folder that holds just them, and a capital that goes with such prices."""
    frame = pl.read_csv(DATA_DIR / interval / f"{symbol}.csv.zst", try_parse_dates=True)
    if dates:
        stamps = [pl.lit(date).str.to_datetime(time_zone="UTC") for date in dates]
        frame = frame.filter((pl.col("timestamp") >= stamps[0]) & (pl.col("timestamp") < stamps[1]))
    prices = ["open", "high", "low", "close"]
    scale = next(scale for scale in (1e2, 1e8) if whole(frame, prices, scale))
    frame = frame.with_columns([(pl.col(price) * scale).round().alias(price) for price in prices])
    path = pathlib.Path(folder, interval, f"{symbol}.parquet")
    path.parent.mkdir(parents=True)
    frame.write_parquet(path)
    columns = {name: frame[name].to_numpy().astype(float) for name in [*prices, "volume"]}
    return pd.DataFrame(columns, index=pd.DatetimeIndex(frame["timestamp"].to_numpy())), min(1e10 * scale, 1e15)


def whole(frame, prices, scale):
    return all(((frame[price] * scale).round() / scale - frame[price]).abs().max() < 1e-9 for price in prices)


class Ours:
    """The program, whose summary says how long it computed."""

    def __init__(self, threads, case, folder, capital, levels):
        interval, symbol, _, fast, slow, self.pairs = case
        self.name = f"backtest, {threads} thread{'s' if threads > 1 else ''}"
        self.out = pathlib.Path(folder, "out.csv")
        self.command = [
            BACKTEST, "sweep", "--crypto", symbol, "--interval", interval, "--strategy", "ma", "--param", f"fast={fast}",
            "--param", f"slow={slow}", "--fill", "close", "--capital", f"{capital:.0f}", "--data-dir", folder, "--no-cache", "--quiet",
            "--threads", str(threads), "--format", "json", "--top", "1", "--no-honesty", "--year", "365",
        ]
        if levels:
            self.command += ["--stop-loss", str(levels[0]), "--take-profit", str(levels[1])]

    def run(self):
        begun = time.perf_counter()
        answer = subprocess.run(self.command, stdout=subprocess.PIPE, check=True).stdout
        self.process = time.perf_counter() - begun
        return pl.read_json(answer).get_column("summary").struct.field("compute_ms")[0] / 1000

    def figures(self):
        subprocess.run([*self.command, "--out", self.out], stdout=subprocess.DEVNULL, check=True)
        rows = pl.read_csv(self.out)
        found = {(row["fast"], row["slow"]): [row[name] for name in FIGURES] for row in rows.iter_rows(named=True)}
        return np.array([found[pair] for pair in self.pairs], dtype=float)


def agreement(ours, theirs):
    """Combinations that agree, and the largest difference of those that do not."""
    far = np.abs(ours - theirs) / np.maximum(1, np.abs(ours))
    far = np.where(np.isnan(ours) & np.isnan(theirs), 0, far)
    return (far <= TOLERANCE).all(axis=1).sum(), np.nanmax(far, axis=0)


def compare(name, folder):
    case = CASES[name]
    frame, capital = candles(*case[:3], folder)
    pairs = case[-1]
    work = len(frame) * len(pairs)
    levels = LEVELS.get(name)
    ours = [Ours(threads, case, folder, capital, levels) for threads in (1, os.cpu_count())]
    truth = ours[0].figures()
    others = peers.all_peers(frame, pairs, case[0], capital, levels)
    for peer in others:
        peer.warm()
    times = {runner.name: [] for runner in [*ours, *others]}
    processes = {our.name: [] for our in ours}
    for _ in range(RUNS):
        for runner in [*ours, *others]:
            times[runner.name].append(runner.run())
            if runner.name in processes:
                processes[runner.name].append(runner.process)

    trades = truth[:, 3]
    print(f"\n**{name}**: {case[1]} {case[0]}, {len(frame):,} bars x {len(pairs)} combinations, {trades.min():.0f} to {trades.max():.0f} trades each\n")
    print("| who | agree to 1e-6 | s | ns a bar-combination | ours, 1 thread, is faster by | with all threads | whole process, s |\n|---|---|---|---|---|---|---|")
    base = [statistics.median(times[our.name]) for our in ours]
    for runner in [*ours, *others]:
        median = statistics.median(times[runner.name])
        agree, far = (len(pairs), []) if runner in ours else agreement(truth, runner.figures())
        worst = ", ".join(f"{figure} {value:.1e}" for figure, value in zip(FIGURES, far))
        close = levels and (np.array(far) < NEAR).all()
        if agree < len(pairs) and not close:
            print(f"| {runner.name} | {agree} of {len(pairs)}; largest differences: {worst} | not shown | | | | |")
            continue
        ratios = [f"{median / one:.0f} x" if runner not in ours else "" for one in base]
        process = f"{statistics.median(processes[runner.name]):.3f}" if runner in ours else ""
        agreed = f"{agree} of {len(pairs)}" + (f"; largest differences: {worst}" if agree < len(pairs) else "")
        print(f"| {runner.name}{runner.said() if runner not in ours else ''} | {agreed} | {median:.4f} | {median / work * 1e9:.3f} | {ratios[0]} | {ratios[1]} | {process} |")


def machine():
    lines = subprocess.run(["lscpu"], stdout=subprocess.PIPE, text=True, check=False).stdout.splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("Model name")), platform.processor())
    version = subprocess.run([BACKTEST, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    print(f"{version}; {peers.versions()}; Python {platform.python_version()}; {model}, {os.cpu_count()} processors; medians of {RUNS}")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    machine()
    for wanted in sys.argv[1:] or CASES:
        with tempfile.TemporaryDirectory() as temporary:
            compare(wanted, temporary)
