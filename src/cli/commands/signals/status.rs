//! `backtest signals status`: what is followed, and how deliveries fare.

use serde_json::{Value, json};

use super::open_store;
use super::punctuality::Punctuality;
use crate::args::{OutputFormat, SignalsStatusArgs};
use crate::clock;
use crate::commands::Context;
use crate::data::escape;
use crate::delivery::SinkFacts;
use crate::engine::SignalHead;
use crate::error::Error;
use crate::output::format;
use crate::output::table::TextTable;
use crate::report;
use crate::settings::environment::now;
use crate::sim::Side;

/// Runs it.
///
/// # Errors
/// A store that cannot be used; and, once it is shown, an asset that is late or a sink that takes nothing.
pub(super) fn run(args: &SignalsStatusArgs, context: &Context) -> Result<(), Error> {
    let mut store = open_store(&args.state, context)?;
    let heads = store.heads().map_err(Error::failed)?;
    let mut heads: Vec<SignalHead> = heads.into_iter().filter_map(SignalHead::read).collect();
    heads.sort_by(|a, b| (&a.symbol, &a.strategy, &a.interval).cmp(&(&b.symbol, &b.strategy, &b.interval)));
    let sinks = store.sinks().map_err(Error::failed)?;
    let sinks: Vec<(String, SinkFacts)> =
        sinks.into_iter().filter_map(|(name, facts)| Some((name, SinkFacts::parse(&facts)?))).collect();
    let last = store.last_event().map_err(Error::failed)?;
    let now = now();
    let with_punctuality = |head: SignalHead| (Punctuality::of(&head, now, &args.delisted), head);
    let states: Vec<(Punctuality, SignalHead)> = heads.into_iter().map(with_punctuality).collect();
    let is_late = states.iter().any(|(punctuality, _)| *punctuality == Punctuality::Late);
    let text = match args.format {
        OutputFormat::Json => document(&states, &sinks, last),
        OutputFormat::Csv => return Err(Error::usage("--format: the status is printed as table or json")),
        OutputFormat::Table => table(&states, &sinks, last, context),
    };
    context.printer.data(&text)?;
    if is_late || sinks.iter().any(|(_, facts)| is_open(facts)) { Err(Error::Reported) } else { Ok(()) }
}

/// Whether a sink is left alone; by the machine's own clock, as deliveries are.
pub(super) fn is_open(facts: &SinkFacts) -> bool {
    facts.open_until > clock::now()
}

/// None of rules alone.
fn position(head: &SignalHead) -> Option<&'static str> {
    (!head.conditions).then(|| head.position().map_or("flat", Side::name))
}

fn document(states: &[(Punctuality, SignalHead)], sinks: &[(String, SinkFacts)], last: u64) -> String {
    let state = |(punctuality, head): &(Punctuality, SignalHead)| {
        json!({
            "symbol": head.symbol,
            "interval": head.interval,
            "strategy": head.strategy,
            "params": head.params.iter().map(|(name, value)| (name.clone(), report::number(*value))).collect::<Value>(),
            "position": position(head),
            "equity": report::number(head.equity),
            "bars": head.bars,
            "last_bar": report::time(head.last),
            "late": *punctuality == Punctuality::Late,
            "delisted": *punctuality == Punctuality::Delisted,
        })
    };
    let sink = |(name, facts): &(String, SinkFacts)| {
        json!({
            "name": name,
            "seq": facts.seq,
            "waiting": last.saturating_sub(facts.seq),
            "delivered": facts.delivered,
            "failed": facts.failed,
            "breaker": if is_open(facts) { "open" } else { "closed" },
            "open_until": is_open(facts).then(|| report::time(facts.open_until)),
            "last_error": facts.last_error,
            "dead": facts.dead_count,
            "dead_letters": facts.dead.iter().map(|dead| json!({"seq": dead.seq, "why": dead.why})).collect::<Value>(),
        })
    };
    let states: Value = states.iter().map(state).collect();
    let sinks: Value = sinks.iter().map(sink).collect();
    format!("{:#}\n", json!({"last_seq": last, "states": states, "sinks": sinks}))
}

fn table(states: &[(Punctuality, SignalHead)], sinks: &[(String, SinkFacts)], last: u64, context: &Context) -> String {
    let printer = context.printer;
    let mut followed =
        TextTable::new(printer, &["Asset", "Interval", "Strategy", "Last bar", "Position", "Equity", "Remarks"], &[5]);
    for (punctuality, head) in states {
        let params: Vec<String> =
            head.params.iter().map(|(name, value)| format!("{name} {}", format::param(*value))).collect();
        followed.line([
            escape(&head.symbol),
            head.interval.clone(),
            format!("{} ({})", escape(&head.strategy), params.join(", ")),
            format::time(head.last),
            position(head).unwrap_or("rules alone").to_owned(),
            if head.conditions { String::new() } else { format::grouped(head.equity, 2) },
            punctuality.remark().to_owned(),
        ]);
    }
    let mut table = TextTable::new(
        printer,
        &["Sink", "Delivered", "Waiting", "Failed", "Dead", "Breaker", "Last error"],
        &[1, 2, 3, 4],
    );
    for (name, facts) in sinks {
        table.line([
            escape(name),
            format::count(facts.delivered),
            format::count(last.saturating_sub(facts.seq)),
            format::count(facts.failed),
            format::count(facts.dead_count),
            if is_open(facts) { "open".to_owned() } else { "closed".to_owned() },
            escape(facts.last_error.as_deref().unwrap_or_default()),
        ]);
    }
    let nothing = if states.is_empty() { "Nothing is followed yet.\n" } else { "" };
    format!("{}{nothing}{}", followed.narrowed(&[6, 5]), table.narrowed(&[6]))
}
