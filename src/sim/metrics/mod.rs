//! The closing formulas: one table from which every output, sort and help of metrics derives.
//!
//! Definitions are those of the project's contract, which are vectorbt's where it has the metric; an undefined one
//! is `None`, never NaN or infinity.

mod better;
mod formulas;
mod kinds;
mod outcome;
mod table;

pub use better::better;
pub use formulas::Closing;
pub use kinds::{Better, Group, Metric, Unit};
pub use outcome::{Metrics, Outcome, compute};
pub use table::{COUNT, TABLE, find};
