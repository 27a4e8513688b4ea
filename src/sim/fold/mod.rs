//! The straight line for one asset: tiles of candles through columns, signals and accounts to outcomes.
//!
//! One fold serves everything: a run is a fold with one combination, a batch with one for each strategy. What
//! combinations share is computed once, and sharing cannot change a bit, since every column, condition and account
//! is computed from the candles alone.

mod checkpoint;
mod columns;
mod detail;
mod exits;
mod graph;
mod last_values;
mod memory;
mod plot_series;
pub mod portfolio;
mod schedule;
mod signals;
mod stitch;
#[cfg(test)]
mod tests;
mod warmup;

pub use checkpoint::{AccountOrders, Checkpoint, OrderEvent, OrderFill, OrderKind};
pub use columns::{Columns, PriorBars, TileBars};
pub use detail::{fold_in_full, record};
pub use graph::{Graph, SeriesRef, SignalRef};
pub use last_values::last_values;
pub use plot_series::{Drawn, PlotPane, PlotSeries, drawn, plot_panes, spelled};
pub use portfolio::{BoundSeries, recent_values, series_values};
pub use schedule::Schedule;
pub use signals::Signals;
pub use stitch::{ScheduleEntry, StitchedAccount};
pub use warmup::{WarmupBars, bars_to_warm_up, undefined_bars, undefined_series_bars};

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use self::exits::BoundExits;
use crate::account::{
    Account, Closed, DetailBars, Direction, LevelAccount, LevelTile, PriceRanges, Record, Recorder, Settings,
    SignalBits, TileStats, Trade, funding_payments,
};
use crate::candles::Candles;
use crate::interval::Interval;
use crate::metrics::{self, Closing, Detail, Outcome};
use crate::simd::Cpu;
use crate::strategy::{Rule, Strategy};
use crate::tile::bitset::TILE;
use crate::tile::resumable::{Resumable, StateBytes};

/// A strategy with a value for each of its parameters.
#[derive(Clone, Copy, Debug)]
pub struct Combination<'a> {
    /// The strategy.
    pub strategy: &'a Strategy,
    /// Its parameters' values, in its own order, checked against its bounds.
    pub values: &'a [f64],
}

/// What a fold goes over: the candles of one asset, and what else is known of its market.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    /// The candles, at least one: of all bars, or since the last of those before.
    pub candles: &'a Candles,
    /// The bars before them, of which the rules know and the account does not.
    pub warmup: Option<WarmupBars<'a>>,
    /// Finer bars inside them, by which levels are looked at.
    pub detail: Option<&'a DetailBars>,
    /// The sum of the market's funding rates in each bar; empty where they are not known.
    pub funding: &'a [f64],
    /// The candles of other assets that rules read, with all that rules read of them.
    pub others: &'a [OtherAsset],
    /// Columns of the candle file beside the usual ones that rules read.
    pub own: &'a [OwnSeries],
    /// What is known of the first bars where their candles are not there.
    pub prior: Option<&'a PriorBars>,
}

/// The candles of another asset, as a fold knows them.
#[derive(Clone, Debug)]
pub struct OtherAsset {
    /// The name by which rules call it.
    pub name: String,
    /// Where its bars are, of the same length as those of the market.
    pub candles: Arc<Candles>,
    /// Those that count.
    pub bars: Range<usize>,
    /// Columns of its file beside the usual ones that rules read, one value for each of the bars that count.
    pub own: Vec<OwnSeries>,
}

/// A column of a candle file beside the usual ones.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnSeries {
    /// The name by which rules call it.
    pub name: String,
    /// One for each bar, those that warm up first; NaN where the file has none.
    pub values: Vec<f64>,
}

impl Market<'_> {
    /// Bars before the first candle.
    pub(super) fn skipped(&self) -> usize {
        self.prior.map_or(0, PriorBars::skipped)
    }

    /// The asset that rules call by this name.
    ///
    /// # Panics
    /// When there is none: a fold is given all that its rules read.
    fn other(&self, name: &str) -> &OtherAsset {
        let found = self.others.iter().find(|other| other.name == name);
        found.unwrap_or_else(|| panic!("the candles of {name} are not there"))
    }

    /// The values of a column beside the usual ones.
    ///
    /// # Panics
    /// As [`Self::other`].
    fn own_series(&self, name: &str) -> &[f64] {
        let found = self.own.iter().find(|own| own.name == name);
        found.map_or_else(|| panic!("the column {name} is not there"), |own| &own.values)
    }
}

impl<'a> From<&'a Candles> for Market<'a> {
    fn from(candles: &'a Candles) -> Self {
        Self { candles, warmup: None, detail: None, funding: &[], others: &[], own: &[], prior: None }
    }
}

/// How the candles become outcomes, whatever the combinations.
#[derive(Clone, Copy, Debug)]
pub struct RunConfig {
    /// Account settings.
    pub settings: Settings,
    /// Length of a bar.
    pub interval: Interval,
    /// Which instructions compare; no bit depends on it.
    pub cpu: Cpu,
}

impl RunConfig {
    /// Bars in a year of these candles, at least one.
    #[must_use]
    pub fn bars_per_year(&self, candles: &Candles) -> f64 {
        self.bars_per_year_of(&Market::from(candles))
    }

    /// The same of all bars of a market.
    fn bars_per_year_of(&self, market: &Market<'_>) -> f64 {
        let time = &market.candles.time;
        let (bars, first) = (market.skipped() + time.len(), market.prior.map_or(time[0], |prior| prior.first));
        self.settings.year.bars(self.interval, bars as u64, first, time[time.len() - 1])
    }
}

/// Combinations whose rules are one graph: made once, folded over any number of assets.
pub struct Compiled {
    graph: Graph,
    sides: Vec<Sides>,
    schedule: Schedule,
}

impl Compiled {
    /// Puts the rules that this direction uses into one graph.
    #[must_use]
    pub fn new<'a>(combinations: impl IntoIterator<Item = Combination<'a>>, direction: Direction) -> Self {
        let (mut graph, mut rules) = (Graph::default(), KnownRules::default());
        let add = |combination| Sides::add(&mut graph, &mut rules, combination, direction);
        let sides: Vec<_> = combinations.into_iter().map(add).collect();
        let schedule = Schedule::new(&graph, sides.iter().map(Sides::signals));
        Self { graph, sides, schedule }
    }

    /// Outcomes of all combinations on the same candles, in their order, telling each one's recorder of its trades
    /// and equity.
    ///
    /// # Panics
    /// When there is no bar, or not one recorder for each combination.
    pub fn fold<'a, R: Recorder>(
        &self,
        market: impl Into<Market<'a>>,
        config: &RunConfig,
        recorders: &mut [R],
    ) -> Vec<Outcome> {
        self.fold_telling(market, config, recorders, |_| true).unwrap_or_default()
    }

    /// The same, telling after each tile how many bars are done; nothing where the answer is that it should end.
    ///
    /// # Panics
    /// As [`Self::fold`].
    pub fn fold_telling<'a, R: Recorder>(
        &self,
        market: impl Into<Market<'a>>,
        config: &RunConfig,
        recorders: &mut [R],
        tell: impl FnMut(usize) -> bool,
    ) -> Option<Vec<Outcome>> {
        self.fold_into(Vec::new(), market, config, recorders, tell)
    }

    /// The same with the outcomes in this buffer, behind those that are there. A sweep uses its buffers again: new memory
    /// for a thousand outcomes took a fifth of the time of folding them over 1,800 bars.
    ///
    /// # Panics
    /// As [`Self::fold`].
    pub fn fold_into<'a, R: Recorder>(
        &self,
        buffer: Vec<Outcome>,
        market: impl Into<Market<'a>>,
        config: &RunConfig,
        recorders: &mut [R],
        mut tell: impl FnMut(usize) -> bool,
    ) -> Option<Vec<Outcome>> {
        self.fold_between(market.into(), config, (recorders, buffer), None, |bars, _| tell(bars))
    }

    /// As [`Self::fold_telling`], going on from where a fold was saved, and lending its state to `tell`; nothing where what was
    /// saved is no state of these combinations on these candles, or where bars have no candles from which it would go on.
    fn fold_between<R: Recorder>(
        &self,
        market: Market<'_>,
        config: &RunConfig,
        (recorders, mut buffer): (&mut [R], Vec<Outcome>),
        start: Option<&Checkpoint>,
        mut tell: impl FnMut(usize, &mut FoldState<'_, '_>) -> bool,
    ) -> Option<Vec<Outcome>> {
        let Market { candles, detail, funding, .. } = market;
        assert!(!candles.is_empty(), "a fold needs at least one bar");
        assert_eq!(recorders.len(), self.sides.len());
        let settings = &config.settings;
        let mut columns = Columns::new(&self.graph, &market, config.interval, config.cpu)
            .with_extremes(self.schedule.often_compared.iter().copied());
        let mut signals = Signals::new(&self.graph, &self.schedule, config.cpu);
        let risk_free = settings.risk_free_per_bar(config.bars_per_year_of(&market));
        let (skipped, end) = (market.skipped(), market.skipped() + candles.len());
        let mut tile =
            TileStats::new().with_risk_free(risk_free).on(config.cpu).behind(skipped).read_by(self.sides.len());
        let mut bits = SignalBits::default();
        let mut ranges = self.sides.iter().any(|sides| sides.exits.is_some()).then(PriceRanges::new);
        let mut payments: Vec<u8> = Vec::new();
        let mut accounts: Vec<_> = self.sides.iter().map(|sides| AnyAccount::new(sides, settings)).collect();

        let mut begin = 0;
        if let Some(start) = start {
            let state = FoldState { columns: &mut columns, signals: &mut signals, accounts: &mut accounts };
            begin = start.load(state).filter(|bar| *bar < end)?;
        }
        if market.prior.is_some_and(|prior| begin < prior.bars) {
            return None;
        }
        for tile in columns.warmup_tiles(&market).filter(|_| start.is_none()) {
            columns.extend(&self.graph, &market, tile);
            signals.begin(&columns);
            (0..self.sides.len()).for_each(|at| signals.extend(&columns, at));
            columns.settle();
            if !tell(0, &mut FoldState { columns: &mut columns, signals: &mut signals, accounts: &mut accounts }) {
                return None;
            }
        }
        for first in (begin - skipped..candles.len()).step_by(TILE) {
            let bars = TILE.min(candles.len() - first);
            columns.extend(&self.graph, &market, TileBars { candles, first, bars });
            signals.begin(&columns);
            tile.extend(candles, first, bars);
            if let Some(ranges) = &mut ranges {
                ranges.extend(candles, first, bars);
                payments.clear();
                let opens = &candles.time[first..first + bars];
                payments.extend(opens.iter().map(|&open| funding_payments(open, open + config.interval.millis())));
            }
            let all = accounts.iter_mut().zip(&self.sides).zip(recorders.iter_mut()).enumerate();
            for (at, ((account, sides), recorder)) in all {
                signals.extend(&columns, at);
                sides.read(&signals, &mut bits);
                match (account, &sides.exits, &ranges) {
                    (AnyAccount::Levels(account), Some(exits), Some(ranges)) => {
                        let year = config.interval.bars_per_year();
                        let rates = &funding[first.min(funding.len())..(first + bars).min(funding.len())];
                        let tile =
                            LevelTile { stats: &tile, ranges, detail, payments: &payments, rates, bars_per_year: year };
                        let exits = (&exits.plan, exits.distances(&columns, settings.fill));
                        account.extend(tile, &mut bits, exits, settings, recorder);
                    }
                    (AnyAccount::Plain(account), ..) => account.extend(&tile, &mut bits, settings, recorder),
                    _ => unreachable!("an account with levels is made where there are exits"),
                }
            }
            columns.settle();
            let mut state = FoldState { columns: &mut columns, signals: &mut signals, accounts: &mut accounts };
            if !tell(skipped + first + bars, &mut state) {
                return None;
            }
        }
        let outcome =
            |(account, recorder): (AnyAccount, &mut R)| outcome(&account.close(&tile, recorder), candles, config);
        buffer.extend(accounts.into_iter().zip(recorders).map(outcome));
        Some(buffer)
    }
}

/// Outcomes of all combinations on the same candles, in their order. `candles` holds at least one bar.
///
/// # Panics
/// When there is no bar.
#[must_use]
pub fn fold<'a>(market: impl Into<Market<'a>>, combinations: &[Combination<'_>], config: &RunConfig) -> Vec<Outcome> {
    let mut records = vec![(); combinations.len()];
    Compiled::new(combinations.iter().copied(), config.settings.direction).fold(market, config, &mut records)
}

/// Outcome and trades of one combination; the same bits as [`fold`].
///
/// # Panics
/// When there is no bar.
#[must_use]
pub fn fold_with_trades<'a>(
    market: impl Into<Market<'a>>,
    combination: Combination<'_>,
    config: &RunConfig,
) -> (Outcome, Vec<Trade>) {
    let market = market.into();
    let mut records = [Record::default()];
    let mut outcomes = Compiled::new([combination], config.settings.direction).fold(market, config, &mut records);
    let [record] = records;
    (outcomes.remove(0), record.trades(market.candles, market.detail, config.settings.fill))
}

fn outcome(account: &Closed, candles: &Candles, config: &RunConfig) -> Outcome {
    let last = candles.len() - 1;
    let metrics = metrics::compute(&Closing {
        account,
        capital: config.settings.capital,
        bars: candles.len() as u64,
        bars_per_year: config.bars_per_year(candles),
        first_close: candles.close[0],
        last_close: candles.close[last],
    });
    let (start, end) = (candles.time[0], candles.time[last]);
    Outcome { bars: candles.len() as u64, start, end, ruined: account.ruined, detail: Detail::Sums, metrics }
}

/// What a fold remembers between two tiles.
struct FoldState<'a, 'g> {
    columns: &'a mut Columns,
    signals: &'a mut Signals<'g>,
    accounts: &'a mut [AnyAccount],
}

/// An account of the kind that its combination wants.
#[expect(
    clippy::large_enum_variant,
    reason = "sweeps hold thousands of plain ones, side by side and not behind pointers"
)]
enum AnyAccount {
    /// By rules alone.
    Plain(Account),
    /// Also by price levels and times.
    Levels(Box<LevelAccount>),
}

impl AnyAccount {
    fn new(sides: &Sides, settings: &Settings) -> Self {
        match sides.exits {
            None => Self::Plain(Account::new(settings)),
            Some(_) => Self::Levels(Box::new(LevelAccount::new(settings))),
        }
    }

    fn pass_state(&mut self, state: &mut StateBytes) {
        match self {
            Self::Plain(account) => account.pass_state(state),
            Self::Levels(account) => account.pass_state(state),
        }
    }

    fn close<R: Recorder>(self, tile: &TileStats<'_>, recorder: &mut R) -> Closed {
        match self {
            Self::Plain(account) => account.close(tile, recorder),
            Self::Levels(account) => account.close(tile, recorder),
        }
    }
}

/// Where a combination's rules stand in the graph.
struct Sides {
    long: Option<(SignalRef, SignalRef)>,
    short: Option<(SignalRef, SignalRef)>,
    exits: Option<BoundExits>,
}

/// Rules that are in a graph, each with the values of the parameters that it reads: of the thousand points of a block, a
/// rule sees a few dozen values, and is looked up where it was put in before.
#[derive(Default)]
struct KnownRules<'a> {
    /// Each rule, and the parameters that it reads.
    rules: Vec<(&'a Rule, Vec<usize>)>,
    /// By the rule's number and the bits of the values.
    signals: FxHashMap<Vec<u64>, SignalRef>,
    /// What was looked up last; it has its memory.
    key: Vec<u64>,
}

impl<'a> KnownRules<'a> {
    fn add(&mut self, graph: &mut Graph, rule: &'a Rule, values: &[f64]) -> SignalRef {
        let at = self.rules.iter().position(|(known, _)| std::ptr::eq(*known, rule)).unwrap_or_else(|| {
            self.rules.push((rule, rule.expr.params()));
            self.rules.len() - 1
        });
        self.key.clear();
        self.key.push(at as u64);
        self.key.extend(self.rules[at].1.iter().map(|&param| values[param].to_bits()));
        if let Some(signal) = self.signals.get(&self.key) {
            return *signal;
        }
        let signal = graph.add(rule, values);
        self.signals.insert(self.key.clone(), signal);
        signal
    }
}

impl Sides {
    fn add<'a>(
        graph: &mut Graph,
        rules: &mut KnownRules<'a>,
        Combination { strategy, values }: Combination<'a>,
        direction: Direction,
    ) -> Self {
        let exits = BoundExits::add(graph, strategy, values);
        let lookback = exits.as_ref().map_or(0, BoundExits::lookback);
        let mut pair = |(entry, exit): (&'a Rule, &'a Rule)| {
            let (mut entry, exit) = (rules.add(graph, entry, values), rules.add(graph, exit, values));
            entry.lookback = entry.lookback.max(lookback);
            (entry, exit)
        };
        Self {
            long: (direction != Direction::Short).then(|| pair((&strategy.entry, &strategy.exit))),
            short: (direction != Direction::Long).then(|| pair(strategy.short_rules())),
            exits,
        }
    }

    /// Bars at the start at which a rule is undefined.
    fn lookback(&self) -> usize {
        self.signals().map(|signal| signal.lookback).max().unwrap_or(0)
    }

    /// Entry and exit of each side that is in use.
    fn signals(&self) -> impl Iterator<Item = SignalRef> + use<> {
        [self.long, self.short].into_iter().flatten().flat_map(|(entry, exit)| [entry, exit])
    }

    /// The bits of the sides in use; those of the other stay as they are.
    fn read(&self, signals: &Signals<'_>, bits: &mut SignalBits) {
        if let Some((entry, exit)) = self.long {
            signals.read(entry, &mut bits.long_entry);
            signals.read(exit, &mut bits.long_exit);
        }
        if let Some((entry, exit)) = self.short {
            signals.read(entry, &mut bits.short_entry);
            signals.read(exit, &mut bits.short_exit);
        }
    }
}
