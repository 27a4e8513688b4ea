//! A proxy between the program and a real Redis that breaks the server's replies at an exact byte or reply.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

/// What happens at the place that was chosen.
#[derive(Clone)]
pub(crate) enum Break {
    /// Nothing more comes, and the connection stays open.
    Stall,
    /// The connection is closed.
    Cut,
    /// The connection is reset.
    Reset,
    /// One byte comes every so often.
    Drip(Duration),
    /// These bytes come instead of the replies, and nothing after them.
    Foreign(Vec<u8>),
    /// These bytes come, and then as many more as anybody reads.
    Flood(Vec<u8>),
    /// These bytes come instead of one reply; the others come as they are. Only after whole replies.
    Instead(Vec<u8>),
    /// Something happens elsewhere, then the replies go on. Only after whole replies.
    Meanwhile(Arc<dyn Fn() + Send + Sync>),
}

/// Where it happens.
#[derive(Clone, Copy)]
enum Place {
    /// After so many bytes of a connection's replies.
    Byte(usize),
    /// At the reply after so many whole ones, of all connections together.
    Reply(usize),
}

/// A listener whose connections break.
pub(crate) struct FaultProxy {
    port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    replies: AtomicUsize,
    broken: AtomicBool,
}

impl FaultProxy {
    /// Forwards to `server` (a port on loopback) until `k` bytes of replies have passed on a connection, then breaks.
    pub(crate) fn start(server: u16, k: usize, how: Break) -> Self {
        Self::at(server, Place::Byte(k), how)
    }

    /// Forwards whole replies only, and breaks when the one after the first `n` has come: that one is lost.
    pub(crate) fn after(server: u16, n: usize, how: Break) -> Self {
        Self::at(server, Place::Reply(n), how)
    }

    fn at(server: u16, place: Place, how: Break) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let seen = Arc::new(Seen::default());
        let proxy = Self { port, seen: Arc::clone(&seen) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                seen.connections.fetch_add(1, Ordering::SeqCst);
                let (how, seen) = (how.clone(), Arc::clone(&seen));
                thread::spawn(move || connection(client, server, place, &how, &seen));
            }
        });
        proxy
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// Whether the place was reached. Only for breaks after whole replies.
    pub(crate) fn has_broken(&self) -> bool {
        self.seen.broken.load(Ordering::SeqCst)
    }
}

fn connection(mut client: TcpStream, server: u16, place: Place, how: &Break, seen: &Seen) -> Option<()> {
    let mut server = TcpStream::connect(("127.0.0.1", server)).ok()?;
    let (mut requests, mut onward) = (client.try_clone().ok()?, server.try_clone().ok()?);
    let requests = thread::spawn(move || {
        let _ = std::io::copy(&mut requests, &mut onward);
        let _ = onward.shutdown(Shutdown::Both);
    });
    let _ = match place {
        Place::Byte(k) => pass_bytes(&mut client, &mut server, k, how),
        Place::Reply(n) => pass_replies(&mut client, &mut server, n, how, seen),
    };
    if let Break::Reset = how {
        SockRef::from(&client).set_linger(Some(Duration::ZERO)).ok()?;
        // This ends the thread without a word to the client: the reset comes with the last close of the socket.
        client.shutdown(Shutdown::Read).ok()?;
        requests.join().ok()?;
        return Some(());
    }
    client.shutdown(Shutdown::Both).ok()
}

fn pass_bytes(client: &mut TcpStream, server: &mut TcpStream, k: usize, how: &Break) -> Option<()> {
    let mut left = k;
    let mut buffer = [0; 4096];
    while left > 0 {
        let count = server.read(&mut buffer).ok().filter(|&count| count > 0)?;
        let passed = count.min(left);
        client.write_all(&buffer[..passed]).ok()?;
        left -= passed;
        if let (Break::Drip(pause), 0) = (how, left) {
            drip(client, &buffer[passed..count], *pause)?;
        }
    }
    happen(client, server, how)
}

fn pass_replies(client: &mut TcpStream, server: &mut TcpStream, n: usize, how: &Break, seen: &Seen) -> Option<()> {
    let mut come = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        while let Some(end) = end_of_reply(&come) {
            let reply: Vec<u8> = come.drain(..end).collect();
            if seen.replies.fetch_add(1, Ordering::SeqCst) != n {
                client.write_all(&reply).ok()?;
                continue;
            }
            seen.broken.store(true, Ordering::SeqCst);
            match how {
                Break::Instead(bytes) => client.write_all(bytes).ok()?,
                Break::Meanwhile(what) => {
                    what();
                    client.write_all(&reply).ok()?;
                }
                Break::Drip(pause) => {
                    drip(client, &reply, *pause)?;
                    return happen(client, server, how);
                }
                _ => return happen(client, server, how),
            }
        }
        let count = server.read(&mut buffer).ok().filter(|&count| count > 0)?;
        come.extend_from_slice(&buffer[..count]);
    }
}

/// Bytes of the first whole reply.
fn end_of_reply(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")? + 2;
    let number = || std::str::from_utf8(&bytes[1..end - 2]).ok().and_then(|text| text.parse::<usize>().ok());
    match (bytes[0], number()) {
        (b'$', Some(length)) => Some(end + length + 2).filter(|&end| end <= bytes.len()),
        (b'*', Some(count)) => (0..count).try_fold(end, |at, _| Some(at + end_of_reply(&bytes[at..])?)),
        _ => Some(end),
    }
}

fn happen(client: &mut TcpStream, server: &mut TcpStream, how: &Break) -> Option<()> {
    match how {
        Break::Stall => thread::sleep(Duration::from_mins(1)),
        Break::Cut | Break::Reset | Break::Instead(_) | Break::Meanwhile(_) => {}
        Break::Drip(pause) => {
            let mut buffer = [0; 4096];
            loop {
                let count = server.read(&mut buffer).ok().filter(|&count| count > 0)?;
                drip(client, &buffer[..count], *pause)?;
            }
        }
        Break::Foreign(bytes) => {
            client.write_all(bytes).ok()?;
            thread::sleep(Duration::from_mins(1));
        }
        Break::Flood(bytes) => {
            client.write_all(bytes).ok()?;
            while client.write_all(&[b'x'; 4096]).is_ok() {}
        }
    }
    Some(())
}

fn drip(client: &mut TcpStream, bytes: &[u8], pause: Duration) -> Option<()> {
    for byte in bytes {
        client.write_all(std::slice::from_ref(byte)).ok()?;
        thread::sleep(pause);
    }
    Some(())
}
