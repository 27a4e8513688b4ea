"""The other backtesters, each behind `warm`, `run` (seconds) and `figures` (a row for each combination)."""

import importlib.metadata
import os
import time

import numpy as np

FEE = 0.001
CHUNKS = (4, 8, 16, 32, 64)


def versions():
    names = ("vectorbt", "vectorbt-rust", "numba", "numpy", "raptorbt", "phasor-trader")
    return ", ".join(f"{name} {version(name)}" for name in names)


def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def all_peers(frame, pairs, interval, capital, levels):
    found = []
    if version("vectorbt") != "absent":
        kinds = [("rust", [len(pairs)]), ("rust", CHUNKS), ("numba", CHUNKS)]
        found += [Vectorbt(engine, chunks, frame, pairs, interval, capital, levels) for engine, chunks in kinds]
    if version("raptorbt") != "absent":
        found.append(Raptorbt(frame, pairs, interval, capital, levels))
    if version("phasor-trader") != "absent":
        found += [Phasor(whole, frame, pairs, interval, capital, levels) for whole in (False, True)]
    return found


def exact_mean(close, window):
    """Whole prices have exact sums."""
    sums = np.concatenate([[0], np.cumsum(close.astype(np.int64))])
    means = np.full(len(close), np.nan)
    means[window - 1 :] = (sums[window:] - sums[:-window]) / window
    return means


def crossings(fast, slow):
    """Where the fast average is above after it was not, and below after it was not; nowhere while one is undefined."""
    entries, exits = np.zeros(fast.shape, dtype=bool), np.zeros(fast.shape, dtype=bool)
    entries[1:] = (fast[1:] > slow[1:]) & (fast[:-1] <= slow[:-1])
    exits[1:] = (fast[1:] < slow[1:]) & (fast[:-1] >= slow[:-1])
    return entries, exits


class Vectorbt:
    """Averages, crossings, portfolio and figures by arrays, in chunks of the columns, the fastest of `chunks`."""

    def __init__(self, engine, chunks, frame, pairs, interval, capital, levels):
        how = "best chunks" if len(chunks) > 1 else "one call"
        self.name, self.engine, self.chunks = f"vectorbt, {engine} engine, {how}", engine, chunks
        self.levels = {}
        if levels:
            self.levels = {"sl_stop": levels[0], "tp_stop": levels[1], **{name: frame[name] for name in ("open", "high", "low")}}
        self.close, self.pairs, self.freq = frame["close"], pairs, {"1h": "1h", "1m": "1min"}[interval]
        self.capital, self.chunk = capital, None

    def warm(self):
        import vectorbt as vbt

        vbt.settings["engine"] = self.engine
        self.go(self.chunks[0])
        self.chunk = min(self.chunks, key=self.go)

    def run(self):
        return self.go(self.chunk)

    def figures(self):
        return self.found

    def said(self):
        return f" ({self.chunk} combinations)"

    def go(self, chunk):
        import vectorbt as vbt

        vbt.settings["engine"] = self.engine
        begun = time.perf_counter()
        rows = [self.part(vbt, self.pairs[at : at + chunk]) for at in range(0, len(self.pairs), chunk)]
        self.found = np.concatenate(rows)
        return time.perf_counter() - begun

    def part(self, vbt, pairs):
        fast = vbt.MA.run(self.close, [fast for fast, _ in pairs], short_name="fast")
        slow = vbt.MA.run(self.close, [slow for _, slow in pairs], short_name="slow")
        entries, exits = crossings(fast.ma.to_numpy(), slow.ma.to_numpy())
        portfolio = vbt.Portfolio.from_signals(self.close, entries, exits, fees=FEE, init_cash=self.capital, freq=self.freq, **self.levels)
        figures = (portfolio.total_return(), portfolio.sharpe_ratio(), portfolio.max_drawdown(), portfolio.trades.closed.count())
        return np.column_stack([figure.to_numpy() for figure in figures])


class Raptorbt:
    """`batch_single_backtest`, on all cores, with signals made before its clock starts."""

    CHUNK = 64

    def __init__(self, frame, pairs, interval, capital, levels):
        import raptorbt

        self.name, self.pairs, self.raptorbt = "RaptorBT", pairs, raptorbt
        columns = [np.ascontiguousarray(frame[name]) for name in ("open", "high", "low", "close", "volume")]
        # No name for nanoseconds in a DatetimeIndex of another unit: they are asked for.
        self.data = [frame.index.as_unit("ns").asi8, *columns]
        self.close = columns[3]
        per_year = {"1h": 365 * 24, "1m": 365 * 24 * 60}[interval]
        self.config = raptorbt.BacktestConfig(
            initial_capital=capital, fees=FEE, slippage=0.0, fill_timing="same_bar_close", periods_per_year=per_year,
            risk_free_rate=0.0,
        )
        if levels:
            self.config.set_fixed_stop(levels[0])
            self.config.set_fixed_target(levels[1])

    def warm(self):
        self.run()

    def run(self):
        spent, rows = 0.0, []
        for at in range(0, len(self.pairs), self.CHUNK):
            items = [self.item(*pair) for pair in self.pairs[at : at + self.CHUNK]]
            begun = time.perf_counter()
            results = self.raptorbt.batch_single_backtest(*self.data, items, self.config)
            spent += time.perf_counter() - begun
            rows += [self.row(result.metrics) for _, result in results]
        self.found = np.array(rows)
        return spent

    def item(self, fast, slow):
        return self.raptorbt.BatchSingleItem("", *crossings(exact_mean(self.close, fast), exact_mean(self.close, slow)))

    def row(self, metrics):
        return metrics.total_return_pct / 100, metrics.sharpe_ratio, -abs(metrics.max_drawdown_pct) / 100, metrics.total_closed_trades

    def figures(self):
        return self.found

    def said(self):
        return ", all cores, without the time for signals"


class Phasor:
    """`from_signals` on all cores, its engine alone or with the figures too, with signals made before its clock starts."""

    CHUNK = 64

    def __init__(self, whole, frame, pairs, interval, capital, levels):
        import phasor

        self.name = "phasor-trader, with the figures" if whole else "phasor-trader, its engine alone"
        self.whole, self.pairs, self.phasor = whole, pairs, phasor
        self.columns = {name: np.ascontiguousarray(frame[name]).reshape(-1, 1) for name in ("open", "high", "low", "close")}
        self.settings = {
            "init_cash": capital, "fees": FEE, "size": 1.0, "size_type": "percent",
            "ann_factor": {"1h": 365.0 * 24, "1m": 365.0 * 24 * 60}[interval], "threads": os.cpu_count(),
        }
        if levels:
            self.settings |= {"sl_stop": levels[0], "tp_stop": levels[1]}

    def warm(self):
        self.run()

    def run(self):
        spent, rows = 0.0, []
        close = self.columns["close"][:, 0]
        prices = {name: self.columns[name] for name in ("open", "high", "low")}
        for at in range(0, len(self.pairs), self.CHUNK):
            pairs = self.pairs[at : at + self.CHUNK]
            both = [crossings(exact_mean(close, fast), exact_mean(close, slow)) for fast, slow in pairs]
            entries, exits = (np.asfortranarray(np.column_stack(side)) for side in zip(*both))
            begun = time.perf_counter()
            portfolio = self.phasor.from_signals(
                self.columns["close"], entries, exits, column_map=np.zeros(len(pairs), dtype=np.int64), **prices, **self.settings
            )
            if self.whole:
                figures = portfolio.total_return(), portfolio.sharpe_ratio(), portfolio.max_drawdown()
                spent += time.perf_counter() - begun
            else:
                spent += time.perf_counter() - begun
                figures = portfolio.total_return(), portfolio.sharpe_ratio(), portfolio.max_drawdown()
            trades = portfolio.trades()
            closed = np.bincount(trades["col"][trades["status"] == 1], minlength=len(pairs))
            rows.append(np.column_stack([figures[0], figures[1], -np.abs(figures[2]), closed]))
        self.found = np.concatenate(rows)
        return spent

    def figures(self):
        return self.found

    def said(self):
        return ", all cores, without the time for signals"
