"""Figures of a sweep and a walk on real daily candles, by other people's programs and plain loops: `real.json`.

The candles are no part of this repository, so the tests that read these figures (tests/cli/real.rs) do nothing where the
candles are not at hand: in ../shared/data beside it.

    pip install numpy scipy polars pandas zstandard TA-Lib skfolio==1.12.2 vectorbt==1.2.0 arch==8.0.0 sharpebench==0.28.0
    python tests/golden/real.py --data-dir PATH/TO/CANDLES
"""
import argparse
import importlib.metadata as meta
import importlib.util
import json
import pathlib

import polars as pl

TESTS = pathlib.Path(__file__).parents[1]


def script(path):
    """Another script of this name: there are two called walk.py."""
    spec = importlib.util.spec_from_file_location(path.replace("/", "_").removesuffix(".py"), TESTS / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sweeps, walks = script("golden/validation.py"), script("oracle/walk.py")


def figures(folder, symbol):
    frame = pl.read_csv(pathlib.Path(folder) / "1d" / f"{symbol}.csv.zst", infer_schema_length=None).sort("timestamp")
    walk = walks.expected(walks.load(folder, symbol))
    return {"sweep": sweeps.sweep(symbol, frame, (4, 8, 16)), "walk": walk}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", required=True)
    folder = parser.parse_args().data_dir
    names = ("numpy", "scipy", "polars", "pandas", "TA-Lib", "skfolio", "vectorbt", "sharpebench")
    document = {
        "versions": {name: meta.version(name) for name in names},
        "train_bars": walks.TRAIN,
        "test_bars": walks.TEST,
        "assets": [figures(folder, symbol) for symbol in ("BTCUSDT", "ETHUSDT")],
    }
    (TESTS / "golden/real.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
