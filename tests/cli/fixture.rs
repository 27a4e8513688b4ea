//! A user's machine in a temporary folder: candles, settings, own strategies, and the program to call there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::candles;
use crate::common::redis_server::RedisServer;
use crate::ran::Ran;

/// Folders that belong to one test alone. The program is called in `here()`, where `data/` is, so that paths in its
/// messages are the same each time.
pub(crate) struct Sandbox {
    root: TempDir,
}

impl Sandbox {
    /// With daily candles of these symbols, 400 bars each.
    pub(crate) fn with(symbols: &[&str]) -> Self {
        let sandbox = Self { root: tempfile::tempdir().expect("a temporary folder") };
        fs::create_dir_all(sandbox.here()).expect("a folder");
        for symbol in symbols {
            sandbox.write(&format!("data/1d/{symbol}.csv"), candles::csv(symbol, candles::BARS));
        }
        sandbox
    }

    /// With nothing at all.
    pub(crate) fn empty() -> Self {
        Self::with(&[])
    }

    /// The folder in which the program is called.
    pub(crate) fn here(&self) -> PathBuf {
        self.root.path().join("here")
    }

    /// The user's config folder.
    pub(crate) fn config(&self) -> PathBuf {
        self.root.path().join("config")
    }

    /// Where the program remembers what is in candle files.
    pub(crate) fn index(&self) -> PathBuf {
        self.root.path().join("cache/backtest/candles.index")
    }

    /// Writes a file, its path relative to `here()`, and the folders it is in.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        put(&self.here().join(path), content.as_ref())
    }

    /// Writes a strategy into the user's config folder.
    pub(crate) fn own_strategy(&self, name: &str, toml: &str) -> PathBuf {
        put(&self.config().join(format!("backtest/strategies/{name}.toml")), toml.as_bytes())
    }

    /// Writes the settings file in the user's config folder.
    pub(crate) fn own_settings(&self, toml: &str) -> PathBuf {
        put(&self.config().join("backtest/backtest.toml"), toml.as_bytes())
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.here().join(path)).expect("the file is there")
    }

    /// Lets every user of the machine look into the folders; the files' own rights stay.
    #[cfg(unix)]
    pub(crate) fn open_to_all(&self) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(self.root.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    /// Names in a folder, hidden ones too, sorted.
    pub(crate) fn names(&self, path: &str) -> Vec<String> {
        let names = fs::read_dir(self.here().join(path)).expect("a folder");
        let mut names: Vec<_> = names.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The program with these words; nothing of the real environment reaches it but PATH. No cache, unless
    /// [`Call::redis`] is said.
    pub(crate) fn backtest(&self, words: &str) -> Call {
        self.call(Command::new(program())).args(words)
    }

    /// A shell with these words, in the same surroundings.
    pub(crate) fn shell(&self, script: &str) -> Call {
        self.call(Command::new("sh")).arg("-c").arg(script)
    }

    fn call(&self, mut command: Command) -> Call {
        let path = |name: &str| self.root.path().join(name);
        command
            .current_dir(self.here())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", path("home"))
            .env("XDG_CONFIG_HOME", path("config"))
            .env("XDG_CACHE_HOME", path("cache"))
            .env("NO_COLOR", "1")
            .env("BACKTEST_NO_CACHE", "1");
        Call { command }
    }
}

/// The binary under test.
pub(crate) fn program() -> &'static Path {
    assert_cmd::cargo::cargo_bin!("backtest")
}

fn put(path: &Path, content: &[u8]) -> PathBuf {
    fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
    fs::write(path, content).expect("a file");
    path.to_owned()
}

/// One call of the program, not yet made.
pub(crate) struct Call {
    command: Command,
}

impl Call {
    fn args(mut self, words: &str) -> Self {
        self.command.args(words.split_whitespace());
        self
    }

    /// One more word, spaces and all.
    pub(crate) fn arg(mut self, word: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(word);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// With the cache on, in this server, which is waited for however busy the machine is.
    pub(crate) fn redis(self, server: &RedisServer) -> Self {
        self.cache_url(&server.url()).env("BACKTEST_CACHE_TIMEOUT", "20s")
    }

    /// With the cache on, wherever that is.
    pub(crate) fn cache_url(self, url: &str) -> Self {
        self.without("BACKTEST_NO_CACHE").env("BACKTEST_CACHE_URL", url)
    }

    /// By a user who owns nothing here. Only root may make such a call.
    #[cfg(unix)]
    pub(crate) fn by_nobody(mut self) -> Self {
        std::os::unix::process::CommandExt::uid(&mut self.command, 65_534);
        self
    }

    /// Makes the call and waits for its end, a minute at most.
    pub(crate) fn ran(self) -> Ran {
        let mut command = assert_cmd::Command::from_std(self.command);
        Ran::of(&command.timeout(Duration::from_mins(1)).output().expect("the program starts"))
    }

    /// Makes the call without waiting for its end.
    pub(crate) fn spawn(mut self, stdout: Stdio) -> Child {
        self.command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).spawn().expect("the program starts")
    }
}
