//! `backtest strategies indicators`: what rules can call, as a list or one by one; the table of docs/strategies.md is made
//! here too.

use crate::commands::Context;
use crate::data::escape;
use crate::error::Error;
use crate::output::format;
use crate::output::table::TextTable;
use crate::sim::indicators::{self, Family, FamilyParam, Inputs, Manual, TextIndicator};
use crate::sim::rules::{self, Function};
use crate::sim::text;

/// Prints the list, or the entry of the indicator or function with this name.
///
/// # Errors
/// An unknown name.
pub(super) fn run(name: Option<&str>, context: &Context) -> Result<(), Error> {
    let Some(name) = name else { return context.printer.data(&list(context)) };
    if let Some(entry) = entries().find(|entry| entry.names.contains(&name)) {
        return context.printer.data(&entry.text());
    }
    if let Some(function) = rules::FUNCTIONS.iter().find(|function| function.name == name) {
        return context.printer.data(&about_function(function));
    }
    let names = entries().flat_map(|entry| entry.names).chain(rules::FUNCTIONS.iter().map(|function| function.name));
    let hint = text::nearest(name, names).map(|near| format!("; did you mean `{near}`?"));
    Err(Error::usage(format!(
        "there is no indicator or function `{}`{}\n`backtest strategies indicators` lists all of them",
        escape(name),
        hint.unwrap_or_default()
    )))
}

fn list(context: &Context) -> String {
    let mut grid = TextTable::new(context.printer, &["Indicator", "About"], &[]);
    for entry in entries() {
        grid.line([entry.calls().join("\n"), entry.about.to_owned()]);
    }
    for function in rules::FUNCTIONS {
        grid.line([function.usage, function.about]);
    }
    grid.wrapped(&[])
}

fn about_function(function: &Function) -> String {
    format!("{}\n  {}\n", function.usage, function.about)
}

/// One indicator with all its outputs.
struct IndicatorEntry {
    names: Vec<&'static str>,
    inputs: Inputs,
    params: &'static [FamilyParam],
    about: &'static str,
    manual: Manual,
    /// Whether the formula is what the parser writes out.
    is_text: bool,
}

/// Those of the table, and then those that are formulas of others.
fn entries() -> impl Iterator<Item = IndicatorEntry> {
    let native = indicators::TABLE.iter().map(|family| {
        let Family { outputs, inputs, params, about, manual, .. } = family;
        IndicatorEntry { names: outputs.to_vec(), inputs: *inputs, params, about, manual: *manual, is_text: false }
    });
    native.chain(indicators::DEFINITIONS.iter().map(|definition| {
        let TextIndicator { name, inputs, params, text, about, first_bar, source, usual, example } = definition;
        let manual = Manual { formula: text, first_bar, source, usual, example };
        IndicatorEntry { names: vec![name], inputs: *inputs, params, about, manual, is_text: true }
    }))
}

impl IndicatorEntry {
    /// Each output as rules call it.
    fn calls(&self) -> Vec<String> {
        self.names.iter().filter_map(|name| rules::usage(name)).collect()
    }

    /// The whole entry.
    fn text(&self) -> String {
        let mut lines = self.calls();
        lines.push(format!("  {}", plain(self.about)));
        lines.push(String::new());
        let fact = |name: &str, text: String| format!("  {name:<12} {}", plain(&text));
        match self.inputs {
            Inputs::Any => lines.push(fact("x", "a series, such as `close`".to_owned())),
            Inputs::Pair => lines.push(fact("x, y", "two series, such as `close` and `volume`".to_owned())),
            Inputs::Fields(fields) => {
                let fields: Vec<_> = fields.iter().map(|field| field.name()).collect();
                let example = [&fields[..], &self.params.iter().map(|param| param.name).collect::<Vec<_>>()].concat();
                let other = format!("{}({})", self.names[0], example.join(", "));
                lines.push(fact("reads", format!("{}; other series as in {other}", fields.join(", "))));
            }
        }
        for (param, usual) in self.params.iter().zip(self.manual.usual) {
            let (min, max) = rules::limits(param.kind);
            let whole = matches!(param.kind, indicators::ParamKind::Period { .. });
            let usual = format::param(*usual);
            lines.push(fact(param.name, format!("{}; usually {usual}", rules::domain(min, max, whole))));
        }
        let formula = if self.is_text { "stands for" } else { "formula" };
        lines.push(fact(formula, self.manual.formula.to_owned()));
        lines.push(fact("first value", format!("at bar {}, counted from 0", self.manual.first_bar)));
        lines.push(fact("source", self.manual.source.to_owned()));
        lines.push(fact("example", self.manual.example.to_owned()));
        lines.join("\n") + "\n"
    }
}

/// Markdown of one line as plain text.
fn plain(markdown: &str) -> String {
    markdown.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::fold::Graph;
    use crate::sim::rules::{number, parse_condition, parse_expr};

    const NATIVE: &str =
        "| call | formula | first value at bar | smallest parameters | equals |\n|---|---|---|---|---|\n";
    const FORMULAS: &str =
        "| call | stands for | first value at bar | smallest parameters | equals |\n|---|---|---|---|---|\n";

    /// A table of docs/strategies.md: of the indicators that are formulas of others, or of the rest.
    fn table(head: &str, is_text: bool) -> String {
        let mut text = head.to_owned();
        for entry in entries().filter(|entry| entry.is_text == is_text) {
            let others = entry.names.iter().skip(1).map(|name| {
                format!(", `{name}({})`", if entry.params.is_empty() && entry.inputs.named() == 0 { "" } else { ".." })
            });
            let calls = format!("`{}`{}", entry.calls()[0], others.collect::<String>());
            let smallest: Vec<_> =
                entry.params.iter().map(|param| format::param(rules::limits(param.kind).0)).collect();
            let Manual { formula, first_bar, source, .. } = entry.manual;
            let formula = if is_text { &format!("{}: `{formula}`", entry.about) } else { formula };
            let row = [&calls, formula, first_bar, &smallest.join(", "), source];
            text += &row.map(|cell| format!("| {cell} ")).concat();
            text += "|\n";
        }
        text
    }

    #[test]
    fn the_tables_of_the_page_about_strategies_say_what_the_tables_of_indicators_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/strategies.md");
        for (head, is_text) in [(NATIVE, false), (FORMULAS, true)] {
            let page = std::fs::read_to_string(path).unwrap();
            let start = page.find(head).expect("the page has the table");
            let end = start + page[start..].find("\n\n").expect("text follows") + 1;
            if std::env::var_os("UPDATE_DOCS").is_some() {
                std::fs::write(path, [&page[..start], &table(head, is_text), &page[end..]].concat()).unwrap();
            }
            let page = std::fs::read_to_string(path).unwrap();
            assert!(
                page.contains(&table(head, is_text)),
                "out of date: UPDATE_DOCS=1 cargo test --lib strategies::indicators writes it"
            );
        }
    }

    #[test]
    fn every_indicator_has_a_formula_a_source_an_example_that_uses_it_and_usual_values_within_its_bounds() {
        for entry in entries() {
            let (name, manual) = (entry.names[0], entry.manual);
            assert!(!manual.formula.is_empty() && !manual.source.is_empty(), "{name}");
            assert!([manual.formula, manual.source].iter().all(|text| !text.contains(['|', '\n'])), "{name}");
            assert_eq!(manual.usual.len(), entry.params.len(), "{name}");
            assert!(
                manual.usual.iter().zip(entry.params).all(|(&value, param)| rules::fits(param.kind, value)),
                "{name}"
            );
            assert!(entry.names.iter().any(|name| manual.example.contains(&format!("{name}("))), "{name}");
            parse_condition("example", manual.example, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn the_first_bar_that_is_said_is_the_first_bar_with_a_value() {
        for entry in entries() {
            let (name, manual) = (entry.names[0], entry.manual);
            let names: Vec<&str> = entry.params.iter().map(|param| param.name).collect();
            let first = parse_expr("first bar", manual.first_bar, &names).unwrap();
            let others: Vec<f64> =
                manual.usual.iter().map(|value| if *value > 1.0 { value + 3.0 } else { *value }).collect();
            for params in [manual.usual, &others] {
                let series = ["close", "volume"].map(str::to_owned).into_iter().take(entry.inputs.named());
                let args: Vec<String> = series.chain(params.iter().map(f64::to_string)).collect();
                let call = parse_expr("call", &format!("{name}({})", args.join(", ")), &[]).unwrap();
                let lookback = Graph::default().series(&call, &[]).unwrap().lookback;
                #[expect(clippy::cast_precision_loss, reason = "a few hundred bars")]
                let lookback = lookback as f64;
                assert!((number(&first, params) - lookback).abs() < 0.5, "{name}: {lookback}");
            }
        }
    }
}
