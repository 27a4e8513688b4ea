//! Lines 5 and 6, and the promise behind them all: whichever operation of the cache fails, and however, nothing
//! changes. Every reply that the program waits for is the one that fails, one after another, until none is left.

use crate::common::fault_proxy::{Break, FaultProxy};
use crate::common::staged::{self, server, url};
use crate::fixture::Sandbox;
use crate::unharmed::{cached, market, url_of};

const COMMANDS: [&str; 3] = [
    "run --crypto BTC --strategy rsi --trades",
    "batch --crypto BTC,ETH --strategy rsi,ma",
    "sweep --crypto LONG --interval 1h --strategy ma --param fast=32..63 --param slow=96..127 --top 9",
];
/// More operations than any of these commands makes.
const MOST: usize = 60;
/// Times that a busy machine may stand still meanwhile.
const MOST_PAUSES: usize = 5;

/// Runs the command again and again, each time with another reply broken: its stdout is always `plain`. How many
/// replies there were to break.
fn break_each(sandbox: &Sandbox, command: &str, how: &Break, is_warm: bool) -> usize {
    let plain = sandbox.backtest(command).ran().done_quietly().data();
    let server = server(&[]);
    let mut is_stored = !is_warm;
    for _ in 0..=MOST_PAUSES {
        is_stored = is_stored || cached(sandbox, command, &url_of(&server)).ran().done().stderr.is_empty();
    }
    assert!(is_stored, "{command}: nothing was broken");
    let (mut n, mut pauses) = (0, 0);
    while n < MOST {
        if !is_warm {
            server.command(&["FLUSHALL"]);
        }
        let proxy = FaultProxy::after(server.port(), n, how.clone());
        let ran = cached(sandbox, command, &url(proxy.port())).ran().done();
        assert_eq!(ran.data(), plain, "{command}, at reply {n}");
        assert!(!ran.stderr.contains(staged::CANARY), "{ran:#?}");
        // On a busy machine the connection may have idled so long that its end looks like that of an idle one: then it
        // is opened again, once.
        let is_reopened = proxy.connections() == 2;
        assert!(proxy.connections() == 1 || is_reopened, "{command}, at reply {n}: a storm of retries");
        // A machine that stands still for longer than the stall budget is no fault of the server: once more.
        if !proxy.has_broken() && ran.stderr.contains("(no answer in time)") && pauses < MOST_PAUSES {
            pauses += 1;
            continue;
        }
        if !proxy.has_broken() {
            assert_eq!(ran.stderr, "", "{command}: nothing was broken");
            return n;
        }
        match how {
            // A refusal may concern one key or one counter only, of which nobody needs to hear.
            _ if is_reopened => assert!(ran.stderr.lines().count() <= 1, "{ran:#?}"),
            Break::Instead(_) => assert!(ran.stderr.lines().count() <= 1, "{ran:#?}"),
            _ => assert_eq!(ran.stderr.lines().count(), 1, "{command}, at reply {n}: {ran:#?}"),
        }
        if let Some(line) = ran.stderr.lines().next() {
            assert!(line.starts_with(&format!("warning: Redis at 127.0.0.1:{}: ", proxy.port())), "{line}");
        }
        n += 1;
    }
    panic!("{command} never ends asking the cache")
}

/// Each command in each format; some cold and some warm, as that takes other operations.
fn break_all(how: &Break) {
    let sandbox = market();
    for (at, format) in ["table", "json", "csv"].into_iter().enumerate() {
        break_format(&sandbox, format, at, how);
    }
}

fn break_format(sandbox: &Sandbox, format: &str, turn: usize, how: &Break) {
    for (at, command) in COMMANDS.into_iter().enumerate() {
        let is_warm = (at + turn).is_multiple_of(2);
        // The lines on luck of a sweep in CSV are notes on stderr, where only warnings of the cache are looked for.
        let quiet = if command.starts_with("sweep") && format == "csv" { " --no-honesty" } else { "" };
        let broken = break_each(sandbox, &format!("{command} --format {format}{quiet}"), how, is_warm);
        assert!(broken >= 3, "{command}: at least a login, a lookup and a count, not {broken}");
    }
}

#[test]
fn whichever_reply_never_comes_the_output_is_the_same() {
    let sandbox = market();
    // At once, as most of it is waiting.
    std::thread::scope(|scope| {
        for (at, format) in ["table", "json", "csv"].into_iter().enumerate() {
            let sandbox = &sandbox;
            scope.spawn(move || break_format(sandbox, format, at, &Break::Stall));
        }
    });
}

#[test]
fn whichever_reply_the_connection_ends_before_the_output_is_the_same() {
    break_all(&Break::Cut);
}

#[test]
fn whichever_reply_the_connection_is_reset_before_the_output_is_the_same() {
    break_all(&Break::Reset);
}

#[test]
fn whichever_reply_is_an_error_the_output_is_the_same() {
    break_all(&Break::Instead(b"-OOM command not allowed when used memory > 'maxmemory'.\r\n".to_vec()));
}

#[test]
fn whichever_reply_is_of_another_form_the_output_is_the_same() {
    break_all(&Break::Instead(b"*1\r\n*1\r\n$6\r\nforged\r\n".to_vec()));
}
