//! What the accounts of strategies would order next, each order found once: from stored states and new candles to events.
//!
//! A state is a fold that was saved at the border of a tile. What came after it is folded again, so that the orders are those
//! of a full run, to the bit. States and events change together, by compare-and-set: of two processes that see the same bar,
//! one tells of it.

mod candles;
mod chain;
mod follow;
mod head;
mod tail_mark;
#[cfg(test)]
mod tests;

pub use head::SignalHead;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use self::candles::AssetCandles;
use self::chain::CandleChain;
use self::follow::{Followed, News, Wants};
use self::tail_mark::TailMark;
use super::plan::{KeyMaker, Plan};
use crate::cache::{Failure, Key, SignalChange, SignalState, SignalStore, signal_id, signal_state_id};
use crate::data::{CandleFile, FileFingerprint};
use crate::pool::Pool;
use crate::sim::fold::{Combination, Compiled, OrderEvent, OrderFill};
use crate::sim::{Candle, ENGINE_VERSION, Failed, Millis, Signal, SignalKind};

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
    /// Whether the bars at which rules become true are told, and not the orders of accounts.
    pub conditions: bool,
    /// Whether all candles are read, though files be as they were.
    pub verify: bool,
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

/// What a pass read and folded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadCounts {
    /// Assets of which all candles were read.
    pub whole: u64,
    /// Those of which only the last ones were.
    pub tails: u64,
    /// Those whose file was not opened, as nothing about it has changed.
    pub unchanged: u64,
    /// Bars that were read.
    pub bars: u64,
    /// Bytes of candle files that were read, without what Parquet files say of themselves.
    pub bytes: u64,
    /// Bars that were folded, over all strategies.
    pub folded: u64,
}

impl std::ops::AddAssign for ReadCounts {
    fn add_assign(&mut self, other: Self) {
        let Self { whole, tails, unchanged, bars, bytes, folded } = other;
        self.whole += whole;
        self.tails += tails;
        self.unchanged += unchanged;
        self.bars += bars;
        self.bytes += bytes;
        self.folded += folded;
    }
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
    /// What was read for it.
    pub reads: ReadCounts,
}

/// What a pass made of one asset.
struct AssetNews {
    last: Millis,
    states: Vec<PassState>,
    changes: Vec<(SignalChange, Vec<Signal>)>,
    reads: ReadCounts,
}

/// What the news of an asset are made from.
#[derive(Default)]
struct AssetGiven {
    /// The earlier checkpoints of each strategy, where they were asked for.
    older: Option<Vec<Vec<u8>>>,
    /// Whether all candles are to be read.
    is_whole: bool,
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
    let work = |(asset, given): (usize, AssetGiven)| {
        let first = asset * keys.len();
        let stored = &stored[first..first + keys.len()];
        (asset, follow_asset(request, &compiled, &keys, asset, stored, &given, &pool), given)
    };
    let mut found: BTreeMap<usize, Result<AssetNews, String>> = BTreeMap::new();
    let mut open: Vec<(usize, AssetGiven)> =
        (0..plan.assets.len()).map(|asset| (asset, AssetGiven { is_whole: request.verify, older: None })).collect();
    while !open.is_empty() {
        let done = pool.map(std::mem::take(&mut open), work);
        for (asset, news, given) in done {
            match news {
                Ok(news) => drop(found.insert(asset, Ok(news))),
                Err(AssetError::Candles(reason)) => drop(found.insert(asset, Err(reason))),
                // Few revise their past: they are done again with what that wants.
                Err(AssetError::Wants(Wants::Whole)) => open.push((asset, AssetGiven { is_whole: true, ..given })),
                Err(AssetError::Wants(Wants::Older)) => {
                    let ids = &ids[asset * keys.len()..(asset + 1) * keys.len()];
                    let older = ids.iter().map(|id| Ok(store.older(id)?.unwrap_or_default()));
                    let older = Some(older.collect::<Result<_, Failure>>()?);
                    open.push((asset, AssetGiven { older, ..given }));
                }
            }
        }
    }
    let mut changes = Vec::new();
    for (asset, found) in found {
        let symbol = plan.assets[asset].symbol.clone();
        match found {
            Ok(news) => {
                pass.last_bars.push((symbol, Some(news.last)));
                pass.states.extend(news.states);
                pass.reads += news.reads;
                changes.extend(news.changes);
            }
            Err(reason) => {
                pass.last_bars.push((symbol.clone(), None));
                pass.failed.push(Failed { symbol, reason });
            }
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
            let (market, config) = (data.market(), &plan.terms());
            let orders = if request.conditions {
                compiled.edges_from(market, config, None, |_| ())
            } else {
                compiled.orders_from(market, config, None, |_| ())
            };
            let events = orders.map(|orders| orders.events).unwrap_or_default();
            let maker = SignalMaker { request, asset, strategy: at, key: &keys[at], bars: data.bars() };
            signals
                .extend(events.iter().filter(|event| event.bar == last).map(|event| maker.order(event, &data, false)));
        }
        Ok((data.row(last).time, signals))
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
    keys.iter().map(|key| state_id(request, asset, key)).collect()
}

fn state_id(request: &SignalRequest<'_>, asset: &CandleFile, key: &Key) -> Key {
    let plan = request.plan;
    // Without a begin there is nothing before it that could warm up.
    let from = plan.range.from.map_or_else(
        || "all".to_owned(),
        |from| format!("{from} after {}", plan.warmup.bars().map_or_else(|| "all".to_owned(), |bars| bars.to_string())),
    );
    let terms = format!("{from}{}", if request.conditions { " conditions" } else { "" });
    signal_state_id(request.namespace, key, &asset.symbol, &plan.interval.to_string(), &terms)
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
    /// A strategy must be given more.
    Wants(Wants),
}

fn follow_asset(
    request: &SignalRequest<'_>,
    compiled: &[Compiled],
    keys: &[Key],
    asset: usize,
    stored: &[Option<SignalState>],
    given: &AssetGiven,
    pool: &Pool,
) -> Result<AssetNews, AssetError> {
    let plan = request.plan;
    let entry = &plan.assets[asset];
    let heads: Vec<Option<SignalHead>> =
        stored.iter().map(|stored| SignalHead::read(stored.as_ref()?.head.clone()?)).collect();
    let mark = if given.is_whole { None } else { common_mark(plan, &heads) };
    let state = |at: usize| PassState {
        symbol: entry.symbol.clone(),
        strategy: plan.strategies[at].strategy.name.clone(),
        is_first: false,
        is_behind: false,
    };
    if let Some((head, mark)) = mark
        && mark.vouches_for(entry.stamp)
    {
        let states = (0..compiled.len()).map(state).collect();
        let reads = ReadCounts { unchanged: 1, ..ReadCounts::default() };
        return Ok(AssetNews { last: head.last, states, changes: Vec::new(), reads });
    }
    let tail = mark.and_then(|(head, mark)| Some((AssetCandles::open_tail(plan, asset, head.first, mark)?, mark)));
    let (candles, mark) = match tail {
        Some((candles, mark)) => (candles, Some(mark)),
        None => (AssetCandles::open(plan, asset, pool).map_err(AssetError::Candles)?, None),
    };
    let (market, bars) = (candles.market(), candles.bars());
    let mut chain = match mark {
        Some(mark) => CandleChain::behind(market, bars, (mark.prefix.bars, mark.chain)),
        None => CandleChain::new(market, bars),
    };
    let config = plan.terms();
    let mut news_of =
        AssetNews { last: candles.row(bars - 1).time, states: Vec::new(), changes: Vec::new(), reads: candles.counts };
    let mut all = Vec::with_capacity(compiled.len());
    for (at, (compiled, head)) in compiled.iter().zip(&heads).enumerate() {
        let bound = &plan.strategies[at];
        let about = SignalHead {
            symbol: entry.symbol.clone(),
            interval: plan.interval.to_string(),
            strategy: bound.strategy.name.clone(),
            params: bound.params(),
            conditions: request.conditions,
            ..SignalHead::default()
        };
        let conditions = request.conditions;
        let followed =
            Followed { compiled, market, config: &config, is_resumable: market.detail.is_none(), conditions };
        let checkpoint = stored[at].as_ref().and_then(|stored| stored.checkpoint.clone());
        let older = given.older.as_ref().map(|older| older[at].clone());
        let news = followed.news(head.as_ref(), checkpoint, older, &mut chain, &about).map_err(AssetError::Wants)?;
        news_of.states.push(PassState { is_first: news.is_first, is_behind: news.is_behind, ..state(at) });
        news_of.reads.folded += news.folded;
        all.push(news);
    }
    let has_news = all.iter().any(|news| news.head.is_some());
    let mark = if has_news || !is_vouched_for(&heads, candles.stamp) {
        candles.mark(plan, asset, &mut chain).filter(|mark| has_news || mark.vouches_for(candles.stamp))
    } else {
        None
    };
    if !has_news && mark.is_some() && !all.iter().any(|news| news.is_behind) {
        // The file was touched, or read in the moment in which it was written: the next pass need not open it.
        all.iter_mut().zip(&heads).for_each(|(news, head)| news.head.clone_from(head));
    }
    for (at, mut news) in all.into_iter().enumerate() {
        let Some(head) = &mut news.head else { continue };
        head.mark.clone_from(&mark);
        let (id, head) = (state_id(request, entry, &keys[at]), head.to_bytes());
        let maker = SignalMaker { request, asset, strategy: at, key: &keys[at], bars };
        let version = stored[at].as_ref().map_or(0, |state| state.version);
        let signals = maker.signals(&news, &candles, version);
        let change = SignalChange {
            id,
            expected: version,
            label: format!("{}:{}", entry.symbol, plan.strategies[at].strategy.name),
            head,
            checkpoints: news.checkpoints,
            events: signals.iter().map(request.document).collect(),
        };
        news_of.changes.push((change, signals));
    }
    Ok(news_of)
}

/// Whether all strategies of an asset know this file.
fn is_vouched_for(heads: &[Option<SignalHead>], stamp: FileFingerprint) -> bool {
    heads.iter().all(|head| {
        let mark = head.as_ref().and_then(|head| head.mark.as_ref());
        mark.is_some_and(|mark| mark.vouches_for(stamp))
    })
}

/// What all strategies of an asset know of its candles in the same way, with the state of one of them.
fn common_mark<'a>(plan: &Plan, heads: &'a [Option<SignalHead>]) -> Option<(&'a SignalHead, &'a TailMark)> {
    let head = heads.first()?.as_ref()?;
    let mark = head.mark.as_ref()?;
    let is_same = |other: &Option<SignalHead>| {
        other.as_ref().is_some_and(|other| {
            (&other.mark, other.first, other.last) == (&head.mark, head.first, head.last)
                && other.engine_version == ENGINE_VERSION
        })
    };
    (tail_mark::is_possible(plan) && heads.iter().all(is_same)).then_some((head, mark))
}

/// What tells the events of a bar apart.
fn identity(event: &OrderEvent) -> String {
    let what = if event.fill == OrderFill::Condition { "condition " } else { "" };
    format!("{what}{}", event.kind.name())
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
            let Candle { time, close, .. } = candles.row(bar);
            let id = self.id(time, &format!("migrated to {ENGINE_VERSION}"));
            let equity = news.head.as_ref().map_or(f64::NAN, |head| head.equity);
            let signal = self.blank(id, kind, time);
            signals.push(Signal { price_ref: close, equity, ..signal });
        }
        for (event, is_there) in &news.corrections {
            let kind = SignalKind::Correction { order: event.kind, is_there: *is_there };
            let signal = self.order(event, candles, false);
            // A candle may be revised there and back: each revision is another one.
            let id = self.id(signal.bar, &format!("{} corrected {version} {is_there}", identity(event)));
            signals.push(Signal { id, kind, stale: true, ..signal });
        }
        if news.is_first {
            let Some(since) = self.request.since else { return signals };
            let replayed = news.orders.iter().filter(|event| candles.row(event.bar).time >= since);
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
        let time = candles.row(event.bar).time;
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
            ..self.blank(self.id(time, &identity(event)), SignalKind::Order(event.kind), time)
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
