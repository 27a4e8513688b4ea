"""The same account and metrics by vectorbt 1.2, behind the same shapes as `reference.py`.

    metrics, trades = evaluate(candles, signals, settings, freq)

`freq` is a pandas offset as text ("1D", "1h"). Ruin is the only case that vectorbt cannot express: it keeps a short
position open with a negative equity for as long as no rule closes it.
"""

import math
import warnings

import numpy as np
import pandas as pd
import vectorbt as vbt
from scipy import stats

from reference import wishes

warnings.filterwarnings("ignore", category=RuntimeWarning, module="vectorbt")  # its 0/0 where there are no trades

# By vectorbt's own method, or by numpy from vectorbt's records where it has no method of that name.
SOURCE = {
    "total_return": "vectorbt: total_return()",
    "final_equity": "vectorbt: final_value()",
    "cagr": "vectorbt: annualized_return()",
    "volatility": "vectorbt: annualized_volatility()",
    "sharpe": "vectorbt: sharpe_ratio()",
    "sortino": "vectorbt: sortino_ratio()",
    "max_drawdown": "vectorbt: max_drawdown()",
    "max_drawdown_bars": "vectorbt: drawdowns.duration, its maximum",
    "calmar": "vectorbt: calmar_ratio()",
    "omega": "vectorbt: omega_ratio()",
    "buy_hold_return": "vectorbt: total_benchmark_return()",
    "exposure": "vectorbt: position_coverage()",
    "trades": "vectorbt: trades.closed.count()",
    "open_trades": "vectorbt: trades.open.count()",
    "win_rate": "vectorbt: trades.closed.win_rate()",
    "profit_factor": "vectorbt: trades.closed.profit_factor()",
    "expectancy": "vectorbt: trades.closed.expectancy()",
    "avg_win": "vectorbt: trades.closed.winning.returns.mean()",
    "avg_loss": "vectorbt: trades.closed.losing.returns.mean()",
    "avg_trade": "vectorbt: trades.closed.returns.mean()",
    "best_trade": "vectorbt: trades.closed.returns.max()",
    "worst_trade": "vectorbt: trades.closed.returns.min()",
    "avg_bars_held": "numpy: mean(exit_idx - entry_idx) of vectorbt's closed trade records",
    "sqn": "vectorbt: trades.closed.sqn()",
    "fees_paid": "vectorbt: orders.fees.sum()",
    "payoff_ratio": "numpy: mean(pnl > 0) / -mean(pnl < 0) of vectorbt's closed trades",
    "kelly": "backtesting.py's formula, on vectorbt's closed trades: win_rate - (1 - win_rate) / payoff_ratio",
    "recovery_factor": "vectorbt: total_return() / abs(max_drawdown())",
    "buy_hold_volatility": "vectorbt: benchmark_returns() through its returns accessor, annualized_volatility()",
    "buy_hold_sharpe": "vectorbt: benchmark_returns() through its returns accessor, sharpe_ratio()",
    "buy_hold_max_drawdown": "vectorbt: benchmark_returns() through its returns accessor, max_drawdown()",
    "beta": "vectorbt: beta()",
    "alpha": "vectorbt: alpha()",
    "information_ratio": "vectorbt: information_ratio()",
    "tracking_error": "numpy: std(returns - benchmark_returns, ddof 1) * sqrt(A) of vectorbt's returns",
    "ulcer_index": "vectorbt: returns accessor, ulcer_index()",
    "skew": "scipy: skew(returns, bias=False) of vectorbt's returns (pandas' skew, which vectorbt's stats show)",
    "kurtosis": "scipy: kurtosis(returns, bias=False) of vectorbt's returns (pandas' kurt, which vectorbt's stats show)",
    "turnover": "numpy: sum(size * price) of vectorbt's orders / 2 / mean(value()) / years",
    "max_wins": "vectorbt: trades.closed.winning_streak, its maximum",
    "max_losses": "vectorbt: trades.closed.losing_streak, its maximum",
    "value_at_risk": "vectorbt: value_at_risk()",
    "cond_value_at_risk": "vectorbt: cond_value_at_risk()",
    "tail_ratio": "vectorbt: tail_ratio()",
}

NOTES = [
    "short size: vectorbt's size=inf on a short entry becomes 100 percent of the free cash, free_cash/(sell_price*(1+fee)), sell_price = "
    "price*(1-slippage). That is the contract's formula with `price` the FILL price, slippage included. No explicit size is needed.",
    "reversal: vectorbt reverses with one order (its default upon_opposite_entry='ReverseReduce'). Its new size is the equity left after the closing fee, over "
    "price*(1+fee): algebraically the contract's close-then-open. It splits the order's fee over the two trades by size, which equals a fee on each fill.",
    "conflicts: vectorbt's defaults (upon_long_conflict, upon_short_conflict, upon_dir_conflict = Ignore) let neither act: entry with exit, short_entry "
    "with short_exit, and entry with short_entry on one bar. The contract is silent on the last (direction both); the reference follows vectorbt. "
    "Order: the pairs of one side are cleared first, then entry against short_entry; a surviving exit still acts.",
    "a derived short side (short_entry = exit, short_exit = entry) with direction both: a long position with its exit true reverses to short, "
    "so after the first trade there is always a position.",
    "year: annualisation needs vbt.settings.returns['year_freq'] = '365 days' (1.2's default; set here anyway), so A = 365 days/freq, from `freq` and not from timestamps.",
    "cagr: prod(1+r)^(A/N) - 1, equal to (1+total_return)^(A/N) - 1 but for rounding, as r[0] is measured from init_cash. N counts bars, not steps.",
    "max_drawdown, drawdowns: the peak starts at E[0], not at the capital; the loss on bar 0 (a fee, with fill close) is no drawdown. Same as the contract.",
    "max_drawdown_bars: a recovered drawdown lasts end - start, an active one end - start + 1 (start = first bar below the peak): both are the number of bars "
    "below the peak, as in the contract. The comparison is strict with no tolerance, so a bar that is at the peak but for one rounding error counts: with fee 0 "
    "and slippage 0, cash/price*price may differ from cash by one ulp (vectorbt, too, sets the cash to 0 after a full buy). On a flat series such an ulp even gives a sharpe. Such cases are found by scaling all prices and kept out of the fixtures.",
    "sharpe, sortino, omega, profit_factor: +inf in vectorbt for a divisor of 0 (also for 0/0 where all returns are 0: sharpe is +inf on a flat account), "
    "null here. calmar with no drawdown is NaN, win_rate, expectancy and means of no trades are NaN: null here.",
    "volatility, sharpe and sortino: NaN in vectorbt for fewer than 2 bars. By the contract's formula sortino of one losing bar would be -sqrt(A): null here, as in vectorbt.",
    "omega: vectorbt's threshold is (1+0)^(1/A) - 1 = 0: same as the contract.",
    "expectancy: vectorbt computes win_rate*avg_win - loss_rate*abs(avg_loss); 1.2 leaves break-even trades out of the loss rate, so it is the mean pnl.",
    "trades: vectorbt's trade methods include the open trade unless taken from trades.closed; closed ones are used, as in the contract. "
    "Its open trade has exit_price = last close (no slippage), exit_fees 0, pnl net of the entry fee: same as here.",
    "trade duration: vectorbt counts an OPEN trade's last bar too (exit - entry + 1) and a closed one's not (exit - entry). Here `bars` = exit_index - entry_index for both.",
    "sqn: std has ddof 1; under 2 closed trades NaN; equal pnls give inf: null here.",
    "trade pnl: vectorbt treats prices within about 1e-9 relative (its add_nb) as equal, so such a trade's gain is exactly 0 before fees. No fixture has one but exact ties.",
    "ruin: vectorbt has none; a short with negative equity lives on, and it can buy back only as much as its cash pays for. Those fixtures come from reference.py alone. There: checked at each close after "
    "the fills; the position is closed at that close with slippage and fee; E of that bar is the cash after that closing, and stays; later returns are 0; "
    "the bar does not count as exposure. A fill that leaves cash <= 0 (a gap) opens nothing, and the account is ruined at that bar's close. "
    "cagr of a negative final equity is undefined (null), and calmar with it, unless A/N happens to be a whole number (IEEE pow then is finite, "
    "close to -1); of an equity of exactly 0 it is -1.",
]


def frequency(freq):
    return pd.Timedelta(1, unit="D") if freq == "1D" else pd.Timedelta(freq)


def bars_per_year(freq):
    return pd.Timedelta("365 days") / frequency(freq)


def portfolio(candles, signals, settings, freq):
    """vectorbt's portfolio, fed with what reference.py acts on."""
    vbt.settings.returns["year_freq"] = "365 days"
    n = len(candles["close"])
    index = pd.date_range("2020-01-01", periods=n, freq=frequency(freq))
    acts = np.array([wishes(signals, i, settings["direction"]) for i in range(n)], dtype=bool).reshape(n, 4)
    price = candles["close"]
    if settings["fill"] == "next-open":
        acts = np.vstack([np.zeros((1, 4), dtype=bool), acts[:-1]])
        price = candles["open"]
    long_entry, long_exit, short_entry, short_exit = (pd.Series(acts[:, k], index=index) for k in range(4))
    return vbt.Portfolio.from_signals(
        close=pd.Series(candles["close"], index=index, dtype=float),
        entries=long_entry, exits=long_exit, short_entries=short_entry, short_exits=short_exit,
        price=pd.Series(price, index=index, dtype=float),
        fees=settings["fee"], slippage=settings["slippage"], init_cash=float(settings["capital"]), freq=frequency(freq),
    )  # fmt: skip


def clean(value):
    value = float(value)
    return value if math.isfinite(value) else None


def history(pf, closed, metrics, freq, risk_free, benchmark):
    """The metrics that came later; `benchmark` holds returns, those of the asset itself where there is none."""
    a = bars_per_year(freq)
    returns = pf.returns()
    market = pf.benchmark_returns() if benchmark is None else pd.Series(benchmark, index=returns.index)
    own = pf.benchmark_returns().vbt.returns(freq=frequency(freq))
    accessor = returns.vbt.returns(freq=frequency(freq), benchmark_rets=market)
    pnl = closed.pnl.values
    wins, losses = pnl[pnl > 0], pnl[pnl < 0]
    payoff = wins.mean() / -losses.mean() if len(wins) and len(losses) else math.nan
    win_rate = (pnl > 0).mean() if len(pnl) else math.nan
    fall = abs(pf.max_drawdown())
    orders = pf.orders.values
    value = float((orders["size"] * orders["price"]).sum())
    moves = returns.values.std() > 1e-15

    def streak(values):
        return int(values.max()) if len(values) else 0

    return {
        "payoff_ratio": clean(payoff),
        "kelly": clean(win_rate - (1 - win_rate) / payoff),
        "recovery_factor": clean(pf.total_return() / fall) if fall > 0 else None,
        "buy_hold_volatility": clean(own.annualized_volatility()),
        "buy_hold_sharpe": clean(own.sharpe_ratio(risk_free=risk_free)),
        "buy_hold_max_drawdown": clean(own.max_drawdown()),
        "beta": clean(accessor.beta()),
        "alpha": clean(accessor.alpha(risk_free=risk_free)),
        "information_ratio": clean(accessor.information_ratio()),
        "tracking_error": clean((returns - market).std(ddof=1) * math.sqrt(a)),
        "ulcer_index": clean(accessor.ulcer_index()),
        "skew": clean(stats.skew(returns.values, bias=False)) if len(returns) > 2 and moves else None,
        "kurtosis": clean(stats.kurtosis(returns.values, bias=False)) if len(returns) > 3 and moves else None,
        "turnover": clean(value / 2 / pf.value().mean() / (len(returns) / a)),
        "max_wins": streak(closed.winning_streak.values),
        "max_losses": streak(closed.losing_streak.values),
        "value_at_risk": clean(accessor.value_at_risk()),
        "cond_value_at_risk": clean(accessor.cond_value_at_risk()),
        "tail_ratio": clean(accessor.tail_ratio()),
    }


def evaluate(candles, signals, settings, freq, risk_free=0.0, benchmark=None):
    """Metrics in the contract's order and the list of trades, both from vectorbt. `risk_free` is a rate per bar."""
    pf = portfolio(candles, signals, settings, freq)
    closed = pf.trades.closed
    durations = pf.drawdowns.duration.values
    held = closed.values["exit_idx"] - closed.values["entry_idx"]
    metrics = {
        "total_return": clean(pf.total_return()),
        "final_equity": clean(pf.final_value()),
        "cagr": clean(pf.annualized_return()),
        "volatility": clean(pf.annualized_volatility()),
        "sharpe": clean(pf.sharpe_ratio(risk_free=risk_free)),
        "sortino": clean(pf.sortino_ratio(required_return=risk_free)),
        "max_drawdown": clean(pf.max_drawdown()),
        "max_drawdown_bars": int(durations.max()) if len(durations) else 0,
        "calmar": clean(pf.calmar_ratio()),
        "omega": clean(pf.omega_ratio(risk_free=risk_free)),
        "buy_hold_return": clean(pf.total_benchmark_return()),
        "exposure": clean(pf.position_coverage()),
        "trades": int(closed.count()),
        "open_trades": int(pf.trades.open.count()),
        "win_rate": clean(closed.win_rate()),
        "profit_factor": clean(closed.profit_factor()),
        "expectancy": clean(closed.expectancy()),
        "avg_win": clean(closed.winning.returns.mean()),
        "avg_loss": clean(closed.losing.returns.mean()),
        "avg_trade": clean(closed.returns.mean()),
        "best_trade": clean(closed.returns.max()),
        "worst_trade": clean(closed.returns.min()),
        "avg_bars_held": float(held.mean()) if len(held) else None,
        "sqn": clean(closed.sqn()),
        "fees_paid": float(np.nan_to_num(pf.orders.fees.sum())),
    }
    metrics |= history(pf, closed, metrics, freq, risk_free, benchmark)
    assert list(metrics) == list(SOURCE)
    trades = [
        {
            "side": "long" if t["direction"] == 0 else "short",
            "entry_index": int(t["entry_idx"]), "entry_price": float(t["entry_price"]),
            "exit_index": int(t["exit_idx"]), "exit_price": float(t["exit_price"]),
            "size": float(t["size"]), "fees": float(t["entry_fees"] + t["exit_fees"]),
            "pnl": float(t["pnl"]), "return": float(t["return"]),
            "bars": int(t["exit_idx"] - t["entry_idx"]), "open": bool(t["status"] == 0),
        }
        for t in pf.trades.values
    ]  # fmt: skip
    return metrics, trades


def deviation(a, b):
    """0 where a and b agree; else how far apart, as a multiple of what is allowed (1e-9 relative, 1e-12 absolute)."""
    if a is None or b is None or isinstance(a, (str, bool)) or isinstance(b, (str, bool)):
        return 0.0 if a == b else math.inf
    if not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(a - b) / max(1e-9 * max(abs(a), abs(b)), 1e-12)


def differences(got, want):
    """(name, got, want, deviation) of each field of two (metrics, trades) pairs, worst first."""
    found = [(k, got[0].get(k), want[0][k], deviation(got[0].get(k), want[0][k])) for k in want[0]]
    if len(got[1]) != len(want[1]):
        found.append(("number of trades", len(got[1]), len(want[1]), math.inf))
    for i, (a, b) in enumerate(zip(got[1], want[1])):
        found += [(f"trade {i} {k}", a.get(k), b[k], deviation(a.get(k), b[k])) for k in b]
    return sorted(found, key=lambda row: -row[3])


def fragile(candles, signals, settings, freq, simulate, measure):
    """Metrics that a rounding error decides: those that move when all prices are scaled, which should change nothing."""
    def metrics(factor):
        scaled = {k: [x * factor for x in candles[k]] for k in ("open", "close")}
        return measure(simulate(scaled, signals, settings), scaled, settings, bars_per_year(freq))

    base = metrics(1.0)
    return sorted({k for f in (3.7, 0.123, 1 / 3, 7.7e3) for k, v in metrics(f).items() if deviation(v, base[k]) > 1})
