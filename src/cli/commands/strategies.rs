//! `backtest strategies`: lists strategies and checks one's own.

mod indicators;
mod prove;
mod schema;

use serde_json::json;

use crate::args::{OutputFormat, StrategiesCommand};
use crate::commands::Context;
use crate::data::escape;
use crate::error::Error;
use crate::output::format;
use crate::output::table::TextTable;
use crate::report;
use crate::settings::strategies::{find, load, own_dir, own_names, read};
use crate::sim::fold::{Combination, bars_to_warm_up, undefined_bars};
use crate::sim::rules::{self, Constancy, ConstantCondition};
use crate::sim::strategy::{self, Param, Rule, Strategy};
use crate::sim::{DAY, Direction, Interval};

/// Runs it.
///
/// # Errors
/// An unknown name, or a definition that is wrong.
pub(crate) fn run(command: &StrategiesCommand, context: &Context) -> Result<(), Error> {
    match command {
        StrategiesCommand::List { format } => list(*format, context),
        StrategiesCommand::Show { name } => {
            let found = find(name)?;
            strategy::parse(&found.text, &found.label).map_err(Error::usage)?;
            context.printer.data(&found.text)
        }
        StrategiesCommand::Check { file } => {
            let found = match strategy::all().find(|strategy| !file.exists() && file.as_os_str() == &*strategy.name) {
                Some(built_in) => find(&built_in.name)?,
                None => read(file)?,
            };
            let strategy = strategy::parse(&found.text, &found.label).map_err(Error::usage)?;
            context.printer.data(&summary(&strategy))?;
            for remark in constant_rules(&strategy) {
                context.printer.warn(&remark);
            }
            Ok(())
        }
        StrategiesCommand::Schema => context.printer.data(&format!("{:#}\n", schema::schema())),
        StrategiesCommand::Prove(args) => prove::run(args, context),
        StrategiesCommand::Indicators { name } => indicators::run(name.as_deref(), context),
    }
}

/// One strategy of the list, or why it cannot be used.
type ListedStrategy = (String, &'static str, Result<Strategy, String>);

fn list(format: OutputFormat, context: &Context) -> Result<(), Error> {
    let built_in = strategy::all().map(|strategy| (strategy.name.clone(), "built in", Ok(strategy.clone())));
    let own = own_names().into_iter().map(|name| {
        let strategy = load(&name).map_err(|fault| fault.message().unwrap_or_default());
        (name, "own", strategy)
    });
    let all: Vec<ListedStrategy> = built_in.chain(own).collect();
    let text = match format {
        OutputFormat::Table => table(&all, context),
        OutputFormat::Json => format!("{:#}\n", all.iter().map(as_json).collect::<serde_json::Value>()),
        OutputFormat::Csv => report::csv::lines(
            &["name", "source", "params", "about"],
            all.iter().map(|(name, source, strategy)| match strategy {
                Ok(strategy) => [name.clone(), (*source).to_owned(), params(strategy), strategy.about.clone()],
                Err(error) => [name.clone(), (*source).to_owned(), String::new(), error.clone()],
            }),
        )
        .map_err(Error::failed)?,
    };
    context.printer.data(&text)
}

fn table(all: &[ListedStrategy], context: &Context) -> String {
    let mut grid = TextTable::new(context.printer, &["Strategy", "Parameters", "About"], &[]);
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
    grid.wrapped(&[]) + &folder
}

fn params(strategy: &Strategy) -> String {
    let one = |param: &Param| format!("{}={}", param.name, format::param(param.default));
    strategy.params.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn as_json((name, source, strategy): &ListedStrategy) -> serde_json::Value {
    let bound = |value: f64| if value.is_finite() { report::json::number(value) } else { serde_json::Value::Null };
    match strategy {
        Ok(strategy) => {
            let mut value = json!({
                "name": name,
                "source": source,
                "about": strategy.about,
                "params": strategy.params.iter().map(|param| json!({
                    "name": param.name, "default": bound(param.default), "min": bound(param.min), "max": bound(param.max),
                })).collect::<serde_json::Value>(),
                "rules": strategy.rules().map(|(key, rule)| (key.to_owned(), rule.text.clone().into()))
                    .collect::<serde_json::Map<_, _>>(),
            });
            let names = strategy.param_names();
            let exits = strategy.terms.texts(&|expr| rules::written(expr, &names));
            if !exits.is_empty() {
                value["exits"] = exits
                    .into_iter()
                    .map(|(key, text)| (key.to_owned(), text.into()))
                    .collect::<serde_json::Map<_, _>>()
                    .into();
            }
            if let Some(portfolio) = &strategy.portfolio {
                let texts = portfolio.texts(&|expr| rules::written(expr, &names)).into_iter();
                value["portfolio"] =
                    texts.map(|(key, text)| (key.to_owned(), text.into())).collect::<serde_json::Map<_, _>>().into();
            }
            value
        }
        Err(error) => json!({"name": name, "source": source, "error": error}),
    }
}

/// What never holds, or always does, whatever the candles.
fn constant_rules(strategy: &Strategy) -> Vec<String> {
    let (names, values) = (strategy.param_names(), strategy.defaults());
    let of_rule = |(key, rule): (&str, &Rule)| {
        let remark = |found: ConstantCondition<'_>| {
            let parts: Vec<String> =
                found.parts.iter().map(|part| format!("`{}`", rules::written(part, &names))).collect();
            let by_default = if found.parts.iter().all(|part| part.params().is_empty()) {
                ""
            } else {
                ", with the parameters as they are"
            };
            let what = match (found.constancy, parts.as_slice()) {
                (Constancy::Never, [one]) => format!("{one} never holds"),
                (Constancy::Never, parts) => format!("{} never hold at the same bar", parts.join(" and ")),
                (Constancy::Always, parts) => format!("{} always holds where it is defined", parts.join(" and ")),
            };
            format!("{key}: {what}{by_default}")
        };
        rules::constant_conditions(&rule.expr, &values).into_iter().map(remark).collect::<Vec<_>>()
    };
    strategy.rules().filter(|(key, _)| *key != "require").flat_map(of_rule).collect()
}

/// How many bars the rules need, at the defaults.
fn warm_up(strategy: &Strategy) -> String {
    // Of rules on longer bars it depends on how long the bars of the run are; the shortest of them do.
    let longer = strategy.longer_intervals();
    let interval = longer.iter().copied().min_by_key(|interval| interval.millis()).or_else(|| Interval::of_millis(DAY));
    let Some(interval) = interval else { return String::new() };
    let values = strategy.defaults();
    let combination = Combination { strategy, values: &values };
    let undefined = undefined_bars(combination, Direction::Both, interval);
    let first = undefined.iter().map(|(_, bars)| *bars).max().unwrap_or(0);
    let settled = bars_to_warm_up(combination, Direction::Both, interval);
    let of = if longer.is_empty() { String::new() } else { format!(" of {interval}") };
    let until_settled = if settled > first {
        let bars = format::count(settled as u64);
        format!(", {bars} until nothing depends on what came before (--warmup auto)")
    } else {
        String::new()
    };
    format!("  warm-up: {}{of} until every rule is defined{until_settled}", format::counted(first, "bar"))
}

/// What was understood of a definition, so that its author can compare.
fn summary(strategy: &Strategy) -> String {
    let names = strategy.param_names();
    let mut lines = vec![format!("{}: ok", escape(&strategy.name))];
    for param in &strategy.params {
        let kind = if param.whole { "whole number" } else { "number" };
        let range = match (param.min.is_finite(), param.max.is_finite()) {
            (true, true) => format!(" from {} to {}", format::param(param.min), format::param(param.max)),
            (true, false) => format!(" from {}", format::param(param.min)),
            (false, true) => format!(" up to {}", format::param(param.max)),
            (false, false) => String::new(),
        };
        lines.push(format!("  {} = {} ({kind}{range})", param.name, format::param(param.default)));
    }
    for (name, expr) in &strategy.named {
        lines.push(format!("  {name} = {}", rules::written(expr.unnamed(), &names)));
    }
    for (key, rule) in strategy.rules() {
        lines.push(format!("  {key}: {}", rules::written(&rule.expr, &names)));
    }
    for (key, value) in strategy.terms.texts(&|expr| rules::written(expr, &names)) {
        lines.push(format!("  {key}: {value}"));
    }
    for (key, value) in strategy.portfolio.iter().flat_map(|terms| terms.texts(&|expr| rules::written(expr, &names))) {
        lines.push(format!("  portfolio {key}: {value}"));
    }
    lines.push(warm_up(strategy));
    let columns = strategy.own_columns();
    if !columns.is_empty() {
        lines
            .push(format!("  reads columns of the candle file beside the usual ones: {}", escape(&columns.join(", "))));
    }
    if strategy.is_weighted() {
        return lines.join("\n") + "\n";
    }
    if strategy.short_entry.is_none() && strategy.exit.is_never() {
        lines.push("  no short side: there is no exit rule that could be its entry".to_owned());
    } else if strategy.short_entry.is_none() {
        lines.push("  no short side of its own: --direction short or both sells short where exit holds, and buys back where entry does".to_owned());
    }
    lines.join("\n") + "\n"
}
