//! What the replies come from and the requests go to: a plain line, or an encrypted one.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use super::endpoint::{Address, Endpoint};
use super::failure::Class;
use super::line::Line;
use super::tls::{self, Encrypted};

/// An open connection.
pub(super) struct Socket {
    stream: Stream,
    fault: Option<(Class, &'static str)>,
}

enum Stream {
    Plain(Line),
    Encrypted(Box<Encrypted>),
}

impl Socket {
    /// Connects within `timeout`, and agrees on the encryption within as much again.
    pub fn connect(endpoint: &Endpoint, timeout: Duration) -> Result<Self, (Class, &'static str)> {
        let line = Line::connect(&endpoint.address, timeout)?;
        let stream = match &endpoint.address {
            Address::Tcp(..) | Address::Unix(_) => Stream::Plain(line),
            Address::Tls(host, _) => {
                Stream::Encrypted(Box::new(tls::agree(line, host, &endpoint.trust, Instant::now() + timeout)?))
            }
        };
        Ok(Self { stream, fault: None })
    }

    /// Sets the end of the time for all reads and writes that follow.
    pub fn set_deadline(&mut self, deadline: Instant) {
        match &mut self.stream {
            Stream::Plain(line) => line.set_deadline(deadline),
            Stream::Encrypted(stream) => stream.get_mut().set_deadline(deadline),
        }
    }

    /// Why the last read or write failed, where its [`io::ErrorKind`] does not say it all.
    pub const fn fault(&self) -> Option<(Class, &'static str)> {
        self.fault
    }

    fn note<T>(&mut self, outcome: io::Result<T>) -> io::Result<T> {
        if let (Stream::Encrypted(_), Err(error)) = (&self.stream, &outcome) {
            self.fault = tls::fault(error);
        }
        outcome
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let outcome = match &mut self.stream {
            Stream::Plain(line) => line.read(buffer),
            Stream::Encrypted(stream) => stream.read(buffer),
        };
        self.note(outcome)
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let outcome = match &mut self.stream {
            Stream::Plain(line) => line.write(buffer),
            Stream::Encrypted(stream) => stream.write(buffer),
        };
        self.note(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = match &mut self.stream {
            Stream::Plain(line) => line.flush(),
            Stream::Encrypted(stream) => stream.flush(),
        };
        self.note(outcome)
    }
}
