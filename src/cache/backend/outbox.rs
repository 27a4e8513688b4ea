//! What `signals` needs from a store: states that change by compare-and-set together with the events that they give rise to,
//! and how far each sink has got.

use super::Failure;

/// The stored state of one followed strategy on one asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateRow {
    /// Counts the changes of it, from 1.
    pub version: u64,
    /// What changes with each bar.
    pub head: Vec<u8>,
    /// The latest checkpoint; empty where there is none.
    pub latest: Vec<u8>,
}

/// A change of one state, with the events that it gives rise to: all of it happens, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateWrite {
    /// Name of the state.
    pub name: String,
    /// The version that was read, and that must still be stored; 0 where there was none.
    pub expected: u64,
    /// As in [`StateRow`].
    pub head: Vec<u8>,
    /// The latest checkpoint and all earlier ones together, where they change.
    pub checkpoints: Option<(Vec<u8>, Vec<u8>)>,
    /// Documents of the events, in order, each with `"seq":0,` in it, which becomes the event's number.
    pub events: Vec<String>,
}

impl StateWrite {
    /// About how many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        let checkpoints = self.checkpoints.as_ref().map_or(0, |(latest, older)| latest.len() + older.len());
        self.name.len() + self.head.len() + checkpoints + self.events.iter().map(String::len).sum::<usize>()
    }
}

/// An event that is to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEvent {
    /// Its number: each is greater than all before it.
    pub seq: u64,
    /// Its document, with its number in it.
    pub document: String,
}

/// The place in an event's document where its number comes.
pub(crate) const NUMBER: &str = "\"seq\":0,";
/// How many events are kept, about.
pub(crate) const KEPT: u64 = 1_000_000;

/// A store of states and events. An error from any method means that nothing of what was asked has happened, or all of it.
pub trait Outbox: Send {
    /// The states of these names, in their order.
    ///
    /// # Errors
    /// The store cannot be used.
    fn states(&mut self, names: &[String]) -> Result<Vec<Option<StateRow>>, Failure>;

    /// The earlier checkpoints of a state.
    ///
    /// # Errors
    /// As [`Outbox::states`].
    fn older(&mut self, name: &str) -> Result<Vec<u8>, Failure>;

    /// Names of all states.
    ///
    /// # Errors
    /// As [`Outbox::states`].
    fn names(&mut self) -> Result<Vec<String>, Failure>;

    /// Changes those states whose version is still the one that was read, and appends their events, in one transaction; says
    /// which these were.
    ///
    /// # Errors
    /// As [`Outbox::states`].
    fn commit(&mut self, writes: &[StateWrite]) -> Result<Vec<bool>, Failure>;

    /// So many events at most after the one with this number.
    ///
    /// # Errors
    /// As [`Outbox::states`].
    fn events(&mut self, after: u64, most: usize) -> Result<Vec<OutboxEvent>, Failure>;

    /// The number of the last event; 0 where there was none.
    ///
    /// # Errors
    /// As [`Outbox::states`].
    fn last_event(&mut self) -> Result<u64, Failure>;

    /// All sinks with what is kept of them.
    ///
    /// # Errors
    /// As [`Outbox::states`].
    fn sinks(&mut self) -> Result<Vec<(String, String)>, Failure>;

    /// What is kept of a sink.
    ///
    /// # Errors
    /// As [`Outbox::states`].
    fn sink(&mut self, name: &str) -> Result<Option<String>, Failure>;

    /// Keeps this of a sink, if what is kept is still `before`; says whether it was.
    ///
    /// # Errors
    /// As [`Outbox::states`].
    fn set_sink(&mut self, name: &str, before: Option<&str>, now: &str) -> Result<bool, Failure>;

    /// Why the store may lose states, if it may.
    ///
    /// # Errors
    /// As [`Outbox::states`].
    fn risk(&mut self) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}
