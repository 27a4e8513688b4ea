//! Vector instructions: which the processor has, comparisons of whole tiles into bits, loops compiled for them, and bytes
//! put together to numbers.
//!
//! The same bits from all of them, and from a processor that has none.

mod byte_streams;
mod compare;
mod cpu;
mod pieces;
mod series_extremes;
mod tile_compare;
mod vectorized;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use byte_streams::{Sixteen, joined};
pub use compare::Compare;
pub use cpu::Cpu;
pub use series_extremes::SeriesExtremes;
pub use tile_compare::{Relation, RightSide, TileSeries, compare};
pub use vectorized::Vectorized;
