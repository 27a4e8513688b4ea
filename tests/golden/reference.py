"""The account and the metrics in plain Python, one bar after another, in the words of the contract.

It is slow and has no tricks on purpose: it is what the Rust engine is compared with where vectorbt
cannot express a case (ruin), and it is itself compared with vectorbt wherever vectorbt can.

    result = simulate(candles, signals, settings)
    metrics = measure(result, candles, settings, bars_per_year)

`candles`  : dict with lists `open` and `close`.
`signals`  : dict with lists of bools `entry`, `exit`, `short_entry`, `short_exit`; bar i says what the rules say at bar i.
`settings` : dict with `capital`, `fee`, `slippage`, `fill` ("next-open" or "close"), `direction` ("long", "short", "both").
An undefined metric is None.
"""

from math import sqrt

METRICS = [
    "total_return", "final_equity", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "max_drawdown_bars",
    "calmar", "omega", "buy_hold_return", "exposure", "trades", "open_trades", "win_rate", "profit_factor",
    "expectancy", "avg_win", "avg_loss", "avg_trade", "best_trade", "worst_trade", "avg_bars_held", "sqn", "fees_paid",
    "payoff_ratio", "kelly", "recovery_factor", "buy_hold_volatility", "buy_hold_sharpe", "buy_hold_max_drawdown", "beta", "alpha",
    "information_ratio", "tracking_error", "ulcer_index", "skew", "kurtosis", "turnover", "max_wins", "max_losses",
    "value_at_risk", "cond_value_at_risk", "tail_ratio",
]


class Account:
    """Cash and one position. Everything is bought or sold at once, and every fill costs slippage and fee."""

    def __init__(self, settings):
        self.cash = settings["capital"]
        self.units = 0.0  # above zero: long; below: short
        self.fee = settings["fee"]
        self.slippage = settings["slippage"]
        self.fees_paid = 0.0
        self.entry = None  # side, index, price, size, fee of the position held
        self.trades = []

    def buy_price(self, price):
        return price * (1 + self.slippage)

    def sell_price(self, price):
        return price * (1 - self.slippage)

    def open(self, side, index, price):
        if self.cash <= 0:
            return  # a reversal left nothing to open the other side with
        price = self.buy_price(price) if side == "long" else self.sell_price(price)
        size = self.cash / (price * (1 + self.fee))
        fee = self.fee * price * size
        if side == "long":
            self.cash = 0.0  # all of it is spent: rounding leaves neither a crumb nor a debt (vectorbt does the same)
            self.units = size
        else:
            self.cash += price * size - fee
            self.units = -size
        self.fees_paid += fee
        self.entry = (side, index, price, size, fee)

    def close(self, index, price):
        side, entry_index, entry_price, size, entry_fee = self.entry
        price = self.sell_price(price) if side == "long" else self.buy_price(price)
        fee = self.fee * price * size
        self.cash += (price * size if side == "long" else -price * size) - fee
        self.units = 0.0
        self.fees_paid += fee
        self.entry = None
        self.trades.append(trade(side, entry_index, entry_price, index, price, size, entry_fee + fee, False))

    def mark(self, index, price):
        """The open position as a trade that is not closed: at the last close, its entry fee paid, nothing else."""
        side, entry_index, entry_price, size, entry_fee = self.entry
        return trade(side, entry_index, entry_price, index, price, size, entry_fee, True)


def trade(side, entry_index, entry_price, exit_index, exit_price, size, fees, is_open):
    gain = (exit_price - entry_price) * size if side == "long" else (entry_price - exit_price) * size
    pnl = gain - fees
    return {
        "side": side, "entry_index": entry_index, "entry_price": entry_price,
        "exit_index": exit_index, "exit_price": exit_price, "size": size, "fees": fees,
        "pnl": pnl, "return": pnl / (entry_price * size), "bars": exit_index - entry_index, "open": is_open,
    }


def wishes(signals, i, direction):
    """What the rules of bar i ask for, contradictions removed: (entry, exit, short_entry, short_exit)."""
    entry, exit_ = signals["entry"][i], signals["exit"][i]
    short_entry, short_exit = signals["short_entry"][i], signals["short_exit"][i]
    if direction == "long":
        short_entry = short_exit = False
    if direction == "short":
        entry = exit_ = False
    if entry and exit_:  # both true on one bar: neither acts
        entry = exit_ = False
    if short_entry and short_exit:
        short_entry = short_exit = False
    if entry and short_entry:  # both sides at once: neither acts (vectorbt's default, too)
        entry = short_entry = False
    return entry, exit_, short_entry, short_exit


def simulate(candles, signals, settings):
    """Equity after every bar, whether a position was held at its close, all trades, ruined."""
    open_, close = candles["open"], candles["close"]
    at_close = settings["fill"] == "close"
    account = Account(settings)
    equity, held, ruined = [], [], False

    for i in range(len(close)):
        asked = i if at_close else i - 1
        price = close[i] if at_close else open_[i]
        if asked >= 0 and not ruined:
            entry, exit_, short_entry, short_exit = wishes(signals, asked, settings["direction"])
            if account.units > 0:
                if short_entry:  # close and reverse at the same fill
                    account.close(i, price)
                    account.open("short", i, price)
                elif exit_:
                    account.close(i, price)
            elif account.units < 0:
                if entry:
                    account.close(i, price)
                    account.open("long", i, price)
                elif short_exit:
                    account.close(i, price)
            elif entry:
                account.open("long", i, price)
            elif short_entry:
                account.open("short", i, price)

        if not ruined and account.cash + account.units * close[i] <= 0:
            ruined = True
            if account.units != 0:
                account.close(i, close[i])

        equity.append(account.cash + account.units * close[i])
        held.append(account.units != 0)

    trades = list(account.trades)
    if account.entry is not None:
        trades.append(account.mark(len(close) - 1, close[-1]))
    return {"equity": equity, "held": held, "trades": trades, "ruined": ruined, "fees_paid": account.fees_paid}


def mean(values):
    return sum(values) / len(values) if values else None


def std(values):
    if len(values) < 2:
        return None
    middle = mean(values)
    return sqrt(sum((x - middle) ** 2 for x in values) / (len(values) - 1))


def ratio(a, b):
    """a / b; undefined where either is, or where b is 0."""
    return None if a is None or b is None or b == 0 else a / b


def bar_returns(equity, capital):
    returns, before = [], capital
    for now in equity:
        returns.append(0.0 if now == before else now / before - 1)  # 0/0 of an account that ended at exactly 0 is no move
        before = now
    return returns


def annual_growth(total_return, exponent):
    power = (1 + total_return) ** exponent
    return None if isinstance(power, complex) else power - 1  # a negative equity has a real power only where A/N is whole


def percentile(values, percent):
    """Interpolated between the two values beside its place."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    at = int(place)
    above = ordered[min(at + 1, len(ordered) - 1)]
    return ordered[at] + (above - ordered[at]) * (place - at)


def longest_run(flags):
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


def worst_fall(values):
    peak, worst = values[0], 0.0
    for value in values:
        peak = max(peak, value)
        worst = min(worst, value / peak - 1)
    return worst


def moment(values, power):
    middle = mean(values)
    return mean([(x - middle) ** power for x in values])


def compounded(base, exponent):
    """base ** exponent - 1; None where it is not a number that a double can hold."""
    try:
        power = base**exponent
    except OverflowError:
        return None
    return None if isinstance(power, complex) else power - 1


def history(equity, r, close, trades, a, risk_free, benchmark):
    """The metrics that need every bar. `risk_free` is a rate per bar, `benchmark` the returns of the benchmark, NaN in bars
    that it does not have: those take no part in what compares the two."""
    n = len(r)
    years = n / a
    own = [0.0] + [now / before - 1 for before, now in zip(close, close[1:])]
    hold = std(own)
    pairs = [(x, y) for x, y in zip(r, benchmark) if y == y]
    paired, benchmark = [x for x, _ in pairs], [y for _, y in pairs]
    active = [x - y for x, y in pairs]
    # What differs by the rounding of a division alone does not differ.
    active = [x if abs(x) > 8 * 2.0**-52 * (1 + abs(y)) else 0.0 for x, y in zip(active, benchmark)]
    spread = std(active)
    middle = mean(benchmark)
    variance = mean([(y - middle) ** 2 for y in benchmark])
    beta = None if n < 2 or variance < 1e-30 else mean([(y - middle) * x for x, y in pairs]) / variance
    alpha = None if beta is None else compounded(1 + mean(paired) - risk_free - beta * (middle - risk_free), a)
    second = moment(r, 2)
    falls, peak = [], equity[0]
    for value in equity:
        peak = max(peak, value)
        falls.append(value / peak - 1)
    closed = [t for t in trades if not t["open"]]
    value = sum(t["size"] * (t["entry_price"] + (0 if t["open"] else t["exit_price"])) for t in trades)
    low, high = percentile(r, 5), percentile(r, 95)
    skewed = n > 2 and second > 1e-30
    tailed = n > 3 and second > 1e-30
    return {
        "buy_hold_volatility": None if n < 2 else hold * sqrt(a),
        "buy_hold_sharpe": None if n < 2 or hold == 0 else (mean(own) - risk_free) / hold * sqrt(a),
        "buy_hold_max_drawdown": worst_fall(close),
        "beta": beta,
        "alpha": alpha,
        "information_ratio": ratio(mean(active), spread),
        "tracking_error": None if n < 2 else spread * sqrt(a),
        "ulcer_index": sqrt(mean([x * x for x in falls])),
        "skew": sqrt(n * (n - 1)) / (n - 2) * moment(r, 3) / second**1.5 if skewed else None,
        "kurtosis": (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * moment(r, 4) / second**2 - 3 * (n - 1)) if tailed else None,
        "turnover": value / 2 / mean(equity) / years if mean(equity) > 0 else None,
        "max_wins": longest_run([t["pnl"] > 0 for t in closed]),
        "max_losses": longest_run([t["pnl"] < 0 for t in closed]),
        "value_at_risk": low,
        "cond_value_at_risk": mean(sorted(r)[: (n - 1) * 5 // 100 + 1]),
        "tail_ratio": ratio(abs(high), abs(low)),
    }


def measure(result, candles, settings, bars_per_year, risk_free=0.0, benchmark=None):
    """Every metric of the contract's table, in its order. `risk_free` is a rate per bar; `benchmark` holds the returns that
    the account is measured against, those of the asset itself where there is none."""
    equity, close, capital = result["equity"], candles["close"], settings["capital"]
    n, a = len(equity), bars_per_year
    r = bar_returns(equity, capital)

    peak, worst, run, longest = equity[0], 0.0, 0, 0
    for e in equity:
        peak = max(peak, e)
        worst = min(worst, e / peak - 1)
        run = run + 1 if e < peak else 0
        longest = max(longest, run)

    total_return = equity[-1] / capital - 1
    cagr = annual_growth(total_return, a / n)
    r_free = [x - risk_free for x in r]
    downside = sqrt(mean([min(x, 0.0) ** 2 for x in r_free])) * sqrt(a)
    sharpe = ratio(mean(r_free), std(r_free))

    closed = [t for t in result["trades"] if not t["open"]]
    pnl = [t["pnl"] for t in closed]
    ret = [t["return"] for t in closed]
    wins, losses = [x for x in pnl if x > 0], [x for x in pnl if x < 0]
    sqn = ratio(mean(pnl), std(pnl))

    metrics = {
        "total_return": total_return,
        "final_equity": equity[-1],
        "cagr": cagr,
        "volatility": None if n < 2 else std(r) * sqrt(a),
        "sharpe": None if sharpe is None else sharpe * sqrt(a),
        "sortino": None if n < 2 else ratio(mean(r_free) * a, downside),
        "max_drawdown": worst,
        "max_drawdown_bars": longest,
        "calmar": ratio(cagr, abs(worst)),
        "omega": ratio(sum(max(x, 0.0) for x in r_free), sum(max(-x, 0.0) for x in r_free)),
        "buy_hold_return": close[-1] / close[0] - 1,
        "exposure": sum(result["held"]) / n,
        "trades": len(closed),
        "open_trades": len(result["trades"]) - len(closed),
        "win_rate": ratio(len(wins), len(closed)),
        "profit_factor": ratio(sum(wins), abs(sum(losses))),
        "expectancy": mean(pnl),
        "avg_win": mean([x for x in ret if x > 0]),
        "avg_loss": mean([x for x in ret if x < 0]),
        "avg_trade": mean(ret),
        "best_trade": max(ret, default=None),
        "worst_trade": min(ret, default=None),
        "avg_bars_held": mean([t["bars"] for t in closed]),
        "sqn": None if sqn is None else sqn * sqrt(len(closed)),
        "fees_paid": result["fees_paid"],
    }
    payoff = ratio(mean(wins), -mean(losses)) if wins and losses else None
    metrics |= {
        "payoff_ratio": payoff,
        "kelly": None if payoff is None else metrics["win_rate"] - (1 - metrics["win_rate"]) / payoff,
        "recovery_factor": ratio(total_return, abs(worst)),
    }
    if benchmark is None:
        benchmark = [0.0] + [now / before - 1 for before, now in zip(close, close[1:])]
    metrics |= history(equity, r, close, result["trades"], a, risk_free, benchmark)
    assert list(metrics) == METRICS
    return metrics
