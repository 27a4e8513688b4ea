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
fn a_year_is_compared_with_that_of_the_benchmark() {
    let time = [day("2023-12-31T00:00:00Z"), day("2024-01-31T00:00:00Z"), day("2024-02-01T00:00:00Z")];
    let curve = EquityCurve::of_closes(time.to_vec(), vec![100.0, 150.0, 75.0], &[10.0, 20.0, 30.0], 100.0);
    let seen = yearly_returns(&curve.time, &[(&curve.equity, 100.0), (&curve.buy_hold, 100.0)]);
    assert_eq!(seen, json!([[2023, 0, 0], [2024, -0.25, 2]]));
    let undefined = yearly_returns(&curve.time, &[(&curve.equity, 100.0), (&[f64::NAN; 3], 100.0)]);
    assert_eq!(undefined[1], json!([2024, -0.25, null]));
}

#[test]
fn a_line_that_begins_within_a_year_has_the_return_from_its_first_value() {
    let time = [day("2023-06-30T00:00:00Z"), day("2024-03-31T00:00:00Z"), day("2024-12-31T00:00:00Z")];
    let seen = yearly_returns(&time, &[(&[f64::NAN, 200.0, 250.0], 200.0), (&[75.0, 75.0, 37.5], 60.0)]);
    assert_eq!(seen, json!([[2023, null, 0.25], [2024, 0.25, -0.5]]));
}
