//! Results as one page: everything that it needs is in it, and it makes no network requests.
//!
//! Each section has a file here, which computes what it shows, and one in `assets/pages/`, which draws it. The page holds
//! the drawing library, a document of figures, and the scripts; a policy in its head forbids every request.

mod batch;
mod compare;
mod equity;
mod histogram;
mod page;
mod portfolio;
mod result;
mod run;
mod series;
mod sweep;
mod timeline;
mod trades;
mod walk;

use series::{downsample, encode};

pub use batch::{BatchPage, RowCurve, Tested, batch, with_lines};
pub use compare::{ComparedResult, compare};
pub use portfolio::{PortfolioPage, portfolio};
pub use result::Provenance;
pub use run::{RunPage, run};
pub use sweep::{SweepPage, TestedOn, TestedRange, sweep};
pub use timeline::History;
pub use walk::{CpcvPage, WalkPage, cpcv, walk};
