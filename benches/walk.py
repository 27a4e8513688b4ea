"""Walk-forward beside the plain sweep, beside one sweep for each window, and beside a Python loop of vectorbt.

    cargo build --release
    python3 benches/walk.py --binary target/release/backtest --data-dir ../shared/data
    venv/bin/python benches/walk.py ... --vectorbt        # needs vectorbt==1.2.0, pandas, zstandard; minutes

The program's own measure is `compute_ms` of its summary: the wall time from candles in memory to the last point. Runs are made in turns, medians are
given.
"""
import argparse, json, pathlib, statistics, subprocess, time

HOURLY = ["--crypto", "BTCUSDT", "--interval", "1h", "--strategy", "ma", "--param", "fast=5..50", "--param", "slow=60..200:5"]
DAILY = ["--crypto", "BTCUSDT", "--strategy", "ma", "--param", "fast=2..101", "--param", "slow=102..201"]


def run(args, words):
    words = [args.binary, *words, "--data-dir", args.data_dir, "--no-cache", "--format", "json", "--quiet"]
    begun = time.perf_counter()
    out = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return out, (time.perf_counter() - begun) * 1000


def median(values):
    return statistics.median(values)


def compare(args, name, grid, train, test):
    plain, walk, whole, segments = [], [], [], 0
    for _ in range(args.runs):
        plain.append(run(args, ["sweep", *grid, "--no-honesty"])[0]["summary"]["compute_ms"])
        out, elapsed = run(args, ["walk", *grid, "--train", f"{train}b", "--test", f"{test}b"])
        walk.append(out["summary"]["compute_ms"])
        whole.append(elapsed)
        segments = len(out["windows"]) + train // test
    print(f"{name}: {segments} segments, sweep {median(plain):.1f} ms, walk {median(walk):.1f} ms: {median(walk) / median(plain):.2f} x; whole process {median(whole):.0f} ms")
    return out, median(whole)


def own_runs(args, grid, out, whole):
    """A sweep for each stretch to choose on, and a run of the winner on the stretch after it."""
    begun = time.perf_counter()
    for window in out["windows"]:
        swept, _ = run(args, ["sweep", *grid, "--from", window["train_start"], "--to", window["test_start"], "--top", "1", "--min-trades", "0"])
        params = swept["results"][0]["params"] if swept["results"] else {"fast": 5, "slow": 60}
        words = [word for name, value in params.items() for word in ("--param", f"{name}={value}")]
        base = grid[:grid.index("--param")]
        run(args, ["run", *base, *words, "--from", window["train_start"]])
    own = (time.perf_counter() - begun) * 1000
    print(f"  one sweep and one run for each window: {own:.0f} ms, {own / whole:.1f} x as long as the walk")


def vectorbt_loop(args, out, whole):
    import io, itertools
    import numpy as np, pandas as pd, vectorbt as vbt, zstandard
    raw = open(pathlib.Path(args.data_dir) / "1h" / "BTCUSDT.csv.zst", "rb")
    frame = pd.read_csv(io.BytesIO(zstandard.ZstdDecompressor().stream_reader(raw).read()), index_col=0, parse_dates=True)
    fasts, slows = range(5, 51), range(60, 201, 5)
    pairs = list(itertools.product(fasts, slows))

    def sharpe(open_, close, chosen):
        fast = vbt.MA.run(close, [pair[0] for pair in chosen], short_name="fast")
        slow = vbt.MA.run(close, [pair[1] for pair in chosen], short_name="slow")
        entries, exits = fast.ma_crossed_above(slow).shift(1, fill_value=False), fast.ma_crossed_below(slow).shift(1, fill_value=False)
        price = open_ # of one pair, all is a series
        if len(chosen) > 1:
            price = pd.concat([open_] * len(chosen), axis=1)
            price.columns = entries.columns
        folio = vbt.Portfolio.from_signals(price, entries, exits, price=price, fees=0.001, freq="1h")
        return folio.sharpe_ratio()

    sharpe(frame["open"][:2000], frame["close"][:2000], pairs[:2])  # compiles
    windows = out["windows"][: args.windows]
    begun = time.perf_counter()
    for window in windows:
        train = frame[window["train_start"]:window["train_end"]]
        best = int(np.nanargmax(np.nan_to_num(sharpe(train["open"], train["close"], pairs).to_numpy(), nan=-9)))
        test = frame[window["test_start"]:window["test_end"]]
        sharpe(test["open"], test["close"], [pairs[best]])
    loop = (time.perf_counter() - begun) * 1000 * len(out["windows"]) / len(windows)
    print(f"  a loop of vectorbt over the windows (timed on {len(windows)} of {len(out['windows'])}): {loop:.0f} ms, {loop / whole:.0f} x as long as the walk")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/release/backtest")
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--windows", type=int, default=5, help="windows on which vectorbt is timed")
    parser.add_argument("--vectorbt", action="store_true")
    args = parser.parse_args()
    out, whole = compare(args, "ma 46 x 29 on 1h BTC", HOURLY, 3 * 740, 740)
    own_runs(args, HOURLY, out, whole)
    if args.vectorbt:
        vectorbt_loop(args, out, whole)
    compare(args, "ma 100 x 100 on 1d BTC", DAILY, 9 * 88, 88)


if __name__ == "__main__":
    main()
