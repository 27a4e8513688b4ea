//! What goes wrong on the way: waited out where that helps, told in one line where not, and nothing of it stored.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use super::fakes::{Desk, HOUR, LAST, binance, hours, kline};
use super::web_server::{Answer, WebServer};
use crate::exchange::{FetchError, HttpError};
use crate::sim::Millis;

const BIRTH: Millis = LAST - 99 * HOUR;

/// Binance, whose answer to the first question for candles is this one.
fn first(answer: Answer) -> WebServer {
    always(1, answer)
}

/// Binance, whose first answers to each question for candles are these.
fn always(times: usize, answer: Answer) -> WebServer {
    WebServer::start(
        move |path, before| {
            if path.contains("klines") && before < times { answer.clone() } else { binance(path, BIRTH) }
        },
    )
}

#[track_caller]
fn comes_after(server: &WebServer, least: Duration, most: Duration) -> Desk {
    let desk = Desk::at("binance", "1h");
    desk.fetch(server).1.unwrap();
    assert_eq!(desk.stored("BTCUSDT").time, hours(BIRTH..LAST + 1));
    let waited = desk.clock.waited();
    assert!(waited >= least && waited <= most, "{waited:?}");
    desk
}

#[track_caller]
fn fails(server: &WebServer, words: &[&str]) -> Desk {
    let desk = Desk::at("binance", "1h");
    let error = desk.fetch(server).1.unwrap_err().to_string();
    for word in words {
        assert!(error.contains(word), "{error}");
    }
    assert!(!error.contains('\n'), "{error}");
    assert!(desk.stored("BTCUSDT").is_empty());
    desk
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn asked_too_often_it_waits_as_long_as_it_is_told() {
    let desk = comes_after(&first(Answer::status(429, "").header("Retry-After", 17)), s(17), s(18));
    let said = desk.ears.said.lock().unwrap();
    assert!(said.len() == 1 && said[0].contains("Binance: waiting 17 s (HTTP 429"), "{said:?}");
}

#[test]
fn a_moment_to_wait_for_is_as_good_as_a_number_of_seconds() {
    let answer = Answer::status(429, "")
        .header("Date", "Sat, 01 Jun 2024 00:30:00 GMT")
        .header("Retry-After", "Sat, 01 Jun 2024 00:30:45 GMT");
    comes_after(&first(answer), s(45), s(46));
}

#[test]
fn a_ban_is_waited_out_when_it_is_short_and_told_when_it_is_long() {
    comes_after(&first(Answer::status(418, "").header("Retry-After", 130)), s(130), s(131));
    comes_after(&first(Answer::status(418, "")), s(120), s(121));
    let server = first(Answer::status(418, r#"{"code":-1003,"msg":"IP banned"}"#).header("Retry-After", 10_000));
    let desk = fails(&server, &["Binance wants no more questions for 3 h", "IP banned", "what came is stored"]);
    assert_eq!(desk.clock.waited(), s(0));
}

#[test]
fn trouble_of_the_exchange_is_waited_out_longer_each_time_and_given_up_in_the_end() {
    comes_after(&first(Answer::status(500, "oops")), s(0), s(1));
    // Three quarters of 1, 2, 4 and 8 seconds, as chance is one half here.
    comes_after(&always(4, Answer::status(503, "")), s(11), s(12));
    let desk = fails(&always(99, Answer::status(502, "<html>Bad\nGateway")), &["HTTP 502", "Bad Gateway", "6 times"]);
    assert!(desk.clock.waited() > s(23) && desk.clock.waited() < s(24));
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again() {
    comes_after(&first(Answer::Half(b"[[1,2,3]]".to_vec())), s(0), s(1));
    fails(&always(99, Answer::Half(b"[[1,2,3]]".to_vec())), &["broke off", "127.0.0.1", "Try again"]);
}

#[test]
fn an_answer_that_does_not_come_is_given_up_after_a_time() {
    let mut desk = Desk::at("binance", "1h");
    desk.timeouts.answer = Duration::from_millis(60);
    let error = desk.fetch(&always(99, Answer::Silence)).1.unwrap_err();
    assert!(matches!(error, FetchError::HttpTransport(HttpError::Slow { .. })), "{error}");
    assert!(error.to_string().contains("did not answer within 1 s"), "{error}");
}

#[test]
fn an_endless_answer_is_not_kept_in_memory() {
    fails(&first(Answer::Endless), &["more than 64 MiB", "--base-url"]);
}

#[test]
fn what_is_no_answer_of_the_exchange_is_refused_with_what_it_is() {
    let row = |text: &str| Answer::json(format!("[{}, {text}]", kline(LAST - HOUR)));
    for (answer, word) in [
        (Answer::json("<html>Sign in to the hotel's network</html>"), "no JSON but '<html>Sign in"),
        (Answer::json(r#"{"result": []}"#), "there is no list of bars"),
        (Answer::json("[[1, 2, 3]]"), "bar 1: 3 values in place of 12"),
        (Answer::json("[1, 2, 3]"), "bar 1: no list in place of 12"),
        (row(&kline(LAST).to_string().replace("[17", "[1.7")), "is not a time"),
        (row(&kline(LAST).to_string().replace("\"20", "\"2O")), "bar 2: open is '2O"),
        (row(&kline(LAST - HOUR).to_string().replace("\"20", "\"21")), "two different bars of 2024-05-31T22:00:00Z"),
    ] {
        fails(&always(99, answer), &["Binance answers with something else than candles", word]);
    }
}

#[test]
fn what_the_exchange_says_no_to_is_told_in_its_words_and_not_asked_again() {
    let server = always(99, Answer::status(400, r#"{"code":-1121,"msg":"Invalid symbol."}"#));
    fails(&server, &["Binance refuses: -1121 Invalid symbol."]);
    assert_eq!(server.asked().len(), 2);
    let server =
        always(99, Answer::status(451, r#"{"code":0,"msg":"Service unavailable from a restricted location"}"#));
    fails(&server, &["gives nothing to this address", "restricted location", "--base-url"]);
    fails(&always(99, Answer::status(404, "\u{1b}[2Jgone")), &["HTTP 404: \\u{1b}[2Jgone"]);
}

#[test]
fn an_impossible_bar_is_named_and_those_before_it_are_kept() {
    let server = WebServer::start(|path, _| {
        if !path.contains("klines") {
            return binance(path, BIRTH);
        }
        let mut rows: Vec<_> = hours(BIRTH..LAST + 1).into_iter().map(kline).collect();
        rows[50][3] = "0".into();
        Answer::json(serde_json::Value::from(rows))
    });
    let desk = Desk::at("binance", "1h");
    let error = desk.fetch(&server).1.unwrap_err().to_string();
    for word in ["Binance has an impossible bar at 2024-05-29T22:00:00Z", "low is 0", "--from and --to"] {
        assert!(error.contains(word), "{error}");
    }
    assert_eq!(desk.stored("BTCUSDT").time, hours(BIRTH..BIRTH + 50 * HOUR));
}

#[test]
fn offline_it_says_so_at_once() {
    let desk = Desk::at("binance", "1h");
    // A port on which nobody listens: it was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (url, words) in [
        (format!("http://127.0.0.1:{port}"), ["nothing listens there", "--base-url"]),
        ("http://no-such-host.invalid".to_owned(), ["no-such-host.invalid is not known", "offline"]),
        ("http://a b".to_owned(), ["is no address", "https://"]),
    ] {
        let error = desk.pairs_at(url).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "{error}");
        }
    }
    assert_eq!(desk.clock.waited(), s(0));
}

#[test]
fn a_server_without_tls_is_told_from_one_that_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
        // Until it goes away by itself.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let desk = Desk::at("binance", "1h");
    let error = desk.pairs_at(url).unwrap_err();
    assert!(matches!(error, FetchError::HttpTransport(HttpError::Tls { .. })), "{error}");
    assert!(error.to_string().contains("gives no secure connection"), "{error}");
}

#[test]
fn the_user_can_stop_it_while_it_waits() {
    let mut desk = Desk::at("binance", "1h");
    desk.ears.stop_when_waiting = true;
    let result = desk.fetch(&first(Answer::status(429, "").header("Retry-After", 300))).1;
    assert!(matches!(result, Err(FetchError::Stopped)), "{result:?}");
    assert_eq!(desk.clock.waited(), s(0));
}

#[test]
fn nothing_in_a_time_is_an_error_that_says_so() {
    let desk = Desk::at("binance", "1h").to(BIRTH - HOUR);
    let error = desk.fetch(&WebServer::start(|path, _| binance(path, BIRTH))).1.unwrap_err().to_string();
    assert!(error.contains("Binance has no closed bar of BTCUSDT 1h in this time"), "{error}");
}
