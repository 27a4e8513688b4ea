//! Which results are shown, and in which order: `--sort`, `--top`, `--where`.

use crate::cli::args::RankingArgs;
use crate::cli::args::options::{MIN_TRADES, SORT, TOP};
use crate::cli::error::Error;
use crate::cli::output::format;
use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::given::Given;
use crate::engine::{MetricFilter, Ranking};
use crate::sim::metrics::{self, RankBy, Unit};
use crate::sim::text;

impl Ranking {
    /// Checks the metric's name and the filter; what the arguments leave open, the settings file may say.
    ///
    /// # Errors
    /// An unknown metric, with the nearest name; a filter that is no condition over metrics.
    pub(in crate::cli) fn new(args: &RankingArgs, config: &SettingsFile) -> Result<Self, Error> {
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
            .map(|text| MetricFilter::parse("--where", &with_fractions(text)))
            .transpose()
            .map_err(Error::usage)?;
        Ok(Self { by: RankBy { metric, min_trades }, top, filter })
    }
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
pub(crate) fn remarks(condition: &str) -> Vec<String> {
    let condition = with_fractions(condition);
    let words: Vec<&str> = condition.split_whitespace().collect();
    let comparisons = words.windows(3).filter_map(|words| {
        let [name, sign, number] = words else { return None };
        let name = name.trim_start_matches('(');
        let number: f64 = number.trim_end_matches(')').parse().ok()?;
        let metric = &metrics::TABLE[metrics::find(name)?];
        let (low, high) = bounds(metric)?;
        let holds = match *sign {
            "<" if number > high => true,
            "<=" if number >= high => true,
            ">" if number < low => true,
            ">=" if number <= low => true,
            "<" if number <= low => false,
            "<=" if number < low => false,
            ">" if number >= high => false,
            ">=" if number > high => false,
            _ => return None,
        };
        Some((format!("{name} {sign} {number}"), holds, metric, number))
    });
    let remark = |(comparison, holds, metric, number): (String, bool, &metrics::Metric, f64)| {
        let (low, high) = bounds(metric).unwrap_or_default();
        let whom = if holds { "every" } else { "no" };
        let range = if high.is_finite() { format!("from {low} to {high}") } else { format!("at least {low}") };
        // Percents that were written as numbers, or a drawdown without its sign.
        let meant = if metric.name == "max_drawdown" { -number.abs() } else { number.abs() };
        let meant = if meant.abs() > 1.0 { meant / 100.0 } else { meant };
        let hint = if high.is_finite() && meant.to_bits() != number.to_bits() {
            format!("; {} % is written {meant}", format::param(meant * 100.0))
        } else {
            String::new()
        };
        format!("--where: {comparison} holds for {whom} result: {} is {range}{hint}", metric.name)
    };
    comparisons.map(remark).collect()
}

/// Between which values a metric lies by its definition.
fn bounds(metric: &metrics::Metric) -> Option<(f64, f64)> {
    match metric.name {
        "max_drawdown" => Some((-1.0, 0.0)),
        _ if metric.unit == Unit::Share && metric.name != "volatility" => Some((0.0, 1.0)),
        _ if matches!(metric.unit, Unit::Count | Unit::Bars) => Some((0.0, f64::INFINITY)),
        _ => None,
    }
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
        ] {
            assert_eq!(remarks(condition), [format!("--where: {remark}")], "{condition}");
        }
        for condition in
            ["max_drawdown > -0.3", "max_drawdown > -30%", "trades >= 10 and win_rate > 0.5", "sharpe > 30"]
        {
            assert_eq!(remarks(condition), [""; 0], "{condition}");
        }
    }
}
