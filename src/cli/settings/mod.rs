//! What is meant: flags, environment and settings file become a request that makes sense. Every mistake is found here,
//! before any work.

pub(super) mod assets;
pub(super) mod benchmark;
pub(super) mod cache;
pub(super) mod environment;
pub(super) mod file;
pub(super) mod given;
pub(super) mod import;
pub(super) mod import_layout;
pub(super) mod other_assets;
pub(super) mod ranking;
pub(super) mod request;
pub(super) mod strategies;
pub(super) mod time;
pub(super) mod windows;
