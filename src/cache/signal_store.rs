//! The states of followed strategies and their events, in a Redis or a file: sealed like all that is stored, and read back
//! only where the seal is right.

use blake3::Hasher;

use super::backend::{Failure, Outbox, OutboxEvent, StateWrite};
use super::envelope::{self, Secret};
use super::key::Key;
use super::location::CacheLocation;
use crate::sim::Millis;

/// Tags of sealed parts; never reused for anything else.
const HEAD: u8 = 32;
const LATEST: u8 = 33;
const OLDER: u8 = 34;
/// Most bytes that are changed at once: a script's arguments are in the server's memory twice.
const BATCH: usize = 4 << 20;

/// A followed strategy on one asset, as it is stored.
#[derive(Clone, Debug)]
pub struct SignalState {
    /// Counts its changes.
    pub version: u64,
    /// What changes with each bar; none where it is damaged, or sealed with another secret.
    pub head: Option<Vec<u8>>,
    /// The latest checkpoint, if there is one.
    pub checkpoint: Option<Vec<u8>>,
}

/// A change of it.
#[derive(Clone, Debug)]
pub struct SignalChange {
    /// Its identity.
    pub id: Key,
    /// The version that was read; 0 where there was none.
    pub expected: u64,
    /// `SYMBOL:STRATEGY`, for people.
    pub label: String,
    /// What changes with each bar.
    pub head: Vec<u8>,
    /// The latest checkpoint and the earlier ones together, where they change.
    pub checkpoints: Option<(Vec<u8>, Vec<u8>)>,
    /// Documents of its events.
    pub events: Vec<String>,
}

/// All states and events under one prefix.
pub struct SignalStore {
    outbox: Box<dyn Outbox>,
    secret: Option<Secret>,
    root: String,
}

impl SignalStore {
    /// Opens the store; a new file is made.
    ///
    /// # Errors
    /// The store cannot be reached, or is none.
    pub fn open(location: &CacheLocation, prefix: &str, secret: Option<Secret>) -> Result<Self, Failure> {
        let root = format!("{prefix}:v1:signals");
        Ok(Self { outbox: location.outbox(&root)?, secret, root })
    }

    /// Over a store that is open.
    #[must_use]
    pub fn over(outbox: Box<dyn Outbox>, prefix: &str, secret: Option<Secret>) -> Self {
        Self { outbox, secret, root: format!("{prefix}:v1:signals") }
    }

    fn name(&self, id: &Key) -> String {
        format!("{}:state:{id}", self.root)
    }

    /// The states of these identities, in their order.
    ///
    /// # Errors
    /// The store cannot be used.
    pub fn states(&mut self, ids: &[Key]) -> Result<Vec<Option<SignalState>>, Failure> {
        let names: Vec<String> = ids.iter().map(|id| self.name(id)).collect();
        let rows = self.outbox.states(&names)?;
        let open = |(row, id): (Option<super::backend::StateRow>, &Key)| {
            let row = row?;
            let head = self.opened(id, HEAD, &row.head);
            // A checkpoint without its head says nothing.
            let checkpoint = head.as_ref().and_then(|_| self.opened(id, LATEST, &row.latest));
            Some(SignalState { version: row.version, head, checkpoint })
        };
        Ok(rows.into_iter().zip(ids).map(open).collect())
    }

    fn opened(&self, id: &Key, tag: u8, bytes: &[u8]) -> Option<Vec<u8>> {
        envelope::open(bytes, id, tag, self.secret.as_ref()).ok().map(<[u8]>::to_vec)
    }

    /// The earlier checkpoints of a state; none where there are none, or where they are damaged.
    ///
    /// # Errors
    /// As [`Self::states`].
    pub fn older(&mut self, id: &Key) -> Result<Option<Vec<u8>>, Failure> {
        let bytes = self.outbox.older(&self.name(id))?;
        Ok(self.opened(id, OLDER, &bytes))
    }

    /// The heads of all states, damaged ones left out.
    ///
    /// # Errors
    /// As [`Self::states`].
    pub fn heads(&mut self) -> Result<Vec<Vec<u8>>, Failure> {
        let names = self.outbox.names()?;
        let rows = self.outbox.states(&names)?;
        let head = |(row, name): (Option<super::backend::StateRow>, &String)| {
            let id = Key(*blake3::Hash::from_hex(name.rsplit(':').next()?).ok()?.as_bytes());
            self.opened(&id, HEAD, &row?.head)
        };
        Ok(rows.into_iter().zip(&names).filter_map(head).collect())
    }

    /// Makes those changes whose state is still the one that was read, each with its events; says which these were.
    ///
    /// # Errors
    /// As [`Self::states`]; what was changed before stays changed.
    pub fn commit(&mut self, changes: &[SignalChange]) -> Result<Vec<bool>, Failure> {
        let mut done = Vec::with_capacity(changes.len());
        let mut batch: Vec<StateWrite> = Vec::new();
        let mut bytes = 0;
        for change in changes {
            let write = self.write(change);
            bytes += write.size();
            batch.push(write);
            if bytes > BATCH {
                done.extend(self.outbox.commit(&batch)?);
                (batch, bytes) = (Vec::new(), 0);
            }
        }
        if !batch.is_empty() {
            done.extend(self.outbox.commit(&batch)?);
        }
        Ok(done)
    }

    fn write(&self, change: &SignalChange) -> StateWrite {
        let SignalChange { id, expected, label, head, checkpoints, events } = change;
        // What is too large to be stored is left out: then everything is folded again.
        let seal =
            |tag, payload: &[u8]| envelope::seal(id, tag, label, payload, self.secret.as_ref()).unwrap_or_default();
        let checkpoints = checkpoints.as_ref();
        let checkpoints = checkpoints.map(|(latest, older)| (seal(LATEST, latest), seal(OLDER, older)));
        let (name, head) = (self.name(id), seal(HEAD, head));
        StateWrite { name, expected: *expected, head, checkpoints, events: events.clone() }
    }

    /// So many events at most after the one with this number.
    ///
    /// # Errors
    /// As [`Self::states`].
    pub fn events(&mut self, after: u64, most: usize) -> Result<Vec<OutboxEvent>, Failure> {
        self.outbox.events(after, most)
    }

    /// The number of the last event; 0 where there was none.
    ///
    /// # Errors
    /// As [`Self::states`].
    pub fn last_event(&mut self) -> Result<u64, Failure> {
        self.outbox.last_event()
    }

    /// All sinks with what is kept of them.
    ///
    /// # Errors
    /// As [`Self::states`].
    pub fn sinks(&mut self) -> Result<Vec<(String, String)>, Failure> {
        self.outbox.sinks()
    }

    /// What is kept of a sink.
    ///
    /// # Errors
    /// As [`Self::states`].
    pub fn sink(&mut self, name: &str) -> Result<Option<String>, Failure> {
        self.outbox.sink(name)
    }

    /// Keeps this of a sink, if what is kept is still `before`; says whether it was.
    ///
    /// # Errors
    /// As [`Self::states`].
    pub fn set_sink(&mut self, name: &str, before: Option<&str>, now: &str) -> Result<bool, Failure> {
        self.outbox.set_sink(name, before, now)
    }

    /// Why the store may lose states, if it may.
    ///
    /// # Errors
    /// As [`Self::states`].
    pub fn risk(&mut self) -> Result<Option<String>, Failure> {
        self.outbox.risk()
    }
}

/// What a strategy is followed on, and how: the identity of its state.
#[must_use]
pub fn signal_state_id(namespace: &str, strategy: &Key, symbol: &str, interval: &str, terms: &str) -> Key {
    digest("backtest signal state 2", &[namespace, &strategy.to_string(), symbol, interval, terms])
}

/// The identity of an event: of the bar, and not of what its candle says or of when it was looked at, so that each process
/// gives the same one.
#[must_use]
pub fn signal_id(
    (namespace, engine_version): (&str, u32),
    strategy: &Key,
    (symbol, interval): (&str, &str),
    bar: Millis,
    kind: &str,
) -> String {
    let (strategy, engine, bar) = (strategy.to_string(), engine_version.to_string(), bar.to_string());
    digest("backtest signal 1", &[namespace, &engine, &strategy, symbol, interval, &bar, kind]).to_string()
}

fn digest(domain: &str, parts: &[&str]) -> Key {
    let mut hasher = Hasher::new();
    for part in std::iter::once(&domain).chain(parts) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    Key(*hasher.finalize().as_bytes())
}
