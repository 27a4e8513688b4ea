//! How much of a result may be luck, in words and tables.

use crate::cli::output::format;
use crate::cli::output::printer::Printer;
use crate::cli::output::table::TextTable;
use crate::sim::Row;
use crate::sim::metrics::validation::{CONFIDENCE, MonteCarlo, Quantiles, TradeShuffle};

/// The line below the card of a run: nothing where it has no Sharpe ratio.
#[must_use]
pub(crate) fn run_line(row: &Row) -> String {
    run_remark(row).map_or_else(String::new, |remark| remark + "\n")
}

fn run_remark(row: &Row) -> Option<String> {
    let shape = row.return_shape()?;
    let psr = shape.psr(0.0)?;
    let track = shape.min_track_record(0.0, CONFIDENCE).map_or_else(
        || "no track record is long enough".to_owned(),
        |bars| format!("{} bars would make it 95 % (minTRL)", format::grouped(bars.ceil(), 0)),
    );
    Some(format!("PSR {psr:.2}: the probability that the true Sharpe ratio is above 0; {track}"))
}

/// What the page of a run says of it.
#[must_use]
pub(crate) fn remarks(row: &Row, resampled: Option<&MonteCarlo>) -> Vec<String> {
    let mut all: Vec<String> = run_remark(row).map(|remark| remark + ".").into_iter().collect();
    if let Some(found) = resampled {
        let percent = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), format::gain);
        let Quantiles([low, _, high]) = found.bootstrap.sharpe;
        let ratio = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        all.push(format!(
            "Bars drawn anew {} times in blocks of {:.0} on average: 95 % of the Sharpe ratios lie between {} and {}.",
            format::count(found.bootstrap.repetitions),
            found.bootstrap.block,
            ratio(low),
            ratio(high),
        ));
        if let Some(shuffle) = found.shuffle {
            all.push(format!(
                "Trades in other orders: 5 % of them have a drawdown of {} or deeper, against {} in the order of the run.",
                percent(shuffle.drawdown.0[1]),
                format::gain(shuffle.actual_drawdown),
            ));
        }
        all.extend(random_entry(found).map(|line| line + "."));
    }
    all
}

/// The tables of `--monte-carlo`.
#[must_use]
pub(crate) fn monte_carlo(found: &MonteCarlo, printer: Printer) -> String {
    let percent = |value: Option<f64>| (value.map_or_else(|| "-".to_owned(), format::gain), 0.0);
    let ratio = |value: Option<f64>| (value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}")), 0.0);
    let whole = |value: Option<f64>| (value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0}")), 0.0);
    let mut bars = TextTable::new(printer, &["Bars drawn anew", "2.5%", "Median", "97.5%"], &[1, 2, 3]);
    let rows = [
        ("Sharpe", found.bootstrap.sharpe.0.map(ratio)),
        ("CAGR", found.bootstrap.cagr.0.map(percent)),
        ("Max drawdown", found.bootstrap.max_drawdown.0.map(percent)),
    ];
    for (name, cells) in rows {
        bars.signed([(name.to_owned(), 0.0)].into_iter().chain(cells).collect());
    }
    let shuffled = found.shuffle.map_or_else(
        || {
            format!(
                "The trades are not shuffled: that needs at least {} closed trades of an account that is not ruined, and there are {}.\n",
                TradeShuffle::LEAST,
                format::count(found.trades)
            )
        },
        |shuffle| {
            let header = ["Trades in another order", "This order", "50%", "95%", "99%"];
            let mut orders = TextTable::new(printer, &header, &[1, 2, 3, 4]);
            let mut line = |name: &str, actual, cells: [(String, f64); 3]| {
                orders.signed([(name.to_owned(), 0.0), actual].into_iter().chain(cells).collect());
            };
            let drawdown = percent(Some(shuffle.actual_drawdown));
            line("Max drawdown, from trade to trade", drawdown, shuffle.drawdown.0.map(percent));
            let duration = whole(Some(shuffle.actual_duration));
            line("Longest drawdown, in trades", duration, shuffle.duration.0.map(whole));
            orders.text()
        },
    );
    let entries = random_entry(found).map_or_else(String::new, |line| line + "\n");
    format!(
        "{}{shuffled}{entries}{} repetitions, seed {}, blocks of {:.1} bars on average\n",
        bars.text(),
        format::count(found.bootstrap.repetitions),
        found.seed,
        found.bootstrap.block,
    )
}

/// How the same positions at other times do.
fn random_entry(found: &MonteCarlo) -> Option<String> {
    found.shifts.map(|test| {
        format!(
            "Random entries: {:.1} % of {} shifts of the same positions have a Sharpe ratio as high (p = {:.3})",
            test.p * 100.0,
            format::count(test.shifts),
            test.p
        )
    })
}
