//! One connection: requests out, replies in, all within one deadline.
//!
//! The redis crate packs the requests and parses the replies; its own connection is not used, because its timeouts are
//! per read, an error in a pipeline costs the good replies, and nothing bounds what a reply may take.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use redis::{Cmd, Parser, Pipeline, Value};

use super::deadline_stream::{Address, DeadlineStream, Transport};
use super::endpoint::Endpoint;
use super::error::classify;
use super::reply_limit::ReplyLimit;
use super::timeouts::Timeouts;
#[cfg(feature = "tls")]
use super::tls::TlsStream;
use crate::backend::{Failure, FailureCause, FailureClass};

/// A transport that remembers why it failed.
struct Socket {
    transport: Box<dyn Transport>,
    cause: Option<FailureCause>,
}

impl Socket {
    /// Connects within the time limit, and agrees on the encryption within as much again.
    fn connect(endpoint: &Endpoint, timeout: Duration) -> Result<Self, FailureCause> {
        let stream = DeadlineStream::connect(&endpoint.address, timeout)?;
        let transport: Box<dyn Transport> = match &endpoint.address {
            Address::Tcp(..) | Address::Unix(_) => Box::new(stream),
            #[cfg(feature = "tls")]
            Address::Tls(host, _) => {
                Box::new(TlsStream::handshake(stream, host, &endpoint.tls, Instant::now() + timeout)?)
            }
            #[cfg(not(feature = "tls"))]
            Address::Tls(..) => return Err((FailureClass::Tls, "this program was built without TLS")),
        };
        Ok(Self { transport, cause: None })
    }

    fn note<T>(&mut self, outcome: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &outcome {
            self.cause = self.transport.cause(error);
        }
        outcome
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let outcome = self.transport.read(buffer);
        self.note(outcome)
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let outcome = self.transport.write(buffer);
        self.note(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.transport.flush();
        self.note(outcome)
    }
}

/// A connection that is logged in and has its database selected.
pub(super) struct RedisConnection {
    replies: ReplyLimit<Socket>,
    parser: Parser,
    timeouts: Timeouts,
    label: String,
    last_used: Instant,
    /// Without encryption, and without a reply so far: the server may be waiting for TLS to begin.
    may_want_tls: bool,
}

impl RedisConnection {
    /// Connects; a further round trip only where there is a password or a database to send.
    pub(super) fn connect(endpoint: &Endpoint, timeouts: Timeouts) -> Result<Self, Failure> {
        let label = endpoint.label();
        let socket = Socket::connect(endpoint, timeouts.connect)
            .map_err(|(class, detail)| Failure::new(class, &label, detail))?;
        let mut connection = Self {
            replies: ReplyLimit::new(socket),
            parser: Parser::new(),
            timeouts,
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
        for reply in connection.pipeline(&login)? {
            connection.no_error(reply)?;
        }
        Ok(connection)
    }

    /// One command, its reply. An error reply is a [`Failure`].
    pub(super) fn command(&mut self, command: &Cmd) -> Result<Value, Failure> {
        let reply = self.round_trip(&command.get_packed_command(), 1)?.pop().unwrap_or(Value::Nil);
        self.no_error(reply)
    }

    /// Many commands at once, one reply each. Error replies are values here: they must not cost the good ones.
    pub(super) fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Vec<Value>, Failure> {
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        self.round_trip(&pipeline.get_packed_pipeline(), pipeline.len())
    }

    /// How long ago the last reply arrived.
    pub(super) fn idle(&self) -> Duration {
        self.last_used.elapsed()
    }

    /// Whether the last round trip has received no byte of a reply.
    pub(super) const fn is_silent(&self) -> bool {
        self.replies.received() == 0
    }

    /// A failure of this server.
    pub(super) fn failure(&self, (class, detail): FailureCause) -> Failure {
        Failure::new(class, &self.label, detail)
    }

    /// The failure for a reply that has another form than it should.
    pub(super) fn unexpected_reply(&self) -> Failure {
        self.failure((FailureClass::Protocol, "a reply has another form than Redis gives it"))
    }

    fn no_error(&self, reply: Value) -> Result<Value, Failure> {
        match reply {
            Value::ServerError(error) => Err(self.failure(classify(&error))),
            reply => Ok(reply),
        }
    }

    fn round_trip(&mut self, request: &[u8], replies: usize) -> Result<Vec<Value>, Failure> {
        self.replies.begin();
        self.replies.inner().transport.set_deadline(Instant::now() + self.timeouts.round_trip);
        if let Err(error) = self.replies.inner().write_all(request) {
            return Err(self.broken(error.kind()));
        }
        let mut values = Vec::with_capacity(replies);
        for _ in 0..replies {
            match self.parser.parse_value(&mut self.replies) {
                Ok(value) => values.push(value),
                // Without a fault below, it is the parser itself that could make no sense of it.
                Err(_) => return Err(self.broken(self.replies.fault().unwrap_or(io::ErrorKind::InvalidData))),
            }
        }
        self.last_used = Instant::now();
        self.may_want_tls = false;
        Ok(values)
    }

    fn broken(&mut self, kind: io::ErrorKind) -> Failure {
        let cause = self.replies.inner().cause;
        self.failure(cause.unwrap_or(match kind {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => (FailureClass::Timeout, "no answer in time"),
            io::ErrorKind::InvalidData => (FailureClass::Protocol, "what answers there is not a Redis"),
            _ if self.may_want_tls && self.is_silent() => {
                (FailureClass::Closed, "it hung up at once; a server with TLS needs rediss://")
            }
            _ => (FailureClass::Closed, "the connection was closed"),
        }))
    }
}
