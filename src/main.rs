//! The `backtest` binary.

fn main() {}
