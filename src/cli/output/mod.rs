//! What reaches a person: streams, progress, tables, charts, and values as they are read.

pub(super) mod chart;
pub(super) mod cpcv_tables;
pub(super) mod format;
mod heading;
pub(super) mod heatmap;
pub(super) mod luck;
pub(super) mod printer;
pub(super) mod progress;
pub(super) mod result_tables;
pub(super) mod table;
pub(super) mod walk_tables;
