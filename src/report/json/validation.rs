//! What is known of the luck in a result, as documents.

use serde::{Serialize, Serializer};

use super::JsonNumber;
use crate::sim::Row;
use crate::sim::metrics::validation::{CONFIDENCE, Honesty, MonteCarlo, Quantiles, RealityCheck};

/// Of one result that nobody chose among others, as far as is known.
#[derive(Serialize)]
pub(super) struct RunHonestyDocument {
    psr: JsonNumber,
    min_trl_bars: JsonNumber,
}

impl RunHonestyDocument {
    pub(super) fn new(row: &Row) -> Self {
        let shape = row.return_shape();
        Self {
            psr: JsonNumber(shape.and_then(|shape| shape.psr(0.0))),
            min_trl_bars: JsonNumber(shape.and_then(|shape| shape.min_track_record(0.0, CONFIDENCE))),
        }
    }
}

/// Of the best of a sweep.
pub(super) struct HonestyDocument<'a>(pub &'a Honesty);

impl Serialize for HonestyDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.figures().map(|figure| (figure.name, JsonNumber(figure.value))))
    }
}

/// Whether the best of a sweep earns more than cash.
#[derive(Serialize)]
pub(super) struct RealityCheckDocument {
    p: JsonNumber,
    spa: SpaDocument,
    superior: u64,
    points: u64,
    sampled: bool,
    segments: u64,
    segment_bars: u64,
    repetitions: u64,
}

#[derive(Serialize)]
struct SpaDocument {
    lower: JsonNumber,
    consistent: JsonNumber,
    upper: JsonNumber,
}

impl RealityCheckDocument {
    pub(super) fn new(check: &RealityCheck) -> Self {
        let RealityCheck { tests, segment_bars, is_sampled } = *check;
        let number = |value| JsonNumber(Some(value));
        Self {
            p: number(tests.reality_check),
            spa: SpaDocument {
                lower: number(tests.spa.lower),
                consistent: number(tests.spa.consistent),
                upper: number(tests.spa.upper),
            },
            superior: tests.superior,
            points: tests.points,
            sampled: is_sampled,
            segments: tests.segments,
            segment_bars,
            repetitions: tests.repetitions,
        }
    }
}

/// What resampling a run says.
#[derive(Serialize)]
pub(super) struct MonteCarloDocument {
    repetitions: u64,
    seed: u64,
    trade_shuffle: Option<TradeShuffleDocument>,
    bootstrap: BootstrapDocument,
    random_entry: Option<RandomEntryDocument>,
}

#[derive(Serialize)]
struct TradeShuffleDocument {
    trades: u64,
    max_drawdown: OrdersDocument,
    longest_drawdown_trades: OrdersDocument,
}

/// A figure of the run itself, and what so many of 100 orders of its trades do not exceed.
#[derive(Serialize)]
struct OrdersDocument {
    actual: JsonNumber,
    p50: JsonNumber,
    p95: JsonNumber,
    p99: JsonNumber,
}

#[derive(Serialize)]
struct BootstrapDocument {
    block_bars: JsonNumber,
    sharpe: IntervalDocument,
    cagr: IntervalDocument,
    max_drawdown: IntervalDocument,
}

/// The median, and the ends between which 95 of 100 repetitions lie.
#[derive(Serialize)]
struct IntervalDocument {
    low: JsonNumber,
    median: JsonNumber,
    high: JsonNumber,
}

#[derive(Serialize)]
struct RandomEntryDocument {
    p: JsonNumber,
    shifts: u64,
}

impl IntervalDocument {
    fn new(Quantiles([low, median, high]): Quantiles<3>) -> Self {
        Self { low: JsonNumber(low), median: JsonNumber(median), high: JsonNumber(high) }
    }
}

impl OrdersDocument {
    fn new(actual: f64, Quantiles([p50, p95, p99]): Quantiles<3>) -> Self {
        Self { actual: JsonNumber(Some(actual)), p50: JsonNumber(p50), p95: JsonNumber(p95), p99: JsonNumber(p99) }
    }
}

impl MonteCarloDocument {
    pub(super) fn new(found: &MonteCarlo) -> Self {
        let MonteCarlo { shuffle, bootstrap, shifts, .. } = found;
        Self {
            repetitions: bootstrap.repetitions,
            seed: found.seed,
            trade_shuffle: shuffle.map(|shuffle| TradeShuffleDocument {
                trades: shuffle.trades,
                max_drawdown: OrdersDocument::new(shuffle.actual_drawdown, shuffle.drawdown),
                longest_drawdown_trades: OrdersDocument::new(shuffle.actual_duration, shuffle.duration),
            }),
            bootstrap: BootstrapDocument {
                block_bars: JsonNumber(Some(bootstrap.block)),
                sharpe: IntervalDocument::new(bootstrap.sharpe),
                cagr: IntervalDocument::new(bootstrap.cagr),
                max_drawdown: IntervalDocument::new(bootstrap.max_drawdown),
            },
            random_entry: shifts.map(|test| RandomEntryDocument { p: JsonNumber(Some(test.p)), shifts: test.shifts }),
        }
    }
}
