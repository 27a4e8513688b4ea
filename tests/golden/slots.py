"""Writes slots.json: synthetic candles of six assets, and the equity and trades of portfolios in slots.

    python3 -m venv venv && venv/bin/pip install vectorbt==1.2.0 pandas numpy
    venv/bin/python tests/golden/slots.py

The committed file was made with Python 3.11, vectorbt 1.2.0, pandas 3.1.1 and numpy 2.4.6. The series come from random.Random, which
gives the same numbers everywhere. Which entry gets a slot, and how many units, is said by `reference`, a plain bar-by-bar loop; from
these entries and rule exits vectorbt's from_signals with shared cash works out stops, targets, cash and equity by itself, and the
equity that is written is vectorbt's. The two are compared at every close.

vectorbt sees each bar as three: one at the open for the orders that close, one at the open for the entries, and one with the range for
the levels. It fills one order a bar, knows no time exits, and counts a trailing stop's peak by its own rule; so exits by time come to it
as rule exits, and trailing stops are left out here (tests/golden/levels.json has them, of the same code).
"""

import json
import math
import pathlib
import random
import warnings

warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd

BARS = 160
MONDAY = 1_704_067_200_000
FEE, SLIPPAGE, CAPITAL = 0.001, 0.0005, 10_000.0
RULE, REVERSE, STOP, TARGET, TIME, OPEN = "rule", "reverse", "stop", "target", "time", "open"

SCENARIOS = {
    "stop and target": {"slots": 2, "direction": "long", "exits": {"stop_loss": 0.04, "take_profit": 0.07}},
    "rules alone": {"slots": 3, "direction": "long", "exits": {}},
    "sold short": {"slots": 2, "direction": "short", "exits": {"stop_loss": 0.05}},
    "both sides and time": {"slots": 2, "direction": "both", "exits": {"stop_loss": 0.06, "max_bars": 6}},
    "half of a slot": {"slots": 4, "direction": "both", "exits": {"stop_loss": 0.04, "take_profit": 0.08}, "fraction": 0.5},
    "one slot": {"slots": 1, "direction": "long", "exits": {"take_profit": 0.05}},
}


def series():
    rng = random.Random(20240102)
    candles = {}
    for name in "ABCDEF":
        price, rows = 10 ** rng.uniform(-1, 3), []
        for _ in range(BARS):
            first = price * math.exp(rng.gauss(0, 0.01))
            price *= math.exp(rng.gauss(0.001, 0.03))
            high = max(first, price) * math.exp(abs(rng.gauss(0, 0.01)))
            low = min(first, price) * math.exp(-abs(rng.gauss(0, 0.01)))
            rows.append([float(f"{value:.6g}") for value in (first, high, low, price)])
        candles[name] = rows
    return candles


def columns(candles):
    """Opens, highs, lows and closes, a column for each asset."""
    table = np.array([candles[name] for name in candles]).transpose(2, 1, 0)
    return tuple(np.ascontiguousarray(column) for column in table)


def signals(closes):
    """Above its average of 8 and below it, and the score: the rate of change over 5 bars."""
    frame = pd.DataFrame(closes)
    mean = frame.rolling(8).mean()
    return (frame > mean).to_numpy(), (frame < mean).to_numpy(), (frame / frame.shift(5) - 1).to_numpy()


def reference(prices, rules, slots, direction, exits, fraction=1.0, fee=FEE, slippage=SLIPPAGE, capital=CAPITAL):
    """Equity at each close, trades, and the orders that are not of a level: (bar, asset, enters, side, units).

    At each open, of the bar after the signals: rule exits, reversals and times (after which only the other side may be entered
    at this open); then entries, the highest score first, each with
    equity / slots at most, and no more than the cash that no position holds (a short one holds its proceeds and as much again);
    then stops and targets inside the bar, the stop first.
    """
    opens, highs, lows, closes = prices
    up, down, score = rules
    bars, assets = closes.shape
    long, short = direction != "short", direction != "long"
    stop, target, most = exits.get("stop_loss"), exits.get("take_profit"), exits.get("max_bars")
    cash, held, equity, trades, orders = capital, {}, [], [], []

    def leave(asset, bar, price, reason):
        nonlocal cash
        side, entered, units, since = held.pop(asset)
        filled = price * (1 - side * slippage)
        cash += side * units * filled - fee * units * filled
        fees = fee * units * (entered + filled)
        trades.append([asset, since, bar, side, reason, filled, side * units * (filled - entered) - fees])

    for bar in range(bars):
        if bar > 0:
            left = set()
            for asset in sorted(held):
                side, _, units, since = held[asset]
                opposite, out = (down, down) if side > 0 else (up, up)
                reverses = direction == "both" and opposite[bar - 1, asset]
                reason = REVERSE if reverses else RULE if out[bar - 1, asset] else TIME if most and bar == since + most else None
                if reason:
                    orders.append((bar, asset, False, side, units))
                    leave(asset, bar, opens[bar, asset], reason)
                if reason in (RULE, TIME):
                    left.add(asset)
            worth = cash + sum(side * units * opens[bar, asset] for asset, (side, _, units, _) in held.items())
            wanted = [
                (-score[bar - 1, asset], asset, 1 if up[bar - 1, asset] else -1)
                for asset in range(assets)
                if asset not in held and asset not in left
                and ((long and up[bar - 1, asset]) or (short and down[bar - 1, asset]))
            ]
            for _, asset, side in sorted(wanted):
                free = cash - sum(2 * units * price for s, price, units, _ in held.values() if s < 0)
                share = min(worth / slots, free)
                if len(held) >= slots or share <= 1e-12 * worth:
                    continue
                price = opens[bar, asset] * (1 + side * slippage)
                units = fraction * share / (price * (1 + fee))
                cash -= side * units * price + fee * units * price
                held[asset] = (side, price, units, bar)
                orders.append((bar, asset, True, side, units))
        for asset in sorted(held):
            side, entered, _, _ = held[asset]
            first, worst, best = opens[bar, asset], lows[bar, asset], highs[bar, asset]
            if side < 0:
                worst, best = best, worst
            floor = entered * (1 - side * stop) if stop else -side * math.inf
            ceiling = entered * (1 + side * target) if target else side * math.inf
            beyond = lambda price, level, direction: direction * (price - level) >= 0
            if beyond(first, floor, -side):
                leave(asset, bar, first, STOP)
            elif beyond(first, ceiling, side):
                leave(asset, bar, first, TARGET)
            elif beyond(worst, floor, -side):
                leave(asset, bar, floor, STOP)
            elif beyond(best, ceiling, side):
                leave(asset, bar, ceiling, TARGET)
        equity.append(cash + sum(side * units * closes[bar, asset] for asset, (side, _, units, _) in held.items()))
    for asset, (side, _, _, since) in sorted(held.items()):
        trades.append([asset, since, bars - 1, side, OPEN, closes[-1, asset], None])
    return np.array(equity), trades, orders


def vectorbt_equity(prices, orders, exits, fee=FEE, slippage=SLIPPAGE, capital=CAPITAL):
    """Equity at each close by vectorbt, which is told the entries with their units and the exits by rules."""
    import vectorbt as vbt
    from vectorbt.portfolio.enums import StopEntryPrice, StopExitPrice

    opens, highs, lows, closes = prices
    bars, assets = closes.shape
    parts = lambda first, second, third: np.stack([first, second, third], axis=1).reshape(3 * bars, assets)
    signal = {name: np.zeros((3 * bars, assets), bool) for name in ("entries", "exits", "short_entries", "short_exits")}
    size = np.full((3 * bars, assets), np.inf)
    for bar, asset, enters, side, units in orders:
        name = ("" if side > 0 else "short_") + ("entries" if enters else "exits")
        signal[name][3 * bar + enters, asset] = True
        if enters:
            size[3 * bar + 1, asset] = units
    levels = {"sl_stop": exits.get("stop_loss"), "tp_stop": exits.get("take_profit")}
    account = vbt.Portfolio.from_signals(
        close=parts(opens, opens, closes), open=parts(opens, opens, opens), high=parts(opens, opens, highs),
        low=parts(opens, opens, lows), price=parts(opens, opens, closes), size=size, size_type="amount",
        group_by=True, cash_sharing=True, call_seq="auto", fees=fee, slippage=slippage, init_cash=capital, freq="1D",
        stop_entry_price=StopEntryPrice.FillPrice, stop_exit_price=StopExitPrice.StopMarket,
        **signal, **{name: level for name, level in levels.items() if level},
    )  # fmt: skip
    return account.value().to_numpy()[2::3]


def definition(slots, direction, exits, fraction=1.0):
    lines = ['name = "slots"', "[portfolio]", 'score = "roc(close, 5)"', f"max_positions = {slots}", "[rules]"]
    lines += ['entry = "close > sma(close, 8)"', 'exit = "close < sma(close, 8)"']
    if exits:
        lines += ["[exits]"] + [f"{name} = {value}" for name, value in exits.items()]
    if fraction != 1.0:
        lines += ["[size]", f"fraction = {fraction}"]
    return "\n".join(lines) + "\n"


def main():
    import vectorbt as vbt

    candles = series()
    prices = columns(candles)
    found = []
    for name, scenario in SCENARIOS.items():
        own, trades, orders = reference(prices, signals(prices[3]), **scenario)
        equity = vectorbt_equity(prices, orders, scenario["exits"])
        worst = np.abs(own / equity - 1).max()
        reasons = {reason: sum(trade[4] == reason for trade in trades) for reason in {trade[4] for trade in trades}}
        print(f"{name}: {len(trades)} trades {reasons}, last {equity[-1]:.4f}, loop and vectorbt differ by {worst:.1e}")
        assert worst < 1e-12
        found.append({
            "name": name,
            "direction": scenario["direction"],
            "definition": definition(**scenario),
            "equity": [float(f"{value:.15g}") for value in equity],
            "trades": [[*trade[:5]] for trade in trades],
        })  # fmt: skip
    print("vectorbt", vbt.__version__, "pandas", pd.__version__, "numpy", np.__version__)
    document = {"time": MONDAY, "assets": candles, "portfolios": found}
    pathlib.Path(__file__).with_name("slots.json").write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
