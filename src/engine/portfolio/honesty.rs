//! How much of the best configuration of a portfolio may be luck.

use super::configurations::PortfolioPoint;
use super::universe_data::UniverseData;
use crate::block::{Block, GridPoints};
use crate::plan::Plan;
use crate::pool::{Pool, Progress};
use crate::segmentation::{Cuts, Segmentation};
use crate::sim::account::SegmentReturns;
use crate::sim::metrics::validation::{
    Cscv, Honesty, RealityCheck, ReturnShape, SegmentReturnMatrix, SharpeSpread, SweepWinner,
};
use crate::sim::metrics::{self, Outcome, SegmentDetail};
use crate::sweep::is_spread;
use crate::validation::{DEFAULT_BLOCKS, cross_validated, data_snooping, most_points, neighbours, segment_count};

/// What is known of the best of these points of a grid, by its number among them.
pub fn portfolio_honesty(
    data: &mut UniverseData,
    plan: &Plan,
    (points, all, best): (&GridPoints, &[PortfolioPoint], usize),
) -> Honesty {
    let pool = Pool::new(plan.threads);
    let best = &all[best];
    let metric = |outcome: &Outcome, name: &str| metrics::find(name).and_then(|metric| outcome.metrics[metric]);
    let Outcome { bars, start, end, .. } = best.outcome;
    let bars_per_year = plan.settings.year.bars(plan.interval, bars, start, end);
    let (mut trials, mut undefined) = (SharpeSpread::default(), 0);
    for point in all {
        match metric(&point.outcome, "sharpe") {
            Some(sharpe) => trials.push(sharpe / bars_per_year.sqrt()),
            None => undefined += 1,
        }
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let trades = metric(&best.outcome, "trades").unwrap_or(0.0) as u64;
    let own = metric(&best.outcome, "sharpe").filter(|sharpe| *sharpe > 0.0);
    let plateau = own.and_then(|own| {
        let near = Block::new(plan, neighbours(points.grid().0.values(), &best.values));
        let near: Vec<Vec<f64>> = near.open().cloned().collect();
        let found = data.compute(plan, &near, &pool);
        let sum: f64 = found.iter().map(|found| metric(&found.outcome, "sharpe").unwrap_or(0.0)).sum();
        #[expect(clippy::cast_precision_loss, reason = "at most 242")]
        let count = found.len() as f64;
        (count > 0.0).then(|| sum / count / own)
    });
    let shape = ReturnShape::of_outcome(&best.outcome, bars_per_year);
    let winner = SweepWinner { shape, plateau, bars, trades };
    let mut honesty = Honesty { blocks: DEFAULT_BLOCKS, ..Honesty::new(&winner, &trials, undefined) };
    let length = usize::try_from(bars).unwrap_or(usize::MAX) / DEFAULT_BLOCKS;
    if let Ok(mut cscv) = Cscv::new(DEFAULT_BLOCKS, length) {
        for point in all.iter().filter(|point| point.blocks.len() == DEFAULT_BLOCKS) {
            cscv.push(&point.blocks);
        }
        honesty.cscv = cross_validated(&cscv, &pool);
        honesty.cscv_points = cscv.points() as u64;
    }
    honesty
}

/// White's reality check and its relatives on the points of a grid: they are computed once more, in segments of time.
///
/// # Errors
/// Too few bars, or the user's wish to stop.
pub fn portfolio_reality_check(
    data: &mut UniverseData,
    plan: &Plan,
    points: &GridPoints,
    progress: &dyn Progress,
) -> Result<RealityCheck, String> {
    let (bars, all) = (data.universe.time.len() as u64, points.count());
    let segments = segment_count(all, bars)?;
    let (most, count) = (most_points(segments), usize::try_from(segments).unwrap_or(usize::MAX));
    let borders = Segmentation { cuts: Cuts::Blocks(count), detail: SegmentDetail::Returns }.borders(bars);
    let (pool, capital, risk_free) = (Pool::new(plan.threads), plan.settings.capital, data.risk_free(plan));
    let (mut matrix, mut seen) = (SegmentReturnMatrix::new(count), 0);
    progress.begin(all);
    for number in 0..points.blocks() {
        let block = Block::new(plan, points.block(number));
        let open: Vec<Vec<f64>> = block.open().cloned().collect();
        let sums = data.accounts(plan, &open, &pool, &|_, run| {
            let rows = run.segments::<SegmentReturns>(&borders, capital, risk_free);
            // The first segment is what is too many bars for the others.
            rows.iter().skip(1).map(|segment| segment.returns.gains - segment.returns.losses).collect::<Vec<f64>>()
        });
        for sums in sums {
            if all <= most || is_spread(seen, all, most) {
                matrix.push(sums);
            }
            seen += 1;
        }
        progress.advance(block.points.len() as u64);
        if progress.stopped() {
            return Err("--reality-check was stopped".to_owned());
        }
    }
    progress.end();
    Ok(RealityCheck { tests: data_snooping(&matrix, &pool), segment_bars: bars / segments, is_sampled: all > most })
}
