//! What is to be held after a rebalance, and how much of it fees allow.

use super::candidates::RankedCandidate;
use crate::account::Settings;
use crate::strategy::PortfolioNumbers;

/// What is too small to be traded, as a fraction of the equity: rounding.
pub(super) const DUST: f64 = 1e-12;

/// The weights of what is to be held, by assets, ascending. `is_held` says of an asset that it is held, or about to be.
pub(super) fn choose(
    ranked: &[RankedCandidate],
    numbers: &PortfolioNumbers,
    is_held: impl Fn(usize) -> bool,
) -> Vec<(usize, f64)> {
    let PortfolioNumbers { top, keep, max_weight, invest, .. } = *numbers;
    let mut chosen: Vec<&RankedCandidate> = Vec::with_capacity(top.min(ranked.len()));
    if keep > top {
        chosen.extend(ranked.iter().take(keep).filter(|candidate| is_held(candidate.asset)).take(top));
    }
    let kept = chosen.len();
    for candidate in ranked {
        if chosen.len() >= top {
            break;
        }
        if !chosen[..kept].iter().any(|other| other.asset == candidate.asset) {
            chosen.push(candidate);
        }
    }
    chosen.sort_unstable_by_key(|candidate| candidate.asset);
    let sum: f64 = chosen.iter().map(|candidate| candidate.weight.abs()).sum();
    if sum == 0.0 || !sum.is_finite() {
        return Vec::new();
    }
    let weight = |candidate: &&RankedCandidate| {
        let share = invest * (candidate.weight / sum);
        (candidate.asset, share.clamp(-max_weight, max_weight))
    };
    chosen.iter().map(weight).filter(|(_, weight)| *weight != 0.0).collect()
}

/// An order that fills now: what the position in its asset is worth, and what it is to be worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Order {
    pub asset: usize,
    pub price: f64,
    pub held: f64,
    pub wanted: f64,
}

/// The largest part of what is wanted, at most all of it, whose costs the cash pays.
///
/// The cash that is left is a concave function of it, made of straight pieces: so Newton's method from all of it comes
/// down to the solution in as many steps as it meets pieces.
pub(super) fn affordable(orders: &[Order], cash: f64, equity: f64, settings: &Settings) -> f64 {
    let buying = (1.0 + settings.slippage) * (1.0 + settings.fee);
    let selling = (1.0 - settings.slippage) * (1.0 - settings.fee);
    let mut part = 1.0;
    for _ in 0..64 {
        let (mut left, mut slope) = (cash, 0.0);
        for order in orders {
            let change = part * order.wanted - order.held;
            let cost = if change > 0.0 { buying } else { selling };
            left -= change * cost;
            slope += order.wanted * cost;
        }
        if left >= -DUST * equity || slope <= 0.0 {
            break;
        }
        let next = part + left / slope;
        if next <= 0.0 || next >= part {
            return if next <= 0.0 { 0.0 } else { part };
        }
        part = next;
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interval::Interval;
    use crate::strategy::Rebalance;

    fn numbers(top: usize, keep: usize) -> PortfolioNumbers {
        let every = Rebalance::Calendar(Interval::MONTH);
        PortfolioNumbers { top, keep, band: 0.0, max_weight: 1.0, invest: 1.0, every }
    }

    fn ranked(weights: &[(usize, f64)]) -> Vec<RankedCandidate> {
        weights.iter().map(|&(asset, weight)| RankedCandidate { asset, score: 0.0, weight }).collect()
    }

    #[test]
    fn the_best_are_held_and_share_what_is_invested_by_their_weights() {
        let best = ranked(&[(3, 2.0), (0, 6.0), (1, 9.0)]);
        assert_eq!(choose(&best, &numbers(2, 2), |_| false), [(0, 0.75), (3, 0.25)]);
        let half = PortfolioNumbers { invest: 0.5, max_weight: 0.3, ..numbers(2, 2) };
        assert_eq!(choose(&best, &half, |_| false), [(0, 0.3), (3, 0.125)], "what a cap cuts off stays cash");
        assert_eq!(choose(&best, &numbers(9, 9), |_| false).len(), 3, "more than there are is all");
    }

    #[test]
    fn what_is_held_stays_while_its_rank_is_good_enough() {
        let best = ranked(&[(5, 1.0), (4, 1.0), (3, 1.0), (2, 1.0)]);
        let held = |numbers: &PortfolioNumbers| {
            choose(&best, numbers, |asset| asset == 3 || asset == 2).iter().map(|(asset, _)| *asset).collect::<Vec<_>>()
        };
        assert_eq!(held(&numbers(2, 2)), [4, 5]);
        assert_eq!(held(&numbers(2, 3)), [3, 5], "2 is the fourth");
        assert_eq!(held(&numbers(2, 4)), [2, 3]);
    }

    #[test]
    fn negative_weights_are_sold_short_and_weights_that_sum_to_nothing_hold_nothing() {
        assert_eq!(choose(&ranked(&[(0, 3.0), (1, -1.0)]), &numbers(2, 2), |_| false), [(0, 0.75), (1, -0.25)]);
        assert!(choose(&ranked(&[(0, 0.0), (1, 0.0)]), &numbers(2, 2), |_| false).is_empty());
        assert!(choose(&[], &numbers(2, 2), |_| false).is_empty());
    }

    #[test]
    fn all_orders_are_made_smaller_by_one_part_so_that_fees_are_paid() {
        let settings = Settings { fee: 0.01, slippage: 0.02, ..Settings::default() };
        let order = |asset, held, wanted| Order { asset, price: 1.0, held, wanted };
        let left = |orders: &[Order], cash: f64, part: f64| {
            orders.iter().fold(cash, |cash, order| {
                let change = part * order.wanted - order.held;
                let cost = if change > 0.0 { 1.02 * 1.01 } else { 0.98 * 0.99 };
                cash - change * cost
            })
        };
        for (orders, cash) in [
            (vec![order(0, 0.0, 60.0), order(1, 0.0, 40.0)], 100.0),
            (vec![order(0, 100.0, 0.0), order(1, 0.0, 100.0)], 0.0),
            (vec![order(0, 80.0, 50.0), order(1, 20.0, 30.0), order(2, 0.0, 20.0)], 0.0),
            (vec![order(0, 0.0, 150.0), order(1, 0.0, -50.0)], 100.0),
        ] {
            let part = affordable(&orders, cash, 100.0, &settings);
            assert!(part > 0.9 && part < 1.0, "{part}");
            assert!(left(&orders, cash, part).abs() < 1e-9, "{}", left(&orders, cash, part));
        }
        let spare = [order(0, 0.0, 60.0)];
        assert!((affordable(&spare, 100.0, 100.0, &settings) - 1.0).abs() < 1e-15);
    }
}
