//! The account against a plain bar-by-bar simulator, and against figures of vectorbt.

mod account;
mod golden;
mod level_account;
mod levels;
mod levels_golden;
mod plain;
mod plain_levels;
