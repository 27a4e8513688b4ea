//! The commands on stored results.

mod clear;
mod command;
mod keys;
mod verify;
mod warm;

pub use self::clear::ClearArgs;
pub use self::command::CacheCommand;
pub use self::keys::{FilterArgs, KeysArgs};
pub use self::verify::VerifyArgs;
pub use self::warm::WarmArgs;
