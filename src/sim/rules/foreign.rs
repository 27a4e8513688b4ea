//! Words of other tools (Pine, pandas, freqtrade, TA-Lib, vectorbt) and how the same is written here.

use super::functions::usage;
use crate::text::quoted;

/// Words that are unknown here, and what to write in their place.
const WORDS: &[(&[&str], &str)] = &[
    (&["crossover", "cross_over", "crossed_above", "crossup", "cross"], "write `crosses_above(close, open)`"),
    (&["crossunder", "cross_under", "crossed_below", "crossdown"], "write `crosses_below(close, open)`"),
    (&["ref", "shift", "lag", "delay", "previous", "offset"], "write `prev(close, 1)`"),
    (&["hl2", "mid", "median_price", "medprice"], "write `(high + low) / 2`"),
    (&["hlc3", "typprice", "typical_price"], "write `(high + low + close) / 3`"),
    (&["ohlc4", "avgprice"], "write `(open + high + low + close) / 4`"),
    (&["hlcc4", "weighted_close", "wclprice"], "write `(high + low + 2 * close) / 4`"),
    (&["src", "source", "price", "last", "last_price"], "write `close`"),
    (&["bars_held", "bars_in_trade", "trade_duration"], "rules do not know the position: [exits] has `max_bars`"),
    (
        &["entry_price", "avg_price", "avg_entry_price", "position_avg_price", "open_rate", "current_profit"],
        "rules do not know the position: [exits] has `stop_loss`, `take_profit`, `trailing_stop`, and `min_profit` for the exit rule",
    ),
    (
        &["position", "position_size", "in_position", "is_long", "is_short", "flat"],
        "rules do not know the position: `entry` acts where there is none, `exit` where there is one",
    ),
    (&["stop_loss", "stoploss", "sl_stop", "sl"], "a stop is no rule: write `stop_loss = 0.05` in [exits]"),
    (
        &["take_profit", "tp_stop", "tp", "roi", "minimal_roi"],
        "a target is no rule: write `take_profit = 0.1` in [exits]",
    ),
    (&["trailing_stop", "trailing", "tsl"], "a trailing stop is no rule: write `trailing_stop = 0.08` in [exits]"),
    (
        &["equity", "balance", "profit", "ordersend", "orderselect", "orderstotal", "positionselect"],
        "rules do not know the account: `entry` acts where there is no position, `exit` where there is one",
    ),
    (&["barssince", "bars_ago"], "write `bars_since(close > open)`"),
    (&["valuewhen"], "write `value_when(close > open, close)`"),
    (&["iff", "iif", "where", "ternary"], "write `if(close > open, high, low)`"),
    (&["hhv", "rolling_max", "highestof"], "write `highest(high, 20)`"),
    (&["llv", "rolling_min", "lowestof"], "write `lowest(low, 20)`"),
    (&["mean", "rolling_mean", "average", "mavg", "ma", "ima"], "write `sma(close, 20)`, or `ema(close, 20)`"),
    (&["ewm", "expma"], "write `ema(close, 20)`"),
    (&["std", "stdev", "rolling_std"], "write `stddev(close, 20)`"),
    (
        &["bbands", "bollinger_bands", "bb", "ibands"],
        "write `bb_upper(close, 20, 2)`, `bb_middle(..)` or `bb_lower(..)`",
    ),
    (&["irsi"], "write `rsi(close, 14)`"),
    (&["iatr"], "write `atr(14)`"),
    (&["iadx"], "write `adx(14)`"),
    (&["icci"], "write `cci(20)`"),
    (&["imacd"], "write `macd(close, 12, 26, 9)`"),
    (&["istochastic", "stochastic", "stoch"], "write `stoch_k(14, 3, 3)` and `stoch_d(14, 3, 3)`"),
    (&["iclose", "iopen", "ihigh", "ilow", "ivolume"], "write `prev(close, 1)`"),
    (&["correlation", "corr"], "write `correl(high, low, 20)`"),
    (&["cum", "cumsum"], "nothing is summed up since the first bar: write `sum(volume, 20)`"),
    (&["pivothigh"], "write `prev(high, 5) == highest(high, 11)`"),
    (&["pivotlow"], "write `prev(low, 5) == lowest(low, 11)`"),
    (&["dayofweek"], "write `weekday == 1`, of which 1 is Monday"),
    (&["dayofmonth"], "write `day == 1`"),
    (&["change", "diff"], "write `mom(close, 1)`"),
    (&["pct_change", "returns", "rocp"], "write `close / prev(close, 1) - 1`"),
    (&["tr", "true_range", "trange"], "write `atr(1)`"),
    (&["ln"], "write `log(close)`"),
    (&["log10"], "write `log(close) / log(10)`"),
    (&["ceil"], "write `-floor(-close)`"),
    (&["sign"], "write `if(close > 0, 1, if(close < 0, -1, 0))`"),
    (&["mod", "modulo"], "write `close - 10 * floor(close / 10)`"),
    (&["avg"], "write `(open + close) / 2`"),
    (&["rising", "isrising"], "write `all(close > prev(close, 1), 3)`"),
    (&["falling", "isfalling"], "write `all(close < prev(close, 1), 3)`"),
    (&["between"], "write `close > 10 and close < 20`"),
    (
        &["nz", "fillna", "fixnan", "na", "isnan", "notna", "dropna"],
        "an undefined value makes no condition true, so nothing needs to be filled in",
    ),
    (
        &["security", "resample", "informative", "merge_informative_pair"],
        "a longer interval is `on(\"1d\", ..)`, another asset `of(\"BTC\", ..)`",
    ),
    (&["bar_index", "n", "index", "i"], "rules do not know the number of the bar"),
    (&["then", "when", "elif", "else"], "write `if(close > open, high, low)`"),
    (
        &["time", "date", "timestamp", "datetime"],
        "the time of a bar is `hour`, `minute`, `weekday`, `day`, `month` or `session(..)`",
    ),
    (&["xor"], "conditions are joined by `and`, `or` and `not`"),
];

/// Where indicators stand.
const OF_INDICATORS: &str = "an indicator is written where it is used, as in `rsi(close, 14)`, or has a name of [let]";

/// What to write in place of an unknown word.
pub(super) fn word(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    WORDS.iter().find(|(words, _)| words.contains(&name.as_str())).map(|(_, hint)| *hint)
}

/// Modules of other tools whose functions are called through a dot.
const MODULES: [&str; 12] =
    ["ta", "talib", "math", "np", "numpy", "pd", "pta", "qtpylib", "vbt", "strategy", "self", "request"];
/// Tables of other tools whose columns are named after a dot.
const TABLES: [&str; 8] = ["df", "dataframe", "data", "ohlc", "ohlcv", "candles", "bars", "self"];

/// What to write in place of `name.rest`, where `rest` begins with the word after the dot.
pub(super) fn after_dot(name: &str, rest: &str) -> String {
    let word_of = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let member = word_of(rest);
    let argument = rest[member.len()..].strip_prefix('(').map(|args| word_of(args.trim_start())).unwrap_or_default();
    let bars =
        if argument.chars().all(|c| c.is_ascii_digit()) && !argument.is_empty() { argument.as_str() } else { "1" };
    let lower = member.to_ascii_lowercase();
    let lower_name = name.to_ascii_lowercase();
    if let Some(of_facts) = fact(&lower_name) {
        return of_facts.to_owned();
    }
    if let Some(usage) = usage(&format!("{lower_name}_{lower}")) {
        return format!("write `{usage}`");
    }
    // backtesting.py: self.data.close, self.I(SMA, ..).
    if lower_name == "self" && lower == "i" {
        return OF_INDICATORS.to_owned();
    }
    if lower_name == "self"
        && TABLES.contains(&lower.as_str())
        && let Some(column) = rest[member.len()..].strip_prefix('.').map(word_of)
    {
        return format!("write `{}`", column.to_ascii_lowercase());
    }
    if MODULES.contains(&lower_name.as_str()) {
        if usage(&lower).is_some() {
            return format!("write `{lower}` alone, without {}", quoted(&format!("{name}.")));
        }
        return word(&lower).map_or_else(|| "names have no dots".to_owned(), str::to_owned);
    }
    if TABLES.contains(&lower_name.as_str()) {
        return format!("write `{lower}`");
    }
    match lower.as_str() {
        "shift" => format!("write `prev({name}, {bars})`"),
        "diff" => format!("write `mom({name}, {bars})`"),
        "pct_change" => format!("write `roc({name}, {bars})`, in percent"),
        "rolling" => rolling(name, bars, rest),
        "ewm" => format!("write `ema({name}, 20)`"),
        "abs" => format!("write `abs({name})`"),
        "iloc" | "values" | "array" => format!("write `{name}`, or `prev({name}, 1)` for the bar before"),
        "open" | "high" | "low" | "close" | "volume" => {
            format!("another asset is `of(\"{}\", {lower})`", name.to_ascii_uppercase())
        }
        _ => "names have no dots".to_owned(),
    }
}

/// What is no part of a rule but of what surrounds it.
fn fact(name: &str) -> Option<&'static str> {
    match name {
        "input" => Some("a parameter is declared in [params], as in `length = { default = 14 }`, and read by its name"),
        "syminfo" | "timeframe" | "barstate" | "metadata" => Some(
            "a strategy knows no asset and no interval: the command names them, as in `--crypto BTC --interval 1h`",
        ),
        _ => None,
    }
}

/// `close.rolling(20).mean()` and its like.
fn rolling(name: &str, bars: &str, rest: &str) -> String {
    let function = match rest.split(").").nth(1).unwrap_or_default() {
        what if what.starts_with("max") => "highest",
        what if what.starts_with("min") => "lowest",
        what if what.starts_with("std") => "stddev",
        _ => "sma",
    };
    format!("write `{function}({name}, {bars})`")
}

/// What to write in place of `name[inside]..`.
pub(super) fn in_brackets(name: Option<&str>, inside: &str) -> String {
    let name = name.unwrap_or("close");
    let inside = inside.trim();
    let quoted_name = inside.strip_prefix(['\'', '"']).and_then(|text| text.split(['\'', '"']).next());
    if let Some(column) = quoted_name {
        return match column.to_ascii_lowercase().as_str() {
            column @ ("open" | "high" | "low" | "close" | "volume") => format!("write `{column}`"),
            _ => OF_INDICATORS.to_owned(),
        };
    }
    let bars: String = inside.chars().skip_while(|c| *c == '-').take_while(char::is_ascii_digit).collect();
    match bars.as_str() {
        "0" => format!("this bar's value is `{name}` alone"),
        "" => format!("for an earlier bar write `prev({name}, 1)`"),
        bars => format!("for an earlier bar write `prev({name}, {bars})`"),
    }
}

#[cfg(test)]
mod tests {
    use super::WORDS;
    use crate::rules::parse_expr;

    #[test]
    fn what_is_written_in_place_of_a_foreign_word_can_be_read() {
        for (words, hint) in WORDS {
            let texts = hint.split("write `").skip(1).filter_map(|rest| rest.split('`').next());
            for text in texts.filter(|text| !text.contains(" = ")) {
                parse_expr("entry", text, &[]).unwrap_or_else(|error| panic!("{words:?}: {error}"));
            }
        }
    }
}
