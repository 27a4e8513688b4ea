//! Results side by side: what `compare` and `--against` show.

use std::fmt::Write as _;
use std::path::Path;

use super::args::Format;
use super::commands::{self, Context};
use super::fault::Fault;
use super::reproduce::Origin;
use super::resolve::{self, Request};
use super::{charts, contenders, pages, saved, tables, text};
use crate::data::escape;
use crate::engine::{Plan, Replay};
use crate::report::{self, Row, Summary, html};

/// One of those compared, with all that is known of it.
pub struct Part {
    /// What to call it.
    pub name: String,
    /// What `--strategy` would be given.
    pub given: String,
    /// Its result.
    pub row: Row,
    /// What it was computed with, and its history; none of a saved result that cannot be computed again here.
    pub again: Option<(Plan, Replay)>,
}

/// Those compared.
#[derive(Default)]
pub struct Side {
    /// In the order of naming.
    pub parts: Vec<Part>,
    notes: Vec<String>,
    /// In what they differ though the figures do not show it.
    differences: Vec<&'static str>,
}

impl Side {
    /// Those that were computed.
    ///
    /// # Errors
    /// When they are not of one asset.
    pub fn of(parts: Vec<Part>) -> Result<Self, Fault> {
        let mut side = Self { parts, ..Self::default() };
        side.finish()?;
        Ok(side)
    }

    /// Adds a saved result; one that cannot be computed again here has no history, and says why.
    pub fn push_saved(&mut self, file: &str, row: Row, context: &Context) {
        let name = Path::new(file).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let again = match saved::again(&row, context) {
            Ok(again) => Some(again),
            Err(why) => {
                let note = format!("{}: there is no equity line: {why}.", escape(&name));
                context.printer.note(&note);
                self.notes.push(note);
                None
            }
        };
        self.parts.push(Part { name, given: row.strategy.clone(), row, again });
    }

    /// All of one asset, each with a name of its own.
    ///
    /// # Errors
    /// When they are not of one asset.
    pub fn finish(&mut self) -> Result<(), Fault> {
        let what = |row: &Row| format!("{} {}", escape(&row.symbol), row.interval);
        let Some(first) = self.parts.first().map(|part| what(&part.row)) else { return Ok(()) };
        if let Some(other) = self.parts.iter().find(|part| what(&part.row) != first) {
            return Err(Fault::wrong(format!(
                "compare is about one asset: {} is {first}, and {} is {}; for many assets there is batch",
                escape(&self.parts[0].name),
                escape(&other.name),
                what(&other.row)
            )));
        }
        let span = |row: &Row| (row.outcome.start, row.outcome.end);
        let same = self.parts.iter().all(|part| span(&part.row) == span(&self.parts[0].row));
        let settings = self.parts.iter().all(|part| part.row.settings == self.parts[0].row.settings);
        if !same {
            self.differences.push("They are not over the same range, so their figures are of different times.");
        }
        if !settings {
            self.differences.push("They are not with the same fees, fills, side or capital.");
        }
        let names = contenders::distinct(self.parts.iter().map(|part| part.name.clone()).collect());
        for (part, name) in self.parts.iter_mut().zip(names) {
            part.name = name;
        }
        Ok(())
    }
}

/// Prints those compared, and writes what is asked for.
///
/// # Errors
/// A file that cannot be written.
pub fn show(side: &Side, request: &Request, page: Option<&Path>, chart: bool, context: &Context) -> Result<(), Fault> {
    let rows: Vec<Row> = side.parts.iter().map(|part| part.row.clone()).collect();
    let mut params: Vec<String> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.params) {
        if !params.contains(name) {
            params.push(name.clone());
        }
    }
    let summary = Summary { assets: 1, strategies: rows.len(), combinations: rows.len(), ..Summary::default() };
    let json = || report::json::batch(&rows, &summary, None, "sharpe");
    if let Some(path) = &request.out {
        commands::write(path, &rows, &params, json)?;
    }
    if let Some(path) = page {
        pages::write("--report", path, &self::page(side, context))?;
    }
    let text = match request.format {
        Format::Table => table(side, chart, context),
        Format::Json => json(),
        Format::Csv => commands::text(report::csv::batch(&rows, &params))?,
    };
    context.printer.data(&text)
}

fn page(side: &Side, context: &Context) -> String {
    let folder = resolve::data_dir(&context.global, &context.config);
    let histories: Vec<_> = side
        .parts
        .iter()
        .map(|part| part.again.as_ref().map(|(plan, replay)| pages::history(plan, 0, replay)))
        .collect();
    let proof = |part: &Part| match &part.again {
        Some((plan, replay)) => pages::proof(&Origin::of(plan, &folder), &part.row, &part.given, replay),
        None => html::Proof { key: part.row.key.clone(), ..html::Proof::default() },
    };
    let contenders: Vec<html::Contender<'_>> = side
        .parts
        .iter()
        .zip(&histories)
        .map(|(part, history)| html::Contender {
            name: part.name.clone(),
            row: &part.row,
            history: history.as_ref(),
            proof: proof(part),
        })
        .collect();
    let synthetic = side.parts.iter().any(|part| part.again.as_ref().is_some_and(|(_, replay)| replay.known.synthetic));
    let notes: Vec<String> = pages::notes(synthetic)
        .into_iter()
        .chain(side.notes.clone())
        .chain(side.differences.iter().map(|text| (*text).to_owned()))
        .collect();
    html::compare(&contenders, &notes)
}

fn table(side: &Side, chart: bool, context: &Context) -> String {
    let named: Vec<(&str, &Row)> = side.parts.iter().map(|part| (part.name.as_str(), &part.row)).collect();
    let mut out = heading(side);
    if chart {
        for part in &side.parts {
            if let Some((_, replay)) = &part.again {
                let _ = writeln!(out, "{}", escape(&part.name));
                out.push_str(&charts::run(&part.row, replay, context.printer));
            }
        }
    }
    out.push_str(&tables::side_by_side(&named, context.printer));
    for difference in &side.differences {
        let _ = writeln!(out, "! {difference}");
    }
    out
}

/// Asset and range; of those that differ in range or account, each with its own.
fn heading(side: &Side) -> String {
    let Some(first) = side.parts.first().map(|part| &part.row) else { return String::new() };
    let range = |row: &Row| {
        let bars = text::counted(usize::try_from(row.outcome.bars).unwrap_or(usize::MAX), "bar");
        format!("{} to {}, {bars}", text::time(row.outcome.start), text::time(row.outcome.end))
    };
    let what = format!("{} {}", escape(&first.symbol), first.interval);
    if side.differences.is_empty() {
        return format!("{what}  {}\n", range(first));
    }
    let wide = side.parts.iter().map(|part| escape(&part.name).chars().count()).max().unwrap_or(0);
    let line = |part: &Part| {
        let (name, settings) = (escape(&part.name), &part.row.settings);
        let (account, capital) = (text::settings(settings), text::grouped(settings.capital, 0));
        format!("  {name:wide$}  {}; {account}, capital {capital}\n", range(&part.row))
    };
    format!("{what}\n") + &side.parts.iter().map(line).collect::<String>()
}
