//! Comparisons of whole tiles into bits, on the widest vectors that the processor has.
//!
//! Each path gives the same bits as [`Compare::holds`] value by value: comparing is
//! exact, so a vector cannot differ from a loop, and a property test below says that it does not. AVX-512 compares eight
//! values an instruction straight into a mask, AVX2 four with a mask to be moved; NEON has no such move: there LLVM
//! makes vectors of the portable loop.

use super::compare::{Compare, Right};
use super::cpu::Cpu;
use super::pieces::{PIECE, PIECES, all_before, runs};
use super::series_extremes::SeriesExtremes;
#[cfg(target_arch = "x86_64")]
use super::x86;
use crate::tile::bitset::{Bits, TILE, WORDS};

/// A value for each bar of a tile.
#[derive(Clone, Copy, Debug)]
pub struct TileSeries<'a> {
    /// The values.
    pub values: &'a [f64],
    /// Their extremes, where so much is compared with them that finding these pays.
    pub extremes: Option<&'a SeriesExtremes>,
}

/// What a series is compared with.
#[derive(Clone, Copy, Debug)]
pub enum RightSide<'a> {
    /// One value for each bar.
    Series(TileSeries<'a>),
    /// The same at every bar.
    Number(f64),
}

/// Sets, for each bar of `left`, whether `left op right` holds; the bits past its last bar are 0.
///
/// # Panics
/// When the sides differ in length, or are longer than a tile.
#[inline]
pub fn compare(cpu: Cpu, op: Compare, left: TileSeries<'_>, right: RightSide<'_>, out: &mut Bits) {
    compare_all(cpu, [op], left, right, [out]);
}

/// How two series stand to each other at each bar: what all six comparisons follow from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relation {
    at_most: Bits,
    at_least: Bits,
}

impl Relation {
    /// Moves on to these series: two comparisons tell, and each value is read once.
    ///
    /// # Panics
    /// As [`compare`].
    #[inline]
    pub fn extend(&mut self, cpu: Cpu, left: TileSeries<'_>, right: RightSide<'_>) {
        let out = [&mut self.at_most, &mut self.at_least];
        compare_all(cpu, [Compare::LessEqual, Compare::GreaterEqual], left, right, out);
    }

    /// Sets the bits of one comparison.
    #[inline]
    pub fn write(&self, op: Compare, out: &mut Bits) {
        // Neither holds where a value is undefined, so nothing that follows from them does.
        let both = self.at_most.iter().zip(&self.at_least);
        match op {
            Compare::LessEqual => *out = self.at_most,
            Compare::GreaterEqual => *out = self.at_least,
            Compare::Less => out.iter_mut().zip(both).for_each(|(out, (most, least))| *out = most & !least),
            Compare::Greater => out.iter_mut().zip(both).for_each(|(out, (most, least))| *out = least & !most),
            Compare::Equal => out.iter_mut().zip(both).for_each(|(out, (most, least))| *out = most & least),
            Compare::NotEqual => out.iter_mut().zip(both).for_each(|(out, (most, least))| *out = most ^ least),
        }
    }
}

/// The bits of several comparisons of the same values: first what the extremes of each piece decide, then the bars of the
/// others.
#[inline]
fn compare_all<const N: usize>(
    cpu: Cpu,
    ops: [Compare; N],
    left: TileSeries<'_>,
    right: RightSide<'_>,
    mut out: [&mut Bits; N],
) {
    let bars = left.values.len();
    assert!(bars <= TILE);
    let (values, extremes) = match right {
        RightSide::Series(TileSeries { values, extremes }) => {
            assert_eq!(bars, values.len());
            let extremes = extremes.map(|extremes| (Right::Series(&extremes.least), Right::Series(&extremes.most)));
            (Right::Series(values), extremes)
        }
        RightSide::Number(number) => (Right::Number(number), Some((Right::Number(number), Right::Number(number)))),
    };
    if bars < TILE {
        for bits in &mut out {
            **bits = [0; WORDS];
        }
    }
    let mut pieces = all_before(bars.div_ceil(PIECE));
    if let Some((left, right)) = left.extremes.zip(extremes) {
        let (below, above) = decided(cpu, left, right);
        for (bits, op) in out.iter_mut().zip(ops) {
            let mut held = if op.holds(0.0, 1.0) { below } else { 0 } | if op.holds(1.0, 0.0) { above } else { 0 };
            for word in bits.iter_mut() {
                *word = SPREAD[(held % 16) as usize].to_le();
                held /= 16;
            }
        }
        pieces &= !(below | above);
    }
    let bytes = out.each_mut().map(|bits| bytemuck::bytes_of_mut(*bits));
    let done = vectors(cpu, ops, left.values, values, pieces, bytes);
    for (bits, op) in out.into_iter().zip(ops) {
        // The vectors make bytes, the first of which are the lowest bits.
        for word in bits.iter_mut() {
            *word = u64::from_le(*word);
        }
        for (bar, &value) in left.values.iter().enumerate().skip(done) {
            bits[bar / 64] |= u64::from(op.holds(value, values.at(bar))) << (bar % 64);
        }
    }
}

/// For four bits, a word with 16 times each.
const SPREAD: [u64; 16] = {
    let mut words = [0; 16];
    let mut at = 0;
    while at < 64 {
        words[at / 4] |= ((at as u64 / 4) >> (at % 4) & 1) * (0xffff << (16 * (at % 4)));
        at += 1;
    }
    words
};

/// The pieces in which all of the left side is below all of the right one, and those in which it is above.
#[inline]
fn decided(cpu: Cpu, left: &SeriesExtremes, (least, most): (Right<'_>, Right<'_>)) -> (u64, u64) {
    let pieces = |op, left: &[f64; PIECES], right| {
        let mut bytes = [0; PIECES / 8];
        vectors(cpu, [op], left, right, all_before(PIECES / PIECE), [&mut bytes]);
        u64::from_le_bytes(bytes)
    };
    (pieces(Compare::Less, &left.most, least), pieces(Compare::Greater, &left.least, most))
}

/// Compares whole bytes of bits in these pieces, on the vectors that were asked for where the processor has them; gives the
/// number of bars done.
#[inline]
fn vectors<const N: usize>(
    cpu: Cpu,
    ops: [Compare; N],
    left: &[f64],
    right: Right<'_>,
    pieces: u64,
    mut bytes: [&mut [u8]; N],
) -> usize {
    let left = &left[..left.len() - left.len() % 8];
    let out = bytes.each_mut().map(|bytes| &mut **bytes);
    #[cfg(target_arch = "x86_64")]
    let done = match cpu {
        Cpu::Portable => false,
        Cpu::Avx2 => x86::on_avx2(ops, left, right, pieces, out),
        Cpu::Avx512 => x86::on_avx512(ops, left, right, pieces, out),
    };
    #[cfg(not(target_arch = "x86_64"))]
    let (done, _) = (false, (cpu, out));
    if !done {
        portable(ops, left, right, pieces, bytes);
    }
    left.len()
}

/// Eight comparisons a byte, in a form that LLVM turns into whatever vectors the target always has.
fn portable<const N: usize>(ops: [Compare; N], left: &[f64], right: Right<'_>, pieces: u64, bytes: [&mut [u8]; N]) {
    for (bytes, op) in bytes.into_iter().zip(ops) {
        // One plain loop for each comparison.
        match op {
            Compare::Less => fill(left, right, pieces, bytes, |a, b| a < b),
            Compare::LessEqual => fill(left, right, pieces, bytes, |a, b| a <= b),
            Compare::Greater => fill(left, right, pieces, bytes, |a, b| a > b),
            Compare::GreaterEqual => fill(left, right, pieces, bytes, |a, b| a >= b),
            Compare::Equal => fill(left, right, pieces, bytes, |a, b| Compare::Equal.holds(a, b)),
            Compare::NotEqual => fill(left, right, pieces, bytes, |a, b| Compare::NotEqual.holds(a, b)),
        }
    }
}

fn fill(left: &[f64], right: Right<'_>, pieces: u64, bytes: &mut [u8], holds: impl Fn(f64, f64) -> bool) {
    for bars in runs(pieces, left.len()) {
        let values = left[bars.clone()].chunks_exact(8).zip(&mut bytes[bars.start / 8..]);
        match right {
            Right::Series(right) => {
                for ((a, out), b) in values.zip(right[bars].chunks_exact(8)) {
                    *out = (0..8).fold(0, |byte, bit| byte | u8::from(holds(a[bit], b[bit])) << bit);
                }
            }
            Right::Number(b) => {
                for (a, out) in values {
                    *out = (0..8).fold(0, |byte, bit| byte | u8::from(holds(a[bit], b)) << bit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Compare, Cpu, Relation, RightSide, SeriesExtremes, TileSeries, compare};
    use crate::tile::bitset::{Bits, TILE, WORDS, is_set};

    const ALL: [Compare; 6] =
        [Compare::Less, Compare::LessEqual, Compare::Greater, Compare::GreaterEqual, Compare::Equal, Compare::NotEqual];

    fn value() -> impl Strategy<Value = f64> {
        prop::sample::select(vec![0.0, -0.0, 1.0, 2.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324])
    }

    /// Pairs of values that stay for a while, so that there are pieces without a change.
    fn pairs() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
        prop::collection::vec((value(), value(), 1..60_usize), 0..60).prop_map(|stretches| {
            let bars = stretches.into_iter().flat_map(|(a, b, bars)| std::iter::repeat_n((a, b), bars));
            bars.take(TILE).unzip()
        })
    }

    fn agrees(bits: &Bits, op: Compare, left: &[f64], right: RightSide<'_>) -> bool {
        let at = |bar: usize| match right {
            RightSide::Series(series) => series.values[bar],
            RightSide::Number(number) => number,
        };
        (0..WORDS * 64).all(|bar| is_set(bits, bar) == (bar < left.len() && op.holds(left[bar], at(bar))))
    }

    proptest! {
        #[test]
        fn cpu_paths_agree_with_comparing_value_by_value_with_extremes_and_without((a, b) in pairs(), number in value()) {
            for cpu in [Cpu::Portable, Cpu::Avx2, Cpu::Avx512] {
                let extremes = [&a, &b].map(|values| {
                    let mut extremes = SeriesExtremes::default();
                    extremes.extend(cpu, values);
                    extremes
                });
                let known = |values, at: usize| TileSeries { values, extremes: Some(&extremes[at]) };
                let plain = |values| TileSeries { values, extremes: None };
                let numbers = [plain(&a), known(&a, 0)].map(|left| (left, RightSide::Number(number)));
                let series = [
                    (plain(&a), RightSide::Series(plain(&b))),
                    (known(&a, 0), RightSide::Series(plain(&b))),
                    (known(&a, 0), RightSide::Series(known(&b, 1))),
                ];
                for (left, right) in numbers.into_iter().chain(series) {
                    let mut relation = Relation { at_most: [7; WORDS], at_least: [7; WORDS] };
                    relation.extend(cpu, left, right);
                    for op in ALL {
                        let mut out = [u64::MAX; WORDS];
                        compare(cpu, op, left, right, &mut out);
                        prop_assert!(agrees(&out, op, &a, right), "{:?} {:?}", cpu, op);
                        relation.write(op, &mut out);
                        prop_assert!(agrees(&out, op, &a, right), "{:?} {:?} of a relation", cpu, op);
                    }
                }
            }
        }
    }
}
