//! The lowest and the highest value of every 16 bars of a tile.
//!
//! Two averages lie apart at most times. Where all of one lies above all of the other, their comparison is known without
//! looking at a bar: on minutes, of nine in ten pieces of 16 bars. One comparison of extremes decides 64 pieces.

use super::cpu::Cpu;
use super::pieces::{PIECE, PIECES};
use super::vectorized::Vectorized;
use crate::tile::bitset::TILE;

/// The lowest and the highest value of each piece of a tile; not numbers where one of the values is none, nor where the
/// tile ends inside the piece, so that they decide nothing there.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesExtremes {
    pub(super) least: [f64; PIECES],
    pub(super) most: [f64; PIECES],
}

impl Default for SeriesExtremes {
    fn default() -> Self {
        Self { least: [f64::NAN; PIECES], most: [f64::NAN; PIECES] }
    }
}

impl SeriesExtremes {
    /// Moves on to these values, at most a tile.
    ///
    /// # Panics
    /// When there are more.
    pub fn extend(&mut self, cpu: Cpu, values: &[f64]) {
        assert!(values.len() <= TILE);
        let (pieces, _) = values.as_chunks();
        self.least[pieces.len()..].fill(f64::NAN);
        self.most[pieces.len()..].fill(f64::NAN);
        cpu.run(Pieces { pieces, extremes: self });
    }
}

/// What [`SeriesExtremes::extend`] does.
struct Pieces<'a> {
    pieces: &'a [[f64; PIECE]],
    extremes: &'a mut SeriesExtremes,
}

impl Vectorized for Pieces<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `Vectorized`")]
    fn run(self) {
        let SeriesExtremes { least, most } = self.extremes;
        for (values, (least, most)) in self.pieces.iter().zip(least.iter_mut().zip(most)) {
            // The halves of what is left side by side until one is left: each step is one of vectors.
            let (mut lows, mut highs, mut sums) = (*values, *values, *values);
            let mut half = PIECE / 2;
            while half > 0 {
                for lane in 0..half {
                    let (low, high, sum) = (lows[lane + half], highs[lane + half], sums[lane + half]);
                    lows[lane] = if low < lows[lane] { low } else { lows[lane] };
                    highs[lane] = if high > highs[lane] { high } else { highs[lane] };
                    sums[lane] += sum;
                }
                half /= 2;
            }
            // Comparisons pass over what is not a number, sums do not; one that grows beyond all bounds only makes the piece be
            // looked at.
            let nothing = sums[0] * 0.0;
            (*least, *most) = (lows[0] + nothing, highs[0] + nothing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cpu, PIECE, SeriesExtremes, TILE};

    #[test]
    fn a_piece_has_extremes_where_it_is_whole_and_all_its_values_are_numbers() {
        let mut values: Vec<f64> = (0..1000_u32).map(|bar| f64::from((bar * 7919) % 1013)).collect();
        assert!(values.len() < TILE && !values.len().is_multiple_of(PIECE));
        values[PIECE + 3] = f64::NAN;
        values[3 * PIECE - 1] = f64::INFINITY;
        values[3 * PIECE] = f64::NAN;
        for cpu in Cpu::available() {
            let mut extremes = SeriesExtremes { least: [0.0; 64], most: [0.0; 64] };
            extremes.extend(cpu, &values);
            for (piece, values) in values.chunks(PIECE).enumerate() {
                let (least, most) = (extremes.least[piece], extremes.most[piece]);
                if values.len() < PIECE || values.iter().any(|value| !value.is_finite()) {
                    assert!(least.is_nan() && most.is_nan(), "piece {piece} on {cpu:?}");
                } else {
                    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
                    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let all = [least, most, low, high].map(f64::to_bits);
                    assert_eq!(all[..2], all[2..], "piece {piece} on {cpu:?}");
                }
            }
            assert!(extremes.least[values.len().div_ceil(PIECE)..].iter().all(|least| least.is_nan()));
        }
    }
}
