use super::*;

#[test]
fn a_fall_goes_from_its_peak_to_the_bar_that_reaches_it_again() {
    let falls = falls(&[0.0, -0.1, -0.3, -0.2, 0.0, 0.0, -0.5, -0.4]);
    assert_eq!(falls[0], Fall { peak: 5, trough: 6, recovery: None, depth: -0.5 });
    assert_eq!(falls[1], Fall { peak: 0, trough: 2, recovery: Some(4), depth: -0.3 });
    assert_eq!(falls.len(), 2);
    assert_eq!([falls[0].bars(8), falls[1].bars(8)], [2, 3], "bars below the peak");
}

#[test]
fn an_equity_that_only_rises_has_no_fall() {
    assert!(falls(&[0.0; 5]).is_empty());
}

fn day(text: &str) -> Millis {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

#[test]
fn a_month_goes_from_the_close_before_it_to_its_own_last_close() {
    let time = ["2023-12-30T00:00:00Z", "2023-12-31T23:00:00Z", "2024-01-01T00:00:00Z", "2024-03-05T00:00:00Z"];
    let time: Vec<Millis> = time.iter().map(|text| day(text)).collect();
    let months = months(&time, &[100.0, 110.0, 55.0, 110.0], 100.0);
    let seen: Vec<(i16, i8, f64)> =
        months.iter().map(|m| (m.year, m.number, (m.gain.unwrap() * 1e9).round() / 1e9)).collect();
    assert_eq!(seen, [(2023, 12, 0.1), (2024, 1, -0.5), (2024, 3, 1.0)]);
}

#[test]
fn after_a_ruin_no_month_has_a_return() {
    let time = [day("2024-01-01T00:00:00Z"), day("2024-02-01T00:00:00Z")];
    assert_eq!(months(&time, &[-5.0, -5.0], 100.0)[1].gain, None);
}

#[test]
fn the_last_window_is_the_ratio_of_its_returns() {
    let equity = [110.0, 99.0, 108.9, 98.01, 107.811];
    let ratios = rolling_sharpe(&equity, 100.0, 4, 365.0);
    assert!(ratios[..3].iter().all(|ratio| ratio.is_nan()));
    let returns = [-0.1, 0.1, -0.1, 0.1];
    let deviation = (returns.iter().map(|r| r * r).sum::<f64>() / 3.0).sqrt();
    assert!((ratios[4] - 0.0 / deviation).abs() < 1e-9, "{ratios:?}");
    let first = [0.1, -0.1, 0.1, -0.1].iter().sum::<f64>();
    assert!((ratios[3] - first).abs() < 1e-9, "{ratios:?}");
}

#[test]
fn an_account_that_never_moves_has_no_ratio() {
    assert!(rolling_sharpe(&[100.0; 50], 100.0, 20, 365.0).iter().all(|ratio| ratio.is_nan()));
}

#[test]
fn a_short_history_has_a_shorter_window_or_none() {
    assert_eq!(
        (rolling_window(2000, 365.0), rolling_window(400, 365.0), rolling_window(40, 365.0)),
        (Some(183), Some(100), None)
    );
}
