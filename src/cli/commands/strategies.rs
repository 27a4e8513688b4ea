//! `backtest strategies`: what there is to test, and whether one's own is right.

use serde_json::json;

use super::Context;
use crate::cli::args::{Format, StrategiesCommand};
use crate::cli::fault::Fault;
use crate::cli::grid::Grid;
use crate::cli::strategies::{find, load, own_dir, own_names, read};
use crate::cli::text;
use crate::data::escape;
use crate::report;
use crate::sim::indicators;
use crate::sim::strategy::{self, Param, Strategy};

/// Runs it.
///
/// # Errors
/// An unknown name, or a definition that is wrong.
pub fn run(command: &StrategiesCommand, context: &Context) -> Result<(), Fault> {
    match command {
        StrategiesCommand::List { format } => list(*format, context),
        StrategiesCommand::Show { name } => {
            let found = find(name)?;
            strategy::parse(&found.text, &found.label).map_err(Fault::wrong)?;
            context.printer.data(&found.text)
        }
        StrategiesCommand::Check { file } => {
            let found = match strategy::all().find(|strategy| !file.exists() && file.as_os_str() == &*strategy.name) {
                Some(built_in) => find(&built_in.name)?,
                None => read(file)?,
            };
            let strategy = strategy::parse(&found.text, &found.label).map_err(Fault::wrong)?;
            context.printer.data(&summary(&strategy))
        }
        StrategiesCommand::Indicators => context.printer.data(&all_indicators(context)),
    }
}

/// One strategy of the list, or why it cannot be used.
type Listed = (String, &'static str, Result<Strategy, String>);

fn list(format: Format, context: &Context) -> Result<(), Fault> {
    let built_in = strategy::all().map(|strategy| (strategy.name.clone(), "built in", Ok(strategy.clone())));
    let own = own_names().into_iter().map(|name| {
        let strategy = load(&name).map_err(|fault| fault.message().unwrap_or_default());
        (name, "own", strategy)
    });
    let all: Vec<Listed> = built_in.chain(own).collect();
    let text = match format {
        Format::Table => table(&all, context),
        Format::Json => format!("{:#}\n", all.iter().map(as_json).collect::<serde_json::Value>()),
        Format::Csv => report::csv::lines(
            &["name", "source", "params", "about"],
            all.iter().map(|(name, source, strategy)| match strategy {
                Ok(strategy) => [name.clone(), (*source).to_owned(), params(strategy), strategy.about.clone()],
                Err(error) => [name.clone(), (*source).to_owned(), String::new(), error.clone()],
            }),
        )
        .map_err(Fault::failed)?,
    };
    context.printer.data(&text)
}

fn table(all: &[Listed], context: &Context) -> String {
    let mut grid = Grid::new(context.printer, &["Strategy", "Parameters", "About"], &[]);
    for (name, source, strategy) in all {
        let mark = if *source == "own" { " (own)" } else { "" };
        match strategy {
            Ok(strategy) => {
                grid.line([format!("{name}{mark}"), params(strategy), strategy.about.clone()]);
            }
            Err(error) => grid.line([
                format!("{name}{mark}"),
                "-".to_owned(),
                format!("cannot be used: {}", error.lines().next().unwrap_or_default().trim_end_matches('.')),
            ]),
        }
    }
    let folder = own_dir().map_or_else(String::new, |dir| {
        format!("Your own go to {}, or are named by path: --strategy ./mine.toml\n", escape(&dir.display().to_string()))
    });
    grid.wrapped(context.printer, &[]) + &folder
}

fn params(strategy: &Strategy) -> String {
    let one = |param: &Param| format!("{}={}", param.name, text::param(param.default));
    strategy.params.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn as_json((name, source, strategy): &Listed) -> serde_json::Value {
    let bound = |value: f64| if value.is_finite() { report::json::number(value) } else { serde_json::Value::Null };
    match strategy {
        Ok(strategy) => json!({
            "name": name,
            "source": source,
            "about": strategy.about,
            "params": strategy.params.iter().map(|param| json!({
                "name": param.name, "default": bound(param.default), "min": bound(param.min), "max": bound(param.max),
            })).collect::<serde_json::Value>(),
            "rules": strategy.rules().map(|(key, rule)| (key.to_owned(), rule.text.clone().into()))
                .collect::<serde_json::Map<_, _>>(),
        }),
        Err(error) => json!({"name": name, "source": source, "error": error}),
    }
}

/// What was understood of a definition, so that its author can compare.
fn summary(strategy: &Strategy) -> String {
    let names = strategy.param_names();
    let mut lines = vec![format!("{}: ok", escape(&strategy.name))];
    for param in &strategy.params {
        let kind = if param.whole { "whole number" } else { "number" };
        let range = match (param.min.is_finite(), param.max.is_finite()) {
            (true, true) => format!(" from {} to {}", text::param(param.min), text::param(param.max)),
            (true, false) => format!(" from {}", text::param(param.min)),
            (false, true) => format!(" up to {}", text::param(param.max)),
            (false, false) => String::new(),
        };
        lines.push(format!("  {} = {} ({kind}{range})", param.name, text::param(param.default)));
    }
    for (key, rule) in strategy.rules() {
        lines.push(format!("  {key}: {}", strategy::written(&rule.expr, &names)));
    }
    if strategy.short_entry.is_none() {
        lines.push("  no short side of its own: --direction short or both sells short where exit holds, and buys back where entry does".to_owned());
    }
    lines.join("\n") + "\n"
}

fn all_indicators(context: &Context) -> String {
    let mut grid = Grid::new(context.printer, &["Indicator", "About"], &[]);
    for family in indicators::TABLE {
        let calls: Vec<String> = family.outputs.iter().filter_map(|name| strategy::usage(name)).collect();
        grid.line([calls.join("\n"), family.about.to_owned()]);
    }
    for function in strategy::FUNCTIONS {
        grid.line([function.usage, function.about]);
    }
    grid.wrapped(context.printer, &[])
}
