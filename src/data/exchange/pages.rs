//! Goes through a range of time, page by page.

use std::ops::Range;

use super::api::{CandlePage, Reach};
use super::client::{HttpClient, JsonReply};
use super::error::FetchError;
use super::pairs::Pair;
use super::rows::is_same;
use crate::date::show_time;
use crate::read::validate::first_fault;
use crate::sim::{Candle, Candles, DAY, Millis};

/// What is asked for.
pub(super) struct CandleQuery<'a> {
    pub pair: &'a Pair,
    /// The interval as the exchange writes it.
    pub code: &'a str,
    /// Its length.
    pub step: Millis,
}

/// Gives every closed bar of a range to `take`, in the order of time, each once, a page at a time.
pub(super) fn fetch_range(
    client: &mut HttpClient,
    query: &CandleQuery,
    range: &Range<Millis>,
    take: &mut dyn FnMut(&Candles) -> Result<(), FetchError>,
) -> Result<(), FetchError> {
    let span = client.exchange.page_bars() * query.step;
    let bars = |range: Range<Millis>| {
        u64::try_from((range.end - range.start + query.step - 1) / query.step).unwrap_or_default()
    };
    let mut at = range.start;
    let mut last: Option<Candle> = None;
    let mut is_known = false;
    while at < range.end {
        let reach = client.exchange.reach();
        let window = if reach == Reach::FirstFrom { at..range.end } else { at..range.end.min(at + span) };
        let window = if reach == Reach::Newest { at..range.end } else { window };
        let (page, fault) = page(client, query, &window)?;
        let first = page.time.first().copied();
        if !is_known {
            // Where its history begins is known with the first page only.
            let from = if reach == Reach::FirstFrom { first.unwrap_or(range.end) } else { range.start };
            client.progress().expect(bars(from..range.end));
            (is_known, at) = (true, from.max(at));
        }
        let fresh = without_edge(&page, last, client)?;
        if let Some(end) = page.last() {
            last = Some(end);
            take(&fresh)?;
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        let next = match reach {
            Reach::Newest => range.end,
            Reach::Window { .. } => window.end,
            Reach::FirstFrom => last.filter(|_| !page.is_empty()).map_or(range.end, |bar| bar.time + query.step),
        };
        client.progress().advance(bars(at..next.min(range.end)));
        at = next;
    }
    Ok(())
}

/// The closed bars of one page that lie in the window; those before an impossible one, where there is such.
fn page(
    client: &mut HttpClient,
    query: &CandleQuery,
    window: &Range<Millis>,
) -> Result<(Candles, Option<FetchError>), FetchError> {
    let title = client.exchange.title();
    let JsonReply { document, now } = client.ask(&client.exchange.page_path(query.pair, query.code, window))?;
    let page = client.exchange.page(&document).map_err(|what| FetchError::Strange { title, what })?;
    let CandlePage { candles, closed } = page;
    let end = window.end.min(now.saturating_sub(query.step).saturating_add(1));
    let end = closed.map_or(end, |closed| end.min(closed.saturating_add(1)));
    let from = candles.time.partition_point(|time| *time < window.start);
    let to = candles.time.partition_point(|time| *time < end).max(from);
    let before = from > 0 && to == from && client.exchange.reach() == Reach::FirstFrom;
    if before {
        let what = format!(
            "asked for bars from {} on, it gives those of {}",
            show_time(window.start),
            show_time(candles.time[0])
        );
        return Err(FetchError::Strange { title, what });
    }
    let kept = candles.slice(from..to);
    if let Some(what) = off_grid(&kept.time, query.step) {
        return Err(FetchError::Strange { title, what });
    }
    let Some(fault) = first_fault(&kept, 0) else { return Ok((kept, None)) };
    let at = fault.row.and_then(|row| usize::try_from(row).ok()).unwrap_or_default();
    let time = kept.time.get(at).copied().unwrap_or_default();
    Ok((kept.slice(0..at), Some(FetchError::Impossible { title, time, what: fault.what })))
}

/// What shows that bars are not of the interval that was asked for, `step` ms long: they open off its grid, or all stand
/// equally far apart, and farther than they should. Bars may be missing where nothing was traded, but never so evenly.
pub(super) fn off_grid(time: &[Millis], step: Millis) -> Option<String> {
    const ENOUGH: usize = 5;
    let first = *time.first()?;
    // Longer bars open where their exchange wants them to, but all of them at the same place.
    let place = if step <= DAY { 0 } else { first.rem_euclid(step) };
    if let Some(stray) = time.iter().find(|time| time.rem_euclid(step) != place) {
        return Some(format!("a bar opens at {}, which none of this interval does", show_time(*stray)));
    }
    let apart = time.get(1)? - first;
    let is_even = time.len() >= ENOUGH && time.windows(2).all(|pair| pair[1] - pair[0] == apart);
    (is_even && apart > step).then(|| format!("its bars are {} times as long as those asked for", apart / step))
}

/// A page without the bar that the page before ended with, should it be there again.
fn without_edge(page: &Candles, last: Option<Candle>, client: &HttpClient) -> Result<Candles, FetchError> {
    let Some(last) = last else { return Ok(page.clone()) };
    let from = page.time.partition_point(|other| *other <= last.time);
    if (0..from).map(|at| page.row(at)).any(|bar| bar.time == last.time && !is_same(&bar, &last)) {
        let what = format!("two different bars of {}", show_time(last.time));
        return Err(FetchError::Strange { title: client.exchange.title(), what });
    }
    Ok(page.slice(from..page.len()))
}

/// The ranges of open times within `wanted` in which bars are missing, `step` ms apart as they should be.
///
/// Each range holds its neighbours that are there too: an answer must agree with them, so that another market's candles
/// are noticed. Ranges with less than `near` ms between them become one, as one question answers both.
pub(super) fn missing_ranges(
    there: &[Millis],
    wanted: &Range<Millis>,
    step: Millis,
    near: Millis,
) -> Vec<Range<Millis>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let inside = &there[there.partition_point(|time| *time < wanted.start)..];
    let inside = &inside[..inside.partition_point(|time| *time < wanted.end)];
    let (Some(&first), Some(&last)) = (inside.first(), inside.last()) else { return vec![wanted.clone()] };
    let mut found: Vec<Range<Millis>> = Vec::new();
    let mut add = |range: Range<Millis>| match found.last_mut() {
        Some(before) if range.start - before.end < near => before.end = range.end,
        _ => found.push(range),
    };
    if first - wanted.start >= step {
        add(wanted.start..first + 1);
    }
    for pair in inside.windows(2) {
        if pair[1] - pair[0] > step {
            add(pair[0]..pair[1] + 1);
        }
    }
    if last + step < wanted.end {
        add(last..wanted.end);
    }
    found
}
