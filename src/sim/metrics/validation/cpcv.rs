//! Combinatorial purged cross-validation (CPCV): time in groups, every choice of some of them as the test, the others to
//! train on; strung together, the tests make several whole histories.
//!
//! Source: M. López de Prado, "Advances in financial machine learning" (2018), chapter 12.

/// Most splits.
const MOST_SPLITS: usize = 1_000;

/// How time is cut, and which groups each split tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpcvPlan {
    groups: usize,
    splits: Vec<CpcvSplit>,
}

/// One way to choose the groups that are tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpcvSplit {
    /// For each group, whether it is tested.
    pub is_test: Vec<bool>,
}

impl CpcvPlan {
    /// All ways to test `tested` of `groups` groups, in the order of their numbers. None where that leaves nothing to
    /// train on or to test, or is more than 1,000 ways.
    #[must_use]
    pub fn new(groups: usize, tested: usize) -> Option<Self> {
        if tested == 0 || tested >= groups || groups > 64 || ways(groups, tested)? > MOST_SPLITS {
            return None;
        }
        let mut splits = Vec::new();
        choose(&mut vec![false; groups], 0, tested, &mut splits);
        Some(Self { groups, splits })
    }

    /// Number of groups.
    #[must_use]
    pub const fn groups(&self) -> usize {
        self.groups
    }

    /// Every split.
    #[must_use]
    pub fn splits(&self) -> &[CpcvSplit] {
        &self.splits
    }

    /// The histories that the tests make: for each, and for each group, the number of the split that tests it. No split
    /// tests the same group in two histories.
    #[must_use]
    pub fn paths(&self) -> Vec<Vec<usize>> {
        let testing = |group: usize| {
            let is_tested = move |(_, split): &(usize, &CpcvSplit)| split.is_test[group];
            self.splits.iter().enumerate().filter(is_tested).map(|(at, _)| at).collect::<Vec<_>>()
        };
        let by_group: Vec<Vec<usize>> = (0..self.groups).map(testing).collect();
        let count = by_group.first().map_or(0, Vec::len);
        (0..count).map(|path| by_group.iter().map(|splits| splits[path]).collect()).collect()
    }
}

/// Some figures, one of each history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathSpread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation (ddof 1); none of a single one.
    pub deviation: Option<f64>,
    /// Lowest.
    pub least: f64,
    /// Median: of an even number, the mean of the two in the middle.
    pub median: f64,
    /// Highest.
    pub most: f64,
    /// Share of those below 0.
    pub below_zero: f64,
}

impl PathSpread {
    /// Of these figures; none where there is none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "histories are few")]
    pub fn of(figures: &[f64]) -> Option<Self> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&least, &most) = sorted.first().zip(sorted.last())?;
        let count = sorted.len() as f64;
        let mean = sorted.iter().sum::<f64>() / count;
        let squares: f64 = sorted.iter().map(|value| (value - mean) * (value - mean)).sum();
        let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Some(Self {
            mean,
            deviation: (sorted.len() > 1).then(|| (squares / (count - 1.0)).sqrt()),
            least,
            median: f64::midpoint(low, high),
            most,
            below_zero: sorted.iter().filter(|value| **value < 0.0).count() as f64 / count,
        })
    }
}

/// How many ways there are to choose so many.
fn ways(all: usize, chosen: usize) -> Option<usize> {
    (1..=chosen).try_fold(1_usize, |ways, at| Some(ways.checked_mul(all - chosen + at)? / at))
}

fn choose(is_test: &mut Vec<bool>, from: usize, left: usize, splits: &mut Vec<CpcvSplit>) {
    if left == 0 {
        splits.push(CpcvSplit { is_test: is_test.clone() });
        return;
    }
    for group in from..=is_test.len() - left {
        is_test[group] = true;
        choose(is_test, group + 1, left - 1, splits);
        is_test[group] = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_groups_of_which_two_are_tested_make_fifteen_splits_and_five_histories() {
        let plan = CpcvPlan::new(6, 2).unwrap();
        assert_eq!((plan.splits().len(), plan.paths().len()), (15, 5));
        assert_eq!(plan.splits()[0].is_test, [true, true, false, false, false, false]);
        // Advances in financial machine learning, figure 12.1: group 1 is tested by the first five splits.
        let first: Vec<usize> = plan.paths().iter().map(|path| path[0]).collect();
        assert_eq!(first, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn every_test_is_part_of_one_history() {
        for (groups, tested) in [(2, 1), (5, 3), (10, 8), (7, 4)] {
            let plan = CpcvPlan::new(groups, tested).unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for path in plan.paths() {
                for (group, split) in path.into_iter().enumerate() {
                    assert!(plan.splits()[split].is_test[group] && seen.insert((group, split)));
                }
            }
            assert_eq!(seen.len(), plan.splits().len() * tested);
        }
    }

    #[test]
    fn a_plan_needs_something_to_train_on_and_something_to_test() {
        for (groups, tested) in [(6, 0), (6, 6), (6, 7), (64, 32), (1, 1), (16, 8)] {
            assert_eq!(CpcvPlan::new(groups, tested), None);
        }
    }

    #[test]
    fn a_spread_has_mean_deviation_extremes_median_and_the_share_below_nothing() {
        let spread = PathSpread::of(&[2.0, -1.0, 0.5, 1.0]).unwrap();
        assert_eq!((spread.mean, spread.least, spread.median, spread.most), (0.625, -1.0, 0.75, 2.0));
        assert_eq!(spread.below_zero.to_bits(), 0.25_f64.to_bits());
        assert!((spread.deviation.unwrap() - (4.6875_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(PathSpread::of(&[3.0]).unwrap().deviation, None);
        assert_eq!(PathSpread::of(&[]), None);
    }
}
