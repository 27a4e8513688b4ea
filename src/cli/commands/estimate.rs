//! What a sweep would cost, from computing a small part of it.

use crate::cache::Results;
use crate::cli::fault::Fault;
use crate::cli::text;
use crate::engine::{self, Plan, Points};

/// Points that are timed.
const TIMED: usize = 256;
/// Blocks for which the cache is asked.
const ASKED: u64 = 64;

/// The text of `--dry-run`.
///
/// # Errors
/// When the first asset's candles cannot be used.
pub fn dry_run(plan: &Plan, points: &Points, results: &Results) -> Result<String, Fault> {
    let total = points.count().saturating_mul(plan.assets.len() as u64);
    let probe = engine::probe(plan, points, results, TIMED, ASKED).map_err(Fault::failed)?;
    let seconds = seconds(plan, &probe, total);
    let cached = match probe.asked {
        0 => "nothing: blocks this small are computed faster than fetched".to_owned(),
        asked => format!("{} of {} looked for", probe.cached, text::counted(asked, "block")),
    };
    Ok(format!(
        "combinations  {} ({} points on {})\nblocks        {}\nin the cache  {cached}\ntime          about {} on {}\nmemory        about {}, whatever the number of combinations\n",
        text::count(total),
        text::count(points.count()),
        text::counted(plan.assets.len(), "asset"),
        text::count(points.blocks().saturating_mul(plan.assets.len() as u64)),
        text::duration(seconds * 1000.0),
        text::counted(plan.threads, "thread"),
        text::bytes(probe.bytes),
    ))
}

/// How long the whole sweep would take, in words; nothing where the candles cannot be used.
#[must_use]
pub fn time(plan: &Plan, points: &Points) -> Option<String> {
    let total = points.count().saturating_mul(plan.assets.len() as u64);
    let probe = engine::probe(plan, points, &Results::off(), TIMED, 0).ok()?;
    Some(text::duration(seconds(plan, &probe, total) * 1000.0))
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn seconds(plan: &Plan, probe: &engine::Probe, total: u64) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(plan.threads);
    probe.seconds_per_point * total as f64 / cores as f64
}
