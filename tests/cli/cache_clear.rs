//! `cache clear` by kind and by pattern: no more than was meant.

use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;
use crate::ran::Ran;

/// Two assets times two strategies, and the trades of one of them.
fn warm() -> (RedisServer, Sandbox) {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    server.command(&["SET", "session:1", "not ours"]);
    sandbox.backtest("batch --all").redis(&server).ran().done_quietly();
    sandbox.backtest("run --crypto BTC --strategy rsi --trades").redis(&server).ran().done_quietly();
    (server, sandbox)
}

fn clear(server: &RedisServer, sandbox: &Sandbox, words: &str) -> Ran {
    sandbox.backtest(&format!("cache clear {words}")).redis(server).ran()
}

#[test]
fn a_clear_can_be_narrowed_to_a_kind() {
    let (server, sandbox) = warm();
    assert_eq!(clear(&server, &sandbox, "--kind trades").done_quietly().stdout, "1 stored result removed\n");
    assert_eq!(
        clear(&server, &sandbox, "--kind result --crypto BTC").done_quietly().stdout,
        "2 stored results removed\n"
    );
    clear(&server, &sandbox, "--kind metrics").refused(&["--kind", "result, trades, block"]);
}

#[test]
fn a_pattern_clears_what_it_matches_when_that_is_confirmed() {
    let (server, sandbox) = warm();
    clear(&server, &sandbox, "*:BTC*").refused(&["nothing was removed", "--yes", "--dry-run"]);
    assert_eq!(clear(&server, &sandbox, "*:BTC* --yes").done_quietly().stdout, "3 stored results removed\n");
    assert_eq!(
        clear(&server, &sandbox, "backtest:v2:result:*:ma:* --yes").done_quietly().stdout,
        "1 stored result removed\n"
    );
    assert!(server.keys().contains(&"session:1".to_owned()));
}

#[test]
fn a_dry_run_counts_and_removes_nothing() {
    let (server, sandbox) = warm();
    let before = server.keys();
    assert_eq!(clear(&server, &sandbox, "--dry-run").done_quietly().stdout, "5 stored results would be removed\n");
    assert_eq!(
        clear(&server, &sandbox, "*:ma:* --dry-run").done_quietly().stdout,
        "2 stored results would be removed\n"
    );
    let json = clear(&server, &sandbox, "--kind trades --dry-run --format json").done_quietly().json();
    assert_eq!((&json["entries"], &json["removed"]), (&1.into(), &false.into()));
    assert_eq!(server.keys(), before);
}

#[test]
fn a_pattern_that_no_entry_can_match_is_refused() {
    let (server, sandbox) = warm();
    let before = server.keys();
    for pattern in ["session:*", "BTC*", "other:v2:result:*", "stats", "backtest:v2:stats"] {
        clear(&server, &sandbox, &format!("{pattern} --yes")).refused(&[pattern, "KIND:ASSET:STRATEGY:KEY"]);
    }
    sandbox.backtest("cache clear --yes").arg("").redis(&server).ran().refused(&["KIND:ASSET"]);
    assert_eq!(server.keys(), before);
}

#[test]
fn a_pattern_that_matches_nothing_says_so() {
    let (server, sandbox) = warm();
    let ran = clear(&server, &sandbox, "result:XRP*:* --yes").done().says(&["matches no entry", "cache keys"]);
    assert_eq!(ran.stdout, "0 stored results removed\n");
}
