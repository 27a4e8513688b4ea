//! What is stored of a followed strategy beside its checkpoints: how far it is, what it has said, and how to know its candles
//! again.

use super::tail_mark::TailMark;
use crate::sim::fold::{Checkpoint, OrderEvent, OrderKind};
use crate::sim::{Millis, Resumable, Side, StateBytes, resumable};

/// Most checkpoints that are kept, for candles that are revised.
pub(super) const LADDER: usize = 4;

/// What changes with each bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignalHead {
    /// Version of the engine that made it.
    pub engine_version: u32,
    /// Symbol of the asset.
    pub symbol: String,
    /// Length of a bar, as text.
    pub interval: String,
    /// Name of the strategy.
    pub strategy: String,
    /// Its parameters.
    pub params: Vec<(String, f64)>,
    /// Whether it is of rules alone, without an account.
    pub conditions: bool,
    /// Open time of the first bar.
    pub first: Millis,
    /// Bars that were folded.
    pub bars: u64,
    /// Open time of the last of them.
    pub last: Millis,
    /// The position after the orders of the last bar: 1 bought, -1 sold short, 0 none.
    pub(super) held: i64,
    /// Equity at the last close, in quote currency.
    pub equity: f64,
    /// Digest of the bars since the last checkpoint.
    pub(super) tail: [u8; 32],
    /// Before which bars there are checkpoints, ascending.
    pub(super) borders: Vec<Border>,
    /// Orders since the first of these borders.
    pub(super) orders: Vec<KnownOrder>,
    /// By which the candles before the last border need not be read again.
    pub(super) mark: Option<TailMark>,
}

resumable!(
    SignalHead: engine_version,
    symbol,
    interval,
    strategy,
    params,
    conditions,
    first,
    bars,
    last,
    held,
    equity,
    tail,
    borders,
    orders,
    mark
);

/// A border of tiles.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Border {
    /// The bar behind it.
    pub bar: u64,
    /// Its open time.
    pub time: Millis,
    /// Of all bars before it.
    pub digest: [u8; 32],
}

resumable!(Border: bar, time, digest);

/// An order that was found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct KnownOrder {
    /// Open time of its bar.
    pub time: Millis,
    /// Place in [`OrderKind::ALL`].
    pub kind: u8,
    /// As in [`OrderEvent`].
    pub price: f64,
}

resumable!(KnownOrder: time, kind, price);

impl KnownOrder {
    pub(super) fn new(event: &OrderEvent, time: Millis) -> Self {
        let kind = OrderKind::ALL.iter().position(|kind| *kind == event.kind).unwrap_or_default();
        Self { time, kind: u8::try_from(kind).unwrap_or_default(), price: event.price }
    }

    pub(super) fn order(self) -> OrderKind {
        OrderKind::ALL.get(usize::from(self.kind)).copied().unwrap_or(OrderKind::Exit)
    }
}

impl SignalHead {
    /// The position after the orders of the last bar.
    #[must_use]
    pub fn position(&self) -> Option<Side> {
        match self.held {
            0 => None,
            1.. => Some(Side::Long),
            _ => Some(Side::Short),
        }
    }

    pub(super) fn held(position: Option<Side>) -> i64 {
        match position {
            None => 0,
            Some(Side::Long) => 1,
            Some(Side::Short) => -1,
        }
    }

    /// From what was stored; none where the bytes are something else.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let (mut head, mut state) = (Self::default(), StateBytes::reader(bytes));
        head.pass_state(&mut state);
        state.is_read().then_some(head)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut state = StateBytes::writer();
        self.clone().pass_state(&mut state);
        state.into_bytes()
    }
}

/// Several checkpoints as bytes.
pub(super) fn checkpoints_to_bytes(checkpoints: &[Checkpoint]) -> Vec<u8> {
    let mut all: Vec<(usize, Vec<u8>)> =
        checkpoints.iter().map(|checkpoint| (checkpoint.bar(), checkpoint.state().to_vec())).collect();
    let mut state = StateBytes::writer();
    all.pass_state(&mut state);
    state.into_bytes()
}

/// The checkpoints that were stored so.
pub(super) fn read_checkpoints(bytes: Vec<u8>) -> Vec<Checkpoint> {
    let (mut all, mut state) = (Vec::<(usize, Vec<u8>)>::new(), StateBytes::reader(bytes));
    all.pass_state(&mut state);
    let all = if state.is_read() { all } else { Vec::new() };
    all.into_iter().map(|(bar, state)| Checkpoint::new(bar, state)).collect()
}
