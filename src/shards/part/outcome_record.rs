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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_comes_back_with_the_metrics_that_were_asked_for_and_another_number_of_them_is_none() {
        for detail in [Detail::Sums, Detail::EachBar, Detail::AllReturns] {
            let metrics: Metrics = std::array::from_fn(|at| (at < detail.count()).then_some(0.1 * at as f64));
            let outcome = Outcome { bars: 9, start: -1, end: 8, ruined: true, detail, metrics };
            let record = OutcomeRecord::new(&outcome);
            assert_eq!(record.clone().outcome(), Some(outcome));
            assert_eq!(OutcomeRecord { metrics: record.metrics[1..].to_vec(), ..record }.outcome(), None);
        }
    }
}
