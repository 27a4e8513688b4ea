//! A stored value with any damage there can be, in a real Redis: always a miss, never a panic, never another value.

use backtest::cache::{Options, Results, Secret};

use crate::common::redis_server::RedisServer;
use crate::{location, patient, run_with, value, wanted};

/// Leaves each variant of the stored value under its key and looks for it: all are refused, and counted as such.
/// `script` makes variant `ARGV[1]` of the value `v`; there are `count(length)` of them.
fn all_are_refused(script: &str, count: impl Fn(usize) -> usize) {
    for secret in [None, Some(Secret::derive("a secret"))] {
        let server = RedisServer::start(&[]);
        let options = || Options { secret: secret.clone(), ..patient() };
        assert_eq!(run_with(&server.url(), options(), 1).stored, 1);
        let key = server.keys().into_iter().find(|key| key.contains(":result:")).expect("an entry");
        server.command(&["COPY", &key, "good"]);
        let length = server.command(&["STRLEN", &key]).trim_matches([':', '\r', '\n']).parse().expect("a length");
        let results = Results::new(&location(&server.url()), options());
        let script = format!("local v, n = redis.call('GET', 'good'), tonumber(ARGV[1]) {script}");
        for n in 0..count(length) {
            assert_eq!(server.command(&["EVAL", &script, "1", &key, &n.to_string()]), "+OK\r\n");
            assert_eq!(results.get(&[wanted(0)]), [None], "variant {n}");
        }
        server.command(&["COPY", "good", &key, "REPLACE"]);
        assert_eq!(results.get(&[wanted(0)]), [Some(value(0))], "and the value as it was is good");
        let report = results.finish();
        assert_eq!((report.corrupt, report.warning), (count(length) as u64, None));
    }
}

#[test]
fn a_value_cut_at_any_byte_is_refused() {
    all_are_refused("return redis.call('SET', KEYS[1], v:sub(1, n))", |length| length);
}

#[test]
fn a_value_with_any_bit_flipped_is_refused() {
    let flip = "local at, bit = math.floor(n / 8) + 1, 2 ^ (n % 8)
        local old = v:byte(at)
        local new = math.floor(old / bit) % 2 == 0 and old + bit or old - bit
        return redis.call('SET', KEYS[1], v:sub(1, at - 1) .. string.char(new) .. v:sub(at + 1))";
    all_are_refused(flip, |length| 8 * length);
}

#[test]
fn a_value_with_anything_behind_it_is_refused() {
    all_are_refused("return redis.call('SET', KEYS[1], v .. ('x'):rep(n + 1))", |_| 100);
}
