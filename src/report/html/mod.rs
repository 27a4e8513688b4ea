//! Results as one page: everything that it needs is in it, and it asks nobody for anything.
//!
//! Each section has a file here, which computes what it shows, and one in `assets/`, which draws it. The page holds
//! the drawing library, a document of figures, and the scripts; a policy in its head forbids every request.

mod batch;
mod card;
mod compare;
mod drawdowns;
mod histogram;
mod history;
mod monthly;
mod pack;
mod page;
mod proof;
mod rolling;
mod run;
mod safe;
mod stability;
mod sweep;
mod thin;
mod trades;

pub use batch::{BatchPage, CurveOf, batch, with_lines};
pub use compare::{Contender, compare};
pub use history::History;
pub use proof::Proof;
pub use run::{RunPage, run};
pub use sweep::{Span, SweepPage, sweep};

pub use crate::sim::SweepGrid as Cube; // old name, until the floors meet
