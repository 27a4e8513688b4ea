//! The users of docs/redis-users.acl on a real server: each may do its work, and nothing beyond.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;
use crate::ran::Ran;
use crate::unharmed::{market, warned};

const BATCH: &str = "batch --crypto BTC,ETH --strategy rsi,ma --format json";
const SWEEP: &str =
    "sweep --crypto LONG --interval 1h --strategy ma --param fast=32..63 --param slow=96..127 --format json --top 9";

/// Name and rules of each user of the file, as words.
fn users() -> Vec<(String, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/redis-users.acl")).expect("the file of users");
    let user = |line: &str| {
        let mut words = line.strip_prefix("user ")?.split(' ').map(str::to_owned);
        Some((words.next()?, words.collect()))
    };
    text.lines().filter_map(user).collect()
}

/// A server that has them all; `without` is a right that nobody has there.
fn server(without: &str) -> RedisServer {
    let server = RedisServer::start(&[]);
    for (name, rules) in users() {
        let rules = rules.iter().filter(|rule| *rule != without).map(String::as_str);
        let command: Vec<&str> = ["ACL", "SETUSER", &name].into_iter().chain(rules).collect();
        assert_eq!(server.command(&command), "+OK\r\n", "{command:?}");
    }
    server.command(&["SET", "session:1", "not ours"]);
    server
}

fn url(server: &RedisServer, user: &str) -> String {
    format!("redis://{user}:{}-PASSWORD@127.0.0.1:{}/0", user.to_uppercase(), server.port())
}

fn call(sandbox: &Sandbox, server: &RedisServer, user: &str, words: &str) -> Ran {
    sandbox.backtest(words).cache_url(&url(server, user)).ran()
}

/// Everything that has been denied since it was last asked, if anything.
fn denied(server: &RedisServer) -> Option<String> {
    let log = server.command(&["ACL", "LOG"]);
    server.command(&["ACL", "LOG", "RESET"]);
    (log != "*0\r\n").then_some(log)
}

/// What writer and admin may do. (A reader is denied the counting of its hits, which nobody needs to hear of.)
fn all_do_their_work(sandbox: &Sandbox, server: &RedisServer) {
    for words in [BATCH, SWEEP] {
        call(sandbox, server, "writer", words);
    }
    for words in [
        BATCH,
        "cache ping",
        "cache stats",
        "cache keys",
        "cache verify --data-dir data",
        "cache warm --all --strategy macd",
        "cache clear --crypto BTC",
        "cache clear --yes",
    ] {
        call(sandbox, server, "admin", words);
    }
}

#[test]
fn each_user_of_the_example_may_do_its_work() {
    let (server, sandbox) = (server(""), market());
    let cold = call(&sandbox, &server, "writer", BATCH).done_quietly();
    assert_eq!((&cold.json()["summary"]["misses"], denied(&server)), (&4.into(), None));
    let warm = call(&sandbox, &server, "writer", BATCH).done_quietly();
    assert_eq!((&warm.json()["summary"]["hits"], denied(&server)), (&4.into(), None));
    let read = call(&sandbox, &server, "reader", BATCH).done_quietly();
    assert_eq!((read.data(), &read.json()["summary"]["hits"]), (cold.data(), &4.into()));
    let stats = call(&sandbox, &server, "admin", "cache stats --format json").done_quietly().json();
    assert_eq!((&stats["entries"], &stats["hits"], &stats["misses"]), (&4.into(), &4.into(), &4.into()));
    for words in ["cache keys", "cache verify", "cache warm --all --strategy macd", "cache clear --yes"] {
        call(&sandbox, &server, "admin", words).done_quietly();
    }
    assert_eq!(server.keys(), ["session:1"]);
    denied(&server);
    for words in ["cache stats", "cache keys", "cache info", "cache ping", BATCH, "cache clear --yes"] {
        call(&sandbox, &server, "admin", words).done_quietly();
        assert_eq!(denied(&server), None, "{words}");
    }
}

#[test]
fn info_says_what_each_user_may_do() {
    let (server, sandbox) = (server(""), market());
    for (user, rights) in [("reader", 1), ("writer", 3), ("admin", 5)] {
        let info = call(&sandbox, &server, user, "cache info --format json").done_quietly().json();
        let may = |right: &&str| info["rights"][right]["allowed"] == true;
        let all = ["read", "write", "count", "list", "clear"];
        assert_eq!(all.iter().filter(|right| may(right)).count(), rights, "{user}: {info:#}");
        assert!(all[..rights].iter().all(may), "{user}: {info:#}");
    }
}

#[test]
fn what_a_user_may_not_do_is_a_miss_with_one_warning_or_a_failure_that_names_it() {
    let (server, sandbox) = (server(""), market());
    let plain = sandbox.backtest(BATCH).ran().done_quietly();
    let host = format!("127.0.0.1:{}", server.port());
    let cold = call(&sandbox, &server, "reader", BATCH).done();
    warned(&cold, &host, "auth", &["NOPERM", "continuing without cache writes"]);
    assert_eq!((cold.data(), server.keys()), (plain.data(), vec!["session:1".to_owned()]));
    call(&sandbox, &server, "writer", BATCH).done_quietly();
    let before = server.keys();
    for user in ["reader", "writer"] {
        for words in ["cache clear --yes", "cache keys", "cache stats"] {
            let ran = call(&sandbox, &server, user, words).failed(&["auth", "NOPERM"]);
            assert!(!ran.stderr.contains("-PASSWORD"), "{ran:#?}");
        }
    }
    assert_eq!(server.keys(), before);
}

#[test]
fn no_user_of_the_example_can_reach_anything_that_is_not_ours() {
    let server = server("");
    for (user, _) in users() {
        let dry =
            |words: &[&str]| server.command(&[&["ACL", "DRYRUN", user.as_str()], words].concat()).starts_with("+OK");
        let ours = "backtest:v2:result:0";
        assert!(dry(&["MGET", ours]), "{user}: so does a server answer that knows ACL DRYRUN");
        for words in [
            &["MGET", "session:1"][..],
            &["MGET", ours, "session:1"],
            &["SET", "session:1", "x"],
            &["SET", "backtest2:v2:x", "x"],
            &["UNLINK", "session:1"],
            &["HGETALL", "session:1"],
            &["FLUSHDB"],
            &["FLUSHALL"],
            &["KEYS", "*"],
            &["CONFIG", "GET", "*"],
            &["ACL", "LIST"],
            &["EVAL", "return 1", "0"],
            &["DEBUG", "SLEEP", "0"],
            &["SHUTDOWN"],
            &["CLIENT", "LIST"],
            &["MONITOR"],
        ] {
            assert!(!dry(words), "{user} may {words:?}");
        }
    }
}

#[test]
fn no_right_of_the_example_is_superfluous() {
    let sandbox = market();
    let complete = server("");
    all_do_their_work(&sandbox, &complete);
    assert_eq!(denied(&complete), None, "with all rights nothing is denied, if only those are used that are given");
    let mut rights: Vec<String> = users().into_iter().flat_map(|(_, rules)| rules).collect();
    // Which database is only asked for where it is not 0.
    rights.retain(|rule| rule.starts_with('+') && rule != "+select");
    rights.sort();
    rights.dedup();
    assert!(rights.len() >= 8, "{rights:?}");
    for right in rights {
        let server = server(&right);
        all_do_their_work(&sandbox, &server);
        assert!(denied(&server).is_some(), "{right} is never used");
    }
}

#[test]
fn the_users_work_in_another_database_too() {
    let (server, sandbox) = (server(""), market());
    let run = |user: &str| {
        let url = url(&server, user).replace("/0", "/3");
        sandbox.backtest("run --crypto BTC --strategy rsi --format json").cache_url(&url).ran().done_quietly().json()
    };
    assert_eq!((run("writer")["cache"].clone(), run("reader")["cache"].clone()), ("miss".into(), Value::from("hit")));
}
