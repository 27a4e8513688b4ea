//! One account with a schedule of parameters: what is left of choosing anew in each window.

use super::{Compiled, Market, RunConfig, TileBars};
use crate::account::{
    BarTrade, BorderRule, Closed, ExitPlan, Fill, LevelAccount, LevelTile, PriceRanges, Record, Recorder, RunningStats,
    SignalBits, TileOrders, TileStats, funding_payments,
};
use crate::fold::{Columns, Signals};
use crate::metrics::{self, Benchmark, ClosedHistory, Closing, Detail, Detailed, HistoryStats, Outcome};
use crate::tile::bitset::TILE;

/// From which bar on which parameters apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleEntry {
    /// The first bar.
    pub from: usize,
    /// Which of the compiled combinations; none for cash alone.
    pub combination: Option<usize>,
}

/// An account with a schedule, from the first bar of the schedule on.
#[derive(Clone, Debug)]
pub struct StitchedAccount {
    /// All metrics.
    pub outcome: Outcome,
    /// Equity at the close of each bar, in quote currency.
    pub equity: Vec<f64>,
    /// Trades, by bars of the whole range.
    pub trades: Vec<BarTrade>,
}

impl Compiled {
    /// Runs one account over the market, from the first bar of the schedule to the last of the market, with the rules
    /// and exits that the schedule says. Indicators and the accounts that [`BorderRule::Adopt`] looks at have run since
    /// the first bar of the market. `benchmark` is of the bars from the first of the schedule on; highs and lows are
    /// there.
    ///
    /// Signals of the bar before a border are already those of the new parameters, so that the first fill of the window is
    /// theirs: at the open of the border's bar, or with fills at the close at the close before it. What such a fill costs
    /// is part of the return of the border's bar.
    ///
    /// # Panics
    /// When the schedule is empty, not sorted, or begins after the last bar.
    #[must_use]
    pub fn stitch<'a>(
        &self,
        market: impl Into<Market<'a>>,
        config: &RunConfig,
        schedule: &[ScheduleEntry],
        rule: BorderRule,
        benchmark: &Benchmark,
    ) -> StitchedAccount {
        let market = market.into();
        let capital = config.settings.capital;
        let history = HistoryStats::new(capital, benchmark, Detail::AllReturns);
        let mut recorder = Detailed { inner: Record::default(), history };
        let closed = self.run_schedule(market, config, schedule, rule, &mut recorder);
        let from = schedule[0].from;
        let Detailed { inner: record, history } = recorder;
        let (equity, trades) = (record.equity.clone(), record.bar_trades().to_vec());
        let candles = market.candles;
        let (bars, last) = (equity.len() as u64, candles.len() - 1);
        let (start, end) = (candles.time[from], candles.time[last]);
        let bars_per_year = config.settings.year.bars(config.interval, bars, start, end);
        let risk_free = config.settings.risk_free_per_bar(bars_per_year);
        let account = Closed { stats: sums(&equity, &trades, capital, from, risk_free), ..closed };
        let mut metrics = metrics::compute(&Closing {
            account: &account,
            capital,
            bars,
            bars_per_year,
            first_close: candles.close[from],
            last_close: candles.close[last],
        });
        let history = ClosedHistory { stats: &history, bars, bars_per_year, risk_free };
        metrics::complete(&mut metrics, &history, Detail::AllReturns);
        let outcome = Outcome { bars, start, end, ruined: account.ruined, detail: Detail::AllReturns, metrics };
        StitchedAccount { outcome, equity, trades }
    }

    fn run_schedule<R: Recorder>(
        &self,
        market: Market<'_>,
        config: &RunConfig,
        schedule: &[ScheduleEntry],
        rule: BorderRule,
        recorder: &mut R,
    ) -> Closed {
        let Market { candles, detail, funding, .. } = market;
        let settings = &config.settings;
        let mut columns = Columns::new(&self.graph, &market, config.interval, config.cpu);
        let mut signals = Signals::new(&self.graph, &self.schedule, config.cpu);
        let (mut tile, mut ranges) = (TileStats::new().on(config.cpu), PriceRanges::new());
        let mut payments: Vec<u8> = Vec::new();
        let rules_alone = ExitPlan::default();
        let mut own = vec![LevelAccount::new(settings); self.sides.len()];
        let mut before = vec![[false; 4]; self.sides.len()];
        let mut account = LevelAccount::new(settings);
        let (mut next, mut current) = (0, None);
        for warmup in columns.warmup_tiles(&market) {
            columns.extend(&self.graph, &market, warmup);
            signals.begin(&columns);
            (0..self.sides.len()).for_each(|at| signals.extend(&columns, at));
            columns.settle();
        }
        for first in (0..candles.len()).step_by(TILE) {
            let bars = TILE.min(candles.len() - first);
            columns.extend(&self.graph, &market, TileBars { candles, first, bars });
            signals.begin(&columns);
            tile.extend(candles, first, bars);
            ranges.extend(candles, first, bars);
            payments.clear();
            let opens = &candles.time[first..first + bars];
            payments.extend(opens.iter().map(|&open| funding_payments(open, open + config.interval.millis())));
            let orders: Vec<SignalBits> = (0..self.sides.len())
                .map(|at| {
                    let mut bits = SignalBits::default();
                    signals.extend(&columns, at);
                    self.sides[at].read(&signals, &mut bits);
                    own[at].order(&mut bits, settings, bars, config.cpu);
                    bits
                })
                .collect();
            let rates = &funding[first.min(funding.len())..(first + bars).min(funding.len())];
            let bars_per_year = config.interval.bars_per_year();
            let level_tile =
                LevelTile { stats: &tile, ranges: &ranges, detail, payments: &payments, rates, bars_per_year };
            let nothing = SignalBits::default();
            let idle = TileOrders::new(level_tile, &nothing, &rules_alone);
            let of = |at: usize| {
                let orders =
                    TileOrders { before: before[at], ..TileOrders::new(level_tile, &orders[at], &rules_alone) };
                let Some(exits) = &self.sides[at].exits else { return orders };
                TileOrders {
                    plan: &exits.plan,
                    distances: exits.distances(&columns, settings.fill),
                    distances_before: exits.distances(&columns, Fill::NextOpen),
                    ..orders
                }
            };
            let mut bar = 0;
            while bar < bars {
                let mut from = bar;
                if let Some(entry) = schedule.get(next).filter(|entry| entry.from == first + bar) {
                    from = match entry.combination {
                        Some(at) => account.change_over(rule, &own[at], &of(at), settings, bar, recorder),
                        None => account.stand_aside(&idle, settings, bar, recorder),
                    };
                    current = Some(entry.combination);
                    next += 1;
                }
                let border = schedule.get(next).map_or(usize::MAX, |entry| entry.from);
                let end = border.saturating_sub(first).min(bars);
                if let Some(combination) = current {
                    let orders = combination.map_or(idle, of);
                    // What would fill at the close before a border is no order any more.
                    let is_last = settings.fill == Fill::Close && border == first + end;
                    let stop = if is_last { from.max(end - 1) } else { end };
                    account.advance(&orders, settings, (from, stop), recorder);
                    account.advance_without_orders(&orders, settings, (stop, end), recorder);
                }
                for (at, own) in own.iter_mut().enumerate() {
                    own.advance(&of(at), settings, (bar, end), &mut ());
                }
                bar = end;
            }
            for (before, orders) in before.iter_mut().zip(&orders) {
                *before = LevelAccount::last_orders(orders, bars);
            }
            columns.settle();
        }
        let closed = account.close(&tile, recorder);
        let has_terms = self.sides.iter().any(|sides| sides.exits.is_some());
        Closed { counts: closed.counts.filter(|_| has_terms), ..closed }
    }
}

/// Sums over an account's equity, which begins with the bar `from`, and its trades.
fn sums(equity: &[f64], trades: &[BarTrade], capital: f64, from: usize, risk_free: f64) -> RunningStats {
    let mut stats = RunningStats::default();
    let mut before = capital;
    for &value in equity {
        if before > 0.0 {
            stats.bar(before, value, risk_free);
        } else {
            stats.flat(1, value, risk_free);
        }
        before = value;
    }
    for trade in trades {
        stats.fees += trade.fees;
        // At the close of its last bar a closed trade is over.
        let held = (trade.exit_bar + usize::from(trade.open)).saturating_sub(trade.entry_bar.max(from));
        stats.exposed += held as u64;
        if !trade.open {
            stats.trades.push(trade.pnl, trade.ret, (trade.exit_bar - trade.entry_bar) as u64);
        }
    }
    stats
}
