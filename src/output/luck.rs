//! How much of a result may be luck, in words and tables.

use crate::format;
use crate::printer::Printer;
use crate::sim::Row;
use crate::sim::metrics::validation::{CONFIDENCE, Honesty, MonteCarlo, Quantiles, RealityCheck, TradeShuffle};
use crate::table::TextTable;

/// The line below the card of a run: nothing where it has no Sharpe ratio.
#[must_use]
pub fn run_line(row: &Row) -> String {
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

/// How much of the best of a sweep may be luck, as far as that was asked.
pub struct SweepLuck {
    /// What the points say.
    pub honesty: Option<Honesty>,
    /// What `--reality-check` says.
    pub reality_check: Option<RealityCheck>,
}

impl SweepLuck {
    /// In words, line by line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let lines = self.honesty.iter().flat_map(sweep_lines);
        lines.chain(self.reality_check.iter().map(reality_check)).collect()
    }
}

/// The lines below the table of a sweep: of the best, of the choice, and of its neighbours; and what makes them say little.
fn sweep_lines(honesty: &Honesty) -> Vec<String> {
    let mut lines = vec![deflated(honesty), overfitting(honesty), neighbours(honesty)];
    if honesty.bars < Honesty::LEAST_BARS || honesty.trades < Honesty::LEAST_TRADES {
        lines.push(format!(
            "These three lines say little: the best has {} and {}; choose a longer range with --from and --to, or a shorter --interval",
            format::counted(usize::try_from(honesty.bars).unwrap_or(usize::MAX), "bar"),
            format::counted(usize::try_from(honesty.trades).unwrap_or(usize::MAX), "closed trade"),
        ));
    }
    lines
}

/// The line of `--reality-check`.
fn reality_check(check: &RealityCheck) -> String {
    let RealityCheck { tests, segment_bars, is_sampled } = check;
    let count = |count: u64, noun| format::counted(usize::try_from(count).unwrap_or(usize::MAX), noun);
    let sample = if *is_sampled { " (an evenly spread sample)" } else { "" };
    format!(
        "reality check p = {:.3}, SPA p = {:.3} ({:.3} to {:.3}): how often the best of {}{sample} without merit does as well; StepM finds {} that beat cash (5 %); {} draws of {} of {} bars",
        tests.reality_check,
        tests.spa.consistent,
        tests.spa.lower,
        tests.spa.upper,
        count(tests.points, "combination"),
        format::count(tests.superior),
        format::count(tests.repetitions),
        count(tests.segments, "segment"),
        segment_bars,
    )
}

fn deflated(honesty: &Honesty) -> String {
    let Some(dsr) = honesty.dsr else {
        return "DSR -: the best has no Sharpe ratio".to_owned();
    };
    let trials = format::counted(usize::try_from(honesty.trials).unwrap_or(usize::MAX), "trial");
    let over = match honesty.trials_team {
        Some(team) => format!("{trials} here, {} by everyone on this data", format::count(team)),
        None => trials,
    };
    let undefined = match honesty.undefined {
        0 => String::new(),
        count => format!(" ({} more never traded)", format::count(count)),
    };
    let alone = honesty.psr.map_or_else(String::new, |psr| format!(", {psr:.2} had it been the only one"));
    format!(
        "DSR {dsr:.2} over {over}{undefined}: the probability that the best is more than the luck of so many{alone}"
    )
}

fn overfitting(honesty: &Honesty) -> String {
    let blocks = honesty.blocks;
    let Some(cscv) = honesty.cscv else {
        return format!(
            "PBO -: cross-validation takes two combinations at least, that traded, and {} bars or more for {blocks} blocks (--pbo-blocks)",
            2 * blocks
        );
    };
    let sample = if honesty.is_sampled {
        format!(" (of an evenly spread sample of {})", format::count(honesty.cscv_points))
    } else {
        String::new()
    };
    format!(
        "PBO {:.2} (S={blocks}): the in-sample winner falls below the median out of sample in {:.0} % of splits{sample}",
        cscv.pbo,
        cscv.pbo * 100.0
    )
}

fn neighbours(honesty: &Honesty) -> String {
    honesty.plateau.map_or_else(
        || "neighbours: nothing to compare with, as the best has none or no Sharpe ratio above 0".to_owned(),
        |plateau| format!("neighbours keep {:.0} % of the Sharpe ratio", plateau * 100.0),
    )
}

/// What the page of a run says of it.
#[must_use]
pub fn remarks(row: &Row, resampled: Option<&MonteCarlo>) -> Vec<String> {
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
pub fn monte_carlo(found: &MonteCarlo, printer: Printer) -> String {
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
