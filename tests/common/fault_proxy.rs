//! A proxy between the program and a real Redis that breaks the server's replies at an exact byte.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What happens after the first `k` bytes of a connection's replies.
#[derive(Clone, Debug)]
pub enum Break {
    /// Nothing more comes, and the connection stays open.
    Stall,
    /// The connection is closed.
    Cut,
    /// One byte comes every so often.
    Drip(Duration),
    /// These bytes come instead of the replies, and nothing after them.
    Foreign(Vec<u8>),
    /// These bytes come, and then as many more as anybody reads.
    Flood(Vec<u8>),
}

/// A listener whose connections all break alike.
pub struct FaultProxy {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl FaultProxy {
    /// Forwards to `server` (a port on loopback) until `k` bytes of replies have passed, then breaks.
    pub fn start(server: u16, k: usize, how: Break) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let how = how.clone();
                thread::spawn(move || serve(client, server, k, &how));
            }
        });
        Self { port, connections }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(mut client: TcpStream, server: u16, k: usize, how: &Break) -> Option<()> {
    let mut server = TcpStream::connect(("127.0.0.1", server)).ok()?;
    let (mut requests, mut onward) = (client.try_clone().ok()?, server.try_clone().ok()?);
    thread::spawn(move || std::io::copy(&mut requests, &mut onward));
    let mut left = k;
    let mut buffer = [0; 4096];
    while left > 0 {
        let count = server.read(&mut buffer).ok().filter(|&count| count > 0)?;
        let passed = count.min(left);
        client.write_all(&buffer[..passed]).ok()?;
        left -= passed;
        if let (Break::Drip(pause), 0) = (how, left) {
            drip(&mut client, &buffer[passed..count], *pause)?;
        }
    }
    match how {
        Break::Stall => thread::sleep(Duration::from_mins(1)),
        Break::Cut => client.shutdown(Shutdown::Both).ok()?,
        Break::Drip(pause) => loop {
            let count = server.read(&mut buffer).ok().filter(|&count| count > 0)?;
            drip(&mut client, &buffer[..count], *pause)?;
        },
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
