use super::*;
use crate::date::show_time;

const NOON: Millis = 1_577_934_245_000; // 2020-01-02T03:04:05Z

fn text(text: &str) -> Result<Millis, String> {
    TimeReader::default().text(text)
}

#[test]
fn every_usual_way_to_write_a_moment_gives_the_same_moment() {
    for same in [
        "2020-01-02T03:04:05Z",
        "2020-01-02 03:04:05",
        "2020-01-02T03:04:05.000000",
        "2020-01-02T03:04:05+00:00",
        "2020-01-02 05:04:05+02:00",
        "2020-01-01T22:04:05-05:00",
        "2020-01-02 03:04:05 UTC",
        " 2020-01-02T03:04:05Z ",
        "1577934245",
        "1577934245.0",
        "1577934245000",
        "1577934245000000",
        "1577934245000000000",
    ] {
        assert_eq!(text(same), Ok(NOON), "{same}");
    }
    for midnight in ["2020-01-02", "2020-01-02T00:00", "2020-01-02T00:00:00.000Z", "20200102"] {
        assert_eq!(text(midnight), Ok(1_577_923_200_000), "{midnight}");
    }
}

#[test]
fn fractions_of_a_second_are_kept_to_the_millisecond() {
    for text_ in ["2020-01-02T03:04:05.25Z", "1577934245.25", "1577934245250", "2020-01-02T03:04:05.2509"] {
        assert_eq!(text(text_), Ok(NOON + 250), "{text_}");
    }
}

#[test]
fn the_hand_reader_agrees_with_jiff_on_every_day_of_four_centuries() {
    for day in -80_000..80_000 {
        let time = day * DAY;
        let shown = show_time(time);
        assert_eq!(iso(shown.as_bytes()), Some(time), "{shown}");
    }
}

#[test]
fn what_is_no_time_is_refused() {
    for wrong in [
        "",
        "BTC",
        "2020-13-01",
        "2020-02-30",
        "2020-01-02T25:00:00",
        "02/01/2020",
        "1.5e9",
        "99999999999999999999",
        "2020-01-02T03:04:05.Z",
        "2020-01-02X03:04:05",
        "-",
        ".",
    ] {
        assert!(text(wrong).is_err(), "{wrong}");
    }
    assert!(text("2020-02-29").is_ok() && text("1900-02-29").is_err());
}

#[test]
fn two_units_in_one_file_are_refused() {
    let mut reader = TimeReader::default();
    assert!(reader.text("1577934245").is_ok());
    let error = reader.text("1577934245000").unwrap_err();
    assert!(error.contains("milliseconds") && error.contains("seconds"), "{error}");
}
