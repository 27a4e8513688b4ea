//! From rows to candles: sorted, each time once, stamped with their opens, the unfinished ones gone.

use crate::date::{month, show_time};
use crate::error::ContentError;
use crate::escape::quote;
use crate::read::gaps::{is_live_row, missing, phase_change};
use crate::read::validate::BITCOIN;
use crate::sim::DAY;
use crate::sim::{Candles, Field, Interval, Millis, OwnSeries};
use crate::store::OnConflict;

use super::cells::ClosedBars;
use super::decide::{SourceRows, picked, picked_series};
use super::options::{ImportOptions, StampIs};
use super::report::{Decision, FileReport, RowOrder};
use super::times::{StepGuess, end_of, guess, month_begin};

/// Rows that conflict and are named one by one.
const EXAMPLES: usize = 5;
const HOUR: Millis = 3_600_000;

/// The rows as candles and their further columns, each time once, in the order of time.
pub(super) fn sorted(
    rows: SourceRows,
    options: &ImportOptions,
) -> Result<(Candles, Vec<OwnSeries>, FileReport), ContentError> {
    let mut report = FileReport {
        format: rows.format,
        nulls: rows.nulls,
        bad: rows.bad,
        blank_volumes: rows.blank_volumes,
        no_volume: rows.no_volume,
        unfinished: rows.unfinished,
        rows: rows.len() as u64 + rows.nulls,
        ..FileReport::default()
    };
    order(&rows.candles.time, &mut report);
    let is_sorted = report.order == RowOrder::Ascending && rows.candles.time.windows(2).all(|pair| pair[0] < pair[1]);
    let (candles, kept) = if is_sorted {
        (rows.candles, rows.kept)
    } else {
        let order = each_once(&rows, options, &mut report)?;
        (picked(&rows.candles, &order), picked_series(&rows.kept, &order))
    };
    report.notes = rows.notes;
    report.bad_rows = rows.bad_rows;
    report.columns = rows.columns;
    report.decisions = rows.decisions;
    report.distinct = candles.len() as u64;
    report.first = candles.time.first().copied().unwrap_or_default();
    report.last = candles.time.last().copied().unwrap_or_default();
    Ok((candles, kept, report))
}

fn order(time: &[Millis], report: &mut FileReport) {
    let rising = time.windows(2).filter(|pair| pair[0] < pair[1]).count();
    let falling = time.windows(2).filter(|pair| pair[0] > pair[1]).count();
    report.order = if falling > rising { RowOrder::Descending } else { RowOrder::Ascending };
    report.breaks = falling.min(rising) as u64;
}

/// Which rows are kept, in the order of time.
fn each_once(rows: &SourceRows, options: &ImportOptions, report: &mut FileReport) -> Result<Vec<usize>, ContentError> {
    let SourceRows { candles, line, .. } = rows;
    let mut order: Vec<usize> = (0..candles.len()).collect();
    order.sort_by_key(|&at| candles.time[at]);
    let bits = |at: usize| Field::ALL.map(|field| candles.column(field)[at].to_bits());
    let mut kept: Vec<usize> = Vec::with_capacity(order.len());
    let mut conflicts: Vec<(usize, usize)> = Vec::new();
    for at in order {
        match kept.last_mut() {
            Some(last) if candles.time[*last] == candles.time[at] => {
                if bits(*last) == bits(at) {
                    report.duplicates += 1;
                    continue;
                }
                conflicts.push((*last, at));
                if options.conflict == OnConflict::Last {
                    *last = at;
                }
            }
            _ => kept.push(at),
        }
    }
    report.conflicts = conflicts.len() as u64;
    if let Some(fault) = several_assets(rows, &conflicts).or_else(|| local_clock(rows, &conflicts, options)) {
        return Err(fault);
    }
    if !conflicts.is_empty() && options.conflict == OnConflict::Refuse {
        let shown: Vec<String> = conflicts
            .iter()
            .take(EXAMPLES)
            .map(|(a, b)| format!("{} in rows {} and {}", show_time(candles.time[*a]), line[*a], line[*b]))
            .collect();
        let more = if conflicts.len() > shown.len() { "; and more" } else { "" };
        let rows = if conflicts.len() == 1 {
            "row repeats the time of another with other values"
        } else {
            "rows repeat the time of another with other values"
        };
        return Err(ContentError::file(
            format!("{} {rows}: {}{more}", conflicts.len(), shown.join("; ")),
            "Remove the wrong ones, or pass --on-conflict first or last to take of each the one that stands first or last in the file",
        ));
    }
    Ok(kept)
}

/// Rows of one time that a column of words tells apart are of several assets or markets: no conflict to be decided.
fn several_assets(rows: &SourceRows, conflicts: &[(usize, usize)]) -> Option<ContentError> {
    if conflicts.is_empty() {
        return None;
    }
    let differs =
        |labels: &&super::decide::RowLabels| conflicts.iter().all(|(a, b)| labels.rows[*a] != labels.rows[*b]);
    let labels = rows.labels.iter().find(differs)?;
    let words: Vec<String> = labels.words.iter().take(5).map(|word| quote(word)).collect();
    Some(ContentError::file(
        format!("has rows of {} kinds by its column {}: {}", labels.words.len(), quote(&labels.name), words.join(", ")),
        "Pass --columns symbol= with that column and --only-symbol with the one to import",
    ))
}

/// An hour that comes twice in the night of an autumn's Sunday is no conflict but a clock that was set back.
fn local_clock(rows: &SourceRows, conflicts: &[(usize, usize)], options: &ImportOptions) -> Option<ContentError> {
    if conflicts.is_empty() || rows.is_absolute || rows.is_dates || options.timezone.is_some() {
        return None;
    }
    let is_set_back = |time: Millis| {
        let weekday = (time.div_euclid(DAY) + 4).rem_euclid(7);
        weekday == 0 && [3, 4, 9, 10, 11].contains(&((month(time) - 1) % 12 + 1)) && time.rem_euclid(DAY) < 4 * HOUR
    };
    let all = conflicts.iter().all(|(a, _)| is_set_back(rows.candles.time[*a]));
    all.then(|| {
        let (a, b) = conflicts[0];
        ContentError::row(
            u64::from(rows.line[b]),
            format!(
                "the hour of {} is there twice (row {} too): its clock was set back, so the times are of a zone with daylight saving",
                show_time(rows.candles.time[a]),
                rows.line[a]
            ),
            "Pass --timezone with that zone, as in --timezone America/New_York",
        )
    })
}

/// Takes a last row away that shows the market as it was when the file was made: its time lies on no grid of the others.
pub(super) fn without_live_row(candles: Candles, options: &ImportOptions, report: &mut FileReport) -> Candles {
    let count = candles.len();
    if count < 4 {
        return candles;
    }
    let (last, rest) = (candles.time[count - 1], &candles.time[..count - 1]);
    let before = rest[rest.len() - 1];
    // As far behind the row before it as that one behind the one before: on the same grid, whatever it is.
    if last - before == before - rest[rest.len() - 2] {
        return candles;
    }
    let StepGuess::Sure(interval) = guess(rest) else { return candles };
    if !is_live_row(&candles.time, interval) {
        return candles;
    }
    report.unfinished += 1;
    report.notes.push(format!("the last row, of {}, is of a bar that was still open", show_time(last)));
    let own = end_of(before, interval);
    if options.keep_last && last >= own {
        let mut candles = candles;
        candles.time[count - 1] = own;
        report.kept_unfinished = true;
        return candles;
    }
    candles.slice(0..count - 1)
}

/// Stamps each bar with its open, where rows have its end; gives the new times and what was decided.
pub(super) fn opened(
    candles: &mut Candles,
    interval: Interval,
    stamp: Option<StampIs>,
    is_stated: bool,
    is_local: bool,
    report: &mut FileReport,
) {
    let time = &mut candles.time;
    let unit = interval.millis().min(DAY);
    let first = time[0];
    let beyond = |margin: Millis| time.iter().all(|time| (time + margin).rem_euclid(unit) == 0);
    // 23:59:59.999, 23:59:59, and for days and hours 23:59: the last moment of a bar.
    let is_grid = first.rem_euclid(unit) == 0;
    let margins = [1, 1_000, 60_000];
    let margin = margins.into_iter().filter(|margin| *margin < unit && !is_grid).find(|margin| beyond(*margin));
    match (stamp, margin) {
        (Some(StampIs::Open), _) if is_stated => {}
        (Some(StampIs::Close), margin) => {
            for time in time.iter_mut() {
                *time = open_of(*time + margin.unwrap_or(0), interval);
            }
            report.notes.push("times are of the bars' ends; stored by their opens".to_owned());
        }
        (_, Some(margin)) => {
            for time in time.iter_mut() {
                *time = open_of(*time + margin, interval);
            }
            let what =
                format!("times are the last moments of the bars, such as {}; stored by their opens", show_time(first));
            report.notes.push(what.clone());
            report.decisions.push(Decision::by(what, "--time-is", "close"));
        }
        (_, None) => {
            // Days stamped with the close of a stock exchange.
            let close = 16 * HOUR;
            let is_close = is_local
                && interval.millis() == DAY
                && time.len() > 2
                && time.iter().all(|time| time.rem_euclid(DAY) == close);
            if is_close {
                for time in time.iter_mut() {
                    *time -= close;
                }
                let what = "days are stamped with 16:00, the close of the market; stored by their dates".to_owned();
                report.notes.push(what.clone());
                report.decisions.push(Decision::guess(what));
            }
        }
    }
    report.first = time.first().copied().unwrap_or_default();
    report.last = time.last().copied().unwrap_or_default();
}

/// When a bar opened that ended then.
fn open_of(end: Millis, interval: Interval) -> Millis {
    if !interval.is_months() {
        return end - interval.millis();
    }
    let months = interval.millis() / Interval::MONTH.millis();
    // The end of a month is the begin of the next, or a moment of its last day.
    month_begin(month(end - 1) - months + 1).unwrap_or(end)
}

/// Fails where the bars open at one place of their period up to some moment, and at another from then on: two sources.
/// An hour more or less is daylight saving, and a single bar elsewhere one after a holiday.
pub(super) fn one_phase(time: &[Millis], interval: Interval) -> Result<(), ContentError> {
    let Some(at) = phase_change(time, interval) else { return Ok(()) };
    Err(ContentError::file(
        format!(
            "has bars of {interval} of two phases: they open as at {} up to {}, and as at {} from then on",
            show_time(time[0]),
            show_time(time[at - 1]),
            show_time(time[at])
        ),
        "Split it there, or make both parts of shorter bars: as one series two bars overlap, or time is lost between them",
    ))
}

/// Fails where many bars in a row are the same number of periods apart: those are longer bars, of another file.
pub(super) fn one_length(time: &[Millis], interval: Interval) -> Result<(), ContentError> {
    /// In no market do so many bars in a row miss as many others each.
    const IN_A_ROW: usize = 12;
    if interval.is_months() {
        return Ok(());
    }
    let (mut before, mut count) = (0, 0);
    for (at, pair) in time.windows(2).enumerate() {
        let step = pair[1] - pair[0];
        count = if step == before { count + 1 } else { 1 };
        before = step;
        if count >= IN_A_ROW && step > interval.millis() && step % interval.millis() == 0 {
            let first = time[at + 1 - count];
            return Err(ContentError::file(
                format!(
                    "has bars of {interval}, and from {} on {} that are {} apart: bars of two lengths",
                    show_time(first),
                    count + 1,
                    show_step(step)
                ),
                "Split it there and import each part for itself, or pass --interval with the length of all bars",
            ));
        }
    }
    Ok(())
}

/// A step in words where it is the length of a bar.
fn show_step(step: Millis) -> String {
    Interval::of_millis(step).map_or_else(|| format!("{} minutes", step / 60_000), |step| step.to_string())
}

/// Fails where two bars lie within one period.
pub(super) fn each_period_once(time: &[Millis], interval: Interval) -> Result<(), ContentError> {
    if interval.is_months() {
        return Ok(());
    }
    let close = time.windows(2).find(|pair| pair[1] - pair[0] < interval.millis() / 2);
    match close {
        None => Ok(()),
        Some(pair) => Err(ContentError::file(
            format!(
                "has bars of {interval}, and two within one period: {} and {}",
                show_time(pair[0]),
                show_time(pair[1])
            ),
            "Pass --interval with the length of its bars, or split it: bars of several lengths or sources are in it",
        )),
    }
}

/// Drops the bars at the end that were not finished, unless they are wanted, and looks at what is left.
pub(super) fn finish(
    candles: Candles,
    interval: Interval,
    closed: ClosedBars,
    options: &ImportOptions,
    report: &mut FileReport,
) -> Candles {
    let time = &candles.time;
    let end = match closed {
        ClosedBars::Through(last) => time.partition_point(|time| *time <= last),
        ClosedBars::Before(moment) => time.partition_point(|time| end_of(*time, interval) <= moment),
        ClosedBars::Unsaid => time.len(),
    };
    // A bar that has begun and not ended; one that opens in the future is a mistake of another kind.
    let is_open = |time: &Millis| *time <= options.now && end_of(*time, interval) > options.now;
    let end = if end == time.len() && time.last().is_some_and(is_open) { end - 1 } else { end };
    let unfinished = (time.len() - end) as u64;
    report.unfinished += unfinished;
    report.kept_unfinished |= options.keep_last && unfinished > 0;
    let candles = if unfinished == 0 || options.keep_last { candles } else { candles.slice(0..end) };
    gaps(&candles.time, interval, report);
    report.zero_volume = candles.volume.iter().filter(|volume| **volume == 0.0).count() as u64;
    report.before_bitcoin = candles.time.partition_point(|time| *time < BITCOIN) as u64;
    report.future = (candles.len() - candles.time.partition_point(|time| *time <= options.now)) as u64;
    candles
}

fn gaps(time: &[Millis], interval: Interval, report: &mut FileReport) {
    for pair in time.windows(2) {
        match missing(pair[0], pair[1], interval) {
            Some(0) => {}
            Some(bars) => {
                let bars = bars.unsigned_abs();
                report.missing += bars;
                if report.longest_gap.is_none_or(|(_, _, longest)| bars > longest) {
                    report.longest_gap = Some((pair[0], pair[1], bars));
                }
            }
            None => report.irregular += 1,
        }
    }
}
