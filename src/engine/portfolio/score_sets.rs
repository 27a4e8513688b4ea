//! What tells the scores of the configurations of a portfolio apart: the values of those parameters alone that scores,
//! conditions and weights read; and likewise what tells the orders of their rules apart.

use std::collections::BTreeMap;

use crate::sim::rules::Expr;
use crate::sim::strategy::PortfolioTerms;

/// Values of the parameters that scores and weights depend on, each set once.
pub(super) struct ScoreSets {
    /// What tells them apart.
    pub keys: Vec<Vec<u64>>,
    /// For each of them the values of all parameters of one point.
    pub values: Vec<Vec<f64>>,
}

impl ScoreSets {
    /// Those of these points.
    pub(super) fn of(terms: &PortfolioTerms, points: &[Vec<f64>]) -> Self {
        Self::by(&score_params(terms), points)
    }

    /// Those of these points that differ in these parameters.
    pub(super) fn by(params: &[usize], points: &[Vec<f64>]) -> Self {
        let sets: BTreeMap<Vec<u64>, &Vec<f64>> =
            points.iter().map(|values| (Self::key_by(params, values), values)).collect();
        let (keys, values) = sets.into_iter().map(|(key, values)| (key, values.clone())).unzip();
        Self { keys, values }
    }

    /// What tells the scores of a point apart.
    pub(super) fn key(terms: &PortfolioTerms, values: &[f64]) -> Vec<u64> {
        Self::key_by(&score_params(terms), values)
    }

    /// What tells a point apart by these parameters.
    pub(super) fn key_by(params: &[usize], values: &[f64]) -> Vec<u64> {
        params.iter().map(|&param| values[param].to_bits()).collect()
    }
}

/// The parameters that scores, conditions and weights read, ascending.
fn score_params(terms: &PortfolioTerms) -> Vec<usize> {
    let read = [&terms.score, &terms.condition, &terms.weight];
    let mut params: Vec<usize> = read.into_iter().flatten().flat_map(Expr::params).collect();
    params.sort_unstable();
    params.dedup();
    params
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::strategy::parse;

    #[test]
    fn points_that_differ_in_what_scores_do_not_read_share_them() {
        let text = "name = \"x\"\n[params]\nlookback = 5\ntop = 2\nbars = 9\n[portfolio]\nscore = \"roc(close, lookback)\"\n\
                    top = \"top\"\nwhere = \"close > sma(close, bars)\"";
        let strategy = parse(text, "x").unwrap();
        let terms = strategy.portfolio.as_ref().unwrap();
        let points = [[5.0, 1.0, 9.0], [5.0, 2.0, 9.0], [6.0, 1.0, 9.0], [5.0, 1.0, 8.0]].map(|point| point.to_vec());
        let sets = ScoreSets::of(terms, &points);
        assert_eq!((sets.keys.len(), sets.values.len()), (3, 3));
        assert!(points.iter().all(|point| sets.keys.contains(&ScoreSets::key(terms, point))));
        assert_eq!(ScoreSets::key(terms, &points[0]), ScoreSets::key(terms, &points[1]));
    }
}
