"""The figures below a sweep against skfolio, vectorbt, sharpebench and arch, on real candles.

Each point of the grid is run alone with --equity-out; from these equity curves the oracles compute what the sweep says in
one line. Exact figures must agree to 1e-9; the reality check, which draws at random, within three standard errors of arch's.

    pip install numpy scipy polars skfolio==1.12.2 vectorbt==1.2.0 arch==8.0.0 sharpebench==0.28.0
    python tests/oracle/validation.py --binary target/release/backtest --data-dir PATH/TO/CANDLES
"""
import argparse
import importlib.metadata as meta
import json
import math
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import sharpebench
from arch.bootstrap import SPA, StepM, optimal_block_length
from scipy import stats
from skfolio import measures
from vectorbt.returns import metrics as vbt

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden"))
from validation import cscv  # noqa: E402

FASTS, SLOWS = range(5, 51, 5), range(60, 201, 20)
WORST = [0.0]


def near(what, value, wanted, tolerance=1e-9):
    deviation = abs(value - wanted) / (tolerance * max(1.0, abs(wanted)))
    WORST[0] = max(WORST[0], deviation) if tolerance == 1e-9 else WORST[0]
    print(f"  {what:<28} {value:<24.12g} {wanted:<24.12g} {'ok' if deviation <= 1 else 'DIFFERS'}")
    return deviation <= 1


def program(args, words):
    done = subprocess.run([args.binary, *words.split(), "--data-dir", args.data_dir, "--no-cache"],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def returns(args, symbol, point, folder):
    path = f"{folder}/{symbol}-{point[0]}-{point[1]}.csv"
    program(args, f"run --crypto {symbol} --strategy ma --param fast={point[0]} --param slow={point[1]} "
                  f"--equity-out {path} --format json")
    equity = pl.read_csv(path, infer_schema_length=None)["equity"].to_numpy()
    return equity / np.concatenate([[10_000.0], equity[:-1]]) - 1


def check(args, symbol):
    print(symbol)
    grid = f"--crypto {symbol} --strategy ma --param fast=5..50:5 --param slow=60..200:20 --format json"
    found = program(args, f"sweep {grid} --top 1 --reality-check")
    honesty, best = found["summary"]["honesty"], found["results"][0]
    points = [(fast, slow) for fast in FASTS for slow in SLOWS]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        matrix = np.array(list(pool.map(lambda point: returns(args, symbol, point, folder), points)))
    sharpe = matrix.mean(1) / matrix.std(1, ddof=1)
    at = points.index((best["params"]["fast"], best["params"]["slow"]))
    row, bars = matrix[at], matrix.shape[1]
    skew, kurtosis = float(stats.skew(row)), float(stats.kurtosis(row, fisher=False))
    run = program(args, f"run --crypto {symbol} --strategy ma --param fast={points[at][0]} --param slow={points[at][1]} "
                        "--format json --monte-carlo 200")
    ok = [
        near("Sharpe ratio", best["metrics"]["sharpe"], sharpe[at] * math.sqrt(365)),
        near("trials", honesty["trials"], len(points)),
        near("PSR (skfolio)", honesty["psr"], float(measures.probabilistic_sharpe_ratio(row))),
        near("PSR of the run", run["honesty"]["psr"], honesty["psr"]),
        near("DSR (vectorbt)", honesty["dsr"], float(vbt.deflated_sharpe_ratio(
            est_sharpe=sharpe[at], var_sharpe=float(sharpe.var(ddof=1)), nb_trials=len(points), backtest_horizon=bars,
            skew=skew, kurtosis=kurtosis))),
        near("DSR (skfolio)", honesty["dsr"], float(measures.deflated_sharpe_ratio(row, sharpe))),
        near("minTRL", honesty["min_trl_bars"], 1 + (1 - skew * sharpe[at] + (kurtosis - 1) / 4 * sharpe[at] ** 2)
             * (stats.norm.ppf(0.95) / sharpe[at]) ** 2),
        near("PBO (sharpebench)", honesty["pbo"], float(sharpebench.probability_of_backtest_overfitting(
            matrix[:, bars % 8:].T.tolist(), 8))),
    ]
    for blocks in (4, 16):
        more = program(args, f"sweep {grid} --top 1 --pbo-blocks {blocks}")["summary"]["honesty"]["pbo"]
        ok.append(near(f"PBO S={blocks} (sharpebench)", more, float(sharpebench.probability_of_backtest_overfitting(
            matrix[:, bars % blocks:].T.tolist(), blocks))))
    splits = cscv(matrix, 8)
    ok += [near(name, honesty[name], splits[other]) for name, other in
           [("pbo", "pbo"), ("slope", "slope"), ("p_oos_loss", "loss"), ("random_picker_p", "random_picker"),
            ("pbo_splits", "splits")]]
    place = {point: at for at, point in enumerate(points)}
    steps = [(points[at][0] + i, points[at][1] + j) for i in (-5, 0, 5) for j in (-20, 0, 20) if (i, j) != (0, 0)]
    ok.append(near("plateau", honesty["plateau"],
                   np.mean([sharpe[place[step]] for step in steps if step in place]) / sharpe[at]))
    frame = pl.read_csv(args.candles / f"{symbol}.csv.zst", infer_schema_length=None) if (args.candles / f"{symbol}.csv.zst").exists() else None
    if frame is not None:
        close = frame.sort("timestamp")["close"].to_numpy().astype(float)
        market = np.concatenate([[0.0], close[1:] / close[:-1] - 1])
        held = trades_held(args, symbol, points[at], frame)
        into = np.concatenate([[0.0], held[:-1]])
        shifted = np.array([np.roll(into, shift) * market for shift in range(bars)])
        shifted = shifted.mean(1) / shifted.std(1, ddof=1)
        ok.append(near("random entries", run["monte_carlo"]["random_entry"]["p"],
                       (1 + (shifted[1:] >= shifted[0] - 1e-12).sum()) / bars))
    block = float(optimal_block_length(row)["stationary"].iloc[0])
    held = run["metrics"]["avg_bars_held"] or 0.0
    ok.append(near("block (arch)", run["monte_carlo"]["bootstrap"]["block_bars"], max(block, 1.0, held)))
    check = found["summary"]["reality_check"]
    segments, length = check["segments"], check["segment_bars"]
    sums = matrix[:, bars - segments * length:].reshape(len(points), segments, length).sum(2).T
    # arch minimises losses; blocks of one segment are drawn as the program draws them.
    spa = SPA(np.zeros(segments), -sums, block_size=1, reps=10_000, bootstrap="circular", studentize=False, seed=7)
    spa.compute()
    error = 3 * math.sqrt(0.25 / check["repetitions"])
    ok.append(near("reality check (arch)", check["p"], float(spa.pvalues["upper"]), error))
    step = StepM(np.zeros(segments), -sums, size=0.05, block_size=1, reps=1_000, bootstrap="circular", studentize=False, seed=7)
    step.compute()
    print(f"  StepM: {check['superior']} points, arch {len(step.superior_models)}")
    ok.append(check["superior"] == len(step.superior_models))
    return all(ok)


def trades_held(args, symbol, point, frame):
    result = program(args, f"run --crypto {symbol} --strategy ma --param fast={point[0]} --param slow={point[1]} "
                           "--format json --trades")
    time = [text[:10] for text in frame.sort("timestamp")["timestamp"].cast(pl.String).to_list()]
    held = np.zeros(len(time))
    for trade in result["trades"]:
        start = time.index(trade["entry_time"][:10])
        end = len(time) if trade["open"] else time.index(trade["exit_time"][:10])
        held[start:end] = 1.0 if trade["side"] == "long" else -1.0
    return held


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/release/backtest")
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--crypto", default="BTCUSDT,ETHUSDT")
    args = parser.parse_args()
    args.candles = pathlib.Path(args.data_dir) / "1d"
    print({name: meta.version(name) for name in ("skfolio", "vectorbt", "sharpebench", "arch")})
    ok = [check(args, symbol) for symbol in args.crypto.split(",")]
    print(f"{sum(ok)} of {len(ok)} agree; the largest deviation of an exact figure is {WORST[0]:.2g} of the tolerance")
    sys.exit(0 if all(ok) else 1)


if __name__ == "__main__":
    main()
