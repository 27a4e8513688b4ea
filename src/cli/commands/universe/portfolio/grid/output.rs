//! The configurations of a portfolio's grid, ranked: as table, JSON and files.

use std::path::Path;

use crate::args::OutputFormat;
use crate::commands::{Context, results};
use crate::data::escape;
use crate::engine::{PORTFOLIO, Plan, PortfolioPoint, Ranking};
use crate::error::Error;
use crate::output::luck::SweepLuck;
use crate::output::{format, result_tables};
use crate::report;
use crate::report::json::Highlights;
use crate::sim::{CacheState, RankSpread, Row, Summary};

/// Rows shown by default.
const TOP: usize = 20;

/// All configurations, and the best of them.
pub(in crate::commands::universe::portfolio) struct GridOutput<'a> {
    plan: &'a Plan,
    selection: &'a Ranking,
    context: &'a Context,
    rows: Vec<Row>,
    best: Vec<Row>,
    /// How many fulfil the condition.
    passing: usize,
}

impl<'a> GridOutput<'a> {
    /// Of these points.
    pub(in crate::commands::universe::portfolio) fn new(
        plan: &'a Plan,
        selection: &'a Ranking,
        all: &[PortfolioPoint],
        context: &'a Context,
    ) -> Self {
        let rows: Vec<Row> = all.iter().map(|point| row(plan, point)).collect();
        let ranking = if selection.top().is_none() { selection.with_top(TOP) } else { selection.clone() };
        let (best, passing) = ranking.apply(rows.clone());
        Self { plan, selection, context, rows, best, passing }
    }

    /// How many were in the cache, and how many were not.
    pub(in crate::commands::universe::portfolio) fn hits_and_misses(&self) -> (usize, usize) {
        let hits = self.rows.iter().filter(|row| row.cache == CacheState::Hit).count();
        (hits, self.rows.len() - hits)
    }

    /// The number of the best among the points.
    pub(in crate::commands::universe::portfolio) fn top(&self) -> Option<usize> {
        self.best.first().and_then(|best| self.rows.iter().position(|row| row.key == best.key))
    }

    /// The best, and the one in the middle.
    pub(in crate::commands::universe::portfolio) fn shown(&self) -> (&[Row], Option<&Row>) {
        (&self.best, RankSpread::of(&self.rows, self.selection.by).median)
    }

    /// Writes the file, and gives what is printed; `totals` ends the table.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(in crate::commands::universe::portfolio) fn written(
        &self,
        luck: &SweepLuck,
        (summary, totals): (&Summary, &str),
        (out, format): (Option<&Path>, OutputFormat),
    ) -> Result<String, Error> {
        let Self { plan, selection, rows, best, .. } = self;
        let json = || {
            let highlights = Highlights {
                sort: selection.sort(),
                best: best.first(),
                all: Some(RankSpread::of(rows, selection.by)),
                matches: selection.filter.as_ref().map(|_| self.passing),
                honesty: luck.honesty.as_ref(),
                reality_check: luck.reality_check.as_ref(),
                ..Highlights::default()
            };
            report::json::batch(best, summary, &highlights)
        };
        if let Some(path) = out {
            // A file holds all that pass the filter.
            let (passing, _) = selection.with_top(usize::MAX).apply(rows.clone());
            results::write_rows(path, &passing, &plan.param_names(), json)?;
        }
        Ok(match format {
            OutputFormat::Json => json(),
            OutputFormat::Csv => results::as_text(report::csv::rows(best, &plan.param_names()))?,
            OutputFormat::Table => self.table(luck, totals),
        })
    }

    fn table(&self, luck: &SweepLuck, totals: &str) -> String {
        let Self { selection, rows, best, context, .. } = self;
        let why = match selection.condition() {
            Some(condition) if best.is_empty() => {
                format!("None of the configurations fulfils --where '{}'.\n", escape(condition))
            }
            _ if best.is_empty() => "No result to show.\n".to_owned(),
            _ => String::new(),
        };
        let spread = RankSpread::of(rows, selection.by);
        why + &result_tables::ranking(best, &spread, &[], selection.sort(), context.printer)
            + totals
            + &luck.lines().into_iter().map(|line| line + "\n").collect::<String>()
    }
}

/// How many points were not computed, behind a comma; nothing where all were.
pub(in crate::commands::universe::portfolio) fn skipped(summary: &Summary) -> String {
    match summary.skipped {
        0 => String::new(),
        count => format!(", {} skipped because their parameters do not fit together", format::count(count as u64)),
    }
}

fn row(plan: &Plan, point: &PortfolioPoint) -> Row {
    let strategy = &plan.strategies[0].strategy;
    Row {
        symbol: PORTFOLIO.to_owned(),
        interval: plan.interval,
        strategy: strategy.name.clone(),
        params: strategy.params.iter().map(|param| param.name.clone()).zip(point.values.iter().copied()).collect(),
        settings: plan.settings,
        benchmark: plan.benchmark_symbol(),
        warmup_bars: 0,
        outcome: point.outcome.clone(),
        trades: None,
        cache: point.cache,
        key: point.key.to_string(),
        elapsed_ms: 0.0,
    }
}
