//! What a state knows of the candles before its open tile, so that a pass reads only those since.

use crate::data::{FileFingerprint, FilePrefix};
use crate::plan::Plan;
use crate::sim::fold::PriorBars;
use crate::sim::{Candle, Millis, Resumable, StateBytes};

/// What is known of a candle file and of the bars that its first part holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TailMark {
    /// The part of the file; of no bars where it has no tail.
    pub prefix: FilePrefix,
    /// Whether a later change of the file must show in its fingerprint.
    pub is_settled: bool,
    /// Whether the file has bars that did not count yet.
    pub is_pending: bool,
    /// Stands for all bars before the tail.
    pub chain: [u8; 32],
    /// What a fold must know of them.
    pub prior: PriorBars,
    /// The last of them.
    pub last: Candle,
}

impl Resumable for TailMark {
    fn pass_state(&mut self, state: &mut StateBytes) {
        let FilePrefix { stamp, bars, bytes, digest } = &mut self.prefix;
        let FileFingerprint { size, mtime_ns, ctime_ns, inode } = stamp;
        size.pass_state(state);
        mtime_ns.pass_state(state);
        ctime_ns.pass_state(state);
        inode.pass_state(state);
        bars.pass_state(state);
        bytes.pass_state(state);
        digest.pass_state(state);
        self.is_settled.pass_state(state);
        self.is_pending.pass_state(state);
        self.chain.pass_state(state);
        self.prior.pass_state(state);
        self.last.pass_state(state);
    }
}

impl TailMark {
    /// Whether a file with this fingerprint is the one that was read, and all of its bars counted then.
    pub(super) fn vouches_for(&self, stamp: FileFingerprint) -> bool {
        self.is_settled && !self.is_pending && stamp == self.prefix.stamp
    }

    /// The last bar before the tail.
    pub(super) fn last_time(&self) -> Millis {
        self.last.time
    }
}

/// Whether the candle files alone say what a fold of this plan goes over.
pub(super) fn is_possible(plan: &Plan) -> bool {
    plan.range.from.is_none()
        && plan.others.is_empty()
        && !plan.wants_detail()
        && !plan.wants_funding()
        && plan.strategies.iter().all(|bound| bound.strategy.own_columns().is_empty())
}
