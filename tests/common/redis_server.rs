//! A real redis-server for one test: its own port, its own folder, gone with the test.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running server. Dropping it kills it, stopped or not.
pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

/// A port that nobody listens on right now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

impl RedisServer {
    /// Starts a server with these arguments besides port and folder, and waits until it answers.
    pub(crate) fn start(args: &[&str]) -> Self {
        // Another process may take the port between its choice and the server's start: then try another.
        for _ in 0..5 {
            if let Some(server) = Self::try_start(args) {
                return server;
            }
        }
        panic!("redis-server {args:?} does not come up");
    }

    fn try_start(args: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder for redis-server");
        let port = free_port();
        let child = spawn(port, folder.path(), args);
        let mut server = Self { child, port, folder };
        server.comes_up().then_some(server)
    }

    /// Ends it as a crash does, and starts it again on the same port and folder.
    pub(crate) fn restart(&mut self, args: &[&str]) {
        self.kill();
        for _ in 0..20 {
            self.child = spawn(self.port, self.folder.path(), args);
            if self.comes_up() {
                return;
            }
        }
        panic!("redis-server {args:?} does not come up again");
    }

    /// Waits until it answers; false when it has ended.
    fn comes_up(&mut self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) {
            if self.try_command(&["PING"]).is_some() {
                return true;
            }
            if self.child.try_wait().ok().flatten().is_some() {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Runs one command on a connection of its own; its reply as raw RESP.
    pub(crate) fn command(&self, args: &[impl AsRef<[u8]>]) -> String {
        self.try_command(args).expect("redis-server answers")
    }

    fn try_command(&self, args: &[impl AsRef<[u8]>]) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let mut request = format!("*{}\r\n", args.len()).into_bytes();
        for arg in args {
            request.extend_from_slice(format!("${}\r\n", arg.as_ref().len()).as_bytes());
            request.extend_from_slice(arg.as_ref());
            request.extend_from_slice(b"\r\n");
        }
        stream.write_all(&request).ok()?;
        read_reply(&mut BufReader::new(stream))
    }

    /// Names of all keys, sorted.
    pub(crate) fn keys(&self) -> Vec<String> {
        names(&self.command(&["KEYS", "*"]))
    }

    /// Names of the entries whose `KIND:SYMBOL:STRATEGY` begins with this, sorted. Symbol and strategy are in the label
    /// of the value.
    pub(crate) fn entries(&self, beginning: &str) -> Vec<String> {
        let script = "local found = {}
            for _, name in ipairs(redis.call('KEYS', '*:*:*:*')) do
                local kind = name:match(':([a-z]+):[0-9a-f]+$')
                if kind and redis.call('TYPE', name).ok == 'string' then
                    local length = redis.call('GETRANGE', name, 44, 44):byte() or 0
                    local label = kind .. ':' .. redis.call('GETRANGE', name, 45, 44 + length)
                    if label:sub(1, #ARGV[1]) == ARGV[1] then table.insert(found, name) end
                end
            end
            return found";
        names(&self.command(&["EVAL", script, "0", beginning]))
    }

    /// Stops the process (it keeps its connections and accepts more, but answers nothing).
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it has ended");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &pid]).status().expect("kill is everywhere");
        assert!(status.success(), "kill {signal} {pid} failed");
    }
}

fn spawn(port: u16, folder: &std::path::Path, args: &[&str]) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .arg("--dir")
        .arg(folder)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("these tests need redis-server: install it with `apt-get install redis-server` or `brew install redis`")
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The elements of a reply that is a list, sorted.
fn names(reply: &str) -> Vec<String> {
    let mut names: Vec<_> = reply.lines().skip(1).filter(|line| !line.starts_with('$')).map(str::to_owned).collect();
    names.sort();
    names
}

fn read_reply(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok().filter(|&count| count > 0)?;
    let mut reply = String::from_utf8_lossy(&line).into_owned();
    let number = || reply[1..].trim_end().parse::<i64>().ok().and_then(|number| usize::try_from(number).ok());
    match (line[0], number()) {
        (b'$', Some(length)) => {
            let mut value = vec![0; length + 2];
            reader.read_exact(&mut value).ok()?;
            reply += &String::from_utf8_lossy(&value);
        }
        (b'*', Some(count)) => {
            for _ in 0..count {
                reply += &read_reply(reader)?;
            }
        }
        _ => {}
    }
    Some(reply)
}
