//! The pictures of a portfolio's grid: its map in the terminal, and its page.

use crate::args::PortfolioArgs;
use crate::commands::Context;
use crate::commands::results::pages;
use crate::commands::results::reproduce::Reproduction;
use crate::commands::universe::portfolio::tables;
use crate::engine::{GridPoints, PORTFOLIO, Plan, PortfolioPoint, Ranking, UniverseData, UniverseSpan};
use crate::error::Error;
use crate::output::heatmap;
use crate::output::luck::SweepLuck;
use crate::report::html::{self, SweepPage, TestedOn, TestedRange};
use crate::sim::metrics;
use crate::sim::{EquityCurve, Row, Summary, SweepGrid};

/// A grid of which pictures are drawn, as far as they are wanted.
pub(in crate::commands::universe::portfolio) struct GridPictures<'a> {
    pub plan: &'a Plan,
    /// The strategy as it was named.
    pub name: &'a str,
    pub points: &'a GridPoints,
    pub all: &'a [PortfolioPoint],
    pub selection: &'a Ranking,
    pub args: &'a PortfolioArgs,
    pub context: &'a Context,
}

impl GridPictures<'_> {
    /// Writes the page, and gives the map for the terminal: empty where none is wanted.
    pub(in crate::commands::universe::portfolio) fn draw(
        &self,
        data: &mut UniverseData,
        ranked: (&[Row], Option<&Row>),
        luck: &SweepLuck,
        summary: &Summary,
    ) -> Result<String, Error> {
        let Self { args, context, selection, .. } = *self;
        if !args.pictures.chart && args.pictures.report.is_none() {
            return Ok(String::new());
        }
        let mut grid = self.grid();
        if let Some(path) = &args.pictures.report {
            pages::write("--report", path, &self.page((&mut grid, data), ranked, luck, summary))?;
        }
        if !args.pictures.chart {
            return Ok(String::new());
        }
        let metric = &metrics::TABLE[metrics::find(selection.sort()).unwrap_or(0)];
        Ok(heatmap::sweep(&grid, metric, context.printer) + "\n")
    }

    fn grid(&self) -> SweepGrid {
        let Self { plan, points, all, selection, .. } = *self;
        let (grid, sample) = points.grid();
        let names = plan.strategies[0].strategy.params.iter().map(|param| param.name.clone()).collect();
        let mut map = SweepGrid::new(names, grid.values(), 1, sample, selection.by);
        for point in all {
            map.add(0, &point.values, &point.outcome.metrics);
        }
        map.finish();
        if sample.is_none()
            && let Some((_, near)) = map.missing_neighbours()
        {
            // A thinned map has the neighbours of its best.
            for point in all.iter().filter(|point| near.contains(&point.values)) {
                map.hold(0, &point.values, &point.outcome.metrics);
            }
        }
        map
    }

    fn page(
        &self,
        (grid, data): (&mut SweepGrid, &mut UniverseData),
        (best, median): (&[Row], Option<&Row>),
        luck: &SweepLuck,
        summary: &Summary,
    ) -> String {
        let Self { plan, name, selection, args, context, .. } = *self;
        let mut notes = pages::notes(data.known.iter().any(|(_, known)| known.synthetic));
        notes.push(tables::universe_line(&UniverseSpan::of(&data.known)));
        notes.extend(luck.lines());
        if args.ranking.filter.is_some() {
            notes.push("--where filters the table of the best; all else is of all configurations.".to_owned());
        }
        let origin = Reproduction::of(plan, &context.data_dir);
        // Parameters are added where a point is chosen.
        let start = best.first().map(|row| Row { params: Vec::new(), ..row.clone() });
        let start = start.map_or_else(String::new, |row| origin.of_portfolio(&row, name, &args.assets));
        let curve = best.first().map(|row| {
            let values: Vec<f64> = row.params.iter().map(|(_, value)| *value).collect();
            let equity = data.equity(plan, &values);
            let (time, hold) = (data.universe.time.clone(), &data.benchmark.hold);
            EquityCurve::of_closes(time, equity, hold, plan.settings.capital)
        });
        html::sweep(&SweepPage {
            title: format!("{PORTFOLIO} {} · {}", plan.interval, plan.strategies[0].strategy.name),
            commands: vec![start],
            assets: vec![PORTFOLIO.to_owned()],
            on: TestedOn::Portfolio(Some(data.known.len())),
            cube: grid,
            sort: selection.sort(),
            top: best,
            median,
            best: curve,
            computed: summary.hits + summary.misses,
            skipped: if summary.skipped > 0 {
                format!("{} skipped because their parameters do not fit together", summary.skipped)
            } else {
                String::new()
            },
            span: TestedRange::of(data.known.iter().map(|(_, known)| (known.start, known.end, known.bars))),
            failed: &summary.failed,
            settled: true,
            notes,
        })
    }
}
