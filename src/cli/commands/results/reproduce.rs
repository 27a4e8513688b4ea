//! The command that gives a result again, for pages to show: every setting that matters is written out, so that it
//! does not depend on whose settings file or environment it meets.

use std::path::{Path, PathBuf};

use crate::args::AssetsArgs;
use crate::data::BadRows;
use crate::engine::{Plan, Warmup};
use crate::report;
use crate::sim::metrics::Outcome;
use crate::sim::strategy::MARKET_FUNDING;
use crate::sim::{Interval, Millis, Row, Settings};

/// What the runs of a plan have in common.
pub(crate) struct Reproduction<'a> {
    /// The data folder as it was named.
    pub data_dir: &'a Path,
    /// Length of a bar.
    pub interval: Interval,
    /// Account settings.
    pub settings: Settings,
    /// Symbol of the asset that all are measured against, if there is one.
    pub benchmark: Option<String>,
    /// What becomes of rows that are no candles.
    pub bad_rows: BadRows,
    /// Whether all bars of other assets before the range warmed up the rules, of which there may be more than of its own.
    pub all_of_others: bool,
}

/// The bars of a result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestedBars {
    /// Open time of the first.
    pub first: Millis,
    /// Open time of the last.
    pub last: Millis,
    /// How many before them warmed up the rules, where that is known; else all that there are.
    pub warmup: Option<u64>,
}

impl<'a> Reproduction<'a> {
    /// Of the runs of this plan.
    #[must_use]
    pub(crate) fn of(plan: &Plan, data_dir: &'a Path) -> Self {
        let bad_rows = plan.assets.first().map(|file| file.bad_rows).unwrap_or_default();
        let benchmark = plan.benchmark_symbol();
        let reads_others = plan.strategies.iter().any(|bound| !bound.strategy.other_assets().is_empty());
        let all_of_others = reads_others && plan.warmup == Warmup::All;
        Self { data_dir, interval: plan.interval, settings: plan.settings, benchmark, bad_rows, all_of_others }
    }

    /// The command up to the parameters. `strategy` is what `--strategy` was given: a name or a path; `bars` are
    /// those tested, where they are known: bars that come later change nothing.
    #[must_use]
    pub(crate) fn start(&self, symbol: &str, strategy: &str, bars: Option<TestedBars>) -> String {
        let Settings { capital, fee, maker_fee, slippage, fill, direction, year, risk_free, detail, market_funding } =
            self.settings;
        let mut words = vec![
            "backtest run".to_owned(),
            option("--crypto", symbol),
            option("--strategy", &portable_strategy(strategy)),
            option("--interval", &self.interval.to_string()),
        ];
        if let Some(TestedBars { first, last, warmup }) = bars {
            words.push(option("--from", &report::time(first)));
            words.push(option("--to", &report::time(self.interval.end_of(last))));
            words.push(option(
                "--warmup",
                &warmup.filter(|_| !self.all_of_others).map_or(Warmup::All, Warmup::Bars).to_string(),
            ));
        }
        words.extend([format!("--capital {capital}"), format!("--fee {fee}"), format!("--slippage {slippage}")]);
        words.extend([format!("--fill {}", fill.name()), format!("--direction {}", direction.name())]);
        words.push(option("--year", &year.to_string()));
        words.push(option("--risk-free", &risk_free.to_string()));
        words.push(option("--benchmark", self.benchmark.as_deref().unwrap_or("none")));
        if self.bad_rows == BadRows::Drop {
            words.push("--on-bad-row drop".to_owned());
        }
        // Those that there are stand among the parameters.
        words.push("--no-default-exits".to_owned());
        words.extend(maker_fee.map(|fee| option("--maker-fee", &fee.to_string())));
        words.extend(detail.map(|detail| option("--detail", &detail.to_string())));
        words.extend(market_funding.then(|| option("--funding", MARKET_FUNDING)));
        if let Some(folder) = portable(self.data_dir).filter(|folder| folder != Path::new("data")) {
            words.push(option("--data-dir", &folder.display().to_string()));
        }
        words.join(" ")
    }

    /// The whole command of a portfolio over these assets.
    #[must_use]
    pub(crate) fn of_portfolio(&self, row: &Row, strategy: &str, assets: &AssetsArgs) -> String {
        let Outcome { start: first, end: last, .. } = row.outcome;
        let bars = TestedBars { first, last, warmup: None };
        let whole = self.start("", strategy, Some(bars)) + &params(&row.params);
        let named = match assets {
            AssetsArgs { all: true, .. } => "--all".to_owned(),
            AssetsArgs { crypto, .. } => option("--crypto", &crypto.join(",")),
        };
        let excluded = assets.exclude.join(",");
        let excluded = if excluded.is_empty() { String::new() } else { format!(" {}", option("--exclude", &excluded)) };
        whole.replacen("backtest run --crypto ''", &format!("backtest portfolio {named}{excluded}"), 1)
    }

    /// The whole command of a result.
    #[must_use]
    pub(crate) fn command(&self, row: &Row, strategy: &str) -> String {
        let Outcome { start: first, end: last, .. } = row.outcome;
        let bars = TestedBars { first, last, warmup: Some(row.warmup_bars) };
        self.start(&row.symbol, strategy, Some(bars)) + &params(&row.params)
    }
}

/// Parameters as options, each behind a space.
#[must_use]
pub(crate) fn params(params: &[(String, f64)]) -> String {
    let one = |(name, value): &(String, f64)| format!(" {}", option("--param", &format!("{name}={value}")));
    params.iter().map(one).collect()
}

/// The path as others can use it, and so that it says nothing of the machine: relative to where the program was started.
/// None where it leads elsewhere from the root on.
fn portable(path: &Path) -> Option<PathBuf> {
    if path.is_relative() {
        return Some(path.to_owned());
    }
    let here = std::env::current_dir().ok()?;
    let below = path.strip_prefix(here).ok()?;
    Some(if below.as_os_str().is_empty() { PathBuf::from(".") } else { below.to_owned() })
}

/// A strategy as it was named, or where that is a path that only this machine has, the name of its file.
fn portable_strategy(strategy: &str) -> String {
    let path = Path::new(strategy);
    let portable = portable(path).or_else(|| path.file_name().map(|name| Path::new(".").join(name)));
    portable.map_or_else(|| strategy.to_owned(), |path| path.display().to_string())
}

fn option(flag: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("{flag}{between}{}", word(value))
}

/// The text as one word of a shell.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    // Some shells take a word that begins with `=` for the path of a command.
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(plain) {
        return text.to_owned();
    }
    if text.chars().any(char::is_control) {
        // A shell's own escapes: a page or a terminal must not obey what stands here.
        let escaped: String = text
            .chars()
            .map(|c| match c {
                '\'' | '\\' => format!("\\{c}"),
                c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
                c => c.to_string(),
            })
            .collect();
        return format!("$'{escaped}'");
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_everything_that_decides_the_result() {
        let origin = Reproduction {
            data_dir: Path::new("data"),
            interval: "1h".parse().unwrap(),
            settings: Settings::default(),
            benchmark: Some("ETHUSDT".to_owned()),
            bad_rows: BadRows::Refuse,
            all_of_others: false,
        };
        let params = params(&[("fast".to_owned(), 5.0), ("k".to_owned(), 0.1)]);
        assert_eq!(
            origin.start(
                "BTCUSDT",
                "./my trend.toml",
                Some(TestedBars { first: 0, last: 7_200_000, warmup: Some(200) })
            ) + &params,
            "backtest run --crypto BTCUSDT --strategy './my trend.toml' --interval 1h --from 1970-01-01T00:00:00Z \
             --to 1970-01-01T03:00:00Z --warmup 200 --capital 10000 --fee 0.001 --slippage 0 --fill next-open --direction long --year calendar --risk-free 0 --benchmark ETHUSDT --no-default-exits --param fast=5 --param k=0.1"
        );
    }

    #[test]
    fn a_command_is_one_that_others_can_type() {
        let origin = Reproduction {
            data_dir: Path::new("/home/someone/candles"),
            interval: "1d".parse().unwrap(),
            settings: Settings::default(),
            benchmark: None,
            bad_rows: BadRows::Refuse,
            all_of_others: false,
        };
        let command = origin.start("BTCUSDT", "/home/someone/own.toml", None);
        assert!(command.contains(" --strategy ./own.toml ") && !command.contains("someone"), "{command}");
        let here = std::env::current_dir().unwrap();
        assert_eq!(portable(&here.join("data")), Some(PathBuf::from("data")));
        assert_eq!(portable_strategy("rsi"), "rsi");
    }

    #[test]
    fn a_name_is_one_word_whatever_is_in_it() {
        assert_eq!(word("a'b $(rm) `x`"), r"'a'\''b $(rm) `x`'");
        assert_eq!(word("a\u{1b}'b"), r"$'a\u001b\'b'");
        assert_eq!(option("--crypto", "-A"), "--crypto=-A");
        assert_eq!(word(""), "''");
        assert_eq!(word("=ls"), "'=ls'");
        assert_eq!(params(&[("$(touch X)".to_owned(), 1.0)]), " --param '$(touch X)=1'");
    }
}
