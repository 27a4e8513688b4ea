"""Writes portfolio.json: what vectorbt 1.2 says about seeded candles and signals, for the account's and the metrics' tests.

    python tests/golden/portfolio.py          # needs vectorbt==1.2.*, numpy, pandas; writes the file beside this script

Every fixture is also run through reference.py, which must agree with vectorbt to 1e-9 wherever vectorbt can express the
case (all but ruin); a ruined fixture comes from reference.py alone. The signals are raw: contradictions are still in them.
"""

import itertools
import json
import pathlib

import numpy as np

from reference import METRICS, measure, simulate
from vectorbt_oracle import NOTES, SOURCE, bars_per_year, differences, evaluate, fragile

HERE = pathlib.Path(__file__).parent
FREQ = {"1d": "1D", "1h": "1h"}
RULES = ["entry", "exit", "short_entry", "short_exit"]


def walk(seed, bars, start, digits, volatility, regimes):
    """Candles of a random walk; `regimes` maps a bar to the drift from there on. Opens gap a little from the close before."""
    rng = np.random.default_rng(seed)
    open_, high, low, close, volume = [], [], [], [], []
    last, drift = start, 0.0
    for i in range(bars):
        drift = regimes.get(i, drift)
        o = round(last * float(np.exp(rng.normal(0, volatility / 5))), digits)
        c = round(o * float(np.exp(rng.normal(drift, volatility))), digits)
        h = round(max(o, c) * (1 + abs(float(rng.normal(0, volatility / 3)))), digits)
        l = round(min(o, c) * (1 - min(abs(float(rng.normal(0, volatility / 3))), 0.5)), digits)
        open_.append(o), close.append(c), high.append(max(h, o, c)), low.append(min(l, o, c))
        volume.append(round(float(rng.lognormal(8, 0.5)), 1))
        last = c
    return {"open": open_, "high": high, "low": low, "close": close, "volume": volume}


def drawn(opens, closes):
    """Candles given by hand."""
    return {
        "open": opens, "high": [max(p) for p in zip(opens, closes)], "low": [min(p) for p in zip(opens, closes)],
        "close": closes, "volume": [1.0] * len(opens),
    }  # fmt: skip


SERIES = {
    # strong trend up, crash, slow recovery
    "trend": ("1d", walk(1, 240, 7213.4, 1, 0.025, {0: 0.012, 90: -0.05, 110: 0.004, 200: 0.02})),
    # sideways, then a crash and a bounce
    "crash": ("1d", walk(2, 120, 231.55, 2, 0.03, {0: 0.0, 50: -0.06, 75: 0.03, 100: -0.01})),
    # no direction, hourly
    "chop": ("1h", walk(3, 400, 1844.2, 2, 0.006, {0: 0.0, 150: 0.002, 220: -0.003, 320: 0.0005})),
    # an asset of small fractions of a cent, hourly
    "dust": ("1h", walk(4, 60, 0.0000213, 9, 0.02, {0: 0.0, 30: 0.01})),
    # every bar the same price
    "flat": ("1d", drawn([100.0] * 60, [100.0] * 60)),
    # 3x in 20 bars, then half of it back
    "rally": ("1d", walk(5, 60, 52.3, 2, 0.03, {0: 0.0, 10: 0.06, 30: -0.03})),
    # overnight gaps that a short position does not survive
    "gap": ("1d", drawn([100.0, 101.0, 102.0, 230.0, 228.0, 229.0, 231.0], [101.0, 102.0, 103.0, 229.0, 227.0, 230.0, 228.0])),
    # exactly doubles
    "double": ("1d", drawn([100.0, 100.0, 150.0, 200.0, 180.0], [100.0, 125.0, 175.0, 200.0, 190.0])),
    "one": ("1d", drawn([100.0], [101.0])),
    "two": ("1d", drawn([100.0, 102.0], [101.0, 99.0])),
}


def random_signals(seed, bars, rates):
    rng = np.random.default_rng(seed)
    return {rule: [bool(x) for x in rng.random(bars) < rate] for rule, rate in zip(RULES, rates)}


def at(bars, **hits):
    """Signals at the given bars and nowhere else."""
    return {rule: [i in hits.get(rule, ()) for i in range(bars)] for rule in RULES}


def mirrored(signals):
    """The short side of a strategy that has none: its exit is the short entry, its entry the short exit."""
    return signals | {"short_entry": signals["exit"], "short_exit": signals["entry"]}


def bars_of(series):
    return len(SERIES[series][1]["close"])


SIGNALS = {
    "trend sparse": ("trend", random_signals(11, 240, [0.03, 0.03, 0.03, 0.03])),
    "trend mirrored": ("trend", mirrored(random_signals(12, 240, [0.05, 0.04, 0, 0]))),
    "crash dense": ("crash", random_signals(13, 120, [0.4, 0.35, 0.3, 0.3])),
    "crash sparse": ("crash", random_signals(14, 120, [0.06, 0.05, 0.06, 0.05])),
    "chop sparse": ("chop", random_signals(15, 400, [0.02, 0.03, 0.02, 0.03])),
    "chop mirrored": ("chop", mirrored(random_signals(16, 400, [0.08, 0.08, 0, 0]))),
    "dust dense": ("dust", mirrored(random_signals(17, 60, [0.5, 0.3, 0, 0]))),
    "flat dense": ("flat", random_signals(18, 60, [0.2, 0.2, 0.2, 0.2])),
    "rally sparse": ("rally", random_signals(19, 60, [0.1, 0.1, 0.1, 0.1])),
    "never": ("crash", at(120)),
    "contradictory": ("crash", {rule: [True] * 120 for rule in RULES}),
    "both entries": ("crash", {r: [r in ("entry", "short_entry") and i % 7 == 3 for i in range(120)] for r in RULES}),
    "enter once": ("crash", at(120, entry=[0], short_entry=[5])),
    "only the last bar": ("crash", at(120, entry=[119], short_entry=[119])),
    "only the bar before the last": ("crash", at(120, entry=[118], exit=[119], short_exit=[119])),
    "exit without entry": ("crash", at(120, exit=range(0, 120, 3), short_exit=range(1, 120, 3))),
    "one bar": ("one", at(1, entry=[0])),
    "two bars": ("two", at(2, entry=[0], exit=[1])),
    # ruin, by reference.py alone
    "short into a 3x rally": ("rally", at(60, short_entry=[8], short_exit=[50], entry=[55])),
    "short, gap at the exit's open": ("gap", at(7, short_entry=[0], short_exit=[2], entry=[4])),
    "short, gap at the reversal's open": ("gap", at(7, short_entry=[0], entry=[2, 4])),
    "short, gap while holding": ("gap", at(7, short_entry=[0], short_exit=[5])),
    "short, gap, exit signal on the ruin bar": ("gap", at(7, short_entry=[1], short_exit=[3], entry=[3])),
    "short to exactly zero": ("double", at(5, short_entry=[0])),
    "short entered on the ruin bar": ("double", at(5, short_entry=[2], short_exit=[3])),
    "short ruined on the last bar": ("double", {r: [r == "short_entry" and i == 0 for i in range(5)] for r in RULES}),
}

# The last case ends with the ruin: the same candles cut there.
SERIES["doubled"] = ("1d", {k: v[:4] for k, v in SERIES["double"][1].items()})
SIGNALS["short ruined on the last bar"] = ("doubled", at(4, short_entry=[0]))

FILLS, FEES, SLIPPAGES, DIRECTIONS = ["next-open", "close"], [0, 0.001, 0.01], [0, 0.0005], ["long", "short", "both"]
ALL = list(itertools.product(FILLS, FEES, SLIPPAGES, DIRECTIONS))
CROSS = ["trend sparse", "trend mirrored", "crash dense", "crash sparse", "chop sparse", "chop mirrored", "dust dense", "rally sparse"]


def plan():
    """(signals' name, settings): every combination of settings on several signals, and the special cases on a few."""
    for turn, name in enumerate(CROSS):
        # Each takes every fourth combination, shifted: all 36 twice over, with different candles.
        for fill, fee, slippage, direction in ALL[turn % 4 :: 4] if turn < 4 else ALL[(turn + 2) % 4 :: 4]:
            yield name, fill, fee, slippage, direction
    for name in SIGNALS:
        if name in CROSS:
            continue
        if name.startswith("short"):
            for fill, fee, slippage in itertools.product(FILLS, [0, 0.01], [0, 0.0005]):
                if (fee, slippage) in [(0, 0), (0.01, 0.0005)]:
                    yield name, fill, fee, slippage, "both" if "entry" in name or "reversal" in name else "short"
        else:
            for fill, (fee, direction) in itertools.product(FILLS, [(0.001, "long"), (0.01, "both")]):
                yield name, fill, fee, 0.0005, direction
    yield "short into a 3x rally", "next-open", 0.001, 0.0005, "both"
    yield "flat dense", "close", 0, 0, "both"


# A rate per year that cash earns, and the column of the candles whose changes are the benchmark's.
MEASURED = [
    ("rally sparse", "next-open", 0.001, 0, "both", 0.05, None),
    ("rally sparse", "close", 0, 0.0005, "long", 0, "low"),
    ("dust dense", "next-open", 0.001, 0.0005, "short", -0.01, "high"),
    ("enter once", "close", 0.01, 0, "both", 0.5, "open"),
]


def measured():
    """(signals' name, settings, rate per year, column): all of `plan`, and those that are measured against something."""
    for case in plan():
        yield *case, 0, None
    yield from MEASURED


def columns(trades):
    """Trades as columns: one list for each field."""
    fields = ["side", "entry_index", "entry_price", "exit_index", "exit_price", "size", "fees", "pnl", "return", "bars", "open"]
    return {f: [t[f] for t in trades] for f in fields}


def bits(signals):
    """One character a bar: 1 where the rule is true."""
    return {rule: "".join("01"[x] for x in signals[rule]) for rule in RULES}


def main():
    fixtures, worst, left_out, seen = [], 0.0, [], set()
    for number, (name, fill, fee, slippage, direction, risk_free, benchmark) in enumerate(measured()):
        series, signals = SIGNALS[name]
        interval, candles = SERIES[series]
        settings = {
            "capital": 2500.5 if name in CROSS and number % 3 == 0 else 10000, "fee": fee, "slippage": slippage, "fill": fill, "direction": direction,
        }  # fmt: skip
        title = f"{name}, {fill}, {direction}, fee {fee}, slippage {slippage}"
        given, against = {}, {}
        if risk_free or benchmark:
            title += f", risk-free {risk_free}, against {benchmark or 'itself'}"
            given = {"risk_free": risk_free, "benchmark": benchmark}
            prices = candles[benchmark or "close"]
            against = {
                "risk_free": (1 + risk_free) ** (1 / bars_per_year(FREQ[interval])) - 1,
                "benchmark": [0.0] + [now / before - 1 for before, now in zip(prices, prices[1:])],
            }
        assert title not in seen, title
        seen.add(title)
        result = simulate(candles, signals, settings)
        metrics = measure(result, candles, settings, bars_per_year(FREQ[interval]), **against)
        trades = result["trades"]
        if not result["ruined"]:
            ours, (metrics, trades) = (metrics, trades), evaluate(candles, signals, settings, FREQ[interval], **against)
            field, a, b, far = differences(ours, (metrics, trades))[0]
            assert far <= 1, f"{title}: {field} is {a} by reference.py, {b} by vectorbt"
            worst = max(worst, far)
        decided_by_rounding = fragile(candles, signals, settings, FREQ[interval], simulate, measure)
        if decided_by_rounding:
            left_out.append(f"{title}: {', '.join(decided_by_rounding)}")
            continue
        assert list(metrics) == METRICS
        fixtures.append({
            "name": title, "series": series, "interval": interval, "signals": name, "settings": settings,
            **given, "oracle": "reference" if result["ruined"] else "vectorbt", "ruined": result["ruined"],
            "metrics": metrics, "trades": columns(trades),
        })  # fmt: skip

    ruined = sum(f["ruined"] for f in fixtures)
    by_rounding = [f"left out, as a rounding error decides them: {line}" for line in left_out]
    document = {
        "about": "Made by portfolio.py. A fixture names its candles in `series` and its raw signals in `signals` (one character a bar). "
        "null = undefined. `oracle` says who computed it; `sources` says how, for each metric.",
        "sources": {"vectorbt": SOURCE, "reference": {m: "numpy: reference.py (plain Python), as vectorbt cannot express ruin" for m in METRICS}},
        "notes": NOTES + by_rounding,
        "series": {k: {"interval": i, **c} for k, (i, c) in SERIES.items()},
        "signals": {k: bits(s) for k, (_, s) in SIGNALS.items()},
        "fixtures": fixtures,
    }
    compact = {"separators": (",", ":"), "allow_nan": False}

    def lines(items):
        return ",\n".join(items)

    # One line for each series, signal and fixture, so that a diff shows what changed.
    text = "{\n" + lines(
        f'"{key}":' + (
            "{\n" + lines(f"{json.dumps(k)}:{json.dumps(v, **compact)}" for k, v in value.items()) + "\n}" if isinstance(value, dict)
            else "[\n" + lines(json.dumps(v, **compact) for v in value) + "\n]" if isinstance(value, list)
            else json.dumps(value)
        )
        for key, value in document.items()
    ) + "\n}\n"  # fmt: skip
    assert json.loads(text) == json.loads(json.dumps(document))
    path = HERE / "portfolio.json"
    path.write_text(text)

    for note in NOTES + by_rounding:
        print("-", note)
    print(f"\n{path}: {len(text) / 1024:.0f} KB, {len(fixtures)} fixtures ({ruined} ruined), "
          f"{sum(len(f['trades']['side']) for f in fixtures)} trades")
    print(f"reference.py = vectorbt on the other {len(fixtures) - ruined}: worst deviation {worst:.3g} of the allowed 1e-9")
    assert len(text) < 420 * 1024


if __name__ == "__main__":
    main()
