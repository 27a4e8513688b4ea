//! What looking after a Redis needs, as typed calls on a connection.

use std::time::Duration;

use redis::{Cmd, FromRedisValue, Pipeline, Value, cmd};

use super::endpoint::Endpoint;
use super::failure::Failure;
use super::keeper::{BytesBy, Keeper, Life, Page, Probes, Right, ServerInfo};
use super::redis_error::classify;
use super::redis_wire::{PATIENT, Wire};

/// Keys that a SCAN looks at in a step: large enough for speed, small enough not to hold up other clients.
const PAGE: usize = 1_000;

/// A connection for the commands about the cache.
pub(super) struct Console {
    wire: Wire,
    /// MEMORY USAGE was denied.
    lengths_only: bool,
}

impl Console {
    pub fn connect(endpoint: &Endpoint) -> Result<Self, Failure> {
        Ok(Self { wire: Wire::connect(endpoint, PATIENT)?, lengths_only: false })
    }

    /// Lines `name:value` of a section of INFO; none where the server will not say.
    fn info(&mut self, section: &str) -> Result<String, Failure> {
        match self.round(&[cmd("INFO").arg(section).clone()])?.pop() {
            Some(Value::BulkString(text)) => Ok(String::from_utf8_lossy(&text).into_owned()),
            Some(Value::ServerError(_)) => Ok(String::new()),
            _ => Err(self.wire.unexpected()),
        }
    }

    fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, Failure> {
        let reply = self.wire.command(command)?;
        T::from_redis_value(reply).map_err(|_| self.wire.unexpected())
    }

    fn round(&mut self, commands: &[Cmd]) -> Result<Vec<Value>, Failure> {
        let mut pipeline = Pipeline::with_capacity(commands.len());
        for command in commands {
            pipeline.add_command(command.clone());
        }
        self.wire.pipeline(&pipeline)
    }

    /// A number for each name; an outer `None` where the server denies the command.
    fn numbers(&mut self, names: &[Vec<u8>], ask: fn(&[u8]) -> Cmd) -> Result<Option<Vec<Option<i64>>>, Failure> {
        let commands: Vec<Cmd> = names.iter().map(|name| ask(name)).collect();
        let mut numbers = Vec::with_capacity(names.len());
        for reply in self.round(&commands)? {
            numbers.push(match reply {
                Value::Int(number) => Some(number),
                Value::Nil => None,
                Value::ServerError(error) if error.code() == "WRONGTYPE" => None,
                Value::ServerError(_) => return Ok(None),
                _ => return Err(self.wire.unexpected()),
            });
        }
        Ok(Some(numbers))
    }
}

impl Keeper for Console {
    fn ping(&mut self) -> Result<(), Failure> {
        self.ask::<Value>(&cmd("PING")).map(|_| ())
    }

    fn scan(&mut self, at: Option<&[u8]>, glob: &str) -> Result<Page, Failure> {
        let at = at.unwrap_or(b"0");
        let mut command = cmd("SCAN");
        command.arg(at).arg("MATCH").arg(glob).arg("COUNT").arg(PAGE);
        let (next, names): (Vec<u8>, Vec<Vec<u8>>) = self.ask(&command)?;
        Ok(Page { next: Some(next).filter(|next| next != b"0"), names })
    }

    fn weigh(&mut self, names: &[Vec<u8>]) -> Result<(BytesBy, Vec<Option<u64>>), Failure> {
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

    fn lives(&mut self, names: &[Vec<u8>]) -> Result<Vec<Life>, Failure> {
        let life = |left: Option<i64>| match left {
            Some(-2) => Life::Over,
            Some(left) => u64::try_from(left).map_or(Life::Endless, |left| Life::Left(Duration::from_millis(left))),
            None => Life::Endless,
        };
        let numbers = self.numbers(names, |name| cmd("PTTL").arg(name).clone())?;
        Ok(numbers.unwrap_or_else(|| vec![None; names.len()]).into_iter().map(life).collect())
    }

    /// With UNLINK, which does not hold up the server.
    fn remove(&mut self, names: &[Vec<u8>]) -> Result<u64, Failure> {
        if names.is_empty() {
            return Ok(0);
        }
        self.ask(cmd("UNLINK").arg(names))
    }

    fn counters(&mut self, names: &[String]) -> Result<Vec<Vec<(String, String)>>, Failure> {
        let commands: Vec<Cmd> = names.iter().map(|name| cmd("HGETALL").arg(name).clone()).collect();
        let mut all = Vec::with_capacity(names.len());
        for reply in self.round(&commands)? {
            let reply = match reply {
                // Another type under that name counts nothing.
                Value::ServerError(error) if error.code() == "WRONGTYPE" => Value::Array(Vec::new()),
                Value::ServerError(error) => return Err(self.wire.failure(classify(&error))),
                reply => reply,
            };
            let fields = Vec::<(Vec<u8>, Vec<u8>)>::from_redis_value(reply).map_err(|_| self.wire.unexpected())?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            all.push(fields.iter().map(|(field, value)| (text(field), text(value))).collect());
        }
        Ok(all)
    }

    fn forget(&mut self, names: &[String]) -> Result<(), Failure> {
        let names: Vec<Vec<u8>> = names.iter().map(|name| name.clone().into_bytes()).collect();
        self.remove(&names).map(|_| ())
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

    /// The probe lives for a second at most, and is removed at once by whoever may.
    fn rights(&mut self, probes: &Probes) -> Result<Vec<(Right, Option<Failure>)>, Failure> {
        let Probes { probe, counters } = probes;
        let commands = [
            // Two names: a cluster, or a server that is not ready, answers PING but not this.
            (Right::Read, cmd("MGET").arg(probe).arg(counters.clone() + "?").clone()),
            (Right::Write, cmd("SET").arg(probe).arg("1").arg("PX").arg(1_000).clone()),
            (Right::Count, cmd("HINCRBY").arg(counters).arg("errors").arg(0).clone()),
            (Right::List, cmd("SCAN").arg(0).arg("MATCH").arg(probe).arg("COUNT").arg(1).clone()),
            (Right::Clear, cmd("UNLINK").arg(probe).clone()),
        ];
        let asked: Vec<Cmd> = commands.iter().map(|(_, command)| command.clone()).collect();
        let replies = self.round(&asked)?;
        let trouble = |reply: Value| match reply {
            Value::ServerError(error) => Some(self.wire.failure(classify(&error))),
            _ => None,
        };
        Ok(commands.iter().map(|(right, _)| *right).zip(replies.into_iter().map(trouble)).collect())
    }
}
