//! Parquet and Feather, freqtrade's among them.

use std::io::Write;

use tempfile::NamedTempFile;

use super::recognise::no_rows;
use super::table::{Table, picked};
use crate::data::fault::Fault;
use crate::data::frame::{Raw, read_feather};
use crate::data::frame_parquet::read_parquet;
use crate::data::source::Source;
use crate::sim::model::{Candles, TimeRange};

/// Reads bytes that begin as one of them; gives others back.
pub(super) fn table(bytes: Vec<u8>) -> Result<Result<Table, Fault>, Vec<u8>> {
    if bytes.starts_with(b"PAR1") {
        return Ok(parquet(&bytes).and_then(|raw| of(raw, "Parquet")));
    }
    if bytes.starts_with(b"ARROW1") {
        return Ok(read_feather(bytes).and_then(|raw| of(raw, "Feather")));
    }
    if bytes.starts_with(b"FEA1") {
        let remedy = "Write it again as Feather version 2 (Arrow IPC), Parquet or CSV";
        return Ok(Err(Fault::file("is a Feather file of version 1, which is not read", remedy)));
    }
    Err(bytes)
}

/// The reader wants a file to look around in; what came out of an archive is none yet.
fn parquet(bytes: &[u8]) -> Result<Raw, Fault> {
    let aside = || -> std::io::Result<NamedTempFile> {
        let mut file = NamedTempFile::new()?;
        file.write_all(bytes)?;
        Ok(file)
    };
    let file = aside().map_err(|error| {
        let what = format!("cannot be unpacked into the folder for temporary files: {error}");
        Fault::file(what, "Make room there, or name another with TMPDIR")
    })?;
    read_parquet(&Source::open(file.path())?, TimeRange::default())
}

fn of(raw: Raw, format: &'static str) -> Result<Table, Fault> {
    let rows = raw.time.len();
    if rows == 0 || raw.values.iter().any(|column| column.len() != rows) {
        return Err(no_rows(0));
    }
    let [open, high, low, close, volume] = raw.values;
    let candles = Candles { time: raw.time, open, high, low, close, volume };
    let mut table = Table { candles, synthetic: raw.synthetic, ..Table::new(format) };
    table.line = (1..).take(rows).collect();
    drop_nulls(&mut table);
    if table.len() == 0 { Err(no_rows(table.nulls)) } else { Ok(table) }
}

/// Rows of NaN are how some tools fill gaps.
fn drop_nulls(table: &mut Table) {
    let Candles { open, high, low, close, .. } = &table.candles;
    let is_null = |at: usize| [open, high, low, close].iter().all(|column| column[at].is_nan());
    let kept: Vec<usize> = (0..table.len()).filter(|at| !is_null(*at)).collect();
    if kept.len() < table.len() {
        table.nulls = (table.len() - kept.len()) as u64;
        table.line = kept.iter().map(|&at| table.line[at]).collect();
        table.candles = picked(&table.candles, &kept);
    }
}
