//! Counters and latencies of passes, in the text format of Prometheus.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::punctuality::Punctuality;
use super::status::is_open;
use crate::args::DelistedArgs;
use crate::cache::SignalStore;
use crate::delivery::SinkFacts;
use crate::engine::{Pass, SignalHead};
use crate::error::Error;
use crate::report;
use crate::sim::Millis;

/// Upper bounds of the latency buckets, in seconds.
const BUCKETS: [f64; 10] = [0.005, 0.015, 0.03, 0.06, 0.1, 0.15, 0.3, 1.0, 5.0, 30.0];
/// Under this name the store keeps the sums over all passes.
const KEPT: &str = "metrics";

/// What a pass did.
pub(super) struct PassFacts<'a> {
    pub pass: &'a Pass,
    pub elapsed: Duration,
    pub now: Millis,
    /// When an asset is not late any more.
    pub delisted: &'a DelistedArgs,
}

impl PassFacts<'_> {
    /// One line for logs.
    pub(super) fn line(&self) -> String {
        let (times, reads) = (self.pass.times, self.pass.reads);
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        format!(
            "pass: {:.1} ms (states {:.1}, fold {:.1}, commit {:.1}), {} signals, {} states changed; \
             {} files read whole, {} from their end, {} unchanged: {} bars, {} bytes; {} bars folded",
            millis(self.elapsed),
            millis(times.states),
            millis(times.fold),
            millis(times.commit),
            self.pass.signals.len(),
            self.pass.committed,
            reads.whole,
            reads.tails,
            reads.unchanged,
            reads.bars,
            reads.bytes,
            reads.folded
        )
    }
}

/// Sums over all passes of all processes that write metrics.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct PassSums {
    passes: u64,
    lost: u64,
    failed: u64,
    seconds: f64,
    buckets: [u64; BUCKETS.len()],
}

/// Writes the file, whole.
pub(super) fn write(path: &Path, facts: &PassFacts<'_>, store: &mut SignalStore) -> Result<(), Error> {
    let sums = add(facts, store)?;
    let heads = store.heads().map_err(Error::failed)?;
    let heads: Vec<SignalHead> = heads.into_iter().filter_map(SignalHead::read).collect();
    let sinks = store.sinks().map_err(Error::failed)?;
    let last = store.last_event().map_err(Error::failed)?;
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, lines: &[(String, f64)]| {
        let _ = write!(text, "# HELP backtest_signals_{name} {help}\n# TYPE backtest_signals_{name} {kind}\n");
        for (labels, value) in lines {
            let _ = writeln!(text, "backtest_signals_{name}{labels} {value}");
        }
    };
    let one = |value: f64| vec![(String::new(), value)];
    metric("passes_total", "counter", "Passes.", &one(real(sums.passes)));
    metric("events_total", "counter", "Signals that were committed.", &one(real(last)));
    metric("lost_races_total", "counter", "States that another process had changed first.", &one(real(sums.lost)));
    metric("failed_assets_total", "counter", "Assets whose candles could not be used.", &one(real(sums.failed)));
    metric("states", "gauge", "Strategies that are followed, one for each asset.", &one(real(heads.len() as u64)));
    let all: Vec<Punctuality> = heads.iter().map(|head| Punctuality::of(head, facts.now, facts.delisted)).collect();
    let count = |wanted| one(real(all.iter().filter(|punctuality| **punctuality == wanted).count() as u64));
    metric("late_states", "gauge", "Those whose next bar is overdue.", &count(Punctuality::Late));
    metric("delisted_states", "gauge", "Those whose asset counts as delisted.", &count(Punctuality::Delisted));
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
    let seconds = |millis: Millis| (millis / 1_000) as f64;
    metric("last_pass_timestamp_seconds", "gauge", "When the last pass was.", &one(seconds(facts.now)));
    let sinks: Vec<(String, SinkFacts)> = sinks
        .into_iter()
        .filter(|(name, _)| name != KEPT)
        .filter_map(|(name, facts)| Some((label(&name), SinkFacts::parse(&facts)?)))
        .collect();
    let of = |value: fn(&SinkFacts) -> u64| -> Vec<(String, f64)> {
        sinks.iter().map(|(label, facts)| (label.clone(), real(value(facts)))).collect()
    };
    metric("delivered_total", "counter", "Signals that a sink has taken.", &of(|facts| facts.delivered));
    metric("delivery_failures_total", "counter", "Tries to deliver that failed.", &of(|facts| facts.failed));
    metric("dead_letters_total", "counter", "Signals that a sink will never take.", &of(|facts| facts.dead_count));
    let waiting =
        sinks.iter().map(|(label, facts)| (label.clone(), real(last.saturating_sub(facts.seq)))).collect::<Vec<_>>();
    metric("waiting", "gauge", "Signals that a sink does not have yet.", &waiting);
    let open = sinks.iter().map(|(label, sink)| (label.clone(), real(u64::from(is_open(sink)))));
    metric("breaker_open", "gauge", "Whether a sink is left alone.", &open.collect::<Vec<_>>());
    histogram(&mut text, &sums);
    report::file::write(path, text.as_bytes())
        .map_err(|error| Error::failed(format!("--metrics {}: {error}", path.display())))
}

fn histogram(text: &mut String, sums: &PassSums) {
    let name = "backtest_signals_pass_seconds";
    let _ = write!(text, "# HELP {name} How long passes took.\n# TYPE {name} histogram\n");
    for (bound, count) in BUCKETS.iter().zip(sums.buckets) {
        let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {count}");
    }
    let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {}", sums.passes);
    let _ = writeln!(text, "{name}_sum {}\n{name}_count {}", sums.seconds, sums.passes);
}

/// Adds a pass to the sums of all, whichever other process adds to them.
fn add(facts: &PassFacts<'_>, store: &mut SignalStore) -> Result<PassSums, Error> {
    loop {
        let kept = store.sink(KEPT).map_err(Error::failed)?;
        let mut sums: PassSums = kept.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        sums.passes += 1;
        sums.lost += facts.pass.lost as u64;
        sums.failed += facts.pass.failed.len() as u64;
        let seconds = facts.elapsed.as_secs_f64();
        sums.seconds += seconds;
        for (count, _) in sums.buckets.iter_mut().zip(BUCKETS).filter(|(_, bound)| seconds <= *bound) {
            *count += 1;
        }
        let text = serde_json::to_string(&sums).unwrap_or_default();
        if store.set_sink(KEPT, kept.as_deref(), &text).map_err(Error::failed)? {
            return Ok(sums);
        }
    }
}

fn label(name: &str) -> String {
    let escaped = name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{{sink=\"{escaped}\"}}")
}

#[expect(clippy::cast_precision_loss, reason = "counts of events stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
