//! What reaches a person: streams, progress, tables, charts, rows of a file, and values as they are read.

pub mod chart;
pub mod cpcv_tables;
pub mod error;
pub mod format;
mod heading;
pub mod heatmap;
pub mod luck;
pub mod printer;
pub mod progress;
pub mod result_tables;
pub mod sweep_rows;
pub mod table;
pub mod walk_tables;

use backtest_data as data;
use backtest_engine as engine;
use backtest_report as report;
use backtest_sim as sim;
use backtest_system::pool;
