//! What `cache verify` looks at of strategies with a `[portfolio]`: their accounts over all assets, and the scores of each.

use crate::args::VerifyArgs;
use crate::cache::{EntryKind, Results, Stats};
use crate::commands::Context;
use crate::data::{CandleFile, Index};
use crate::engine::{self, BoundStrategy, GridPoints, Sample, Verified};
use crate::error::Error;
use crate::output::progress::{Interrupts, ProgressBar};
use crate::settings::given::Given;
use crate::settings::request::BacktestRequest;
use crate::settings::{benchmark, environment, strategies, time};
use crate::sim::strategy::{Grid, ParamArg, Strategy};

/// Strategies with a portfolio, each with the parameters that it was given.
pub(super) struct Portfolios(Vec<(Strategy, Vec<ParamArg>)>);

impl Portfolios {
    /// Those of these names.
    ///
    /// # Errors
    /// An unknown strategy, or exits that make no sense together.
    pub(super) fn of(names: &[String], given: &[ParamArg]) -> Result<Self, Error> {
        let mut all = Vec::new();
        for name in names {
            let mut strategy = strategies::load(name.trim())?;
            if strategy.portfolio.is_none() {
                continue;
            }
            let own =
                if strategy.is_weighted() { given.to_vec() } else { strategies::with_exits(&mut strategy, given)? };
            let own = own.into_iter().filter(|arg| strategy.param_index(&arg.name).is_ok()).collect();
            all.push((strategy, own));
        }
        Ok(Self(all))
    }

    /// The names of strategies that single assets are tested by, with the parameters that are not of portfolios alone.
    ///
    /// # Errors
    /// An unknown strategy.
    pub(super) fn rest(&self, names: &[String], given: Vec<ParamArg>) -> Result<(Vec<String>, Vec<ParamArg>), Error> {
        let mut single: Vec<(&String, Strategy)> = Vec::new();
        for name in names {
            let strategy = strategies::load(name.trim())?;
            if !strategy.is_weighted() {
                single.push((name, strategy));
            }
        }
        let is_of_single = |arg: &ParamArg| single.iter().any(|(_, one)| one.param_index(&arg.name).is_ok());
        let is_of_portfolio = |arg: &ParamArg| self.0.iter().any(|(_, own)| own.iter().any(|one| one.name == arg.name));
        let given = given.into_iter().filter(|arg| is_of_single(arg) || !is_of_portfolio(arg)).collect();
        Ok((single.into_iter().map(|(name, _)| name.clone()).collect(), given))
    }

    /// What their stored accounts and scores come to on these assets.
    ///
    /// # Errors
    /// Parameters or settings that do not fit.
    pub(super) fn verify(
        &self,
        (args, context): (&VerifyArgs, &Context),
        request: &BacktestRequest,
        assets: &[CandleFile],
        (results, sample): (&Results, Sample),
        signals: &Interrupts,
    ) -> Result<Verified, Error> {
        let mut all = Verified::default();
        if self.0.is_empty() {
            return Ok(all);
        }
        let ago = time::length(&Given::by_flag("--ago", &args.ago))?;
        let mut index = Index::open(environment::cache_dir().as_deref());
        for (strategy, own) in &self.0 {
            let wrong = |error: &dyn std::fmt::Display| Error::usage(format!("--param: {error}"));
            let grid = Grid::new(strategy, own).map_err(|error| wrong(&error))?;
            // Scores are those of one value of each parameter, as `rank` takes it.
            let single = own.iter().filter_map(|arg| Some((arg.name.clone(), arg.values.single()?)));
            let values = strategy.resolve(&single.collect::<Vec<_>>()).map_err(|error| wrong(&error))?;
            let points = GridPoints::All(grid);
            let bound = BoundStrategy { strategy: strategy.clone(), values };
            let mut plan = request.plan(assets.to_vec(), vec![bound], false)?;
            let bar = || ProgressBar::stoppable(context.printer, "assets", signals.clone());
            all = all.and(engine::verify_scores(&plan, ago, results, sample, &bar()));
            if points.count() > 1 {
                plan.cover(std::iter::once(points.grid().0));
            }
            let plan = benchmark::measured(plan, request.benchmark.as_ref(), &context.data_dir)?;
            all = all.and(engine::verify_portfolio(&plan, &points, (results, &mut index), sample, &bar()));
        }
        Ok(all)
    }

    /// Entries of the kinds that are looked at, of whatever request.
    pub(super) fn entries(&self, stats: &Stats) -> u64 {
        if self.0.is_empty() {
            return 0;
        }
        let kinds = [EntryKind::Portfolio, EntryKind::Score];
        kinds.iter().filter_map(|kind| stats.kinds.get(kind.name())).map(|tally| tally.entries).sum()
    }
}
