//! A grid of parameter values that is never spelled out: points by number, in blocks that a wider grid shares.

use super::param_values::{ParamArg, ParamValues};
use super::strategy::{ParamError, Strategy};
use crate::random::bits_at;

/// Points of a block when all its axes are full: enough to share columns among, few enough to cache as one value.
const BLOCK_POINTS: usize = 1024;

/// The product of the values of every parameter of a strategy; the last parameter varies fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    axes: Vec<Axis>,
    /// Values of one axis in one block.
    side: usize,
    points: u64,
}

/// The values of one parameter, cut where their place on the number line says so: a range that is made wider at
/// either end is cut at the same values, so its inner blocks are the blocks of the narrower one.
#[derive(Clone, Debug, PartialEq)]
struct Axis {
    values: ParamValues,
    /// Index in the endless lattice of the axis's step at which the first value stands, modulo the side.
    phase: usize,
}

/// Why a grid cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GridError {
    /// A value that the parameter cannot have, or an unknown parameter.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// Larger than any number of bars could be worth.
    #[error("the grid has more than 10^15 points; take fewer values or larger steps")]
    TooLarge,
}

impl Grid {
    /// The grid of these values; parameters that are not given have their default.
    ///
    /// # Errors
    /// An unknown parameter, one given twice, a value it cannot have, or a grid beyond reason.
    pub fn new(strategy: &Strategy, given: &[ParamArg]) -> Result<Self, GridError> {
        const MOST: u64 = 1_000_000_000_000_000;
        let mut values: Vec<Option<&ParamValues>> = vec![None; strategy.params.len()];
        for arg in given {
            let index = strategy.param_index(&arg.name)?;
            if values[index].replace(&arg.values).is_some() {
                return Err(ParamError::Twice { name: arg.name.clone() }.into());
            }
            check(strategy, index, &arg.values)?;
        }
        let values: Vec<ParamValues> = values
            .into_iter()
            .zip(&strategy.params)
            .map(|(values, param)| values.cloned().unwrap_or_else(|| ParamValues::List(vec![param.default])))
            .collect();
        let wide = values.iter().filter(|values| values.len() > 1).count();
        let side = (1..=BLOCK_POINTS).take_while(|side| power(*side, wide) <= BLOCK_POINTS).last().unwrap_or(1);
        let points = values.iter().try_fold(1_u64, |points, values| points.checked_mul(values.len() as u64));
        let points = points.filter(|points| *points <= MOST).ok_or(GridError::TooLarge)?;
        let axes = values.into_iter().map(|values| Axis { phase: phase(&values, side), values }).collect();
        Ok(Self { axes, side, points })
    }

    /// Number of points, those that break `require` included.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.points
    }

    /// Number of parameters that have more than one value.
    #[must_use]
    pub fn wide_axes(&self) -> usize {
        self.axes.iter().filter(|axis| axis.values.len() > 1).count()
    }

    /// Whether the parameter at this place of the strategy has more than one value.
    #[must_use]
    pub fn varies(&self, param: usize) -> bool {
        self.axes.get(param).is_some_and(|axis| axis.values.len() > 1)
    }

    /// The values of each parameter, in the strategy's order.
    #[must_use]
    pub fn values(&self) -> Vec<Vec<f64>> {
        let all = |axis: &Axis| (0..axis.values.len()).filter_map(|at| axis.values.get(at)).collect();
        self.axes.iter().map(all).collect()
    }

    /// The values of the point with this number; `point` below [`Grid::points`].
    #[must_use]
    pub fn point(&self, mut point: u64) -> Vec<f64> {
        let mut values = vec![0.0; self.axes.len()];
        for (value, axis) in values.iter_mut().zip(&self.axes).rev() {
            let length = axis.values.len() as u64;
            *value = axis.values.get(index(point % length)).unwrap_or(f64::NAN);
            point /= length;
        }
        values
    }

    /// The points at the ends of its axes: whatever grows or falls with each parameter is largest at one of them. Axes
    /// behind the first ten that vary go along with the tenth.
    #[must_use]
    pub fn corners(&self) -> Vec<Vec<f64>> {
        const MOST: usize = 10;
        let wide = self.wide_axes().min(MOST);
        let corner = |ends: u32| {
            let mut seen = 0_usize;
            let end = |axis: &Axis| {
                let is_last = ends >> seen.min(MOST - 1) & 1 == 1;
                seen += usize::from(axis.values.len() > 1);
                axis.values.get(if is_last { axis.values.len() - 1 } else { 0 }).unwrap_or(f64::NAN)
            };
            self.axes.iter().map(end).collect()
        };
        (0..1_u32 << wide).map(corner).collect()
    }

    /// Number of blocks.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.axes.iter().map(|axis| axis.blocks(self.side) as u64).product()
    }

    /// Number of points in the blocks before this one.
    #[must_use]
    pub fn points_before(&self, mut block: u64) -> u64 {
        let mut before = 0;
        // Points of one value of each axis that was looked at, and of all values of it.
        let mut inside = 1;
        for axis in self.axes.iter().rev() {
            let blocks = axis.blocks(self.side) as u64;
            let part = axis.part(index(block % blocks), self.side);
            block /= blocks;
            // Of this part of the axis, all that came before; and of the parts before it, everything.
            before = before * part.len() as u64 + part.start as u64 * inside;
            inside *= axis.values.len() as u64;
        }
        before
    }

    /// The points of the block with this number, `number` below [`Grid::blocks`].
    #[must_use]
    pub fn block(&self, mut number: u64) -> Vec<Vec<f64>> {
        let count = self.axes.len();
        let mut points = vec![Vec::new()];
        let mut parts = Vec::with_capacity(count);
        for axis in self.axes.iter().rev() {
            let blocks = axis.blocks(self.side) as u64;
            parts.push(axis.part(index(number % blocks), self.side));
            number /= blocks;
        }
        for (axis, part) in self.axes.iter().zip(parts.into_iter().rev()) {
            points = points
                .into_iter()
                .flat_map(|point| {
                    part.clone().filter_map(|index| axis.values.get(index)).map(move |value| {
                        let mut longer = Vec::with_capacity(count);
                        longer.extend_from_slice(&point);
                        longer.push(value);
                        longer
                    })
                })
                .collect();
        }
        points
    }

    /// One point of each of `count` equal stretches of the grid, drawn by the seed: all of the grid is covered,
    /// nothing is drawn twice, and nothing has to be remembered.
    #[must_use]
    pub fn sample(&self, number: u64, count: u64, seed: u64) -> Vec<f64> {
        let bound = |number: u64| wide_product(self.points, number) / u128::from(count);
        let (from, to) = (bound(number), bound(number + 1));
        let offset = u128::from(bits_at(seed, number)) % (to - from).max(1);
        self.point(u64::try_from(from + offset).unwrap_or(u64::MAX).min(self.points - 1))
    }
}

impl Axis {
    fn blocks(&self, side: usize) -> usize {
        (self.phase + self.values.len()).div_ceil(side)
    }

    /// Indices of the values in one part.
    fn part(&self, part: usize, side: usize) -> std::ops::Range<usize> {
        let start = (part * side).saturating_sub(self.phase);
        let end = ((part + 1) * side - self.phase).min(self.values.len());
        start..end
    }
}

fn check(strategy: &Strategy, index: usize, values: &ParamValues) -> Result<(), ParamError> {
    let param = &strategy.params[index];
    match values {
        ParamValues::List(list) => list.iter().try_for_each(|value| param.check(*value).map(drop)),
        ParamValues::Range(range) => {
            // Evenly spaced values are within bounds if both ends are. Wholeness repeats with the step's decimals.
            let last = range.len() - 1;
            let some = (0..range.len().min(1_000)).chain([last]);
            some.filter_map(|at| range.get(at)).try_for_each(|value| param.check(value).map(drop))
        }
    }
}

/// Where the first value of a range stands among the multiples of its step, modulo the side.
fn phase(values: &ParamValues, side: usize) -> usize {
    let (ParamValues::Range(_), Some(first), Some(second)) = (values, values.get(0), values.get(1)) else { return 0 };
    let place = libm::floor(first / (second - first) + 1e-6);
    let side = f64_of(side);
    let phase = place - libm::floor(place / side) * side;
    if phase.is_finite() && phase >= 0.0 && phase < side { index_of(phase) } else { 0 }
}

fn power(side: usize, axes: usize) -> usize {
    (0..axes).try_fold(1_usize, |product, _| product.checked_mul(side)).unwrap_or(usize::MAX)
}

fn wide_product(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "at most 1,024")]
fn f64_of(side: usize) -> f64 {
    side as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and from 0 to 1,024")]
fn index_of(phase: f64) -> usize {
    phase as usize
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_POINTS, Grid};
    use crate::strategy::{ParamArg, get};
    use proptest::prelude::*;
    use std::collections::HashSet;

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
            first in 2..260_u32, steps in 0..60_u32, step in 1..5_u32, levels in 0..30_u32,
        ) {
            // At most 259 + 59 * 4 = 495: a period of rsi ends at 500.
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
}
