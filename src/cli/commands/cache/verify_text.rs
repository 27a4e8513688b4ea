//! What `verify` found, as lines, a document or a list.

use serde_json::json;

use crate::cli::args::Format;
use crate::cli::fault::Fault;
use crate::cli::text;
use crate::engine::{Mismatch, Sample, Verified};
use crate::report;

/// What `verify` found.
pub(super) struct Told {
    pub verified: Verified,
    pub sample: Sample,
    /// Refused before they were compared: never used by any run.
    pub corrupt: u64,
    /// What is stored of this sort in all.
    pub entries: u64,
}

impl Told {
    pub fn text(&self, format: Format) -> Result<String, Fault> {
        let Verified { stored, missing, checked, mismatches, failed, .. } = &self.verified;
        let others = self.entries.saturating_sub(*stored as u64 + self.corrupt);
        Ok(match format {
            Format::Table => {
                let mut text: String = format!(
                    "{} checked of {} stored for this request: {}\n",
                    text::counted(*checked, "result"),
                    text::count(*stored as u64),
                    match mismatches.len() {
                        0 if *checked == 0 => "nothing to compare".to_owned(),
                        0 => "all the same, bit for bit".to_owned(),
                        1 => "1 differs".to_owned(),
                        count => format!("{} differ", text::count(count as u64)),
                    }
                );
                let more = [
                    (*missing as u64, "not stored"),
                    (self.corrupt, "refused as corrupt, which no run uses"),
                    (others, "stored for other candles, parameters, settings or ranges, not checked"),
                ];
                for (number, what) in more.into_iter().filter(|(number, _)| *number > 0) {
                    text.push_str(&text::count(number));
                    text.push(' ');
                    text.push_str(what);
                    text.push('\n');
                }
                text
            }
            Format::Json => {
                let mismatches: Vec<_> = mismatches.iter().map(document).collect();
                let failed: Vec<_> =
                    failed.iter().map(|failed| json!({"symbol": failed.symbol, "reason": failed.reason})).collect();
                let document = json!({
                    "checked": checked, "stored": stored, "missing": missing, "corrupt": self.corrupt,
                    "others": others, "seed": self.sample.seed, "mismatches": mismatches, "failed": failed,
                });
                format!("{document:#}\n")
            }
            Format::Csv => {
                let line = |mismatch: &Mismatch| {
                    let Mismatch { symbol, strategy, kind, key, difference } = mismatch.clone();
                    [symbol, strategy, kind.name().to_owned(), key.to_string(), difference]
                };
                let names = ["symbol", "strategy", "kind", "key", "difference"];
                report::csv::lines(&names, mismatches.iter().map(line)).map_err(Fault::failed)?
            }
        })
    }
}

fn document(mismatch: &Mismatch) -> serde_json::Value {
    let Mismatch { symbol, strategy, kind, key, difference } = mismatch;
    json!({
        "symbol": symbol, "strategy": strategy, "kind": kind.name(), "key": key.to_string(), "difference": difference,
    })
}

pub(super) fn in_words(mismatch: &Mismatch) -> String {
    let Mismatch { symbol, strategy, kind, key, difference } = mismatch;
    format!("{symbol} {strategy}: {} {key} is wrong: {difference}", kind.name())
}
