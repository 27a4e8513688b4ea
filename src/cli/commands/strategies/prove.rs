//! `backtest strategies prove`: that a strategy does not look ahead, and how many bars its indicators need.

use serde_json::{Value, json};

use crate::args::{OutputFormat, ProveArgs};
use crate::commands::{Context, execution};
use crate::data::escape;
use crate::engine::{self, IndicatorStarts, Proof, STARTS};
use crate::error::Error;
use crate::output::format;
use crate::output::table::TextTable;
use crate::report;
use crate::settings::{assets, strategies};

/// Runs it.
///
/// # Errors
/// A wrong request, or candles that cannot be used; and, once it is printed, a strategy that looks ahead.
pub(super) fn run(args: &ProveArgs, context: &Context) -> Result<(), Error> {
    let crypto = assets::required(args.crypto.as_deref())?;
    let request = context.request(&args.backtest)?;
    let given = strategies::given(&args.backtest, &context.config)?;
    let bound = execution::bind(std::slice::from_ref(&args.strategy), &given)?;
    let assets = assets::one("--crypto", &crypto, &context.data_dir, request.interval)?;
    let plan = request.plan(assets, bound, true)?;
    let cuts = usize::try_from(args.cuts).unwrap_or(usize::MAX);
    let proof = engine::prove(&plan, cuts, args.seed).map_err(Error::failed)?;
    execution::tell_resampled(&plan.assets, context);
    execution::tell(&[(plan.assets[0].symbol.clone(), proof.known.clone())], context);
    context.printer.data(&match request.format {
        OutputFormat::Json => format!("{:#}\n", document(&proof)),
        OutputFormat::Csv => csv(&proof)?,
        OutputFormat::Table => table(&proof, context),
    })?;
    if proof.difference.is_none() { Ok(()) } else { Err(Error::Reported) }
}

fn table(proof: &Proof, context: &Context) -> String {
    let cuts = format::counted(proof.cuts.len(), "cut");
    let trades = format::counted(proof.trades, "closed trade");
    let verdict = match &proof.difference {
        None => format!(
            "{cuts}: trades and equity before each are the same, bit for bit, where the candles end there ({trades} in all)\n"
        ),
        Some(difference) => format!(
            "It looks ahead: where the candles end at {}, the {} at {} is another\n",
            format::time(difference.cut),
            difference.what,
            format::time(difference.bar),
        ),
    };
    if proof.indicators.is_empty() {
        return verdict + "No indicator is read.\n";
    }
    let starts = STARTS.map(|start| format!("{start} before"));
    let header: Vec<&str> = ["Indicator", "Last value"].into_iter().chain(starts.iter().map(String::as_str)).collect();
    let mut grid = TextTable::new(context.printer, &header, &[1, 2, 3, 4, 5, 6]);
    for indicator in &proof.indicators {
        let value = indicator.value.map_or_else(|| "-".to_owned(), |value| format!("{value:.6}"));
        let moved = (0..STARTS.len()).map(|start| shown(indicator.moved(start)));
        grid.line([escape(&indicator.name), value].into_iter().chain(moved));
    }
    verdict
        + &grid.text()
        + "How far the last value moves where the first candle is only so many bars before it; - where it is undefined, or there are not so many bars\n"
}

/// A fraction that is mostly very small.
fn shown(moved: Option<f64>) -> String {
    match moved {
        None => "-".to_owned(),
        Some(0.0) => "0".to_owned(),
        Some(moved) if moved < 1e-5 => format!("{:.0e}%", moved * 100.0),
        Some(moved) => format!("{:.3}%", moved * 100.0),
    }
}

fn document(proof: &Proof) -> Value {
    let number = |value: Option<f64>| value.map_or(Value::Null, report::json::number);
    let starts = |indicator: &IndicatorStarts| {
        let one = |(at, bars): (usize, usize)| {
            json!({
                "bars": bars,
                "value": number(indicator.started[at]),
                "moved": number(indicator.moved(at)),
            })
        };
        STARTS.into_iter().enumerate().map(one).collect::<Value>()
    };
    let indicator = |indicator: &IndicatorStarts| json!({ "name": indicator.name, "value": number(indicator.value), "started": starts(indicator) });
    let difference = proof.difference.as_ref().map(|difference| {
        json!({
            "cut": report::time(difference.cut),
            "bar": report::time(difference.bar),
            "what": difference.what,
        })
    });
    json!({
        "looks_ahead": proof.difference.is_some(),
        "difference": difference,
        "cuts": proof.cuts.iter().map(|cut| report::time(*cut)).collect::<Vec<_>>(),
        "trades": proof.trades,
        "indicators": proof.indicators.iter().map(indicator).collect::<Value>(),
    })
}

fn csv(proof: &Proof) -> Result<String, Error> {
    let header = ["indicator", "value", "moved_199", "moved_399", "moved_499", "moved_999", "moved_1999"];
    let cell = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let line = |indicator: &IndicatorStarts| {
        std::array::from_fn(|column| match column {
            0 => indicator.name.clone(),
            1 => cell(indicator.value),
            column => cell(indicator.moved(column - 2)),
        })
    };
    report::csv::lines(&header, proof.indicators.iter().map(line)).map_err(Error::failed)
}
