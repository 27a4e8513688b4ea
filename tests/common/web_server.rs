//! A small web server whose answers a test decides, on a port of its own.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server does with a question.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// This status, these headers, this body.
    Whole(u16, Vec<(String, String)>, Vec<u8>),
    /// Half of this body, and no more.
    Half(Vec<u8>),
    /// Zeros without an end.
    Endless,
    /// Nothing, as long as the server lives.
    Silence,
}

impl Answer {
    pub(super) fn json(body: impl Display) -> Self {
        Self::status(200, body)
    }

    pub(super) fn status(status: u16, body: impl Display) -> Self {
        Self::Whole(status, Vec::new(), format!("{body}").into_bytes())
    }

    pub(super) fn bytes(body: Vec<u8>) -> Self {
        Self::Whole(200, Vec::new(), body)
    }

    pub(super) fn header(mut self, name: &str, value: impl Display) -> Self {
        if let Self::Whole(_, headers, _) = &mut self {
            headers.push((name.to_owned(), format!("{value}")));
        }
        self
    }
}

/// What was sent with a question: its headers in small letters, and its body.
#[allow(dead_code, reason = "not every test program sends anything")]
#[derive(Clone, Debug, Default)]
pub(super) struct Posted {
    pub headers: String,
    pub body: String,
}

/// Decides the answer to a path, which is the so-many-th question for it.
type Decide = dyn Fn(&str, usize) -> Answer + Send + Sync;

/// Answers until it is dropped.
pub(super) struct WebServer {
    url: String,
    shared: Arc<Shared>,
    /// Dropped with the server: then those who are kept waiting are let go.
    _alive: Sender<()>,
}

struct Shared {
    decide: Box<Decide>,
    asked: Mutex<Vec<String>>,
    posted: Mutex<Vec<Posted>>,
    ends: AtomicBool,
    dead: Mutex<Receiver<()>>,
}

impl WebServer {
    /// Answers each question as `decide` says, which is told its path and how often that was asked before.
    pub(super) fn start(decide: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (alive, dead) = channel();
        let shared = Arc::new(Shared {
            decide: Box::new(decide),
            asked: Mutex::default(),
            posted: Mutex::default(),
            ends: AtomicBool::new(false),
            dead: Mutex::new(dead),
        });
        let theirs = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if theirs.ends.load(Ordering::SeqCst) {
                    break;
                }
                let theirs = Arc::clone(&theirs);
                thread::spawn(move || theirs.serve(&stream));
            }
        });
        Self { url, shared, _alive: alive }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// All paths that were asked for, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().expect("no panic").clone()
    }

    /// All that was sent, in order.
    #[allow(dead_code, reason = "not every test program sends anything")]
    pub(super) fn posted(&self) -> Vec<Posted> {
        self.shared.posted.lock().expect("no panic").clone()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        // Wakes the thread that listens.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

impl Shared {
    /// Serves one connection, question after question.
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream);
        loop {
            let mut first = String::new();
            if lines.read_line(&mut first).ok()? == 0 {
                return None;
            }
            let (mut line, mut headers) = (String::new(), String::new());
            while lines.read_line(&mut line).ok()? > 2 {
                headers += &line.to_lowercase();
                line.clear();
            }
            let length = headers.lines().find_map(|line| line.strip_prefix("content-length:"));
            if let Some(length) = length.and_then(|length| length.trim().parse().ok()) {
                let mut body = vec![0; length];
                lines.read_exact(&mut body).ok()?;
                let body = String::from_utf8_lossy(&body).into_owned();
                self.posted.lock().ok()?.push(Posted { headers, body });
            }
            let path = first.split(' ').nth(1)?.to_owned();
            let before = {
                let mut asked = self.asked.lock().ok()?;
                asked.push(path.clone());
                asked.iter().filter(|other| **other == path).count() - 1
            };
            self.answer(stream, (self.decide)(&path, before))?;
        }
    }

    /// `None` when the connection is to end.
    fn answer(&self, mut stream: &TcpStream, answer: Answer) -> Option<()> {
        match answer {
            Answer::Whole(status, headers, body) => {
                let mut head = format!("HTTP/1.1 {status} Because\r\nContent-Length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.extend([&*name, ": ", &*value, "\r\n"]);
                }
                stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
                stream.write_all(&body).ok()
            }
            Answer::Half(body) => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                stream.write_all(head.as_bytes()).ok()?;
                stream.write_all(&body[..body.len() / 2]).ok()?;
                None
            }
            Answer::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
                let zeros = vec![b'0'; 1 << 20];
                while stream.write_all(&zeros).is_ok() {}
                None
            }
            Answer::Silence => {
                // An error: the server is gone.
                let _ = self.dead.lock().ok()?.recv();
                None
            }
        }
    }
}
