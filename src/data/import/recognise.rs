//! Which family a file belongs to.

use super::layout::Layout;
use super::sheet::Sheet;
use super::table::Table;
use super::{cryptodatadownload, headed, investing, klines, kraken, lean, plain, refuse, yahoo};
use crate::data::fault::Fault;

/// A family's look at the first lines: `None` when they are not its own, a fault when they are and yet no bars.
type Recogniser = fn(&Sheet) -> Option<Result<Layout, Fault>>;

/// The most particular first.
const FAMILIES: [Recogniser; 7] = [
    cryptodatadownload::recognise,
    investing::recognise,
    yahoo::recognise,
    lean::recognise,
    klines::recognise,
    kraken::recognise,
    plain::recognise,
];

/// Where things stand in a text file. `names` are those of the archive and the file in it.
pub(super) fn layout(text: &str, names: &[String]) -> Result<Layout, Fault> {
    let sheet = Sheet::new(text, names);
    if let Some(layout) = FAMILIES.iter().find_map(|recognise| recognise(&sheet)) {
        return layout;
    }
    let first = sheet.lines.first().copied().unwrap_or_default();
    if let Some(fault) = refuse::separators(first) {
        return Err(fault);
    }
    if sheet.row(0).len() < 3 {
        return Err(refuse::foreign(first));
    }
    headed::recognise(&sheet)
}

/// Reads a text file.
pub(super) fn table(text: &str, names: &[String]) -> Result<Table, Fault> {
    let layout = layout(text, names)?;
    let mut table = super::text::read(text, &layout)?;
    if table.len() == 0 {
        return Err(no_rows(table.nulls));
    }
    let note = super::order::settle(&mut table, layout.orders)?;
    table.notes.extend(note);
    Ok(table)
}

/// A file without a single bar.
pub(super) fn no_rows(nulls: u64) -> Fault {
    let what = if nulls > 0 { "has rows, but no price in any of them" } else { "has a header but no rows" };
    Fault::file(what, "Download it again or remove it")
}
