//! Positions and costs: from signals to fills, and from fills to the tally.
//!
//! The account steps only where something happens. Between fills it hands whole stretches to the tally; which bar
//! comes next is the next set bit of the signals that matter in the present state.

mod fills;
mod steps;

pub use steps::{Account, Closed};
