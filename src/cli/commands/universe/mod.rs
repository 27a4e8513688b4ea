//! The commands that look at many assets side by side: one account over them, and their ranks.

pub(crate) mod portfolio;
pub(crate) mod rank;
