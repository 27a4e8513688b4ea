//! The bars of several sources become one before they meet what is stored.

use std::borrow::Cow;

use super::failure::Contradiction;
use super::join::{OnConflict, join};
use super::sources::Sources;
use super::write::Part;
use crate::data::digest::digest;
use crate::sim::model::{Candles, Millis};

/// All bars that came as one; `None` when there is none. Neighbours are joined first, so that hundreds of files take
/// no longer than their bars.
pub(super) fn together<'a>(
    parts: &[Part<'a>],
    conflict: OnConflict,
) -> Result<Option<(Cow<'a, Candles>, Sources)>, Contradiction> {
    match parts {
        [] => Ok(None),
        [(candles, _)] if candles.is_empty() => Ok(None),
        [(candles, origin)] => {
            let sources = Sources::one(origin, candles, digest(candles, 0..candles.len()));
            Ok(Some((Cow::Borrowed(*candles), sources)))
        }
        _ => {
            let half = parts.len() / 2;
            let (left, right) = parts.split_at(half);
            let later = |error: Contradiction| Contradiction { at: error.at.map(|at| at + half), ..error };
            match (together(left, conflict)?, together(right, conflict).map_err(later)?) {
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
    let holds = |part: &Part| part.0.time.binary_search(&time).is_ok();
    let (left, right) = parts.split_at(half);
    let at = [left.iter().position(holds).unwrap_or(0), half + right.iter().position(holds).unwrap_or(0)];
    let joined = join(parts[at[0]].0, parts[at[1]].0, OnConflict::Refuse);
    Contradiction {
        at,
        names: at.map(|at| parts[at].1.name.clone()),
        of: String::new(),
        count: joined.differing,
        examples: joined.examples,
    }
}
