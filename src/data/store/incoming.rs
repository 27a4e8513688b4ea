//! New bars of one or several sources become one run of bars before they join what is stored.

use std::borrow::Cow;
use std::path::PathBuf;

use super::error::{Contradiction, StoreError};
use super::join::{OnConflict, join};
use super::sources::{Origin, Sources};
use crate::catalog::symbol::check_symbol;
use crate::date::show_moment;
use crate::digest::digest_in;
use crate::pool::Pool;
use crate::read::validate::first_fault;
use crate::sim::{Candles, Interval, Millis, OwnSeries};

/// Bars, their further columns, and where they come from, to be stored.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The bars.
    pub candles: &'a Candles,
    /// A value for each bar, NaN where it has none.
    pub own: &'a [OwnSeries],
    /// Where they come from.
    pub origin: &'a Origin,
}

/// Bars that came, all of them as one, and no more than looked at.
pub(super) struct Incoming<'a> {
    pub candles: Cow<'a, Candles>,
    /// Of all parts, as they came.
    pub own: Vec<(&'a [Millis], &'a [OwnSeries])>,
    pub sources: Sources,
    pub synthetic: bool,
}

impl<'a> Incoming<'a> {
    pub(super) fn collect(
        symbol: &str,
        interval: Interval,
        parts: &[Part<'a>],
        conflict: OnConflict,
    ) -> Result<Self, StoreError> {
        check_symbol(symbol)?;
        for Part { candles, origin, .. } in parts {
            if let Some(fault) = first_fault(candles, 1) {
                return Err(fault.into_error(PathBuf::from(&origin.name)).into());
            }
        }
        let mut phases =
            parts.iter().filter_map(|part| Some((phase(part.candles, interval)?, part.candles, part.origin)));
        if let Some((usual, first, origin)) = phases.next()
            && let Some((_, other, _)) = phases.find(|(phase, ..)| *phase != usual)
        {
            let [stored, incoming] = [first, other].map(|bars| show_moment(bars.time[0]));
            return Err(StoreError::OtherPhase { path: PathBuf::from(&origin.name), interval, stored, incoming });
        }
        let of = || format!("{symbol} {interval}");
        match combine(parts, conflict) {
            Ok(Some((candles, sources))) => {
                let synthetic = parts.iter().any(|part| part.origin.synthetic);
                let own = parts.iter().map(|part| (&*part.candles.time, part.own)).collect();
                Ok(Self { candles, own, sources, synthetic })
            }
            Ok(None) => Err(StoreError::NoBars { symbol: symbol.to_owned() }),
            Err(error) => Err(StoreError::Contradiction(Box::new(Contradiction { of: of(), ..error }))),
        }
    }
}

/// How long after the interval's whole periods its bars open, where all do alike; months have no such grid.
pub(super) fn phase(candles: &Candles, interval: Interval) -> Option<Millis> {
    let of = |time: Millis| time - interval.open_of(time);
    let first = of(*candles.time.first()?);
    // A bar that follows at once opens where the one before it does.
    let is_same = |pair: &[Millis]| pair[1] - pair[0] == interval.millis() || of(pair[1]) == first;
    (!interval.is_months() && candles.time.windows(2).all(is_same)).then_some(first)
}

/// All bars that came as one; `None` when there is none. Neighbours are joined first, so that hundreds of files take
/// no longer than their bars.
fn combine<'a>(parts: &[Part<'a>], conflict: OnConflict) -> Result<Option<(Cow<'a, Candles>, Sources)>, Contradiction> {
    match parts {
        [] => Ok(None),
        [Part { candles, .. }] if candles.is_empty() => Ok(None),
        [Part { candles, origin, .. }] => {
            let sources = Sources::one(origin, candles, digest_in(&Pool::of_machine(), candles, 0..candles.len()));
            Ok(Some((Cow::Borrowed(*candles), sources)))
        }
        _ => {
            let half = parts.len() / 2;
            let (left, right) = parts.split_at(half);
            let later = |error: Contradiction| Contradiction { at: error.at.map(|at| at + half), ..error };
            match (combine(left, conflict)?, combine(right, conflict).map_err(later)?) {
                (Some((a, sources)), Some((b, more))) => {
                    let joined = join(&a, &b, conflict);
                    if let (Some(example), OnConflict::Refuse) = (joined.examples.first(), conflict) {
                        return Err(between(parts, half, example.time));
                    }
                    Ok(Some((Cow::Owned(joined.candles), sources.join(more))))
                }
                (one, other) => Ok(one.or(other)),
            }
        }
    }
}

/// Two sources, one on each side of `half`, that contradict each other at this time. Those of one side agree, so any
/// that has the bar will do.
fn between(parts: &[Part], half: usize, time: Millis) -> Contradiction {
    let holds = |part: &Part| part.candles.time.binary_search(&time).is_ok();
    let (left, right) = parts.split_at(half);
    let at = [left.iter().position(holds).unwrap_or(0), half + right.iter().position(holds).unwrap_or(0)];
    let joined = join(parts[at[0]].candles, parts[at[1]].candles, OnConflict::Refuse);
    Contradiction {
        at,
        names: at.map(|at| parts[at].origin.name.clone()),
        of: String::new(),
        count: joined.differing,
        examples: joined.examples,
    }
}
