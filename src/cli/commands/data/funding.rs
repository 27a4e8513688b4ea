//! `backtest data fetch --funding`: funding rates from exchanges.

use serde_json::{Value, json};

use crate::args::{FetchArgs, OutputFormat};
use crate::commands::Context;
use crate::data::exchange::{
    EXCHANGES, FetchError, FetchedFunding, FundingFetcher, HttpTimeouts, HttpTransport, Pair, Request, SystemClock,
};
use crate::error::Error;
use crate::output::format;
use crate::output::progress::{FetchBar, Interrupts};
use crate::output::table::TextTable;
use crate::report;

/// Fetches the rates of these assets' perpetual contracts.
///
/// # Errors
/// As [`super::fetch::run`].
pub(super) fn run(args: &FetchArgs, crypto: &[String], request: Request, context: &Context) -> Result<(), Error> {
    let title = request.exchange.title();
    if args.from_archive {
        return Err(Error::usage("--from-archive: funding rates come from the API; go without it"));
    }
    let signals = Interrupts::listen();
    let progress = FetchBar::new(context.printer, signals.clone());
    let web = HttpTransport::new(HttpTimeouts::default());
    let Some(mut fetcher) = FundingFetcher::new(request, &web, &SystemClock, &progress) else {
        let others = EXCHANGES.iter().filter(|exchange| exchange.funding().is_some());
        let others: Vec<&str> = others.map(|exchange| exchange.name()).collect();
        return Err(Error::usage(format!(
            "--funding: the rates of {title} cannot be fetched; those of these can: {}",
            others.join(", ")
        )));
    };
    let ended = |error: &FetchError| signals.came().filter(|_| matches!(error, FetchError::Stopped));
    let pairs = match fetcher.pairs(crypto, args.quote.as_deref()) {
        Ok(found) => found.map_err(|error| Error::usage(format!("--crypto: {error}.")))?,
        Err(error) => return Err(ended(&error).map_or_else(|| Error::failed(&error), Error::Interrupted)),
    };
    let mut all: Vec<FundingLine> = Vec::new();
    let mut stop = None;
    for pair in pairs {
        let (came, result) = fetcher.fetch(&pair);
        let failure = result.as_ref().err().map(ToString::to_string);
        all.push(FundingLine { pair, fetched: came, failure });
        if let Err(error) = result
            && error.is_of_all()
        {
            stop = Some(error);
            break;
        }
    }
    progress.end();
    context.printer.data(&match args.format {
        OutputFormat::Table => table(&all, context),
        OutputFormat::Json => format!("{:#}\n", all.iter().map(|line| line.json(title)).collect::<Value>()),
        OutputFormat::Csv => {
            let header = ["symbol", "pair", "added", "rates", "start", "end", "error"];
            report::csv::lines(&header, all.iter().map(FundingLine::cells)).map_err(Error::failed)?
        }
    })?;
    if let Some(signal) = stop.as_ref().and_then(ended) {
        return Err(Error::Interrupted(signal));
    }
    super::report_failures(
        all.iter().filter_map(|line| Some((&*line.fetched.symbol, &**line.failure.as_ref()?))),
        context,
    )
}

/// One contract, and what became of it.
struct FundingLine {
    pair: Pair,
    fetched: FetchedFunding,
    failure: Option<String>,
}

impl FundingLine {
    fn ends(&self) -> [Option<i64>; 2] {
        [self.fetched.rates.time.first().copied(), self.fetched.rates.time.last().copied()]
    }

    fn json(&self, title: &str) -> Value {
        let [start, end] = self.ends().map(|time| time.map(report::time));
        let mut value = json!({
            "symbol": self.fetched.symbol,
            "exchange": title,
            "pair": self.pair.code,
            "added": self.fetched.added,
            "rates": self.fetched.rates.time.len(),
            "start": start,
            "end": end,
        });
        if let Some(failure) = &self.failure {
            value["error"] = failure.as_str().into();
        }
        value
    }

    fn cells(&self) -> [String; 7] {
        let [start, end] = self.ends().map(|time| time.map(report::time).unwrap_or_default());
        let (added, rates) = (self.fetched.added.to_string(), self.fetched.rates.time.len().to_string());
        let failure = self.failure.clone().unwrap_or_default();
        [self.fetched.symbol.clone(), self.pair.code.clone(), added, rates, start, end, failure]
    }
}

fn table(all: &[FundingLine], context: &Context) -> String {
    let header = ["Asset", "New rates", "Rates", "First", "Last", "Remarks"];
    let mut table = TextTable::new(context.printer, &header, &[1, 2]);
    for line in all {
        let [start, end] = line.ends().map(|time| time.map_or("-".to_owned(), format::time));
        let remark = match (&line.failure, line.fetched.added) {
            (Some(_), _) => "not all, see below",
            (None, 0) => "nothing new",
            _ => "",
        };
        table.line(vec![
            line.fetched.symbol.clone(),
            format::count(line.fetched.added),
            format::count(line.fetched.rates.time.len() as u64),
            start,
            end,
            remark.to_owned(),
        ]);
    }
    table.wrapped(&[3])
}
