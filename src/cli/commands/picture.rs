//! The pictures of a sweep: `--report` and `--chart`.

use super::{Context, report};
use crate::cli::args::SweepArgs;
use crate::cli::fault::Fault;
use crate::cli::reproduce::Origin;
use crate::cli::select::Selection;
use crate::cli::{heatmap, pages, resolve};
use crate::data::Known;
use crate::engine::{self, Plan, Points};
use crate::report::html::{self, Cube, Span, SweepPage};
use crate::report::{Row, Summary};
use crate::sim::metrics;

/// What gathers the points, if a picture is wanted.
#[must_use]
pub fn cube(args: &SweepArgs, plan: &Plan, points: &Points, selection: &Selection) -> Option<Cube> {
    if args.pictures.report.is_none() && !args.pictures.chart {
        return None;
    }
    let (grid, sample) = points.grid();
    let sort = metrics::find(selection.sort()).unwrap_or(0);
    Some(Cube::new(plan.param_names(), grid.values(), plan.assets.len(), sample, sort))
}

/// Writes the page, and gives the map for the terminal: empty where none is wanted.
///
/// # Errors
/// When the page cannot be written.
pub fn draw(
    args: &SweepArgs,
    plan: &Plan,
    (cube, best): (Option<Cube>, &[Row]),
    (summary, known): (&Summary, &[(String, Known)]),
    selection: &Selection,
    context: &Context,
) -> Result<String, Fault> {
    let Some(mut cube) = cube else { return Ok(String::new()) };
    if let Some(path) = &args.pictures.report {
        if args.random.is_none() {
            keep_near(&mut cube, plan);
        }
        let folder = resolve::data_dir(&context.global, &context.config);
        let origin = Origin::of(plan, &folder);
        let assets: Vec<String> = plan.assets.iter().map(|entry| entry.symbol.clone()).collect();
        let swept: Vec<String> = known.iter().map(|(symbol, _)| symbol.clone()).collect();
        let mut notes = pages::notes(known.iter().any(|(_, known)| known.synthetic));
        if args.ranking.filter.is_some() {
            notes.push(
                "Only the table of the best goes by --where; map, ring and neighbours are of all points.".to_owned(),
            );
        }
        let page = html::sweep(&SweepPage {
            title: format!("{} {} · {}", report::named(&swept), plan.interval, plan.strategies[0].strategy.name),
            commands: assets.iter().map(|symbol| origin.start(symbol, &args.strategy)).collect(),
            assets,
            cube: &cube,
            sort: selection.sort(),
            top: best,
            computed: summary.hits + summary.misses,
            skipped: summary.skipped,
            span: Span::of(known.iter().map(|(_, known)| (known.start, known.end, known.bars))),
            failed: &summary.failed,
            settled: true,
            notes,
        });
        pages::write("--report", path, &page)?;
    }
    let metric = &metrics::TABLE[metrics::find(selection.sort()).unwrap_or(0)];
    Ok(if args.pictures.chart { heatmap::sweep(&cube, metric, context.printer) } else { String::new() })
}

/// Lets a thinned grid hold the neighbours of its best. They were computed, but are not at hand any more: a few points
/// are soon computed again. Where that fails, the best stands alone.
fn keep_near(cube: &mut Cube, plan: &Plan) {
    let Some((asset, near)) = cube.lacking() else { return };
    for (values, outcome) in engine::near(plan, asset, near).unwrap_or_default() {
        cube.keep(asset, &values, &outcome.metrics);
    }
}
