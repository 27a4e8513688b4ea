//! What reaches a person: streams, progress, tables, charts, and values as they are read.

pub mod chart;
pub mod format;
pub mod heatmap;
pub mod printer;
pub mod progress;
pub mod result_tables;
pub mod table;
