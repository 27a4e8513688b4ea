//! How much of a sweep's best may be luck.

use super::cscv::CscvSummary;
use super::sharpe_inference::{CONFIDENCE, ReturnShape, SharpeSpread};

/// What is known of the best point of a sweep, among all its points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Honesty {
    /// Points with a Sharpe ratio, on all assets: the trials among which the best was chosen.
    pub trials: u64,
    /// Points without one: they never traded, so chance could not choose them.
    pub undefined: u64,
    /// Distinct points that anyone ever computed on the candles of the best, where a store has counted them.
    pub trials_team: Option<u64>,
    /// Deflated Sharpe ratio: the probability that the best is better than the best of so many trials without merit.
    pub dsr: Option<f64>,
    /// Probabilistic Sharpe ratio: the same of a single trial.
    pub psr: Option<f64>,
    /// Bars after which the probabilistic Sharpe ratio of the best reaches 95 %.
    pub min_track_record: Option<f64>,
    /// What cross-validation says of all points on the asset of the best; none of fewer than two points, or of too few bars.
    pub cscv: Option<CscvSummary>,
    /// Blocks of time into which cross-validation cuts.
    pub blocks: usize,
    /// Points that were cross-validated.
    pub cscv_points: u64,
    /// Whether these are a sample of more.
    pub is_sampled: bool,
    /// Mean Sharpe ratio of the points next to the best in the grid over that of the best; one that never trades has 0. None
    /// without such points, and where that of the best is not above 0.
    pub plateau: Option<f64>,
    /// Bars of the candles of the best.
    pub bars: u64,
    /// Closed trades of the best.
    pub trades: u64,
}

/// What is needed of the best point itself.
#[derive(Clone, Copy, Debug)]
pub struct SweepWinner {
    /// Its returns; none where it has no Sharpe ratio.
    pub shape: Option<ReturnShape>,
    /// Mean Sharpe ratio per year of the points next to it over its own.
    pub plateau: Option<f64>,
    /// Its bars.
    pub bars: u64,
    /// Its closed trades.
    pub trades: u64,
}

impl Honesty {
    /// Bars below which nothing here says much.
    pub const LEAST_BARS: u64 = 30;
    /// Closed trades of the best below which nothing here says much.
    pub const LEAST_TRADES: u64 = 2;

    /// Of the best point among trials that spread like this.
    #[must_use]
    pub fn new(best: &SweepWinner, trials: &SharpeSpread, undefined: u64) -> Self {
        let shape = best.shape;
        Self {
            trials: trials.trials(),
            undefined,
            dsr: shape.and_then(|shape| shape.dsr(trials)),
            psr: shape.and_then(|shape| shape.psr(0.0)),
            min_track_record: shape.and_then(|shape| shape.min_track_record(0.0, CONFIDENCE)),
            plateau: best.plateau,
            bars: best.bars,
            trades: best.trades,
            ..Self::default()
        }
    }

    /// The figures by their names in documents, in their order.
    #[must_use]
    pub fn figures(&self) -> [HonestyFigure; 11] {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let count = |count: u64| count as f64;
        let of_splits = |get: fn(&CscvSummary) -> f64| self.cscv.as_ref().map(get);
        let figure = |name, value| HonestyFigure { name, value };
        [
            figure("trials", Some(count(self.trials))),
            figure("trials_team", self.trials_team.map(count)),
            figure("dsr", self.dsr),
            figure("psr", self.psr),
            figure("min_trl_bars", self.min_track_record),
            figure("pbo", of_splits(|cscv| cscv.pbo)),
            figure("pbo_splits", self.cscv.map(|cscv| count(cscv.splits))),
            figure("slope", self.cscv.and_then(|cscv| cscv.slope)),
            figure("p_oos_loss", of_splits(|cscv| cscv.loss)),
            figure("plateau", self.plateau),
            figure("random_picker_p", of_splits(|cscv| cscv.random_picker)),
        ]
    }
}

/// A figure of [`Honesty`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HonestyFigure {
    /// Its name in documents.
    pub name: &'static str,
    /// Its value; none where it is undefined.
    pub value: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_point_is_not_deflated_and_is_no_choice() {
        let mut trials = SharpeSpread::default();
        trials.push(0.05);
        let shape = ReturnShape { bars: 1_000, sharpe: 0.05, skew: 0.1, kurtosis: 6.0 };
        let best = SweepWinner { shape: Some(shape), plateau: None, bars: 1_000, trades: 9 };
        let honesty = Honesty::new(&best, &trials, 0);
        assert_eq!((honesty.trials, honesty.dsr), (1, shape.psr(0.0)));
        let undefined: Vec<&str> =
            honesty.figures().into_iter().filter(|figure| figure.value.is_none()).map(|figure| figure.name).collect();
        let wanted = ["trials_team", "pbo", "pbo_splits", "slope", "p_oos_loss", "plateau", "random_picker_p"];
        assert_eq!(undefined, wanted);
    }

    #[test]
    fn a_best_without_a_sharpe_ratio_has_no_probability() {
        let best = SweepWinner { shape: None, plateau: None, bars: 20, trades: 0 };
        let honesty = Honesty::new(&best, &SharpeSpread::default(), 7);
        assert_eq!((honesty.trials, honesty.undefined, honesty.psr, honesty.dsr), (0, 7, None, None));
    }
}
