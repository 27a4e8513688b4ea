"""Stops, targets and trailing stops of the real binary against vectorbt on doubled candles and against backtesting.py.

    venv/bin/pip install "vectorbt==1.2.*" backtesting==0.6.6 polars pandas
    venv/bin/python tests/oracle/levels.py --binary target/release/backtest --data-dir PATH/TO/CANDLES

vectorbt knows one price a bar for orders and levels alike. So each bar becomes two: (o, o, o, o), at which the orders of
the rules fill, and (o, h, l, c), in which levels are looked at. It fills one order a bar, its stop before a signal: where a
position is to be reversed at an open that is beyond its level, it is closed by the level and the other side never entered,
while here it is reversed (X9 of docs/backtest.md). Nor does it know ruin. Runs that differ from such a trade on are named
as that; any other difference is BAD. backtesting.py watches the entry's bar as we do.

Signals are computed here, from closes alone: no code is shared with the program.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
import polars as pl

FAST, SLOW = 10, 30
ASSETS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "DOGEUSDT", "XRPUSDT"]
EXITS = {
    "stop": {"stop": 0.03},
    "target": {"target": 0.05},
    "stop and target": {"stop": 0.03, "target": 0.06},
    "trailing": {"trailing": 0.05},
    "trailing and target": {"trailing": 0.04, "target": 0.08},
}
STRATEGY = f"""name = "crossings"
[rules]
entry = "crosses_above(sma(close, {FAST}), sma(close, {SLOW}))"
exit = "crosses_below(sma(close, {FAST}), sma(close, {SLOW}))"
"""


def candles(folder, interval, symbol):
    path = next((folder / interval).glob(f"{symbol}.*"))
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    times = {time: bar for bar, time in enumerate(pd.to_datetime(frame["timestamp"].to_numpy(), utc=True))}
    return {name: frame[name].to_numpy().astype(float) for name in ("open", "high", "low", "close")}, times


def crossings(close):
    """Where the averages cross, on sums of whole numbers: a rounded average makes crossings of equal ones."""
    sums = np.concatenate([[0], np.cumsum(np.rint(close * 1e8).astype(np.int64))])
    window = lambda bars: sums[SLOW:] - sums[SLOW - bars : len(sums) - bars]
    above = np.sign(window(FAST) * SLOW - window(SLOW) * FAST)
    up, down = np.zeros(len(close), bool), np.zeros(len(close), bool)
    up[SLOW:] = (above[1:] > 0) & (above[:-1] <= 0)
    down[SLOW:] = (above[1:] < 0) & (above[:-1] >= 0)
    return up, down


def ours(binary, folder, interval, symbol, strategy, direction, exits, fee, slippage):
    options = {"stop": "--stop-loss", "target": "--take-profit", "trailing": "--trailing-stop"}
    flags = [word for name, value in exits.items() for word in (options[name], str(value))]
    command = [binary, "run", "--crypto", symbol, "--interval", interval, "--data-dir", folder, "--strategy", strategy]
    command += ["--direction", direction, "--fee", str(fee), "--slippage", str(slippage), "--trades", "--no-cache"]
    out = subprocess.run([*map(str, command), "--format", "json", *flags], capture_output=True, text=True, check=False)
    if out.returncode:
        sys.exit(out.stderr)
    return json.loads(out.stdout)


def doubled(c, up, down, direction, exits, fee, slippage):
    import vectorbt as vbt
    from vectorbt.portfolio.enums import StopEntryPrice, StopExitPrice

    bars = len(c["close"])
    pair = lambda first, second: np.ravel(np.column_stack([first, second]))
    o = c["open"]
    frame = {"open": pair(o, o), "high": pair(o, c["high"]), "low": pair(o, c["low"]), "close": pair(o, c["close"])}
    later = lambda bits: np.concatenate([[False], bits[:-1]])
    at_open = lambda bits: pair(later(bits), np.zeros(bars, bool))
    none = np.zeros(2 * bars, bool)
    long, short = direction != "short", direction != "long"
    index = pd.date_range("2000-01-01", periods=2 * bars, freq="h")
    series = lambda values: pd.Series(values, index=index)
    stops = {}
    if "trailing" in exits:
        stops |= {"sl_stop": exits["trailing"], "sl_trail": True}
    elif "stop" in exits:
        stops |= {"sl_stop": exits["stop"]}
    if "target" in exits:
        stops |= {"tp_stop": exits["target"]}
    portfolio = vbt.Portfolio.from_signals(
        close=series(frame["close"]), open=series(frame["open"]), high=series(frame["high"]), low=series(frame["low"]),
        entries=series(at_open(up) if long else none), exits=series(at_open(down) if long else none),
        short_entries=series(at_open(down) if short else none), short_exits=series(at_open(up) if short else none),
        price=series(frame["close"]), fees=fee, slippage=slippage, init_cash=10_000.0, freq="1h",
        stop_entry_price=StopEntryPrice.FillPrice, stop_exit_price=StopExitPrice.StopMarket, **stops,
    )  # fmt: skip
    trades = portfolio.trades.closed.values
    rows = [(int(t["entry_idx"]) // 2, int(t["exit_idx"]) // 2, float(t["exit_price"]), float(t["pnl"])) for t in trades]
    return rows, float(portfolio.value().iloc[-1])


def event_driven(c, up, down, stop, target):
    """backtesting.py takes levels with the order, so it is told the next open. It buys whole units: prices are divided."""
    from backtesting import Backtest, Strategy

    index = pd.date_range("2000-01-01", periods=len(c["close"]), freq="h")
    frame = pd.DataFrame({name.title(): values / 1e6 for name, values in c.items()}, index=index)
    opens = c["open"] / 1e6

    class Levels(Strategy):
        def init(self):
            pass

        def next(self):
            bar = len(self.data) - 1
            if self.position:
                if down[bar]:
                    self.position.close()
            elif up[bar] and bar + 1 < len(opens):
                price = opens[bar + 1]
                self.buy(size=1, sl=price * (1 - stop), tp=price * (1 + target))

    trades = Backtest(frame, Levels, cash=1e6).run()["_trades"]
    return [(int(a), int(b), float(p) * 1e6) for a, b, p in zip(trades.EntryBar, trades.ExitBar, trades.ExitPrice)]


def cause(c, trade, bar, exits):
    """Why vectorbt does something else from this trade on, where that is known."""
    if trade["exit_reason"] == "ruin":
        return "ruin, which vectorbt does not know"
    if trade["exit_reason"] != "reverse":
        return None
    side = 1 if trade["side"] == "long" else -1
    entry, at = bar(trade["entry_time"]), bar(trade["exit_time"])
    price, open_ = trade["entry_price"], c["open"][at]
    levels = []
    if "stop" in exits:
        levels.append((-1, price * (1 - side * exits["stop"])))
    if "target" in exits:
        levels.append((1, price * (1 + side * exits["target"])))
    if "trailing" in exits:
        best = [price, open_, *(c["high"] if side > 0 else c["low"])[entry:at]]
        peak = max(best) if side > 0 else min(best)
        levels.append((-1, peak * (1 - side * exits["trailing"])))
    beyond = [level for way, level in levels if way * side * open_ >= way * side * level]
    if not beyond:
        return None
    return f"reversed at the open {open_}, which is beyond the level {beyond[0]:.8g}: vectorbt closes there and enters nothing"


def near(a, b):
    return abs(a - b) <= 1e-8 * max(abs(a), abs(b)) + 1e-9


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--data-dir", type=pathlib.Path, required=True)
    parser.add_argument("--interval", default="1d")
    args = parser.parse_args()
    fee, slippage, bad, known, trades = 0.001, 0.0005, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        strategy = pathlib.Path(folder, "crossings.toml")
        strategy.write_text(STRATEGY)
        for symbol in ASSETS:
            c, times = candles(args.data_dir, args.interval, symbol)
            bar = lambda text: times[pd.Timestamp(text)]
            up, down = crossings(c["close"])
            for direction in ("long", "short", "both"):
                for name, exits in EXITS.items():
                    document = ours(args.binary, args.data_dir, args.interval, symbol, strategy, direction, exits, fee, slippage)
                    mine = [(bar(t["entry_time"]), bar(t["exit_time"]), t["exit_price"], t["pnl"]) for t in document["trades"] if not t["open"]]
                    theirs, equity = doubled(c, up, down, direction, exits, fee, slippage)
                    same = len(mine) == len(theirs) and all(
                        a[:2] == b[:2] and near(a[2], b[2]) and near(a[3], b[3]) for a, b in zip(mine, theirs)
                    ) and near(document["metrics"]["final_equity"], equity)
                    why = None
                    reasons = {t["exit_reason"] for t in document["trades"]}
                    note = ""
                    if not same:
                        at = next((k for k, (a, b) in enumerate(zip(mine, theirs)) if a[:2] != b[:2] or not near(a[2], b[2]) or not near(a[3], b[3])), min(len(mine), len(theirs)))
                        note = f"  from trade {at} of {len(mine)}: ours {mine[at:at + 1]}, theirs {theirs[at:at + 1]}"
                        # The first trade that differs is the one after the cause, or the one that ends in it.
                        closed = [t for t in document["trades"] if not t["open"]]
                        why = next((w for t in closed[max(at - 1, 0) : at + 1] if (w := cause(c, t, bar, exits))), None)
                        note += f"; {why}" if why else ""
                        known += why is not None
                        bad += why is None
                    trades += len(mine)
                    word = "ok   " if same else "known" if why else "BAD  "
                    print(f"{word} {symbol} {direction:5} {name:20} {len(mine):4} trades {sorted(reasons)}{note}")
    print(f"{bad} of {len(ASSETS) * 15} runs differ from vectorbt without a known cause, {known} with one; {trades} trades")
    same = total = 0
    with tempfile.TemporaryDirectory() as folder:
        strategy = pathlib.Path(folder, "crossings.toml")
        strategy.write_text(STRATEGY)
        for symbol in ASSETS:
            c, times = candles(args.data_dir, args.interval, symbol)
            bar = lambda text: times[pd.Timestamp(text)]
            up, down = crossings(c["close"])
            for stop, target in ((0.03, 0.06), (0.1, 0.05)):
                document = ours(args.binary, args.data_dir, args.interval, symbol, strategy, "long", {"stop": stop, "target": target}, 0, 0)
                mine = [(bar(t["entry_time"]), bar(t["exit_time"]), t["exit_price"]) for t in document["trades"] if not t["open"]]
                theirs = event_driven(c, up, down, stop, target)
                same += sum(a[:2] == b[:2] and near(a[2], b[2]) for a, b in zip(mine, theirs))
                total += max(len(mine), len(theirs))
    print(f"backtesting.py: {same} of {total} trades agree")
    sys.exit(bad > 0 or same < total)


main()
