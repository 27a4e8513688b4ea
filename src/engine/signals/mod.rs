//! What the accounts of strategies would order next, each order found once: from stored states and new candles to events.
//!
//! A state is a fold that was saved at the border of a tile. What came after it is folded again, so that the orders are those
//! of a full run, to the bit. States and events change together, by compare-and-set: of two processes that see the same bar,
//! one tells of it.

mod chain;
mod follow;
mod head;
#[cfg(test)]
mod tests;

pub use head::SignalHead;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use self::chain::CandleChain;
use self::follow::{Followed, News, WantsOlder};
use super::inputs::{AssetData, open_columns};
use super::plan::{KeyMaker, Plan};
use crate::cache::{Failure, Key, SignalChange, SignalState, SignalStore, signal_id, signal_state_id};
use crate::data::CandleFile;
use crate::pool::Pool;
use crate::sim::fold::{Combination, Compiled, Market, OrderEvent, OwnSeries};
use crate::sim::{Candle, Candles, ENGINE_VERSION, Failed, FieldSet, Millis, Signal, SignalKind};

/// What is followed, and how its news are told.
pub struct SignalRequest<'a> {
    /// Assets, strategies and settings.
    pub plan: &'a Plan,
    /// Tells states of other purposes apart; part of each event's identity.
    pub namespace: &'a str,
    /// From when on orders of the past are told where a strategy is followed for the first time; none without it.
    pub since: Option<Millis>,
    /// An order that was found so many bars late is not stale yet.
    pub max_late: u64,
    /// Makes the document of a signal, with `"seq":0,` in it.
    pub document: &'a (dyn Fn(&Signal) -> String + Sync),
}

/// One strategy on one asset after a pass.
#[derive(Clone, Debug)]
pub struct PassState {
    /// Symbol of the asset.
    pub symbol: String,
    /// Name of the strategy.
    pub strategy: String,
    /// Whether it is followed for the first time.
    pub is_first: bool,
    /// Whether the candles end before the last bar that is known.
    pub is_behind: bool,
}

/// How long the parts of a pass took.
#[derive(Clone, Copy, Debug, Default)]
pub struct PassTimes {
    /// To read the states.
    pub states: Duration,
    /// To load candles and fold them, over all threads.
    pub fold: Duration,
    /// To commit.
    pub commit: Duration,
}

/// What a pass found.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    /// Signals that were committed, in order.
    pub signals: Vec<Signal>,
    /// States that another process had changed meanwhile: it tells of their news.
    pub lost: usize,
    /// States that were committed.
    pub committed: usize,
    /// All states that were looked at.
    pub states: Vec<PassState>,
    /// Stored states that were damaged and begin anew.
    pub damaged: usize,
    /// Assets whose candles cannot be used.
    pub failed: Vec<Failed>,
    /// For each asset, in the plan's order, the open time of its last bar.
    pub last_bars: Vec<(String, Option<Millis>)>,
    /// How long it took.
    pub times: PassTimes,
}

/// What a pass made of one asset.
struct AssetNews {
    last: Millis,
    states: Vec<PassState>,
    changes: Vec<(SignalChange, Vec<Signal>)>,
}

/// One pass over all assets and strategies.
///
/// # Errors
/// The store cannot be used; what was committed before stays so.
pub fn signal_pass(request: &SignalRequest<'_>, store: &mut SignalStore) -> Result<Pass, Failure> {
    let plan = request.plan;
    let keys = strategy_keys(plan);
    let ids: Vec<Key> = plan.assets.iter().flat_map(|asset| state_ids(request, asset, &keys)).collect();
    let begun = Instant::now();
    let stored = store.states(&ids)?;
    let mut pass = Pass { times: PassTimes { states: begun.elapsed(), ..PassTimes::default() }, ..Pass::default() };
    pass.damaged = stored.iter().flatten().filter(|state| state.head.is_none()).count();
    let begun = Instant::now();
    let compiled: Vec<Compiled> = (0..plan.strategies.len()).map(|strategy| compile(plan, strategy)).collect();
    let pool = Pool::new(plan.threads);
    let work = |older: &BTreeMap<usize, Vec<u8>>, asset: usize| {
        let first = asset * keys.len();
        follow_asset(request, &compiled, &keys, asset, &stored[first..first + keys.len()], older, &pool)
    };
    let none = BTreeMap::new();
    let found = pool.map((0..plan.assets.len()).collect(), |asset| work(&none, asset));
    let mut changes = Vec::new();
    for (asset, found) in found.into_iter().enumerate() {
        // Few revise their past: they are done again with what that wants.
        let found = match found {
            Err(AssetError::WantsOlder) => {
                let first = asset * keys.len();
                let older = (0..keys.len()).map(|at| Ok((at, store.older(&ids[first + at])?.unwrap_or_default())));
                work(&older.collect::<Result<_, Failure>>()?, asset)
            }
            found => found,
        };
        let symbol = plan.assets[asset].symbol.clone();
        match found {
            Ok(news) => {
                pass.last_bars.push((symbol, Some(news.last)));
                pass.states.extend(news.states);
                changes.extend(news.changes);
            }
            Err(AssetError::Candles(reason)) => {
                pass.last_bars.push((symbol.clone(), None));
                pass.failed.push(Failed { symbol, reason });
            }
            Err(AssetError::WantsOlder) => unreachable!("all of it is there"),
        }
    }
    pass.times.fold = begun.elapsed();
    let begun = Instant::now();
    let (writes, signals): (Vec<SignalChange>, Vec<Vec<Signal>>) = changes.into_iter().unzip();
    let done = store.commit(&writes)?;
    for (done, signals) in done.into_iter().zip(signals) {
        if done {
            pass.committed += 1;
            pass.signals.extend(signals);
        } else {
            pass.lost += 1;
        }
    }
    pass.times.commit = begun.elapsed();
    Ok(pass)
}

/// The orders of the last bars alone, without any state: they may be told again.
#[must_use]
pub fn signals_without_state(request: &SignalRequest<'_>) -> Pass {
    let plan = request.plan;
    let keys = strategy_keys(plan);
    let compiled: Vec<Compiled> = (0..plan.strategies.len()).map(|strategy| compile(plan, strategy)).collect();
    let pool = Pool::new(plan.threads);
    let one = |asset: usize| {
        let data = AssetCandles::open(plan, asset, &pool)?;
        let last = data.bars() - 1;
        let mut signals = Vec::new();
        for (at, compiled) in compiled.iter().enumerate() {
            let orders = compiled.orders_from(data.market(), &plan.terms(), None, |_| ());
            let events = orders.map(|orders| orders.events).unwrap_or_default();
            let maker = SignalMaker { request, asset, strategy: at, key: &keys[at], bars: data.bars() };
            signals
                .extend(events.iter().filter(|event| event.bar == last).map(|event| maker.order(event, &data, false)));
        }
        Ok((data.candles.time[last], signals))
    };
    let mut pass = Pass::default();
    for (asset, found) in pool.map((0..plan.assets.len()).collect(), one).into_iter().enumerate() {
        let symbol = plan.assets[asset].symbol.clone();
        match found {
            Ok((last, signals)) => {
                pass.last_bars.push((symbol, Some(last)));
                pass.signals.extend(signals);
            }
            Err(reason) => {
                pass.last_bars.push((symbol.clone(), None));
                pass.failed.push(Failed { symbol, reason });
            }
        }
    }
    pass
}

fn strategy_keys(plan: &Plan) -> Vec<Key> {
    let maker = KeyMaker::new(plan);
    (0..plan.strategies.len()).map(|strategy| maker.strategy(plan, strategy)).collect()
}

fn state_ids(request: &SignalRequest<'_>, asset: &CandleFile, keys: &[Key]) -> Vec<Key> {
    let plan = request.plan;
    let from = plan.range.from;
    let id = |key: &Key| signal_state_id(request.namespace, key, &asset.symbol, &plan.interval.to_string(), from);
    keys.iter().map(id).collect()
}

fn compile(plan: &Plan, strategy: usize) -> Compiled {
    let bound = &plan.strategies[strategy];
    let combination = Combination { strategy: &bound.strategy, values: &bound.values };
    Compiled::new([combination], plan.settings.direction)
}

/// Why an asset has no news.
enum AssetError {
    /// Its candles cannot be used.
    Candles(String),
    /// A revision needs the earlier checkpoints.
    WantsOlder,
}

/// The candles of an asset with one more that stands for the bar to come.
struct AssetCandles {
    data: AssetData,
    candles: Candles,
    own: Vec<OwnSeries>,
}

impl AssetCandles {
    fn open(plan: &Plan, asset: usize, pool: &Pool) -> Result<Self, String> {
        let entry = &plan.assets[asset];
        let data = open_columns(plan, entry, FieldSet::ALL, pool)?;
        let mut candles = data.candles.clone();
        // Of several bars, one that is not over is left out by whoever loads them.
        let is_over = |last: &Candle| plan.interval.end_of(last.time).saturating_add(entry.settle) <= plan.now;
        let last = candles.last().filter(is_over);
        let last = last.ok_or_else(|| format!("{}: no bar is over yet", crate::data::escape(&entry.symbol)))?;
        let close = last.close;
        let time = plan.interval.end_of(last.time);
        candles.push(Candle { time, open: close, high: close, low: close, close, volume: 0.0 });
        let mut own = data.own();
        for series in &mut own {
            series.values.push(f64::NAN);
        }
        Ok(Self { data, candles, own })
    }

    fn bars(&self) -> usize {
        self.candles.len() - 1
    }

    fn market(&self) -> Market<'_> {
        self.data.market_with(&self.candles, &self.own)
    }
}

fn follow_asset(
    request: &SignalRequest<'_>,
    compiled: &[Compiled],
    keys: &[Key],
    asset: usize,
    stored: &[Option<SignalState>],
    older: &BTreeMap<usize, Vec<u8>>,
    pool: &Pool,
) -> Result<AssetNews, AssetError> {
    let plan = request.plan;
    let entry = &plan.assets[asset];
    let candles = AssetCandles::open(plan, asset, pool).map_err(AssetError::Candles)?;
    let market = candles.market();
    let mut chain = CandleChain::new(market, candles.bars());
    let config = plan.terms();
    let last = candles.candles.time[candles.bars() - 1];
    let mut news_of = AssetNews { last, states: Vec::new(), changes: Vec::new() };
    let ids = state_ids(request, entry, keys);
    for (at, compiled) in compiled.iter().enumerate() {
        let bound = &plan.strategies[at];
        let about = SignalHead {
            symbol: entry.symbol.clone(),
            interval: plan.interval.to_string(),
            strategy: bound.strategy.name.clone(),
            params: bound.params(),
            ..SignalHead::default()
        };
        let followed = Followed { compiled, market, config: &config, is_resumable: market.detail.is_none() };
        let news = followed.news(stored[at].as_ref(), older.get(&at).cloned(), &mut chain, &about);
        let news = news.map_err(|WantsOlder| AssetError::WantsOlder)?;
        let state = PassState {
            symbol: entry.symbol.clone(),
            strategy: bound.strategy.name.clone(),
            is_first: news.is_first,
            is_behind: news.is_behind,
        };
        news_of.states.push(state);
        let Some(head) = &news.head else { continue };
        let maker = SignalMaker { request, asset, strategy: at, key: &keys[at], bars: candles.bars() };
        let version = stored[at].as_ref().map_or(0, |state| state.version);
        let signals = maker.signals(&news, &candles, version);
        let change = SignalChange {
            id: ids[at],
            expected: version,
            label: format!("{}:{}", entry.symbol, bound.strategy.name),
            head: head.to_bytes(),
            checkpoints: news.checkpoints.clone(),
            events: signals.iter().map(request.document).collect(),
        };
        news_of.changes.push((change, signals));
    }
    Ok(news_of)
}

/// Makes the signals of one strategy on one asset.
struct SignalMaker<'a> {
    request: &'a SignalRequest<'a>,
    asset: usize,
    strategy: usize,
    key: &'a Key,
    bars: usize,
}

impl SignalMaker<'_> {
    fn signals(&self, news: &News, candles: &AssetCandles, version: u64) -> Vec<Signal> {
        let mut signals = Vec::new();
        if let Some((before, now)) = news.migrated {
            let kind = SignalKind::Migrated { before, now };
            let bar = self.bars - 1;
            let (time, close) = (candles.candles.time[bar], candles.candles.close[bar]);
            let id = self.id(time, &format!("migrated to {ENGINE_VERSION}"));
            let equity = news.head.as_ref().map_or(f64::NAN, |head| head.equity);
            let signal = self.blank(id, kind, time);
            signals.push(Signal { price_ref: close, equity, ..signal });
        }
        for (event, is_there) in &news.corrections {
            let kind = SignalKind::Correction { order: event.kind, is_there: *is_there };
            let signal = self.order(event, candles, false);
            // A candle may be revised there and back: each revision is another one.
            let id = self.id(signal.bar, &format!("{} corrected {version} {is_there}", event.kind.name()));
            signals.push(Signal { id, kind, stale: true, ..signal });
        }
        if news.is_first {
            let Some(since) = self.request.since else { return signals };
            let replayed = news.orders.iter().filter(|event| candles.candles.time[event.bar] >= since);
            signals.extend(replayed.map(|event| self.order(event, candles, true)));
            return signals;
        }
        signals.extend(news.orders.iter().map(|event| self.order(event, candles, false)));
        signals
    }

    fn id(&self, time: Millis, kind: &str) -> String {
        let plan = self.request.plan;
        let interval = plan.interval.to_string();
        let asset = (plan.assets[self.asset].symbol.as_str(), interval.as_str());
        signal_id((self.request.namespace, ENGINE_VERSION), self.key, asset, time, kind)
    }

    fn order(&self, event: &OrderEvent, candles: &AssetCandles, replayed: bool) -> Signal {
        let time = candles.candles.time[event.bar];
        let bars_late = (self.bars - 1 - event.bar) as u64;
        Signal {
            fill: Some(event.fill),
            price_ref: event.price,
            stop: event.stop,
            target: event.target,
            equity: event.equity,
            bars_late,
            stale: replayed || bars_late > self.request.max_late,
            replayed,
            ..self.blank(self.id(time, event.kind.name()), SignalKind::Order(event.kind), time)
        }
    }

    fn blank(&self, id: String, kind: SignalKind, bar: Millis) -> Signal {
        let plan = self.request.plan;
        let bound = &plan.strategies[self.strategy];
        Signal {
            id,
            kind,
            symbol: plan.assets[self.asset].symbol.clone(),
            interval: plan.interval,
            bar,
            fill: None,
            price_ref: f64::NAN,
            stop: None,
            target: None,
            strategy: bound.strategy.name.clone(),
            params: bound.params(),
            key: self.key.to_string(),
            equity: f64::NAN,
            bars_late: 0,
            stale: false,
            replayed: false,
            emitted_at: plan.now,
        }
    }
}
