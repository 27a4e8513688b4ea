//! What the processor can do, and loops made for it.

use super::vectorized::Vectorized;
#[cfg(target_arch = "x86_64")]
use super::x86;

/// Which instructions compute: chosen once at the start, the same bits from all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    /// What every processor has.
    Portable,
    /// x86-64 with AVX2.
    Avx2,
    /// x86-64 with AVX-512 F.
    Avx512,
}

impl Cpu {
    /// The widest that this processor has.
    #[must_use]
    pub fn detect() -> Self {
        *Self::available().last().unwrap_or(&Self::Portable)
    }

    /// All that this processor has, narrowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            let wide = [
                (Self::Avx2, std::arch::is_x86_feature_detected!("avx2")),
                (Self::Avx512, std::arch::is_x86_feature_detected!("avx512f")),
            ];
            let has = wide.into_iter().filter_map(|(cpu, has)| has.then_some(cpu));
            std::iter::once(Self::Portable).chain(has).collect()
        }
        #[cfg(not(target_arch = "x86_64"))]
        vec![Self::Portable]
    }

    /// Does the work with these instructions, as far as LLVM can make vectors of it. Neither multiplications and additions
    /// are fused nor sums reordered, so the bits are those of the plain loop.
    pub fn run<W: Vectorized>(self, work: W) -> W::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::with_avx2(work),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => x86::with_avx512(work),
            _ => work.run(),
        }
    }
}
