//! `backtest data check`: what is doubtful about stored candles.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::args::{CheckArgs, OutputFormat};
use crate::commands::Context;
use crate::data::check::{CheckReport, check};
use crate::data::{self, CandleFile, store};
use crate::error::Error;
use crate::output::format;
use crate::output::progress::ProgressBar;
use crate::output::table::TextTable;
use crate::settings::environment::now;
use crate::sim::{Interval, Millis, TimeRange};
use crate::{engine, report};

/// An asset that ends so long before the others has been delisted, or was not fetched.
const EARLY: Millis = 7 * DAY;
const DAY: Millis = 86_400_000;
/// Of so many assets, some should have ended before now.
const MANY: usize = 20;

/// One file that was looked at.
struct CheckedFile {
    symbol: String,
    interval: Interval,
    file: String,
    size: u64,
    checked: Result<CheckReport, String>,
    sources: Vec<String>,
    /// How long before most others of the folder it ends, where that is long.
    early: Option<Millis>,
}

impl CheckedFile {
    fn is_clean(&self) -> bool {
        self.early.is_none() && self.checked.as_ref().is_ok_and(CheckReport::is_clean)
    }
}

/// Runs it.
///
/// # Errors
/// No data folder; files that cannot be used; with `--strict`, anything doubtful.
pub(super) fn run(args: &CheckArgs, context: &Context) -> Result<(), Error> {
    let folder = &context.data_dir;
    let mut all = Vec::new();
    for (interval, entries) in super::entries(&args.stored, folder, context)? {
        let looked = look(entries, interval, context);
        if looked.len() >= MANY && looked.iter().all(|one| one.early.is_none()) {
            context.printer.note(&format!(
                "all {} assets of {interval} reach the same end: without those that were delisted, a batch over them overstates the results (survivorship bias)",
                looked.len()
            ));
        }
        all.extend(looked);
    }
    let text = match args.format {
        OutputFormat::Table => table(&all, context),
        OutputFormat::Json => format!("{:#}\n", all.iter().map(as_json).collect::<Value>()),
        OutputFormat::Csv => as_csv(&all)?,
    };
    context.printer.data(&text)?;
    let failed = all.iter().filter_map(|looked| looked.checked.as_ref().err());
    let count = failed.inspect(|reason| context.printer.error(reason)).count();
    let doubtful = all.iter().filter(|looked| !looked.is_clean()).count();
    if count == 0 && (doubtful == 0 || !args.strict) { Ok(()) } else { Err(Error::Reported) }
}

fn look(entries: Vec<CandleFile>, interval: Interval, context: &Context) -> Vec<CheckedFile> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (now, bar) = (now(), ProgressBar::new(context.printer, "files"));
    let mut all = engine::in_parallel(entries, threads, &bar, |entry| CheckedFile {
        checked: data::load(&entry, TimeRange::default(), now)
            .map(|loaded| check(&loaded, interval))
            .map_err(|error| error.to_string()),
        sources: store::sources(&entry.path),
        file: entry.path.display().to_string(),
        size: entry.stamp.size,
        symbol: entry.symbol,
        interval,
        early: None,
    });
    let end = |looked: &CheckedFile| looked.checked.as_ref().ok().map(|checked| checked.end);
    if let Some(usual) = usual_end(all.iter().filter_map(end)) {
        for looked in &mut all {
            looked.early = end(looked).map(|end| usual - end).filter(|early| *early > EARLY.max(3 * interval.millis()));
        }
    }
    all
}

/// The last end on the day on which most end, and of such days the last: a few files that were brought up to date
/// must not make all others doubtful.
fn usual_end(ends: impl Iterator<Item = Millis>) -> Option<Millis> {
    let mut days = BTreeMap::<Millis, (usize, Millis)>::new();
    for end in ends {
        let (count, last) = days.entry(end.div_euclid(DAY)).or_insert((0, end));
        *count += 1;
        *last = end.max(*last);
    }
    days.into_values().max().map(|(_, last)| last)
}

fn table(all: &[CheckedFile], context: &Context) -> String {
    let header =
        ["Asset", "Interval", "Bars", "First", "Last", "Gaps", "Missing", "Zero volume", "Spikes", "Stale", "Remarks"];
    let mut grid = TextTable::new(context.printer, &header, &[2, 5, 6, 7, 8, 9]);
    for looked in all {
        let mut cells = vec![looked.symbol.clone(), looked.interval.to_string()];
        if let Ok(found) = &looked.checked {
            cells.extend([format::count(found.bars), format::time(found.start), format::time(found.end)]);
            let counts = [found.gaps, found.missing, found.zero_volume, found.spikes, found.stale];
            cells.extend(counts.map(|count| if count == 0 { "-".to_owned() } else { format::count(count) }));
            cells.push(remarks(found, looked.early).join("; "));
        } else {
            cells.extend(["-"; 8].map(str::to_owned));
            cells.push("cannot be used, see below".to_owned());
        }
        grid.line(cells);
    }
    let clean = all.iter().filter(|looked| looked.is_clean()).count();
    let total = format::counted(all.len(), "file");
    // What the counts of gaps, spikes and stale prices tell most of, the remarks tell too.
    let grid = grid.wrapped(&[9, 8, 5, 3, 7]);
    format!("{grid}{total}: {clean} without remarks, {} with remarks\n", all.len() - clean)
}

fn remarks(found: &CheckReport, early: Option<Millis>) -> Vec<String> {
    let mut out = Vec::new();
    if let Some((after, bars)) = found.longest_gap {
        out.push(format!(
            "longest gap {} after {}",
            format::counted(usize::try_from(bars).unwrap_or(usize::MAX), "bar"),
            format::time(after)
        ));
    }
    if found.irregular > 0 {
        out.push(format!("{} off the interval", format::count(found.irregular)));
    }
    if found.duplicates > 0 {
        out.push(format!("{} duplicate", format::count(found.duplicates)));
    }
    if let Some(time) = found.first_spike {
        out.push(format!("spike at {}", format::time(time)));
    }
    if let Some((from, bars)) = found.longest_stale {
        out.push(format!("{} bars at one price from {}", format::count(bars), format::time(from)));
    }
    if let Some(early) = early {
        out.push(format!("ends {} days before most others", early / DAY));
    }
    out
}

fn as_json(looked: &CheckedFile) -> Value {
    let mut value = json!({
        "symbol": looked.symbol,
        "interval": looked.interval.to_string(),
        "file": looked.file,
        "size": looked.size,
        "clean": looked.is_clean(),
    });
    match &looked.checked {
        Ok(found) => {
            let place = |place: Option<(Millis, u64)>| {
                place.map(|(time, bars)| json!({ "time": report::time(time), "bars": bars }))
            };
            value["bars"] = found.bars.into();
            value["start"] = report::time(found.start).into();
            value["end"] = report::time(found.end).into();
            value["gaps"] = found.gaps.into();
            value["missing"] = found.missing.into();
            value["longest_gap"] = place(found.longest_gap).into();
            value["irregular"] = found.irregular.into();
            value["duplicates"] = found.duplicates.into();
            value["zero_volume"] = found.zero_volume.into();
            value["spikes"] = found.spikes.into();
            value["first_spike"] = found.first_spike.map(report::time).into();
            value["stale"] = found.stale.into();
            value["longest_stale"] = place(found.longest_stale).into();
            value["ends_early_days"] = looked.early.map(|early| early / DAY).into();
            value["sources"] = looked.sources.clone().into();
        }
        Err(reason) => value["error"] = reason.as_str().into(),
    }
    value
}

fn as_csv(all: &[CheckedFile]) -> Result<String, Error> {
    let header = [
        "symbol",
        "interval",
        "bars",
        "start",
        "end",
        "gaps",
        "missing",
        "irregular",
        "duplicates",
        "zero_volume",
        "spikes",
        "stale",
        "remarks",
    ];
    let line = |looked: &CheckedFile| {
        let mut cells: [String; 13] = Default::default();
        cells[0].clone_from(&looked.symbol);
        cells[1] = looked.interval.to_string();
        match &looked.checked {
            Ok(found) => {
                cells[3..5].clone_from_slice(&[found.start, found.end].map(report::time));
                cells[2] = found.bars.to_string();
                let counts = [
                    found.gaps,
                    found.missing,
                    found.irregular,
                    found.duplicates,
                    found.zero_volume,
                    found.spikes,
                    found.stale,
                ];
                cells[5..12].clone_from_slice(&counts.map(|count| count.to_string()));
                cells[12] = remarks(found, looked.early).join("; ");
            }
            Err(reason) => cells[12].clone_from(reason),
        }
        cells
    };
    report::csv::lines(&header, all.iter().map(line)).map_err(Error::failed)
}
