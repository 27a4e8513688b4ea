//! What must hold under every fault: exit code 0, stdout and files as without a cache, one warning, no secret.

use std::fs;

use crate::candles::{csv, lines};
use crate::common::staged::{CANARY, Fill, Staged, url};
use crate::fixture::{Call, Sandbox};
use crate::ran::Ran;

/// One call of each command that uses the cache, in each format, each with a file of another form.
pub(crate) const COMMANDS: [(&str, &str); 3] = [
    ("run --crypto BTC --strategy rsi --trades --format json --out", "out.json"),
    ("batch --crypto BTC,ETH --strategy rsi,ma --out", "out.csv"),
    (
        "sweep --crypto LONG --interval 1h --strategy ma --param fast=32..63 --param slow=96..127 --format csv --no-honesty --top 9 --out",
        "out.parquet",
    ),
];

/// Candles for [`COMMANDS`]: enough for a block of a sweep to be worth storing.
pub(crate) fn market() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let hourly = |line: usize, text: &str| match text.split_once(',') {
        Some((_, prices)) if line > 1 => format!("{},{prices}", 1_640_995_200_000 + 3_600_000 * line as u64),
        _ => text.to_owned(),
    };
    sandbox.write("data/1h/LONGUSDT.csv", lines(&csv("LONGUSDT", 5_000), hourly));
    sandbox
}

/// A call with the cache at this URL, with a secret that no output may show.
pub(crate) fn cached(sandbox: &Sandbox, words: &str, url: &str) -> Call {
    sandbox.backtest(words).cache_url(url).env("BACKTEST_CACHE_SECRET", format!("{CANARY}-secret"))
}

/// What a call printed and wrote, without what may differ from call to call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    stdout: String,
    file: Vec<u8>,
}

/// Takes the file away, so that the next call has to write its own.
pub(crate) fn printed(sandbox: &Sandbox, ran: &Ran, file: &str) -> Printed {
    let path = sandbox.here().join(file);
    let mut bytes = fs::read(&path).expect("the file of --out");
    fs::remove_file(path).expect("it was there");
    if bytes.starts_with(b"{") {
        let text = String::from_utf8(bytes).expect("text");
        bytes = Ran { code: None, stdout: text, stderr: String::new() }.data().into_bytes();
    }
    Printed { stdout: ran.data(), file: bytes }
}

/// Every command without a cache.
pub(crate) fn plain(sandbox: &Sandbox) -> Vec<Printed> {
    let call = |(words, file): &(&str, &str)| {
        let ran = sandbox.backtest(words).arg(file).ran().done_quietly();
        printed(sandbox, &ran, file)
    };
    COMMANDS.iter().map(call).collect()
}

/// Nothing of password or secret was shown, and just one line was said: a warning that names the class, the place
/// and all these words.
#[track_caller]
pub(crate) fn warned(ran: &Ran, host: &str, class: &str, words: &[&str]) {
    assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{ran:#?}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:#?}");
    let start = format!("warning: Redis at {host}: {class} (");
    assert!(ran.stderr.starts_with(&start), "not '{start}': {ran:#?}");
    for word in words {
        assert!(ran.stderr.contains(word), "not '{word}': {ran:#?}");
    }
}

/// Stages a fault anew for each command: its output is that without a cache, with one warning of this class.
#[track_caller]
pub(crate) fn unharmed(stage: impl Fn(Fill<'_>) -> Staged, class: &str, words: &[&str]) {
    let sandbox = market();
    let plain = plain(&sandbox);
    for ((command, file), plain) in COMMANDS.into_iter().zip(&plain) {
        let fill = |url: &str| drop(cached(&sandbox, command, url).arg(file).ran().done_quietly());
        let staged = stage(&fill);
        let ran = cached(&sandbox, command, &staged.url).arg(file).ran().done();
        assert!(printed(&sandbox, &ran, file) == *plain, "{command} prints or writes something else: {ran:#?}");
        warned(&ran, &staged.host, class, words);
    }
}

/// The URL of a server, for [`fill`] and [`cached`].
pub(crate) fn url_of(server: &crate::common::redis_server::RedisServer) -> String {
    url(server.port())
}
