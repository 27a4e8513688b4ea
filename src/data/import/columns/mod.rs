//! Which column of a table is what: said by the user, told by its name, or shown by the bars.
//!
//! Long because the choice of each column weighs what the others are.

mod kept;
mod names;
mod shape;
mod volume;

pub(super) use kept::KeptColumn;
pub(super) use names::{NamedZone, VolumeKind, are_names, names_series, plain};
pub(super) use volume::{Candidate, choose};

use names::{NamedColumns, no_bars, no_column, zone_of};

use crate::error::ContentError;
use crate::escape::{escape, quote};
use crate::sim::DAY;
use crate::sim::Millis;

use super::cells::bare;
use super::cells::{Container, OwnedCell, SampleRow, TableHead};
use super::name::{date_of, normal};
use super::options::{ColumnRole, DateOrder, ImportOptions, StampIs};
use super::report::Decision;
use super::times::{ClockDigits, RawTime, ReadTimes, TimeRules, raw_time, resolve};

/// Where the parts of a bar stand in each row.
#[derive(Debug)]
pub(super) struct ColumnPlan {
    /// The family of formats, for people.
    pub format: &'static str,
    /// Cells of a row.
    pub width: usize,
    /// Names of all columns; numbers where there are none.
    pub names: Vec<String>,
    pub has_names: bool,
    pub time: TimePlace,
    /// Whether that is when the bar opens, where the columns tell.
    pub stamp: Option<StampIs>,
    /// Open, high, low, close.
    pub prices: [usize; 4],
    /// Candidates, the most likely first.
    pub volumes: Vec<(usize, VolumeKind)>,
    /// Units of which the source counts lots.
    pub lot: Option<f64>,
    /// When the bar ends, which tells its length.
    pub end: Option<usize>,
    pub symbol: Option<usize>,
    pub interval: Option<usize>,
    pub confirm: Option<usize>,
    /// Further columns that are kept.
    pub kept: Vec<KeptColumn>,
    /// Other columns of words, by which rows of one time may differ.
    pub labels: Vec<usize>,
    /// Columns of markets: rows of several are never mixed.
    pub markets: Vec<usize>,
    /// The user says that the rows are of one asset.
    pub is_one_asset: bool,
    /// The asset that the columns are named for.
    pub asset: Option<String>,
    /// The zone that the name of the column of times tells.
    pub zone_name: Option<NamedZone>,
    /// The order of dates that its source always writes.
    pub date_order: Option<DateOrder>,
    /// A column with the zone of each row.
    pub zone: Option<usize>,
    /// Whether the first rows count something and trade nothing, as Binance's klines of mark and index prices do.
    pub is_untraded: bool,
    /// What prices may have to be multiplied with.
    pub scale: ScaleHint,
    pub decisions: Vec<Decision>,
    /// What is to be told in any case.
    pub notes: Vec<String>,
}

/// Where the time stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimePlace {
    /// In one cell.
    One(usize),
    /// The day in one, the time of the day in another.
    Two(usize, usize, ClockDigits),
    /// Milliseconds since the beginning of a day that stands elsewhere.
    OfDay(usize, Millis),
}

impl TimePlace {
    pub(super) fn column(self) -> usize {
        match self {
            Self::One(at) | Self::Two(at, ..) | Self::OfDay(at, _) => at,
        }
    }
}

/// What may have been done to prices so that they are whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScaleHint {
    None,
    /// LEAN multiplies those of shares with 10,000.
    Lean,
    /// Databento multiplies all with 10^9.
    Databento,
}

/// Decides by the first rows of a table. `names` are those of the archive and the file in it.
pub(super) fn plan(
    head: &TableHead,
    sample: &[SampleRow],
    names: &[String],
    options: &ImportOptions,
) -> Result<ColumnPlan, ContentError> {
    let prices = [ColumnRole::Open, ColumnRole::High, ColumnRole::Low, ColumnRole::Close];
    let width = head.names.as_ref().map_or_else(|| usual_width(sample), Vec::len);
    let mut plan = match &head.names {
        Some(columns) => by_names(columns.clone(), sample, options)?,
        None if options.columns.is_empty() => by_shape(head, sample, width, names)?,
        // Where not all prices are stated, the bars tell the others.
        None => match by_shape(head, sample, width, names) {
            Ok(plan) => plan,
            Err(fault) if !prices.iter().all(|role| options.columns.contains_key(role)) => return Err(fault),
            Err(_) => unnamed(width),
        },
    };
    if !options.columns.is_empty() {
        stated(&mut plan, sample, options)?;
    }
    finish(&mut plan, head, sample, options);
    plan.kept = kept::kept(&mut plan, sample, options)?;
    Ok(plan)
}

fn usual_width(sample: &[SampleRow]) -> usize {
    let widths: Vec<usize> = sample.iter().map(|row| row.cells.len()).collect();
    let count = |width: usize| widths.iter().filter(|other| **other == width).count();
    // Of those that are as frequent, the first.
    widths.iter().copied().rev().max_by_key(|width| count(*width)).unwrap_or_default()
}

fn unnamed(width: usize) -> ColumnPlan {
    ColumnPlan {
        format: "rows without header",
        width,
        names: (1..=width).map(|number| number.to_string()).collect(),
        has_names: false,
        time: TimePlace::One(0),
        stamp: None,
        prices: [1, 2, 3, 4],
        volumes: Vec::new(),
        lot: None,
        end: None,
        symbol: None,
        interval: None,
        confirm: None,
        kept: Vec::new(),
        labels: Vec::new(),
        markets: Vec::new(),
        is_one_asset: false,
        asset: None,
        zone_name: None,
        date_order: None,
        zone: None,
        is_untraded: false,
        scale: ScaleHint::None,
        decisions: Vec::new(),
        notes: Vec::new(),
    }
}

/// By what the columns are called.
fn by_names(names: Vec<String>, sample: &[SampleRow], options: &ImportOptions) -> Result<ColumnPlan, ContentError> {
    // What the user names need not be found.
    let is_stated = |role: ColumnRole| options.columns.contains_key(&role);
    let prices = [ColumnRole::Open, ColumnRole::High, ColumnRole::Low, ColumnRole::Close];
    let found = match NamedColumns::find(&names, options.only_symbol.as_deref()) {
        Ok(found) => found,
        Err(_) if prices.into_iter().all(is_stated) => NamedColumns::default(),
        Err(_) if !options.columns.is_empty() => {
            // The names that are stated stand for the usual ones.
            let mut usual = names.clone();
            for (role, column) in &options.columns {
                if let Some(at) = place_of(column, &names) {
                    role.name().clone_into(&mut usual[at]);
                }
            }
            NamedColumns::find(&usual, options.only_symbol.as_deref())?
        }
        Err(fault) => return Err(fault),
    };
    let mut plan = ColumnPlan { format: "table with header", has_names: true, ..unnamed(names.len()) };
    let timely = |at: &usize| share(sample, *at, |cell| is_time(cell, &names[*at])) >= 0.5;
    let constant = |at: &usize| {
        let mut cells = sample.iter().filter_map(|row| row.cells.get(*at));
        let first = cells.next();
        sample.len() > 2 && cells.all(|cell| Some(cell) == first)
    };
    // What is the same in all rows is the moment of a query or a download, or a day with its clock beside it.
    let is_moving = |at: &usize| !constant(at) || !found.clocks.is_empty() && is_days(sample, *at);
    let usual = found.times.iter().copied().find(|at| timely(at) && is_moving(at));
    let usual = usual.or_else(|| found.times.iter().copied().find(timely));
    let absolute = usual.and_then(|usual| absolute_time(sample, usual, &found.times));
    let time = absolute.or(usual).or_else(|| {
        let known = found.times.first().copied();
        // Names that are none of a time's are only taken where the cells are times.
        known.filter(|_| found.ends.iter().all(|end| !timely(end)))
    });
    let end = found.ends.iter().copied().find(timely);
    let (time, is_end) = match (time, end) {
        (Some(time), _) => (Some(time), false),
        (None, Some(end)) => (Some(end), true),
        (None, None) => (only_time(sample, names.len(), &found), false),
    };
    if is_end {
        plan.stamp = Some(StampIs::Close);
        plan.decisions.push(Decision::by("the only time is that of the bar's end", "--time-is", "close"));
    }
    let Some(time) = time.or_else(|| is_stated(ColumnRole::Time).then_some(0)) else {
        return Err(no_column(names.iter().map(|name| name.trim()), &["time"]));
    };
    if !found.times.contains(&time) && !is_end && !is_stated(ColumnRole::Time) {
        plan.decisions
            .push(Decision::guess(format!("time is the column {}, the only one of times", quote(&names[time]))));
    }
    plan.time = with_clock(time, &found.clocks, &names, sample);
    plan.end = end.filter(|end| *end != time);
    plan.prices = found.prices;
    if let (Some(absolute), Some(usual)) = (absolute, usual) {
        let what = format!(
            "time is the column {}, which states the moment; {} is a local clock",
            quote(names[absolute].trim()),
            quote(names[usual].trim())
        );
        plan.decisions.push(Decision::by(what, "--columns", format!("time={}", names[absolute].trim())));
    }
    // Words are no volume, whatever their column is called.
    let is_counted = |at: usize| {
        let is_number = |cell: &OwnedCell| super::number::number(cell.cell()).is_number();
        let is_word = |cell: &OwnedCell| matches!(cell, OwnedCell::Text(text) if text.chars().any(char::is_alphabetic));
        !(share(sample, at, is_word) > 0.5 && share(sample, at, is_number) < 0.5)
    };
    plan.volumes = found.volumes.into_iter().filter(|(at, _)| is_counted(*at)).take(4).collect();
    let is_volume = |at: usize| plan.volumes.iter().any(|(volume, _)| *volume == at);
    let listed = found.symbols.iter().copied().filter(|at| is_text(sample, *at));
    let spoken = found
        .assets
        .iter()
        .copied()
        .filter(|at| is_label(sample, *at) || plain(&names[*at]) != "id" && is_code(sample, *at));
    plan.symbol = listed.chain(spoken).find(|at| !is_volume(*at));
    plan.markets = found.markets.into_iter().filter(|at| plan.symbol != Some(*at)).collect();
    plan.interval = found.intervals.into_iter().find(|at| plan.time.column() != *at);
    plan.confirm = found.confirms.into_iter().find(|at| share(sample, *at, |cell| confirms(cell).is_some()) >= 1.0);
    plan.asset = found.asset;
    plan.notes.extend(found.remark.map(str::to_owned));
    plan.names = names;
    special(&mut plan);
    Ok(plan)
}

/// What sources are known to mean.
fn special(plan: &mut ColumnPlan) {
    let names: Vec<String> = plan.names.iter().map(|name| plain(name)).collect();
    let has = |name: &str| names.iter().any(|other| other == name);
    if names.iter().any(|name| name == "adj_close") {
        plan.format = "Yahoo Finance";
    }
    let begins =
        |wanted: &[&str]| names.iter().zip(wanted).filter(|(name, wanted)| name == *wanted).count() == wanted.len();
    if begins(&["date", "price", "open", "high", "low"]) {
        plan.format = "Investing.com";
    }
    if begins(&["date", "symbol"]) || begins(&["unix", "date", "symbol"]) {
        plan.format = "CryptoDataDownload";
    }
    if has("home_notional") && has("foreign_notional") && plan.stamp.is_none() {
        plan.stamp = Some(StampIs::Close);
        plan.decisions.push(Decision::by("BitMEX stamps a bar with its end", "--time-is", "close"));
    }
    if has("up") && has("down") && has("time") && has("date") && plan.stamp.is_none() {
        plan.stamp = Some(StampIs::Close);
        plan.decisions.push(Decision::by("TradeStation stamps a bar with its end", "--time-is", "close"));
    }
    if has("rtype") && has("publisher_id") {
        plan.scale = ScaleHint::Databento;
        if let Some(at) = names.iter().position(|name| name == "symbol" || name == "instrument_id") {
            plan.symbol = names.iter().position(|name| name == "symbol").or(Some(at));
        }
    }
    if names.first().is_some_and(|name| ["gmt_time", "local_time"].contains(&name.as_str())) {
        plan.date_order = Some(DateOrder::Dmy);
    }
    // Tushare counts lots of 100 shares, and thousands of yuan.
    if has("ts_code")
        && has("amount")
        && let Some(vol) = names.iter().position(|name| name == "vol")
    {
        plan.volumes = vec![(vol, VolumeKind::Base)];
        plan.lot = Some(100.0);
    }
    if (has("market_cap") || has("marketcap")) && plan.stamp.is_none() && plan.volumes.len() == 1 {
        plan.notes.push("volume beside a market capitalisation is the turnover in the quote currency".to_owned());
    }
}

/// By the values alone.
fn by_shape(
    head: &TableHead,
    sample: &[SampleRow],
    width: usize,
    names: &[String],
) -> Result<ColumnPlan, ContentError> {
    let mut plan = unnamed(width);
    if let Some(day) = lean_day(sample, names) {
        if width == 11 {
            return Err(ContentError::file(
                "holds quotes (bid and ask), not trades",
                "Import the file of trades, named _trade",
            ));
        }
        if width == 6 {
            plan.format = "LEAN trades";
            plan.time = TimePlace::OfDay(0, day);
            plan.volumes = vec![(5, VolumeKind::Plain)];
            plan.scale = ScaleHint::Lean;
            return Ok(plan);
        }
    }
    if let Some(fault) = head.unknown.as_deref().and_then(no_bars) {
        return Err(fault);
    }
    // Names that nobody knows may be of anything: only bars that prove themselves are bars.
    let of_unknown =
        |unknown: &Vec<String>| no_column(unknown.iter().map(|name| name.trim()), &["open", "high", "low", "close"]);
    let found = match (shape::find(sample, width), &head.unknown) {
        (Ok(found), Some(unknown)) if !found.is_proven => return Err(of_unknown(unknown)),
        (Err(_), Some(unknown)) => return Err(of_unknown(unknown)),
        (found, _) => found?,
    };
    if let Some(unknown) = &head.unknown {
        let names: Vec<String> = found.prices.iter().map(|at| quote(unknown[*at].trim())).collect();
        plan.notes.push(format!("open, high, low and close are {}, as the bars show", names.join(", ")));
    }
    plan.time = match found.clock {
        Some((clock, digits)) => TimePlace::Two(found.time, clock, digits),
        None => TimePlace::One(found.time),
    };
    plan.end = found.end;
    plan.prices = found.prices;
    plan.volumes = found.volumes;
    plan.confirm = found.confirm;
    if let Some(note) = &found.note {
        plan.notes.push(note.clone());
    }
    let [open, high, low, close] = found.prices.map(|at| at + 1);
    let columns = format!("time={},open={open},high={high},low={low},close={close}", found.time + 1);
    if found.is_proven {
        plan.decisions.push(Decision::by("the bars themselves tell which price is which", "--columns", columns));
    } else {
        plan.decisions.push(Decision::guessed(
            "which price is the open and which the close is as usual",
            "--columns",
            columns,
        ));
    }
    let cells = |at: usize| sample.first().and_then(|row| row.cells.get(at));
    let is_clocked =
        |cell: &OwnedCell| matches!(cell, OwnedCell::Text(text) if text.len() == 14 && text.as_bytes()[8] == b' ');
    let is_kline = width == 12 && plan.end == Some(6) && found.time == 0 && found.prices == [1, 2, 3, 4];
    if is_kline {
        plan.format = "Binance klines";
        plan.volumes = vec![(5, VolumeKind::Plain), (7, VolumeKind::Quote)];
    } else if width == 6 && cells(0).is_some_and(is_clocked) && found.prices == [1, 2, 3, 4] {
        plan.format = "LEAN trades";
        plan.scale = ScaleHint::Lean;
    } else if head.is_text()
        && width == 7
        && found.prices == [1, 2, 3, 4]
        && is_counts(sample, 6)
        && is_seconds(sample, 0)
    {
        plan.format = "Kraken OHLCVT";
        plan.volumes = vec![(5, VolumeKind::Plain)];
    }
    Ok(plan)
}

fn is_counts(sample: &[SampleRow], at: usize) -> bool {
    share(sample, at, |cell| match cell {
        OwnedCell::Text(text) => text.parse::<u64>().is_ok(),
        OwnedCell::Int(_) => true,
        _ => false,
    }) >= 1.0
}

fn is_seconds(sample: &[SampleRow], at: usize) -> bool {
    share(sample, at, |cell| matches!(raw_time(cell.cell()), RawTime::Number(0..=99_999_999_999, _))) >= 1.0
}

/// The day in a file's name, where the first cells are milliseconds since midnight.
fn lean_day(sample: &[SampleRow], names: &[String]) -> Option<Millis> {
    let of_day = |cell: &OwnedCell| match cell {
        OwnedCell::Text(text) => text.parse::<Millis>().is_ok_and(|millis| (0..DAY).contains(&millis)),
        _ => false,
    };
    (share(sample, 0, of_day) >= 1.0).then(|| names.iter().rev().find_map(|name| date_of(name))).flatten()
}

/// What the user says goes before everything.
fn stated(plan: &mut ColumnPlan, sample: &[SampleRow], options: &ImportOptions) -> Result<(), ContentError> {
    let mut volume = None;
    for (role, column) in &options.columns {
        if column.is_empty() || column.eq_ignore_ascii_case("none") {
            match role {
                ColumnRole::Volume => volume = Some(Vec::new()),
                ColumnRole::Symbol => {
                    plan.symbol = None;
                    plan.is_one_asset = true;
                }
                ColumnRole::Clock => plan.time = TimePlace::One(plan.time.column()),
                _ => {}
            }
            continue;
        }
        let Some(at) = place_of(column, &plan.names) else {
            let names: String = plan.names.join(", ").chars().take(200).collect();
            return Err(ContentError::file(
                format!("has no column {} for --columns {}= (it has: {})", quote(column), role.name(), escape(&names)),
                "Name one of them, or give its number from 1",
            ));
        };
        match role {
            ColumnRole::Time => {
                plan.time = match plan.time {
                    TimePlace::Two(_, clock, digits)
                        if !options.columns.contains_key(&ColumnRole::Clock) && is_days(sample, at) =>
                    {
                        TimePlace::Two(at, clock, digits)
                    }
                    _ => TimePlace::One(at),
                };
                plan.stamp = None;
            }
            ColumnRole::Open => plan.prices[0] = at,
            ColumnRole::High => plan.prices[1] = at,
            ColumnRole::Low => plan.prices[2] = at,
            ColumnRole::Close => plan.prices[3] = at,
            ColumnRole::Volume => volume = Some(vec![(at, VolumeKind::Base)]),
            ColumnRole::Symbol => plan.symbol = Some(at),
            ColumnRole::Clock => {}
        }
    }
    if let Some(clock) = options.columns.get(&ColumnRole::Clock).and_then(|column| place_of(column, &plan.names)) {
        let cells: Vec<OwnedCell> = sample.iter().filter_map(|row| row.cells.get(clock).cloned()).collect();
        plan.time =
            TimePlace::Two(plan.time.column(), clock, clock_digits_of(&plan.names[clock], &cells).unwrap_or_default());
    }
    if let Some(volume) = volume {
        plan.volumes = volume;
    }
    Ok(())
}

/// A column by its name, in any case and spelling, or by its number from 1.
fn place_of(column: &str, names: &[String]) -> Option<usize> {
    let exact = names.iter().position(|name| name.trim() == column);
    let spelled =
        || names.iter().position(|name| !column.is_empty() && plain(name) == plain(column) && !plain(name).is_empty());
    let number = || column.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < names.len());
    exact.or_else(spelled).or_else(number)
}

fn finish(plan: &mut ColumnPlan, head: &TableHead, sample: &[SampleRow], options: &ImportOptions) {
    let used = |at: &usize| {
        plan.prices.contains(at)
            || plan.time.column() == *at
            || matches!(plan.time, TimePlace::Two(_, clock, _) if clock == *at)
            || [plan.end, plan.symbol, plan.interval, plan.confirm].contains(&Some(*at))
            || plan.volumes.iter().any(|(volume, _)| volume == at)
    };
    plan.labels = (0..plan.width).filter(|at| !used(at) && is_label(sample, *at)).take(8).collect();
    let markets: Vec<usize> =
        plan.markets.iter().copied().filter(|at| !used(at) && !plan.labels.contains(at)).collect();
    plan.labels.extend(markets);
    if let Some(stamp) = options.time_is {
        plan.stamp = Some(stamp);
    }
    // A name may tell a zone that is not UTC, or a column may.
    if plan.has_names {
        plan.zone_name = zone_of(&plan.names[plan.time.column()]);
        let zones = ["zone", "timezone", "time_zone", "tz", "tzone"];
        plan.zone = plan.labels.iter().copied().find(|at| zones.contains(&plain(&plan.names[*at]).as_str()));
    }
    if plan.width == 12 && plan.end == Some(6) {
        let value = |cell: &OwnedCell| super::number::number(cell.cell()).pointed().unwrap_or_default();
        plan.is_untraded =
            share(sample, 5, |cell| value(cell) == 0.0) >= 1.0 && share(sample, 8, |cell| value(cell) > 0.0) >= 1.0;
    }
    if let Some(format) = family(head, plan) {
        plan.format = format;
    }
}

/// The only column of times, whatever it is called.
fn only_time(sample: &[SampleRow], width: usize, found: &NamedColumns) -> Option<usize> {
    let is_written = |cell: &OwnedCell| {
        matches!(raw_time(cell.cell()), RawTime::Civil(_) | RawTime::Instant(..) | RawTime::Date(..))
    };
    let mut all = (0..width)
        .filter(|at| !found.prices.contains(at) && !found.ends.contains(at))
        .filter(|at| share(sample, *at, |cell| is_written(cell) || is_unix(cell)) >= 0.9);
    let only = all.next()?;
    all.next().is_none().then_some(only)
}

fn with_clock(time: usize, clocks: &[usize], names: &[String], sample: &[SampleRow]) -> TimePlace {
    if !is_days(sample, time) {
        return TimePlace::One(time);
    }
    let cells = |at: usize| -> Vec<OwnedCell> { sample.iter().filter_map(|row| row.cells.get(at).cloned()).collect() };
    let found = |at: &usize| Some((*at, clock_digits_of(&names[*at], &cells(*at))?));
    let found = clocks.iter().filter(|at| **at != time).find_map(found);
    found.map_or(TimePlace::One(time), |(at, digits)| TimePlace::Two(time, at, digits))
}

/// What digits are in a column of clocks: its name may say that they are hours.
fn clock_digits_of(name: &str, cells: &[OwnedCell]) -> Option<ClockDigits> {
    let is_hour = |cell: &OwnedCell| match super::number::number(cell.cell()).pointed() {
        Some(hour) => hour.fract() == 0.0 && (0.0..24.0).contains(&hour),
        None => false,
    };
    let is_hours = ["hour", "hours", "hr", "heure", "hora", "ora", "stunde"].contains(&&*plain(name));
    if is_hours && !cells.is_empty() && cells.iter().all(is_hour) {
        return Some(ClockDigits::Hours);
    }
    shape::clock_digits(cells)
}

/// Whether cells are days without a clock.
fn is_days(sample: &[SampleRow], at: usize) -> bool {
    share(sample, at, |cell| match raw_time(cell.cell()) {
        RawTime::Civil(time) => time % DAY == 0,
        RawTime::Date(_, _, clock, _) => clock == 0,
        RawTime::Number(number, _) => (19_000_101..21_000_101).contains(&number),
        _ => false,
    }) >= 0.5
}

/// The share of the first rows whose cell is so.
fn share(sample: &[SampleRow], at: usize, is: impl Fn(&OwnedCell) -> bool) -> f64 {
    let cells = || sample.iter().filter_map(|row| row.cells.get(at)).filter(|cell| !matches!(cell, OwnedCell::Null));
    let all = cells().count();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred rows")]
    if all == 0 { 0.0 } else { cells().filter(|cell| is(cell)).count() as f64 / all as f64 }
}

fn is_unix(cell: &OwnedCell) -> bool {
    matches!(raw_time(cell.cell()), RawTime::Number(number, _) if number > 100_000_000)
}

/// Whether a cell may be the time that its column is named for: numbers may be early seconds unless the name is that of
/// an index.
fn is_time(cell: &OwnedCell, name: &str) -> bool {
    match raw_time(cell.cell()) {
        RawTime::Civil(_) | RawTime::Instant(..) | RawTime::Date(..) => true,
        RawTime::Number(number, _) => {
            let is_index =
                ["", "index", "id", "unnamed", "level_0", "index_level_0", "period", "t", "x"].contains(&&*plain(name));
            number.unsigned_abs() >= 100_000_000
                || !is_index && number.unsigned_abs() >= 10_957
                || !is_index && number == 0
        }
        RawTime::Null | RawTime::Bad => false,
    }
}

fn is_text(sample: &[SampleRow], at: usize) -> bool {
    sample.iter().any(|row| matches!(row.cells.get(at), Some(OwnedCell::Text(_) | OwnedCell::Int(_))))
}

/// Numbers of which there are few, each in several rows: those of assets.
fn is_code(sample: &[SampleRow], at: usize) -> bool {
    let is_number = |cell: &OwnedCell| match cell {
        OwnedCell::Int(_) => true,
        OwnedCell::Text(text) => !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    };
    let count = distinct(sample, at);
    share(sample, at, is_number) >= 1.0 && count <= 16 && count * 2 <= sample.len()
}

/// How many different cells a column has, up to 17.
fn distinct(sample: &[SampleRow], at: usize) -> usize {
    let mut distinct: Vec<&OwnedCell> = Vec::new();
    for cell in sample.iter().filter_map(|row| row.cells.get(at)) {
        if !distinct.contains(&cell) {
            distinct.push(cell);
        }
        if distinct.len() > 16 {
            break;
        }
    }
    distinct.len()
}

/// Of several columns of times, the one of moments, where the usual one shows a local clock: whole quarters of an hour
/// ahead of it or behind.
fn absolute_time(sample: &[SampleRow], usual: usize, times: &[usize]) -> Option<usize> {
    const QUARTER: Millis = 900_000;
    let read = |at: usize| -> Option<ReadTimes> {
        let raw: Vec<RawTime> =
            sample.iter().map(|row| Some(raw_time(row.cells.get(at)?.cell()))).collect::<Option<_>>()?;
        let times = resolve(raw, &TimeRules::default(), |_| 0).ok().filter(|times| times.bad.is_empty())?;
        Some(times)
    };
    let shown = read(usual)?;
    if shown.is_absolute || shown.is_dates || sample.len() < 3 {
        return None;
    }
    times.iter().copied().filter(|at| *at != usual).find(|at| {
        let Some(moments) = read(*at).filter(|times| times.is_absolute) else { return false };
        let offsets = || shown.time.iter().zip(&moments.time).map(|(shown, moment)| shown - moment);
        offsets().all(|offset| offset % QUARTER == 0 && offset.abs() <= 14 * 4 * QUARTER) && offsets().any(|o| o != 0)
    })
}

/// Words of which there are few.
fn is_label(sample: &[SampleRow], at: usize) -> bool {
    // Of these even numbers tell rows apart.
    let is_word = |cell: &OwnedCell| matches!(cell, OwnedCell::Text(text) if text.chars().any(char::is_alphabetic) && raw_time(cell.cell()) == RawTime::Bad);
    if share(sample, at, is_word) < 0.9 {
        return false;
    }
    distinct(sample, at) <= 16
}

/// Whether a bar is finished, as its row says.
pub(super) fn confirms(cell: &OwnedCell) -> Option<bool> {
    match cell {
        OwnedCell::Int(1) => Some(true),
        OwnedCell::Int(0) => Some(false),
        OwnedCell::Text(text) => match bare(text).to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "y" => Some(true),
            "0" | "false" | "no" | "n" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Whether two names are those of one asset.
pub(super) fn is_same_asset(one: &str, other: &str) -> bool {
    normal(one) == normal(other)
}

/// The family, where the container or what stands beside the rows tells it.
fn family(head: &TableHead, plan: &ColumnPlan) -> Option<&'static str> {
    let is_klines =
        plan.width == 12 && plan.end == Some(6) && plan.time == TimePlace::One(0) && plan.prices == [1, 2, 3, 4];
    head.source.or(match head.container {
        Container::Csv if plan.has_names && is_klines => Some("Binance klines"),
        Container::Csv => None,
        Container::JsonRows if plan.format == "Binance klines" => Some("Binance REST"),
        Container::JsonRows => Some("JSON rows"),
        Container::JsonObjects => Some("JSON objects"),
        Container::JsonColumns => Some("JSON columns"),
        Container::Parquet => Some("Parquet"),
        Container::Feather => Some("Feather"),
    })
}
