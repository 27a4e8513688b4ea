"""A portfolio in slots against vectorbt's from_signals with shared cash, on real candles: equity at every close, to 1e-9.

    python3 -m venv venv && venv/bin/pip install vectorbt==1.2.0 polars pandas numpy
    venv/bin/python tests/oracle/slots.py --binary target/release/backtest --data-dir PATH/TO/CANDLES

The plain loop of tests/golden/slots.py says which entry gets a slot and how many units; from its entries and rule exits vectorbt works out
stops, targets, cash and equity by itself. Only assets that have every bar of the range take part (tests/golden/slots.py says how
vectorbt is called, and what it cannot do). Versions in use are printed. Neither shares code with the program.
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

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))
import slots

FROM, TO = "2023-06-01", "2025-11-02"


def candles(folder):
    found = {}
    for path in sorted((folder / "1d").glob("*.csv.zst")):
        frame = pl.read_csv(path)
        time = pd.to_datetime(frame["timestamp"].to_list(), utc=True)
        rows = pd.DataFrame({name: frame[name].to_numpy() for name in ("open", "high", "low", "close")}, index=time)
        found[path.name.split(".")[0]] = rows.loc[(time >= FROM) & (time < TO)]
    days = max(map(len, found.values()))
    return {name: rows for name, rows in found.items() if len(rows) == days and rows.to_numpy().min() > 0}


def program(binary, folder, symbols, scenario, scratch):
    strategy, out = scratch / "slots.toml", scratch / "equity.csv"
    strategy.write_text(slots.definition(**scenario))
    subprocess.run(
        [binary, "portfolio", "--crypto", ",".join(symbols), "--strategy", strategy, "--from", FROM, "--to", TO,
         "--direction", scenario["direction"], "--on-bad-row", "drop", "--warmup", "0", "--fee", str(slots.FEE), "--slippage", str(slots.SLIPPAGE),
         "--data-dir", folder, "--no-cache", "--quiet", "--format", "json", "--equity-out", out],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with open(out) as file:
        return np.array([float(row["equity"]) for row in csv.DictReader(file)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data-dir", required=True, type=pathlib.Path)
    parser.add_argument("--assets", type=int, default=1_000, help="the first so many assets, in the order of their symbols")
    args = parser.parse_args()
    print("vectorbt", vbt.__version__, "pandas", pd.__version__, "numpy", np.__version__)
    found = candles(args.data_dir)
    found = dict(list(found.items())[: args.assets])
    prices = tuple(
        np.ascontiguousarray(np.array([found[name][column].to_numpy() for name in found]).T)
        for column in ("open", "high", "low", "close")
    )
    rules = slots.signals(prices[3])
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for name, scenario in slots.SCENARIOS.items():
            own, trades, orders = slots.reference(prices, rules, **scenario)
            wanted = slots.vectorbt_equity(prices, orders, scenario["exits"])
            ours = program(args.binary, args.data_dir, found, scenario, pathlib.Path(scratch))
            worst = np.abs(ours / wanted - 1).max() if len(ours) == len(wanted) else np.inf
            loop = np.abs(own / wanted - 1).max()
            print(
                f"{name}: {len(found)} assets x {len(wanted)} days, {len(trades)} trades, last {wanted[-1]:.6f}, "
                f"largest difference {worst:.1e} (loop {loop:.1e})"
            )
            failed |= not worst < 1e-9
    sys.exit(failed)


if __name__ == "__main__":
    main()
