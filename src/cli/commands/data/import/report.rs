//! What `backtest data import` says of the files that it took.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::commands::Context;
use crate::data::escape;
use crate::data::import::{ColumnMeaning, Decision, FileReport, Found, RowOrder};
use crate::data::store::Merged;
use crate::error::Error;
use crate::output::format;
use crate::output::table::TextTable;
use crate::report;
use crate::sim::{Field, Interval, Millis};

/// What became of all files.
#[derive(Default)]
pub(super) struct Imported {
    pub files: Vec<File>,
    pub written: BTreeMap<(Interval, String), Merged>,
    pub errors: Vec<String>,
}

/// What was found in one file of one symbol.
pub(super) struct File {
    pub(super) path: String,
    pub(super) symbol: String,
    pub(super) interval: Interval,
    pub(super) bars: u64,
    start: Millis,
    end: Millis,
    /// Whether its bars are in the data folder now.
    stored: bool,
    /// Whether its bars could not go there.
    pub(super) refused: bool,
    pub(super) report: FileReport,
    /// The first and the last bar: when they open, and their values.
    pub(super) ends: [(Millis, [f64; 5]); 2],
}

impl File {
    pub(super) fn of(path: &Path, found: &Found, refused: bool, stored: bool) -> Self {
        Self {
            path: path.display().to_string(),
            symbol: found.symbol.clone(),
            interval: found.interval,
            bars: found.candles.len() as u64,
            start: found.candles.time.first().copied().unwrap_or_default(),
            end: found.candles.time.last().copied().unwrap_or_default(),
            stored,
            refused,
            report: found.report.clone(),
            ends: [0, found.candles.len().saturating_sub(1)].map(|at| {
                let time = found.candles.time.get(at).copied().unwrap_or_default();
                (time, Field::ALL.map(|field| found.candles.column(field).get(at).copied().unwrap_or_default()))
            }),
        }
    }

    /// Where folders are long, tables are wide.
    fn name(&self) -> String {
        Path::new(&self.path).file_name().map_or_else(|| self.path.clone(), |name| name.to_string_lossy().into_owned())
    }

    pub(super) fn remarks(&self) -> String {
        let refused = self.refused.then(|| "refused, not stored".to_owned());
        let all = refused.into_iter().chain(self.report.changes()).chain(self.report.doubts());
        all.collect::<Vec<_>>().join("; ")
    }
}

impl Imported {
    pub(super) fn table(&self, context: &Context) -> String {
        if self.files.is_empty() {
            return String::new();
        }
        let header = ["File", "Format", "Asset", "Interval", "Bars", "First", "Last", "Remarks"];
        let mut grid = TextTable::new(context.printer, &header, &[4]);
        for file in &self.files {
            grid.line([
                file.name(),
                file.report.format.to_owned(),
                file.symbol.clone(),
                file.interval.to_string(),
                format::count(file.bars),
                format::time(file.start),
                format::time(file.end),
                file.remarks(),
            ]);
        }
        let mut out = grid.wrapped(&[1, 5, 6]);
        for ((interval, symbol), merged) in &self.written {
            let line = [&*escape(symbol), " ", &interval.to_string(), ": ", &sentence(merged), "\n"].concat();
            out.push_str(&line);
        }
        out
    }

    pub(super) fn as_json(&self) -> Value {
        let files = self.files.iter().map(|file| {
            let report = &file.report;
            json!({
                "file": file.path,
                "format": report.format,
                "symbol": file.symbol,
                "interval": file.interval.to_string(),
                "rows": report.rows,
                "distinct": report.distinct,
                "first": report::time(report.first),
                "last": report::time(report.last),
                "bars": file.bars,
                "stored": file.stored,
                "newest_first": report.order == RowOrder::Descending,
                "out_of_order": report.breaks,
                "bad_rows": report.bad,
                "duplicates": report.duplicates,
                "conflicts": report.conflicts,
                "without_prices": report.nulls,
                "unfinished": report.unfinished,
                "missing": report.missing,
                "irregular": report.irregular,
                "zero_volume": report.zero_volume,
                "changes": report.changes(),
                "doubts": report.doubts(),
                "columns": columns(report),
                "decisions": decisions(report),
            })
        });
        let written = self.written.iter().map(|((interval, symbol), merged)| {
            json!({
                "symbol": symbol,
                "interval": interval.to_string(),
                "file": merged.path.display().to_string(),
                "written": merged.written,
                "added": merged.added,
                "same": merged.same,
                "differing": merged.differing,
                "bars": merged.bars,
                "start": report::time(merged.start),
                "end": report::time(merged.end),
            })
        });
        json!({ "files": files.collect::<Value>(), "written": written.collect::<Value>(), "failed": self.errors })
    }

    pub(super) fn as_csv(&self) -> Result<String, Error> {
        let header = ["file", "format", "symbol", "interval", "rows", "bars", "first", "last", "remarks"];
        let line = |file: &File| {
            [
                file.path.clone(),
                file.report.format.to_owned(),
                file.symbol.clone(),
                file.interval.to_string(),
                file.report.rows.to_string(),
                file.bars.to_string(),
                report::time(file.report.first),
                report::time(file.report.last),
                file.remarks(),
            ]
        };
        report::csv::lines(&header, self.files.iter().map(line)).map_err(Error::failed)
    }
}

fn columns(report: &FileReport) -> Value {
    let one = |it: &ColumnMeaning| json!({ "column": it.column, "meaning": it.meaning, "unit": it.unit });
    report.columns.iter().map(one).collect()
}

fn decisions(report: &FileReport) -> Value {
    let one = |it: &Decision| {
        let option = it.option.as_ref().map(|(option, value)| format!("{option} {value}"));
        json!({ "decision": it.what, "guess": it.is_guess, "option": option })
    };
    report.decisions.iter().map(one).collect()
}

fn sentence(merged: &Merged) -> String {
    let mut parts =
        vec![format!("{} added", format::counted(usize::try_from(merged.added).unwrap_or(usize::MAX), "bar"))];
    if merged.same > 0 {
        parts.push(format!("{} there already", format::count(merged.same)));
    }
    if merged.differing > 0 {
        parts.push(format!("{} decided by --on-conflict", format::count(merged.differing)));
    }
    let file = escape(&merged.path.display().to_string());
    format!(
        "{}; {} from {} to {} in {file}",
        parts.join(", "),
        format::count(merged.bars),
        format::time(merged.start),
        format::time(merged.end)
    )
}
