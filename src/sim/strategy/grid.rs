//! A grid of parameter values that is never spelled out: points by number, in blocks that a wider grid shares.

use super::param_arg::{ParamArg, Values};
use super::rules::Strategy;
use super::values::ParamError;

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
    values: Values,
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
        let mut values: Vec<Option<&Values>> = vec![None; strategy.params.len()];
        for arg in given {
            let index = strategy.param_index(&arg.name)?;
            if values[index].replace(&arg.values).is_some() {
                return Err(ParamError::Twice { name: arg.name.clone() }.into());
            }
            check(strategy, index, &arg.values)?;
        }
        let values: Vec<Values> = values
            .into_iter()
            .zip(&strategy.params)
            .map(|(values, param)| values.cloned().unwrap_or_else(|| Values::List(vec![param.default])))
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

    /// Number of blocks.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.axes.iter().map(|axis| axis.blocks(self.side) as u64).product()
    }

    /// The points of the block with this number, `number` below [`Grid::blocks`].
    #[must_use]
    pub fn block(&self, mut number: u64) -> Vec<Vec<f64>> {
        let mut points = vec![Vec::new()];
        let mut parts = Vec::with_capacity(self.axes.len());
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
                        let mut point = point.clone();
                        point.push(value);
                        point
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
        let offset = u128::from(mix(seed, number)) % (to - from).max(1);
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

fn check(strategy: &Strategy, index: usize, values: &Values) -> Result<(), ParamError> {
    let param = &strategy.params[index];
    match values {
        Values::List(list) => list.iter().try_for_each(|value| param.check(*value).map(drop)),
        Values::Range(range) => {
            // Evenly spaced values are within bounds if both ends are. Wholeness repeats with the step's decimals.
            let last = range.len() - 1;
            let some = (0..range.len().min(1_000)).chain([last]);
            some.filter_map(|at| range.get(at)).try_for_each(|value| param.check(value).map(drop))
        }
    }
}

/// Where the first value of a range stands among the multiples of its step, modulo the side.
fn phase(values: &Values, side: usize) -> usize {
    let (Values::Range(_), Some(first), Some(second)) = (values, values.get(0), values.get(1)) else { return 0 };
    let place = libm::floor(first / (second - first) + 1e-6);
    let side = f64_of(side);
    let phase = place - libm::floor(place / side) * side;
    if phase.is_finite() && phase >= 0.0 && phase < side { index_of(phase) } else { 0 }
}

fn power(side: usize, axes: usize) -> usize {
    (0..axes).try_fold(1_usize, |product, _| product.checked_mul(side)).unwrap_or(usize::MAX)
}

/// `SplitMix64`: well mixed bits from a seed and a counter.
fn mix(seed: u64, number: u64) -> u64 {
    let mut x = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
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
#[path = "grid_tests.rs"]
mod tests;
