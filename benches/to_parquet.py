"""Parquet copies of a folder of candles, to measure reading them: to_parquet.py DATA_DIR OUT_DIR INTERVAL...

Needs polars (`pip install polars`). A file that polars cannot read is left out, and said.
"""

import pathlib
import sys

try:
    import polars
except ImportError:
    sys.exit("to_parquet.py needs polars: pip install polars")

source, target, *intervals = sys.argv[1:]
for interval in intervals:
    folder = pathlib.Path(target, interval)
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(pathlib.Path(source, interval).glob("*.csv*")):
        try:
            frame = polars.read_csv(path, try_parse_dates=True)
            prices = [polars.col(name).cast(polars.Float64) for name in frame.columns[1:]]
            frame.with_columns(prices).write_parquet(folder / f"{path.name.split('.')[0]}.parquet")
        except polars.exceptions.PolarsError as error:
            print(f"{path}: {error}", file=sys.stderr)
