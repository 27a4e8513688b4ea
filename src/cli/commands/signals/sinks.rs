//! Where signals go: stdout, a file, a webhook, a command.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::store_error;
use crate::args::{OutputFormat, SignalsArgs};
use crate::cache::{Failure, OutboxEvent, SignalStore};
use crate::clock::SystemClock;
use crate::commands::Context;
use crate::delivery::{Delivery, ExecSink, JsonLinesSink, SignalSink, WebhookOptions, WebhookSink, drain, register};
use crate::error::Error;
use crate::output::format;
use crate::output::printer::Printer;
use crate::output::table::TextTable;
use crate::settings::environment;

/// Signs what is sent.
const SECRET: &str = "BACKTEST_WEBHOOK_SECRET";

/// The sinks of a command; stdout is one.
pub(super) struct Sinks<'a> {
    all: Vec<Box<dyn SignalSink + 'a>>,
}

impl Sinks<'static> {
    pub(super) fn new(
        args: &SignalsArgs,
        out: Option<&Path>,
        deadline: Duration,
        format: OutputFormat,
        context: &Context,
        store: &mut SignalStore,
    ) -> Result<Self, Error> {
        let mut all: Vec<Box<dyn SignalSink>> =
            vec![Box::new(StdoutSink { lines: Vec::new(), format, printer: context.printer })];
        if let Some(path) = out {
            all.push(Box::new(JsonLinesSink::new(path)));
        }
        if let Some(url) = &args.webhook {
            let options = WebhookOptions { url: url.clone(), secret: environment::text(SECRET), deadline };
            let sink = WebhookSink::new(options, &SystemClock);
            // Not shown: a token may stand in it.
            all.push(Box::new(sink.map_err(|error| Error::usage(format!("--webhook {error}")))?));
        }
        if let Some(command) = &args.exec {
            all.push(Box::new(ExecSink::new(command, deadline)));
        }
        for sink in &all {
            register(store, sink.name()).map_err(store_error)?;
        }
        Ok(Self { all })
    }
}

impl Sinks<'_> {
    /// Delivers what each of them does not have yet; says what failed.
    pub(super) fn drain(&mut self, store: &mut SignalStore) -> Result<Vec<String>, Failure> {
        let mut failures = Vec::new();
        for sink in &mut self.all {
            let name = crate::data::escape(sink.name());
            let drained = drain(store, sink.as_mut(), &SystemClock)?;
            if drained.dead > 0 {
                let what = format::counted(usize::try_from(drained.dead).unwrap_or(usize::MAX), "signal");
                failures.push(format!("{name}: refused {what} for good; `backtest signals status` shows them"));
            }
            if let Some(why) = drained.failure {
                let next = if drained.is_open { "it is left alone for 30 s" } else { "the next pass tries again" };
                failures.push(format!("{name}: {why}; {next}"));
            }
        }
        Ok(failures)
    }
}

/// Prints all lines of a pass at once.
struct StdoutSink {
    lines: Vec<String>,
    format: OutputFormat,
    printer: Printer,
}

impl SignalSink for StdoutSink {
    fn name(&self) -> &'static str {
        "stdout"
    }

    fn deliver(&mut self, event: &OutboxEvent) -> Delivery {
        self.lines.push(event.document.clone());
        Delivery::Done
    }

    fn settle(&mut self) -> Result<(), String> {
        let lines = std::mem::take(&mut self.lines);
        let text = show(&lines, self.format, self.printer);
        self.printer.data(&text).map_err(|error| error.message().unwrap_or_default())
    }
}

/// Signals as lines of JSON, or as a table; nothing where there are none.
pub(super) fn show(documents: &[String], format: OutputFormat, printer: Printer) -> String {
    if documents.is_empty() {
        return String::new();
    }
    if format != OutputFormat::Table {
        return documents.iter().fold(String::new(), |text, line| text + line + "\n");
    }
    let header = ["Asset", "Interval", "Strategy", "Bar", "Signal", "Fill", "Price", "Stop", "Target", "Remarks"];
    let mut table = TextTable::new(printer, &header, &[6, 7, 8]);
    for document in documents {
        let event: Value = serde_json::from_str(document).unwrap_or_default();
        let text = |name: &str| match &event[name] {
            Value::String(text) => crate::data::escape(text),
            Value::Null => "-".to_owned(),
            other => other.to_string(),
        };
        table.line([
            text("symbol"),
            text("interval"),
            text("strategy"),
            text("bar").trim_end_matches("T00:00:00Z").to_owned(),
            text("kind"),
            text("fill"),
            text("price_ref"),
            text("stop"),
            text("target"),
            remarks(&event),
        ]);
    }
    table.narrowed(&[9, 8, 7, 1])
}

fn remarks(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let late = match event["bars_late"].as_u64() {
        Some(late @ 1..) => Some(format!("{late} bars late")),
        _ => None,
    };
    let correction = (event["kind"] == "correction").then(|| format!("{} {}", text("order"), text("change")));
    let migrated = (event["kind"] == "migrated").then(|| format!("{} before, {} now", text("before"), text("now")));
    let flag = |name: &str| (event[name] == true).then(|| name.to_owned());
    let all = [correction, migrated, late, flag("stale"), flag("replayed")];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
