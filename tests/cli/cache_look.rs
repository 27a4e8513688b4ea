//! `cache info`, `ping` and `keys`: what the owners of a cache look at.

use crate::candles::{csv, lines};
use crate::common::redis_server::{RedisServer, free_port};
use crate::fixture::Sandbox;

#[test]
fn info_tells_what_the_server_is_and_what_may_be_done() {
    let server = RedisServer::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    let sandbox = Sandbox::empty();
    let json = sandbox.backtest("cache info --format json").redis(&server).ran().done_quietly().json();
    assert_eq!((&json["usable"], &json["why"], &json["policy"]), (&true.into(), &().into(), &"allkeys-lru".into()));
    assert!(json["version"].as_str().is_some_and(|version| version.starts_with("Redis ")));
    assert!(json["latency_ms"].as_f64() > Some(0.0) && json["used_memory"].is_u64());
    for right in ["read", "write", "count", "list", "clear"] {
        assert_eq!(json["rights"][right]["allowed"], true, "{right}");
    }
    assert_eq!((&json["ttl_seconds"]["result"], &json["ttl_seconds"]["block"]), (&86_400.into(), &604_800.into()));
    let table = sandbox.backtest("cache info").redis(&server).ran().done_quietly().stdout;
    for words in ["Usable", "Latency", "Memory limit", "100.0 MiB", "May look up", "May clear", "Prefix"] {
        assert!(table.contains(words), "{words}: {table}");
    }
    assert_eq!(server.keys(), ["backtest:v2:stats"], "the probe is gone");
}

#[test]
fn info_tells_why_a_server_is_of_no_use_and_ends_with_1() {
    let sandbox = Sandbox::empty();
    let server = RedisServer::start(&[]);
    server.command(&["ACL", "SETUSER", "ann", "on", ">canary", "~other:*", "+@all"]);
    let url = format!("redis://ann:canary@127.0.0.1:{}", server.port());
    let ran = sandbox.backtest("cache info --format json").cache_url(&url).ran().failed(&["NOPERM"]);
    let json = ran.json();
    assert_eq!((&json["usable"], &json["class"]), (&false.into(), &"auth".into()));
    assert_eq!(json["rights"]["read"]["allowed"], false);
    let nowhere = format!("redis://127.0.0.1:{}", free_port());
    let ran = sandbox.backtest("cache info").cache_url(&nowhere).ran().failed(&["refused", "--cache-url"]);
    assert!(ran.stdout.contains("no: refused"), "{}", ran.stdout);
}

#[test]
fn info_of_a_server_that_takes_no_writes_says_so_and_is_usable() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    server.command(&["REPLICAOF", "127.0.0.1", &free_port().to_string()]);
    let json = sandbox.backtest("cache info --format json").redis(&server).ran().done_quietly().json();
    assert_eq!((&json["usable"], &json["rights"]["write"]["allowed"]), (&true.into(), &false.into()));
    assert!(json["rights"]["write"]["why"].as_str().is_some_and(|why| why.contains("READONLY")));
}

#[test]
fn a_ping_says_yes_or_no_to_scripts() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    let ran = sandbox.backtest("cache ping").redis(&server).ran().done_quietly();
    assert!(ran.stdout.starts_with("127.0.0.1:") && ran.stdout.contains("answers in"), "{}", ran.stdout);
    let json = sandbox.backtest("cache ping --format json").redis(&server).ran().done_quietly().json();
    assert_eq!((&json["ok"], &json["class"]), (&true.into(), &().into()));
    let nowhere = format!("redis://127.0.0.1:{}", free_port());
    assert_eq!(sandbox.backtest("cache ping").cache_url(&nowhere).ran().failed(&["refused"]).stdout, "");
    let json = sandbox.backtest("cache ping --format json").cache_url(&nowhere).ran().failed(&["refused"]).json();
    assert_eq!((&json["ok"], &json["class"]), (&false.into(), &"refused".into()));
}

#[test]
fn a_ping_of_a_server_that_answers_pings_but_no_lookups_says_no() {
    let (server, sandbox) = (RedisServer::start(&["--cluster-enabled", "yes"]), Sandbox::empty());
    sandbox.backtest("cache ping").redis(&server).ran().failed(&["cluster", "not supported"]);
}

#[test]
fn keys_lists_ours_alone_and_only_those_that_match() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    server.command(&["SET", "session:1", "not ours"]);
    sandbox.backtest("batch --all").redis(&server).ran().done_quietly();
    let keys = |words: &str| {
        let ran = sandbox.backtest(&format!("cache keys {words}")).redis(&server).ran().done();
        ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = keys("");
    assert_eq!(all.len(), 4);
    let name = |entry: &String| format!("backtest:v2:result:{}", entry.rsplit(':').next().expect("a key"));
    assert!(all.iter().all(|entry| entry.starts_with("result:") && server.keys().contains(&name(entry))));
    assert_eq!(keys("--crypto BTC").len(), 2);
    assert_eq!(keys("*:BTC*:rsi:*").len(), 1);
    assert_eq!(keys("--kind trades").len(), 0);
    assert_eq!(keys("result:?XX* --strategy ma"), [""; 0]);
    let csv = keys("--strategy ma --format csv");
    assert_eq!((csv[0].as_str(), csv.len()), ("name,kind,symbol,strategy,key,bytes,expires_in_s", 3));
    let json = sandbox.backtest("cache keys --crypto ETH --format json").redis(&server).ran().done_quietly().json();
    let first = &json["keys"][0];
    assert_eq!((&first["kind"], &first["symbol"]), (&"result".into(), &"ETHUSDT".into()));
    assert!((86_000..=86_400).contains(&first["expires_in_s"].as_i64().expect("a number")));
    let none = sandbox.backtest("cache keys --kind block --format json").redis(&server).ran().done_quietly();
    assert_eq!(none.json()["keys"], serde_json::json!([]));
}

#[test]
fn thousands_of_keys_are_listed_each_once() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    let script = "for i = 1, 5000 do redis.call('SET', string.format('backtest:v2:result:%064x', i), 'x') end";
    server.command(&["EVAL", script, "0"]);
    for format in ["table", "csv", "json"] {
        let ran = sandbox.backtest(&format!("cache keys --format {format}")).redis(&server).ran().done_quietly();
        let mut names: Vec<&str> = ran.stdout.lines().filter(|line| line.contains("result:")).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 5_000, "{format}");
        if format == "json" {
            assert_eq!(ran.json()["keys"].as_array().map(Vec::len), Some(5_000));
        }
    }
}

#[test]
fn show_prints_what_is_stored_under_a_key() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    let run = "run --crypto BTC --strategy rsi --trades --format json";
    let run = sandbox.backtest(run).redis(&server).ran().done_quietly().json();
    let key = run["key"].as_str().expect("a key");
    let show = |key: &str, format: &str| {
        let words = format!("cache show {key} --format {format}");
        sandbox.backtest(&words).redis(&server).ran().done_quietly()
    };
    let shown = show(&key[..12], "json").json();
    assert_eq!((&shown["key"], &shown["kind"]), (&key.into(), &"result".into()));
    for field in ["symbol", "strategy", "start", "end", "bars", "metrics"] {
        assert_eq!(shown[field], run[field], "{field}");
    }
    let table = show(key, "table").stdout;
    for words in ["Asset", "BTCUSDT", "Last bar", "Sharpe", "Expires"] {
        assert!(table.contains(words), "{words}: {table}");
    }
    assert!(show(key, "csv").stdout.starts_with("total_return,final_equity,"));
    let trades = server.entries("trades:BTCUSDT:rsi").remove(0);
    let listed = format!("trades:BTCUSDT:rsi:{}", trades.rsplit(':').next().expect("a key"));
    assert_eq!(show(&listed, "json").json()["trades"], run["trades"]);
    assert!(show(&listed, "table").stdout.contains("Profit"));
}

#[test]
fn show_of_a_block_lists_the_metrics_of_its_points() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&[]));
    // Enough for a block to be worth storing.
    let hourly = |line: usize, text: &str| match text.split_once(',') {
        Some((_, prices)) if line > 1 => format!("{},{prices}", 1_640_995_200_000 + 3_600_000 * line as u64),
        _ => text.to_owned(),
    };
    sandbox.write("data/1h/LONGUSDT.csv", lines(&csv("LONGUSDT", 5_000), hourly));
    let sweep =
        "sweep --crypto LONG --interval 1h --strategy ma --param fast=32..63 --param slow=96..127 --format json";
    let best = sandbox.backtest(sweep).redis(&server).ran().done_quietly().json()["results"][0]["metrics"].clone();
    let blocks = server.entries("block:LONGUSDT:ma");
    let show = |name: &String| {
        let words = format!("cache show {} --format json", name.rsplit(':').next().expect("a key"));
        sandbox.backtest(&words).redis(&server).ran().done_quietly().json()
    };
    let points: Vec<_> =
        blocks.iter().flat_map(|name| show(name)["points"].as_array().cloned().expect("a list")).collect();
    assert!(points.len() >= 1_000, "{}", points.len());
    assert!(points.iter().any(|point| point["metrics"] == best));
}

#[test]
fn show_of_an_unknown_a_shared_or_a_damaged_key_fails() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    let show = |key: &str| sandbox.backtest("cache show").arg(key).redis(&server).ran();
    show("5a1f00ff").failed(&["nothing is stored under key 5a1f00ff", "backtest cache keys"]);
    show(&"5a".repeat(32)).failed(&["nothing is stored"]);
    show("rsi").refused(&["is not a key", "8 to 64"]);
    for last in ["0", "1"] {
        let name = format!("backtest:v2:result:{}{last}", "5a1f00ff".repeat(8).get(..63).expect("digits"));
        server.command(&["SET", &name, "not ours"]);
    }
    show("5a1f00ff").refused(&["several keys begin with 5a1f00ff", "result:_:_:5a1f00ff"]);
    sandbox.backtest("run --crypto BTC --strategy rsi").redis(&server).ran().done_quietly();
    let name = server.entries("result:BTCUSDT:rsi").remove(0);
    server.command(&["SETRANGE", &name, "100", "damage"]);
    show(name.rsplit(':').next().expect("a key")).failed(&["result:BTCUSDT:rsi:", "cannot be used", "digest"]);
}

#[test]
fn report_of_a_key_makes_a_page_of_what_is_stored() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    let run = "run --crypto BTC --strategy rsi --trades --format json";
    let run = sandbox.backtest(run).redis(&server).ran().done_quietly().json();
    let key = run["key"].as_str().expect("a key");
    let report = |key: &str| sandbox.backtest("report").arg(key).redis(&server).ran();
    std::fs::remove_dir_all(sandbox.here().join("data")).expect("no candles are needed");
    report(&key[..12]).done().says(&["wrote", &key[..12]]);
    let page = sandbox.read(&format!("{}.html", &key[..12]));
    for words in ["BTCUSDT", "1d", key, "The cache holds metrics alone"] {
        assert!(page.contains(words), "{words}");
    }
    let trades = server.entries("trades:BTCUSDT:rsi").remove(0);
    report(trades.rsplit(':').next().expect("a key")).refused(&["is not a result but a list of trades", "cache show"]);
    report("5a1f00ff").failed(&["nothing is stored under key 5a1f00ff"]);
    report("nosuchfile").refused(&["or of the key of a cached result"]);
}
