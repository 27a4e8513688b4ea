"""A portfolio by weights against vectorbt's from_orders, on real candles: equity at every close, to 1e-9.

    python3 -m venv venv && venv/bin/pip install vectorbt==1.2.0 polars pandas numpy
    venv/bin/python tests/oracle/weights.py --binary target/release/backtest --data-dir PATH/TO/CANDLES

Weekly, the five assets with the best rate of change over 90 bars, with equal weights and with the inverse of the volatility over
30 bars, 95 % invested, fee and slippage paid. Only assets that have every bar of the range take part: vectorbt takes a missing
price for one of the order's, and what this program does there is checked in sim/fold/portfolio/tests.rs. Versions in use are
printed. The oracle shares no code with the program: scores and weights are pandas, fills and cash are vectorbt's.
"""

import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd
import polars as pl
import vectorbt as vbt

FROM, TO, LOOKBACK, TOP, INVEST, FEE, SLIPPAGE = "2023-06-01", "2025-11-02", 90, 5, 0.95, 0.001, 0.0005


def candles(folder):
    opens, closes = {}, {}
    for path in sorted((folder / "1d").glob("*.csv.zst")):
        frame = pl.read_csv(path)
        time = pd.to_datetime(frame["timestamp"].to_list(), utc=True)
        opens[path.name.split(".")[0]] = pd.Series(frame["open"].to_numpy(), index=time)
        closes[path.name.split(".")[0]] = pd.Series(frame["close"].to_numpy(), index=time)
    opens, closes = pd.DataFrame(opens).sort_index(), pd.DataFrame(closes).sort_index()
    span = (closes.index >= FROM) & (closes.index < TO)
    whole = closes[span].notna().all()
    return opens.loc[span, whole], closes.loc[span, whole]


def targets(closes, weighting):
    """Weights at the bar at whose open they are filled; the last bar of a week is the one before a Monday."""
    score = closes / closes.shift(LOOKBACK) - 1
    returns = closes / closes.shift(1) - 1
    deviation = returns.rolling(30).std(ddof=0)
    size = pd.DataFrame(np.nan, index=closes.index, columns=closes.columns)
    for bar in range(len(closes) - 1):
        if closes.index[bar + 1].weekday() != 0:
            continue
        best = score.iloc[bar].dropna()
        if weighting == "inverse_volatility":
            best = best[deviation.iloc[bar][best.index].notna()]
        best = best.sort_values(ascending=False, kind="stable").index[:TOP]
        raw = 1 / deviation.iloc[bar][best] if weighting == "inverse_volatility" else pd.Series(1.0, index=best)
        size.iloc[bar + 1] = 0.0
        size.loc[size.index[bar + 1], best] = INVEST * raw / raw.sum()
    return size


def oracle(opens, closes, weighting):
    size = targets(closes, weighting)
    account = vbt.Portfolio.from_orders(
        closes, size, size_type="targetpercent", price=opens, val_price=opens, group_by=True, cash_sharing=True,
        call_seq="auto", fees=FEE, slippage=SLIPPAGE, init_cash=10000, freq="1D",
    )
    return account.value()


def program(binary, folder, symbols, weighting, scratch):
    strategy = scratch / f"{weighting}.toml"
    strategy.write_text(
        f'name = "weekly"\n[portfolio]\nscore = "roc(close, {LOOKBACK})"\ntop = {TOP}\nweight = "{weighting}"\n'
        f'every = "1w"\ninvest = {INVEST}\n'
    )
    out = scratch / f"{weighting}.csv"
    subprocess.run(
        [binary, "portfolio", "--crypto", ",".join(symbols), "--strategy", strategy, "--from", FROM, "--to", TO,
         "--on-bad-row", "drop", "--warmup", "0", "--fee", str(FEE), "--slippage", str(SLIPPAGE), "--data-dir", folder, "--no-cache",
         "--quiet", "--format", "json", "--equity-out", out],
        check=True, stdout=subprocess.DEVNULL,
    )
    with open(out) as file:
        return np.array([float(row["equity"]) for row in csv.DictReader(file)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data-dir", required=True, type=pathlib.Path)
    args = parser.parse_args()
    print("vectorbt", vbt.__version__, "pandas", pd.__version__, "numpy", np.__version__)
    opens, closes = candles(args.data_dir)
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for weighting in ("equal", "inverse_volatility"):
            wanted = oracle(opens, closes, weighting).to_numpy()
            found = program(args.binary, args.data_dir, closes.columns, weighting, pathlib.Path(scratch))
            worst = np.abs(found / wanted - 1).max() if len(found) == len(wanted) else np.inf
            print(f"{weighting}: {closes.shape[1]} assets x {len(wanted)} days, last {wanted[-1]:.6f}, largest difference {worst:.1e}")
            failed |= not worst < 1e-9
    sys.exit(failed)


if __name__ == "__main__":
    main()
