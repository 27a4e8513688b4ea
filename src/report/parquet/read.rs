//! Rows of batches and sweeps, read again from Parquet.

use std::fs::File;
use std::path::Path;

use polars::prelude::{DataFrame, DataType, ParquetReader, SerReader};

use crate::sim::metrics::{COUNT, Detail, LATER, Metrics, Outcome, TABLE};
use crate::sim::strategy::is_param_name;
use crate::sim::{Direction, Fill, Interval, Millis, Settings, Year};
use crate::table::{FIRST_COLUMNS, LAST_COLUMNS, param_name};

/// Rows of a file that a page is made of, at most: they are all in memory.
const MOST: usize = 1_000_000;

/// Columns behind the metrics in files from before a fee of limit orders and what came with it was one, and from before
/// years could be chosen.
const BEFORE_MAKER_FEE: usize = 9;
const BEFORE_YEARS: usize = 8;

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
    /// Which metrics the file holds, the others being undefined.
    pub detail: Detail,
    metrics: Vec<Vec<Option<f64>>>,
    tested: Option<TestedColumns>,
}

/// What rows were tested on and with, in the columns behind the metrics.
#[derive(Clone, Debug)]
struct TestedColumns {
    start: Vec<Millis>,
    end: Vec<Millis>,
    bars: Vec<Option<f64>>,
    settings: Vec<Settings>,
    /// What they are measured against; none against their own asset.
    benchmark: Vec<Option<String>>,
    /// Bars before their range that warmed up their rules; empty in a file that does not say it.
    warmup: Vec<u64>,
}

impl Rows {
    /// The metrics of one row.
    #[must_use]
    pub fn metrics(&self, row: usize) -> Metrics {
        std::array::from_fn(|metric| self.metrics.get(metric)?[row].filter(|value| value.is_finite()))
    }

    /// What one row was tested with, and its metrics with the range that it was tested on; settings and range are none
    /// in a file that does not hold them.
    #[must_use]
    pub fn outcome(&self, row: usize) -> (Option<Settings>, Outcome) {
        let metrics = self.metrics(row);
        let Some(tested) = &self.tested else {
            return (None, Outcome { bars: 0, start: 0, end: 0, ruined: false, detail: self.detail, metrics });
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bars")]
        let bars = tested.bars[row].unwrap_or(0.0) as u64;
        let (start, end) = (tested.start[row], tested.end[row]);
        (Some(tested.settings[row]), Outcome { bars, start, end, ruined: false, detail: self.detail, metrics })
    }

    /// Symbol of the asset that one row is measured against, and the number of bars that warmed up its rules, where the
    /// file says them.
    #[must_use]
    pub fn beside(&self, row: usize) -> (Option<String>, Option<u64>) {
        let tested = self.tested.as_ref();
        let benchmark = tested.and_then(|tested| tested.benchmark.get(row).cloned().flatten());
        (benchmark, tested.and_then(|tested| tested.warmup.get(row).copied()))
    }

    /// Whether the file says what its rows were tested on and with.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.tested.is_some()
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
    if names.len() < 3 || names[..3] != FIRST_COLUMNS {
        return Err(other("symbol"));
    }
    let params = names.get(3..from).ok_or_else(|| other("strategy"))?;
    // Metrics came one after the other: a file of an older version has the first ones.
    let known = TABLE.iter().zip(&names[from..]).take_while(|(metric, name)| metric.name == **name).count();
    let last = &names[from + known..];
    // Earlier versions did not say how long a year is, and then not what came behind it.
    let is_tested =
        [LAST_COLUMNS.len(), BEFORE_MAKER_FEE, BEFORE_YEARS].iter().any(|count| last == &LAST_COLUMNS[..*count]);
    if known < LATER || !(last.is_empty() || is_tested) {
        return Err(other(TABLE[known.min(COUNT - 1)].name));
    }
    let details = [Detail::AllReturns, Detail::EachBar].into_iter();
    let of_params: Vec<String> = params.iter().map(|column| param_name(column).to_owned()).collect();
    if let Some(name) = of_params.iter().find(|name| !is_param_name(name)) {
        return Err(format!(
            "has a column `{name}`, which no parameter can be called; this is not what backtest writes"
        ));
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
        detail: details.into_iter().find(|detail| detail.count() <= known).unwrap_or_default(),
        metrics: TABLE[..known].iter().map(|metric| numbers(&frame, metric.name)).collect::<Result<_, _>>()?,
        tested: (!last.is_empty()).then(|| tested(&frame, last)).transpose()?,
        params: of_params,
    })
}

/// The columns behind the metrics, of these names.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of bars")]
fn tested(frame: &DataFrame, names: &[String]) -> Result<TestedColumns, String> {
    let number = |name: &str| -> Result<Vec<f64>, String> {
        let values = numbers(frame, name)?.into_iter();
        values.map(|value| value.ok_or_else(|| format!("its column `{name}` has a gap"))).collect()
    };
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of any calendar are far below 2^53")]
    let times = |name: &str| Ok::<_, String>(number(name)?.into_iter().map(|value| value as Millis).collect());
    let (capital, fee, slippage) = (number("capital")?, number("fee")?, number("slippage")?);
    let (fill, direction) = (text(frame, "fill")?, text(frame, "direction")?);
    let year = if names.len() > BEFORE_YEARS { text(frame, "year")? } else { Vec::new() };
    let is_whole = names.len() == LAST_COLUMNS.len();
    let (maker_fee, risk_free, warmup) = if is_whole {
        (numbers(frame, "maker_fee")?, number("risk_free")?, number("warmup_bars")?)
    } else {
        (Vec::new(), Vec::new(), Vec::new())
    };
    let (detail, benchmark) =
        if is_whole { (text(frame, "detail")?, text(frame, "benchmark")?) } else { (Vec::new(), Vec::new()) };
    let market_funding = if is_whole { numbers(frame, "market_funding")? } else { Vec::new() };
    let of_detail = |at: usize| {
        let text = detail.get(at).filter(|text| !text.is_empty());
        text.map(|text| text.parse().map_err(|_| "its column `detail` has a value that is not known")).transpose()
    };
    let settings = |at: usize| {
        let unknown = |name: &str| format!("its column `{name}` has a value that is not known");
        Ok(Settings {
            capital: capital[at],
            fee: fee[at],
            maker_fee: maker_fee.get(at).copied().flatten(),
            detail: of_detail(at)?,
            market_funding: market_funding.get(at).is_some_and(|flag| *flag == Some(1.0)),
            slippage: slippage[at],
            fill: Fill::named(&fill[at]).ok_or_else(|| unknown("fill"))?,
            direction: Direction::named(&direction[at]).ok_or_else(|| unknown("direction"))?,
            year: year.get(at).map_or(Ok(Year::default()), |year| year.parse()).map_err(|_| unknown("year"))?,
            risk_free: risk_free.get(at).copied().unwrap_or_default(),
        })
    };
    Ok(TestedColumns {
        start: times("start")?,
        end: times("end")?,
        bars: numbers(frame, "bars")?,
        settings: (0..frame.height()).map(settings).collect::<Result<_, String>>()?,
        benchmark: benchmark.into_iter().map(|symbol| Some(symbol).filter(|symbol| !symbol.is_empty())).collect(),
        warmup: warmup.into_iter().map(|bars| bars as u64).collect(),
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
    let wrong = |_| format!("its column `{name}` is not a number");
    let column = frame.column(name).map_err(wrong)?.cast(&DataType::Float64).map_err(wrong)?;
    Ok(column.f64().map_err(wrong)?.to_vec())
}
