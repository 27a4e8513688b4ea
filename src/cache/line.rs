//! A connection with a deadline over all of its reads and writes.
//!
//! A socket's own timeout is per call: a server that drips one byte at a time would never run into it. So before
//! every call the time that is left until the deadline becomes that call's timeout.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::endpoint::Address;
use super::failure::Class;

/// An open connection, and until when it may be used.
pub(super) struct Line {
    stream: Stream,
    deadline: Instant,
}

enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Line {
    /// Connects within `timeout`, over all the addresses that the host's name has. Looking the name up has no
    /// timeout of its own: call this where it may take long.
    pub fn connect(address: &Address, timeout: Duration) -> Result<Self, (Class, &'static str)> {
        let stream = match address {
            #[cfg(unix)]
            Address::Unix(path) => Stream::Unix(UnixStream::connect(path).map_err(|error| refusal(&error))?),
            #[cfg(not(unix))]
            Address::Unix(_) => return Err((Class::Refused, "this system has no unix sockets")),
            Address::Tcp(host, port) | Address::Tls(host, port) => Stream::Tcp(connect_tcp(host, *port, timeout)?),
        };
        Ok(Self { stream, deadline: Instant::now() + timeout })
    }

    /// Sets the end of the time for all reads and writes that follow.
    pub const fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    fn time_left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

fn connect_tcp(host: &str, port: u16, timeout: Duration) -> Result<TcpStream, (Class, &'static str)> {
    let no_address = (Class::Dns, "the host's name has no address");
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs().map_err(|_| no_address)?.collect();
    let deadline = Instant::now() + timeout;
    let mut failure = no_address;
    for address in addresses {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err((Class::Timeout, "no connection in time"));
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

fn refusal(error: &io::Error) -> (Class, &'static str) {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => (Class::Refused, "nothing listens there"),
        io::ErrorKind::NotFound => (Class::Refused, "there is no such socket"),
        io::ErrorKind::PermissionDenied => (Class::Refused, "the socket's permissions forbid it"),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => (Class::Timeout, "no connection in time"),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => (Class::Closed, "it hung up at once"),
        _ => (Class::Refused, "it cannot be reached"),
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = Some(self.time_left()?);
        match &mut self.stream {
            Stream::Tcp(stream) => stream.set_read_timeout(left).and_then(|()| stream.read(buffer)),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.set_read_timeout(left).and_then(|()| stream.read(buffer)),
        }
    }
}

impl Write for Line {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let left = Some(self.time_left()?);
        match &mut self.stream {
            Stream::Tcp(stream) => stream.set_write_timeout(left).and_then(|()| stream.write(buffer)),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.set_write_timeout(left).and_then(|()| stream.write(buffer)),
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
        let mut line = Line::connect(&address, Duration::from_millis(100)).expect("it listens");
        let begun = Instant::now();
        line.set_deadline(begun + Duration::from_millis(60));
        let mut buffer = [0; 1000];
        let error = line.read_exact(&mut buffer).expect_err("1000 bytes take 10 s");
        assert!(matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock), "{error}");
        assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    }

    #[test]
    fn a_name_without_address_is_a_dns_failure() {
        let address = Address::Tcp("no-such-host.invalid".into(), 6379);
        let class = Line::connect(&address, Duration::from_millis(100)).err().map(|(class, _)| class);
        assert_eq!(class, Some(Class::Dns));
    }

    #[test]
    fn a_missing_unix_socket_is_refused() {
        let address = Address::Unix("/nowhere/redis.sock".into());
        let class = Line::connect(&address, Duration::from_millis(100)).err().map(|(class, _)| class);
        assert_eq!(class, Some(Class::Refused));
    }
}
