//! Events on their way to whoever acts on them: each sink reads the store's events from where it has got to.
//!
//! An event is delivered before it counts as delivered: a process that is killed in between delivers it again, with the same
//! identity. Only a file, which says itself what it has, and the store's own stream have each event exactly once.

mod exec;
mod facts;
mod json_lines;
mod webhook;

use backtest_cache as cache;
use backtest_data as data;
use backtest_sim as sim;
use backtest_system::{clock, files};

pub use exec::ExecSink;
pub use facts::{DeadLetter, SinkFacts};
pub use json_lines::JsonLinesSink;
pub use webhook::{WebhookError, WebhookOptions, WebhookSink};

use crate::cache::{Failure, OutboxEvent, SignalStore};
use crate::clock::Clock;

/// Events that are read at a time.
const PAGE: usize = 500;
/// Failures in a row after which a sink is left alone.
const FAILURES: u64 = 5;
/// For how long, in ms; after that one event is tried.
const OPEN: i64 = 30_000;
/// Dead letters that are kept.
const DEAD: usize = 100;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is delivered.
    Done,
    /// It will never be taken; why.
    Dead(String),
    /// It may be taken later: how often it was tried, and why it failed.
    Failed(u64, String),
}

/// Where events go.
pub trait SignalSink {
    /// Its name in the store, which says what it is and not where secrets are.
    fn name(&self) -> &str;

    /// The number of the last event that it says it has, where it can say so.
    ///
    /// # Errors
    /// It cannot be used.
    fn has(&mut self) -> Result<Option<u64>, String> {
        Ok(None)
    }

    /// Delivers one event.
    fn deliver(&mut self, event: &OutboxEvent) -> Delivery;

    /// Called after some deliveries, before they count.
    ///
    /// # Errors
    /// They do not count.
    fn settle(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// Called when no more comes for now: others may use what it stands for.
    fn release(&mut self) {}
}

/// What became of a sink's events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Events that were delivered.
    pub delivered: u64,
    /// Events that it will never take.
    pub dead: u64,
    /// Why it takes no more now.
    pub failure: Option<String>,
    /// Whether it is left alone for a while.
    pub is_open: bool,
}

/// Lets a sink begin behind the last event that there is now, unless it is known.
///
/// # Errors
/// The store cannot be used.
pub fn register(store: &mut SignalStore, name: &str) -> Result<(), Failure> {
    if store.sink(name)?.is_none() {
        let facts = SinkFacts { seq: store.last_event()?, ..SinkFacts::default() };
        store.set_sink(name, None, &facts.to_text())?;
    }
    Ok(())
}

/// Delivers what a sink does not have yet, in order, as far as it takes it.
///
/// # Errors
/// The store cannot be used: what was delivered meanwhile may be delivered again.
pub fn drain(store: &mut SignalStore, sink: &mut dyn SignalSink, clock: &dyn Clock) -> Result<Drained, Failure> {
    let drained = drain_all(store, sink, clock);
    sink.release();
    drained
}

fn drain_all(store: &mut SignalStore, sink: &mut dyn SignalSink, clock: &dyn Clock) -> Result<Drained, Failure> {
    let mut drained = Drained::default();
    loop {
        let known = store.sink(sink.name())?;
        let mut facts = known.as_deref().and_then(SinkFacts::parse).unwrap_or_default();
        if facts.open_until > clock.now() {
            return Ok(Drained { is_open: true, failure: facts.last_error.clone(), ..drained });
        }
        let last = store.last_event()?;
        match sink.has() {
            // A file of another store may have greater numbers.
            Ok(has) => facts.seq = facts.seq.max(has.filter(|has| *has <= last).unwrap_or_default()),
            Err(why) => return Ok(Drained { failure: Some(why), ..drained }),
        }
        // After a pause one event tells whether it takes them again.
        let page = if facts.failures >= FAILURES { 1 } else { PAGE };
        let events = store.events(facts.seq, page)?;
        if events.is_empty() {
            return Ok(drained);
        }
        let before = drained.clone();
        deliver_page(sink, &events, &mut facts, &mut drained, clock);
        if let Err(why) = sink.settle() {
            return Ok(Drained { failure: Some(why), ..before });
        }
        let is_kept = store.set_sink(sink.name(), known.as_deref(), &facts.to_text())?;
        drained.is_open = facts.open_until > clock.now();
        if drained.failure.is_some() || !is_kept && facts.seq == last {
            return Ok(drained);
        }
    }
}

fn deliver_page(
    sink: &mut dyn SignalSink,
    events: &[OutboxEvent],
    facts: &mut SinkFacts,
    drained: &mut Drained,
    clock: &dyn Clock,
) {
    for event in events {
        match sink.deliver(event) {
            Delivery::Done => {
                drained.delivered += 1;
                facts.delivered += 1;
            }
            Delivery::Dead(why) => {
                drained.dead += 1;
                facts.dead_count += 1;
                facts.dead.push(DeadLetter { seq: event.seq, why });
                facts.dead.drain(..facts.dead.len().saturating_sub(DEAD));
            }
            Delivery::Failed(tries, why) => {
                facts.failures += tries;
                facts.failed += tries;
                if facts.failures >= FAILURES {
                    facts.open_until = clock.now().saturating_add(OPEN);
                }
                facts.last_error = Some(why.clone());
                drained.failure = Some(why);
                return;
            }
        }
        facts.seq = event.seq;
        (facts.failures, facts.open_until, facts.last_error) = (0, 0, None);
    }
}
