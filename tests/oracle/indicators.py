"""Signals of the binary on real candles against TA-Lib, pandas-ta and pandas: every indicator over whole files.

    cargo build --release
    venv/bin/pip install TA-Lib ft-pandas-ta pandas polars pyarrow
    venv/bin/python tests/oracle/indicators.py --binary target/release/backtest --data-dir PATH/TO/CANDLES

For each call in `tests/golden/indicators.py`, a rule that is true on about half of the bars is written from the oracle's values:
enter while the indicator is above a level near their median, leave while it is not. The trades of `run --trades --fill close`
must begin and end on the very bars on which the oracle's values cross the level.
"""

import argparse
import importlib.util
import json
import pathlib
import subprocess
import tempfile

import numpy
import pandas
import polars

GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "indicators.py"


def oracle(frame):
    """The golden script over these candles instead of its own."""
    spec = importlib.util.spec_from_file_location("golden", GOLDEN)
    source = GOLDEN.read_text().replace("= candles()", "= CANDLES").replace("BARS = 3000", f"BARS = {len(frame)}")
    module = importlib.util.module_from_spec(spec)
    module.CANDLES = [frame[name].to_numpy() for name in ("time", "open", "high", "low", "close", "volume")]
    exec(compile(source, GOLDEN, "exec"), module.__dict__)
    return module


def load(path):
    frame = polars.read_parquet(path) if path.suffix == ".parquet" else polars.read_csv(path)
    time = next(name for name in ("timestamp", "time", "open_time", "date") if name in frame.columns)
    moments = frame[time]
    if moments.dtype == polars.String:
        moments = moments.str.to_datetime(time_unit="ms", strict=False)
    if moments.dtype.is_temporal():
        moments = moments.dt.epoch("ms")
    columns = {name: frame[name].cast(polars.Float64) for name in ("open", "high", "low", "close", "volume")}
    return pandas.DataFrame({"time": moments.to_numpy(), **{name: column.to_numpy() for name, column in columns.items()}})


def expected(above):
    """Bars at which a position begins and ends, an order filling at the close of its own bar."""
    spans, since = [], None
    for bar, (yes, no) in enumerate(zip(above > 0, above < 0)):
        if since is None and yes:
            since = bar
        elif since is not None and no:
            spans.append((since, bar))
            since = None
    if since is not None:
        spans.append((since, None))
    return spans


def between(values):
    """A level near the median, in the widest gap there, so that no comparison with it depends on a last bit."""
    ordered = numpy.sort(values)
    middle, reach = len(ordered) // 2, len(ordered) // 10
    around = ordered[middle - reach : middle + reach + 1]
    at = int(numpy.diff(around).argmax())
    level = float((around[at] + around[at + 1]) / 2)
    return level if around[at] < level else float(ordered[0] + ordered[-1]) / 2


def trades(options, call, level, crypto, interval):
    rule = f'name = "oracle"\n[rules]\nentry = "{call} > {level!r}"\nexit = "{call} <= {level!r}"\n'
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "oracle.toml"
        path.write_text(rule)
        command = [
            options.binary, "run", "--crypto", crypto, "--interval", interval, "--data-dir", options.data_dir,
            "--strategy", str(path), "--fill", "close", "--fee", "0", "--slippage", "0", "--no-cache", "--trades",
            "--format", "json",
        ]
        ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"{call}: {ran.stderr}")
    return json.loads(ran.stdout)["trades"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--candles", nargs="*", default=["BTC 1d", "BTC 1h"], help="asset and interval of each file")
    parser.add_argument("--only", help="indicators whose name contains this")
    options = parser.parse_args()
    failed = compared = positions = 0
    for candles in options.candles:
        crypto, interval = candles.split()
        path = next(pathlib.Path(options.data_dir).glob(f"{interval}/{crypto}USD*"))
        frame = load(path)
        golden = oracle(frame)
        bars = {time: bar for bar, time in enumerate(frame["time"])}
        bar_of = lambda text: bars[int(pandas.Timestamp(text).timestamp() * 1000)]
        for name, function, calls in golden.COLUMNS:
            if options.only and options.only not in name:
                continue
            for words in calls:
                values = numpy.asarray(function(*(golden.argument(word) for word in words.split())), dtype=float)
                level = between(values[numpy.isfinite(values)])
                sign = numpy.where(numpy.isnan(values), 0, numpy.where(values > level, 1, -1))
                call = f"{name}({', '.join(words.split())})"
                ours = trades(options, call, level, crypto, interval)
                spans = expected(sign)
                ours = [(bar_of(trade["entry_time"]), None if trade["open"] else bar_of(trade["exit_time"])) for trade in ours]
                compared += 1
                positions += len(spans)
                if ours != spans:
                    wrong = sorted({bar for span in set(ours) ^ set(spans) for bar in span if bar is not None})
                    failed += 1
                    print(f"{candles} {call} against {level}: {len(ours)} and {len(spans)} trades, first at bars {wrong[:5]}")
        print(f"{candles}: {len(frame)} bars")
    print(f"{compared - failed} of {compared} calls agree, {positions} positions")
    raise SystemExit(failed > 0)


main()
