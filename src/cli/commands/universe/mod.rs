//! The commands that look at many assets side by side: one account over them, and their ranks.

pub(in crate::cli) mod portfolio;
pub(in crate::cli) mod rank;
