//! One pass: candles to orders, orders to the store, and from there to the sinks.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::metrics::{self, PassFacts};
use super::sinks::{self, Sinks};
use super::{fetch, open_store, store_error};
use crate::args::{LookArgs, OutputFormat, SignalsArgs};
use crate::cache::SignalStore;
use crate::commands::{Context, execution};
use crate::data::escape;
use crate::engine::{self, Pass, Plan, SignalRequest};
use crate::error::Error;
use crate::output::format;
use crate::report;
use crate::settings::given::Given;
use crate::settings::{assets, cache, request, strategies, time};
use crate::sim::{Millis, Signal};

/// What all passes of a command have in common.
pub(super) struct Passes<'a> {
    pub args: SignalsArgs,
    pub context: &'a Context,
    namespace: String,
    since: Option<Millis>,
    deadline: Duration,
    out: Option<PathBuf>,
}

impl<'a> Passes<'a> {
    /// Checks what can be checked before any pass.
    pub(super) fn new(mut args: SignalsArgs, context: &'a Context) -> Result<Self, Error> {
        let since = args.since.as_deref().map(|text| time::time(&Given::by_flag("--since", text))).transpose()?;
        let deadline = time::span(&Given::by_flag("--deadline", &args.deadline))?;
        if deadline < 100 {
            return Err(Error::usage("--deadline: must be at least 100ms"));
        }
        // A log of signals, not a result: checked here, by its own rule.
        let out = args.backtest.out.take();
        if let Some(path) = &out {
            request::check_file("--out", path, &["jsonl"])?;
        }
        if let Some(path) = &args.metrics {
            request::check_file("--metrics", path, &["prom"])?;
        }
        if args.backtest.format == Some(OutputFormat::Csv) {
            return Err(Error::usage("--format: signals are printed as table or json"));
        }
        if args.backtest.to.is_some() {
            return Err(Error::usage("--to: signals are about the last bars; leave it out"));
        }
        let namespace = cache::prefix(&context.global, &context.config)?;
        let deadline = Duration::from_millis(deadline.unsigned_abs());
        Ok(Self { args, context, namespace, since, deadline, out })
    }

    /// The plan of now.
    pub(super) fn plan(&self) -> Result<Plan, Error> {
        let Self { args, context, .. } = self;
        let config = &context.config;
        let request = context.request(&args.backtest)?;
        let names = execution::names(&args.strategy, config)?;
        let bound = execution::bind(&names, &strategies::given(&args.backtest, config)?)?;
        let files = assets::selected(&args.assets, &request, context.printer)?;
        request.plan(files, bound, false)
    }

    fn request<'p>(&'p self, plan: &'p Plan) -> SignalRequest<'p> {
        let document = &|signal: &Signal| report::json::signal(signal);
        let SignalsArgs { max_late, look: LookArgs { conditions, verify }, .. } = self.args;
        SignalRequest { plan, namespace: &self.namespace, since: self.since, max_late, conditions, verify, document }
    }

    /// The sinks, each of which begins behind the last event that there is now unless it is known.
    pub(super) fn sinks(&self, store: &mut SignalStore) -> Result<Sinks<'static>, Error> {
        Sinks::new(&self.args, self.out.as_deref(), self.deadline, self.format(), self.context, store)
    }

    fn format(&self) -> OutputFormat {
        self.args.backtest.format.unwrap_or(OutputFormat::Table)
    }

    /// One pass, and what comes of it to the sinks. Says what failed, and whether anything did.
    pub(super) fn run(&self, plan: &Plan, store: &mut SignalStore, sinks: &mut Sinks<'_>) -> Result<bool, Error> {
        let begun = Instant::now();
        let pass = engine::signal_pass(&self.request(plan), store).map_err(store_error)?;
        self.tell(&pass);
        // Who has lost a race leaves the telling to the winner.
        let failures = if pass.lost > 0 { Vec::new() } else { sinks.drain(store).map_err(store_error)? };
        for failure in &failures {
            self.context.printer.warn(failure);
        }
        let facts = PassFacts { pass: &pass, elapsed: begun.elapsed(), now: plan.now, delisted: &self.args.delisted };
        tracing::info!("{}", facts.line());
        if let Some(path) = &self.args.metrics {
            metrics::write(path, &facts, store)?;
        }
        Ok(pass.failed.is_empty() && failures.is_empty())
    }

    fn tell(&self, pass: &Pass) {
        let printer = self.context.printer;
        let first = pass.states.iter().filter(|state| state.is_first).count();
        if first > 0 {
            let what = format::counted(first, "state");
            let since = self.since.map_or_else(
                || "orders of the past are left out".to_owned(),
                |since| format!("orders since {} are replayed", format::time(since)),
            );
            printer.note(&format!("{what} followed from now on: {since}"));
        }
        let known = pass.states.len() - first;
        if self.since.is_some() && known > 0 {
            let what = format::counted(known, "state");
            printer.note(&format!(
                "--since: {what} already followed, of which nothing is replayed; another --prefix begins anew"
            ));
        }
        if pass.damaged > 0 {
            let what = format::counted(pass.damaged, "stored state");
            printer.warn(&format!("{what} cannot be read (damaged, or sealed with another secret) and begins anew"));
        }
        let behind: Vec<&str> =
            pass.states.iter().filter(|state| state.is_behind).map(|state| state.symbol.as_str()).collect();
        if let Some(symbol) = behind.first() {
            printer.warn(&format!(
                "{}: the candles end before the last bar that is known of {} of {}; nothing is reported until they go on",
                escape(symbol),
                format::counted(behind.len(), "state"),
                format::counted(pass.states.len(), "state"),
            ));
        }
        if pass.lost > 0 {
            let what = format::counted(pass.lost, "state");
            printer.note(&format!("another process was first with {what} and reports them"));
        }
        for failed in &pass.failed {
            printer.error(&failed.reason);
        }
    }
}

/// One pass.
pub(super) fn run(args: SignalsArgs, context: &Context) -> Result<(), Error> {
    let passes = Passes::new(args, context)?;
    let fetched = fetch::fetch(&passes.args, context)?;
    let plan = passes.plan()?;
    if passes.args.no_state {
        return without_state(&passes, &plan);
    }
    let mut store = open_store(&passes.args.state, context)?;
    if let Some(risk) = store.risk().map_err(store_error)? {
        context.printer.warn(&risk);
    }
    let mut sinks = passes.sinks(&mut store)?;
    let is_fine = passes.run(&plan, &mut store, &mut sinks)?;
    if is_fine && fetched { Ok(()) } else { Err(Error::Reported) }
}

fn without_state(passes: &Passes<'_>, plan: &Plan) -> Result<(), Error> {
    let pass = engine::signals_without_state(&passes.request(plan));
    let printer = passes.context.printer;
    printer.note("without state: these orders of the last bars may be repeated by the next pass");
    let documents: Vec<String> = pass.signals.iter().map(report::json::signal).collect();
    printer.data(&sinks::show(&documents, passes.format(), printer))?;
    for failed in &pass.failed {
        printer.error(&failed.reason);
    }
    if pass.failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
}
