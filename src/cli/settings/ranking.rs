//! Which results are shown, and in which order: `--sort`, `--top`, `--where`.

use crate::args::RankingArgs;
use crate::args::options::{MIN_TRADES, SORT, TOP};
use crate::engine::{FilterComparison, Ranking, ResultFilter};
use crate::error::Error;
use crate::output::format;
use crate::settings::file::SettingsFile;
use crate::settings::given::Given;
use crate::sim::metrics::{self, RankBy};
use crate::sim::simd::Compare;
use crate::sim::text;

/// Checks the metric's name and the filter; what the arguments leave open, the settings file may say.
///
/// # Errors
/// An unknown metric, with the nearest name; a filter that is no condition over metrics.
pub(crate) fn requested(args: &RankingArgs, config: &SettingsFile) -> Result<Ranking, Error> {
    let sort = config.given(&SORT, args.sort.as_deref())?;
    let top = config.given(&TOP, args.top.as_deref())?;
    let top = top.map(|given| given.count("how many results to show")).transpose()?;
    let names: Vec<&str> = metrics::TABLE.iter().map(|metric| metric.name).collect();
    let sort = sort.unwrap_or_else(|| Given::by_flag("--sort", SORT.default));
    let metric = metrics::find(sort.text.trim()).ok_or_else(|| {
        let hint = text::nearest(&sort.text, names.iter().copied())
            .map_or_else(|| format!("there are: {}", names.join(", ")), |name| format!("did you mean '{name}'?"));
        sort.invalid(format_args!("is not a metric; {hint}"))
    })?;
    let fewest = config.given(&MIN_TRADES, args.min_trades.as_deref())?;
    let fewest = fewest.unwrap_or_else(|| Given::by_flag("--min-trades", MIN_TRADES.default));
    let min_trades = fewest
        .text
        .trim()
        .parse()
        .map_err(|_| fewest.invalid("must be a number of trades; 0 ranks by the metric alone"))?;
    let filter = args
        .filter
        .as_deref()
        // It is shown as it was typed.
        .map(|text| {
            let filter = ResultFilter::parse("--where", &with_fractions(text));
            filter.map(|filter| ResultFilter { text: text.to_owned(), ..filter })
        })
        .transpose()
        .map_err(Error::usage)?;
    Ok(Ranking { by: RankBy { metric, min_trades }, top, filter })
}

/// A condition with percents as the fractions that they are: `max_drawdown > -30%` is `max_drawdown > -0.3`.
fn with_fractions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let before = rest[..at].trim_end();
        let digits = before.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let Ok(value) = before[digits..].parse::<f64>() else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        };
        out.push_str(&before[..digits]);
        out.push_str(&(value / 100.0).to_string());
        rest = &rest[at + 1..];
    }
    out + rest
}

/// Comparisons that hold for every result, or for none, as no value of the metric lies beyond the number: what is meant
/// is hardly that.
pub(crate) fn remarks(filter: &ResultFilter) -> Vec<String> {
    filter.comparisons().iter().filter_map(remark).collect()
}

fn remark(comparison: &FilterComparison) -> Option<String> {
    let FilterComparison { name, op, value } = *comparison;
    let (low, high) = bounds(name)?;
    let holds = match op {
        Compare::Less if value > high => true,
        Compare::LessEqual if value >= high => true,
        Compare::Greater if value < low => true,
        Compare::GreaterEqual if value <= low => true,
        Compare::Less if value <= low => false,
        Compare::LessEqual if value < low => false,
        Compare::Greater if value >= high => false,
        Compare::GreaterEqual if value > high => false,
        _ => return None,
    };
    let whom = if holds { "every" } else { "no" };
    let range = if high.is_finite() { format!("from {low} to {high}") } else { format!("at least {low}") };
    // Percents that were written as numbers, or a drawdown without its sign.
    let meant = if name == "max_drawdown" { -value.abs() } else { value.abs() };
    let meant = if meant.abs() > 1.0 { meant / 100.0 } else { meant };
    let hint = if high.is_finite() && meant.to_bits() != value.to_bits() {
        format!("; {} % is written {meant}", format::param(meant * 100.0))
    } else {
        String::new()
    };
    Some(format!("--where: {name} {} {value} holds for {whom} result: {name} is {range}{hint}", op.sign()))
}

/// Between which values a metric, or the number of bars, lies by its definition.
fn bounds(name: &str) -> Option<(f64, f64)> {
    if name == "bars" {
        return Some((1.0, f64::INFINITY));
    }
    metrics::TABLE[metrics::find(name)?].range
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_in_a_condition_are_fractions() {
        assert_eq!(with_fractions("max_drawdown > -30% and trades >= 10"), "max_drawdown > -0.3 and trades >= 10");
        assert_eq!(with_fractions("win_rate>55.5 %"), "win_rate>0.555");
        assert_eq!(with_fractions("sharpe > %"), "sharpe > %");
    }

    fn remarks_on(condition: &str) -> Vec<String> {
        remarks(&ResultFilter::parse("--where", &with_fractions(condition)).unwrap())
    }

    #[test]
    fn a_comparison_that_no_value_can_change_is_remarked() {
        for (condition, remark) in [
            (
                "max_drawdown < 0.3",
                "max_drawdown < 0.3 holds for every result: max_drawdown is from -1 to 0; -30 % is written -0.3",
            ),
            (
                "max_drawdown > -30",
                "max_drawdown > -30 holds for every result: max_drawdown is from -1 to 0; -30 % is written -0.3",
            ),
            ("win_rate > 50", "win_rate > 50 holds for no result: win_rate is from 0 to 1; 50 % is written 0.5"),
            ("(trades >= 0) and sharpe > 1", "trades >= 0 holds for every result: trades is at least 0"),
            ("sharpe>1 and trades>=0", "trades >= 0 holds for every result: trades is at least 0"),
            ("0 < bars", "bars > 0 holds for every result: bars is at least 1"),
        ] {
            assert_eq!(remarks_on(condition), [format!("--where: {remark}")], "{condition}");
        }
        for condition in [
            "max_drawdown > -0.3",
            "max_drawdown > -30%",
            "trades >= 10 and win_rate > 0.5",
            "sharpe > 30",
            "bars > 1000 and symbol != 'BTC'",
        ] {
            assert_eq!(remarks_on(condition), [""; 0], "{condition}");
        }
    }
}
