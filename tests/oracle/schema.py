"""The JSON schema of strategy files against all strategies of this repository, and against broken ones.

    pip install jsonschema==4.26.0
    target/debug/backtest strategies schema | python3 tests/oracle/schema.py
"""
import json, pathlib, sys, tomllib

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What the program refuses, too: `backtest strategies check` on each of these ends with 2.
BROKEN = [
    'name = "a"',
    'name = "A b"\n[rules]\nentry = "close > 1"\nexit = "close < 1"',
    'name = "a"\nentry = "close > 1"',
    'name = "a"\n[rules]\nentry = "close > 1"\nexits = "close < 1"',
    'name = "a"\n[rules]\nentry = 1\nexit = "close < 1"',
    'name = "a"\n[params]\nn = { min = 1 }\n[rules]\nentry = "close > n"\nexit = "close < 1"',
    'name = "a"\n[params]\nn = { default = 1, step = 2 }\n[rules]\nentry = "close > n"\nexit = "close < 1"',
    'name = "a"\n[rules]\nentry = "close > 1"\n[exits]\nstoploss = 0.05',
    'name = "a"\n[rules]\nentry = "close > 1"\n[exits]\nstop_loss = 5',
    'name = "a"\n[rules]\nentry = "close > 1"\n[exits]\nmax_bars = 1.5',
    'name = "a"\n[rules]\nentry = "close > 1"\n[exits]\ntake_profit = [[0, 0.1, 3]]',
    'name = "a"\n[rules]\nentry = "close > 1"\nexit = "close < 1"\n[size]\nleverage = 0.5',
    'name = "a"\n[let]\nx = 1\n[rules]\nentry = "close > x"\nexit = "close < 1"',
    'name = "a"\n[functions]\nhull = "close"\n[rules]\nentry = "close > 1"\nexit = "close < 1"',
]


def main():
    schema = json.load(sys.stdin)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    files = sorted([*ROOT.glob("strategies/*.toml"), *ROOT.glob("examples/strategies/*.toml")])
    wrong = 0
    for path in files:
        for error in validator.iter_errors(tomllib.loads(path.read_text())):
            wrong += 1
            print(f"{path.name}: {error.json_path}: {error.message}")
    for text in BROKEN:
        if validator.is_valid(tomllib.loads(text)):
            wrong += 1
            print(f"taken though it is broken:\n{text}\n")
    print(f"{len(files)} strategies and {len(BROKEN)} broken ones, {wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
