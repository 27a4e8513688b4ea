//! One strategy on one asset: from what is stored of it and the candles of now to what is new.

use super::chain::CandleChain;
use super::head::{Border, KnownOrder, LADDER, SignalHead, checkpoints_to_bytes, read_checkpoints};
use crate::sim::fold::{
    AccountOrders, Checkpoint, Compiled, Market, OrderEvent, OrderFill, OrderKind, PriorBars, RunConfig,
};
use crate::sim::{ENGINE_VERSION, Fill, Millis, Side, TILE};

/// What is new of one strategy on one asset.
#[derive(Debug, Default)]
pub(super) struct News {
    /// What is to be stored; none where nothing changes.
    pub head: Option<SignalHead>,
    /// The checkpoints that are to be stored, where they change.
    pub checkpoints: Option<(Vec<u8>, Vec<u8>)>,
    /// Orders of bars that were not known before.
    pub orders: Vec<OrderEvent>,
    /// Orders of known bars that are there now (true), or not any more.
    pub corrections: Vec<(OrderEvent, bool)>,
    /// Positions before and now where another version of the engine disagrees, after the last bar that was known.
    pub migrated: Option<(Option<Side>, Option<Side>)>,
    /// The strategy is followed from now on: all orders are of the past.
    pub is_first: bool,
    /// The candles end before what is known of them.
    pub is_behind: bool,
    /// Bars that were folded.
    pub folded: u64,
}

/// What a strategy is followed on.
pub(super) struct Followed<'a> {
    pub compiled: &'a Compiled,
    /// The candles, with one more that stands for the next bar.
    pub market: Market<'a>,
    pub config: &'a RunConfig,
    /// Whether checkpoints can stand for the bars before them; else everything is folded each time.
    pub is_resumable: bool,
    /// Whether it is the bars at which rules become true that count, and not the orders of an account.
    pub conditions: bool,
}

/// What else a strategy must be given.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// The earlier checkpoints.
    Older,
    /// All candles.
    Whole,
}

impl Followed<'_> {
    /// Its orders, or the bars at which its rules become true.
    fn orders_from(&self, start: Option<&Checkpoint>, keep: impl FnMut(Checkpoint)) -> Option<AccountOrders> {
        if self.conditions {
            self.compiled.edges_from(self.market, self.config, start, keep)
        } else {
            self.compiled.orders_from(self.market, self.config, start, keep)
        }
    }

    /// Bars that were not read, as they are known to be what they were.
    fn behind(&self) -> usize {
        self.market.prior.map_or(0, |prior| prior.bars)
    }

    fn bars(&self) -> usize {
        self.skipped() + self.market.candles.len() - 1
    }

    /// Bars before the first candle.
    fn skipped(&self) -> usize {
        self.market.prior.map_or(0, PriorBars::skipped)
    }

    /// Open time of the first bar, or of one that has a candle.
    fn time(&self, bar: usize) -> Millis {
        match self.market.prior {
            Some(prior) if bar == 0 => prior.first,
            _ => self.market.candles.time[bar - self.skipped()],
        }
    }

    /// What is new since what is stored. `older` are the earlier checkpoints, where they were read.
    pub(super) fn news(
        &self,
        head: Option<&SignalHead>,
        checkpoint: Option<Vec<u8>>,
        older: Option<Vec<u8>>,
        chain: &mut CandleChain<'_>,
        about: &SignalHead,
    ) -> Result<News, Wants> {
        let Some(head) = head else {
            let news = self.fold((&[], true), None, chain, about)?;
            return Ok(News { is_first: true, ..news });
        };
        let bars = self.bars();
        if self.time(bars - 1) < head.last {
            return Ok(News { is_behind: true, ..News::default() });
        }
        if head.engine_version != ENGINE_VERSION {
            return self.migrated(head, chain, about);
        }
        let known = count(head.bars);
        let is_there = (self.skipped() + 1..=bars).contains(&known);
        let is_same = is_there && head.first == self.time(0) && self.time(known - 1) == head.last;
        // The highest border before which the candles are those that were folded.
        let behind = self.behind();
        let holds = |border: &&Border| {
            let bar = count(border.bar);
            is_same && (bar < behind || chain.before(bar) == Some(border.digest))
        };
        let from = head.borders.iter().rev().find(holds).map_or(0, |border| count(border.bar));
        let latest = head.borders.last().map_or(0, |border| count(border.bar));
        if from < behind {
            return Err(Wants::Whole);
        }
        let is_unrevised = is_same && from == latest && chain.of(from, known) == head.tail;
        if is_unrevised && known == bars {
            return Ok(News::default());
        }
        let read = |bytes: Option<Vec<u8>>| bytes.map(read_checkpoints).unwrap_or_default();
        let mut ladder = read(checkpoint);
        let is_same_ladder = from == latest && bars < latest + TILE && (from == 0 || !ladder.is_empty());
        if !is_same_ladder && latest > 0 {
            let Some(older) = older else { return Err(Wants::Older) };
            ladder = read_checkpoints(older).into_iter().chain(ladder).collect();
            ladder.retain(|checkpoint| checkpoint.bar() <= from);
        }
        self.fold((&ladder, !is_same_ladder), Some((head, !is_unrevised)), chain, about)
    }

    /// Folds from the last of these checkpoints on, all of which are right, and compares with what was known, and whether that
    /// was revised. Says which checkpoints there are now where `moves` says that they change.
    fn fold(
        &self,
        (ladder, mut moves): (&[Checkpoint], bool),
        known: Option<(&SignalHead, bool)>,
        chain: &mut CandleChain<'_>,
        about: &SignalHead,
    ) -> Result<News, Wants> {
        let mut made = Vec::new();
        let mut ladder = if self.is_resumable { ladder } else { &[] };
        let mut orders_from = |start: Option<&Checkpoint>| {
            made.clear();
            self.orders_from(start, |checkpoint| made.push(checkpoint))
        };
        let mut found = ladder.last().and_then(|start| orders_from(Some(start)));
        if found.is_none() {
            // There is no checkpoint, or it is none of these ticks: everything again.
            if self.behind() > 0 {
                return Err(Wants::Whole);
            }
            (ladder, moves) = (&[], true);
            found = orders_from(None);
        }
        let Some(AccountOrders { events, position, equity }) = found else { return Ok(News::default()) };
        let (bars, from) = (self.bars(), ladder.last().map_or(0, Checkpoint::bar));
        let kept = known.map(|(head, _)| head.borders.clone()).unwrap_or_default();
        let mut ladder: Vec<Checkpoint> = ladder.iter().cloned().chain(made).collect();
        if !self.is_resumable {
            ladder.clear();
        }
        ladder.drain(..ladder.len().saturating_sub(LADDER));
        let mut border = |one: &Checkpoint| {
            let (bar, number) = (one.bar(), one.bar() as u64);
            if bar < self.behind() {
                return kept.iter().find(|border| border.bar == number).copied();
            }
            Some(Border { bar: number, time: self.time(bar), digest: chain.before(bar)? })
        };
        let borders: Vec<Border> = if moves { ladder.iter().filter_map(&mut border).collect() } else { kept };
        let latest = borders.last().map_or(0, |border| count(border.bar));
        let oldest_time = borders.first().map_or(self.time(0), |border| border.time);
        let from_time = self.time(from);
        let before =
            known.into_iter().flat_map(|(head, _)| &head.orders).filter(|order| order.time < from_time).copied();
        let now = events.iter().map(|event| KnownOrder::new(event, self.time(event.bar)));
        let orders = before.chain(now).filter(|order| order.time >= oldest_time).collect();
        let head = SignalHead {
            engine_version: ENGINE_VERSION,
            first: self.time(0),
            bars: bars as u64,
            last: self.time(bars - 1),
            held: SignalHead::held(position),
            equity,
            tail: chain.of(latest, bars),
            borders,
            orders,
            ..about.clone()
        };
        let checkpoints = moves.then(|| match ladder.split_last() {
            Some((latest, older)) => (checkpoints_to_bytes(std::slice::from_ref(latest)), checkpoints_to_bytes(older)),
            None => (Vec::new(), Vec::new()),
        });
        let known_bars = known.map_or(0, |(head, _)| self.bars_until(head.last));
        let corrections = match known {
            Some((head, true)) => self.corrections(head, &events, from, known_bars),
            _ => Vec::new(),
        };
        let orders = events.into_iter().filter(|event| event.bar >= known_bars).collect();
        let folded = (bars - from) as u64;
        Ok(News { head: Some(head), checkpoints, orders, corrections, folded, ..News::default() })
    }

    /// Number of bars that open until this moment.
    fn bars_until(&self, last: Millis) -> usize {
        let times = &self.market.candles.time;
        self.skipped() + times[..times.len() - 1].partition_point(|time| *time <= last)
    }

    /// What differs between the orders that were known and those of now, in known bars from this one on.
    fn corrections(
        &self,
        head: &SignalHead,
        events: &[OrderEvent],
        from: usize,
        known_bars: usize,
    ) -> Vec<(OrderEvent, bool)> {
        // Orders are known since the first border that was stored; of a history that begins elsewhere, since the first of them.
        let oldest = head.borders.first().map_or(0, |border| count(border.bar));
        let since = if head.first == self.time(0) {
            self.time(from.max(oldest).min(self.bars()))
        } else {
            head.orders.first().map_or(Millis::MAX, |order| order.time)
        };
        let then: Vec<&KnownOrder> = head.orders.iter().filter(|order| order.time >= since).collect();
        let now: Vec<&OrderEvent> =
            events.iter().filter(|event| event.bar < known_bars && self.time(event.bar) >= since).collect();
        let is =
            |order: &KnownOrder, event: &OrderEvent| order.time == self.time(event.bar) && order.order() == event.kind;
        let gone = then.iter().filter(|order| !now.iter().any(|event| is(order, event)));
        let gone = gone.map(|order| (self.gone(order), false));
        let new = now.iter().filter(|event| !then.iter().any(|order| is(order, event))).map(|event| (**event, true));
        let mut all: Vec<(OrderEvent, bool)> = gone.chain(new).collect();
        all.sort_by_key(|(event, is_there)| (event.bar, event.kind, *is_there));
        all
    }

    /// An order that is not there any more.
    fn gone(&self, order: &KnownOrder) -> OrderEvent {
        let before = self.market.candles.time.partition_point(|time| *time < order.time);
        let bar = (self.skipped() + before).min(self.bars() - 1);
        let fill = match self.config.settings.fill {
            _ if self.conditions => OrderFill::Condition,
            Fill::NextOpen => OrderFill::NextOpen,
            Fill::Close => OrderFill::Close,
        };
        let (kind, price) = (order.order(), order.price);
        OrderEvent { kind, bar, fill, price, stop: None, target: None, equity: f64::NAN }
    }

    /// Everything again with this version of the engine: only where the positions differ is something said of the past.
    fn migrated(&self, head: &SignalHead, chain: &mut CandleChain<'_>, about: &SignalHead) -> Result<News, Wants> {
        let known_bars = self.bars_until(head.last);
        let all = self.orders_from(None, |_| ()).map(|orders| orders.events);
        // Rules hold no position.
        let is_last = |event: &&OrderEvent| event.bar < known_bars && event.fill != OrderFill::Condition;
        let last = all.iter().flatten().rev().find(is_last).map(|event| event.kind);
        let now = match last {
            Some(OrderKind::Entry) => Some(Side::Long),
            Some(OrderKind::ShortEntry) => Some(Side::Short),
            _ => None,
        };
        let before = head.position();
        let news = self.fold((&[], true), Some((head, false)), chain, about)?;
        Ok(News { migrated: (before != now).then_some((before, now)), ..news })
    }
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
