//! The page of a grid of parameters: its points, and how the neighbours of the best one fare, as a lone peak is luck
//! more often than a plateau is.

use serde_json::{Value, json};

use super::{downsample, encode, page, result};
use crate::number;
use crate::sim::metrics::{self, Detail, TABLE};
use crate::sim::{EquityCurve, Failed, Millis, Row, SweepGrid};

/// Buckets of the line of the best.
const POINTS: usize = 600;

/// From the first bar of any asset to the last of any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestedRange {
    /// Open time of the first.
    pub start: Millis,
    /// Open time of the last.
    pub end: Millis,
    /// Bars of the asset with the fewest, and of the one with the most.
    pub bars: (u64, u64),
    /// Whether not all have the same range.
    pub differ: bool,
}

impl TestedRange {
    /// Of ranges: first bar, last bar, number of bars.
    #[must_use]
    pub fn of(mut ranges: impl Iterator<Item = (Millis, Millis, u64)>) -> Option<Self> {
        let (start, end, bars) = ranges.next()?;
        let first = Self { start, end, bars: (bars, bars), differ: false };
        Some(ranges.fold(first, |all, (start, end, bars)| Self {
            start: all.start.min(start),
            end: all.end.max(end),
            bars: (all.bars.0.min(bars), all.bars.1.max(bars)),
            differ: all.differ || (start, end) != (all.start, all.end),
        }))
    }

    fn section(&self) -> Value {
        json!({
            "start": self.start,
            "end": self.end,
            "fewest": self.bars.0,
            "bars": self.bars.1,
            "differ": self.differ,
        })
    }
}

/// What each combination of a sweep was tested on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestedOn {
    /// Each asset for itself.
    EachAsset,
    /// All assets by one account: so many, none where that is not known.
    Portfolio(Option<usize>),
}

/// A sweep and what is shown of it.
pub struct SweepPage<'a> {
    /// What it was of, as in `BTCUSDT 1d · ma`.
    pub title: String,
    /// Symbols of the assets, by the numbers that the cube has for them.
    pub assets: Vec<String>,
    /// What each point was tested on; a portfolio is the only asset.
    pub on: TestedOn,
    /// For each asset the command of its runs, to which `--param NAME=VALUE` is added for each parameter; empty where
    /// it is not known.
    pub commands: Vec<String>,
    /// The points.
    pub cube: &'a SweepGrid,
    /// Name of the metric that ranks.
    pub sort: &'a str,
    /// The best that were asked for, best first.
    pub top: &'a [Row],
    /// The one in the middle of the ranking of all; none where it is not known.
    pub median: Option<&'a Row>,
    /// The equity of the best; none where its candles are not at hand.
    pub best: Option<EquityCurve>,
    /// Points of the whole grid that were computed.
    pub computed: usize,
    /// How many points were not computed, and why: `6 skipped by the strategy's require`; empty where there are none.
    pub skipped: String,
    /// What the ranges of the assets span; none where they are not known.
    pub span: Option<TestedRange>,
    /// Assets without a result.
    pub failed: &'a [Failed],
    /// Whether settings and ranges of the rows are known: a file of rows does not hold them.
    pub settled: bool,
    /// What else the reader should know.
    pub notes: Vec<String>,
}

/// The page.
#[must_use]
pub fn sweep(sweep: &SweepPage<'_>) -> String {
    let sort = metrics::find(sweep.sort).unwrap_or(0);
    let mut notes = sweep.notes.clone();
    notes.extend(sweep.cube.notes());
    let top = |row: &Row| {
        let asset = sweep.assets.iter().position(|symbol| *symbol == row.symbol);
        let values: Vec<String> = row.params.iter().map(|(_, value)| value.to_string()).collect();
        json!([asset, values, result::values(&row.outcome)])
    };
    let document = json!({
        "kind": "sweep",
        "title": sweep.title,
        "assets": sweep.assets,
        "portfolio": match sweep.on {
            TestedOn::EachAsset => Value::Null,
            TestedOn::Portfolio(assets) => json!({ "assets": assets }),
        },
        "settled": sweep.settled,
        "span": sweep.span.as_ref().map(TestedRange::section),
        "commands": sweep.commands,
        "cube": grid(sweep.cube),
        "metrics": result::metrics(Detail::AllReturns),
        "sort": sort,
        "stability": neighbours(sweep.cube, sort),
        "first": sweep.top.first().map(result::result),
        "top": sweep.top.iter().map(top).collect::<Value>(),
        "median": sweep.median.map(top),
        "best": sweep.best.as_ref().map(|curve| growth(curve, sweep.top)),
        "computed": sweep.computed,
        "skipped": sweep.skipped,
        "failed": sweep.failed.iter().map(|failed| json!([failed.symbol, failed.reason])).collect::<Value>(),
        "program": result::program(),
        "notes": notes,
    });
    page::page(&sweep.title, &document)
}

/// Two lines over the same times: what the capital became, and what buying and holding would have made of it.
fn growth(curve: &EquityCurve, top: &[Row]) -> Value {
    let each = curve.time.len().div_ceil(POINTS).max(1);
    let line = |values: &[f64]| encode::floats32(&downsample::line(values, each));
    json!({
        "capital": top.first().map(|row| row.settings.capital),
        "each": each,
        "x": encode::time_stretches(&curve.time.iter().copied().step_by(each).collect::<Vec<Millis>>()),
        "equity": line(&curve.equity),
        "hold": line(&curve.buy_hold),
    })
}

fn grid(grid: &SweepGrid) -> Value {
    let axis = |at: usize| {
        let texts: Vec<String> = grid.values(at).iter().map(f64::to_string).collect();
        json!({ "name": grid.name(at), "values": grid.values(at), "texts": texts, "stride": grid.stride(at) })
    };
    let places: Vec<u8> = grid.places().iter().flat_map(|place| place.to_le_bytes()).collect();
    json!({
        "axes": (0..grid.width()).map(axis).collect::<Value>(),
        "metrics": grid.metrics(),
        "points": grid.points(),
        "thinned": grid.is_thinned(),
        "places": encode::bytes(&places),
        "figures": encode::floats64(grid.figures().iter().map(|value| Some(*value))),
    })
}

/// The best point, and those next to it: at most one step away on each axis, on the same asset.
fn neighbours(grid: &SweepGrid, sort: usize) -> Value {
    let Some((asset, places, value)) = grid.best() else { return Value::Null };
    let near = |other: &[u32]| other.iter().zip(places).all(|(a, b)| a.abs_diff(*b) <= 1);
    let around: Vec<(u32, &[u32], f64)> = grid
        .ranked()
        .filter(|(of, other, value)| *of == asset && *other != places && !value.is_nan() && near(other))
        .collect();
    let mut sorted: Vec<f64> = around.iter().map(|(_, _, value)| *value).collect();
    sorted.sort_by(|a, b| TABLE[sort].rank(Some(*b)).total_cmp(&TABLE[sort].rank(Some(*a))));
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
            json!([grid.values(axis)[at].to_string(), number(*value)])
        })
    };
    let axes = (0..grid.width()).filter(|&axis| grid.values(axis).len() > 1);
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
    use crate::sim::metrics::{COUNT, Metrics, RankBy};

    fn grid_of(values: &[(f64, f64, Option<f64>)]) -> SweepGrid {
        let axis = || vec![1.0, 2.0, 3.0];
        let mut grid =
            SweepGrid::new(vec!["a".to_owned(), "b".to_owned()], vec![axis(), axis()], 1, None, RankBy::metric(4));
        for (a, b, value) in values {
            let mut metrics: Metrics = [None; COUNT];
            metrics[4] = *value;
            grid.add(0, &[*a, *b], &metrics);
        }
        grid
    }

    #[test]
    fn the_neighbours_of_the_best_are_those_one_step_away() {
        let peak = grid_of(&[
            (1.0, 1.0, Some(0.1)),
            (1.0, 2.0, Some(0.2)),
            (2.0, 1.0, Some(0.3)),
            (2.0, 2.0, Some(9.0)),
            (2.0, 3.0, None),
            (3.0, 2.0, Some(0.4)),
        ]);
        let seen = neighbours(&peak, 4);
        assert_eq!((seen["value"].as_f64(), seen["neighbours"].as_u64()), (Some(9.0), Some(4)));
        assert_eq!((seen["worst"].as_f64(), seen["median"].as_f64()), (Some(0.1), Some(0.3)));
        assert_eq!(seen["steps"], json!([[0, ["1", 0.2], ["3", 0.4]], [1, ["1", 0.3], null]]));
    }

    #[test]
    fn a_sweep_without_a_defined_metric_has_no_best() {
        assert_eq!(neighbours(&grid_of(&[(1.0, 1.0, None)]), 4), Value::Null);
    }
}
