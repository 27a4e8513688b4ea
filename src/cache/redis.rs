//! The store that a team shares: a [`Backend`] over one Redis connection.

use std::time::Duration;

use redis::{Cmd, Pipeline, Value};

use super::backend::{Backend, Entry, Fetched, Written};
use super::counts::{Booking, SINCE};
use super::endpoint::Endpoint;
use super::failure::{Class, Failure};
use super::redis_error::{NO_PERMISSION, classify};
use super::redis_wire::{Limits, PATIENT, Wire};

/// A run must not wait longer than its stall budget anyway; these end the work of an abandoned thread soon after.
const HURRIED: Limits = Limits { connect: Duration::from_millis(100), round: Duration::from_millis(250) };
/// Servers close connections that idle (`timeout` in redis.conf); nothing in use is closed within this.
const IDLE: Duration = Duration::from_millis(500);
/// Longest life that a Redis of any version takes: a hundred years.
const MAX_TTL: Duration = Duration::from_hours(100 * 366 * 24);

/// How long the counters of a day are kept: a little longer than they are shown.
const KEEP_DAYS: Duration = Duration::from_hours(40 * 24);

/// A Redis, connected on first use.
pub struct Redis {
    endpoint: Endpoint,
    limits: Limits,
    wire: Option<Wire>,
    reopened: bool,
    /// MGET was denied: ask for each key alone, as some may be allowed.
    one_by_one: bool,
}

impl Redis {
    /// Does not connect yet.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, limits: HURRIED, wire: None, reopened: false, one_by_one: false }
    }

    /// The same, for work that is about the cache itself and would rather wait.
    #[must_use]
    pub fn patient(endpoint: Endpoint) -> Self {
        Self { limits: PATIENT, ..Self::new(endpoint) }
    }

    fn wire(&mut self) -> Result<&mut Wire, Failure> {
        match &mut self.wire {
            Some(wire) => Ok(wire),
            none => Ok(none.insert(Wire::connect(&self.endpoint, self.limits)?)),
        }
    }

    /// A round of requests. A connection that the server closed while nobody used it is opened again, once: after a
    /// long computation its results should still be stored. A connection that breaks in use is a fault, not retried.
    fn round(&mut self, pipeline: &Pipeline) -> Result<Vec<Value>, Failure> {
        let wire = self.wire()?;
        let was_idle = wire.idle() >= IDLE;
        match wire.pipeline(pipeline) {
            Err(failure) if failure.class == Class::Closed && was_idle && wire.silent() && !self.reopened => {
                self.reopened = true;
                self.wire = None;
                self.wire()?.pipeline(pipeline)
            }
            replies => replies,
        }
    }

    fn failure(&self, (class, detail): (Class, &'static str)) -> Failure {
        Failure::new(class, &self.endpoint.label(), detail)
    }

    fn unexpected(&self) -> Failure {
        self.failure((Class::Protocol, "a reply has another form than Redis gives it"))
    }

    fn get_each(&mut self, names: &[String]) -> Result<Fetched, Failure> {
        let mut pipeline = Pipeline::with_capacity(names.len());
        for name in names {
            pipeline.cmd("GET").arg(name);
        }
        let mut fetched = Fetched::default();
        for reply in self.round(&pipeline)? {
            fetched.values.push(match reply {
                Value::BulkString(value) => Some(value),
                Value::Nil => None,
                // Another type under our name is a miss like any other.
                Value::ServerError(error) if error.code() == "WRONGTYPE" => None,
                Value::ServerError(error) => {
                    fetched.trouble.get_or_insert_with(|| self.failure(classify(&error)));
                    None
                }
                _ => return Err(self.unexpected()),
            });
        }
        Ok(fetched)
    }
}

impl Backend for Redis {
    fn connect(&mut self) -> Result<(), Failure> {
        self.wire().map(|_| ())
    }

    fn get_many(&mut self, names: &[String]) -> Result<Fetched, Failure> {
        if names.is_empty() {
            return Ok(Fetched::default());
        }
        if self.one_by_one {
            return self.get_each(names);
        }
        let mut command = Cmd::new();
        command.arg("MGET").arg(names);
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(command);
        match self.round(&pipeline)?.pop() {
            Some(Value::Array(values)) if values.len() == names.len() => {
                let values = values.into_iter().map(|value| match value {
                    Value::BulkString(value) => Ok(Some(value)),
                    Value::Nil => Ok(None),
                    _ => Err(self.unexpected()),
                });
                Ok(Fetched { values: values.collect::<Result<_, _>>()?, trouble: None })
            }
            Some(Value::ServerError(error)) if error.code() == NO_PERMISSION => {
                self.one_by_one = true;
                self.get_each(names)
            }
            Some(Value::ServerError(error)) => Err(self.failure(classify(&error))),
            _ => Err(self.unexpected()),
        }
    }

    fn put_many(&mut self, entries: &[Entry]) -> Result<Written, Failure> {
        let mut pipeline = Pipeline::with_capacity(entries.len());
        for entry in entries {
            pipeline.cmd("SET").arg(&entry.name).arg(entry.value.as_slice());
            if let Some(ttl) = entry.ttl {
                pipeline.arg("PX").arg(ttl.clamp(Duration::from_millis(1), MAX_TTL).as_millis());
            }
        }
        let mut written = Written::default();
        for reply in self.round(&pipeline)? {
            written.stored.push(matches!(reply, Value::Okay));
            match reply {
                Value::Okay => {}
                Value::ServerError(error) => {
                    written.trouble.get_or_insert_with(|| self.failure(classify(&error)));
                }
                _ => return Err(self.unexpected()),
            }
        }
        Ok(written)
    }

    fn count(&mut self, booking: &Booking) -> Result<(), Failure> {
        let mut pipeline = Pipeline::new();
        pipeline.cmd("HSETNX").arg(&booking.total).arg(SINCE).arg(booking.now);
        for (field, number) in booking.ledger.fields() {
            pipeline.cmd("HINCRBY").arg(&booking.total).arg(&field).arg(number);
            pipeline.cmd("HINCRBY").arg(&booking.day).arg(&field).arg(number);
        }
        pipeline.cmd("EXPIRE").arg(&booking.day).arg(KEEP_DAYS.as_secs());
        // Error replies are left alone: a reader without the right to count has lost nothing.
        self.round(&pipeline).map(|_| ())
    }
}
