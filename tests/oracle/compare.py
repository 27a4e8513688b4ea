"""Compares the real binary with TA-Lib and vectorbt 1.2, on real candles, to 1e-9 in every metric and every trade.

    python -m venv venv && venv/bin/pip install "TA-Lib>=0.6" "vectorbt==1.2.*" numpy pandas polars
    cargo build --release
    venv/bin/python tests/oracle/compare.py --binary target/release/backtest --data-dir ../shared/data

Every case runs `backtest run ... --format json --trades --no-cache`. The other side shares no code with it: this script reads the same
csv.zst with polars, evaluates the rules of the same TOML file (strategies/*.toml) with Python's own parser, TA-Lib and
numpy, and lets vectorbt trade and measure; where the account is ruined, which vectorbt cannot express, tests/golden/reference.py does.

Output: one line per case with its largest deviation, as a multiple of the tolerance (1e-9 relative, 1e-12 absolute) and the
field where it is. `~ name` = a metric that a rounding error decides (it moves when all prices are scaled by a constant), so left out of that case.
Exit code 1 on any mismatch.

    --self-test     no binary: reference.py against vectorbt on the same cases
    --only TEXT     only the cases whose line contains TEXT
    --verbose       for a case that fails, its ten worst fields
"""

import argparse
import ast
import json
import pathlib
import subprocess
import sys
import tempfile
import tomllib

import numpy as np
import polars as pl
import talib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "golden"))

from reference import measure, simulate  # noqa: E402
from vectorbt_oracle import bars_per_year, differences, evaluate, fragile  # noqa: E402

USER_STRATEGY = """\
name = "trend_filter"
about = "MACD above its signal while the trend is strong, out below the lower Donchian channel"
[params]
strength = { default = 25, min = 0, max = 100 }
channel  = { default = 20, min = 1, max = 500 }
[rules]
entry = "macd(close, 12, 26, 9) > macd_signal(close, 12, 26, 9) and adx(14) > strength"
exit  = "close < prev(lowest(low, channel), 1)"
"""

# Every indicator and operator that the built-in strategies do not use, and rules for the short side.
USER_KITCHEN_SINK = """\
name = "kitchen_sink"
about = "No strategy, but a test of the language"
[params]
n = { default = 14, min = 2, max = 500 }
k = { default = 1.5, min = 0, max = 10 }
[rules]
entry       = "stoch_k(14, 3, 3) > stoch_d(14, 3, 3) and cci(n) < 100 and not (close < wma(close, n) - k * atr(n))"
exit        = "close > max(bb_upper(close, 20, k), prev(high, 2)) or mom(close, 10) / close < -0.04"
short_entry = "crosses_below(obv(), sma(obv(), n)) and stddev(close, n) * k > abs(open - close)"
short_exit  = "macd_hist(close, 12, 26, 9) >= 0 and (low > min(prev(low, 1), prev(low, 2)) or volume == 0)"
"""

RULES = ["entry", "exit", "short_entry", "short_exit"]
FREQ = {"1d": "1D", "1h": "1h"}
# Metrics of accounts with exits, sizes or leverage, which vectorbt does not have: undefined without those.
OF_TRADE_TERMS = ["rejected", "unfilled", "liquidations", "funding", "borrow"]


# ---- the rule language, once more -------------------------------------------------------------------------------------


def shift(values, bars, fill):
    out = np.full(len(values), fill, dtype=values.dtype)
    if bars < len(values):
        out[bars:] = values[: len(values) - bars]
    return out


def rsi(x, n):
    out = talib.RSI(x, n)
    first = int(np.argmax(~np.isnan(x)))
    moved = np.zeros(len(x), dtype=bool)
    moved[first + 1 :] = np.cumsum(np.abs(np.diff(x[first:]))) > 0
    return np.where(~np.isnan(out) & ~moved, 50.0, out)  # TA-Lib says 0 of a flat series, the project 50


def window(function):
    return lambda x, n: x.copy() if n == 1 else function(x, n)  # TA-Lib refuses a window of one bar


def macd(output):
    return lambda x, fast, slow, signal: talib.MACD(x, fast, slow, signal)[output]


def bands(output):
    return lambda x, n, width: talib.BBANDS(x, n, width, width, talib.MA_Type.SMA)[output]


def stoch(output):
    return lambda h, l, c, fast_k, slow_k, slow_d: talib.STOCH(h, l, c, fast_k, slow_k, 0, slow_d, 0)[output]


HLC = ["high", "low", "close"]

# name -> (series that are implied when the rule names none, function, whether each parameter is a whole number)
INDICATORS = {
    "sma": ([], window(talib.SMA), [True]),
    "ema": ([], window(talib.EMA), [True]),
    "wma": ([], window(talib.WMA), [True]),
    "rsi": ([], rsi, [True]),
    "roc": ([], talib.ROC, [True]),
    "mom": ([], talib.MOM, [True]),
    "macd": ([], macd(0), [True] * 3),
    "macd_signal": ([], macd(1), [True] * 3),
    "macd_hist": ([], macd(2), [True] * 3),
    "bb_upper": ([], bands(0), [True, False]),
    "bb_middle": ([], bands(1), [True, False]),
    "bb_lower": ([], bands(2), [True, False]),
    "stddev": ([], lambda x, n: talib.STDDEV(x, n, 1), [True]),
    "highest": ([], window(talib.MAX), [True]),
    "lowest": ([], window(talib.MIN), [True]),
    "atr": (HLC, talib.ATR, [True]),
    "stoch_k": (HLC, stoch(0), [True] * 3),
    "stoch_d": (HLC, stoch(1), [True] * 3),
    "cci": (HLC, talib.CCI, [True]),
    "adx": (HLC, talib.ADX, [True]),
    "obv": (["close", "volume"], talib.OBV, []),
}

COMPARE = {
    ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal,
    ast.Eq: np.equal, ast.NotEq: np.not_equal,
}  # fmt: skip
MATH = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide}


def snapped(compare):
    """A comparison for which values equal to 1e-11 are equal.

    TA-Lib's running sums drift by some 1e-12: where the close is exactly its own average (on real candles it happens:
    ETH 1d bar 462, ETH 1h bar 18045), TA-Lib's average is above or below it by chance. Ours is exact, and a tie a tie.
    """

    def apply(x, y):
        with np.errstate(invalid="ignore"):
            equal = np.abs(x - y) <= 1e-11 * np.maximum(np.abs(x), np.abs(y))
        return compare(x, np.where(equal, x, y))

    return apply


class Rule:
    """A rule over candles. Each node gives (values, defined): one value and one "is it defined" for each bar."""

    def __init__(self, text, candles, params):
        self.candles, self.params, self.bars = candles, params, len(candles["close"])
        # Python's grammar knows every operator of ours, with the same precedence.
        self.tree = ast.parse(text.strip(), mode="eval").body

    def holds(self):
        """True where the rule is true; false until each of its indicators is defined."""
        values, defined = self.eval(self.tree)
        return (values.astype(bool) & defined).tolist()

    def number(self, value):
        return np.full(self.bars, float(value)), np.ones(self.bars, dtype=bool)

    def constant(self, node):
        """The value of a node that is the same on every bar."""
        return float(self.eval(node)[0][0])

    def eval(self, node):
        match node:
            case ast.Constant(value=value):
                return self.number(value)
            case ast.Name(id=name) if name in self.params:
                return self.number(self.params[name])
            case ast.Name(id=name):
                return self.candles[name], np.ones(self.bars, dtype=bool)
            case ast.UnaryOp(op=ast.USub(), operand=x):
                values, defined = self.eval(x)
                return -values, defined
            case ast.UnaryOp(op=ast.Not(), operand=x):
                values, defined = self.eval(x)
                return ~values.astype(bool), defined
            case ast.BinOp(left=a, op=op, right=b):
                return self.both(MATH[type(op)], a, b)
            case ast.Compare(left=a, ops=[op], comparators=[b]):
                return self.both(snapped(COMPARE[type(op)]), a, b)
            case ast.BoolOp(op=op, values=nodes):
                fold = np.logical_and if isinstance(op, ast.And) else np.logical_or
                values, defined = zip(*map(self.eval, nodes))
                return fold.reduce(values), np.logical_and.reduce(defined)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.call(name, args)
        raise SyntaxError(f"this oracle does not know: {ast.unparse(node)}")

    def both(self, function, a, b):
        (x, x_defined), (y, y_defined) = self.eval(a), self.eval(b)
        return function(x, y), x_defined & y_defined

    def call(self, name, args):
        if name in ("min", "max"):
            return self.both(np.minimum if name == "min" else np.maximum, *args)
        if name == "abs":
            values, defined = self.eval(args[0])
            return np.abs(values), defined
        if name == "prev":
            (values, defined), bars = self.eval(args[0]), int(self.constant(args[1]))
            return shift(values, bars, 0), shift(defined, bars, False)
        if name in ("crosses_above", "crosses_below"):
            now, before = (np.greater, np.less_equal) if name == "crosses_above" else (np.less, np.greater_equal)
            is_now, defined = self.both(snapped(now), *args)
            was, _ = self.both(snapped(before), *args)
            return is_now & shift(was, 1, False), defined & shift(defined, 1, False)
        return self.indicator(name, args)

    def indicator(self, name, args):
        implied, function, whole = INDICATORS[name]
        split = len(args) - len(whole)
        series = [self.eval(a) for a in args[:split]] or [(self.candles[f], np.ones(self.bars, dtype=bool)) for f in implied]
        params = [int(v) if w else v for v, w in zip(map(self.constant, args[split:]), whole)]
        # TA-Lib starts at the first bar at which all inputs are defined.
        inputs = [np.where(defined, values, np.nan) for values, defined in series]
        values = function(*inputs, *params)
        return values, ~np.isnan(values)


def signals_of(strategy, candles, params):
    """What the strategy's rules say at each bar, its short side derived where it has none."""
    rules = strategy["rules"]
    says = {rule: Rule(rules[rule], candles, params).holds() for rule in RULES if rule in rules}
    never = [False] * len(candles["close"])
    if "short_entry" not in says and "short_exit" not in says:
        says |= {"short_entry": says["exit"], "short_exit": says["entry"]}
    return {rule: says.get(rule, never) for rule in RULES}


# ---- cases ------------------------------------------------------------------------------------------------------------


def case(symbol, interval, strategy, *params, fill="next-open", direction="long", fee=0.001, slippage=0.0, capital=10000, **dates):
    settings = {"capital": capital, "fee": fee, "slippage": slippage, "fill": fill, "direction": direction}
    settings["risk_free"] = dates.get("risk_free", 0)
    return {
        "benchmark": dates.get("benchmark"),
        "symbol": symbol, "interval": interval, "strategy": strategy, "params": dict(p.split("=") for p in params),
        "settings": settings, "from": dates.get("start"), "to": dates.get("end"),
    }  # fmt: skip


BUILT_IN = ["rsi", "ma", "ema_cross", "macd", "bollinger", "donchian", "momentum", "rsi_trend"]
USERS = {"trend_filter": USER_STRATEGY, "kitchen_sink": USER_KITCHEN_SINK}


def cases():
    # The contract's own example first, then every strategy as it comes.
    for symbol in ("BTC", "ETH", "SOL", "DOGE"):
        for strategy in [*BUILT_IN, *USERS]:
            yield case(symbol, "1d", strategy)
    for symbol in ("BTC", "ETH"):
        for strategy in [*BUILT_IN, *USERS]:
            yield case(symbol, "1h", strategy)
    # Fills, costs and sides.
    for k, strategy in enumerate([*BUILT_IN, *USERS]):
        for direction in ("long", "short", "both"):
            for fill in ("next-open", "close"):
                fee, slippage = [(0, 0), (0.001, 0.0005), (0.0004, 0), (0.01, 0.002)][(k + len(direction)) % 4]
                symbol = ("BTC", "ETH", "SOL", "DOGE")[(k + len(fill)) % 4]
                yield case(symbol, "1d", strategy, fill=fill, direction=direction, fee=fee, slippage=slippage)
    for strategy in ("rsi", "macd", "donchian", "kitchen_sink"):
        for direction in ("short", "both"):
            yield case("ETH", "1h", strategy, fill="close", direction=direction, fee=0.0002, slippage=0.0001, capital=1234.5)
            yield case("BTC", "1h", strategy, direction=direction, fee=0.0002)
    # Parameters.
    for period, oversold, overbought in ((2, 10, 90), (7, 25, 75), (21, 40, 60), (100, 45, 55)):
        levels = f"period={period}", f"oversold={oversold}", f"overbought={overbought}"
        yield case("BTC", "1d", "rsi", *levels)
        yield case("BTC", "1d", "rsi", *levels, direction="both", start="2021-10-01", end="2023-02-01")
    for fast, slow in ((1, 2), (5, 20), (10, 50), (20, 500), (3, 1800)):
        yield case("ETH", "1d", "ma", f"fast={fast}", f"slow={slow}", direction="both")
        yield case("SOL", "1d", "ema_cross", f"fast={fast}", f"slow={slow}", fill="close")
    yield case("BTC", "1d", "ma", "fast=50", "slow=5000")  # never defined
    yield case("BTC", "1h", "ma", "fast=13", "slow=1001", direction="both")
    yield case("DOGE", "1d", "macd", "fast=5", "slow=35", "signal=5", direction="both")
    yield case("BTC", "1d", "bollinger", "period=10", "width=1.5", direction="short")
    yield case("ETH", "1d", "donchian", "entry_period=55", "exit_period=20", direction="both")
    yield case("SOL", "1d", "momentum", "period=5", "threshold=-2.5", fill="close")
    yield case("DOGE", "1d", "rsi_trend", "period=5", "dip=35", "recovered=70", "trend=50", direction="both")
    yield case("BTC", "1d", "trend_filter", "strength=18.5", "channel=7", direction="both")
    yield case("ETH", "1d", "kitchen_sink", "n=30", "k=0.5", direction="both", fill="close")
    # Ranges: half-open, warm-up inside the range, a range of few bars.
    yield case("BTC", "1d", "rsi", start="2022-01-01", end="2023-01-01")
    yield case("BTC", "1d", "ma", "fast=5", "slow=20", start="2024-03-10", direction="both")
    yield case("ETH", "1d", "macd", end="2022-06-18", direction="both", fill="close")
    yield case("SOL", "1d", "donchian", start="2023-05-05", end="2023-06-15")
    yield case("BTC", "1h", "rsi", start="2020-03-01T00:00:00Z", end="2020-04-01T12:00:00Z", direction="both")
    yield case("ETH", "1h", "bollinger", start="2021-05-01", end="2021-06-01", direction="both", fee=0)
    yield case("BTC", "1d", "rsi", start="2022-01-01", end="2022-01-10")  # fewer bars than the warm-up
    # Against other assets, whose candles begin later or earlier, and above a risk-free rate.
    for symbol, benchmark, risk_free in (("ETH", "BTC", 0.04), ("SOL", "ETH", -0.005), ("DOGE", "BTC", 0), ("BTC", "SOL", 1)):
        for strategy in ("rsi", "macd", "donchian"):
            for direction in ("long", "both"):
                yield case(symbol, "1d", strategy, direction=direction, benchmark=benchmark, risk_free=risk_free)
        yield case(symbol, "1d", "kitchen_sink", fill="close", risk_free=risk_free)
    yield case("ETH", "1h", "rsi", direction="both", benchmark="BTC", risk_free=0.05)
    yield case("BTC", "1d", "rsi", benchmark="BTC")
    # Ruin: short all the way through a rally, at high costs.
    yield case("SOL", "1d", "momentum", "period=1", "threshold=90", direction="short", start="2023-01-01", end="2024-04-01")
    yield case("DOGE", "1d", "ma", "fast=2", "slow=150", direction="short", start="2022-01-01", fee=0.01, slippage=0.002)


def title(c):
    s = c["settings"]
    params = " ".join(f"{k}={v}" for k, v in c["params"].items())
    dates = f"{c['from'] or ''}..{c['to'] or ''}" if c["from"] or c["to"] else ""
    costs = f"{s['fill']} {s['direction']} fee={s['fee']} slip={s['slippage']}"
    against = f"against {c['benchmark']}" if c["benchmark"] else ""
    free = f"risk-free={s['risk_free']}" if s["risk_free"] else ""
    return " ".join(x for x in (c["symbol"], c["interval"], c["strategy"], params, costs, dates, against, free) if x)


# ---- both sides -------------------------------------------------------------------------------------------------------


class Oracle:
    def __init__(self, data_dir, strategies):
        self.data_dir, self.strategies, self.frames = data_dir, strategies, {}

    def candles(self, c):
        """Columns as numpy arrays, and the open times as text."""
        key = c["symbol"], c["interval"]
        if key not in self.frames:
            path = self.data_dir / c["interval"] / f"{c['symbol']}USDT.csv.zst"
            prices = {name: pl.Float64 for name in ("open", "high", "low", "close", "volume")}
            self.frames[key] = pl.read_csv(path, schema_overrides={"timestamp": pl.String} | prices)
        frame = self.frames[key]
        if c["from"]:
            frame = frame.filter(pl.col("timestamp") >= moment(c["from"]))
        if c["to"]:
            frame = frame.filter(pl.col("timestamp") < moment(c["to"]))
        columns = {name: frame[name].to_numpy().astype(float) for name in frame.columns if name != "timestamp"}
        return columns, frame["timestamp"].to_list()

    def against(self, c, times):
        """What vectorbt measures against: the rate of a bar, and the benchmark's returns; none where it has no candle."""
        free = (1 + c["settings"]["risk_free"]) ** (1 / bars_per_year(FREQ[c["interval"]])) - 1
        if not c["benchmark"]:
            return {"risk_free": free}
        columns, opens = self.candles(c | {"symbol": c["benchmark"]})
        closes = dict(zip(opens, columns["close"].tolist()))
        returns, last, before = [], None, None
        for i, time in enumerate(times):
            inside = opens[0] <= time <= opens[-1]
            last = closes.get(time, last) if inside else None
            returns.append(float("nan") if last is None or (before is None and i) else 0.0 if i == 0 else last / before - 1)
            before = last
        return {"risk_free": free, "benchmark": returns}

    def params(self, c):
        declared = self.strategies[c["strategy"]]["params"]
        unknown = set(c["params"]) - set(declared)
        assert not unknown, f"{c['strategy']} has no parameter {unknown}"
        return {name: float(c["params"].get(name, line["default"])) for name, line in declared.items()}

    def expect(self, c):
        candles, times = self.candles(c)
        signals = signals_of(self.strategies[c["strategy"]], candles, self.params(c))
        prices = {name: candles[name].tolist() for name in ("open", "close")}
        freq = FREQ[c["interval"]]
        result = simulate(prices, signals, c["settings"])
        against = self.against(c, times)
        ours = measure(result, prices, c["settings"], bars_per_year(freq), **against), result["trades"]
        wanted = ours if result["ruined"] else evaluate(prices, signals, c["settings"], freq, **against)
        loose = fragile(prices, signals, c["settings"], freq, simulate, measure)
        return {"metrics": wanted[0], "trades": wanted[1], "reference": ours, "ruined": result["ruined"], "times": times, "loose": loose}


def moment(text):
    """A date or RFC 3339 time as the files write it, so that text order is time order."""
    return text if "T" in text else f"{text}T00:00:00Z"


def command(binary, data_dir, files, c):
    s = c["settings"]
    out = [binary, "run", "--crypto", c["symbol"], "--interval", c["interval"], "--strategy", files.get(c["strategy"], c["strategy"])]
    out += [f"--param={k}={v}" for k, v in c["params"].items()]
    out += ["--capital", s["capital"], "--fee", s["fee"], "--slippage", s["slippage"], "--fill", s["fill"], "--direction", s["direction"]]
    out += (["--from", c["from"]] if c["from"] else []) + (["--to", c["to"]] if c["to"] else [])
    out += ["--risk-free", s["risk_free"]] + (["--benchmark", c["benchmark"]] if c["benchmark"] else [])
    out += ["--year", "365", "--format", "json", "--trades", "--no-cache", "--data-dir", data_dir]
    return [str(x) for x in out]


def canonical(time):
    return time.replace("+00:00", "Z").replace(".000Z", "Z")


def run(argv, times):
    """(metrics, trades, the rest) that the binary printed; the trades with indices of bars in place of times."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")

    def refuse(word):
        raise RuntimeError(f"{word} in the JSON: an undefined metric is null")

    document = json.loads(done.stdout, parse_constant=refuse)
    index = {canonical(t): i for i, t in enumerate(times)}
    trades = []
    for trade in document["trades"]:
        trade = dict(trade)
        for end in ("entry", "exit"):
            trade[f"{end}_index"] = index[canonical(trade.pop(f"{end}_time"))]
        trades.append(trade)
    metrics = document["metrics"]
    if any(metrics.pop(name) is not None for name in OF_TRADE_TERMS):
        raise RuntimeError(f"one of {OF_TRADE_TERMS} is defined, without exits, sizes or leverage")
    return metrics, trades, document


def check(got, expected, c):
    """What differs, worst first, fragile metrics left out; and the facts beside metrics and trades."""
    metrics, trades, document = got
    found = differences((metrics, trades), (expected["metrics"], expected["trades"]))
    found = [row for row in found if row[0] not in expected["loose"]]
    facts = {"bars": len(expected["times"]), "start": canonical(expected["times"][0]), "end": canonical(expected["times"][-1])}
    facts |= {"strategy": c["strategy"], "interval": c["interval"], "symbol": f"{c['symbol']}USDT", "cache": "off"}
    for name, want in facts.items():
        value = document.get(name)
        value = canonical(value) if isinstance(value, str) else value
        if value != want:
            found.insert(0, (name, value, want, float("inf")))
    for name, want in c["settings"].items():
        if document["settings"].get(name) != want:
            found.insert(0, (f"settings.{name}", document["settings"].get(name), want, float("inf")))
    if list(metrics) != list(expected["metrics"]):
        found.insert(0, ("names of metrics", list(metrics), list(expected["metrics"]), float("inf")))
    ruined = bool(document.get("ruined", metrics.get("ruined", False)))
    if ruined != expected["ruined"]:
        found.insert(0, ("ruined", ruined, expected["ruined"], float("inf")))
    return found


def load_strategies(folder, temporary):
    """Definitions by name, and the path of each that is a user's own."""
    files = {}
    for name, text in USERS.items():
        files[name] = temporary / f"{name}.toml"
        files[name].write_text(text)
    paths = [*(folder / f"{name}.toml" for name in BUILT_IN), *files.values()]
    return {path.stem: tomllib.loads(path.read_text()) for path in paths}, files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / "target/release/backtest", type=pathlib.Path)
    parser.add_argument("--data-dir", default=ROOT.parent / "shared/data", type=pathlib.Path)
    parser.add_argument("--strategies", default=ROOT / "strategies", type=pathlib.Path, help="folder of the built-in TOML files")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()

    failed, worst, count, ruined, trades = [], 0.0, 0, 0, 0
    with tempfile.TemporaryDirectory() as temporary:
        strategies, files = load_strategies(args.strategies, pathlib.Path(temporary))
        oracle = Oracle(args.data_dir, strategies)
        print(f"{'deviation / 1e-9':>16}  {'trades':>6}  {'case':<88} worst field")
        for c in cases():
            if args.only not in title(c):
                continue
            expected = oracle.expect(c)
            try:
                if args.self_test:
                    found = differences(expected["reference"], (expected["metrics"], expected["trades"]))
                    found = [row for row in found if row[0] not in expected["loose"]]
                else:
                    found = check(run(command(args.binary, args.data_dir, files, c), expected["times"]), expected, c)
            except (RuntimeError, KeyError, OSError, ValueError, subprocess.TimeoutExpired) as error:
                found = [(f"{type(error).__name__}: {error}", None, None, float("inf"))]
            field, _, _, far = max(found, key=lambda row: row[3])
            bad = [row for row in found if row[3] > 1]
            marks = (" RUINED" if expected["ruined"] else "") + "".join(f" ~ {name}" for name in expected["loose"])
            print(f"{far:16.2g}  {len(expected['trades']):6}  {title(c):<88} {field if far > 0 else ''}{marks}{'  <-- MISMATCH' if bad else ''}")
            for name, got, want, deviation in bad[: 10 if args.verbose else 1]:
                print(f"{'':16}  {'':6}    {name}: got {got}, want {want} ({deviation:.3g})")
            count, ruined, trades = count + 1, ruined + expected["ruined"], trades + len(expected["trades"])
            worst = worst if bad else max(worst, far)
            failed += [title(c)] if bad else []

    who = "reference.py" if args.self_test else args.binary
    print(f"\n{count} cases ({ruined} ruined, by reference.py alone), {trades} trades: {who} agrees in {count - len(failed)}, "
          f"worst deviation there {worst:.2g} of the tolerance")
    for line in failed:
        print(f"  mismatch: {line}")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
