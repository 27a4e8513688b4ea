//! One connection: requests out, replies in, all within one deadline.
//!
//! The redis crate packs the requests and parses the replies; its own connection is not used, because its timeouts are
//! per read, an error in a pipeline costs the good replies, and nothing bounds what a reply may take.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use redis::{Cmd, Parser, Pipeline, Value};

use super::endpoint::{Address, Endpoint};
use super::failure::{Class, Failure};
use super::guard::Guard;
use super::redis_error::classify;
use super::socket::Socket;

/// How long things may take on a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// To connect, over all addresses of the host.
    pub connect: Duration,
    /// One round of requests and replies.
    pub round: Duration,
}

/// For commands about the cache itself: their user would rather wait than be told that it is slow.
pub(super) const PATIENT: Limits = Limits { connect: Duration::from_secs(1), round: Duration::from_secs(5) };

/// A connection that is logged in and has its database selected.
pub(super) struct Wire {
    guard: Guard<Socket>,
    parser: Parser,
    limits: Limits,
    label: String,
    last_used: Instant,
    /// Without encryption, and without a reply so far: the server may be waiting for TLS to begin.
    may_want_tls: bool,
}

impl Wire {
    /// Connects; one more round only where there is a password or a database to say.
    pub fn connect(endpoint: &Endpoint, limits: Limits) -> Result<Self, Failure> {
        let label = endpoint.label();
        let socket =
            Socket::connect(endpoint, limits.connect).map_err(|(class, detail)| Failure::new(class, &label, detail))?;
        let mut wire = Self {
            guard: Guard::new(socket),
            parser: Parser::new(),
            limits,
            label,
            last_used: Instant::now(),
            may_want_tls: matches!(endpoint.address, Address::Tcp(..)),
        };
        let mut login = Pipeline::new();
        if let Some(user) = &endpoint.user {
            // A user whom the server asks for no password takes any.
            login.cmd("AUTH").arg(user).arg(endpoint.password.as_deref().unwrap_or_default());
        } else if let Some(password) = &endpoint.password {
            login.cmd("AUTH").arg(password);
        }
        if endpoint.database != 0 {
            login.cmd("SELECT").arg(endpoint.database);
        }
        for reply in wire.pipeline(&login)? {
            wire.sound(reply)?;
        }
        Ok(wire)
    }

    /// One command, its reply. An error reply is a [`Failure`].
    pub fn command(&mut self, command: &Cmd) -> Result<Value, Failure> {
        let reply = self.round(&command.get_packed_command(), 1)?.pop().unwrap_or(Value::Nil);
        self.sound(reply)
    }

    /// Many commands at once, one reply each. Error replies are values here: they must not cost the good ones.
    pub fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Vec<Value>, Failure> {
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        self.round(&pipeline.get_packed_pipeline(), pipeline.len())
    }

    /// How long ago the last reply came.
    pub fn idle(&self) -> Duration {
        self.last_used.elapsed()
    }

    /// Whether the last round has brought no byte of a reply.
    pub const fn silent(&self) -> bool {
        self.guard.received() == 0
    }

    /// A failure of this server.
    pub fn failure(&self, (class, detail): (Class, &'static str)) -> Failure {
        Failure::new(class, &self.label, detail)
    }

    /// A reply that should have another form.
    pub fn unexpected(&self) -> Failure {
        self.failure((Class::Protocol, "a reply has another form than Redis gives it"))
    }

    fn sound(&self, reply: Value) -> Result<Value, Failure> {
        match reply {
            Value::ServerError(error) => Err(self.failure(classify(&error))),
            reply => Ok(reply),
        }
    }

    fn round(&mut self, request: &[u8], replies: usize) -> Result<Vec<Value>, Failure> {
        self.guard.begin();
        self.guard.inner().set_deadline(Instant::now() + self.limits.round);
        if let Err(error) = self.guard.inner().write_all(request) {
            return Err(self.broken(error.kind()));
        }
        let mut values = Vec::with_capacity(replies);
        for _ in 0..replies {
            match self.parser.parse_value(&mut self.guard) {
                Ok(value) => values.push(value),
                // Without a fault below, it is the parser itself that could make no sense of it.
                Err(_) => return Err(self.broken(self.guard.fault().unwrap_or(io::ErrorKind::InvalidData))),
            }
        }
        self.last_used = Instant::now();
        self.may_want_tls = false;
        Ok(values)
    }

    fn broken(&mut self, kind: io::ErrorKind) -> Failure {
        let fault = self.guard.inner().fault();
        self.failure(fault.unwrap_or(match kind {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => (Class::Timeout, "no answer in time"),
            io::ErrorKind::InvalidData => (Class::Protocol, "what answers there is not a Redis"),
            _ if self.may_want_tls && self.silent() => {
                (Class::Closed, "it hung up at once; a server with TLS needs rediss://")
            }
            _ => (Class::Closed, "the connection was closed"),
        }))
    }
}
