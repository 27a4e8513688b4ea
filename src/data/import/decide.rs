//! From the typed columns of one table to rows of a bar's values: what only the whole file tells is decided here, once
//! for all of its rows.
//!
//! Long because every decision about a file weighs the others: times, columns and units are decided together.

use crate::catalog::symbol::QUOTES;
use crate::error::ContentError;
use crate::escape::{escape, quote};
use crate::read::validate::first_impossible;
use crate::sim::{Candles, Field, Interval, Millis, OwnSeries};

use super::cells::{ClosedBars, Refusal, TableHead};
use super::columns::{Candidate, NamedZone, ScaleHint, TimePlace, VolumeKind, choose};
use super::name;
use super::number::{NumberColumn, bad_number, decimal_mark, is_bad, is_empty};
use super::options::{DecimalMark, ImportOptions, ImportZone, KeepColumns, OnBadRow, StampIs};
use super::report::{ColumnMeaning, Decision};
use super::table::{LabelColumn, TypedRows, no_rows};
use super::times::{ReadTimes, TimeRules, resolve};

/// The rows of one file or of one entry of an archive: read, decided, and not yet sorted.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "five independent facts about a file")]
pub(super) struct SourceRows {
    /// The family's name, for people.
    pub format: &'static str,
    /// In the order of the file.
    pub candles: Candles,
    /// Further columns of the rows, NaN where a cell is empty.
    pub kept: Vec<OwnSeries>,
    /// The line that each row stands in; in JSON and binary files its number, from 1.
    pub line: Vec<u32>,
    pub nulls: u64,
    pub blank_volumes: u64,
    pub bad: u64,
    pub bad_rows: Vec<String>,
    /// Rows that said of themselves that they are not finished.
    pub unfinished: u64,
    /// The symbol, where the content tells it.
    pub symbol: Option<String>,
    /// The length of a bar, where something else than the steps tells it.
    pub interval: Option<Interval>,
    pub closed: ClosedBars,
    pub notes: Vec<String>,
    pub no_volume: bool,
    pub synthetic: bool,
    /// Whether the moments are known, or clocks are taken for UTC.
    pub is_absolute: bool,
    /// Whether the rows have dates and no clocks.
    pub is_dates: bool,
    /// Nothing was traded in any row, and yet something was counted.
    pub untraded: bool,
    /// Which end of the bar the times are, where that is known.
    pub stamp: Option<StampIs>,
    /// Columns of words that may tell rows of one time apart: name, words, and which of them each row has.
    pub labels: Vec<RowLabels>,
    pub columns: Vec<ColumnMeaning>,
    pub decisions: Vec<Decision>,
}

/// Words of a column that has no other meaning.
#[derive(Debug)]
pub(super) struct RowLabels {
    pub name: String,
    pub words: Vec<Box<str>>,
    pub rows: Vec<u16>,
}

/// Whether a scale changes nothing.
fn is_one(scale: f64) -> bool {
    scale.to_bits() == 1.0_f64.to_bits()
}

/// Decides what only the whole table tells, in the order in which one answer needs another: decimals, times, prices,
/// volume, interval, symbol.
#[expect(clippy::too_many_lines, reason = "one decision after another, each needing those before it")]
pub(super) fn decide(
    head: &TableHead,
    rows: TypedRows,
    names: &[String],
    options: &ImportOptions,
) -> Result<SourceRows, Refusal> {
    if rows.len() == 0 {
        return Err(nothing_left(&rows, options));
    }
    let mut out = SourceRows {
        format: rows.plan.format,
        nulls: rows.nulls,
        bad: rows.dropped_count,
        closed: head.closed,
        synthetic: head.synthetic,
        notes: head.notes.clone(),
        no_volume: rows.plan.volumes.is_empty(),
        stamp: rows.plan.stamp,
        ..SourceRows::default()
    };
    out.bad_rows.extend(rows.dropped.iter().map(|(line, what)| format!("row {line} dropped: {what}")));
    out.notes.extend(rows.plan.notes.iter().cloned());
    out.decisions.extend(rows.plan.decisions.iter().cloned());
    symbol(&mut out, head, &rows, options)?;
    if let (Some(only), None, None, 1) = (&options.only_symbol, &rows.symbol, &out.symbol, names.len()) {
        out.notes.push(format!("nothing in it names assets, so that --only-symbol {} chose nothing", escape(only)));
    }
    let TypedRows { plan, line, time, ends, prices, volumes, kept, interval, labels, open_rows, .. } = rows;
    let mark = {
        let columns: Vec<&NumberColumn> = prices.iter().chain(&volumes).chain(&kept).collect();
        decimal_mark(&columns, options.decimal)
    };
    let (mark, is_proven) = mark.map_err(|both| {
        ContentError::file(
            format!("has numbers such as {both}, and no row tells whether a comma separates decimals or thousands"),
            "Pass --decimal . or --decimal ,",
        )
    })?;
    if head.is_text() && is_proven {
        let (name, value) = if mark == DecimalMark::Comma { ("commas", ",") } else { ("points", ".") };
        out.decisions.push(Decision::by(format!("decimals are written with {name}"), "--decimal", value));
    }
    if let (Some(separator), true) = (head.separator, head.is_text()) {
        let shown = if separator == '\t' { "\\t".to_owned() } else { separator.to_string() };
        out.decisions.push(Decision::by(
            format!("cells are separated by {}", separator_name(separator)),
            "--separator",
            shown,
        ));
    }
    let line_of = |row: usize| line.get(row).map_or(0, |line| u64::from(*line));
    // LEAN multiplies the prices of shares and stamps them with New York's clock; pairs of crypto are neither.
    let is_pair = name::symbol(names).is_some_and(|(symbol, _)| pair_of(&symbol));
    let hint = if plan.scale == ScaleHint::Lean && is_pair { ScaleHint::None } else { plan.scale };
    let is_share = hint == ScaleHint::Lean
        && options.price_scale.is_none_or(|scale| scale < 1.0)
        && prices.iter().all(|column| column.is_whole(mark));
    let new_york = || ImportZone::parse("America/New_York").ok().filter(|_| is_share);
    let by_column = match (&options.timezone, plan.zone) {
        (None, Some(at)) => zone_column(&labels, at, &plan.names)?,
        _ => None,
    };
    let by_name = match (&options.timezone, &plan.zone_name) {
        (None, Some(NamedZone::Known(zone))) => Some(zone.clone()),
        _ => None,
    };
    if let Some(zone) = by_column.as_ref().or(by_name.as_ref()) {
        let what = format!("the zone {} is that of the columns", zone.name);
        out.decisions.push(Decision::by(what, "--timezone", zone.name.clone()));
    }
    let zone = options.timezone.clone().or_else(new_york).or(by_column).or(by_name);
    let is_zoned = zone.is_some();
    let rules = TimeRules { order: options.date_order, usual: plan.date_order, zone, now: Some(options.now) };
    let end = ends.first().copied();
    let times = resolve(time, &rules, line_of)?;
    if let (Some(NamedZone::Vague(zone)), false, false) =
        (&plan.zone_name, is_zoned, times.is_absolute || times.is_dates)
    {
        let what = format!(
            "has times of {zone} by the name of their column, {}",
            quote(plan.names[plan.time.column()].trim())
        );
        return Err(
            ContentError::file(what, "Pass --timezone, as in --timezone America/New_York or --timezone UTC").into()
        );
    }
    let end = end.and_then(|end| resolve(vec![end], &rules, |_| 0).ok()?.time.first().copied());
    let unit = times.unit;
    let mut bad: Vec<(usize, String)> = Vec::new();
    let ReadTimes { time, is_absolute, is_dates, decisions, bad: bad_times, bad_numbers, .. } = times;
    bad.extend(bad_times.iter().map(|row| {
        let number = bad_numbers.iter().find(|(at, _)| at == row).map(|(_, number)| format!(" is {number}, which"));
        (*row, format!("time{} is not a time", number.unwrap_or_default()))
    }));
    out.decisions.extend(decisions);
    out.is_absolute = is_absolute;
    out.is_dates = is_dates;
    if let (Some(end), Some(first)) = (end, time.first()) {
        out.interval = Interval::of_millis(end + 1 - first).or_else(|| Interval::of_millis(end - first));
        // The generic time beside an end is that end again.
        if (end - first).abs() <= 1_000 && out.stamp.is_none() {
            out.stamp = Some(StampIs::Close);
            out.decisions.push(Decision::by("the time is that of the bar's end", "--time-is", "close"));
        }
    }
    let price_names = ["open", "high", "low", "close"];
    for (column, name) in prices.iter().zip(price_names) {
        if let Some((row, text)) = column.first_bad(mark) {
            refuse_or(&mut bad, row, bad_number(line_of(row), name, text), options)?;
        }
    }
    let mut prices = prices.map(|column| column.values(mark));
    let mut scale = 1.0;
    scaled(&mut prices, &mut scale, hint, &mut out, options)?;
    in_order(&prices)?;
    let names: Vec<&str> = plan.volumes.iter().map(|(at, _)| plan.names[*at].trim()).collect();
    let bad_volumes: Vec<Option<(usize, String)>> =
        volumes.iter().map(|column| column.first_bad(mark).map(|(row, text)| (row, text.to_owned()))).collect();
    let volumes: Vec<Vec<f64>> = volumes.into_iter().map(|column| column.values(mark)).collect();
    let candidates: Vec<Candidate> = names
        .iter()
        .zip(&plan.volumes)
        .zip(&volumes)
        .map(|((name, (_, kind)), values)| Candidate { name, kind: *kind, values })
        .collect();
    let mut choice = choose(&candidates, &prices[1], &prices[2]);
    if let (Some(lot), Some(at)) = (plan.lot, choice.at) {
        choice.scale = lot;
        choice.note = Some(format!("{} counts lots of {lot}; the volume is in units", names[at]));
    }
    drop(candidates);
    if let (true, Some(what)) = (choice.is_open, &choice.note) {
        let remedy = "Pass --columns volume= with the one that counts units";
        return Err(ContentError::file(what.clone(), remedy).into());
    }
    if let Some(note) = choice.note {
        out.decisions.push(match choice.at.map(|at| &plan.volumes[at]) {
            Some((at, _)) if !is_one(choice.scale) => {
                out.notes.push(note.clone());
                Decision::guessed(note, "--columns", format!("volume={}", plan.names[*at].trim()))
            }
            Some((at, kind)) if *kind == VolumeKind::Ticks || *kind == VolumeKind::Quote && choice.at == Some(0) => {
                out.notes.push(note.clone());
                Decision::guessed(note, "--columns", format!("volume={}", plan.names[*at].trim()))
            }
            Some((at, _)) => Decision::by(note, "--columns", format!("volume={}", plan.names[*at].trim())),
            None => Decision::guess(note),
        });
    }
    let mut volume = match choice.at {
        Some(at) => {
            if let Some((row, text)) = &bad_volumes[at] {
                refuse_or(&mut bad, *row, bad_number(line_of(*row), "volume", text), options)?;
            }
            let mut volumes = volumes;
            volumes.swap_remove(at)
        }
        None => vec![0.0; time.len()],
    };
    for value in &mut volume {
        if is_empty(*value) {
            *value = 0.0;
            out.blank_volumes += 1;
        } else if !is_one(choice.scale) {
            *value *= choice.scale;
        }
    }
    if out.blank_volumes == volume.len() as u64 && !out.no_volume {
        out.blank_volumes = 0;
        out.notes.push("the column of volume is empty; it is 0".to_owned());
    }
    out.untraded = plan.is_untraded && volume.iter().all(|volume| *volume == 0.0);
    // A row with some of its prices.
    for (column, name) in prices.iter().zip(price_names) {
        if let Some(row) = column.iter().position(|value| is_empty(*value)) {
            refuse_or(&mut bad, row, bad_number(line_of(row), name, ""), options)?;
        }
    }
    let volume_column = choice.at.map(|at| plan.volumes[at].0);
    for (column, kept) in kept.into_iter().zip(&plan.kept) {
        if Some(kept.at) == volume_column && options.keep_columns == KeepColumns::All {
            continue;
        }
        if let Some((row, text)) = column.first_bad(mark) {
            let fault = bad_number(line_of(row), &kept.name, text);
            refuse_or(&mut bad, row, fault, options)?;
        }
        let value = |value: f64| if value.is_nan() { f64::NAN } else { value };
        let values = column.values(mark).into_iter().map(value).collect();
        out.kept.push(OwnSeries { name: kept.name.clone(), values });
    }
    describe(&mut out, &plan, choice.at, unit, scale, choice.scale);
    let [open, high, low, close] = prices;
    out.candles = Candles { time, open, high, low, close, volume };
    out.labels = labels
        .into_iter()
        .filter(|column| !column.is_open && column.words.len() > 1)
        .map(|column| RowLabels {
            name: plan.names[column.at].trim().to_owned(),
            words: column.words,
            rows: column.rows,
        })
        .collect();
    out.line = line;
    let open_rows = if options.keep_last { Vec::new() } else { open_rows };
    out.unfinished = open_rows.len() as u64;
    let other_lengths = lengths(&mut out, interval, &plan.names, options)?;
    sift(&mut out, &bad, &[open_rows, other_lengths].concat(), options)?;
    if out.candles.is_empty() {
        return Err(ContentError::file("holds no finished bar", "Wait until one is, or pass --keep-last").into());
    }
    if head.interval.is_some() {
        out.interval = head.interval;
    }
    Ok(out)
}

fn separator_name(separator: char) -> String {
    match separator {
        ',' => "commas".to_owned(),
        ';' => "semicolons".to_owned(),
        '\t' => "tabs".to_owned(),
        '|' => "bars".to_owned(),
        ' ' => "blanks".to_owned(),
        other => quote(&other.to_string()),
    }
}

/// Why no row is left.
fn nothing_left(rows: &TypedRows, options: &ImportOptions) -> Refusal {
    if rows.others > 0 {
        let only = options.only_symbol.as_deref().unwrap_or_default();
        let what = format!("has no row of {}; it has {}", quote(only), escape(&rows.other_symbols.join(", ")));
        return ContentError::file(what, "Pass --only-symbol with one that it has").into();
    }
    Refusal::foreign(no_rows(rows.nulls))
}

/// Which asset the rows are of; several in one file are never mixed.
fn symbol(
    out: &mut SourceRows,
    head: &TableHead,
    rows: &TypedRows,
    options: &ImportOptions,
) -> Result<(), ContentError> {
    let plan = &rows.plan;
    if let Some(column) = &rows.symbol {
        let name = &plan.names[column.at];
        let words: Vec<&str> = column.words.iter().map(|word| &**word).filter(|word| !word.is_empty()).collect();
        if words.len() > 1 || column.is_open {
            return Err(several(name, column, SEVERAL));
        }
        let only = words.first().copied().unwrap_or_default();
        let is_number = only.bytes().all(|b| b.is_ascii_digit());
        let is_currency = QUOTES[..17].contains(&only.to_uppercase().as_str());
        if !is_number && !is_currency {
            out.symbol = Some(only.to_owned());
        }
    }
    for column in &rows.labels {
        if plan.is_one_asset || column.words.len() < 2 || column.is_open {
            continue;
        }
        if plan.markets.contains(&column.at) {
            return Err(several(&plan.names[column.at], column, SEVERAL_WORDS));
        }
        // Words in capitals may be anything, and are assets where each stands in rows of its own.
        let is_asset = |word: &str| name::symbol(&[format!("{word}.csv")]).is_some_and(|(_, is_guess)| !is_guess);
        let is_pair = |word: &str| name::is_pair(word);
        let runs = 1 + column.rows.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let is_sectioned = runs == column.words.len() && column.rows.len() >= runs * 3;
        let is_each = |is: &dyn Fn(&str) -> bool| column.words.iter().all(|word| is(word));
        if is_each(&is_pair) || is_sectioned && is_each(&is_asset) {
            return Err(several(&plan.names[column.at], column, SEVERAL_WORDS));
        }
    }
    // Without a header, a pair that stands in each row.
    let in_each_row = || {
        let only = |column: &LabelColumn| match &column.words[..] {
            [word] if name::is_pair_of_word(word) => Some(word.to_string()),
            _ => None,
        };
        rows.labels.iter().filter(|_| !plan.has_names).find_map(only)
    };
    out.symbol = out.symbol.take().or_else(|| head.symbol.clone()).or_else(|| plan.asset.clone()).or_else(in_each_row);
    if rows.others > 0 {
        let only = options.only_symbol.as_deref().unwrap_or_default();
        out.notes.push(format!("{} rows of other assets than {} left out", rows.others, escape(only)));
        out.symbol.clone_from(&options.only_symbol);
    }
    Ok(())
}

const SEVERAL: &str = "Pass --only-symbol with the one to import";
const SEVERAL_WORDS: &str = "Pass --columns symbol=NAME with that column and --only-symbol with the one to import, or \
    --columns symbol= where all rows are of one asset";

fn several(name: &str, column: &LabelColumn, remedy: &'static str) -> ContentError {
    let count = |at: usize| column.rows.iter().filter(|row| usize::from(**row) == at).count();
    let shown: Vec<String> = column
        .words
        .iter()
        .enumerate()
        .take(5)
        .map(|(at, word)| format!("{} ({} rows)", quote(word), count(at)))
        .collect();
    let more = if column.words.len() > 5 { ", .." } else { "" };
    ContentError::file(
        format!(
            "has rows of {} assets by its column {}: {}{more}",
            column.words.len(),
            quote(name.trim()),
            shown.join(", ")
        ),
        remedy,
    )
}

/// The one zone of a column of zones.
fn zone_column(labels: &[LabelColumn], at: usize, names: &[String]) -> Result<Option<ImportZone>, ContentError> {
    let Some(column) = labels.iter().find(|column| column.at == at) else { return Ok(None) };
    let zones: Vec<Option<ImportZone>> = column.words.iter().map(|word| ImportZone::parse(word).ok()).collect();
    match &zones[..] {
        [Some(zone)] if !column.is_open => Ok(Some(zone.clone())),
        _ => {
            let words: Vec<String> = column.words.iter().take(5).map(|word| quote(word)).collect();
            let what =
                format!("has times of several zones by its column {}: {}", quote(names[at].trim()), words.join(", "));
            Err(ContentError::file(what, "Pass --timezone with the one zone that its clock hung in"))
        }
    }
}

/// Whether a symbol is a pair of crypto or of currencies.
fn pair_of(symbol: &str) -> bool {
    let symbol = name::normal(symbol);
    QUOTES.iter().any(|quote| symbol.strip_suffix(quote).is_some_and(|base| base.len() >= 2))
}

/// Fails where most rows contradict what their columns are called.
fn in_order([open, high, low, close]: &[Vec<f64>; 4]) -> Result<(), ContentError> {
    let bars = open.iter().zip(high).zip(low.iter().zip(close));
    let wrong = bars.filter(|((o, h), (l, c))| !(l <= o && o <= h && l <= c && c <= h)).count();
    if wrong * 2 <= open.len() || open.len() < 3 {
        return Ok(());
    }
    Err(ContentError::file(
        format!("has {wrong} of {} rows in which low, open, close and high are in no order that bars have", open.len()),
        "Check that it holds bars, and name its columns with --columns",
    ))
}

/// Prices that are whole numbers because somebody multiplied them.
fn scaled(
    prices: &mut [Vec<f64>; 4],
    scale: &mut f64,
    hint: ScaleHint,
    out: &mut SourceRows,
    options: &ImportOptions,
) -> Result<(), ContentError> {
    let all = || prices.iter().flatten().copied().filter(|price| !price.is_nan());
    let is_whole = all().all(|price| price.fract() == 0.0);
    let stated = options.price_scale;
    let divisor = match (stated, hint) {
        (Some(_), _) => None,
        (None, ScaleHint::Lean) if is_whole => {
            let hundreds = all().filter(|price| price % 100.0 == 0.0).count();
            let count = all().count();
            if hundreds * 10 < count * 9 {
                return Err(ContentError::file(
                    "has whole numbers for prices, which LEAN multiplies by 10,000 for shares and not for crypto",
                    "Pass --price-scale 0.0001 or --price-scale 1",
                ));
            }
            Some(10_000.0)
        }
        (None, ScaleHint::Databento) if is_whole && all().all(|price| price >= 1e6) => Some(1e9),
        (None, _) => {
            // In no market are all prices whole and so large, but for those of a few weak currencies.
            if is_whole && all().count() > 0 && all().all(|price| price >= 1e7) {
                let first = all().next().unwrap_or_default();
                return Err(ContentError::file(
                    format!("has whole numbers such as {first} for prices, which may be multiplied by a power of ten"),
                    "Pass --price-scale, as in --price-scale 0.00000001, or --price-scale 1 to take them as they are",
                ));
            }
            None
        }
    };
    if let Some(divisor) = divisor {
        *scale = 1.0 / divisor;
        // Divided, as that is exact to the last digit where a product is not.
        prices.iter_mut().flatten().filter(|price| !price.is_nan()).for_each(|price| *price /= divisor);
        let what = format!("prices are whole numbers; divided by {divisor}");
        out.notes.push(what.clone());
        out.decisions.push(Decision::guessed(what, "--price-scale", format!("{}", 1.0 / divisor)));
    } else if let Some(stated) = stated {
        *scale = stated;
        let inverse = (1.0 / stated).round();
        let is_inverse = stated < 1.0 && (stated * inverse - 1.0).abs() < 1e-12;
        let price = |price: f64| if is_inverse { price / inverse } else { price * stated };
        prices.iter_mut().flatten().filter(|price| !price.is_nan()).for_each(|value| *value = price(*value));
        if !is_one(stated) {
            out.notes.push(format!("prices multiplied by {stated}"));
        }
    }
    Ok(())
}

/// Rows of other lengths of bars than the wanted one.
fn lengths(
    out: &mut SourceRows,
    column: Option<LabelColumn>,
    names: &[String],
    options: &ImportOptions,
) -> Result<Vec<usize>, ContentError> {
    let Some(column) = column.filter(|column| !column.is_open) else { return Ok(Vec::new()) };
    let read: Vec<Option<Interval>> = column.words.iter().map(|word| name::interval_of(word)).collect();
    match (&read[..], options.interval) {
        ([Some(only)], _) => out.interval = Some(*only),
        ([None], _) => {}
        (several, _) if several.iter().any(Option::is_none) => {}
        (several, Some(wanted)) if several.contains(&Some(wanted)) => {
            let is_other = |word: &u16| read[usize::from(*word)] != Some(wanted);
            return Ok(column.rows.iter().enumerate().filter(|(_, word)| is_other(word)).map(|(row, _)| row).collect());
        }
        (several, _) => {
            let shown: Vec<String> = several.iter().flatten().map(ToString::to_string).collect();
            return Err(ContentError::file(
                format!(
                    "has bars of several lengths by its column {}: {}",
                    quote(names[column.at].trim()),
                    shown.join(", ")
                ),
                "Pass --interval with the one to import",
            ));
        }
    }
    Ok(Vec::new())
}

/// Notes a bad row, or ends the import with it.
fn refuse_or(
    bad: &mut Vec<(usize, String)>,
    row: usize,
    fault: ContentError,
    options: &ImportOptions,
) -> Result<(), ContentError> {
    if options.on_bad_row == OnBadRow::Refuse {
        return Err(fault);
    }
    bad.push((row, fault.what));
    Ok(())
}

/// Drops rows that no bar can be, where that is wanted, and those that are not asked for.
fn sift(
    out: &mut SourceRows,
    bad: &[(usize, String)],
    left_out: &[usize],
    options: &ImportOptions,
) -> Result<(), ContentError> {
    let refuses = options.on_bad_row == OnBadRow::Refuse;
    if refuses && let Some((row, what)) = bad.first() {
        return Err(ContentError::row(
            out.line.get(*row).map_or(0, |line| u64::from(*line)),
            what.clone(),
            super::table::TIME_HELP,
        ));
    }
    if !left_out.is_empty() {
        let mut is_out = vec![false; out.candles.len()];
        for row in left_out {
            is_out[*row] = true;
        }
        let keep: Vec<usize> = (0..is_out.len()).filter(|row| !is_out[*row]).collect();
        out.keep(&keep);
    }
    if refuses {
        let Some(mut fault) = first_impossible(&out.candles, 1) else { return Ok(()) };
        fault.remedy = "Correct or remove the row, or pass --on-bad-row drop";
        let row = fault.row.and_then(|row| out.line.get(usize::try_from(row).ok()?.checked_sub(1)?).copied());
        return Err(ContentError { row: row.map(u64::from), ..fault });
    }
    let mut keep = Vec::with_capacity(out.candles.len());
    for row in 0..out.candles.len() {
        let values = Field::ALL.map(|field| out.candles.column(field)[row]);
        let what = if values.iter().any(|value| is_bad(*value)) || values.iter().any(|value| is_empty(*value)) {
            Some("a value is not a number".to_owned())
        } else {
            first_impossible(&out.candles.slice(row..row + 1), 1).map(|fault| fault.what)
        };
        match what {
            None => keep.push(row),
            Some(what) => {
                out.bad += 1;
                if out.bad_rows.len() < 20 {
                    out.bad_rows.push(format!("row {} dropped: {what}", out.line[row]));
                }
            }
        }
    }
    if keep.len() < out.candles.len() {
        out.keep(&keep);
    }
    Ok(())
}

/// How each column was understood, for the preview.
fn describe(
    out: &mut SourceRows,
    plan: &super::columns::ColumnPlan,
    volume: Option<usize>,
    unit: &str,
    scale: f64,
    volume_scale: f64,
) {
    let name = |at: usize| if plan.has_names { plan.names[at].trim().to_owned() } else { format!("column {}", at + 1) };
    let kept_names: Vec<String> = out.kept.iter().map(|series| series.name.clone()).collect();
    let mut add = |at: usize, meaning: &'static str, unit: &str| {
        out.columns.push(ColumnMeaning { column: name(at), meaning, unit: unit.to_owned() });
    };
    let time = if plan.stamp == Some(StampIs::Close) { "end of the bar" } else { "open of the bar" };
    match plan.time {
        TimePlace::One(at) => add(at, time, unit),
        TimePlace::Two(date, clock, _) => {
            add(date, "day", unit);
            add(clock, "time of the day", "text");
        }
        TimePlace::OfDay(at, _) => add(at, time, "ms since midnight"),
    }
    let price = if is_one(scale) { "price".to_owned() } else { format!("price, times {scale}") };
    for (at, meaning) in plan.prices.into_iter().zip(["open", "high", "low", "close"]) {
        add(at, meaning, &price);
    }
    if let Some(at) = volume {
        let unit = if is_one(volume_scale) { "units".to_owned() } else { format!("contracts of {volume_scale} units") };
        add(plan.volumes[at].0, "volume", &unit);
    }
    let others = [
        (plan.end, "end of the bar"),
        (plan.symbol, "asset"),
        (plan.interval, "length of the bar"),
        (plan.confirm, "finished"),
    ];
    for (at, meaning) in others {
        if let Some(at) = at {
            add(at, meaning, "");
        }
    }
    for kept in &plan.kept {
        if kept_names.contains(&kept.name) {
            add(kept.at, "kept", &format!("column({:?})", kept.name));
        }
    }
}

impl SourceRows {
    pub(super) fn len(&self) -> usize {
        self.candles.len()
    }

    /// Keeps the rows of these numbers, in this order.
    pub(super) fn keep(&mut self, rows: &[usize]) {
        self.candles = picked(&self.candles, rows);
        self.kept = picked_series(&self.kept, rows);
        self.line = rows.iter().map(|&row| self.line[row]).collect();
        for labels in &mut self.labels {
            labels.rows = rows.iter().map(|&row| labels.rows[row]).collect();
        }
    }

    /// Appends the rows of another file of the same archive.
    pub(super) fn append(&mut self, other: Self) {
        append_series(&mut self.kept, other.kept, self.candles.len(), other.candles.len());
        self.candles.extend_from(&other.candles, 0..other.candles.len());
        self.line.extend(other.line);
        self.nulls += other.nulls;
        self.bad += other.bad;
        self.blank_volumes += other.blank_volumes;
        self.unfinished += other.unfinished;
        self.interval = self.interval.filter(|interval| other.interval == Some(*interval));
        self.closed = self.closed.of_both(other.closed);
        self.no_volume |= other.no_volume;
        self.synthetic |= other.synthetic;
        self.is_absolute &= other.is_absolute;
        self.is_dates &= other.is_dates;
        if self.stamp != other.stamp {
            self.stamp = None;
        }
        // Words of one file's column are numbered otherwise in another's.
        self.labels.clear();
        for note in other.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        for decision in other.decisions {
            if !self.decisions.contains(&decision) {
                self.decisions.push(decision);
            }
        }
        self.bad_rows.extend(other.bad_rows);
    }
}

/// Of each series the values of these rows, in this order.
pub(super) fn picked_series(from: &[OwnSeries], rows: &[usize]) -> Vec<OwnSeries> {
    let values = |series: &OwnSeries| rows.iter().map(|&row| series.values[row]).collect();
    from.iter().map(|series| OwnSeries { name: series.name.clone(), values: values(series) }).collect()
}

/// Appends the columns of more rows, where either may lack some of the other's.
fn append_series(all: &mut Vec<OwnSeries>, more: Vec<OwnSeries>, before: usize, count: usize) {
    for mut series in more {
        if let Some(known) = all.iter_mut().find(|known| known.name == series.name) {
            known.values.append(&mut series.values);
        } else {
            let values = std::iter::repeat_n(f64::NAN, before).chain(series.values).collect();
            all.push(OwnSeries { name: series.name, values });
        }
    }
    for series in all {
        series.values.resize(before + count, f64::NAN);
    }
}

/// The rows of these numbers, in this order.
pub(super) fn picked(from: &Candles, rows: &[usize]) -> Candles {
    let column = |from: &[f64]| rows.iter().map(|&at| from[at]).collect();
    Candles {
        time: rows.iter().map(|&at| from.time[at]).collect::<Vec<Millis>>(),
        open: column(&from.open),
        high: column(&from.high),
        low: column(&from.low),
        close: column(&from.close),
        volume: column(&from.volume),
    }
}
