//! Redis, the store that a team shares: a [`Backend`] over one connection.

mod admin;
mod connection;
mod deadline_stream;
mod endpoint;
mod error;
mod outbox;
mod reply_limit;
mod timeouts;
#[cfg(feature = "tls")]
mod tls;

use std::time::Duration;

use redis::{Cmd, Pipeline, Value};

use self::connection::RedisConnection;
use self::error::{NO_PERMISSION, classify};
use super::backend::{Backend, Failure, FailureCause, FailureClass, FetchedValues, NewEntry, WriteOutcome};
use super::statistics::{CounterDelta, SINCE};
use crate::sim::metrics::validation::TrialSet;

pub(super) use self::admin::RedisAdmin;
pub use self::deadline_stream::Address;
pub use self::endpoint::{DEFAULT_URL, Endpoint, EndpointError};
pub(super) use self::outbox::RedisOutbox;
pub(super) use self::timeouts::Timeouts;
#[cfg(feature = "tls")]
pub use self::tls::{TlsConfig, TlsConfigError};

/// Longest time to live that a Redis of any version accepts: a hundred years.
const MAX_TTL: Duration = Duration::from_hours(100 * 366 * 24);

/// How long the counters of a day are kept: a little longer than they are shown.
const KEEP_DAYS: Duration = Duration::from_hours(40 * 24);

/// A Redis, connected on first use.
pub(super) struct RedisBackend {
    endpoint: Endpoint,
    timeouts: Timeouts,
    connection: Option<RedisConnection>,
    reopened: bool,
    /// MGET was denied: ask for each key alone, as some may be allowed.
    one_by_one: bool,
}

impl RedisBackend {
    /// Does not connect yet.
    pub(super) const fn new(endpoint: Endpoint, timeouts: Timeouts) -> Self {
        Self { endpoint, timeouts, connection: None, reopened: false, one_by_one: false }
    }

    fn connection(&mut self) -> Result<&mut RedisConnection, Failure> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(RedisConnection::connect(&self.endpoint, self.timeouts)?)),
        }
    }

    /// One round trip. A connection that the server closed while it was idle is opened again, once: after a long
    /// computation its results should still be stored. A connection that breaks in use is a failure, not retried.
    fn round_trip(&mut self, pipeline: &Pipeline) -> Result<Vec<Value>, Failure> {
        let idle = self.timeouts.idle;
        let connection = self.connection()?;
        let was_idle = connection.idle() >= idle;
        match connection.pipeline(pipeline) {
            Err(failure)
                if failure.class == FailureClass::Closed && was_idle && connection.is_silent() && !self.reopened =>
            {
                self.reopened = true;
                self.connection = None;
                self.connection()?.pipeline(pipeline)
            }
            replies => replies,
        }
    }

    fn failure(&self, (class, detail): FailureCause) -> Failure {
        Failure::new(class, &self.endpoint.label(), detail)
    }

    fn unexpected_reply(&self) -> Failure {
        self.failure((FailureClass::Protocol, "a reply has another form than Redis gives it"))
    }

    fn get_each(&mut self, names: &[String]) -> Result<FetchedValues, Failure> {
        let mut pipeline = Pipeline::with_capacity(names.len());
        for name in names {
            pipeline.cmd("GET").arg(name);
        }
        let mut fetched = FetchedValues::default();
        for reply in self.round_trip(&pipeline)? {
            fetched.values.push(match reply {
                Value::BulkString(value) => Some(value),
                Value::Nil => None,
                // Another type under our name is a miss like any other.
                Value::ServerError(error) if error.code() == "WRONGTYPE" => None,
                Value::ServerError(error) => {
                    fetched.failure.get_or_insert_with(|| self.failure(classify(&error)));
                    None
                }
                _ => return Err(self.unexpected_reply()),
            });
        }
        Ok(fetched)
    }
}

impl Backend for RedisBackend {
    fn connect(&mut self) -> Result<(), Failure> {
        self.connection().map(|_| ())
    }

    fn get_many(&mut self, names: &[String]) -> Result<FetchedValues, Failure> {
        if names.is_empty() {
            return Ok(FetchedValues::default());
        }
        if self.one_by_one {
            return self.get_each(names);
        }
        let mut command = Cmd::new();
        command.arg("MGET").arg(names);
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(command);
        match self.round_trip(&pipeline)?.pop() {
            Some(Value::Array(values)) if values.len() == names.len() => {
                let values = values.into_iter().map(|value| match value {
                    Value::BulkString(value) => Ok(Some(value)),
                    Value::Nil => Ok(None),
                    _ => Err(self.unexpected_reply()),
                });
                Ok(FetchedValues { values: values.collect::<Result<_, _>>()?, failure: None })
            }
            Some(Value::ServerError(error)) if error.code() == NO_PERMISSION => {
                self.one_by_one = true;
                self.get_each(names)
            }
            Some(Value::ServerError(error)) => Err(self.failure(classify(&error))),
            _ => Err(self.unexpected_reply()),
        }
    }

    fn put_many(&mut self, entries: &[NewEntry]) -> Result<WriteOutcome, Failure> {
        let mut pipeline = Pipeline::with_capacity(entries.len());
        for entry in entries {
            pipeline.cmd("SET").arg(&entry.name).arg(entry.value.as_slice());
            if let Some(ttl) = entry.ttl {
                pipeline.arg("PX").arg(ttl.clamp(Duration::from_millis(1), MAX_TTL).as_millis());
            }
        }
        let mut written = WriteOutcome::default();
        for reply in self.round_trip(&pipeline)? {
            written.stored.push(matches!(reply, Value::Okay));
            match reply {
                Value::Okay => {}
                Value::ServerError(error) => {
                    written.failure.get_or_insert_with(|| self.failure(classify(&error)));
                }
                _ => return Err(self.unexpected_reply()),
            }
        }
        Ok(written)
    }

    fn count(&mut self, delta: &CounterDelta) -> Result<(), Failure> {
        let mut pipeline = Pipeline::new();
        pipeline.cmd("HSETNX").arg(&delta.total).arg(SINCE).arg(delta.now);
        for (field, number) in delta.counters.fields() {
            pipeline.cmd("HINCRBY").arg(&delta.total).arg(&field).arg(number);
            pipeline.cmd("HINCRBY").arg(&delta.day).arg(&field).arg(number);
        }
        pipeline.cmd("EXPIRE").arg(&delta.day).arg(KEEP_DAYS.as_secs());
        // Error replies are ignored: a reader without permission to count has lost nothing.
        self.round_trip(&pipeline).map(|_| ())
    }

    fn add_trials(&mut self, name: &str, trials: &TrialSet, ttl: Duration) -> Result<Option<u64>, Failure> {
        let mut pipeline = Pipeline::new();
        if !trials.is_empty() {
            pipeline.cmd("PFADD").arg(name);
            for trial in trials.decisive() {
                pipeline.arg(trial.to_le_bytes().as_slice());
            }
            pipeline.cmd("EXPIRE").arg(name).arg(ttl.as_secs());
        }
        pipeline.cmd("PFCOUNT").arg(name);
        // Error replies are ignored here too.
        Ok(match self.round_trip(&pipeline)?.pop() {
            Some(Value::Int(count)) => u64::try_from(count).ok(),
            _ => None,
        })
    }
}
