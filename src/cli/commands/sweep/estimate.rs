//! What a sweep would cost, from a small part of it.

use crate::cache::Results;
use crate::engine::{self, GridPoints, Plan, SweepEstimate};
use crate::error::Error;
use crate::output::format;

/// Points that are timed.
const TIMED: usize = 256;
/// Blocks for which the cache is asked.
const ASKED: u64 = 64;

/// The text of `--dry-run`.
///
/// # Errors
/// When the first asset's candles cannot be used.
pub(in crate::commands) fn dry_run(plan: &Plan, points: &[GridPoints], results: &Results) -> Result<String, Error> {
    let estimates = estimates(plan, points, results, ASKED).map_err(Error::failed)?;
    let sum = |get: &dyn Fn(&SweepEstimate) -> usize| estimates.iter().map(get).sum::<usize>();
    let cached = match sum(&|estimate| estimate.asked) {
        0 => "nothing: blocks this small are computed faster than fetched".to_owned(),
        asked => format!("{} of {} looked for", sum(&|estimate| estimate.cached), format::counted(asked, "block")),
    };
    let assets = plan.assets.len() as u64;
    let blocks = points.iter().fold(0_u64, |all, points| all.saturating_add(points.blocks()));
    Ok(format!(
        "combinations  {} ({} points on {})\nblocks        {}\nin the cache  {cached}\ntime          about {} on {}\nmemory        about {}, whatever the number of combinations\n",
        format::count(super::combinations(plan, points)),
        format::count(super::combinations(plan, points) / assets.max(1)),
        format::counted(plan.assets.len(), "asset"),
        format::count(blocks.saturating_mul(assets)),
        format::duration(seconds(plan, points, &estimates) * 1000.0),
        format::counted(plan.threads, "thread"),
        format::bytes(estimates.iter().map(|estimate| estimate.bytes).max().unwrap_or(0)),
    ))
}

/// How long the whole sweep would take, in words; nothing where the candles cannot be used.
#[must_use]
pub(super) fn time_in_words(plan: &Plan, points: &[GridPoints]) -> Option<String> {
    let estimates = estimates(plan, points, &Results::off(), 0).ok()?;
    Some(format::duration(seconds(plan, points, &estimates) * 1000.0))
}

/// What the sweep of each strategy would cost.
fn estimates(plan: &Plan, points: &[GridPoints], results: &Results, asked: u64) -> Result<Vec<SweepEstimate>, String> {
    let one = |(at, points)| engine::estimate_sweep(&plan.of_strategy(at), points, results, TIMED, asked);
    points.iter().enumerate().map(one).collect()
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn seconds(plan: &Plan, points: &[GridPoints], estimates: &[SweepEstimate]) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(plan.threads);
    let one = |(points, estimate): (&GridPoints, &SweepEstimate)| points.count() as f64 * estimate.seconds_per_point;
    points.iter().zip(estimates).map(one).sum::<f64>() * plan.assets.len() as f64 / cores as f64
}
