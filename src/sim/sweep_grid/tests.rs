use super::*;

fn axis(count: usize) -> Vec<f64> {
    (0..count).map(|value| value as f64).collect()
}

fn metrics(value: f64) -> Metrics {
    let mut metrics: Metrics = [None; metrics::COUNT];
    metrics[4] = Some(value);
    metrics
}

fn grid_of(lengths: &[usize], assets: usize) -> SweepGrid {
    let names = (0..lengths.len()).map(|at| format!("p{at}")).collect();
    SweepGrid::new(names, lengths.iter().map(|length| axis(*length)).collect(), assets, None, RankBy::metric(4))
}

#[test]
fn a_grid_of_ten_thousand_is_held_whole_with_several_metrics() {
    let mut grid = grid_of(&[100, 100], 1);
    for a in axis(100) {
        for b in axis(100) {
            grid.add(0, &[a, b], &metrics(a - b));
        }
    }
    assert_eq!((grid.points(), grid.metrics.len()), (10_000, 5));
    assert!(grid.notes().is_empty());
    let at = grid.ranked().find(|(_, places, _)| *places == [7, 3]).unwrap();
    assert_eq!(at.2.to_bits(), 4.0_f64.to_bits());
}

#[test]
fn a_larger_grid_is_thinned_evenly_and_says_so() {
    let mut grid = grid_of(&[1_000, 1_000], 1);
    for a in axis(1_000) {
        for b in axis(1_000) {
            grid.add(0, &[a, b], &metrics(1.0));
        }
    }
    assert!(grid.places.len() + 2 * grid.figures.len() <= MOST_FIGURES, "{}", grid.points());
    assert!(grid.points() > 50_000);
    assert!(grid.notes()[0].contains("every 3rd value of p0"), "{:?}", grid.notes());
    let mut drawn: Vec<u32> = grid.ranked().map(|(_, places, _)| places[0]).collect();
    drawn.dedup();
    assert_eq!(drawn[..3], [0, 3, 6]);
}

#[test]
fn the_best_of_all_points_is_held_in_its_turn_whatever_is_thinned() {
    let peak = |a: f64, b: f64| if (a - 7.0).abs() + (b - 500.0).abs() < 0.5 { 9.0 } else { -a };
    let mut grid = grid_of(&[1_000, 1_000], 1);
    for a in axis(1_000) {
        for b in axis(1_000) {
            grid.add(0, &[a, b], &metrics(peak(a, b)));
        }
    }
    grid.finish();
    let points: Vec<[u32; 2]> = grid.ranked().map(|(_, places, _)| [places[0], places[1]]).collect();
    assert!(points.contains(&[7, 500]) && points.is_sorted(), "the best, among the others in the order of the grid");
    let (asset, near) = grid.missing_neighbours().expect("its neighbours were left out");
    assert_eq!((asset, near.len()), (0, 7), "one of the eight is held");
    for point in &near {
        grid.hold(0, point, &metrics(1.0));
    }
    assert!(grid.missing_neighbours().is_none());
    assert!(grid.notes()[0].contains("the best of all points with its neighbours"), "{:?}", grid.notes());
    let mut sample = SweepGrid::new(vec!["p".to_owned()], vec![axis(1_000_000)], 1, Some(500_000), RankBy::metric(4));
    for value in axis(500_000) {
        sample.add(0, &[value], &metrics(-(value - 7.0).abs()));
    }
    sample.finish();
    assert!(sample.ranked().any(|(_, places, _)| places == [7]));
}

#[test]
fn a_sample_is_thinned_by_points() {
    let mut grid = SweepGrid::new(vec!["p".to_owned()], vec![axis(1_000_000)], 1, Some(500_000), RankBy::metric(4));
    for value in axis(500_000) {
        grid.add(0, &[value], &metrics(value));
    }
    assert!(grid.points() > 100_000 && grid.points() * 4 <= MOST_FIGURES, "{}", grid.points());
    assert_eq!(grid.notes(), ["The sample is larger than a picture: drawn is every 4th point, and the best of all."]);
}

#[test]
fn an_undefined_metric_is_held_as_that() {
    let mut grid = grid_of(&[2], 1);
    grid.add(0, &[1.0], &[None; metrics::COUNT]);
    assert!(grid.ranked().all(|(_, _, value)| value.is_nan()));
}
