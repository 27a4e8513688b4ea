//! Vector instructions: which the processor has, comparisons of whole tiles into bits, and loops compiled for them.
//!
//! The same bits from all of them, and from a processor that has none.

mod compare;
mod cpu;
mod tile_compare;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use compare::{Compare, Right};
pub use cpu::Cpu;
pub use tile_compare::{Relation, compare, relation};
