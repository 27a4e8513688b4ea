//! Rows that outlive what they were made of: JSON objects from which the same tables, files and bytes come.

use serde_json::{Map, Value};

use super::number;
use super::table::{Cell, CellType, RecordColumn, Records};

/// The rows of a table, whose times are milliseconds; [`kept_columns`] read them back to the bit.
#[must_use]
pub fn kept_rows<T: ?Sized>(records: &Records<'_, T>) -> Vec<Value> {
    let value = |cell: Cell<'_>| match cell {
        Cell::Text(text) => Value::from(text),
        Cell::Time(millis) => millis.into(),
        Cell::Number(value) | Cell::Whole(value) => value.map_or(Value::Null, number),
        Cell::Count(count) => count.into(),
        Cell::Flag(flag) => flag.into(),
    };
    let row = |at: usize| {
        let names = records.columns().iter().map(|column| column.name.to_string());
        Value::Object(names.zip(records.row(at).map(value)).collect::<Map<_, _>>())
    };
    (0..records.len()).map(row).collect()
}

/// The same columns over kept rows.
#[must_use]
pub fn kept_columns<T: ?Sized>(columns: &[RecordColumn<T>]) -> Vec<RecordColumn<[Value]>> {
    let kept = |column: &RecordColumn<T>| RecordColumn {
        name: column.name.clone(),
        cell_type: column.cell_type,
        cell: kept_cell,
    };
    columns.iter().map(kept).collect()
}

fn kept_cell<'a>(rows: &'a [Value], at: usize, column: &RecordColumn<[Value]>) -> Cell<'a> {
    let value = &rows[at][&*column.name];
    match column.cell_type {
        CellType::Text => Cell::Text(value.as_str().unwrap_or_default().into()),
        CellType::Time => Cell::Time(value.as_i64().unwrap_or_default()),
        CellType::Number => Cell::Number(value.as_f64()),
        CellType::Whole => Cell::Whole(value.as_f64()),
        CellType::Count => Cell::Count(value.as_u64().unwrap_or_default()),
        CellType::Flag => Cell::Flag(value.as_bool().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv;
    use crate::sim::{ChoiceRow, WindowRow};
    use crate::table::window_columns;

    #[test]
    fn rows_that_were_kept_as_text_give_the_same_bytes() {
        let window = |number: Option<u64>, value: Option<f64>| WindowRow {
            symbol: "BTC,\"x\"".to_owned(),
            interval: "1d".parse().unwrap(),
            strategy: "ma".to_owned(),
            number,
            train: (-86_400_000, 1_600_000_000_001),
            train_bars: 9,
            test: (0, 86_400_000),
            test_bars: u64::from(u32::MAX) + 7,
            is_partial: number.is_none(),
            choice: ChoiceRow {
                params: vec![("fast".to_owned(), 0.1 + 0.2)],
                metric: (value, Some(-0.0)),
                total_return: (Some(5.0), Some(1e-300)),
                trades: (Some(3.0), None),
                trades_spanning: Some(1),
                rank: Some(2),
                points: 80,
                passing: 79,
            },
        };
        let rows = [window(Some(1), Some(1.0 / 3.0)), window(None, None)];
        let columns = window_columns(&["fast".to_owned(), "slow".to_owned()]);
        let records = Records::new(&columns, &rows[..], rows.len());
        let text = serde_json::to_string(&kept_rows(&records)).unwrap();
        let kept: Vec<Value> = serde_json::from_str(&text).unwrap();
        let kept_columns = kept_columns(&columns);
        let again = Records::new(&kept_columns, &kept[..], kept.len());
        assert_eq!(csv::records(&again).unwrap(), csv::records(&records).unwrap());
        assert_eq!(crate::parquet::records(&again).unwrap(), crate::parquet::records(&records).unwrap());
    }
}
