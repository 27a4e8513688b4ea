//! What `backtest data import --dry-run` shows: how each file was understood, and the command that states it all.

use std::fmt::Write as _;

use super::report::{File, Imported};
use crate::commands::Context;
use crate::data::escape;
use crate::output::format;
use crate::output::table::TextTable;

/// The prices and the volume of a bar.
const VALUES: [&str; 5] = ["open", "high", "low", "close", "volume"];

impl Imported {
    /// The preview of all files.
    pub(super) fn preview(&self, context: &Context) -> String {
        self.files.iter().map(|file| file.preview(context)).collect::<Vec<_>>().join("\n")
    }
}

impl File {
    fn preview(&self, context: &Context) -> String {
        let report = &self.report;
        let mut out = format!(
            "{}: {}, {} of {} {}\n",
            escape(&self.path),
            report.format,
            format::counted(usize::try_from(self.bars).unwrap_or(usize::MAX), "bar"),
            escape(&self.symbol),
            self.interval
        );
        let mut columns = TextTable::new(context.printer, &["Column", "Meaning", "Unit"], &[]);
        for column in &report.columns {
            columns.line([escape(&column.column), column.meaning.to_owned(), escape(&column.unit)]);
        }
        out.push_str(&columns.wrapped(&[]));
        for (name, (time, values)) in ["first", "last"].iter().zip(self.ends) {
            let values: Vec<String> =
                VALUES.iter().zip(values).map(|(name, value)| format!("{name} {value}")).collect();
            let _ = writeln!(out, "{name} bar: {}, {}", format::time(time), values.join(", "));
        }
        for decision in &report.decisions {
            let kind = if decision.is_guess { "guessed" } else { "decided" };
            let option =
                decision.option.as_ref().map(|(option, value)| format!(" ({option} {})", format::shell_word(value)));
            let _ = writeln!(out, "{kind}: {}{}", escape(&decision.what), option.unwrap_or_default());
        }
        let remarks = self.remarks();
        if !remarks.is_empty() {
            let _ = writeln!(out, "remarks: {}", escape(&remarks));
        }
        let _ = writeln!(out, "states it all: {}", self.command());
        out
    }

    /// The columns that are kept, as `--keep-columns` names them.
    fn kept(&self) -> impl Iterator<Item = String> {
        self.report.columns.iter().filter(|column| column.meaning == "kept").map(|column| {
            let own = column.unit.strip_prefix("column(\"").and_then(|unit| unit.strip_suffix("\")"));
            match own {
                Some(name) if name != column.column => format!("{name}={}", column.column),
                _ => column.column.clone(),
            }
        })
    }

    /// The command with an option for each decision; of several for one, the last.
    fn command(&self) -> String {
        let mut options: Vec<(&str, String)> = Vec::new();
        let mut columns: Vec<String> = self
            .report
            .columns
            .iter()
            .filter_map(|column| {
                let role = match column.meaning {
                    "open of the bar" | "end of the bar" | "day" if !column.unit.is_empty() => "time",
                    "time of the day" => "clock",
                    "asset" => "symbol",
                    "open" | "high" | "low" | "close" | "volume" => column.meaning,
                    _ => return None,
                };
                let name = column.column.strip_prefix("column ").unwrap_or(&column.column);
                (!name.is_empty() && !name.contains([',', '='])).then(|| format!("{role}={name}"))
            })
            .collect();
        columns.dedup();
        options.push(("--columns", columns.join(",")));
        for (option, value) in self.report.decisions.iter().filter_map(|decision| decision.option.as_ref()) {
            if *option == "--columns" {
                continue;
            }
            match options.iter_mut().find(|(known, _)| known == option) {
                Some((_, known)) => known.clone_from(value),
                None => options.push((option, value.clone())),
            }
        }
        let kept: Vec<String> = self.kept().collect();
        options.push(("--keep-columns", kept.join(",")));
        let options: Vec<String> = options
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(option, value)| format!("{option} {}", format::shell_word(value)))
            .collect();
        let path = if self.path == "-" { "-".to_owned() } else { format::shell_word(&self.path) };
        format!("backtest data import {path} {}", options.join(" "))
    }
}
