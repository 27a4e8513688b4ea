//! White's reality check and its relatives on the points of a sweep: they are computed once more, in shorter segments of
//! time than the sweep itself needs.

use crate::block::GridPoints;
use crate::cache::Results;
use crate::data::Index;
use crate::plan::Plan;
use crate::pool::{Pool, Progress};
use crate::segmentation::{BlockSegments, Cuts, Segmentation};
use crate::sim::metrics::SegmentDetail;
use crate::sim::metrics::validation::{DataSnooping, RealityCheck, SegmentReturnMatrix, SnoopingMaxima, SnoopingTest};
use crate::sweep::{BlockSink, FinishedBlock, is_spread, sweep_strategies};

/// Bars of a segment, at least.
const SEGMENT_BARS: u64 = 10;
/// Sums that are kept: of more points there are fewer and longer segments, and of still more a sample of the points.
const MOST_SUMS: u64 = 4_000_000;
/// Segments, at least.
const LEAST_SEGMENTS: u64 = 32;
/// Repetitions.
const REPETITIONS: u64 = 1_000;
/// Where the random numbers begin.
const SEED: u64 = 1;
/// Repetitions that a thread does at a time.
const SHARE: u64 = 25;

/// Tests the points of each strategy on one asset of `bars` bars, by its number in the plan.
///
/// # Errors
/// Too few bars, candles that cannot be used, or the user's wish to stop.
pub fn reality_check(
    plan: &Plan,
    points: &[GridPoints],
    (asset, bars): (usize, u64),
    progress: &dyn Progress,
) -> Result<RealityCheck, String> {
    let all = points.iter().map(GridPoints::count).fold(0, u64::saturating_add);
    let segments = segment_count(all, bars)?;
    let count = usize::try_from(segments).unwrap_or(usize::MAX);
    let own = Plan {
        assets: vec![plan.assets[asset].clone()],
        segments: Some(Segmentation { cuts: Cuts::Blocks(count), detail: SegmentDetail::Returns }),
        ..plan.clone()
    };
    let most = most_points(segments);
    let mut sums = SumSink { matrix: SegmentReturnMatrix::new(count), seen: 0, all, most };
    // Segments this short are nobody else's.
    let swept = sweep_strategies(&own, points, &Results::off(), &mut Index::default(), progress, &mut sums);
    if let Some(failed) = swept.summary.failed.into_iter().next() {
        return Err(failed.reason);
    }
    if swept.ended.is_some() {
        return Err("--reality-check was stopped".to_owned());
    }
    let tests = data_snooping(&sums.matrix, &Pool::new(plan.threads));
    Ok(RealityCheck { tests, segment_bars: bars / segments, is_sampled: all > most })
}

/// How many segments so many bars are cut into, where that many points are tested.
///
/// # Errors
/// Too few bars.
pub(crate) fn segment_count(points: u64, bars: u64) -> Result<u64, String> {
    let segments = (MOST_SUMS / points.max(1)).max(LEAST_SEGMENTS).min(bars / SEGMENT_BARS);
    if segments >= LEAST_SEGMENTS {
        return Ok(segments);
    }
    Err(format!(
        "--reality-check needs at least {} bars, and there are {bars}; choose a longer range with --from and --to, or a shorter --interval",
        LEAST_SEGMENTS * SEGMENT_BARS
    ))
}

/// Of how many points the sums of so many segments are kept.
pub(crate) fn most_points(segments: u64) -> u64 {
    MOST_SUMS / segments
}

/// The tests of points by the sums of their returns.
pub(crate) fn data_snooping(sums: &SegmentReturnMatrix, pool: &Pool) -> DataSnooping {
    test(&SnoopingTest::new(sums, SEED), sums.points(), pool)
}

/// The tests; the stepwise one goes on while it finds more points that are better than cash.
fn test(test: &SnoopingTest, points: usize, pool: &Pool) -> DataSnooping {
    let repeat = |better: &[bool]| -> Vec<SnoopingMaxima> {
        let shares = (0..REPETITIONS).step_by(usize::try_from(SHARE).unwrap_or(1)).collect();
        let share = |from: u64| {
            let to = (from + SHARE).min(REPETITIONS);
            (from..to).map(|repetition| test.repetition(repetition, better)).collect::<Vec<_>>()
        };
        pool.map(shares, share).into_iter().flatten().collect()
    };
    let mut better = vec![false; points];
    let first = repeat(&better);
    let mut next = test.step(&first, &better);
    while next != better {
        better = next;
        next = test.step(&repeat(&better), &better);
    }
    test.result(&first, &better)
}

/// Keeps the sums of the points as they come.
struct SumSink {
    matrix: SegmentReturnMatrix,
    seen: u64,
    all: u64,
    most: u64,
}

impl BlockSink for SumSink {
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String> {
        let Some(BlockSegments::Returns(rows)) = finished.segments else { return Ok(()) };
        for rows in rows.points() {
            let is_taken = self.all <= self.most || is_spread(self.seen, self.all, self.most);
            self.seen += 1;
            if is_taken {
                // The first segment is what is too many bars for the others.
                self.matrix.push(rows.iter().skip(1).map(|segment| segment.returns.gains - segment.returns.losses));
            }
        }
        Ok(())
    }
}
