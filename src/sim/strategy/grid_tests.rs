//! A grid's blocks hold every point once, and a wider grid has them too.

use std::collections::HashSet;

use proptest::prelude::*;

use super::{BLOCK_POINTS, Grid};
use crate::sim::strategy::{ParamArg, get};

fn grid(strategy: &str, params: &[&str]) -> Grid {
    let args: Vec<ParamArg> = params.iter().map(|text| text.parse().unwrap()).collect();
    Grid::new(get(strategy).unwrap(), &args).unwrap()
}

fn all_blocks(grid: &Grid) -> Vec<Vec<Vec<u64>>> {
    let bits = |point: Vec<f64>| point.into_iter().map(f64::to_bits).collect();
    (0..grid.blocks()).map(|number| grid.block(number).into_iter().map(bits).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_blocks_hold_every_point_once(
        first in 2..300_u32, steps in 0..60_u32, step in 1..5_u32, levels in 0..30_u32,
    ) {
        let period = format!("period={first}..{}:{step}", first + steps * step);
        let oversold = format!("oversold=20..{}", 20 + levels);
        let grid = grid("rsi", &[&period, &oversold, "overbought=60,70,80.5"]);
        let points: Vec<_> = all_blocks(&grid).into_iter().flatten().collect();
        prop_assert_eq!(points.len() as u64, grid.points());
        let set: HashSet<_> = points.into_iter().collect();
        for number in 0..grid.points() {
            let point: Vec<u64> = grid.point(number).into_iter().map(f64::to_bits).collect();
            prop_assert!(set.contains(&point));
        }
    }
}

#[test]
fn a_wider_grid_has_the_inner_blocks_of_the_narrower_one() {
    let narrow = all_blocks(&grid("ma", &["fast=32..127", "slow=320..639"]));
    let wide: HashSet<_> = all_blocks(&grid("ma", &["fast=2..200", "slow=210..900"])).into_iter().collect();
    assert_eq!(narrow.len(), 30);
    assert!(narrow.iter().all(|block| wide.contains(block)));
}

#[test]
fn blocks_are_of_about_a_thousand_points() {
    for (params, blocks) in
        [(vec!["period=2..400"], 1), (vec!["period=10..19", "oversold=20..29", "overbought=60..69"], 1)]
    {
        let grid = grid("rsi", &params);
        assert_eq!(grid.blocks(), blocks);
        assert!(grid.block(0).len() <= BLOCK_POINTS);
    }
}

#[test]
fn a_sample_draws_no_point_twice_and_the_same_for_the_same_seed() {
    let grid = grid("ma", &["fast=2..101", "slow=200..299"]);
    let draw = |seed| (0..500).map(|n| grid.sample(n, 500, seed)).collect::<Vec<_>>();
    let (once, again, other) = (draw(1), draw(1), draw(2));
    assert_eq!(once, again);
    assert_ne!(once, other);
    let distinct: HashSet<Vec<u64>> = once.iter().map(|p| p.iter().map(|v| v.to_bits()).collect()).collect();
    assert_eq!(distinct.len(), 500);
}
