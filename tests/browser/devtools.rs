//! Chromium without a screen, and its `DevTools` protocol: commands and events as JSON over one web socket.
//!
//! The client is ours, over the web socket of tungstenite: the crates that know the whole protocol bring an asynchronous
//! runtime (chromiumoxide), or generate it by a crate under the GPL (`headless_chrome`), for the dozen commands needed.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// Longest wait for an answer: many browsers may start at once on a small machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A browser with one tab; it ends with this.
pub(crate) struct Chromium {
    child: Child,
    socket: WebSocket<TcpStream>,
    /// The tab.
    session: Option<String>,
    asked: u64,
    /// What the tab told without being asked.
    events: Vec<Value>,
    _profile: TempDir,
}

impl Chromium {
    /// Starts it with an empty profile of its own.
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            "about:blank",
        ];
        let start = |name: &str| {
            let mut command = Command::new(name);
            command.args(flags).arg(format!("--user-data-dir={}", profile.path().display()));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().ok()
        };
        let mut child = ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(start)
            .expect("Chromium starts; ./test.sh installs it");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("DevTools listening on ").map(str::to_owned))
            .expect("Chromium says where it listens");
        // What it goes on to say must not fill the pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let address = url.strip_prefix("ws://").and_then(|rest| rest.split('/').next()).expect("an address");
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let (socket, _) = tungstenite::client(url.as_str(), stream).expect("a web socket");
        let mut chromium = Self { child, socket, session: None, asked: 0, events: Vec::new(), _profile: profile };
        let target = chromium.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let session =
            chromium.call("Target.attachToTarget", &json!({ "targetId": target["targetId"], "flatten": true }));
        chromium.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            chromium.call(&format!("{domain}.enable"), &json!({}));
        }
        chromium
    }

    /// Gives a command and waits for its answer.
    #[track_caller]
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let mut command = json!({ "id": self.asked, "method": method, "params": params });
        if let Some(session) = &self.session {
            command["sessionId"] = session.as_str().into();
        }
        self.socket.send(Message::text(command.to_string())).expect("the browser is there");
        loop {
            let mut message = self.next();
            if message["id"] == self.asked {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
        }
    }

    /// Waits for an event of this name.
    pub(crate) fn wait_for(&mut self, event: &str) {
        while self.next()["method"] != event {}
    }

    /// What the tab told so far without being asked.
    pub(crate) fn events(&self) -> &[Value] {
        &self.events
    }

    /// The next message; events are kept.
    fn next(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().expect("the browser answers") {
                let message: Value = serde_json::from_str(&text).expect("JSON");
                if message["method"].is_string() {
                    self.events.push(message.clone());
                }
                return message;
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Asked to close it ends its own children too; it says good-bye by ending the connection.
        let close = json!({ "id": self.asked + 1, "method": "Browser.close" });
        if self.socket.send(Message::text(close.to_string())).is_ok() {
            while self.socket.read().is_ok() {}
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
