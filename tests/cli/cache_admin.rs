//! `cache stats` and `cache clear`: ours alone, and an error without Redis.

use crate::common::redis_server::{RedisServer, free_port};
use crate::fixture::Sandbox;
use crate::ran::Ran;

/// Two assets times two strategies stored, beside keys of other people.
fn warm() -> (RedisServer, Sandbox) {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    for name in ["session:1", "backtest", "backtest:v2:result:mine", "backtest2:v2:stats"] {
        server.command(&["SET", name, "not ours"]);
    }
    sandbox.backtest("batch --all").redis(&server).ran().done_quietly();
    (server, sandbox)
}

fn cache(server: &RedisServer, sandbox: &Sandbox, words: &str) -> Ran {
    sandbox.backtest(&format!("cache {words}")).redis(server).ran()
}

fn ours(server: &RedisServer) -> usize {
    server.keys().iter().filter(|key| key.contains(":result:") && !key.ends_with("mine")).count()
}

fn foreign(server: &RedisServer) -> usize {
    server
        .keys()
        .iter()
        .filter(|key| !key.contains(":result:") || key.ends_with("mine"))
        .filter(|key| !key.starts_with("backtest:v2:stats"))
        .count()
}

#[test]
fn stats_count_entries_hits_and_misses_of_ours() {
    let (server, sandbox) = warm();
    sandbox.backtest("batch --all").redis(&server).ran().done_quietly();
    sandbox.backtest("run --crypto BTC --strategy rsi --fee 0.005").redis(&server).ran().done_quietly();
    server.command(&["GET", "session:1"]);
    let stats = cache(&server, &sandbox, "stats --format json").done_quietly().json();
    assert_eq!((&stats["entries"], &stats["hits"], &stats["misses"]), (&5.into(), &4.into(), &5.into()));
    assert_eq!(stats["hit_rate"].as_f64(), Some(4.0 / 9.0));
    assert_eq!(
        (&stats["symbols"]["BTCUSDT"]["entries"], &stats["strategies"]["rsi"]["entries"]),
        (&3.into(), &3.into())
    );
    assert_eq!((&stats["corrupt"], &stats["errors"]), (&0.into(), &0.into()));
    assert!(stats["bytes"].as_u64() > Some(5 * 200) && stats["server"]["used_memory"].is_u64());
    assert_eq!(stats["server"]["policy"], "noeviction");
}

#[test]
fn stats_are_there_as_a_table_and_as_csv() {
    let (server, sandbox) = warm();
    let table = cache(&server, &sandbox, "stats").done_quietly().stdout;
    for words in ["Entries", "Our hits", "Our hit rate", "Server memory in use", "Eviction policy", "BTCUSDT", "rsi"] {
        assert!(table.contains(words), "{words}: {table}");
    }
    let csv = cache(&server, &sandbox, "stats --format csv").done_quietly().stdout;
    assert!(csv.starts_with("by,name,entries,bytes\n") && csv.contains("\nsymbol,BTCUSDT,2,"), "{csv}");
}

#[test]
fn a_clear_of_everything_needs_a_yes() {
    let (server, sandbox) = warm();
    let refused = cache(&server, &sandbox, "clear").refused(&["nothing was removed", "--yes"]);
    assert_eq!(refused.stderr.lines().count(), 1);
    assert_eq!(ours(&server), 4);
    let cleared = cache(&server, &sandbox, "clear --yes").done_quietly();
    assert_eq!(cleared.stdout, "4 stored results removed\n");
    assert_eq!((ours(&server), foreign(&server)), (0, 4));
    assert_eq!(cache(&server, &sandbox, "clear --yes").done_quietly().stdout, "0 stored results removed\n");
    assert_eq!(cache(&server, &sandbox, "stats --format json").done_quietly().json()["misses"], 0);
}

#[test]
fn a_clear_can_be_narrowed_to_an_asset_or_a_strategy() {
    let (server, sandbox) = warm();
    assert_eq!(
        cache(&server, &sandbox, "clear --crypto BTC --strategy ma").done_quietly().stdout,
        "1 stored result removed\n"
    );
    assert_eq!(cache(&server, &sandbox, "clear --strategy rsi").done_quietly().stdout, "2 stored results removed\n");
    assert_eq!(cache(&server, &sandbox, "clear --crypto ethusdt").done_quietly().stdout, "1 stored result removed\n");
    assert_eq!((ours(&server), foreign(&server)), (0, 4));
}

#[test]
fn a_strategy_can_be_cleared_by_the_path_it_is_run_by() {
    let (server, sandbox) = warm();
    sandbox.write("mine.toml", crate::own_strategies::MINE);
    sandbox.backtest("batch --all --strategy mine.toml").redis(&server).ran().done_quietly();
    assert_eq!(
        cache(&server, &sandbox, "clear --strategy ./mine.toml").done_quietly().stdout,
        "2 stored results removed\n"
    );
}

#[test]
fn a_clear_by_an_empty_name_is_refused() {
    let (server, sandbox) = warm();
    for option in ["--crypto", "--strategy"] {
        for name in ["", " "] {
            let ran = sandbox.backtest("cache clear").arg(option).arg(name).redis(&server).ran();
            ran.refused(&[option, "empty"]);
        }
    }
    assert_eq!((ours(&server), foreign(&server)), (4, 4));
}

#[test]
fn a_clear_by_a_pattern_or_a_path_removes_nothing_and_is_refused() {
    let (server, sandbox) = warm();
    let clear = |option: &str, name: &str| sandbox.backtest("cache clear").arg(option).arg(name).redis(&server).ran();
    let names = ["*", "BTC*", "?", "../x", "[a-z]"];
    let ran: Vec<Ran> = names.iter().flat_map(|name| [clear("--crypto", name), clear("--strategy", name)]).collect();
    assert_eq!((ours(&server), foreign(&server)), (4, 4));
    for ran in ran {
        ran.refused(&[]);
    }
}

#[test]
fn an_asset_whose_files_are_gone_can_still_be_cleared() {
    let (server, sandbox) = warm();
    std::fs::remove_dir_all(sandbox.here().join("data")).expect("removed");
    assert_eq!(cache(&server, &sandbox, "clear --crypto BTCUSDT").done_quietly().stdout, "2 stored results removed\n");
}

#[test]
fn without_redis_stats_and_clear_fail_with_a_remedy() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let url = format!("redis://127.0.0.1:{}/0", free_port());
    for words in ["cache stats", "cache stats --format json", "cache clear --yes", "cache clear --crypto BTC"] {
        let ran = sandbox.backtest(words).cache_url(&url).ran();
        assert_eq!(ran.stdout, "");
        ran.failed(&["Redis at 127.0.0.1:", "refused", "--cache-url"]);
    }
}
