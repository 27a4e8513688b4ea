//! A connection with one deadline for all of its reads and writes.
//!
//! A socket's own timeout is per call: a server that drips one byte at a time would never run into it. So before
//! every call the time that is left until the deadline becomes that call's timeout.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::backend::{FailureCause, FailureClass};

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Host (name or address, without brackets) and port.
    Tcp(String, u16),
    /// The same, encrypted.
    Tls(String, u16),
    /// Path of a unix socket.
    Unix(PathBuf),
}

/// A connection that requests are written to and replies are read from.
pub(super) trait Transport: Read + Write + Send {
    /// Sets the deadline for all reads and writes that follow.
    fn set_deadline(&mut self, deadline: Instant);

    /// Why a read or write failed, where its [`io::ErrorKind`] does not tell.
    fn cause(&self, error: &io::Error) -> Option<FailureCause>;
}

/// An open connection, and the deadline until which it may be used.
pub(super) struct DeadlineStream {
    stream: SocketStream,
    deadline: Instant,
}

enum SocketStream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl DeadlineStream {
    /// Connects within `timeout`, over all addresses of the host name. Looking the name up has no timeout of its own:
    /// call this where it may take long.
    pub(super) fn connect(address: &Address, timeout: Duration) -> Result<Self, FailureCause> {
        let stream = match address {
            #[cfg(unix)]
            Address::Unix(path) => SocketStream::Unix(UnixStream::connect(path).map_err(|error| refusal(&error))?),
            #[cfg(not(unix))]
            Address::Unix(_) => return Err((FailureClass::Refused, "this system has no unix sockets")),
            Address::Tcp(host, port) | Address::Tls(host, port) => {
                SocketStream::Tcp(connect_tcp(host, *port, timeout)?)
            }
        };
        Ok(Self { stream, deadline: Instant::now() + timeout })
    }

    fn time_left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

fn connect_tcp(host: &str, port: u16, timeout: Duration) -> Result<TcpStream, FailureCause> {
    let no_address = (FailureClass::Dns, "the host's name has no address");
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs().map_err(|_| no_address)?.collect();
    let deadline = Instant::now() + timeout;
    let mut failure = no_address;
    for address in addresses {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err((FailureClass::Timeout, "no connection in time"));
        }
        match TcpStream::connect_timeout(&address, left) {
            // Without it the kernel may hold back the last part of a request until the server has acknowledged the first.
            Ok(stream) => {
                stream.set_nodelay(true).map_err(|error| refusal(&error))?;
                return Ok(stream);
            }
            Err(error) => failure = refusal(&error),
        }
    }
    Err(failure)
}

fn refusal(error: &io::Error) -> FailureCause {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => (FailureClass::Refused, "nothing listens there"),
        io::ErrorKind::NotFound => (FailureClass::Refused, "there is no such socket"),
        io::ErrorKind::PermissionDenied => (FailureClass::Refused, "the socket's permissions forbid it"),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => (FailureClass::Timeout, "no connection in time"),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
            (FailureClass::Closed, "it hung up at once")
        }
        _ => (FailureClass::Refused, "it cannot be reached"),
    }
}

impl Transport for DeadlineStream {
    fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    fn cause(&self, _: &io::Error) -> Option<FailureCause> {
        None
    }
}

impl Read for DeadlineStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = Some(self.time_left()?);
        match &mut self.stream {
            SocketStream::Tcp(stream) => stream.set_read_timeout(left).and_then(|()| stream.read(buffer)),
            #[cfg(unix)]
            SocketStream::Unix(stream) => stream.set_read_timeout(left).and_then(|()| stream.read(buffer)),
        }
    }
}

impl Write for DeadlineStream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let left = Some(self.time_left()?);
        match &mut self.stream {
            SocketStream::Tcp(stream) => stream.set_write_timeout(left).and_then(|()| stream.write(buffer)),
            #[cfg(unix)]
            SocketStream::Unix(stream) => stream.set_write_timeout(left).and_then(|()| stream.write(buffer)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn a_server_that_drips_runs_into_the_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        thread::spawn(move || {
            let (mut client, _) = listener.accept().expect("a client");
            while client.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(10));
            }
        });
        let address = Address::Tcp("127.0.0.1".into(), port);
        let mut stream = DeadlineStream::connect(&address, Duration::from_millis(100)).expect("it listens");
        let begun = Instant::now();
        stream.set_deadline(begun + Duration::from_millis(60));
        let mut buffer = [0; 1000];
        let error = stream.read_exact(&mut buffer).expect_err("1000 bytes take 10 s");
        assert!(matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock), "{error}");
        assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    }

    #[test]
    fn a_name_without_address_is_a_dns_failure() {
        let address = Address::Tcp("no-such-host.invalid".into(), 6379);
        let class = DeadlineStream::connect(&address, Duration::from_millis(100)).err().map(|(class, _)| class);
        assert_eq!(class, Some(FailureClass::Dns));
    }

    #[test]
    fn a_missing_unix_socket_is_refused() {
        let address = Address::Unix("/nowhere/redis.sock".into());
        let class = DeadlineStream::connect(&address, Duration::from_millis(100)).err().map(|(class, _)| class);
        assert_eq!(class, Some(FailureClass::Refused));
    }
}
