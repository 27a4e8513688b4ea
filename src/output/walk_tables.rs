//! Walk-forward as tables and sentences.

use serde_json::Value;

use crate::data::escape;
use crate::engine::{Pick, Plan, Ranking, WalkOptions, Walked};
use crate::format;
use crate::heading::heading;
use crate::printer::Printer;
use crate::result_tables;
use crate::sim::account::BorderRule;
use crate::sim::metrics::{self, Metrics};
use crate::sim::{ChoiceRow, Row, WindowRow};
use crate::table::TextTable;

/// A walk with its results as rows.
pub struct WalkView<'a> {
    /// The account of all tests.
    pub stitched: Row,
    /// The account of the holdout.
    pub holdout: Option<Row>,
    /// The windows, and the holdout as the last where there is one.
    pub windows: Vec<WindowRow>,
    /// The walk.
    pub walked: &'a Walked,
    /// How it was done.
    pub options: &'a WalkOptions,
    /// What chose.
    pub selection: &'a Ranking,
    /// The plan.
    pub plan: &'a Plan,
    /// What can be chosen: names of parameters.
    pub choice: String,
}

/// What the table of many assets has of one.
struct WalkLine {
    windows: usize,
    metrics: Metrics,
    efficiency: Option<f64>,
    random_picker_p: Option<f64>,
}

impl WalkLine {
    /// From the document, which may be of another machine.
    fn of(document: &Value) -> Self {
        let mut metrics: Metrics = [None; metrics::COUNT];
        for (value, metric) in metrics.iter_mut().zip(&metrics::TABLE) {
            *value = document["stitched"]["metrics"][metric.name].as_f64();
        }
        Self {
            windows: document["windows"].as_array().map_or(0, Vec::len),
            metrics,
            efficiency: document["walk_forward_efficiency"].as_f64(),
            random_picker_p: document["honesty"]["random_picker_p"].as_f64(),
        }
    }
}

/// Name of a rule at borders, as in `--border`.
#[must_use]
pub const fn rule_name(rule: BorderRule) -> &'static str {
    match rule {
        BorderRule::Adopt => "adopt",
        BorderRule::Hold => "hold",
        BorderRule::Flat => "flat",
    }
}

/// Name of a way to pick, as in `--pick`.
#[must_use]
pub const fn pick_name(pick: Pick) -> &'static str {
    match pick {
        Pick::Best => "best",
        Pick::Plateau => "plateau",
    }
}

/// What was chosen: the values, of several strategies with the name.
#[must_use]
pub fn parameters(strategy: &str, choice: &ChoiceRow, plan: &Plan) -> String {
    let values = choice.params.iter().map(|(_, value)| format::param(*value));
    match (choice.rank, plan.strategies.len()) {
        (None, _) => "cash".to_owned(),
        (Some(_), 1) => values.collect::<Vec<_>>().join(" "),
        (Some(_), _) => [escape(strategy)].into_iter().chain(values).collect::<Vec<_>>().join(" "),
    }
}

/// The metric of this name.
#[must_use]
pub fn value(metrics: &Metrics, name: &str) -> Option<f64> {
    metrics[metrics::find(name).unwrap_or_default()]
}

/// A ratio with two digits, `-` where it is undefined.
#[must_use]
pub fn ratio(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}

/// A probability: what rounds to 0 is not 0.
#[must_use]
fn probability(p: f64) -> String {
    if p < 0.001 { format!("{p:.4}") } else { format!("{p:.3}") }
}

/// All about one asset.
pub fn one(view: &WalkView<'_>, printer: Printer) -> String {
    let (walked, sort) = (view.walked, view.selection.sort());
    let first = &view.windows[0];
    let windows_of = format!(
        "{} {}  {}, walk-forward: {} of {} bars",
        escape(&first.symbol),
        first.interval,
        escape(&view.stitched.strategy),
        format::counted(walked.windows.len(), "window"),
        lengths(view),
    );
    let choice = chosen_among(&view.choice, walked.points, (sort, view.options.pick));
    let head = heading(&[windows_of, format::settings(&view.plan.settings), choice], printer);
    let lines = efficiency(view) + &borders(view) + &verdict(view) + "\n";
    let remarks: String = remarks(view).into_iter().map(|remark| remark + "\n").collect();
    let holdout = view.holdout.as_ref().map_or_else(String::new, |row| holdout(view, row));
    head + &windows(view, printer) + &result_tables::card(&view.stitched, printer) + &lines + &remarks + &holdout
}

/// What is chosen among how many points, and how.
#[must_use]
pub(crate) fn chosen_among(choice: &str, points: usize, (sort, pick): (&str, Pick)) -> String {
    let points = format::counted(points, "point");
    let averaged = if pick == Pick::Plateau { ", averaged over the neighbours" } else { "" };
    if choice.is_empty() { points } else { format!("{choice} chosen among {points} by {sort}{averaged}") }
}

/// Bars of the windows, without the last one, which may be cut short: months differ.
fn lengths(view: &WalkView<'_>) -> String {
    let bars = |row: usize| view.windows[row].test_bars;
    let whole = 1..view.windows.len().saturating_sub(1);
    let (least, most) =
        whole.fold((bars(0), bars(0)), |(least, most), row| (least.min(bars(row)), most.max(bars(row))));
    if least == most { format::count(most) } else { format!("{} to {}", format::count(least), format::count(most)) }
}

/// The table of windows.
fn windows(view: &WalkView<'_>, printer: Printer) -> String {
    let metric = &metrics::TABLE[view.selection.by.metric];
    let (inside, outside) = (format!("{} in", metric.label), format!("{} out", metric.label));
    let header =
        ["#", "In sample", "Out of sample", "Parameters", &inside, &outside, "Return out", "Trades in", "Rank"];
    let mut table = TextTable::new(printer, &header, &[0, 4, 5, 6, 7, 8]);
    for row in view.windows.iter().filter(|row| row.number.is_some()) {
        let range = |(from, to): (i64, i64)| format!("{} to {}", format::time(from), format::time(to));
        let number = row.number.map_or_else(String::new, |number| number.to_string());
        let partial = if row.is_partial { " (shorter)" } else { "" };
        let parameters = parameters(&row.strategy, &row.choice, view.plan);
        let rank = row.choice.rank.map_or_else(
            || "-".to_owned(),
            |rank| format!("{}/{}", format::count(rank), format::count(row.choice.points)),
        );
        table.signed(vec![
            (number, 0.0),
            (range(row.train), 0.0),
            (range(row.test) + partial, 0.0),
            (parameters, 0.0),
            result_tables::cell(metric, row.choice.metric.0),
            result_tables::cell(metric, row.choice.metric.1),
            result_tables::cell(&metrics::TABLE[0], row.choice.total_return.1),
            (row.choice.trades.0.map_or_else(|| "-".to_owned(), |trades| format::grouped(trades, 0)), 0.0),
            (rank, 0.0),
        ]);
    }
    table.narrowed(&[7, 1, 4, 8])
}

fn efficiency(view: &WalkView<'_>) -> String {
    let walked = view.walked;
    let efficiency = walked.efficiency.map_or_else(
        || "walk-forward efficiency: undefined, as the chosen points gained nothing in sample\n".to_owned(),
        |ratio| {
            format!(
                "walk-forward efficiency {:.0}%: the mean return of a bar out of sample, of that in sample\n",
                ratio * 100.0
            )
        },
    );
    let picker = walked.random_picker_p.map_or_else(String::new, |p| {
        format!("picking a point at random in each window does as well with probability {}\n", probability(p))
    });
    efficiency + &picker
}

/// The figures of the rules at borders side by side, where they differ by more than the costs of changing over.
fn borders(view: &WalkView<'_>) -> String {
    let (walked, own) = (view.walked, view.options.border);
    let by = |rule| walked.by_rule(rule, own).map(|account| account.outcome.metrics);
    let (Some(adopt), Some(flat)) = (by(BorderRule::Adopt), by(BorderRule::Flat)) else { return String::new() };
    let (Some(a), Some(b)) = (adopt[0], flat[0]) else { return String::new() };
    let settings = &view.plan.settings;
    #[expect(clippy::cast_precision_loss, reason = "windows are few")]
    let costs = walked.windows.len() as f64 * 2.0 * (settings.fee.abs() + settings.slippage);
    if (libm::log(1.0 + a) - libm::log(1.0 + b)).abs() <= costs {
        return String::new();
    }
    let one = |metrics: &Metrics| {
        format!("{}, Sharpe {}", format::gain(metrics[0].unwrap_or_default()), ratio(value(metrics, "sharpe")))
    };
    format!(
        "at the borders: adopt {}; flat {}. Other tools start flat in each window and so miss positions held across a border\n",
        one(&adopt),
        one(&flat)
    )
}

/// What it comes to, in one sentence.
#[must_use]
pub fn verdict(view: &WalkView<'_>) -> String {
    let walked = view.walked;
    let metrics = &view.stitched.outcome.metrics;
    let (total, hold) = (metrics[0].unwrap_or(-1.0), value(metrics, "buy_hold_return").unwrap_or_default());
    let beat = if total > hold { "more than" } else { "not more than" };
    let made = format!(
        "Out of sample {} made {} (Sharpe {}), {beat} buying and holding ({})",
        escape(&view.stitched.strategy),
        format::gain(total),
        ratio(value(metrics, "sharpe")),
        format::gain(hold)
    );
    let chosen = match walked.random_picker_p {
        _ if walked.points == 1 => "there was one point, so nothing was chosen".to_owned(),
        None => "the chosen points never traded out of sample".to_owned(),
        Some(p) if p <= 0.05 => {
            format!("choosing by {} did better than picking at random (p {})", view.selection.sort(), probability(p))
        }
        Some(p) => {
            format!("choosing by {} did no better than picking at random (p {})", view.selection.sort(), probability(p))
        }
    };
    format!("{made}; {chosen}.")
}

/// What limits how far the figures can be trusted.
#[must_use]
pub fn remarks(view: &WalkView<'_>) -> Vec<String> {
    let walked = view.walked;
    let all = walked.windows.len();
    let mut remarks = Vec::new();
    let thin = walked.windows.iter().filter(|window| window.is_thin()).count();
    if thin > 0 {
        remarks.push(format!(
            "in {} of {} the choice rests on fewer than 30 bars or 2 trades: pass a longer --train, or --where 'trades >= 2'",
            format::count(thin as u64),
            format::counted(all, "window")
        ));
    }
    let cash = walked.windows.iter().filter(|window| window.choice.is_none()).count();
    if cash > 0 {
        let why = view.selection.condition().map_or_else(
            || "every point is undefined in sample".to_owned(),
            |condition| format!("no point fulfils --where '{}' in sample", escape(condition)),
        );
        remarks.push(format!("in {} of {} {why}: cash", format::count(cash as u64), format::counted(all, "window")));
    }
    if all == 1 {
        remarks.push("one window says little: pass a shorter --test, or --windows 10".to_owned());
    }
    if walked.points == 1 {
        remarks
            .push("one point leaves nothing to choose: pass values to vary, as in --param period=7..28:7".to_owned());
    }
    if walked.kept < walked.points {
        remarks.push(format!(
            "ranks and random picks are among an evenly spread sample of {} of {}",
            format::count(walked.kept as u64),
            format::counted(walked.points, "point")
        ));
    }
    remarks
}

/// The part that is in no window.
fn holdout(view: &WalkView<'_>, row: &Row) -> String {
    let Some(window) = view.windows.last() else { return String::new() };
    let metrics = &row.outcome.metrics;
    format!(
        "holdout, {} to {} ({} bars, in no window): {} made {}, Sharpe {}, max drawdown {}; buying and holding {}. Once looked at, it is in-sample\n",
        format::time(window.test.0),
        format::time(window.test.1),
        format::count(window.test_bars),
        parameters(&window.strategy, &window.choice, view.plan),
        format::gain(metrics[0].unwrap_or(-1.0)),
        ratio(value(metrics, "sharpe")),
        format::gain(value(metrics, "max_drawdown").unwrap_or_default()),
        format::gain(value(metrics, "buy_hold_return").unwrap_or_default()),
    )
}

/// Many assets by their documents, a line each, and how many of them gained.
pub fn many(walks: &[(&str, &Value)], printer: Printer) -> String {
    let header = ["Asset", "Windows", "Return", "Sharpe", "Max drawdown", "Buy & hold", "Efficiency", "Random p"];
    let mut table = TextTable::new(printer, &header, &[1, 2, 3, 4, 5, 6, 7]);
    let (mut all, mut gained, mut beat) = (0_u64, 0_u64, 0_u64);
    for (symbol, document) in walks {
        let line = WalkLine::of(document);
        let cell = |name: &str| {
            let metric = metrics::find(name).unwrap_or_default();
            result_tables::cell(&metrics::TABLE[metric], line.metrics[metric])
        };
        let share = line.efficiency.map_or_else(|| "-".to_owned(), |ratio| format!("{:.0}%", ratio * 100.0));
        table.signed(vec![
            (escape(symbol), 0.0),
            (line.windows.to_string(), 0.0),
            cell("total_return"),
            cell("sharpe"),
            cell("max_drawdown"),
            cell("buy_hold_return"),
            (share, 0.0),
            (line.random_picker_p.map_or_else(|| "-".to_owned(), probability), 0.0),
        ]);
        all += 1;
        gained += u64::from(line.metrics[0].unwrap_or(-1.0) > 0.0);
        beat += u64::from(line.random_picker_p.is_some_and(|p| p <= 0.05));
    }
    table.text()
        + &format!(
            "of {} {} gained out of sample; on {} choosing did better than picking at random (p up to 0.05)\n",
            format::counted(usize::try_from(all).unwrap_or(usize::MAX), "asset"),
            format::count(gained),
            format::count(beat)
        )
}
