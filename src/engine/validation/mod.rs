//! Whether results are more than luck: what a sweep's best is worth, what else could have become of a run, and whether a
//! strategy looks ahead. The mathematics is in `sim/metrics/validation`; here are the candles and the threads.

mod honesty;
mod prove;
mod reality_check;

pub use honesty::{BlockHonesty, DEFAULT_BLOCKS, HonestyCollector, honesty_segments};
pub(super) use honesty::{cross_validated, neighbours};
pub use prove::{CutDifference, IndicatorStarts, Proof, STARTS, prove};
pub use reality_check::reality_check;
pub(super) use reality_check::{data_snooping, most_points, segment_count};

use crate::plan::Plan;
use crate::pool::Pool;
use crate::replay::Replay;
use crate::sim::metrics::validation::{MonteCarlo, MonteCarloRun, RunHistory};

/// Parts of the work for each thread, so that none waits long for the last.
const PARTS: u64 = 8;

/// So many repetitions of a result of the plan with the random numbers of a seed; the same for any number of threads.
///
/// # Errors
/// Too few bars, in words that name the remedy.
pub fn monte_carlo(plan: &Plan, replay: &Replay, repetitions: u64, seed: u64) -> Result<MonteCarlo, String> {
    let bars = replay.candles.len();
    if bars < MonteCarloRun::LEAST_BARS {
        return Err(format!(
            "--monte-carlo needs at least {} bars, and there are {bars}; choose a longer range with --from and --to, or a shorter --interval",
            MonteCarloRun::LEAST_BARS
        ));
    }
    let bars_per_year = plan.terms().bars_per_year(&replay.candles);
    let run = MonteCarloRun::new(
        &RunHistory {
            candles: &replay.candles,
            equity: &replay.equity,
            trades: &replay.trades,
            capital: plan.settings.capital,
            bars_per_year,
            risk_free: plan.settings.risk_free_per_bar(bars_per_year),
        },
        repetitions,
        seed,
    );
    let parts = PARTS * plan.threads as u64;
    Ok(run.result(Pool::new(plan.threads).map((0..parts).collect(), |part| run.part(part, parts))))
}
