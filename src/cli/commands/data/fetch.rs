//! `backtest data fetch`: candles from exchanges.

use serde_json::{Value, json};

use crate::args::options::CRYPTO;
use crate::args::{ConflictArg, FetchArgs, OutputFormat};
use crate::commands::Context;
use crate::data::exchange::{
    EXCHANGES, Exchange, FetchError, Fetched, Fetcher, HttpTimeouts, HttpTransport, Pair, Request, SystemClock,
    find_exchange,
};
use crate::data::store::OnConflict;
use crate::data::{escape, may_be_folder};
use crate::error::Error;
use crate::output::format;
use crate::output::progress::{FetchBar, Interrupts};
use crate::output::table::TextTable;
use crate::report;
use crate::settings::environment::now;
use crate::settings::{request, time};
use crate::sim::text::nearest;
use crate::sim::{Interval, TimeRange};

/// Runs it.
///
/// # Errors
/// A request that the exchange cannot fulfil, found before any candle is fetched; or, once the others are done, what
/// could not be fetched.
pub(super) fn run(args: &FetchArgs, context: &Context) -> Result<(), Error> {
    let crypto = context
        .config
        .names(&CRYPTO, &args.crypto)?
        .ok_or_else(|| Error::usage("which assets? Pass --crypto BTC,ETH"))?;
    let request = request(args, context)?;
    if args.funding {
        return super::funding::run(args, &crypto, request, context);
    }
    let (title, interval) = (request.exchange.title(), request.interval);
    let signals = Interrupts::listen();
    let progress = FetchBar::new(context.printer, signals.clone());
    let web = HttpTransport::new(HttpTimeouts::default());
    let mut fetcher = Fetcher::new(request, &web, &SystemClock, &progress);
    let ended = |error: &FetchError| signals.came().filter(|_| matches!(error, FetchError::Stopped));
    let pairs = match fetcher.pairs(&crypto, args.quote.as_deref()) {
        Ok(found) => found.map_err(|error| Error::usage(format!("--crypto: {error}.")))?,
        Err(error) => return Err(ended(&error).map_or_else(|| Error::failed(&error), Error::Interrupted)),
    };
    let mut all = Vec::new();
    let mut stop = None;
    for pair in pairs {
        let (got, result) = fetcher.fetch(&pair);
        let mut failure = None;
        if let Err(error) = result {
            failure = Some(error.to_string());
            stop = error.is_of_all().then_some(error);
        }
        all.push(FetchedPair { pair, fetched: got, failure });
        if stop.is_some() {
            break;
        }
    }
    progress.end();
    tell(&all, context);
    context.printer.data(&match args.format {
        OutputFormat::Table => table(&all, interval, context),
        OutputFormat::Json => {
            format!("{:#}\n", all.iter().map(|line| as_json(line, interval, title)).collect::<Value>())
        }
        OutputFormat::Csv => as_csv(&all, interval)?,
    })?;
    if let Some(signal) = stop.as_ref().and_then(ended) {
        return Err(Error::Interrupted(signal));
    }
    super::report_failures(
        all.iter().filter_map(|line| Some((&*line.fetched.symbol, &**line.failure.as_ref()?))),
        context,
    )
}

/// One pair, and what became of it.
struct FetchedPair {
    pair: Pair,
    fetched: Fetched,
    failure: Option<String>,
}

fn request(args: &FetchArgs, context: &Context) -> Result<Request, Error> {
    let exchange = exchange_of(&args.exchange)?;
    let interval = request::interval(args.interval.as_deref(), &context.config)?;
    if exchange.code(interval).is_none() {
        let names: Vec<&str> = exchange.intervals().iter().map(|(name, _)| *name).collect();
        return Err(Error::usage(format!(
            "--interval: {} has no bars of {interval}; it has {}",
            exchange.title(),
            names.join(", ")
        )));
    }
    if args.from_archive && exchange.archive().is_none() {
        let others: Vec<&str> =
            EXCHANGES.iter().filter(|exchange| exchange.archive().is_some()).map(|exchange| exchange.name()).collect();
        let title = exchange.title();
        return Err(Error::usage(format!(
            "--from-archive: {title} has no archive; there is one of {}",
            others.join(", ")
        )));
    }
    let (from, to) = time::range(args.from.as_deref(), args.to.as_deref())?;
    if let Some(from) = from.filter(|from| *from > now()) {
        return Err(Error::usage(format!("--from {} is in the future: no bar of it is there yet", format::time(from))));
    }
    if args.base_url.as_deref().is_some_and(|url| !is_address(url)) {
        // Not shown: a password may stand in it.
        return Err(Error::usage("--base-url is no address: write it as https://host"));
    }
    let data_dir = context.data_dir.clone();
    may_be_folder(&data_dir).map_err(Error::usage)?;
    Ok(Request {
        exchange,
        base_url: args.base_url.clone(),
        from_archive: args.from_archive,
        interval,
        range: TimeRange { from, to },
        update: args.update,
        conflict: match args.on_conflict {
            ConflictArg::Refuse => OnConflict::Refuse,
            ConflictArg::First => OnConflict::First,
            ConflictArg::Last => OnConflict::Last,
        },
        data_dir,
    })
}

fn exchange_of(name: &str) -> Result<&'static dyn Exchange, Error> {
    find_exchange(name).ok_or_else(|| {
        let names: Vec<&str> = EXCHANGES.iter().map(|exchange| exchange.name()).collect();
        let hint = nearest(name, names.iter().copied()).map(|name| format!("did you mean '{name}'? "));
        Error::usage(format!(
            "--exchange: unknown exchange '{}'; {}known: {}",
            escape(name),
            hint.unwrap_or_default(),
            names.join(", ")
        ))
    })
}

fn is_address(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.starts_with('/') && !host.contains(char::is_whitespace))
}

fn tell(all: &[FetchedPair], context: &Context) {
    for line in all {
        let symbol = &line.fetched.symbol;
        for note in &line.fetched.notes {
            context.printer.warn(&format!("{symbol}: {note}"));
        }
        let aside = line.fetched.stored.iter().flat_map(|stored| &stored.set_aside);
        for path in aside {
            context.printer.note(&format!("{symbol}: what was there is now {}", escape(&path.display().to_string())));
        }
    }
}

fn added(line: &FetchedPair) -> u64 {
    line.fetched.stored.as_ref().map_or(0, |stored| stored.added)
}

fn file(line: &FetchedPair) -> String {
    line.fetched.stored.as_ref().map(|stored| stored.path.display().to_string()).unwrap_or_default()
}

fn table(all: &[FetchedPair], interval: Interval, context: &Context) -> String {
    let header = ["Asset", "Interval", "New bars", "Bars", "First", "Last", "Remarks"];
    let mut grid = TextTable::new(context.printer, &header, &[2, 3]);
    for line in all {
        let fetched = &line.fetched;
        let time = |time: Option<i64>| time.map_or("-".to_owned(), format::time);
        let remark = match (&line.failure, added(line)) {
            (Some(failure), _) if failure.starts_with("stopped") => "stopped",
            (Some(_), _) => "not all, see below",
            (None, 0) => "nothing new",
            _ => "",
        };
        grid.line(vec![
            fetched.symbol.clone(),
            interval.to_string(),
            format::count(added(line)),
            format::count(fetched.bars),
            time(fetched.start),
            time(fetched.end),
            remark.to_owned(),
        ]);
    }
    grid.wrapped(&[4])
}

fn as_json(line: &FetchedPair, interval: Interval, title: &str) -> Value {
    let (fetched, stored) = (&line.fetched, line.fetched.stored.as_ref());
    let mut value = json!({
        "symbol": fetched.symbol,
        "interval": interval.to_string(),
        "exchange": title,
        "pair": line.pair.code,
        "added": added(line),
        "same": stored.map_or(0, |stored| stored.same),
        "differing": stored.map_or(0, |stored| stored.differing),
        "bars": fetched.bars,
        "start": fetched.start.map(report::time),
        "end": fetched.end.map(report::time),
        "file": stored.map(|stored| stored.path.display().to_string()),
    });
    if let Some(failure) = &line.failure {
        value["error"] = failure.as_str().into();
    }
    value
}

fn as_csv(all: &[FetchedPair], interval: Interval) -> Result<String, Error> {
    let one = |line: &FetchedPair| {
        let fetched = &line.fetched;
        let time = |time: Option<i64>| time.map(report::time).unwrap_or_default();
        [
            fetched.symbol.clone(),
            interval.to_string(),
            line.pair.code.clone(),
            added(line).to_string(),
            fetched.bars.to_string(),
            time(fetched.start),
            time(fetched.end),
            file(line),
            line.failure.clone().unwrap_or_default(),
        ]
    };
    let header = ["symbol", "interval", "pair", "added", "bars", "start", "end", "file", "error"];
    report::csv::lines(&header, all.iter().map(one)).map_err(Error::failed)
}
