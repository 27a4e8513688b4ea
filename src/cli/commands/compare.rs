//! `backtest compare`: strategies or saved results side by side on one asset.

use std::path::Path;

use super::{Context, shared};
use crate::cli::args::{BacktestArgs, CompareArgs};
use crate::cli::contenders::{self, Contender};
use crate::cli::fault::Fault;
use crate::cli::resolve::{self, Request};
use crate::cli::side::{self, Part, Side};
use crate::cli::{cache, pages, saved, text};
use crate::data::escape;
use crate::engine::Plan;
use crate::report::Row;

/// Runs it.
///
/// # Errors
/// A wrong request, results of different assets, or candles that cannot be used.
pub fn run(args: &CompareArgs, context: &Context) -> Result<(), Fault> {
    let request = resolve::request(&args.backtest, &context.config)?;
    pages::check(args.pictures.report.as_deref())?;
    let (files, specs): (Vec<&String>, Vec<&String>) =
        args.contenders.iter().partition(|text| contenders::is_result(text));
    if args.contenders.len() < 2 {
        return Err(Fault::wrong(format!(
            "compare takes two or more, as in: backtest compare {} ma --crypto BTC",
            escape(&args.contenders[0])
        )));
    }
    let mut side = Side::default();
    let mut read = Vec::new();
    for file in files {
        let document = saved::read(Path::new(file))?;
        let [row] = <[Row; 1]>::try_from(document.rows).map_err(|rows| {
            let count = text::counted(rows.len(), "result");
            Fault::wrong(format!("{}: holds {count}; compare takes files of one, as run writes them", escape(file)))
        })?;
        read.push((file, row));
    }
    // Contenders stay in the order in which they were named.
    let bound: Vec<Contender> =
        specs.iter().map(|text| contenders::parse(text, &args.backtest.params)).collect::<Result<_, _>>()?;
    let computed = if bound.is_empty() {
        Vec::new()
    } else {
        let crypto = args
            .crypto
            .clone()
            .or_else(|| Some(read.first()?.1.symbol.clone()))
            .ok_or_else(|| Fault::wrong("which asset? Say --crypto BTC"))?;
        compute(&crypto, &args.backtest, &request, bound, context)?
    };
    let mut computed = computed.into_iter();
    let mut read = read.into_iter();
    for text in &args.contenders {
        if contenders::is_result(text) {
            let Some((file, row)) = read.next() else { continue };
            side.push_saved(file, row, context);
        } else {
            side.parts.extend(computed.next());
        }
    }
    side.finish()?;
    side::show(&side, &request, args.pictures.report.as_deref(), args.pictures.chart, context)
}

/// Computes strategies on one asset, each with its history.
///
/// # Errors
/// An unknown asset, or candles that cannot be used.
pub fn compute(
    crypto: &str,
    args: &BacktestArgs,
    request: &Request,
    contenders: Vec<Contender>,
    context: &Context,
) -> Result<Vec<Part>, Fault> {
    let results = cache::open(args, &context.global, &context.config)?;
    let folder = resolve::data_dir(&context.global, &context.config);
    let assets = resolve::one(crypto, &folder, request.interval)?;
    let plan = request.plan(assets, contenders.iter().map(|one| one.bound.clone()).collect(), false);
    let done = shared::execute(&plan, results, context);
    if let Some(failed) = done.summary.failed.first() {
        return Err(Fault::failed(&failed.reason));
    }
    let part = |(at, (contender, row)): (usize, (Contender, Row))| {
        let alone = Plan { strategies: vec![contender.bound], ..plan.clone() };
        let replay = pages::replay(&plan, at, &row)?;
        Ok(Part { name: contender.name, given: contender.given, row, again: Some((alone, replay)) })
    };
    contenders.into_iter().zip(done.rows).enumerate().map(part).collect()
}
