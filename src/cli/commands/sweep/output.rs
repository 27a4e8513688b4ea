//! What a sweep prints: the best, what all together say, and how much of it may be luck.

use crate::args::OutputFormat;
use crate::commands::execution::CacheUse;
use crate::commands::{Context, results};
use crate::data::escape;
use crate::engine::{GridPoints, KeyMaker, Plan, Ranking, SweepPoint, SweepTop};
use crate::error::Error;
use crate::output::luck::SweepLuck;
use crate::output::sweep_rows::asset_row;
use crate::output::{format, result_tables};
use crate::report;
use crate::report::json::Highlights;
use crate::sim::{RankSpread, Row, Summary};

/// A sweep whose points are ranked and shown.
#[derive(Clone, Copy)]
pub(super) struct SweepOutput<'a> {
    pub plan: &'a Plan,
    /// Of each strategy.
    pub points: &'a [GridPoints],
    pub selection: &'a Ranking,
    pub context: &'a Context,
}

impl SweepOutput<'_> {
    /// The text for stdout.
    ///
    /// # Errors
    /// Never in practice: it is made in memory.
    pub(super) fn printed(
        &self,
        shown: &SweepTop,
        luck: &SweepLuck,
        (summary, totals): (&Summary, String),
        format: OutputFormat,
    ) -> Result<String, Error> {
        let Self { plan, selection, context, .. } = *self;
        let key_maker = KeyMaker::new(plan);
        let row = |point: &SweepPoint| row(plan, &key_maker, point);
        let best: Vec<Row> = shown.best.iter().map(row).collect();
        let (median, worst) = (shown.median.as_ref().map(row), shown.worst.as_ref().map(row));
        let SweepTop { never_traded, few_trades, passing, .. } = *shown;
        let all = RankSpread { median: median.as_ref(), worst: worst.as_ref(), never_traded, few_trades };
        let matches = selection.filter.as_ref().map(|_| passing);
        Ok(match format {
            OutputFormat::Json => {
                let (sort, first) = (selection.sort(), best.first());
                let (honesty, reality_check) = (luck.honesty.as_ref(), luck.reality_check.as_ref());
                let (all, by_strategy) = (Some(all), &[][..]);
                let last = &[][..];
                let highlights =
                    Highlights { sort, best: first, all, matches, by_strategy, last, honesty, reality_check };
                report::json::batch(&best, summary, &highlights)
            }
            OutputFormat::Csv => results::as_text(report::csv::rows(&best, &plan.param_names()))?,
            OutputFormat::Table => {
                let why = if best.is_empty() { self.nothing(summary) } else { String::new() };
                let table = result_tables::ranking(&best, &all, &[], selection.sort(), context.printer);
                let matches = matches.filter(|_| !best.is_empty()).map_or_else(String::new, |matches| {
                    let of = format::counted(summary.hits + summary.misses, "combination");
                    result_tables::matches_remark(matches, &of, selection.condition().unwrap_or_default())
                });
                why + &table
                    + &totals
                    + &matches
                    + &result_tables::trades_remark(&all, selection.by.min_trades, "combination")
                    + &luck.lines().into_iter().map(|line| line + "\n").collect::<String>()
            }
        })
    }

    /// Why there is no best.
    fn nothing(&self, summary: &Summary) -> String {
        let computed = summary.hits + summary.misses;
        if let Some(condition) = self.selection.condition().filter(|_| computed > 0) {
            let what = format::counted(computed, "combination");
            return format!("None of {what} fulfils --where '{}'.\n", escape(condition));
        }
        let broken = self.points.iter().zip(&self.plan.strategies).find_map(|(points, bound)| {
            points.block(0).into_iter().next().and_then(|values| bound.strategy.check_require(&values).err())
        });
        match broken.filter(|_| summary.skipped > 0) {
            Some(broken) => format!("No result to show; every combination is skipped like the first: {broken}.\n"),
            None => "No result to show.\n".to_owned(),
        }
    }
}

/// A point as every output has it.
pub(super) fn row(plan: &Plan, key_maker: &KeyMaker, point: &SweepPoint) -> Row {
    let names = plan.strategies[point.strategy].strategy.params.iter().map(|param| param.name.clone());
    Row {
        params: names.zip(point.values.iter().copied()).collect(),
        key: key_maker.point(plan, point.strategy, &point.candles, &point.values).to_string(),
        warmup_bars: point.candles.warmup_bars(),
        ..asset_row(plan, (point.strategy, point.asset), &point.outcome, point.cache)
    }
}

/// The line below the table.
pub(super) fn totals(summary: &Summary, cache: &CacheUse) -> String {
    let computed = summary.hits + summary.misses;
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let rate = summary.misses as f64 / summary.elapsed_ms.max(0.001) * 1000.0;
    format!(
        "{} on {}: {}, {} computed ({}/s), {}, {} failed, in {}\n",
        format::counted(computed, "combination"),
        format::counted(summary.assets, "asset"),
        cache.of_hits(summary.hits),
        format::count(summary.misses as u64),
        format::grouped(rate, 0),
        skipped(summary),
        format::counted(summary.failed.len(), "asset"),
        format::duration(summary.elapsed_ms),
    )
}

/// How many points were not computed, and why.
pub(super) fn skipped(summary: &Summary) -> String {
    let [require, indicators] =
        [summary.broken, summary.skipped - summary.broken].map(|count| format::count(count as u64));
    match (summary.broken, summary.skipped - summary.broken) {
        (0, 0) => "none skipped".to_owned(),
        (_, 0) => format!("{require} skipped by the strategy's require"),
        (0, _) => format!("{indicators} skipped because an indicator does not take their values"),
        _ => format!(
            "{require} skipped by the strategy's require and {indicators} because an indicator does not take their values"
        ),
    }
}
