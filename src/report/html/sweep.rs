//! The page of a grid of parameters.

use serde_json::{Value, json};

use super::{card, pack, page, proof, run, stability};
use crate::sim::metrics;
use crate::sim::model::Millis;
use crate::sim::{Failed, Row, SweepGrid};

/// From the first bar of any asset to the last of any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Open time of the first.
    pub start: Millis,
    /// Open time of the last.
    pub end: Millis,
    /// Bars of the asset with the fewest, and of the one with the most.
    pub bars: (u64, u64),
    /// Whether not all have the same range.
    pub differ: bool,
}

impl Span {
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

/// A sweep and what is shown of it.
pub struct SweepPage<'a> {
    /// What it was of, as in `BTCUSDT 1d · ma`.
    pub title: String,
    /// Symbols of the assets, by the numbers that the cube has for them.
    pub assets: Vec<String>,
    /// For each asset the command of its runs, to which `--param NAME=VALUE` is added for each parameter; empty where
    /// it is not known.
    pub commands: Vec<String>,
    /// The points.
    pub cube: &'a SweepGrid,
    /// Name of the metric that ranks.
    pub sort: &'a str,
    /// The best that were asked for, best first.
    pub top: &'a [Row],
    /// Points of the whole grid that were computed, and those that break the strategy's `require`.
    pub computed: usize,
    /// Points left out.
    pub skipped: usize,
    /// What the ranges of the assets span; none where they are not known.
    pub span: Option<Span>,
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
        json!([asset, values, card::values(&row.outcome.metrics)])
    };
    let document = json!({
        "kind": "sweep",
        "title": sweep.title,
        "assets": sweep.assets,
        "settled": sweep.settled,
        "span": sweep.span.as_ref().map(Span::section),
        "commands": sweep.commands,
        "cube": grid(sweep.cube),
        "metrics": card::metrics(),
        "sort": sort,
        "stability": stability::section(sweep.cube, sort),
        "first": sweep.top.first().map(run::result),
        "top": sweep.top.iter().map(top).collect::<Value>(),
        "computed": sweep.computed,
        "skipped": sweep.skipped,
        "failed": sweep.failed.iter().map(|failed| json!([failed.symbol, failed.reason])).collect::<Value>(),
        "program": proof::program(),
        "notes": notes,
    });
    page::page(&sweep.title, &document)
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
        "places": pack::bytes(&places),
        "figures": pack::exact(grid.figures().iter().map(|value| Some(*value))),
    })
}
