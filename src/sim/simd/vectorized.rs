//! What is compiled once for each kind of processor.

/// Work to be compiled for each kind of processor: plain loops over slices, all of them part of [`Vectorized::run`].
///
/// A short closure is enough, where LLVM puts it into its only caller. Longer work is a type of its own whose `run` is
/// marked `#[inline(always)]`: called as a function, it would be compiled for what all processors have.
pub trait Vectorized {
    /// What comes of it.
    type Output;
    /// Does the work.
    fn run(self) -> Self::Output;
}

impl<R, F: FnOnce() -> R> Vectorized for F {
    type Output = R;

    #[inline]
    fn run(self) -> R {
        self()
    }
}

#[cfg(test)]
mod tests {
    use super::Vectorized;
    use crate::simd::Cpu;

    struct Ratios<'a>(&'a [f64], &'a mut [f64]);

    impl Vectorized for Ratios<'_> {
        type Output = f64;

        #[inline(always)]
        #[expect(clippy::inline_always, reason = "as its users do")]
        fn run(self) -> f64 {
            for (ratio, pair) in self.1.iter_mut().zip(self.0.windows(2)) {
                *ratio = pair[1] / pair[0] * 1.1 - 0.1;
            }
            self.1.iter().sum()
        }
    }

    #[test]
    fn every_processor_gives_the_same_bits_and_what_the_work_gives_comes_back() {
        let values: Vec<f64> = (1..200_u32).map(|n| f64::from(n * 7919 % 1013) / 3.0).collect();
        let [mut alone, mut wide] = [vec![0.0; 150], vec![0.0; 150]];
        let sum = Ratios(&values, &mut alone).run();
        for cpu in Cpu::available() {
            assert_eq!(cpu.run(Ratios(&values, &mut wide)).to_bits(), sum.to_bits(), "{cpu:?}");
            assert_eq!(alone, wide, "{cpu:?}");
        }
        assert_eq!(Cpu::detect().run(|| 7), 7);
    }
}
