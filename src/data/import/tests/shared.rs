//! Real files of thirty sources, where they are: `BACKTEST_SHARED`, else `../shared` beside the project. Without them
//! these tests pass without having looked.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::read::time::iso;
use crate::store::OnConflict;

fn formats() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("BACKTEST_SHARED").map_or(beside, PathBuf::from).join("formats");
    folder.is_dir().then_some(folder)
}

/// A line of INDEX.csv: what somebody else counted in a file.
struct Line {
    file: String,
    cells: Vec<String>,
}

impl Line {
    fn number(&self, column: usize) -> Option<u64> {
        self.cells[column].parse().ok()
    }
}

fn index(folder: &Path) -> Vec<Line> {
    let text = fs::read_to_string(folder.join("INDEX.csv")).unwrap();
    let line = |line: &str| {
        let cells: Vec<String> = line.splitn(13, ',').map(str::to_owned).collect();
        Line { file: cells[0].clone(), cells }
    };
    text.lines().skip(1).map(line).collect()
}

/// What nothing in a file or its name tells, and what its user knows.
fn known(file: &str, options: &mut ImportOptions) {
    options.symbol = Some("TESTUSD".into());
    match file {
        "coinbase_rest_candles.json" => options.interval = "1h".parse().ok(),
        "cdd_url_line_mixed_units.csv" => options.conflict = OnConflict::First,
        _ => {}
    }
}

/// Files that hold no bars, and the reason why.
const REFUSED: [(&str, &str); 3] = [
    ("freqtrade_empty.json", "empty list"),
    ("freqtrade_zero_bytes.feather", "is empty"),
    ("lean_daily_quote.zip", "quotes (bid and ask), not trades"),
];

#[test]
fn every_real_file_holds_what_its_index_says() {
    let Some(folder) = formats() else { return };
    let mut wrong = Vec::new();
    for line in index(&folder) {
        let mut options = options();
        known(&line.file, &mut options);
        let read = read_file(&folder.join(&line.file), &options);
        if let Some((_, why)) = REFUSED.iter().find(|(file, _)| *file == line.file) {
            let error = read.unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
            continue;
        }
        let found = match read {
            Ok(found) => found,
            Err(error) => {
                wrong.push(format!("{error}"));
                continue;
            }
        };
        assert_eq!(found.len(), 1, "{}", line.file);
        let report = &found[0].report;
        let order = if report.order == RowOrder::Descending { "desc" } else { "asc" };
        let counted = [
            (2, "rows", report.rows),
            (3, "distinct", report.distinct),
            (7, "order_breaks", report.breaks),
            (8, "exact_dups", report.duplicates),
            (9, "conflicting_dups", report.conflicts),
            (10, "unusable_rows", report.nulls),
            (11, "missing_bars", report.missing),
        ];
        for (column, name, ours) in counted {
            if line.number(column).is_some_and(|stated| stated != ours) {
                wrong.push(format!("{}: {name} is {ours}, index {}", line.file, line.cells[column]));
            }
        }
        for (column, ours) in [(4, report.first), (5, report.last)] {
            if iso(line.cells[column].as_bytes()).is_some_and(|stated| stated != ours) {
                wrong.push(format!("{}: {ours}, index {}", line.file, line.cells[column]));
            }
        }
        if !line.cells[6].is_empty() && line.cells[6] != order {
            wrong.push(format!("{}: {order}, index {}", line.file, line.cells[6]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
