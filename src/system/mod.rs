//! What the operating system gives: files, the present moment, threads.

pub mod clock;
pub mod files;
pub mod pool;

use backtest_sim as sim;
