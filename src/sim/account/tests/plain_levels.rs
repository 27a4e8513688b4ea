//! The account with levels once more, as the rules of docs/backtest.md are written: one bar after another, nothing
//! shared, nothing skipped, prices as they are on both sides.

use super::level_account::{Case, YEAR, paid, rate};
use crate::account::{Direction, Distance, EntryOrder, ExitReason, Fill, SizeRule};

/// Entry bar, exit bar, side, prices, size, profit and reason.
pub(super) type PlainTrade = (usize, usize, f64, f64, f64, f64, f64, ExitReason);

/// What the plain account did.
#[derive(Default)]
pub(super) struct Plain {
    pub(super) trades: Vec<PlainTrade>,
    pub(super) equity: Vec<f64>,
    /// Entries that rested and were not filled.
    pub(super) unfilled: u64,
}

struct Position {
    side: f64,
    units: f64,
    price: f64,
    fee: f64,
    bar: usize,
    stop: Option<f64>,
    stop_is_break_even: bool,
    distances: [f64; 3],
    peak: f64,
    trails: bool,
    charged: f64,
    liquidation: Option<f64>,
}

/// An entry that waits for its price.
struct Waiting {
    side: f64,
    level: f64,
    at_signal: f64,
    /// The bars in which it rests.
    from: usize,
    to: usize,
}

/// Moments of a bar.
enum Moment {
    Orders,
    /// Open, high, low.
    Prices(f64, f64, f64),
}

#[derive(Default)]
struct Book {
    cash: f64,
    held: Option<Position>,
    waiting: Option<Waiting>,
    done: Plain,
}

impl Book {
    fn leave(&mut self, case: &Case, bar: usize, price: f64, reason: ExitReason) {
        let position = self.held.take().unwrap();
        let units = position.side * position.units;
        let mut note = |price: f64, pnl: f64| {
            let Position { bar: entry, side, price: paid, units, .. } = position;
            self.done.trades.push((entry, bar, side, paid, price, units, pnl, reason));
        };
        if reason == ExitReason::Liquidation {
            let margin = position.units * position.price / case.plan.leverage.limit.unwrap();
            note(price, -margin - position.fee - position.charged);
            self.cash = self.cash + units * position.price - margin;
            if self.cash.abs() <= 1e-12 * position.units * position.price {
                self.cash = 0.0; // a crumb of rounding, where the margin was all there was
            }
            return;
        }
        let price = price * (1.0 - position.side * case.settings.slippage);
        let fee = case.settings.fee * price * position.units;
        note(price, units * (price - position.price) - position.fee - fee - position.charged);
        self.cash = self.cash + units * price - fee;
    }

    /// An entry at a price without slippage.
    fn enter(&mut self, market: &Case, bar: usize, side: f64, price: f64, at_signal: f64) {
        let Case { settings, plan, .. } = market;
        let wants = [plan.stop, plan.target, plan.trailing];
        if self.cash <= 0.0
            || wants.iter().any(|want| *want == Distance::Series && (at_signal.is_nan() || at_signal <= 0.0))
        {
            return;
        }
        let is_limit = plan.entry.is_some_and(|order| order.is_limit);
        let p = if is_limit { price } else { price * (1.0 + side * settings.slippage) };
        let rate = if is_limit { settings.maker_fee.unwrap_or(settings.fee) } else { settings.fee };
        let stop = match plan.stop {
            Distance::None => None,
            Distance::Fraction(s) => Some(p * (1.0 - side * s)),
            Distance::Price(d) => Some(p - side * d),
            Distance::Series => Some(p - side * at_signal),
        };
        let limit = plan.leverage.limit;
        let (most, cash) = (limit.unwrap_or(1.0), self.cash);
        let wanted = match plan.sizing.rule {
            SizeRule::All => cash / (p * (1.0 + rate)),
            SizeRule::Fraction(q) => q * cash / (p * (1.0 + rate)),
            SizeRule::Cash(c) => c.min(cash) / (p * (1.0 + rate)),
            SizeRule::Units(u) => u,
            SizeRule::Risk(k) => stop.map_or(0.0, |stop| k * cash / (side * (p - stop))),
            SizeRule::Volatility(v) => v / (at_signal * YEAR.sqrt()) * cash / (p * (1.0 + rate)),
        };
        let mut units = wanted.min(most * cash / (p * (1.0 + rate * most)));
        if plan.sizing.lot > 0.0 {
            units = (units / plan.sizing.lot).floor() * plan.sizing.lot;
        }
        if wanted.is_nan() || units.is_nan() || units <= 0.0 || units * p < plan.sizing.min_notional {
            return;
        }
        let fee = rate * p * units;
        self.cash = cash - side * units * p - fee;
        self.held = Some(Position {
            side,
            units,
            price: p,
            fee,
            bar,
            stop,
            stop_is_break_even: false,
            distances: wants.map(|want| if let Distance::Price(d) = want { d } else { at_signal }),
            peak: p,
            trails: plan.trailing != Distance::None && plan.trailing_after.is_none(),
            charged: 0.0,
            liquidation: limit.map(|limit| p * (1.0 - side / limit) / (1.0 - side * plan.leverage.maintenance)),
        });
    }

    /// An entry signal: at the market now, or an order that rests from `from` on.
    fn signal(&mut self, case: &Case, bar: usize, side: f64, price: f64, signal_bar: usize, from: usize) {
        let at_signal = case.series[signal_bar];
        let Some(EntryOrder { is_limit, distance, valid }) = case.plan.entry else {
            return self.enter(case, bar, side, price, at_signal);
        };
        let close = case.candles.close[signal_bar];
        let toward = if is_limit { -side } else { side };
        let level = match distance {
            Distance::Fraction(fraction) => close * (1.0 + toward * fraction),
            Distance::Price(distance) => close + toward * distance,
            _ => close + toward * at_signal,
        };
        let plan = &case.plan;
        let reads = [distance, plan.stop, plan.target, plan.trailing].contains(&Distance::Series);
        self.waiting =
            (!reads || at_signal > 0.0).then_some(Waiting { side, level, at_signal, from, to: from + valid });
    }

    fn void(&mut self) {
        self.done.unfilled += u64::from(self.waiting.take().is_some());
    }

    /// Prices of a bar, or of a finer one inside it: the fill of a waiting entry, and then what is reached after it.
    fn look(&mut self, case: &Case, bar: usize, (open, high, low): (f64, f64, f64)) -> bool {
        let is_limit = case.plan.entry.is_some_and(|order| order.is_limit);
        if let (None, Some(waiting)) = (&self.held, &self.waiting) {
            let (side, level) = (waiting.side, waiting.level);
            // A limit is reached from above where it buys, a stop from below; the other way round where they sell.
            let falls = is_limit == (side > 0.0);
            let reached = |price: f64| if falls { price <= level } else { price >= level };
            if bar < waiting.from || !(reached(open) || reached(if falls { low } else { high })) {
                return false;
            }
            let at_signal = waiting.at_signal;
            let price = if reached(open) { open } else { level };
            self.waiting = None;
            self.enter(case, bar, side, price, at_signal);
            // Inside the bar, the worst price comes after a limit for sure, the best one perhaps before it. After a stop
            // the best one comes later for sure, and the worst one is assumed to.
            let (high, low) = match (is_limit && !reached(open), side > 0.0) {
                (true, true) => (level, low),
                (true, false) => (high, level),
                (false, _) => (high, low),
            };
            return self.held.is_some() && self.levels(case, bar, (price, high, low));
        }
        self.held.is_some() && self.levels(case, bar, (open, high, low))
    }

    /// Whether the position ends at a level of these prices.
    fn levels(&mut self, case: &Case, bar: usize, (open, high, low): (f64, f64, f64)) -> bool {
        let plan = &case.plan;
        let Some(position) = &mut self.held else { return false };
        let side = position.side;
        let tighter = |a: f64, b: f64| side * a > side * b;
        if tighter(open, position.peak) {
            position.peak = open;
        }
        let (mut stop, mut reason) =
            (position.stop, if position.stop_is_break_even { ExitReason::BreakEven } else { ExitReason::Stop });
        if let Some(level) = position.liquidation.filter(|level| stop.is_none_or(|stop| tighter(*level, stop))) {
            (stop, reason) = (Some(level), ExitReason::Liquidation);
        }
        if position.trails {
            let trailed = match plan.trailing {
                Distance::Fraction(r) => position.peak * (1.0 - side * r),
                _ => position.peak - side * position.distances[2],
            };
            if stop.is_none_or(|stop| tighter(trailed, stop)) {
                (stop, reason) = (Some(trailed), ExitReason::Trailing);
            }
        }
        let bars = bar - position.bar;
        let later = plan.steps.iter().rev().find(|(from, _)| bars >= *from);
        let target = match (later, plan.target) {
            (Some(&(_, t)), _) | (None, Distance::Fraction(t)) => Some(position.price * (1.0 + side * t)),
            (None, Distance::Price(_) | Distance::Series) => Some(position.price + side * position.distances[1]),
            (None, Distance::None) => None,
        };
        let (best, worst) = if side > 0.0 { (high, low) } else { (low, high) };
        let reached = |level: f64, price: f64| side * price >= side * level;
        let fallen = |level: f64, price: f64| side * price <= side * level;
        if stop.is_some_and(|stop| fallen(stop, open)) {
            self.leave(case, bar, open, reason);
        } else if target.is_some_and(|target| reached(target, open)) {
            self.leave(case, bar, open, ExitReason::Target);
        } else if let Some(stop) = stop.filter(|stop| fallen(*stop, worst)) {
            self.leave(case, bar, stop, reason);
        } else if let Some(target) = target.filter(|target| reached(*target, best)) {
            self.leave(case, bar, target, ExitReason::Target);
        } else {
            if tighter(best, position.peak) {
                position.peak = best;
            }
            let up =
                |after: Option<f64>| after.is_some_and(|after| reached(position.price * (1.0 + side * after), best));
            let (trails, guards) = (up(plan.trailing_after), up(plan.break_even_after));
            if plan.trailing != Distance::None && trails {
                position.trails = true;
            }
            if guards && position.stop.is_none_or(|stop| tighter(position.price, stop)) {
                (position.stop, position.stop_is_break_even) = (Some(position.price), true);
            }
            return false;
        }
        true
    }
}

/// The finer bars of a bar, where they make it up; else the bar itself.
fn moments_of(case: &Case, bar: usize) -> Vec<Moment> {
    let candles = &case.candles;
    let from = case.finer.time.partition_point(|time| *time < candles.time[bar]);
    let to = case.finer.time.partition_point(|time| *time < candles.time[bar] + case.length);
    let inside: Vec<usize> = (from..to).collect();
    let whole = (candles.open[bar], candles.high[bar], candles.low[bar]);
    let high = inside.iter().map(|&at| case.finer.high[at]).fold(f64::NEG_INFINITY, f64::max);
    let low = inside.iter().map(|&at| case.finer.low[at]).fold(f64::INFINITY, f64::min);
    if inside.first().is_none_or(|&at| (case.finer.open[at], high, low) != whole) {
        return vec![Moment::Prices(whole.0, whole.1, whole.2)];
    }
    inside.iter().map(|&at| Moment::Prices(case.finer.open[at], case.finer.high[at], case.finer.low[at])).collect()
}

pub(super) fn plain(case: &Case) -> Plain {
    let Case { candles, signals, settings, plan, .. } = case;
    let (long, short) = (settings.direction != Direction::Short, settings.direction != Direction::Long);
    let at_open = settings.fill == Fill::NextOpen;
    let mut book = Book { cash: settings.capital, ..Book::default() };
    let (mut ruined, mut blocked_to) = (false, 0);
    for bar in 0..candles.len() {
        let (open, close) = (candles.open[bar], candles.close[bar]);
        let signal_bar = if at_open { bar.checked_sub(1) } else { Some(bar) };
        let [le, lx, se, sx] = signal_bar.map_or([false; 4], |at| signals[at]);
        let (le, lx, se, sx) = (long && le && !lx, long && lx && !le, short && se && !sx, short && sx && !se);
        let (le, se) = (le && !se, se && !le);
        if let Some(position) = book.held.as_mut().filter(|_| !ruined) {
            let units = position.side * position.units;
            let borrowed = if units < 0.0 { -units * open } else { (-book.cash).max(0.0) };
            let funding =
                if plan.leverage.market_funding { rate(bar) } else { plan.leverage.funding * f64::from(paid(bar)) };
            let charge = units * open * funding + borrowed * plan.leverage.borrow / YEAR;
            position.charged += charge;
            book.cash -= charge;
        }
        if book.waiting.as_ref().is_some_and(|waiting| bar >= waiting.to) {
            book.void();
        }
        let mut moments = moments_of(case, bar);
        moments.insert(if at_open { 0 } else { moments.len() }, Moment::Orders);
        for moment in moments {
            let Some(signal_bar) = signal_bar.filter(|_| matches!(moment, Moment::Orders)) else {
                if let Moment::Prices(open, high, low) = moment
                    && !ruined
                    && book.look(case, bar, (open, high, low))
                {
                    blocked_to = bar + plan.cooldown;
                }
                continue;
            };
            if ruined {
                continue;
            }
            let price = if at_open { open } else { close };
            let first = if at_open { bar } else { bar + 1 };
            if let Some(position) = &book.held {
                let (exit, turn) = if position.side > 0.0 { (lx, se) } else { (sx, le) };
                let fill = price * (1.0 - position.side * settings.slippage);
                let may = plan.min_profit.is_none_or(|least| {
                    position.side * fill > position.side * (position.price * (1.0 + position.side * least))
                });
                let over = plan.max_bars.is_some_and(|most| bar == position.bar + most);
                let other = -position.side;
                if turn {
                    book.leave(case, bar, price, ExitReason::Reverse);
                    book.signal(case, bar, other, price, signal_bar, first);
                } else if exit && may {
                    book.leave(case, bar, price, ExitReason::Rule);
                } else if over {
                    book.leave(case, bar, price, ExitReason::Time);
                }
            } else if (le || se) && signal_bar >= blocked_to {
                book.void();
                book.signal(case, bar, if le { 1.0 } else { -1.0 }, price, signal_bar, first);
            } else if book.waiting.as_ref().is_some_and(|waiting| if waiting.side > 0.0 { lx } else { sx }) {
                book.void();
            }
        }
        let worth = |book: &Book| book.cash + book.held.as_ref().map_or(0.0, |p| p.side * p.units * close);
        if !ruined && worth(&book) <= 0.0 {
            ruined = true;
            if book.held.is_some() {
                book.leave(case, bar, close, ExitReason::Ruin);
            }
        }
        let equity = worth(&book);
        book.done.equity.push(equity);
    }
    if book.waiting.as_ref().is_some_and(|waiting| waiting.to <= candles.len()) {
        book.void();
    }
    book.done
}
