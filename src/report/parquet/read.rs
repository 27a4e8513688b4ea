//! Rows of batches and sweeps, read again from Parquet.

use std::fs::File;
use std::path::Path;

use polars::prelude::{DataFrame, DataType, ParquetReader, SerReader};

use crate::report::table::ROW_COLUMNS;
use crate::sim::Interval;
use crate::sim::metrics::{COUNT, Metrics, TABLE};

/// Rows of a file that a page is made of, at most: they are all in memory.
const MOST: usize = 1_000_000;

/// What a file holds. Each column is as long as `symbols`.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Asset of each row.
    pub symbols: Vec<String>,
    /// Strategy of each row.
    pub strategies: Vec<String>,
    /// Length of a bar, of all rows.
    pub interval: Interval,
    /// Names of the parameters.
    pub params: Vec<String>,
    /// For each parameter its value in each row; none where the row's strategy does not have it.
    pub values: Vec<Vec<Option<f64>>>,
    metrics: Vec<Vec<Option<f64>>>,
}

impl Rows {
    /// The metrics of one row.
    #[must_use]
    pub fn metrics(&self, row: usize) -> Metrics {
        std::array::from_fn(|metric| self.metrics[metric][row].filter(|value| value.is_finite()))
    }
}

/// Reads a file that batch or sweep wrote.
///
/// # Errors
/// What is wrong with it, and the remedy.
pub fn rows(path: &Path) -> Result<Rows, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let broken = |error: polars::prelude::PolarsError| format!("is no Parquet file that can be read: {error}");
    let mut reader = ParquetReader::new(file);
    let count = reader.get_metadata().map_err(broken)?.num_rows;
    if count > MOST {
        return Err(format!(
            "holds {count} rows, and a page is made of at most {MOST}; give the sweep itself --report"
        ));
    }
    let frame = reader.finish().map_err(broken)?;
    let names: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
    let other = |name: &str| {
        format!(
            "has no column `{name}`; batch and sweep write it with --out, or another version of backtest wrote this"
        )
    };
    let first = TABLE[0].name;
    let from = names.iter().position(|name| name == first).ok_or_else(|| other(first))?;
    if names.len() < 3 || names[..3] != ROW_COLUMNS {
        return Err(other("symbol"));
    }
    let params: Vec<String> = names.get(3..from).ok_or_else(|| other("strategy"))?.to_vec();
    let known: Vec<&str> = TABLE.iter().map(|metric| metric.name).collect();
    if names[from..] != known {
        let lacking = known.iter().find(|name| !names.contains(&(**name).to_owned())).unwrap_or(&known[COUNT - 1]);
        return Err(other(lacking));
    }
    let intervals = text(&frame, "interval")?;
    let Some(interval) = intervals.first() else { return Err("holds no row".to_owned()) };
    if intervals.iter().any(|other| other != interval) {
        return Err("holds rows of several intervals".to_owned());
    }
    Ok(Rows {
        symbols: text(&frame, "symbol")?,
        strategies: text(&frame, "strategy")?,
        interval: interval.parse()?,
        values: params.iter().map(|name| numbers(&frame, name)).collect::<Result<_, _>>()?,
        metrics: known.iter().map(|name| numbers(&frame, name)).collect::<Result<_, _>>()?,
        params,
    })
}

fn text(frame: &DataFrame, name: &str) -> Result<Vec<String>, String> {
    let wrong = |_| format!("its column `{name}` is no text");
    let column = frame.column(name).map_err(wrong)?;
    let values = column.str().map_err(wrong)?;
    values
        .iter()
        .map(|value| value.map(str::to_owned).ok_or_else(|| format!("its column `{name}` has a gap")))
        .collect()
}

fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<Option<f64>>, String> {
    let wrong = |_| format!("its column `{name}` is no number");
    let column = frame.column(name).map_err(wrong)?.cast(&DataType::Float64).map_err(wrong)?;
    Ok(column.f64().map_err(wrong)?.to_vec())
}
