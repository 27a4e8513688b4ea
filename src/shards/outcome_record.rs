//! What came of a combination, as parts hold it.

use bincode::{Decode, Encode};

use crate::sim::metrics::{self, Detail, Metrics, Outcome};

/// An outcome, without the metrics that nobody asked for.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct OutcomeRecord {
    bars: u64,
    start: i64,
    end: i64,
    ruined: bool,
    metrics: Vec<Option<f64>>,
}

impl OutcomeRecord {
    /// Of an outcome.
    pub(super) fn new(outcome: &Outcome) -> Self {
        let Outcome { bars, start, end, ruined, detail, metrics } = *outcome;
        Self { bars, start, end, ruined, metrics: metrics[..detail.count()].to_vec() }
    }

    /// The outcome; none where no detail has so many metrics.
    pub(super) fn outcome(self) -> Option<Outcome> {
        let Self { bars, start, end, ruined, metrics: known } = self;
        let details = [Detail::Sums, Detail::EachBar, Detail::AllReturns].into_iter();
        let detail = details.into_iter().find(|detail| detail.count() == known.len())?;
        let mut metrics: Metrics = [None; metrics::COUNT];
        metrics[..known.len()].copy_from_slice(&known);
        Some(Outcome { bars, start, end, ruined, detail, metrics })
    }
}
