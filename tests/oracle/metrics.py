"""Compares metrics of the real binary with empyrical and quantstats, on the equity curve that the binary itself writes.

    venv/bin/pip install empyrical-reloaded quantstats polars
    venv/bin/python tests/oracle/metrics.py --binary target/release/backtest --data-dir ../shared/data

`compare.py` proves the equity curve; this script takes it for given (`--equity-out`) and asks two more libraries for what they
make of it. They share no code with vectorbt. Where a library defines a metric differently, the difference is undone here and
said in a comment. Output: one line for each run with the largest relative deviation and the metric where it is; exit code 1
where one is above 1e-9.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import empyrical
import numpy as np
import pandas as pd
import polars as pl
import quantstats.stats as qs

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
YEAR = {"1d": 365.0, "1h": 8760.0}
RUNS = [
    (symbol, interval, strategy, direction, benchmark, risk_free)
    for symbol, interval in (("BTC", "1d"), ("ETH", "1d"), ("SOL", "1d"), ("DOGE", "1d"), ("ETH", "1h"))
    for strategy in ("rsi", "macd", "donchian", "ema_cross")
    for direction, benchmark, risk_free in (("long", None, 0), ("both", "BTC", 0.04), ("short", None, 0.1))
]


def closes(data_dir, symbol, interval):
    frame = pl.read_csv(data_dir / interval / f"{symbol}USDT.csv.zst", schema_overrides={"timestamp": pl.String})
    return pd.Series(frame["close"].to_numpy().astype(float), index=pd.to_datetime(frame["timestamp"].to_list(), utc=True))


def returns(values, first):
    before = np.concatenate([[first], values[:-1]])
    return values / before - 1


def run(binary, data_dir, case, folder):
    symbol, interval, strategy, direction, benchmark, risk_free = case
    curve = folder / "equity.csv"
    command = [binary, "run", "--crypto", symbol, "--interval", interval, "--strategy", strategy, "--direction", direction]
    command += ["--year", "365", "--risk-free", risk_free, "--format", "json", "--no-cache", "--data-dir", data_dir]
    command += ["--equity-out", curve, *(["--benchmark", benchmark] if benchmark else [])]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
    frame = pl.read_csv(curve, infer_schema_length=None)
    times = pd.to_datetime(frame["timestamp"].to_list(), utc=True)
    return json.loads(done.stdout)["metrics"], pd.Series(returns(frame["equity"].to_numpy(), 10_000.0), index=times)


def expected(r, market, own, year, free):
    """What empyrical and quantstats say; `market` and `own` are returns, `free` is a rate per bar."""
    n = len(r)
    plain = r.tz_localize(None)
    downside = np.sqrt((np.minimum(r - free, 0) ** 2).mean() * year)
    yield "volatility", "empyrical", empyrical.annual_volatility(r, annualization=year)
    yield "sharpe", "empyrical", empyrical.sharpe_ratio(r, risk_free=free, annualization=year)
    yield "sortino", "empyrical", empyrical.sortino_ratio(r, required_return=free, annualization=year, _downside_risk=downside)
    yield "omega", "empyrical", empyrical.omega_ratio(r, risk_free=free, annualization=year)
    yield "beta", "empyrical", empyrical.beta(r, market)
    yield "alpha", "empyrical", empyrical.alpha(r, market, risk_free=free, annualization=year)
    yield "information_ratio", "empyrical", empyrical.excess_sharpe(r, market)
    yield "value_at_risk", "empyrical", empyrical.value_at_risk(r, 0.05)
    yield "cond_value_at_risk", "empyrical", empyrical.conditional_value_at_risk(r, 0.05)
    yield "tail_ratio", "empyrical", empyrical.tail_ratio(r)
    yield "buy_hold_volatility", "empyrical", empyrical.annual_volatility(own, annualization=year)
    yield "buy_hold_sharpe", "empyrical", empyrical.sharpe_ratio(own, risk_free=free, annualization=year)
    yield "buy_hold_max_drawdown", "empyrical", empyrical.max_drawdown(own)
    yield "skew", "quantstats", qs.skew(plain, prepare_returns=False)
    yield "kurtosis", "quantstats", qs.kurtosis(plain, prepare_returns=False)
    # quantstats divides by n - 1, and its drawdown begins with the capital, which is E[0] wherever nothing is bought on the first bar.
    yield "ulcer_index", "quantstats", qs.ulcer_index(plain) * np.sqrt((n - 1) / n)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / "target/release/backtest", type=pathlib.Path)
    parser.add_argument("--data-dir", default=ROOT.parent / "shared/data", type=pathlib.Path)
    args = parser.parse_args()
    failed, figures, worst = 0, 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for case in RUNS:
            symbol, interval, _, _, benchmark, risk_free = case
            metrics, r = run(args.binary, args.data_dir, case, pathlib.Path(folder))
            own = closes(args.data_dir, symbol, interval)
            own = pd.Series(returns(own.to_numpy(), own.iloc[0]), index=own.index)
            market = own
            if benchmark:
                # Its closes at these times; a gap keeps the last.
                other = closes(args.data_dir, benchmark, interval).reindex(r.index, method="ffill")
                market = pd.Series(returns(other.to_numpy(), other.iloc[0]), index=r.index)
            year = YEAR[interval]
            free = (1 + risk_free) ** (1 / year) - 1
            far, where = 0.0, ""
            for name, library, value in expected(r, market, own, year, free):
                figures += 1
                ours = metrics[name]
                deviation = 0.0 if ours is None and not np.isfinite(value) else np.inf if ours is None else abs(ours - value) / max(abs(value), 1e-3)
                if not deviation <= far:
                    far, where = deviation, f"{name} is {ours}, {library}'s {value}"
            bad = not far <= 1e-9
            failed += bad
            worst = worst if bad else max(worst, far)
            print(f"{far:10.2g}  {' '.join(str(word) for word in case if word):<40} {where}{'  <-- MISMATCH' if bad else ''}")
    print(f"\n{len(RUNS)} runs, {figures} figures: {len(RUNS) - failed} runs agree, worst deviation there {worst:.2g}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
