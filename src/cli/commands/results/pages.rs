//! Results become pages: what `--report` asks for, gathered from plan, rows and candles.

use std::path::Path;

use crate::commands::results::reproduce::Reproduction;
use crate::engine::{self, BoundStrategy, Plan, Ranking, Replay};
use crate::error::Error;
use crate::report;
use crate::report::html::{self, BatchPage, History, Provenance, RowCurve, RunPage, Tested};
use crate::settings::request;
use crate::sim::fold::{Combination, PlotSeries, plot_panes};
use crate::sim::{Breakdown, EquityCurve, Failed, Row, fold};

/// Asset and strategy of a row, by their numbers in a plan.
pub(crate) type PlanPlace = (usize, usize);

/// Finds a page that could not be written, before anything is computed.
///
/// # Errors
/// Another ending than .html, or a place that takes no file.
pub(crate) fn check(path: Option<&Path>) -> Result<(), Error> {
    path.map_or(Ok(()), |path| request::check_file("--report", path, &["html"]))
}

/// Writes a page.
///
/// # Errors
/// When it cannot be written; what was there is unharmed.
pub(crate) fn write(flag: &str, path: &Path, page: &str) -> Result<(), Error> {
    report::file::write(path, page.as_bytes())
        .map_err(|error| Error::failed(format!("{flag} {}: {error}", path.display())))
}

/// A strategy of the plan on its first asset again, with its history; the same bits as the row.
///
/// # Errors
/// Candles that cannot be used, or that are not those of the row any more.
pub(crate) fn replay(plan: &Plan, strategy: usize, row: &Row) -> Result<Replay, Error> {
    let replay = engine::replay(plan, 0, strategy).map_err(Error::failed)?;
    let bits = |row: &Row| row.outcome.metrics.map(|value| value.map(f64::to_bits));
    let again = replay.outcome.metrics.map(|value| value.map(f64::to_bits));
    if replay.key != row.key || bits(row) != again {
        return Err(Error::failed(format!(
            "{}: the candles have changed while they were used, or the stored result is not theirs; run it again with --refresh",
            plan.assets[0].path.display()
        )));
    }
    Ok(replay)
}

/// The history of a result of one of the plan's strategies.
#[must_use]
pub(crate) fn history(plan: &Plan, strategy: usize, replay: &Replay) -> History {
    let bound = &plan.strategies[strategy];
    let direction = plan.settings.direction;
    let combination = Combination { strategy: &bound.strategy, values: &bound.values };
    let (panes, left_out) = plot_panes(combination, &plan.terms(), replay.market());
    History {
        benchmark: plan.benchmark.as_deref().map(|other| PlotSeries {
            name: other.symbol.clone(),
            values: other.worth(&replay.candles.time, plan.settings.capital),
        }),
        curve: EquityCurve::new(&replay.candles, replay.equity.clone(), plan.settings.capital),
        candles: replay.candles.clone(),
        trades: replay.trades.clone(),
        panes,
        left_out,
        rules: fold::spelled(&bound.strategy, &bound.values, direction),
    }
}

/// Where a result comes from. `given` is what `--strategy` was given.
#[must_use]
pub(crate) fn proof(origin: &Reproduction<'_>, row: &Row, given: &str, replay: &Replay) -> Provenance {
    let nibbles = replay.known.digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digest = nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)).collect();
    let command = origin.command(row, given);
    Provenance { digest, key: row.key.clone(), command, synthetic: replay.known.synthetic }
}

/// The page of one result, with its parts where they were asked for, and what else is to be said of it.
#[must_use]
pub(crate) fn run(
    plan: &Plan,
    origin: &Reproduction<'_>,
    row: &Row,
    given: &str,
    (replay, breakdowns): (&Replay, &[Breakdown]),
    remarks: Vec<String>,
) -> String {
    let history = history(plan, 0, replay);
    html::run(&RunPage {
        row,
        about: &plan.strategies[0].strategy.about,
        history: Some(&history),
        breakdowns,
        proof: proof(origin, row, given, replay),
        notes: notes(replay.known.synthetic).into_iter().chain(remarks).collect(),
    })
}

/// The page of a batch, its rows ranked, each with its place in the plan as [`place`] gives it; `given` are the strategies
/// as they were named.
#[must_use]
#[expect(clippy::too_many_arguments, reason = "all that stands on the page, from as many places")]
pub(crate) fn batch(
    plan: &Plan,
    origin: &Reproduction<'_>,
    (rows, places): (&[Row], &[Option<PlanPlace>]),
    tested: Tested,
    failed: &[Failed],
    selection: &Ranking,
    given: &[String],
    mut notes: Vec<String>,
) -> String {
    let chosen = html::with_lines(rows, selection.by, tested.results);
    let chosen: Vec<(usize, PlanPlace)> = chosen.into_iter().filter_map(|at| Some((at, places[at]?))).collect();
    let wanted: Vec<(usize, usize)> = chosen.iter().map(|(_, place)| *place).collect();
    let seen = engine::replays(plan, &wanted, |replay| (replay.candles.time, replay.equity));
    let mut curves = Vec::new();
    for ((row, _), seen) in chosen.into_iter().zip(seen) {
        match seen {
            Ok((time, equity)) => curves.push(RowCurve { row, time, equity }),
            Err(why) => notes.push(format!("No equity line of {}: {why}", rows[row].symbol)),
        }
    }
    let command = |(row, place): (&Row, &Option<PlanPlace>)| {
        place.map_or_else(String::new, |(_, strategy)| origin.command(row, &given[strategy]))
    };
    let commands = rows.iter().zip(places).map(command).collect();
    let sort = selection.sort();
    html::batch(&BatchPage { rows, tested, commands, sort, curves, failed, settled: true, notes })
}

/// The equity of a point of a sweep's first strategy; none where its candles cannot be used any more.
#[must_use]
pub(crate) fn curve(plan: &Plan, row: &Row) -> Option<EquityCurve> {
    let asset = plan.assets.iter().position(|entry| entry.symbol == row.symbol)?;
    let values = row.params.iter().map(|(_, value)| *value).collect();
    let bound = BoundStrategy { strategy: plan.strategies[0].strategy.clone(), values };
    let alone = Plan { strategies: vec![bound], ..plan.clone() };
    let curve = |replay: Replay| EquityCurve::new(&replay.candles, replay.equity, plan.settings.capital);
    engine::replays(&alone, &[(asset, 0)], curve).pop()?.ok()
}

/// The place of a row in a plan of which it is a result.
#[must_use]
pub(crate) fn place(plan: &Plan, row: &Row) -> Option<PlanPlace> {
    let asset = plan.assets.iter().position(|entry| entry.symbol == row.symbol)?;
    let strategy = plan.strategies.iter().position(|bound| bound.strategy.name == row.strategy)?;
    Some((asset, strategy))
}

/// What every page says about such candles.
#[must_use]
pub(crate) fn notes(synthetic: bool) -> Vec<String> {
    let text = "These candles are synthetic sample data, not the market.";
    if synthetic { vec![text.to_owned()] } else { Vec::new() }
}
