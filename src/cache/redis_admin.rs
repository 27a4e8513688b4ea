//! The commands that looking after the cache needs, as typed calls on a connection.

use std::time::Duration;

use redis::{Cmd, FromRedisValue, Pipeline, Value, cmd};

use super::endpoint::Endpoint;
use super::failure::Failure;
use super::redis_wire::{Limits, Wire};

/// Here the user asked for Redis, and would rather wait than be told that it is slow.
const LIMITS: Limits = Limits { connect: Duration::from_secs(1), round: Duration::from_secs(5) };
/// Keys that a SCAN looks at in a step: large enough for speed, small enough not to hold up other clients.
const PAGE: usize = 1_000;

/// One step of a SCAN.
pub(super) struct Page {
    /// Where the next step begins; 0 after the last.
    pub cursor: u64,
    /// Names of keys; one may come up twice in a scan.
    pub names: Vec<Vec<u8>>,
}

/// A connection for `cache stats` and `cache clear`.
pub(super) struct Console(Wire);

impl Console {
    pub fn connect(endpoint: &Endpoint) -> Result<Self, Failure> {
        Wire::connect(endpoint, LIMITS).map(Self)
    }

    pub fn scan(&mut self, cursor: u64, pattern: &str) -> Result<Page, Failure> {
        let (cursor, names) = self.ask(cmd("SCAN").arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(PAGE))?;
        Ok(Page { cursor, names })
    }

    /// Bytes that each key takes, `None` where it has gone; an outer `None` where the server will not say.
    pub fn memory(&mut self, names: &[Vec<u8>]) -> Result<Option<Vec<Option<u64>>>, Failure> {
        let command = |name: &Vec<u8>| cmd("MEMORY").arg("USAGE").arg(name).arg("SAMPLES").arg(0).clone();
        self.numbers(names.iter().map(command))
    }

    /// Bytes of each key's value. Never `None` for a server that allows it.
    pub fn lengths(&mut self, names: &[Vec<u8>]) -> Result<Option<Vec<Option<u64>>>, Failure> {
        self.numbers(names.iter().map(|name| cmd("STRLEN").arg(name).clone()))
    }

    /// Removes these keys without holding up the server; how many there were.
    pub fn unlink(&mut self, names: &[Vec<u8>]) -> Result<u64, Failure> {
        if names.is_empty() {
            return Ok(0);
        }
        self.ask(cmd("UNLINK").arg(names))
    }

    /// Fields and values of a hash; damaged text is replaced.
    pub fn hash(&mut self, name: &str) -> Result<Vec<(String, String)>, Failure> {
        let fields: Vec<(Vec<u8>, Vec<u8>)> = self.ask(cmd("HGETALL").arg(name))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(fields.iter().map(|(field, value)| (text(field), text(value))).collect())
    }

    /// Lines `name:value` of INFO; `None` where the server will not say.
    pub fn info(&mut self, section: &str) -> Result<Option<String>, Failure> {
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.cmd("INFO").arg(section);
        match self.0.pipeline(&pipeline)?.pop() {
            Some(Value::BulkString(text)) => Ok(Some(String::from_utf8_lossy(&text).into_owned())),
            Some(Value::ServerError(_)) => Ok(None),
            _ => Err(self.0.unexpected()),
        }
    }

    fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, Failure> {
        let reply = self.0.command(command)?;
        T::from_redis_value(reply).map_err(|_| self.0.unexpected())
    }

    fn numbers(&mut self, commands: impl Iterator<Item = Cmd>) -> Result<Option<Vec<Option<u64>>>, Failure> {
        let mut pipeline = Pipeline::new();
        commands.for_each(|command| {
            pipeline.add_command(command);
        });
        let mut numbers = Vec::with_capacity(pipeline.len());
        for reply in self.0.pipeline(&pipeline)? {
            numbers.push(match reply {
                Value::Int(number) => u64::try_from(number).ok(),
                Value::Nil => None,
                Value::ServerError(error) if error.code() == "WRONGTYPE" => None,
                Value::ServerError(_) => return Ok(None),
                _ => return Err(self.0.unexpected()),
            });
        }
        Ok(Some(numbers))
    }
}
