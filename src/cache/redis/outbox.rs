//! States and events of `signals` in Redis: a hash for each state, a stream of events, and one script that changes both.

use redis::{Cmd, FromRedisValue, Pipeline, Value, cmd};

use super::connection::RedisConnection;
use super::endpoint::Endpoint;
use super::error::classify;
use super::timeouts::Timeouts;
use crate::backend::{Failure, KEPT, Outbox, OutboxEvent, StateRow, StateWrite};

/// Names at a time: a reply is limited to some MiB.
const CHUNK: usize = 64;

/// KEYS: the stream, the number of the last event, the set of names, and the states. ARGV: about how many events are kept; for
/// each state the version that must be stored, the head, 1 and both checkpoints or 0, the number of events and the events.
/// Versions and numbers stay below 2^53, which Lua counts exactly.
const COMMIT: &str = r#"
local at = 1
local function take() at = at + 1; return ARGV[at] end
local done = {}
for state = 4, #KEYS do
  local name = KEYS[state]
  local expected, head, has_checkpoints = take(), take(), take()
  local latest, older
  if has_checkpoints == '1' then latest, older = take(), take() end
  local events = tonumber(take())
  local same = (redis.call('HGET', name, 'version') or '0') == expected
  if same then
    redis.call('HSET', name, 'version', string.format('%.0f', tonumber(expected) + 1), 'head', head)
    if latest then redis.call('HSET', name, 'latest', latest, 'older', older) end
    redis.call('SADD', KEYS[3], name)
  end
  for _ = 1, events do
    local event = take()
    if same then
      local seq = string.format('%.0f', redis.call('INCR', KEYS[2]))
      event = event:gsub('"seq":0,', '"seq":' .. seq .. ',', 1)
      redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], seq .. '-0', 'event', event)
    end
  end
  done[#done + 1] = same and 1 or 0
end
return done
"#;

/// KEYS: the hash of sinks. ARGV: the sink, what must be kept of it (an empty text for nothing), what is to be.
const SET_SINK: &str = r"
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
";

/// A connection to the states and events under one prefix.
pub(crate) struct RedisOutbox {
    endpoint: Endpoint,
    connection: RedisConnection,
    /// `PREFIX:v1:signals`, which is the stream.
    root: String,
}

impl RedisOutbox {
    /// Connects.
    pub(crate) fn connect(endpoint: &Endpoint, root: &str) -> Result<Self, Failure> {
        let connection = RedisConnection::connect(endpoint, Timeouts::ADMIN)?;
        Ok(Self { endpoint: endpoint.clone(), connection, root: root.to_owned() })
    }

    fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, Failure> {
        // A server may close what idles; what was asked of it then did not happen.
        if self.connection.idle() >= Timeouts::ADMIN.idle {
            self.connection = RedisConnection::connect(&self.endpoint, Timeouts::ADMIN)?;
        }
        let reply = self.connection.command(command)?;
        T::from_redis_value(reply).map_err(|_| self.connection.unexpected_reply())
    }

    fn name(&self, part: &str) -> String {
        format!("{}:{part}", self.root)
    }
}

impl Outbox for RedisOutbox {
    fn states(&mut self, names: &[String]) -> Result<Vec<Option<StateRow>>, Failure> {
        let mut found = Vec::with_capacity(names.len());
        if self.connection.idle() >= Timeouts::ADMIN.idle {
            self.connection = RedisConnection::connect(&self.endpoint, Timeouts::ADMIN)?;
        }
        for names in names.chunks(CHUNK) {
            let mut pipeline = Pipeline::with_capacity(names.len());
            for name in names {
                pipeline.cmd("HMGET").arg(name).arg(&["version", "head", "latest"]);
            }
            for reply in self.connection.pipeline(&pipeline)? {
                if let Value::ServerError(error) = &reply {
                    return Err(self.connection.failure(classify(error)));
                }
                let fields = <(Option<u64>, Option<Vec<u8>>, Option<Vec<u8>>)>::from_redis_value(reply);
                let (version, head, latest) = fields.map_err(|_| self.connection.unexpected_reply())?;
                let row =
                    |version| StateRow { version, head: head.unwrap_or_default(), latest: latest.unwrap_or_default() };
                found.push(version.map(row));
            }
        }
        Ok(found)
    }

    fn older(&mut self, name: &str) -> Result<Vec<u8>, Failure> {
        self.ask::<Option<Vec<u8>>>(cmd("HGET").arg(name).arg("older")).map(Option::unwrap_or_default)
    }

    fn names(&mut self) -> Result<Vec<String>, Failure> {
        let set = self.name("states");
        let mut names: Vec<String> = self.ask(cmd("SMEMBERS").arg(set))?;
        names.sort_unstable();
        Ok(names)
    }

    fn commit(&mut self, writes: &[StateWrite]) -> Result<Vec<bool>, Failure> {
        let mut command = cmd("EVAL");
        command.arg(COMMIT).arg(writes.len() + 3).arg(&self.root).arg(self.name("last")).arg(self.name("states"));
        for write in writes {
            command.arg(&write.name);
        }
        command.arg(KEPT);
        for write in writes {
            command.arg(write.expected).arg(write.head.as_slice());
            match &write.checkpoints {
                None => command.arg(0),
                Some((latest, older)) => command.arg(1).arg(latest.as_slice()).arg(older.as_slice()),
            };
            command.arg(write.events.len());
            for event in &write.events {
                command.arg(event);
            }
        }
        let done: Vec<u64> = self.ask(&command)?;
        if done.len() != writes.len() {
            return Err(self.connection.unexpected_reply());
        }
        Ok(done.into_iter().map(|done| done == 1).collect())
    }

    fn events(&mut self, after: u64, most: usize) -> Result<Vec<OutboxEvent>, Failure> {
        let mut command = cmd("XRANGE");
        command.arg(&self.root).arg(format!("{}-0", after.saturating_add(1))).arg("+").arg("COUNT").arg(most);
        let entries: Vec<(String, Vec<String>)> = self.ask(&command)?;
        let event = |(id, fields): (String, Vec<String>)| {
            let seq = id.split('-').next().and_then(|seq| seq.parse().ok())?;
            Some(OutboxEvent { seq, document: fields.into_iter().nth(1)? })
        };
        entries.into_iter().map(event).collect::<Option<_>>().ok_or_else(|| self.connection.unexpected_reply())
    }

    fn last_event(&mut self) -> Result<u64, Failure> {
        let name = self.name("last");
        self.ask::<Option<u64>>(cmd("GET").arg(name)).map(Option::unwrap_or_default)
    }

    fn sinks(&mut self) -> Result<Vec<(String, String)>, Failure> {
        let name = self.name("sinks");
        let fields: Vec<String> = self.ask(cmd("HGETALL").arg(name))?;
        let mut sinks: Vec<_> = fields.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
        sinks.sort_unstable();
        Ok(sinks)
    }

    fn sink(&mut self, name: &str) -> Result<Option<String>, Failure> {
        let hash = self.name("sinks");
        self.ask(cmd("HGET").arg(hash).arg(name))
    }

    fn set_sink(&mut self, name: &str, before: Option<&str>, now: &str) -> Result<bool, Failure> {
        let hash = self.name("sinks");
        let mut command = cmd("EVAL");
        command.arg(SET_SINK).arg(1).arg(hash).arg(name).arg(before.unwrap_or_default()).arg(now);
        self.ask::<u64>(&command).map(|changed| changed == 1)
    }

    fn risk(&mut self) -> Result<Option<String>, Failure> {
        // A server that denies INFO is believed to keep what it is given.
        let Ok(text) = self.ask::<String>(cmd("INFO").arg("memory")) else { return Ok(None) };
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.map(|value| value.trim_end().to_owned())
        };
        let policy = field("maxmemory_policy").unwrap_or_default();
        let is_limited = field("maxmemory").is_some_and(|most| most != "0");
        // States have no time to live, so that policies over volatile keys leave them alone.
        let evicts = is_limited && policy.starts_with("allkeys");
        Ok(evicts.then(|| {
            format!("its eviction policy {policy} may evict the state of signals, which would then begin anew: set maxmemory-policy to noeviction or volatile-lru")
        }))
    }
}
