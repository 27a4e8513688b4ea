//! What we take from the operating system: files, the present moment, threads.

pub mod clock;
pub mod files;
pub mod pool;
