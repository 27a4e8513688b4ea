//! How the neighbours of a sweep's best point fare: a lone peak is luck more often than a plateau is.

use serde_json::{Value, json};

use crate::report::json::number;
use crate::sim::SweepGrid;
use crate::sim::metrics::{Better, TABLE};

/// The best point held, and those next to it: at most one step away on each axis, on the same asset.
#[must_use]
pub fn section(cube: &SweepGrid, sort: usize) -> Value {
    let sign = if TABLE[sort].better == Better::Higher { 1.0 } else { -1.0 };
    let defined = cube.ranked().filter(|(_, _, value)| !value.is_nan());
    // Of equal ones the first, as in the ranking.
    let best = defined.reduce(|best, point| if sign * point.2 > sign * best.2 { point } else { best });
    let Some((asset, places, value)) = best else { return Value::Null };
    let near = |other: &[u32]| other.iter().zip(places).all(|(a, b)| a.abs_diff(*b) <= 1);
    let around: Vec<(u32, &[u32], f64)> = cube
        .ranked()
        .filter(|(of, other, value)| *of == asset && *other != places && !value.is_nan() && near(other))
        .collect();
    let mut sorted: Vec<f64> = around.iter().map(|(_, _, value)| *value).collect();
    sorted.sort_by(|a, b| (sign * a).total_cmp(&(sign * b)));
    let step = |axis: usize, by: i64| {
        let wanted = i64::from(places[axis]) + by;
        let found = around.iter().find(|(_, other, _)| {
            other.iter().enumerate().all(
                |(at, place)| {
                    if at == axis { i64::from(*place) == wanted } else { *place == places[at] }
                },
            )
        });
        found.map(|(_, _, value)| {
            let at = usize::try_from(wanted).unwrap_or(0);
            json!([cube.values(axis)[at].to_string(), number(*value)])
        })
    };
    let axes = (0..cube.width()).filter(|&axis| cube.values(axis).len() > 1);
    json!({
        "asset": asset,
        "places": places,
        "value": number(value),
        "neighbours": around.len(),
        "median": sorted.get(sorted.len() / 2).map(|value| number(*value)),
        "worst": sorted.first().map(|value| number(*value)),
        "steps": axes.map(|axis| json!([axis, step(axis, -1), step(axis, 1)])).collect::<Value>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::metrics::{COUNT, Metrics};

    fn cube(values: &[(f64, f64, Option<f64>)]) -> SweepGrid {
        let axis = || vec![1.0, 2.0, 3.0];
        let mut cube = SweepGrid::new(vec!["a".to_owned(), "b".to_owned()], vec![axis(), axis()], 1, None, 4);
        for (a, b, value) in values {
            let mut metrics: Metrics = [None; COUNT];
            metrics[4] = *value;
            cube.add(0, &[*a, *b], &metrics);
        }
        cube
    }

    #[test]
    fn the_neighbours_of_the_best_are_those_one_step_away() {
        let peak = cube(&[
            (1.0, 1.0, Some(0.1)),
            (1.0, 2.0, Some(0.2)),
            (2.0, 1.0, Some(0.3)),
            (2.0, 2.0, Some(9.0)),
            (2.0, 3.0, None),
            (3.0, 2.0, Some(0.4)),
        ]);
        let seen = section(&peak, 4);
        assert_eq!((seen["value"].as_f64(), seen["neighbours"].as_u64()), (Some(9.0), Some(4)));
        assert_eq!((seen["worst"].as_f64(), seen["median"].as_f64()), (Some(0.1), Some(0.3)));
        assert_eq!(seen["steps"], json!([[0, ["1", 0.2], ["3", 0.4]], [1, ["1", 0.3], null]]));
    }

    #[test]
    fn a_sweep_without_a_defined_metric_has_no_best() {
        assert_eq!(section(&cube(&[(1.0, 1.0, None)]), 4), Value::Null);
    }
}
