//! Many assets in one account: from a plan to its result, through the cache where nothing but figures is wanted.

mod configurations;
mod honesty;
mod scheduled;
mod score_sets;
mod slot_runs;
mod universe_data;

use std::time::{Duration, Instant};

pub use self::configurations::{PortfolioPoint, seconds_of_configuration};
pub use self::honesty::{portfolio_honesty, portfolio_reality_check};
pub use self::universe_data::{UniverseData, UniverseSpan, universe_id};

pub(super) use self::configurations::to_stored;
pub(super) use self::scheduled::PreparedPoints;

use self::configurations::from_stored;
use super::plan::{KeyMaker, Plan};
use crate::cache::{CacheMode, EntryId, EntryKind, Key, Results};
use crate::data::{CandleFile, Index, Known};
use crate::pool::{Pool, Progress};
use crate::sim::fold::portfolio::{PortfolioFigures, PortfolioRun};
use crate::sim::metrics::Outcome;
use crate::sim::metrics::validation::BlockReturns;
use crate::sim::{CacheState, CandleId, Failed};

/// Name under which portfolios stand where results have the symbol of an asset.
pub const PORTFOLIO: &str = "portfolio";

/// What is known of one configuration of a portfolio.
#[derive(Clone, Debug, PartialEq)]
pub struct PortfolioOutcome {
    /// All metrics.
    pub outcome: Outcome,
    /// Figures beside them.
    pub figures: PortfolioFigures,
    /// Profit of each asset as a fraction of the capital, in the order of the universe.
    pub contributions: Vec<f64>,
    /// Sums over the returns of equal blocks of time, for cross-validation; none of too few bars.
    pub blocks: Vec<BlockReturns>,
}

/// The result of one configuration.
pub struct PortfolioResult {
    /// Its figures.
    pub found: PortfolioOutcome,
    /// Symbols of the assets, in the order of the universe.
    pub symbols: Vec<String>,
    /// The assets in time.
    pub span: UniverseSpan,
    /// Equity, trades and weights, with the data they come of; only where that was wanted.
    pub history: Option<(PortfolioRun, UniverseData)>,
    /// What is known of each asset's candles.
    pub known: Vec<(String, Known)>,
    /// Assets that could not be read: the result is of the others.
    pub failed: Vec<Failed>,
    /// Assets without a bar in the range.
    pub absent: Vec<String>,
    /// Where it came from.
    pub cache: CacheState,
    /// Its identity.
    pub key: Key,
    /// Time it took.
    pub elapsed: Duration,
}

/// The plan's first strategy in one account over the plan's assets. With a history, equity, trades and weights are there,
/// and candles are read in any case.
///
/// # Errors
/// When there is no asset that can be used.
pub fn run_portfolio(
    plan: &Plan,
    results: &Results,
    index: &mut Index,
    wants_history: bool,
    progress: &dyn Progress,
) -> Result<PortfolioResult, String> {
    let begun = Instant::now();
    let key_maker = KeyMaker::new(plan);
    let bound = &plan.strategies[0];
    let strategy = bound.strategy.name.as_str();
    let entry = |key: Key| EntryId { key, kind: EntryKind::Portfolio, symbol: PORTFOLIO, strategy };
    let key_of = |id: &CandleId| key_maker.portfolio(plan, id, &bound.values);
    let look_up = |key: Key, assets: usize| {
        let stored = results.get(&[entry(key)]).into_iter().next().flatten()?;
        from_stored(stored, assets)
    };
    let known = UniverseData::look_up(plan, index).filter(|_| !wants_history);
    if let Some((id, known)) = known {
        let key = key_of(&id);
        if let Some(found) = look_up(key, known.len()) {
            let symbols = known.iter().map(|(symbol, _)| symbol.clone()).collect();
            let span = UniverseSpan::of(&known);
            let (cache, elapsed) = (CacheState::Hit, begun.elapsed());
            let (failed, absent) = (Vec::new(), Vec::new());
            return Ok(PortfolioResult {
                found,
                symbols,
                span,
                history: None,
                known,
                failed,
                absent,
                cache,
                key,
                elapsed,
            });
        }
    }
    let pool = Pool::new(plan.threads);
    let points = [bound.values.clone()];
    let mut data = UniverseData::load(plan, &points, wants_history, (index, &pool, progress))?;
    let key = key_of(&data.id);
    // Also where the index does not know the files, or not yet: a file of this moment could still change.
    let stored = look_up(key, data.symbols().len());
    let run = data.run(plan, &bound.values, &pool);
    let found = data.outcome(plan, &run);
    let cache = match (&stored, results.mode()) {
        (_, CacheMode::Off) => CacheState::Off,
        (Some(_), _) => CacheState::Hit,
        (None, _) => CacheState::Miss,
    };
    if stored.is_none() {
        results.put(&entry(key), &to_stored(&found));
    }
    let (failed, absent) = (std::mem::take(&mut data.failed), std::mem::take(&mut data.absent));
    let (symbols, known) = (data.symbols(), data.known.clone());
    let span = UniverseSpan::of(&known);
    let history = wants_history.then_some((run, data));
    Ok(PortfolioResult { found, symbols, span, history, known, failed, absent, cache, key, elapsed: begun.elapsed() })
}

/// The candle files of a plan in the order of their symbols, which is that of the universe.
fn in_order(plan: &Plan) -> Vec<&CandleFile> {
    let mut files: Vec<&CandleFile> = plan.assets.iter().collect();
    files.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    files
}
