//! Metrics of one combination as they are stored, and what stands after its last bar.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use super::{CodecError, MAX_BARS, TIMES, check_bars, check_metrics};
use crate::sim::metrics;
use crate::sim::{LastBar, LastWaiting, Millis, Side};

/// Metrics of one combination, with what the output says about its bars.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredResult {
    /// Number of bars used.
    pub bars: u64,
    /// Open time of the first bar used.
    pub start: Millis,
    /// Open time of the last bar used.
    pub end: Millis,
    /// The account ended at or below 0.
    pub ruined: bool,
    /// Every metric in the order of the table of metrics; `None` where it is undefined. Never NaN or infinite.
    pub metrics: Vec<Option<f64>>,
    /// What stands after the last bar, where somebody asked for it. It is stored behind the rest, if at all, so that
    /// entries without it are as they always were.
    pub last: Option<LastBar>,
}

impl StoredResult {
    /// Rejects what no backtest gives.
    pub(super) fn check(&self) -> Result<(), CodecError> {
        check_bars(self.bars, self.start, self.end)?;
        if self.metrics.len() != metrics::COUNT {
            return Err(CodecError::Metrics);
        }
        check_metrics(&self.metrics, self.bars)?;
        self.last.as_ref().map_or(Ok(()), |last| check_last(last, self.end))
    }
}

/// After the last bar of a result there is one position at most, and only what is held can be closed.
fn check_last(last: &LastBar, end: Millis) -> Result<(), CodecError> {
    if last.time != end || !TIMES.contains(&last.time) {
        return Err(CodecError::Range);
    }
    if let Some(waiting) = &last.waiting {
        if !waiting.price.is_finite() {
            return Err(CodecError::NotFinite);
        }
        if !(1..=MAX_BARS).contains(&waiting.bars) {
            return Err(CodecError::Range);
        }
    }
    let is_possible = !last.closes || last.position.is_some();
    if is_possible { Ok(()) } else { Err(CodecError::Impossible) }
}

/// All but what stands after the last bar.
impl Encode for StoredResult {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.bars, self.start, self.end, self.ruined).encode(encoder)?;
        self.metrics.encode(encoder)
    }
}

impl<Context> Decode<Context> for StoredResult {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let (bars, start, end, ruined) = Decode::decode(decoder)?;
        Ok(Self { bars, start, end, ruined, metrics: Decode::decode(decoder)?, last: None })
    }
}

bincode::impl_borrow_decode!(StoredResult);

/// What stands after the last bar, as it is stored: sides are whether they are short ones. Apart from [`LastBar`], so
/// that a new field there cannot change the format unseen.
#[derive(Encode, Decode)]
pub(super) struct StoredLastBar {
    time: Millis,
    position: Option<bool>,
    closes: bool,
    opens: Option<bool>,
    waiting: Option<StoredWaiting>,
}

/// An entry that waits for its price.
#[derive(Encode, Decode)]
struct StoredWaiting {
    short: bool,
    limit: bool,
    price: f64,
    bars: u64,
}

impl From<&LastBar> for StoredLastBar {
    fn from(last: &LastBar) -> Self {
        let is_short = |side: Side| side == Side::Short;
        let waiting = |order: LastWaiting| StoredWaiting {
            short: is_short(order.side),
            limit: order.is_limit,
            price: order.price,
            bars: order.bars,
        };
        Self {
            time: last.time,
            position: last.position.map(is_short),
            closes: last.closes,
            opens: last.opens.map(is_short),
            waiting: last.waiting.map(waiting),
        }
    }
}

impl From<StoredLastBar> for LastBar {
    fn from(stored: StoredLastBar) -> Self {
        let side = |short| if short { Side::Short } else { Side::Long };
        let waiting = |order: StoredWaiting| LastWaiting {
            side: side(order.short),
            is_limit: order.limit,
            price: order.price,
            bars: order.bars,
        };
        Self {
            time: stored.time,
            position: stored.position.map(side),
            closes: stored.closes,
            opens: stored.opens.map(side),
            waiting: stored.waiting.map(waiting),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{StoredValue, decode, encode};
    use crate::key::EntryKind;

    fn result(last: Option<LastBar>) -> StoredResult {
        StoredResult { bars: 2, start: 0, end: 60_000, ruined: false, metrics: vec![None; metrics::COUNT], last }
    }

    fn last() -> LastBar {
        let waiting = LastWaiting { side: Side::Long, is_limit: true, price: 119.79, bars: 3 };
        let (position, opens) = (Some(Side::Short), Some(Side::Long));
        LastBar { time: 60_000, position, closes: true, opens, waiting: Some(waiting) }
    }

    #[test]
    fn what_stands_after_the_last_bar_comes_back_and_an_entry_without_it_is_as_it_always_was() {
        let bytes = |result| encode(&StoredValue::Result(result)).unwrap();
        for last in
            [last(), LastBar { closes: false, waiting: None, ..last() }, LastBar { time: 60_000, ..LastBar::default() }]
        {
            let stored = StoredValue::Result(result(Some(last)));
            assert_eq!(decode(&encode(&stored).unwrap(), EntryKind::Result), Ok(stored));
        }
        let (without, with) = (bytes(result(None)), bytes(result(Some(last()))));
        assert_eq!(with[..without.len()], without);
        // Two bars from 0 to 60,000 as varints, no ruin, and one byte for each metric that is undefined.
        let times = [2, 0, 252, 0xc0, 0xd4, 1, 0, 0];
        let count = u8::try_from(metrics::COUNT).unwrap();
        assert_eq!(without, [&times[..], &[count], &[0; metrics::COUNT]].concat());
    }

    #[test]
    fn a_last_bar_that_no_backtest_leaves_is_rejected() {
        let waiting = last().waiting.unwrap();
        for (bad, error) in [
            (LastBar { time: 0, ..last() }, CodecError::Range),
            (LastBar { position: None, ..last() }, CodecError::Impossible),
            (LastBar { waiting: Some(LastWaiting { bars: 0, ..waiting }), ..last() }, CodecError::Range),
            (LastBar { waiting: Some(LastWaiting { price: f64::NAN, ..waiting }), ..last() }, CodecError::NotFinite),
        ] {
            assert_eq!(encode(&StoredValue::Result(result(Some(bad)))), Err(error), "{bad:?}");
        }
        let mut cut = encode(&StoredValue::Result(result(Some(last())))).unwrap();
        cut.pop();
        assert_eq!(decode(&cut, EntryKind::Result), Err(CodecError::Encoding));
        cut.extend([0; 9]);
        assert_eq!(decode(&cut, EntryKind::Result), Err(CodecError::Encoding));
    }
}
