//! The work itself: from a plan to results, through the cache where it helps.

mod asset;
mod batch;
mod fold;
#[cfg(test)]
mod fold_tests;
mod plan;
mod progress;
mod record;
mod survey;

pub use batch::{Done, execute};
pub use fold::{Combination, Compiled, Terms, fold, fold_with_trades};
pub use plan::{Bound, Identity, Keyring, Keys, Plan};
pub use progress::{Progress, Silent};
pub use record::Record;
pub use survey::survey;
