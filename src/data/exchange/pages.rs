//! Goes through a range of time, page by page.

use std::ops::Range;

use super::asker::{Asker, Reply};
use super::failure::FetchError;
use super::pairs::Pair;
use super::rows::{of, push};
use super::venue::{Page, Reach};
use crate::data::time::show;
use crate::data::validate::first_fault;
use crate::sim::model::{Candles, Millis};

/// What is asked for.
pub(super) struct Course<'a> {
    pub pair: &'a Pair,
    /// The interval as the exchange writes it.
    pub code: &'a str,
    /// Its length.
    pub step: Millis,
}

/// Gives every closed bar of a range to `take`, in the order of time, each once, a page at a time.
pub(super) fn go(
    asker: &mut Asker,
    course: &Course,
    range: &Range<Millis>,
    take: &mut dyn FnMut(&Candles) -> Result<(), FetchError>,
) -> Result<(), FetchError> {
    let span = asker.venue.page_bars() * course.step;
    let bars = |range: Range<Millis>| {
        u64::try_from((range.end - range.start + course.step - 1) / course.step).unwrap_or_default()
    };
    let mut at = range.start;
    let mut last: Option<(Millis, [f64; 5])> = None;
    let mut is_known = false;
    while at < range.end {
        let reach = asker.venue.reach();
        let window = if reach == Reach::FirstFrom { at..range.end } else { at..range.end.min(at + span) };
        let window = if reach == Reach::Newest { at..range.end } else { window };
        let (page, fault) = page(asker, course, &window)?;
        let first = page.time.first().copied();
        if !is_known {
            // Where its history begins is known with the first page only.
            let from = if reach == Reach::FirstFrom { first.unwrap_or(range.end) } else { range.start };
            asker.progress().expect(bars(from..range.end));
            (is_known, at) = (true, from.max(at));
        }
        let fresh = without_edge(&page, last, asker)?;
        if let Some(end) = page.time.last() {
            last = Some((*end, of(&page, page.len() - 1)));
            take(&fresh)?;
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        let next = match reach {
            Reach::Newest => range.end,
            Reach::Window { .. } => window.end,
            Reach::FirstFrom => last.filter(|_| !page.is_empty()).map_or(range.end, |(time, _)| time + course.step),
        };
        asker.progress().advance(bars(at..next.min(range.end)));
        at = next;
    }
    Ok(())
}

/// The closed bars of one page that lie in the window; those before an impossible one, where there is such.
fn page(
    asker: &mut Asker,
    course: &Course,
    window: &Range<Millis>,
) -> Result<(Candles, Option<FetchError>), FetchError> {
    let title = asker.venue.title();
    let Reply { document, now } = asker.ask(&asker.venue.page_path(course.pair, course.code, window))?;
    let page = asker.venue.page(&document).map_err(|what| FetchError::Strange { title, what })?;
    let Page { candles, closed } = page;
    let end = window.end.min(now.saturating_sub(course.step).saturating_add(1));
    let end = closed.map_or(end, |closed| end.min(closed.saturating_add(1)));
    let from = candles.time.partition_point(|time| *time < window.start);
    let to = candles.time.partition_point(|time| *time < end).max(from);
    let before = from > 0 && to == from && asker.venue.reach() == Reach::FirstFrom;
    if before {
        let what =
            format!("asked for bars from {} on, it gives those of {}", show(window.start), show(candles.time[0]));
        return Err(FetchError::Strange { title, what });
    }
    let kept = slice(&candles, from..to);
    let Some(fault) = first_fault(&kept, 0) else { return Ok((kept, None)) };
    let at = fault.row.and_then(|row| usize::try_from(row).ok()).unwrap_or_default();
    let time = kept.time.get(at).copied().unwrap_or_default();
    Ok((slice(&kept, 0..at), Some(FetchError::Impossible { title, time, what: fault.what })))
}

/// A page without the bar that the page before ended with, should it be there again.
fn without_edge(page: &Candles, last: Option<(Millis, [f64; 5])>, asker: &Asker) -> Result<Candles, FetchError> {
    let Some((time, values)) = last else { return Ok(page.clone()) };
    let from = page.time.partition_point(|other| *other <= time);
    for at in (0..from).filter(|at| page.time[*at] == time) {
        if of(page, at).map(f64::to_bits) != values.map(f64::to_bits) {
            let what = format!("two different bars of {}", show(time));
            return Err(FetchError::Strange { title: asker.venue.title(), what });
        }
    }
    Ok(slice(page, from..page.len()))
}

fn slice(candles: &Candles, bars: Range<usize>) -> Candles {
    let mut out = Candles::default();
    for at in bars {
        push(&mut out, candles.time[at], of(candles, at));
    }
    out
}
