//! Combinatorial purged cross-validation as tables and sentences.

use serde_json::Value;

use crate::data::escape;
use crate::engine::{CpcvOptions, CrossValidated, Plan, Ranking};
use crate::format;
use crate::heading::heading;
use crate::printer::Printer;
use crate::result_tables;
use crate::sim::metrics::validation::PathSpread;
use crate::sim::metrics::{self, Metrics};
use crate::sim::{Row, SplitRow};
use crate::table::TextTable;
use crate::walk_tables::{chosen_among, ratio, value};

/// Paths that are shown, at most.
const SHOWN: usize = 20;

/// A cross-validation with its results as rows.
pub struct CpcvView<'a> {
    /// The account of each path.
    pub paths: Vec<Row>,
    /// The splits.
    pub splits: Vec<SplitRow>,
    /// What was found.
    pub found: &'a CrossValidated,
    /// How it was done.
    pub options: &'a CpcvOptions,
    /// What chose.
    pub selection: &'a Ranking,
    /// The plan.
    pub plan: &'a Plan,
    /// What can be chosen: names of parameters.
    pub choice: String,
}

/// What the table of many assets has of one.
struct CpcvLine {
    paths: usize,
    sharpe: Option<PathSpread>,
    hold: Option<f64>,
    pbo: Option<f64>,
}

impl CpcvView<'_> {
    /// Sharpe ratio of buying and holding.
    fn hold(&self) -> Option<f64> {
        value(&self.paths.first()?.outcome.metrics, "buy_hold_sharpe")
    }
}

impl CpcvLine {
    /// From the document, which may be of another machine.
    fn of(document: &Value) -> Self {
        let spread = |sharpe: &Value| {
            let of = |name: &str| sharpe[name].as_f64();
            Some(PathSpread {
                mean: of("mean")?,
                deviation: of("standard_deviation"),
                least: of("least")?,
                median: of("median")?,
                most: of("most")?,
                below_zero: of("below_zero")?,
            })
        };
        Self {
            paths: document["paths"].as_array().map_or(0, Vec::len),
            sharpe: spread(&document["sharpe"]),
            hold: document["paths"][0]["metrics"]["buy_hold_sharpe"].as_f64(),
            pbo: document["honesty"]["pbo"].as_f64(),
        }
    }
}

/// All about one asset.
#[must_use]
pub fn one(view: &CpcvView<'_>, printer: Printer) -> String {
    let (found, first) = (view.found, &view.paths[0]);
    let splits = format!(
        "{} {}  {}, combinatorial purged cross-validation: {} splits of {} groups of {} bars, {} tested in each, {} left out beside them",
        escape(&first.symbol),
        first.interval,
        escape(&first.strategy),
        format::count(found.splits.len() as u64),
        format::count(found.groups.len() as u64),
        format::count(found.groups.iter().map(|(_, bars)| *bars as u64).min().unwrap_or(0)),
        format::count(view.splits[0].tested.len() as u64),
        format::counted(found.guard, "bar"),
    );
    let choice = chosen_among(&view.choice, found.points, (view.selection.sort(), view.options.pick));
    let head = heading(&[splits, format::settings(&view.plan.settings), choice], printer);
    let remarks: String = remarks(view).into_iter().map(|remark| remark + "\n").collect();
    head + &paths(view, printer) + &spread(view) + &verdict(view) + "\n" + &remarks
}

/// The table of the paths: of many the first.
fn paths(view: &CpcvView<'_>, printer: Printer) -> String {
    let header = ["Path", "Splits", "Return", "Sharpe", "Max drawdown", "Trades"];
    let mut table = TextTable::new(printer, &header, &[0, 2, 3, 4, 5]);
    let cells = |metrics: &Metrics| {
        ["total_return", "sharpe", "max_drawdown", "trades"].map(|name| {
            let metric = metrics::find(name).unwrap_or_default();
            result_tables::cell(&metrics::TABLE[metric], metrics[metric])
        })
    };
    for (at, (path, row)) in view.found.paths.iter().zip(&view.paths).take(SHOWN).enumerate() {
        let splits: Vec<String> = path.splits.iter().map(|split| (split + 1).to_string()).collect();
        let mut line = vec![((at + 1).to_string(), 0.0), (splits.join(" "), 0.0)];
        line.extend(cells(&row.outcome.metrics));
        table.signed(line);
    }
    let more = match view.paths.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("and {} more; --format json has all\n", format::counted(more, "path")),
    };
    table.narrowed(&[1]) + &more
}

/// The line below the table.
fn spread(view: &CpcvView<'_>) -> String {
    let paths = format::counted(view.paths.len(), "path");
    let hold = format!("buying and holding has {}\n", ratio(view.hold()));
    match view.found.sharpe {
        None => format!("Sharpe ratio of {paths}: undefined, as an account never traded; {hold}"),
        Some(PathSpread { mean, deviation, least, median, most, below_zero }) => {
            let deviation = deviation.map_or_else(String::new, |value| format!(", standard deviation {value:.2}"));
            format!(
                "Sharpe ratio of {paths}: mean {mean:.2}{deviation}, from {least:.2} to {most:.2}, median {median:.2}, {:.0}% below 0; {hold}",
                below_zero * 100.0
            )
        }
    }
}

/// What it comes to, in one sentence.
#[must_use]
pub fn verdict(view: &CpcvView<'_>) -> String {
    let name = escape(&view.paths[0].strategy);
    let made = match (view.found.sharpe, view.hold()) {
        (None, _) => format!("Of {name} there are paths without a trade"),
        (Some(spread), Some(hold)) if spread.least > hold => {
            format!("Every path of {name} has a higher Sharpe ratio than buying and holding")
        }
        (Some(spread), _) if spread.least > 0.0 => format!("Every path of {name} has a Sharpe ratio above 0"),
        (Some(spread), _) if spread.most <= 0.0 => format!("No path of {name} has a Sharpe ratio above 0"),
        (Some(_), _) => format!("Some paths of {name} gained and some lost"),
    };
    let chosen = match view.found.pbo {
        _ if view.found.points == 1 => "there was one point, so nothing was chosen".to_owned(),
        None => "no point could be chosen".to_owned(),
        Some(pbo) => format!(
            "what {} chooses is in the worse half out of sample in {:.0}% of the splits (PBO {pbo:.2}), drawing lots in 50%",
            view.selection.sort(),
            pbo * 100.0
        ),
    };
    format!("{made}; {chosen}.")
}

/// What limits how far the figures can be trusted.
#[must_use]
pub fn remarks(view: &CpcvView<'_>) -> Vec<String> {
    let found = view.found;
    let mut remarks =
        vec!["a path is no account that could have been traded: most of it was chosen on later bars too".to_owned()];
    let splits = || found.splits.iter();
    let of =
        |count: usize| format!("in {} of {}", format::count(count as u64), format::counted(splits().count(), "split"));
    let cash = splits().filter(|split| split.choice.is_none()).count();
    if cash > 0 {
        remarks.push(format!("{} no point could be chosen: cash", of(cash)));
    }
    let trades = metrics::find("trades").unwrap_or_default();
    let few = |split: &&crate::engine::ValidatedSplit| {
        let choice = split.choice.as_ref();
        split.train_bars < 30 || choice.is_some_and(|choice| choice.in_sample[trades].unwrap_or_default() < 2.0)
    };
    let thin = splits().filter(few).count();
    if thin > 0 {
        remarks.push(format!(
            "{} the choice rests on fewer than 30 bars or 2 trades: pass --where 'trades >= 2', or fewer groups",
            of(thin)
        ));
    }
    if found.points == 1 {
        remarks
            .push("one point leaves nothing to choose: pass values to vary, as in --param period=7..28:7".to_owned());
    }
    if found.kept < found.points {
        remarks.push(format!(
            "ranks are among an evenly spread sample of {} of {}",
            format::count(found.kept as u64),
            format::counted(found.points, "point")
        ));
    }
    remarks
}

/// Many assets by their documents, a line each.
#[must_use]
pub fn many(walks: &[(&str, &Value)], printer: Printer) -> String {
    let header = ["Asset", "Paths", "Sharpe", "Lowest", "Highest", "Below 0", "Buy & hold", "PBO"];
    let mut table = TextTable::new(printer, &header, &[1, 2, 3, 4, 5, 6, 7]);
    let mut above = 0_usize;
    for (symbol, document) in walks {
        let line = CpcvLine::of(document);
        let of = |get: fn(&PathSpread) -> f64| line.sharpe.as_ref().map(get);
        let signed = |value: Option<f64>| (ratio(value), value.unwrap_or(0.0));
        let share = of(|spread| spread.below_zero);
        table.signed(vec![
            (escape(symbol), 0.0),
            (line.paths.to_string(), 0.0),
            signed(of(|spread| spread.mean)),
            signed(of(|spread| spread.least)),
            signed(of(|spread| spread.most)),
            (share.map_or_else(|| "-".to_owned(), |share| format!("{:.0}%", share * 100.0)), 0.0),
            signed(line.hold),
            (ratio(line.pbo), 0.0),
        ]);
        above += usize::from(of(|spread| spread.least).is_some_and(|least| least > 0.0));
    }
    table.text()
        + &format!(
            "of {} {} a Sharpe ratio above 0 on every path\n",
            format::counted(walks.len(), "asset"),
            match above {
                1 => "1 has".to_owned(),
                _ => format!("{} have", format::count(above as u64)),
            }
        )
}
