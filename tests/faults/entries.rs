//! Lines 10 to 14: Redis answers well, but what is under our keys is gone, damaged, foreign or forged.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::common::redis_server::RedisServer;
use crate::common::staged::server;
use crate::fixture::Sandbox;
use crate::unharmed::{COMMANDS, cached, market, plain, printed, url_of};

/// Runs `work` while somebody else sends this command over and over.
fn while_others(server: &RedisServer, command: &str, work: impl FnOnce()) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("a connection");
            let mut replies = [0; 4096];
            while !stop.load(Ordering::Relaxed) {
                stream.write_all(command.as_bytes()).expect("it listens");
                assert!(stream.read(&mut replies).expect("it answers") > 0);
            }
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        stop.store(true, Ordering::Relaxed);
        if let Err(panic) = ended {
            std::panic::resume_unwind(panic);
        }
    });
}

fn right_and_silent(server: &RedisServer, others: &str) {
    let sandbox = market();
    let plain = plain(&sandbox);
    while_others(server, others, || {
        for _ in 0..5 {
            for ((command, file), plain) in COMMANDS.into_iter().zip(&plain) {
                let ran = cached(&sandbox, command, &url_of(server)).arg(file).ran().done_quietly();
                assert!(printed(&sandbox, &ran, file) == *plain, "{command} prints or writes something else: {ran:#?}");
            }
        }
    });
}

#[test]
fn entries_that_are_evicted_during_a_run_change_nothing_and_need_no_word() {
    let server = server(&["--maxmemory", "2mb", "--maxmemory-policy", "allkeys-lru"]);
    let filler = "for i = 1, 20 do redis.call('SET', 'filler:' .. math.random(1000000), string.rep('x', 10000)) end";
    right_and_silent(&server, &format!("EVAL \"{filler}\" 0\r\n"));
    let evicted = server.command(&["INFO", "stats"]);
    assert!(!evicted.contains("evicted_keys:0\r\n"), "{evicted}");
}

#[test]
fn a_database_that_is_flushed_all_the_time_changes_nothing_and_needs_no_word() {
    right_and_silent(&server(&[]), "FLUSHALL\r\n");
}

const BATCH: &str = "batch --crypto BTC,ETH --strategy rsi,ma --format json";

/// The bytes under a key, by way of hexadecimal digits, as replies are read as text.
fn bytes_of(server: &RedisServer, key: &str) -> Vec<u8> {
    let script = "return (redis.call('GET', KEYS[1]):gsub('.', function(c) return ('%02x'):format(c:byte()) end))";
    let reply = server.command(&["EVAL", script, "1", key]);
    let digits = reply.lines().nth(1).expect("a value").as_bytes();
    let digit = |at: usize| u8::try_from((digits[at] as char).to_digit(16).expect("hexadecimal")).expect("a digit");
    (0..digits.len() / 2).map(|at| digit(2 * at) << 4 | digit(2 * at + 1)).collect()
}

fn put(server: &RedisServer, key: &str, value: &[u8]) {
    assert_eq!(server.command(&[b"SET", key.as_bytes(), value]), "+OK\r\n");
}

/// Gives a value the digest that nobody without a secret can tell from a good one.
fn digested(mut value: Vec<u8>) -> Vec<u8> {
    value.truncate(value.len() - 32);
    let digest = blake3::hash(&value);
    value.extend_from_slice(digest.as_bytes());
    value
}

fn counts(sandbox: &Sandbox, server: &RedisServer, words: &str) -> (Value, Value) {
    let ran = sandbox.backtest(words).redis(server).ran().done_quietly();
    let summary = ran.json()["summary"].clone();
    (summary["hits"].clone(), summary["misses"].clone())
}

fn refused(sandbox: &Sandbox, server: &RedisServer) -> Value {
    sandbox.backtest("cache stats --format json").redis(server).ran().done_quietly().json()["corrupt"].clone()
}

#[test]
fn another_type_under_our_key_is_one_miss_and_gets_replaced() {
    let (server, sandbox) = (RedisServer::start(&[]), market());
    let first = sandbox.backtest(BATCH).redis(&server).ran().done_quietly();
    let key = &server.entries("result:BTCUSDT:rsi")[0];
    server.command(&["DEL", key]);
    server.command(&["LPUSH", key, "a list"]);
    let second = sandbox.backtest(BATCH).redis(&server).ran().done_quietly();
    assert_eq!(second.data(), first.data());
    assert_eq!((&second.json()["summary"]["hits"], &second.json()["summary"]["misses"]), (&3.into(), &1.into()));
    assert_eq!(counts(&sandbox, &server, BATCH), (4.into(), 0.into()));
}

#[test]
fn damaged_values_are_misses_counted_as_refused_and_get_replaced() {
    let (server, sandbox) = (RedisServer::start(&[]), market());
    let first = sandbox.backtest(BATCH).redis(&server).ran().done_quietly();
    let keys = ["result:BTCUSDT:rsi", "result:BTCUSDT:ma"].map(|entry| server.entries(entry).remove(0));
    let good = bytes_of(&server, &keys[0]);
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut value = good.clone();
        change(&mut value);
        value
    };
    let damaged = [
        ("cut", changed(&|value| value.truncate(value.len() / 2))),
        ("cut by one byte", changed(&|value| value.truncate(value.len() - 1))),
        ("empty", Vec::new()),
        ("one bit flipped", changed(&|value| value[100] ^= 1)),
        ("foreign", b"{\"sharpe\": 9.9}".to_vec()),
        ("an older format", digested(changed(&|value| value[4] = 0))),
        ("a newer format", digested(changed(&|value| value[4] += 1))),
        ("another kind", digested(changed(&|value| value[6] += 1))),
        ("of another key", bytes_of(&server, &keys[1])),
        ("huge", vec![b'x'; 5 << 20]),
    ];
    for (at, (what, value)) in damaged.iter().enumerate() {
        put(&server, &keys[0], value);
        let ran = sandbox.backtest(BATCH).redis(&server).ran().done_quietly();
        assert_eq!(ran.data(), first.data(), "{what}");
        assert_eq!(ran.json()["summary"]["misses"], 1, "{what}");
        assert_eq!(refused(&sandbox, &server), at + 1, "{what}");
        assert_eq!(bytes_of(&server, &keys[0]), good, "{what}: it is replaced by the same bytes");
    }
}

#[test]
fn a_damaged_block_of_a_sweep_is_computed_anew() {
    let (server, sandbox) = (RedisServer::start(&[]), market());
    let (sweep, file) = COMMANDS[2];
    let call = || {
        let ran = sandbox.backtest(sweep).arg(file).redis(&server).ran().done_quietly();
        printed(&sandbox, &ran, file)
    };
    let first = call();
    let key = server.entries("block:LONGUSDT").remove(0);
    server.command(&["SETRANGE", &key, "5000", "damage"]);
    assert!(call() == first && refused(&sandbox, &server) == 1);
    assert!(call() == first && refused(&sandbox, &server) == 1, "it was replaced");
}

#[test]
fn a_forged_result_is_refused_where_a_secret_is_set_and_believed_where_none_is() {
    let (server, sandbox) = (RedisServer::start(&[]), market());
    let run = "run --crypto BTC --strategy rsi --format json";
    let call = || sandbox.backtest(run).redis(&server);
    let honest = call().ran().done_quietly();
    let key = server.entries("result:BTCUSDT:rsi").remove(0);
    let mut value = bytes_of(&server, &key);
    let sharpe = honest.json()["metrics"]["sharpe"].as_f64().expect("a number").to_le_bytes();
    let at = value.windows(8).position(|eight| eight == sharpe).expect("it is stored as it is");
    value[at..at + 8].copy_from_slice(&9.75_f64.to_le_bytes());
    let forged = digested(value);
    put(&server, &key, &forged);
    assert_eq!(call().ran().done_quietly().json()["metrics"]["sharpe"], 9.75, "the docs say so");
    let sealed = || call().env("BACKTEST_CACHE_SECRET", "canary").ran().done_quietly();
    let with_secret = sealed();
    assert_eq!((with_secret.data(), &with_secret.json()["cache"]), (honest.data(), &"miss".into()));
    assert_eq!(sealed().json()["cache"], "hit", "what it sealed itself it takes");
    assert_eq!(refused(&sandbox, &server), 1);
    // Neither another secret nor none takes what was sealed with this one.
    for other in ["another", ""] {
        let ran = call().env("BACKTEST_CACHE_SECRET", other).ran().done_quietly();
        assert_eq!((ran.data(), &ran.json()["cache"]), (honest.data(), &"miss".into()), "'{other}'");
    }
}
