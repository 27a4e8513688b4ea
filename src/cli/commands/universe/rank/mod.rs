//! `backtest rank`: all assets in the order of their scores, and holdings beside them.

mod holdings;

use serde_json::{Value, json};

use self::holdings::Held;
use crate::args::{OutputFormat, RankArgs};
use crate::commands::execution::{self, CacheUse};
use crate::commands::{Context, results};
use crate::data::{Index, escape};
use crate::engine::{self, BoundStrategy, Plan, ScoreRanking, Scores, part_names};
use crate::error::Error;
use crate::output::format;
use crate::output::progress::ProgressBar;
use crate::output::table::TextTable;
use crate::report::table::{Records, score_columns};
use crate::report::{self, number};
use crate::settings::given::Given;
use crate::settings::{assets, cache, environment, strategies, time};
use crate::sim::fold::undefined_series_bars;
use crate::sim::metrics::Unit;
use crate::sim::strategy::ParamArg;
use crate::sim::{Millis, ScoreRow};

/// Runs it.
///
/// # Errors
/// A wrong request; or, once the others are printed, assets that failed.
pub(crate) fn run(args: &RankArgs, context: &Context) -> Result<(), Error> {
    let backtest = args.backtest();
    let mut request = context.request(&backtest)?;
    // No account has a part in a score.
    (request.settings.detail, request.settings.market_funding) = (None, false);
    let ago = time::length(&Given::by_flag("--ago", &args.ago))?;
    let names = [args.strategy.clone()];
    context.note_local_strategies(&names);
    let bound = bound(args)?;
    let cached = cache::open(&backtest, &context.global, &context.config)?;
    let selected = assets::selected(&args.assets, &request, context.printer)?;
    let held = args.holdings.as_deref().map(|path| holdings::read(path, &selected)).transpose()?;
    let plan = request.plan(selected, vec![bound], false)?;
    let inputs = results::inputs(&plan, &names, context).into_iter().chain(assets::lists(&args.assets));
    let inputs: Vec<_> = inputs.chain(args.holdings.clone()).collect();
    results::check_outputs(&[("--out", request.out.as_deref())], &inputs)?;

    let mut index = Index::open(environment::cache_dir().as_deref());
    let bar = ProgressBar::new(context.printer, "assets");
    let scores = engine::score_assets(&plan, ago, &cached, &mut index, &bar);
    index.save();
    let ranking = ScoreRanking::new(&scores.assets, ago);
    execution::tell_resampled(&plan.assets, context);
    execution::tell(&scores.known, context);
    tell_unranked(&scores, &ranking, &plan, (ago, &args.ago), context);
    let held = held.map(|held| Held::new(&held, &scores, &ranking, &plan, args)).transpose()?;
    let report = cached.finish();
    execution::warn_of_cache(report.warning.as_ref(), context);

    let view =
        RankView { rows: rows(&scores, &ranking, &plan), scores: &scores, plan: &plan, held, args, ago, ranking };
    if let Some(path) = &request.out {
        view.write(path)?;
    }
    context.printer.data(&match request.format {
        OutputFormat::Table => view.table(&CacheUse { absent: report.absent }, context),
        OutputFormat::Json => view.document(),
        OutputFormat::Csv => view.csv()?,
    })?;
    for failed in &scores.summary.failed {
        context.printer.error(&failed.reason);
    }
    if scores.summary.failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

/// The strategy with the values of `--param`.
fn bound(args: &RankArgs) -> Result<BoundStrategy, Error> {
    let strategy = strategies::load(args.strategy.trim())?;
    if strategy.portfolio.as_ref().is_none_or(|terms| terms.score.is_none()) {
        return Err(Error::usage(format!(
            "--strategy {}: has no score; `score = \"..\"` in [portfolio] says what assets are ranked by, as in `backtest strategies show momentum_score`",
            escape(&args.strategy)
        )));
    }
    let mut given: Vec<(String, f64)> = Vec::new();
    for text in &args.params {
        let arg: ParamArg = text.parse().map_err(Error::usage)?;
        let several = || Error::usage(format!("--param {}: has several values; rank takes one", escape(text)));
        given.push((arg.name.clone(), arg.values.single().ok_or_else(several)?));
    }
    let values = strategy.resolve(&given).map_err(|error| Error::usage(format!("--param: {error}")))?;
    strategy.check_require(&values).map_err(|error| Error::usage(format!("--param: {error}")))?;
    Ok(BoundStrategy { strategy, values })
}

/// Says which assets have no rank, and why.
fn tell_unranked(
    scores: &Scores,
    ranking: &ScoreRanking,
    plan: &Plan,
    (ago, as_written): (Millis, &str),
    context: &Context,
) {
    let unranked = || ranking.ranked.iter().filter(|one| one.rank.is_none()).map(|one| &scores.assets[one.asset]);
    let since = ranking.time.unwrap_or_default().saturating_sub(ago);
    let (ended, undefined): (Vec<_>, Vec<_>) = unranked().partition(|asset| asset.end <= since);
    let note = |assets: &[&engine::AssetScore], why: &str| {
        let Some(first) = assets.first() else { return };
        let more = assets.len() - 1;
        let more = if more > 0 { format!(" and {} more", format::count(more as u64)) } else { String::new() };
        context.printer.note(&format!("no rank for {}{more}: {why}", escape(&first.symbol)));
    };
    note(
        &ended,
        &format!(
            "no bar in the last {} before {}; --to ranks at an earlier time, a longer --ago takes older bars",
            escape(as_written),
            format::time(since + ago)
        ),
    );
    let BoundStrategy { strategy, values } = &plan.strategies[0];
    let score = strategy.portfolio.as_ref().and_then(|terms| terms.score.as_ref());
    let needed = score.map_or(0, |score| undefined_series_bars(score, values, plan.interval) as u64 + 1);
    let (short, other): (Vec<_>, Vec<_>) = undefined.into_iter().partition(|asset| asset.bars < needed);
    note(
        &short,
        &format!(
            "the score needs {} bars, and {}",
            format::count(needed),
            if short.len() == 1 { "it has fewer" } else { "they have fewer" }
        ),
    );
    note(&other, "the score is undefined at the last bar");
}

fn rows(scores: &Scores, ranking: &ScoreRanking, plan: &Plan) -> Vec<ScoreRow> {
    let strategy = &plan.strategies[0].strategy;
    let names = part_names(strategy);
    let row = |one: &engine::RankedAsset| {
        let asset = &scores.assets[one.asset];
        let last = asset.last();
        ScoreRow {
            symbol: asset.symbol.clone(),
            interval: plan.interval,
            strategy: strategy.name.clone(),
            rank: one.rank,
            score: last.and_then(|point| point.score),
            rating: one.rating,
            is_candidate: last.is_some_and(|point| point.is_candidate),
            rank_before: one.rank_before,
            score_before: one.score_before,
            close: asset.close,
            time: asset.end,
            bars: asset.bars,
            parts: names.iter().map(|name| (*name).to_owned()).zip(asset.parts.iter().copied()).collect(),
            cache: asset.cache.name(),
            key: asset.key.clone(),
        }
    };
    ranking.ranked.iter().map(row).collect()
}

struct RankView<'a> {
    rows: Vec<ScoreRow>,
    scores: &'a Scores,
    plan: &'a Plan,
    held: Option<Held>,
    args: &'a RankArgs,
    ago: Millis,
    ranking: ScoreRanking,
}

impl RankView<'_> {
    fn shown(&self) -> &[ScoreRow] {
        let top = self.args.top.map_or(usize::MAX, |top| usize::try_from(top).unwrap_or(usize::MAX));
        &self.rows[..top.min(self.rows.len())]
    }

    fn part_names(&self) -> Vec<String> {
        part_names(&self.plan.strategies[0].strategy).into_iter().map(str::to_owned).collect()
    }

    fn table(&self, cache: &CacheUse, context: &Context) -> String {
        let parts = self.part_names();
        let labels: Vec<String> = parts.iter().map(|name| name.replace('_', " ")).collect();
        let since = format!("{} ago", self.args.ago.trim());
        let has_condition =
            self.plan.strategies[0].strategy.portfolio.as_ref().is_some_and(|terms| terms.condition.is_some());
        let mut header = vec!["#", "Asset", "Score", "Rating", "", since.as_str(), "Close"];
        header.extend(has_condition.then_some("Candidate"));
        let first_part = header.len();
        header.extend(labels.iter().map(String::as_str));
        let right: Vec<usize> = [0, 2, 3, 5, 6].into_iter().chain(first_part..header.len()).collect();
        let mut table = TextTable::new(context.printer.on_threads(self.plan.threads), &header, &right);
        let ratio = |value: Option<f64>| format::metric(value, Unit::Ratio);
        let price = format::Decimals::of(self.shown().iter().map(|row| row.close));
        let shown = self.shown();
        table.signed_lines(shown.len(), |at| {
            let row = &shown[at];
            let change = row.rank_change();
            let mut cells = vec![
                (row.rank.map_or_else(|| "-".to_owned(), format::count), 0.0),
                (row.symbol.clone(), 0.0),
                (ratio(row.score), 0.0),
                (row.rating.map_or_else(|| "-".to_owned(), |rating| format!("{rating:.1}")), 0.0),
                (row.rating_word().unwrap_or_default().to_owned(), 0.0),
                (shown_change(row, change), change.unwrap_or(0.0)),
                (price.show(row.close), 0.0),
            ];
            if has_condition {
                cells.push((if row.is_candidate { "yes" } else { "no" }.to_owned(), 0.0));
            }
            cells.extend(row.parts.iter().map(|(_, value)| (ratio(*value), 0.0)));
            cells
        });
        let give_way: Vec<usize> = (first_part..header.len()).rev().chain([6, 4]).collect();
        let ranks = if self.rows.is_empty() { "No asset to rank.\n".to_owned() } else { table.narrowed(&give_way) };
        let summary = &self.scores.summary;
        let ranked = self.rows.iter().filter(|row| row.rank.is_some()).count();
        let shown = self.shown().len();
        format!(
            "{ranks}{}{}, {} ranked{}{}, {}, {} computed, {} failed, in {}\n",
            self.held.as_ref().map_or_else(String::new, |held| held.table(context)),
            format::counted(summary.assets, "asset"),
            format::count(ranked as u64),
            self.ranking.time.map_or_else(String::new, |time| format!(" at {}", format::time(time))),
            if shown < self.rows.len() { format!(" ({} shown)", format::count(shown as u64)) } else { String::new() },
            cache.of_hits(summary.hits),
            format::count(summary.misses as u64),
            format::count(summary.failed.len() as u64),
            format::duration(summary.elapsed_ms),
        )
    }

    /// The holdings where there are any, as a table of one kind of rows has no place for others.
    fn csv(&self) -> Result<String, Error> {
        if let Some(held) = &self.held {
            return held.csv();
        }
        let (columns, rows) = (score_columns(&self.part_names()), self.shown());
        results::as_text(report::csv::records(&Records::new(&columns, rows, rows.len())))
    }

    fn write(&self, path: &std::path::Path) -> Result<(), Error> {
        let failed = |error: &dyn std::fmt::Display| Error::failed(format!("--out {}: {error}", path.display()));
        let columns = score_columns(&self.part_names());
        let records = Records::new(&columns, self.shown(), self.shown().len());
        let bytes = match path.extension().and_then(|ext| ext.to_str()) {
            Some("parquet") => report::parquet::records(&records).map_err(|error| failed(&error))?,
            Some("csv") => report::csv::records(&records).map_err(|error| failed(&error))?,
            _ => self.document().into_bytes(),
        };
        report::file::write(path, &bytes).map_err(|error| failed(&error))
    }

    fn document(&self) -> String {
        let Self { plan, scores, .. } = self;
        let bound = &plan.strategies[0];
        let defined = |value: Option<f64>| value.map_or(Value::Null, number);
        let (columns, rows) = (score_columns(&[]), self.shown());
        let mut assets = Records::new(&columns, rows, rows.len()).json();
        for (asset, row) in assets.as_array_mut().into_iter().flatten().zip(rows) {
            asset["rating_word"] = row.rating_word().into();
            asset["parts"] = row.parts.iter().map(|(name, value)| (name.clone(), defined(*value))).collect();
            asset["cache"] = row.cache.into();
            asset["key"] = row.key.as_str().into();
        }
        let lines: Vec<String> = assets.as_array().into_iter().flatten().map(Value::to_string).collect();
        let assets = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n]", lines.join(",\n")) };
        let params: Value = bound.params().into_iter().map(|(name, value)| (name, number(value))).collect();
        let summary = &scores.summary;
        let time = self.ranking.time;
        let mut head = json!({
            "strategy": bound.strategy.name,
            "params": params,
            "interval": plan.interval.to_string(),
            "time": time.map(report::time),
            "before": time.map(|time| report::time(time.saturating_sub(self.ago))),
        });
        if let Some(held) = &self.held {
            head["holdings"] = held.document();
        }
        let failed = summary.failed.iter().map(|one| json!({"symbol": one.symbol, "reason": one.reason}));
        let millis = |value: f64| (value * 1000.0).round() / 1000.0;
        let totals = json!({
            "assets": summary.assets,
            "ranked": self.rows.iter().filter(|row| row.rank.is_some()).count(),
            "failed": failed.collect::<Value>(),
            "hits": summary.hits,
            "misses": summary.misses,
            "bars": summary.bars,
            "load_ms": millis(summary.load_ms),
            "compute_ms": millis(summary.compute_ms),
            "elapsed_ms": millis(summary.elapsed_ms),
        });
        let fields = head.as_object().into_iter().flatten();
        let fields: Vec<String> = fields.map(|(name, value)| format!("\"{name}\": {value}")).collect();
        format!("{{{},\n\"assets\": {assets},\n\"summary\": {totals}}}\n", fields.join(", "))
    }
}

/// `+3` places up, `=`, or `new` where there was no rank then.
fn shown_change(row: &ScoreRow, change: Option<f64>) -> String {
    match change {
        Some(0.0) => "=".to_owned(),
        Some(change) => format!("{change:+.0}"),
        None if row.rank.is_some() => "new".to_owned(),
        None => "-".to_owned(),
    }
}
