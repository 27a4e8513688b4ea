//! The pictures of a sweep: maps of its grids in the terminal, and its page.

use crate::args::SweepArgs;
use crate::commands::Context;
use crate::commands::report::named;
use crate::commands::results::pages;
use crate::commands::results::reproduce::{Reproduction, TestedBars};
use crate::commands::sweep::output::skipped;
use crate::data::{Known, escape};
use crate::engine::{self, BoundStrategy, GridPoints, Plan, Ranking};
use crate::error::Error;
use crate::output::luck::SweepLuck;
use crate::output::{format, heatmap};
use crate::report::html::{self, SweepPage, Tested, TestedOn, TestedRange};
use crate::sim::metrics;
use crate::sim::{Row, Summary, SweepGrid};

/// A sweep of which pictures are drawn, as far as they are wanted.
#[derive(Clone, Copy)]
pub(super) struct SweepPictures<'a> {
    pub plan: &'a Plan,
    /// Of each strategy.
    pub points: &'a [GridPoints],
    /// The strategies as they were named.
    pub names: &'a [String],
    pub selection: &'a Ranking,
    pub args: &'a SweepArgs,
    pub context: &'a Context,
}

impl SweepPictures<'_> {
    /// What gathers the points of each strategy, if a picture of them is wanted.
    pub(super) fn grids(&self) -> Vec<SweepGrid> {
        let Self { plan, points, selection, args, .. } = *self;
        // A page of several strategies ranks them, and has no map.
        let is_mapped = args.pictures.chart || (args.pictures.report.is_some() && points.len() == 1);
        if !is_mapped {
            return Vec::new();
        }
        let one = |(points, bound): (&GridPoints, &BoundStrategy)| {
            let (grid, sample) = points.grid();
            let names = bound.strategy.params.iter().map(|param| param.name.clone()).collect();
            SweepGrid::new(names, grid.values(), plan.assets.len(), sample, selection.by)
        };
        points.iter().zip(&plan.strategies).map(one).collect()
    }

    /// Writes the page, and gives the maps for the terminal: empty where none is wanted.
    pub(super) fn draw(
        &self,
        mut grids: Vec<SweepGrid>,
        (best, median): (&[Row], Option<&Row>),
        luck: &SweepLuck,
        swept: (&Summary, &[(String, Known)]),
    ) -> Result<String, Error> {
        let Self { plan, selection, args, context, .. } = *self;
        if let Some(path) = &args.pictures.report {
            let page = match grids.as_mut_slice() {
                [grid] => self.page(grid, (best, median), luck, swept),
                _ => self.ranked_page(best, luck, swept),
            };
            pages::write("--report", path, &page)?;
        }
        if !args.pictures.chart {
            return Ok(String::new());
        }
        let metric = &metrics::TABLE[metrics::find(selection.sort()).unwrap_or(0)];
        let map = |(grid, bound): (&SweepGrid, &BoundStrategy)| {
            let title =
                if plan.strategies.len() > 1 { format!("{}\n", escape(&bound.strategy.name)) } else { String::new() };
            title + &heatmap::sweep(grid, metric, context.printer)
        };
        Ok(grids.iter().zip(&plan.strategies).map(map).collect::<Vec<_>>().join("\n"))
    }

    /// The page of one strategy: its map, and the best.
    fn page(
        &self,
        grid: &mut SweepGrid,
        (best, median): (&[Row], Option<&Row>),
        luck: &SweepLuck,
        (summary, known): (&Summary, &[(String, Known)]),
    ) -> String {
        let Self { plan, selection, args, context, .. } = *self;
        if args.random.is_none() {
            keep_near(grid, plan);
        }
        let origin = Reproduction::of(plan, &context.data_dir);
        let assets: Vec<String> = plan.assets.iter().map(|entry| entry.symbol.clone()).collect();
        let bars = |symbol: &String| {
            let known = known.iter().find(|(other, _)| other == symbol);
            known.map(|(_, known)| TestedBars { first: known.start, last: known.end, warmup: Some(known.warmup_bars) })
        };
        let swept: Vec<String> = known.iter().map(|(symbol, _)| symbol.clone()).collect();
        let mut notes = pages::notes(known.iter().any(|(_, known)| known.synthetic));
        notes.extend(luck.lines());
        if args.ranking.filter.is_some() {
            notes.push("--where filters the table of the best; all else is of all combinations.".to_owned());
        }
        html::sweep(&SweepPage {
            title: format!("{} {} · {}", named(&swept), plan.interval, plan.strategies[0].strategy.name),
            commands: assets.iter().map(|symbol| origin.start(symbol, &self.names[0], bars(symbol))).collect(),
            assets,
            on: TestedOn::EachAsset,
            cube: grid,
            sort: selection.sort(),
            top: best,
            median,
            best: best.first().and_then(|row| pages::curve(plan, row)),
            computed: summary.hits + summary.misses,
            skipped: if summary.skipped > 0 { skipped(summary) } else { String::new() },
            span: TestedRange::of(known.iter().map(|(_, known)| (known.start, known.end, known.bars))),
            failed: &summary.failed,
            settled: true,
            notes,
        })
    }

    /// The page of several strategies: the best of all, ranked.
    fn ranked_page(&self, best: &[Row], luck: &SweepLuck, (summary, known): (&Summary, &[(String, Known)])) -> String {
        let Self { plan, names, selection, context, .. } = *self;
        let all = summary.hits + summary.misses;
        let mut notes = pages::notes(known.iter().any(|(_, known)| known.synthetic));
        notes.extend(luck.lines());
        notes.push(format!(
            "Shown are the best {} of {}; a sweep of one strategy has a map of its grid.",
            format::count(best.len() as u64),
            format::counted(all, "combination"),
        ));
        let tested =
            Tested { assets: known.len(), strategies: plan.strategies.len(), results: all, totals: Vec::new() };
        // Each of the best as a strategy with its own values.
        let of = |row: &Row| plan.strategies.iter().position(|bound| bound.strategy.name == row.strategy).unwrap_or(0);
        let chosen: Vec<usize> = best.iter().map(of).collect();
        let bound = |(row, &at): (&Row, &usize)| {
            let values = row.params.iter().map(|(_, value)| *value).collect();
            BoundStrategy { strategy: plan.strategies[at].strategy.clone(), values }
        };
        let shown = Plan { strategies: best.iter().zip(&chosen).map(bound).collect(), ..plan.clone() };
        let given: Vec<String> = chosen.iter().map(|&at| names[at].clone()).collect();
        let asset = |row: &Row| plan.assets.iter().position(|entry| entry.symbol == row.symbol);
        let places: Vec<_> = best.iter().enumerate().map(|(at, row)| Some((asset(row)?, at))).collect();
        let origin = Reproduction::of(plan, &context.data_dir);
        pages::batch(&shown, &origin, (best, &places), tested, &summary.failed, selection, &given, notes)
    }
}

/// Lets a thinned grid hold the neighbours of its best. They were computed, but are not at hand any more: a few points
/// are soon computed again. Where that fails, the best stands alone.
fn keep_near(grid: &mut SweepGrid, plan: &Plan) {
    let Some((asset, near)) = grid.missing_neighbours() else { return };
    for (values, outcome) in engine::recompute_points(plan, asset, near).unwrap_or_default() {
        grid.hold(asset, &values, &outcome.metrics);
    }
}
