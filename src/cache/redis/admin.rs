//! Looking after a Redis: an [`AdminBackend`] over one connection.

use std::time::Duration;

use redis::{Cmd, FromRedisValue, Pipeline, Value, cmd};

use super::connection::RedisConnection;
use super::endpoint::Endpoint;
use super::error::classify;
use super::timeouts::Timeouts;
use crate::backend::{AdminBackend, Failure, FailureClass, NamePage, Permission, PermissionProbe, RemainingTtl};
use crate::statistics::{BytesBy, ServerInfo};

/// Keys that a SCAN looks at in a step: large enough for speed, small enough not to hold up other clients.
const PAGE: usize = 1_000;
/// Steps that any scan may take: a nearly empty table that once was large has many.
const FEWEST_STEPS: u64 = 50_000;
/// Steps that no scan may exceed: those of a thousand million keys.
const MOST_STEPS: u64 = 1_000_000;

/// A connection for the `cache` commands.
pub(crate) struct RedisAdmin {
    connection: RedisConnection,
    /// MEMORY USAGE was denied.
    lengths_only: bool,
    /// Steps that a scan may still take.
    steps_left: u64,
}

impl RedisAdmin {
    pub(crate) fn connect(endpoint: &Endpoint) -> Result<Self, Failure> {
        Ok(Self {
            connection: RedisConnection::connect(endpoint, Timeouts::ADMIN)?,
            lengths_only: false,
            steps_left: 0,
        })
    }

    /// Lines `name:value` of a section of INFO; none where the server denies it.
    fn info(&mut self, section: &str) -> Result<String, Failure> {
        match self.round_trip(&[cmd("INFO").arg(section).clone()])?.pop() {
            Some(Value::BulkString(text)) => Ok(String::from_utf8_lossy(&text).into_owned()),
            Some(Value::ServerError(_)) => Ok(String::new()),
            _ => Err(self.connection.unexpected_reply()),
        }
    }

    /// How many steps a scan takes at most: a few times as many as the number of keys needs, as tables of keys may be
    /// sparse; a fixed number where the server denies that number.
    fn most_steps(&mut self) -> Result<u64, Failure> {
        let keys = match self.round_trip(&[cmd("DBSIZE")])?.pop() {
            Some(Value::Int(keys)) => u64::try_from(keys).unwrap_or(0),
            Some(Value::ServerError(_)) => u64::MAX,
            _ => return Err(self.connection.unexpected_reply()),
        };
        Ok((keys / PAGE as u64).saturating_mul(40).saturating_add(FEWEST_STEPS).min(MOST_STEPS))
    }

    fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, Failure> {
        let reply = self.connection.command(command)?;
        T::from_redis_value(reply).map_err(|_| self.connection.unexpected_reply())
    }

    fn round_trip(&mut self, commands: &[Cmd]) -> Result<Vec<Value>, Failure> {
        let mut pipeline = Pipeline::with_capacity(commands.len());
        for command in commands {
            pipeline.add_command(command.clone());
        }
        self.connection.pipeline(&pipeline)
    }

    /// A number for each name; an outer `None` where the server denies the command.
    fn numbers(&mut self, names: &[Vec<u8>], ask: fn(&[u8]) -> Cmd) -> Result<Option<Vec<Option<i64>>>, Failure> {
        let commands: Vec<Cmd> = names.iter().map(|name| ask(name)).collect();
        let mut numbers = Vec::with_capacity(names.len());
        for reply in self.round_trip(&commands)? {
            numbers.push(match reply {
                Value::Int(number) => Some(number),
                Value::Nil => None,
                Value::ServerError(error) if error.code() == "WRONGTYPE" => None,
                Value::ServerError(_) => return Ok(None),
                _ => return Err(self.connection.unexpected_reply()),
            });
        }
        Ok(Some(numbers))
    }
}

impl AdminBackend for RedisAdmin {
    fn ping(&mut self) -> Result<(), Failure> {
        self.ask::<Value>(&cmd("PING")).map(|_| ())
    }

    fn scan(&mut self, cursor: Option<&[u8]>, pattern: &str) -> Result<NamePage, Failure> {
        if cursor.is_none() {
            self.steps_left = self.most_steps()?;
        }
        let cursor = cursor.unwrap_or(b"0");
        let mut command = cmd("SCAN");
        command.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(PAGE);
        let (next, names): (Vec<u8>, Vec<Vec<u8>>) = self.ask(&command)?;
        let next = Some(next).filter(|next| next != b"0");
        self.steps_left = self.steps_left.saturating_sub(1);
        // Redis always answers with another cursor, and comes to an end.
        if next.as_deref() == Some(cursor) || (next.is_some() && self.steps_left == 0) {
            return Err(self.connection.failure((FailureClass::Protocol, "its list of keys does not end")));
        }
        Ok(NamePage { next, names })
    }

    fn read(&mut self, names: &[Vec<u8>], length: usize) -> Result<Vec<Option<Vec<u8>>>, Failure> {
        let range = |name: &Vec<u8>| cmd("GETRANGE").arg(name).arg(0).arg(length.saturating_sub(1)).clone();
        let commands: Vec<Cmd> = names.iter().map(range).collect();
        let mut values = Vec::with_capacity(names.len());
        for reply in self.round_trip(&commands)? {
            values.push(match reply {
                Value::BulkString(bytes) => Some(bytes).filter(|bytes| !bytes.is_empty()),
                Value::Nil => None,
                Value::ServerError(error) if error.code() == "WRONGTYPE" => None,
                Value::ServerError(error) => return Err(self.connection.failure(classify(&error))),
                _ => return Err(self.connection.unexpected_reply()),
            });
        }
        Ok(values)
    }

    fn sizes(&mut self, names: &[Vec<u8>]) -> Result<(BytesBy, Vec<Option<u64>>), Failure> {
        let bytes = |numbers: Vec<Option<i64>>| numbers.into_iter().map(|n| n.and_then(|n| u64::try_from(n).ok()));
        if !self.lengths_only {
            let usage = |name: &[u8]| cmd("MEMORY").arg("USAGE").arg(name).arg("SAMPLES").arg(0).clone();
            if let Some(numbers) = self.numbers(names, usage)? {
                return Ok((BytesBy::Memory, bytes(numbers).collect()));
            }
            self.lengths_only = true;
        }
        let numbers = self.numbers(names, |name| cmd("STRLEN").arg(name).clone())?;
        Ok((BytesBy::Length, bytes(numbers.unwrap_or_else(|| vec![Some(0); names.len()])).collect()))
    }

    fn ttls(&mut self, names: &[Vec<u8>]) -> Result<Vec<RemainingTtl>, Failure> {
        let ttl = |left: Option<i64>| match left {
            Some(-2) => RemainingTtl::Expired,
            Some(left) => u64::try_from(left)
                .map_or(RemainingTtl::NoExpiry, |left| RemainingTtl::Expires(Duration::from_millis(left))),
            None => RemainingTtl::NoExpiry,
        };
        let numbers = self.numbers(names, |name| cmd("PTTL").arg(name).clone())?;
        Ok(numbers.unwrap_or_else(|| vec![None; names.len()]).into_iter().map(ttl).collect())
    }

    /// With UNLINK, which does not hold up the server.
    fn delete(&mut self, names: &[Vec<u8>]) -> Result<u64, Failure> {
        if names.is_empty() {
            return Ok(0);
        }
        self.ask(cmd("UNLINK").arg(names))
    }

    fn counters(&mut self, names: &[String]) -> Result<Vec<Vec<(String, String)>>, Failure> {
        let commands: Vec<Cmd> = names.iter().map(|name| cmd("HGETALL").arg(name).clone()).collect();
        let mut all = Vec::with_capacity(names.len());
        for reply in self.round_trip(&commands)? {
            let reply = match reply {
                // Another type under that name counts nothing.
                Value::ServerError(error) if error.code() == "WRONGTYPE" => Value::Array(Vec::new()),
                Value::ServerError(error) => return Err(self.connection.failure(classify(&error))),
                reply => reply,
            };
            let fields =
                Vec::<(Vec<u8>, Vec<u8>)>::from_redis_value(reply).map_err(|_| self.connection.unexpected_reply())?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            all.push(fields.iter().map(|(field, value)| (text(field), text(value))).collect());
        }
        Ok(all)
    }

    fn delete_counters(&mut self, names: &[String]) -> Result<(), Failure> {
        let names: Vec<Vec<u8>> = names.iter().map(|name| name.clone().into_bytes()).collect();
        self.delete(&names).map(|_| ())
    }

    fn server(&mut self) -> Result<ServerInfo, Failure> {
        let text = [self.info("server")?, self.info("memory")?, self.info("stats")?].concat();
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.map(|value| value.trim_end().to_owned())
        };
        let number = |name: &str| field(name).and_then(|value| value.parse().ok());
        let software = |(name, version): (&str, String)| format!("{name} {version}");
        let version = field("valkey_version").map(|version| ("Valkey", version));
        let version = version.or_else(|| field("redis_version").map(|version| ("Redis", version)));
        Ok(ServerInfo {
            version: version.map(software),
            used_memory: number("used_memory"),
            maxmemory: number("maxmemory"),
            policy: field("maxmemory_policy"),
            keyspace_hits: number("keyspace_hits"),
            keyspace_misses: number("keyspace_misses"),
            evicted: number("evicted_keys"),
        })
    }

    /// The probe expires after a second at most, and is deleted at once where that is permitted.
    fn permissions(&mut self, probe: &PermissionProbe) -> Result<Vec<(Permission, Option<Failure>)>, Failure> {
        let PermissionProbe { entry, counters } = probe;
        let commands = [
            // Two names: a cluster, or a server that is not ready, answers PING but not this.
            (Permission::Read, cmd("MGET").arg(entry).arg(counters.clone() + "?").clone()),
            (Permission::Write, cmd("SET").arg(entry).arg("1").arg("PX").arg(1_000).clone()),
            (Permission::Count, cmd("HINCRBY").arg(counters).arg("errors").arg(0).clone()),
            (Permission::List, cmd("SCAN").arg(0).arg("MATCH").arg(entry).arg("COUNT").arg(1).clone()),
            (Permission::Clear, cmd("UNLINK").arg(entry).clone()),
        ];
        let asked: Vec<Cmd> = commands.iter().map(|(_, command)| command.clone()).collect();
        let replies = self.round_trip(&asked)?;
        let failure = |reply: Value| match reply {
            Value::ServerError(error) => Some(self.connection.failure(classify(&error))),
            _ => None,
        };
        Ok(commands.iter().map(|(permission, _)| *permission).zip(replies.into_iter().map(failure)).collect())
    }
}
