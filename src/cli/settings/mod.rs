//! What is meant: flags, environment and settings file become a request that makes sense. Every mistake is found here,
//! before any work.

pub mod assets;
pub mod cache;
pub mod environment;
pub mod file;
pub mod given;
pub mod import;
pub mod import_layout;
pub mod ranking;
pub mod request;
pub mod strategies;
pub mod time;
