//! Which cache is meant, and how it is used: flags, environment, settings file.

mod credentials;
mod open;
mod place;
mod prefix;
mod secret;
mod trust;
mod ttl;

pub use open::{described, open, open_patiently};
pub use place::{is_configured, place};
pub use prefix::prefix;
