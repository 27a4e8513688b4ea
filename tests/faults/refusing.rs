//! Lines 7 to 9: a real Redis that answers with an error.

use serde_json::Value;

use crate::common::staged::{self, Fill, Staged};
use crate::unharmed::{cached, market, unharmed, warned};

#[test]
fn a_server_that_loads_its_data_changes_nothing() {
    unharmed(staged::loading, "loading", &["LOADING", "continuing without cache"]);
}

#[test]
fn a_replica_without_its_master_changes_nothing() {
    unharmed(staged::master_down, "loading", &["MASTERDOWN", "continuing without cache"]);
}

#[test]
fn a_cluster_is_named_as_unsupported_and_changes_nothing() {
    unharmed(staged::cluster_down, "cluster", &["CLUSTERDOWN", "not supported"]);
}

#[test]
fn each_way_in_which_a_cluster_refuses_is_named() {
    let sandbox = market();
    let call = |words: &str, staged: &Staged, code: &str| {
        let plain = sandbox.backtest(words).ran().done_quietly();
        let ran = cached(&sandbox, words, &staged.url).ran().done();
        assert_eq!(ran.data(), plain.data());
        warned(&ran, &staged.host, "cluster", &[code, "not supported"]);
    };
    call("run --crypto BTC --strategy rsi", &staged::cluster_of_two(&|_| {}), "MOVED");
    let one = staged::cluster_of_one(&|_| {});
    call("run --crypto BTC --strategy rsi --trades", &one, "CROSSSLOT");
    call(BOTH, &one, "CROSSSLOT");
}

#[test]
fn a_password_that_is_missing_or_wrong_changes_nothing() {
    unharmed(staged::locked, "auth", &["NOAUTH", "continuing without cache"]);
    unharmed(staged::wrong_password, "auth", &["WRONGPASS", "continuing without cache"]);
}

#[test]
fn keys_that_the_user_may_not_touch_change_nothing() {
    unharmed(staged::denied, "auth", &["NOPERM", "continuing without cache"]);
}

#[test]
fn a_server_without_room_for_clients_changes_nothing() {
    unharmed(staged::crowded, "refused", &["maxclients", "continuing without cache"]);
}

const RSI: &str = "batch --crypto BTC,ETH --strategy rsi --format json";
const BOTH: &str = "batch --crypto BTC,ETH --strategy rsi,ma --format json";

/// Stages a fault over a cache that holds half of what is asked for: how many hits and misses there are, and the
/// output is that without a cache.
#[track_caller]
fn half(stage: impl Fn(Fill<'_>) -> Staged, class: &str, words: &[&str]) -> (u64, u64) {
    let sandbox = market();
    let plain = sandbox.backtest(BOTH).ran().done_quietly();
    let staged = stage(&|url: &str| drop(cached(&sandbox, RSI, url).ran().done_quietly()));
    let ran = cached(&sandbox, BOTH, &staged.url).ran().done();
    assert_eq!(ran.data(), plain.data());
    warned(&ran, &staged.host, class, words);
    let summary = &ran.json()["summary"];
    let count = |name: &str| summary[name].as_u64().expect("a count");
    (count("hits"), count("misses"))
}

#[test]
fn a_full_server_gives_hits_and_takes_no_writes() {
    assert_eq!(half(staged::full, "full", &["OOM", "continuing without cache writes"]), (2, 2));
}

#[test]
fn a_replica_gives_hits_and_takes_no_writes() {
    assert_eq!(half(staged::replica, "read-only", &["READONLY", "continuing without cache writes"]), (2, 2));
}

#[test]
fn a_server_that_cannot_save_gives_hits_and_takes_no_writes() {
    assert_eq!(half(staged::unsaved, "read-only", &["MISCONF", "continuing without cache writes"]), (2, 2));
}

#[test]
fn where_some_keys_are_denied_those_are_misses_and_the_others_hits() {
    assert_eq!(half(staged::denying_all_but_one, "auth", &["NOPERM"]), (1, 3));
}

#[test]
fn where_writing_is_denied_hits_are_used_and_misses_computed() {
    let denying = |fill: Fill<'_>| staged::denying(fill, &["-@write"]);
    assert_eq!(half(denying, "auth", &["NOPERM", "continuing without cache writes"]), (2, 2));
}

#[test]
fn faults_that_only_stop_writes_are_not_even_noticed_when_all_is_there() {
    let sandbox = market();
    for stage in [staged::full as fn(Fill<'_>) -> Staged, staged::replica, staged::unsaved] {
        let staged = stage(&|url: &str| drop(cached(&sandbox, BOTH, url).ran().done_quietly()));
        let ran = cached(&sandbox, BOTH, &staged.url).ran().done_quietly();
        assert_eq!(ran.json()["summary"]["hits"], Value::from(4));
    }
}
