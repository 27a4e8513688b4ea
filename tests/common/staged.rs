//! Redis in trouble, staged for tests and measurements: each function is one fault of docs/faults.md.

use std::any::Any;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::fault_proxy::{Break, FaultProxy};
use super::redis_server::RedisServer;

/// The password in all these URLs: no output may ever show it.
pub(crate) const CANARY: &str = "canary";

/// Fills the cache at a URL, as an earlier call of the program would.
pub(crate) type Fill<'a> = &'a dyn Fn(&str);

/// A Redis in trouble, for as long as this is kept.
pub(crate) struct Staged {
    pub url: String,
    /// What a warning calls it.
    pub host: String,
    keep: Vec<Box<dyn Any>>,
}

impl Staged {
    fn at(port: u16, keep: Vec<Box<dyn Any>>) -> Self {
        Self { url: url(port), host: format!("127.0.0.1:{port}"), keep }
    }

    /// The proxy, where the fault is made by one.
    pub(crate) fn proxy(&self) -> &FaultProxy {
        self.keep.iter().find_map(|kept| kept.downcast_ref()).expect("a proxy makes this fault")
    }

    /// The server, where the fault is made by one.
    pub(crate) fn server(&self) -> &RedisServer {
        self.keep.iter().find_map(|kept| kept.downcast_ref()).expect("a server makes this fault")
    }
}

/// The URL of a server on this machine, with user and password.
pub(crate) fn url(port: u16) -> String {
    format!("redis://ann:{CANARY}@127.0.0.1:{port}/0")
}

/// A healthy server that knows the user of [`url`].
pub(crate) fn server(args: &[&str]) -> RedisServer {
    let server = RedisServer::start(args);
    know(&server);
    server
}

fn know(server: &RedisServer) {
    let reply = server.command(&["ACL", "SETUSER", "ann", "on", &format!(">{CANARY}"), "~*", "&*", "+@all"]);
    assert_eq!(reply, "+OK\r\n");
}

fn filled(fill: Fill<'_>, args: &[&str]) -> RedisServer {
    let server = server(args);
    fill(&url(server.port()));
    server
}

fn of(server: RedisServer) -> Staged {
    Staged::at(server.port(), vec![Box::new(server)])
}

/// Nobody listens there. The port is held, so that nobody will.
pub(crate) fn refused(_: Fill<'_>) -> Staged {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
    Staged::at(port_of(&socket), vec![Box::new(socket)])
}

/// Packets to it vanish: its queue of connections is full, and the kernel drops every further SYN.
pub(crate) fn blackholed(_: Fill<'_>) -> Staged {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
    socket.listen(0).expect("it listens");
    let port = port_of(&socket);
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut keep: Vec<Box<dyn Any>> = vec![Box::new(socket)];
    for _ in 0..64 {
        match TcpStream::connect_timeout(&address, Duration::from_millis(150)) {
            Ok(stream) => keep.push(Box::new(stream)),
            Err(_) => return Staged::at(port, keep),
        }
    }
    panic!("the kernel's queue has no end")
}

fn port_of(socket: &Socket) -> u16 {
    socket.local_addr().ok().and_then(|address| address.as_socket()).expect("an address").port()
}

/// A stopped process: the kernel accepts for it, and nothing answers.
pub(crate) fn frozen(fill: Fill<'_>) -> Staged {
    let server = filled(fill, &[]);
    server.freeze();
    of(server)
}

/// Answers after five seconds.
pub(crate) fn paused(fill: Fill<'_>) -> Staged {
    let server = filled(fill, &[]);
    server.command(&["CLIENT", "PAUSE", "5000"]);
    of(server)
}

/// Breaks at the reply after the first `n` (the reply to AUTH is the first).
pub(crate) fn broken_after(fill: Fill<'_>, n: usize, how: Break) -> Staged {
    let server = filled(fill, &[]);
    let proxy = FaultProxy::after(server.port(), n, how);
    Staged::at(proxy.port(), vec![Box::new(proxy), Box::new(server)])
}

/// Answers to everything with these bytes.
pub(crate) fn foreign(bytes: &[u8]) -> Staged {
    broken_after(&|_| {}, 0, Break::Foreign(bytes.to_vec()))
}

/// Answers with these bytes and then more without an end.
pub(crate) fn flooding(bytes: &[u8]) -> Staged {
    broken_after(&|_| {}, 0, Break::Flood(bytes.to_vec()))
}

/// Is killed, as by `kill -9`, when it has answered `n` times; comes back at once and empty where that is wanted.
pub(crate) fn killed_after(fill: Fill<'_>, n: usize, comes_back: bool) -> Staged {
    let server = filled(fill, &[]);
    let port = server.port();
    let server = Arc::new(Mutex::new(server));
    // Not the server itself: threads of the proxy may live to the end of the program, and it would with them.
    let victim = Arc::downgrade(&server);
    let kill = move || {
        let Some(server) = victim.upgrade() else { return };
        let mut server = server.lock().expect("nobody panics with it");
        if comes_back {
            server.restart(&[]);
            know(&server);
        } else {
            server.kill();
        }
    };
    let proxy = FaultProxy::after(port, n, Break::Meanwhile(Arc::new(kill)));
    Staged::at(proxy.port(), vec![Box::new(proxy), Box::new(server)])
}

/// Reads its data from disk, for longer than any test takes.
pub(crate) fn loading(fill: Fill<'_>) -> Staged {
    let mut server = filled(fill, &["--rdbcompression", "no"]);
    // Between two looks at its clients it loads 1024 bytes: three of these keys, 15 ms; all of them take 20 s.
    let filler = "for i = 1, 4000 do redis.call('SET', 'filler:' .. i, string.rep('x', 300)) end";
    server.command(&["EVAL", filler, "0"]);
    assert_eq!(server.command(&["SAVE"]), "+OK\r\n");
    server.restart(&["--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024"]);
    know(&server);
    of(server)
}

/// A replica whose master is gone, and which gives no old data.
pub(crate) fn master_down(fill: Fill<'_>) -> Staged {
    let server = filled(fill, &["--replica-serve-stale-data", "no"]);
    let nowhere = refused(fill);
    let port = nowhere.host.rsplit(':').next().expect("a port").to_owned();
    assert_eq!(server.command(&["REPLICAOF", "127.0.0.1", &port]), "+OK\r\n");
    let mut staged = of(server);
    staged.keep.push(Box::new(nowhere));
    staged
}

/// A cluster node that has no slots yet.
pub(crate) fn cluster_down(_: Fill<'_>) -> Staged {
    of(server(&["--cluster-enabled", "yes"]))
}

/// A cluster of one node: keys of several slots in one command are refused.
pub(crate) fn cluster_of_one(_: Fill<'_>) -> Staged {
    let server = server(&["--cluster-enabled", "yes"]);
    take_slots(&server, 0, 16_383);
    wait_for(&server, &["CLUSTER", "INFO"], "cluster_state:ok");
    of(server)
}

/// A cluster of two nodes, of which the URL names the one that has nothing: every key has moved to the other.
pub(crate) fn cluster_of_two(_: Fill<'_>) -> Staged {
    let start = || server(&["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"]);
    let (here, other) = (start(), start());
    take_slots(&other, 0, 16_382);
    take_slots(&here, 16_383, 16_383);
    here.command(&["CLUSTER", "MEET", "127.0.0.1", &other.port().to_string()]);
    wait_for(&here, &["CLUSTER", "INFO"], "cluster_slots_assigned:16384");
    wait_for(&here, &["CLUSTER", "INFO"], "cluster_state:ok");
    let mut staged = of(here);
    staged.keep.push(Box::new(other));
    staged
}

fn take_slots(server: &RedisServer, from: u16, to: u16) {
    let slots: Vec<String> = (from..=to).map(|slot| slot.to_string()).collect();
    let command: Vec<&str> = ["CLUSTER", "ADDSLOTS"].into_iter().chain(slots.iter().map(String::as_str)).collect();
    assert_eq!(server.command(&command), "+OK\r\n");
}

/// Memory is full, and nothing may be evicted.
pub(crate) fn full(fill: Fill<'_>) -> Staged {
    let server = filled(fill, &[]);
    assert_eq!(server.command(&["CONFIG", "SET", "maxmemory", "1"]), "+OK\r\n");
    of(server)
}

/// A replica, which takes no writes.
pub(crate) fn replica(fill: Fill<'_>) -> Staged {
    let server = filled(fill, &[]);
    let nowhere = refused(fill);
    let port = nowhere.host.rsplit(':').next().expect("a port").to_owned();
    assert_eq!(server.command(&["REPLICAOF", "127.0.0.1", &port]), "+OK\r\n");
    let mut staged = of(server);
    staged.keep.push(Box::new(nowhere));
    staged
}

/// A server whose folder is gone: it could not save, and takes no writes.
pub(crate) fn unsaved(fill: Fill<'_>) -> Staged {
    let server = filled(fill, &[]);
    assert_eq!(server.command(&["CONFIG", "SET", "save", "3600 1"]), "+OK\r\n");
    std::fs::remove_dir_all(server.folder()).expect("its folder");
    server.command(&["BGSAVE"]);
    wait_for(&server, &["INFO", "persistence"], "rdb_last_bgsave_status:err");
    of(server)
}

/// Wants a password, and the URL has none.
pub(crate) fn locked(_: Fill<'_>) -> Staged {
    let server = server(&[]);
    assert_eq!(server.command(&["CONFIG", "SET", "requirepass", CANARY]), "+OK\r\n");
    let mut staged = of(server);
    staged.url = format!("redis://{}/0", staged.host);
    staged
}

/// Wants another password.
pub(crate) fn wrong_password(_: Fill<'_>) -> Staged {
    let mut staged = of(server(&[]));
    staged.url = staged.url.replace(CANARY, "canary-of-old");
    staged
}

/// The user may do nothing with our keys.
pub(crate) fn denied(fill: Fill<'_>) -> Staged {
    denying(fill, &["resetkeys", "~session:*"])
}

/// The user of the URL has these rights on top of all others.
pub(crate) fn denying(fill: Fill<'_>, rights: &[&str]) -> Staged {
    let server = filled(fill, &[]);
    let command: Vec<&str> = ["ACL", "SETUSER", "ann"].into_iter().chain(rights.iter().copied()).collect();
    assert_eq!(server.command(&command), "+OK\r\n");
    of(server)
}

/// Denies all keys but one of those that are stored.
pub(crate) fn denying_all_but_one(fill: Fill<'_>) -> Staged {
    let server = filled(fill, &[]);
    let stored = server.keys().into_iter().find(|name| name.contains(":result:")).expect("something is stored");
    assert_eq!(server.command(&["ACL", "SETUSER", "ann", "resetkeys", &format!("~{stored}")]), "+OK\r\n");
    of(server)
}

/// Has no room for another client.
pub(crate) fn crowded(fill: Fill<'_>) -> Staged {
    let server = filled(fill, &[]);
    let mut holder = TcpStream::connect(("127.0.0.1", server.port())).expect("a client");
    let mut say = |words: &[u8], reply: &mut [u8]| holder.write_all(words).and_then(|()| holder.read_exact(reply));
    say(b"CONFIG SET maxclients 1\r\n", &mut [0; 5]).expect("it answers");
    let mut staged = of(server);
    staged.keep.push(Box::new(holder));
    staged
}

/// Asks a server until it says so.
pub(crate) fn wait_for(server: &RedisServer, command: &[&str], word: &str) {
    let begun = Instant::now();
    while !server.command(command).contains(word) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{command:?} never says {word}");
        thread::sleep(Duration::from_millis(5));
    }
}
