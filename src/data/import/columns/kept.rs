//! Further columns that are kept beside a bar's own, so that rules read them as `column("name")`.

use crate::error::ContentError;
use crate::escape::{escape, quote};
use crate::import::cells::{OwnedCell, SampleRow};
use crate::import::number::number;
use crate::import::options::{ImportOptions, KeepColumns};
use crate::read::columns::is_usual;
use crate::sim::text::nearest;

use super::{ColumnPlan, TimePlace, place_of, share};

const OTHER_NAME: &str = "Keep it under a name of your own, as in --keep-columns funding=COLUMN";

/// A column that is kept: where it stands, and the name that it gets.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::import) struct KeptColumn {
    pub at: usize,
    pub name: String,
}

/// The columns that the user wants kept.
pub(super) fn kept(
    plan: &mut ColumnPlan,
    sample: &[SampleRow],
    options: &ImportOptions,
) -> Result<Vec<KeptColumn>, ContentError> {
    match &options.keep_columns {
        KeepColumns::None => Ok(Vec::new()),
        KeepColumns::All => all(plan, sample),
        KeepColumns::Named(wanted) => named(plan, sample, wanted),
    }
}

/// What a column is already, where it is one of a bar's.
fn role(plan: &ColumnPlan, at: usize) -> Option<&'static str> {
    let prices = ["open", "high", "low", "close"];
    let price = plan.prices.iter().position(|price| *price == at).map(|place| prices[place]);
    let is_clock = matches!(plan.time, TimePlace::Two(_, clock, _) if clock == at);
    price.or_else(|| match at {
        _ if plan.time.column() == at || is_clock => Some("time"),
        _ if plan.end == Some(at) => Some("end"),
        _ if plan.symbol == Some(at) => Some("symbol"),
        _ => None,
    })
}

/// Whether most cells are numbers, and the first that is none.
fn numbers(sample: &[SampleRow], at: usize) -> Result<(), Option<&OwnedCell>> {
    let is_number = |cell: &OwnedCell| number(cell.cell()).is_number();
    let is_null = |cell: &OwnedCell| matches!(number(cell.cell()), crate::import::number::NumberCell::Null);
    let mut cells = sample.iter().filter_map(|row| row.cells.get(at));
    match cells.find(|cell| !is_number(cell) && !is_null(cell)) {
        Some(cell) => Err(Some(cell)),
        None if share(sample, at, is_number) > 0.0 => Ok(()),
        None => Err(None),
    }
}

/// Why a column cannot be kept under this name.
fn unfit(name: &str, others: &[KeptColumn]) -> Option<String> {
    let is_twice = others.iter().any(|other| other.name.eq_ignore_ascii_case(name));
    if name.is_empty() {
        Some("has no name".to_owned())
    } else if is_twice {
        Some("is the second of that name".to_owned())
    } else if name.contains(|c: char| c == '"' || c.is_control()) {
        Some("has a name that no rule can write".to_owned())
    } else {
        is_usual(name).then(|| "has the name of a column that every candle file has, or of an asset's".to_owned())
    }
}

fn named(
    plan: &ColumnPlan,
    sample: &[SampleRow],
    wanted: &[(String, String)],
) -> Result<Vec<KeptColumn>, ContentError> {
    let mut found: Vec<KeptColumn> = Vec::new();
    for (name, column) in wanted {
        let Some(at) = place_of(column, &plan.names) else { return Err(unknown(plan, column)) };
        if let Some(role) = role(plan, at) {
            let what = format!(
                "has {} as the {role} of its bars, which --keep-columns cannot keep beside them",
                quote(column)
            );
            return Err(ContentError::file(what, "Leave it out of --keep-columns: it is stored in any case"));
        }
        if !plan.has_names && name == column {
            let what = format!("has no names for its columns, and so column {} would have none", escape(column));
            return Err(ContentError::file(what, OTHER_NAME));
        }
        if let Some(why) = unfit(name, &found) {
            return Err(ContentError::file(format!("has a column {} that {why}", quote(name)), OTHER_NAME));
        }
        // A single cell that is no number is refused with its row, as in every other column.
        let is_mostly = share(sample, at, |cell| number(cell.cell()).is_number()) >= 0.5;
        if let Err(cell) = numbers(sample, at)
            && !is_mostly
        {
            let what = match cell {
                Some(OwnedCell::Text(text)) => {
                    format!("has {} in its column {}, which is not a number", quote(text), quote(column))
                }
                Some(_) => format!("has times in its column {}, and no numbers", quote(column)),
                None => format!("has nothing in its column {}", quote(column)),
            };
            return Err(ContentError::file(what, "Leave it out of --keep-columns: rules read numbers alone"));
        }
        found.push(KeptColumn { at, name: name.clone() });
    }
    Ok(found)
}

fn unknown(plan: &ColumnPlan, column: &str) -> ContentError {
    let names: Vec<&str> = plan.names.iter().map(|name| name.trim()).collect();
    let has = match nearest(column, names.iter().copied()) {
        Some(near) => format!("did you mean {}?", quote(near)),
        None => format!("it has: {}", escape(&names.join(", ").chars().take(200).collect::<String>())),
    };
    let what = format!("has no column {} for --keep-columns ({has})", quote(column));
    ContentError::file(what, "Name one that it has, or pass --keep-columns all")
}

/// All columns of numbers that are none of a bar's; what has no fit name is told and left out.
fn all(plan: &mut ColumnPlan, sample: &[SampleRow]) -> Result<Vec<KeptColumn>, ContentError> {
    if !plan.has_names {
        let what = "has no names for its columns, by which --keep-columns all could keep them";
        return Err(ContentError::file(what, "Name each with its number, as in --keep-columns funding=7"));
    }
    let mut found: Vec<KeptColumn> = Vec::new();
    let mut left_out = Vec::new();
    for at in 0..plan.width {
        let is_taken = role(plan, at).is_some() || [plan.interval, plan.confirm].contains(&Some(at));
        // The first candidate may become the volume, and is no further column then.
        if is_taken || numbers(sample, at).is_err() {
            continue;
        }
        let name = plan.names[at].trim().trim_matches('"').to_owned();
        match unfit(&name, &found) {
            None => found.push(KeptColumn { at, name }),
            Some(_) if name.is_empty() || name.eq_ignore_ascii_case("volume") => {}
            Some(why) => left_out.push(format!("{} not kept: it {why}", quote(&name))),
        }
    }
    plan.notes.extend(left_out);
    Ok(found)
}
