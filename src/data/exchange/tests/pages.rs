//! Page after page: all of it once, only what is closed, only what is missing, and nothing lost by stopping.

use super::fakes::{Desk, HOUR, LAST, NOW, bar, binance, hours, number};
use super::web_server::WebServer;
use crate::exchange::FetchError;
use crate::sim::{Candles, Millis};
use crate::store::{OnConflict, Origin, StoreError, merge, sources};

/// 2,500 hours before the last that is closed.
const BIRTH: Millis = LAST - 2_499 * HOUR;

fn market(server_birth: Millis) -> WebServer {
    WebServer::start(move |path, _| binance(path, server_birth))
}

fn expected(times: &[Millis]) -> Candles {
    let mut candles = Candles::default();
    for time in times {
        candles.push(super::super::rows::bar_of(*time, bar(*time)));
    }
    candles
}

fn questions(server: &WebServer) -> Vec<(Millis, Millis)> {
    let asked = server.asked();
    let pages = asked.iter().filter(|path| path.contains("klines"));
    pages.map(|path| (number(path, "startTime").unwrap(), number(path, "endTime").unwrap())).collect()
}

#[test]
fn all_of_the_history_comes_in_pages_and_the_unfinished_bar_does_not() {
    let (desk, server) = (Desk::at("binance", "1h"), market(BIRTH));
    let (fetched, result) = desk.fetch(&server);
    result.unwrap();
    assert_eq!(desk.stored("BTCUSDT"), expected(&hours(BIRTH..LAST + 1)));
    assert_eq!((fetched.bars, fetched.start, fetched.end), (2_500, Some(BIRTH), Some(LAST)));
    let starts: Vec<Millis> = questions(&server).iter().map(|(from, _)| *from).collect();
    assert_eq!(starts, [0, BIRTH + 1_000 * HOUR, BIRTH + 2_000 * HOUR]);
    let [expected, advanced] =
        [&desk.ears.expected, &desk.ears.advanced].map(|n| n.load(std::sync::atomic::Ordering::SeqCst));
    assert_eq!((expected, advanced), (2_500, 2_500));
}

#[test]
fn a_range_is_half_open_and_asked_for_as_it_is() {
    let desk = Desk::at("binance", "1h").from(LAST - 20 * HOUR).to(LAST - 10 * HOUR);
    let server = market(BIRTH);
    desk.fetch(&server).1.unwrap();
    assert_eq!(desk.stored("BTCUSDT"), expected(&hours(LAST - 20 * HOUR..LAST - 10 * HOUR)));
    assert_eq!(questions(&server), [(LAST - 20 * HOUR, LAST - 10 * HOUR - 1)]);
}

#[test]
fn an_update_asks_from_the_last_bar_on_and_nothing_where_nothing_can_be_new() {
    let server = market(BIRTH);
    let desk = Desk::at("binance", "1h").to(LAST - 5 * HOUR);
    desk.fetch(&server).1.unwrap();
    let before = questions(&server).len();
    let mut desk = desk.update();
    desk.request.range.to = None;
    let (fetched, result) = desk.fetch(&server);
    result.unwrap();
    assert_eq!(questions(&server)[before..], [(LAST - 6 * HOUR, NOW - HOUR)]);
    assert_eq!((fetched.stored.unwrap().added, fetched.bars), (6, 2_500));
    let (fetched, result) = desk.fetch(&server);
    result.unwrap();
    assert_eq!((questions(&server).len(), fetched.stored, fetched.bars), (before + 1, None, 2_500));
    let lines = sources(&desk.request.data_dir.join("1h/BTCUSDT.parquet"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("127.0.0.1") && lines[0].contains("(Binance REST)"), "{lines:?}");
}

#[test]
fn only_what_is_missing_is_asked_for_with_its_neighbours() {
    let desk = Desk::at("binance", "1h").from(BIRTH);
    let there: Vec<Millis> =
        hours(BIRTH..LAST + 1).into_iter().filter(|time| !(1_200..1_205).contains(&((time - BIRTH) / HOUR))).collect();
    let origin = Origin { name: "a.csv".into(), ..Origin::default() };
    merge(&desk.request.data_dir, "BTCUSDT", desk.request.interval, &expected(&there), &origin, OnConflict::Refuse)
        .unwrap();
    let server = market(BIRTH);
    let (fetched, result) = desk.fetch(&server);
    result.unwrap();
    assert_eq!(questions(&server), [(BIRTH + 1_199 * HOUR, BIRTH + 1_205 * HOUR)]);
    let stored = fetched.stored.unwrap();
    assert_eq!((stored.added, stored.same, fetched.bars), (5, 2, 2_500));
}

#[test]
fn bars_of_another_market_are_noticed_and_decided_as_wanted() {
    let mut desk = Desk::at("binance", "1h").update();
    let mut there = expected(&hours(LAST - 9 * HOUR..LAST - 3 * HOUR));
    there.close[5] += 0.5;
    let origin = Origin { name: "a.csv".into(), ..Origin::default() };
    merge(&desk.request.data_dir, "BTCUSDT", desk.request.interval, &there, &origin, OnConflict::Refuse).unwrap();
    let server = market(BIRTH);
    let (_, result) = desk.fetch(&server);
    let error = result.unwrap_err();
    assert!(matches!(error, FetchError::Store(StoreError::Conflict { count: 1, .. })), "{error}");
    for word in ["BTCUSDT.parquet", "2024-05-31T19:00:00Z", "--on-conflict"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(desk.stored("BTCUSDT"), there);
    desk.request.conflict = OnConflict::Last;
    desk.fetch(&server).1.unwrap();
    assert_eq!(desk.stored("BTCUSDT"), expected(&hours(LAST - 9 * HOUR..LAST + 1)));
}

#[test]
fn stopped_half_way_it_keeps_what_came_and_the_next_time_goes_on_there() {
    let server = market(BIRTH);
    let mut desk = Desk::at("binance", "1h");
    desk.ears.stop_at = Some(1_000);
    let (fetched, result) = desk.fetch(&server);
    assert!(matches!(result, Err(FetchError::Stopped)), "{result:?}");
    assert_eq!((fetched.bars, desk.stored("BTCUSDT")), (1_000, expected(&hours(BIRTH..BIRTH + 1_000 * HOUR))));
    desk.ears = super::fakes::Ears::default();
    let before = questions(&server).len();
    desk.update().fetch(&server).1.unwrap();
    assert_eq!(questions(&server)[before..][0].0, BIRTH + 999 * HOUR);
}

#[test]
fn interrupted_and_in_one_go_give_the_same_bytes() {
    let server = market(BIRTH);
    let bytes = |desk: &Desk| std::fs::read(desk.request.data_dir.join("1h/BTCUSDT.parquet")).unwrap();
    let whole = Desk::at("binance", "1h");
    whole.fetch(&server).1.unwrap();
    let mut parts = Desk::at("binance", "1h");
    parts.ears.stop_at = Some(1_000);
    parts.fetch(&server).1.unwrap_err();
    parts.ears = super::fakes::Ears::default();
    parts.fetch(&server).1.unwrap();
    assert!(bytes(&whole) == bytes(&parts));
}

#[test]
fn a_fast_clock_of_this_machine_does_not_make_a_bar_closed() {
    // The server's clock is two hours behind ours.
    let date = "Fri, 31 May 2024 22:30:00 GMT";
    let server = WebServer::start(move |path, _| binance(path, BIRTH).header("Date", date));
    let desk = Desk::at("binance", "1h").from(LAST - 5 * HOUR);
    desk.fetch(&server).1.unwrap();
    assert_eq!(desk.stored("BTCUSDT").time.last(), Some(&(LAST - 2 * HOUR)), "{NOW}");
}

#[test]
fn a_long_history_is_stored_some_pages_at_a_time() {
    let birth = LAST - 11_999 * HOUR;
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let desk = Desk::at("binance", "1h");
    let (file, theirs) = (desk.request.data_dir.join("1h/BTCUSDT.parquet"), std::sync::Arc::clone(&seen));
    let server = WebServer::start(move |path, _| {
        theirs.lock().unwrap().push(file.exists());
        binance(path, birth)
    });
    desk.fetch(&server).1.unwrap();
    // The question for pairs and five pages come first; then what they gave is stored.
    let seen = seen.lock().unwrap();
    assert_eq!(seen.iter().position(|exists| *exists), Some(6), "{seen:?}");
}

#[test]
fn synthetic_candles_are_never_mixed_with_those_of_a_market() {
    let desk = Desk::at("binance", "1h").update();
    let origin = Origin { name: "sample".into(), synthetic: true, ..Origin::default() };
    let there = expected(&hours(LAST - 9 * HOUR..LAST - 3 * HOUR));
    merge(&desk.request.data_dir, "BTCUSDT", desk.request.interval, &there, &origin, OnConflict::Refuse).unwrap();
    let error = desk.fetch(&market(BIRTH)).1.unwrap_err();
    assert!(error.to_string().contains("synthetic"), "{error}");
}
