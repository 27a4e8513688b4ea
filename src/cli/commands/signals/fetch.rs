//! New bars of an exchange before a pass.

use crate::args::SignalsArgs;
use crate::args::options::CRYPTO;
use crate::commands::Context;
use crate::data::exchange::{
    EXCHANGES, Fetcher, HttpTimeouts, HttpTransport, NoFetchProgress, Request, SystemClock, find_exchange,
};
use crate::data::store::OnConflict;
use crate::data::{Catalog, escape};
use crate::error::Error;
use crate::settings::request;
use crate::sim::TimeRange;

/// Fetches what is missing of each asset where that is wanted; says which failed, and whether none did. Those are late: the
/// others go on.
pub(super) fn fetch(args: &SignalsArgs, context: &Context) -> Result<bool, Error> {
    let Some(name) = &args.fetch else { return Ok(true) };
    let exchange = find_exchange(name).ok_or_else(|| {
        let names: Vec<&str> = EXCHANGES.iter().map(|exchange| exchange.name()).collect();
        Error::usage(format!("--fetch: unknown exchange '{}'; known: {}", escape(name), names.join(", ")))
    })?;
    let interval = request::interval(args.backtest.interval.as_deref(), &context.config)?;
    if exchange.code(interval).is_none() {
        return Err(Error::usage(format!("--fetch: {} has no bars of {interval}", exchange.title())));
    }
    let crypto = context.config.names(&CRYPTO, &args.assets.crypto)?.filter(|_| !args.assets.all);
    let crypto = if let Some(crypto) = crypto {
        crypto
    } else {
        let catalog = Catalog::open(&context.data_dir, interval).map_err(Error::usage)?;
        catalog.entries().iter().map(|entry| entry.symbol.clone()).collect()
    };
    let wanted = Request {
        exchange,
        base_url: crate::settings::environment::text("BACKTEST_FETCH_URL"),
        from_archive: false,
        interval,
        range: TimeRange::default(),
        update: true,
        conflict: OnConflict::Last,
        data_dir: context.data_dir.clone(),
    };
    let web = HttpTransport::new(HttpTimeouts::default());
    let mut fetcher = Fetcher::new(wanted, &web, &SystemClock, &NoFetchProgress);
    let mut is_fine = true;
    let mut failed = |symbol: &str, why: &str| {
        context.printer.error(&format!("{}: not fetched, so its bars are late: {why}", escape(symbol)));
        is_fine = false;
    };
    match fetcher.pairs(&crypto, None) {
        Ok(Ok(pairs)) => {
            for pair in pairs {
                let (got, result) = fetcher.fetch(&pair);
                if let Err(error) = result {
                    failed(&got.symbol, &error.to_string());
                    if error.is_of_all() {
                        break;
                    }
                }
            }
        }
        Ok(Err(error)) => return Err(Error::usage(format!("--fetch: {error}."))),
        Err(error) => failed("all assets", &error.to_string()),
    }
    Ok(is_fine)
}
