//! What of a strategy's rules can be drawn: the series that its comparisons look at, pane by pane.
//!
//! Each comparison (`rsi(close, 14) < 30`, `crosses_above(a, b)`) is a pair that belongs into one pane: two lines, or a
//! line and a level. Pairs of prices are drawn over the candles, and pairs that share a line share its pane.

use super::columns::{Columns, TileBars};
use super::graph::Graph;
use super::{Combination, Market, RunConfig};
use crate::account::Direction;
use crate::candles::Field;
use crate::rules::{Expr, Math, Unary, ValueKind, number, written};
use crate::strategy::{Rule, Strategy};

/// Series plotted at most: more of them cannot be told apart, and each takes room on a page.
const MOST: usize = 8;

/// Indicators whose values are prices when what they read first is a price.
const LIKE_THEIR_INPUT: &[&str] = &[
    "sma",
    "ema",
    "wma",
    "rma",
    "kama",
    "dema",
    "tema",
    "t3",
    "trima",
    "hma",
    "zlema",
    "vwma",
    "bb_upper",
    "bb_middle",
    "bb_lower",
    "keltner_upper",
    "keltner_middle",
    "keltner_lower",
    "highest",
    "lowest",
    "donchian_mid",
    "percentile",
    "linreg",
    "linreg_intercept",
    "tsf",
    "sar",
    "supertrend",
    "ha_open",
    "ha_high",
    "ha_low",
    "ha_close",
    "ichimoku_conversion",
    "ichimoku_base",
    "ichimoku_span_a",
    "ichimoku_span_b",
    "vwap",
    "rolling_vwap",
    "typical",
    "median_price",
    "weighted_close",
    "average_price",
];

/// Lines and levels that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn<'a> {
    /// Whether they are prices, and so are drawn over the candles.
    pub on_price: bool,
    /// Each line with its name, as in `rsi(close, 14)`; the candles' own prices are none.
    pub lines: Vec<(String, &'a Expr)>,
    /// Constants that lines are compared with, ascending.
    pub levels: Vec<f64>,
}

/// The panes of the rules that this direction uses, those over the candles first and in one; empty ones left out.
#[must_use]
pub fn drawn<'a>(strategy: &'a Strategy, values: &[f64], direction: Direction) -> Vec<Drawn<'a>> {
    let mut pairs = Vec::new();
    for (_, rule) in used_rules(strategy, direction) {
        comparisons(&rule.expr, &mut pairs);
    }
    let names: Vec<String> = values.iter().map(f64::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut panes = vec![Drawn { on_price: true, lines: Vec::new(), levels: Vec::new() }];
    for (left, right) in pairs {
        add(&mut panes, pane(left, right, values, &names));
    }
    // What has a name is worth seeing, also where it is only part of what is compared.
    for (name, series) in named_series(strategy, direction) {
        let is_known = panes.iter().any(|pane| pane.lines.iter().any(|(known, _)| known == name));
        if !is_known && !matches!(series.unnamed(), Expr::Field(_)) {
            let lines = vec![(name.to_owned(), series)];
            add(&mut panes, Drawn { on_price: is_price(series), lines, levels: Vec::new() });
        }
    }
    panes.retain(|pane| !pane.lines.is_empty());
    panes
}

/// The rules that this direction uses and the exits, named as in the definition, with the parameters' values in place of their names.
#[must_use]
pub fn spelled(strategy: &Strategy, values: &[f64], direction: Direction) -> Vec<(String, String)> {
    let names: Vec<String> = values.iter().map(f64::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rules = used_rules(strategy, direction).into_iter();
    let rules = rules.map(|(key, rule)| (key.to_owned(), bare(&written(&rule.expr, &names))));
    let exits = strategy.terms.texts(&|expr| bare(&written(expr, &names)));
    rules.chain(exits.into_iter().map(|(key, text)| (key.to_owned(), text))).collect()
}

fn used_rules(strategy: &Strategy, direction: Direction) -> Vec<(&'static str, &Rule)> {
    let (short_entry, short_exit) = strategy.short_rules();
    let long = [("entry", &strategy.entry), ("exit", &strategy.exit)];
    let short = [("short_entry", short_entry), ("short_exit", short_exit)];
    let mut used: Vec<(&str, &Rule)> = match direction {
        Direction::Long => long.to_vec(),
        Direction::Short => short.to_vec(),
        Direction::Both => long.into_iter().chain(short).collect(),
    };
    used.retain(|(_, rule)| !rule.is_never());
    used
}

/// The series of `[let]` that the rules of this direction read, in the order of the definition.
fn named_series(strategy: &Strategy, direction: Direction) -> impl Iterator<Item = (&str, &Expr)> {
    let mut used: Vec<&str> = Vec::new();
    for (_, rule) in used_rules(strategy, direction) {
        rule.expr.visit(&mut |node| {
            if let Expr::Named { name, args, .. } = node
                && args.is_empty()
            {
                used.push(name);
            }
        });
    }
    let series = strategy.named.iter().filter(|(_, expr)| expr.kind() == ValueKind::Series);
    series.map(|(name, expr)| (name.as_str(), expr)).filter(move |(name, _)| used.contains(name))
}

fn comparisons<'a>(expr: &'a Expr, out: &mut Vec<(&'a Expr, &'a Expr)>) {
    match expr {
        Expr::Compare(_, left, right) | Expr::Cross(_, left, right) => out.push((left, right)),
        Expr::And(left, right) | Expr::Or(left, right) => {
            comparisons(left, out);
            comparisons(right, out);
        }
        Expr::Not(inner) | Expr::Holds(inner) | Expr::Named { expr: inner, .. } => comparisons(inner, out),
        // `any(close > open, 3)`: what the condition compares.
        Expr::Indicator { series, .. } => {
            series
                .iter()
                .filter(|input| input.kind() == ValueKind::Condition)
                .for_each(|input| comparisons(input, out));
        }
        _ => {}
    }
}

fn pane<'a>(left: &'a Expr, right: &'a Expr, values: &[f64], names: &[&str]) -> Drawn<'a> {
    let series: Vec<&Expr> = [left, right].into_iter().filter(|side| !side.is_constant()).collect();
    let mut pane = Drawn { on_price: series.iter().all(|side| is_price(side)), lines: Vec::new(), levels: Vec::new() };
    for side in [left, right] {
        if side.is_constant() {
            pane.levels.push(number(side, values) + 0.0);
        } else if !(pane.on_price && matches!(side, Expr::Field(_))) {
            pane.lines.push((bare(&written(side, names)), side));
        }
    }
    pane
}

/// Adds a pane to the one that it belongs to, or as one more.
fn add<'a>(panes: &mut Vec<Drawn<'a>>, new: Drawn<'a>) {
    let shares = |pane: &Drawn<'_>| {
        let shared = new.lines.iter().any(|(name, _)| pane.lines.iter().any(|(known, _)| known == name));
        new.on_price == pane.on_price && (new.on_price || shared)
    };
    let Some(at) = panes.iter().position(shares) else {
        panes.push(new);
        return;
    };
    let pane = &mut panes[at];
    for line in new.lines {
        if !pane.lines.iter().any(|(name, _)| *name == line.0) {
            pane.lines.push(line);
        }
    }
    pane.levels.extend(new.levels);
    pane.levels.sort_by(f64::total_cmp);
    pane.levels.dedup();
}

/// Whether its values are prices of the asset.
fn is_price(expr: &Expr) -> bool {
    match expr {
        Expr::Field(field) => *field != Field::Volume,
        Expr::Indicator { family, series, .. } if family.name == "value_when" => series.get(1).is_some_and(is_price),
        Expr::Indicator { family, output, series, .. } => {
            LIKE_THEIR_INPUT.contains(&family.outputs[*output]) && series.first().is_some_and(is_price)
        }
        Expr::Prev(x, _) | Expr::On(_, x) | Expr::Unary(Unary::Abs | Unary::Floor | Unary::Round, x) => is_price(x),
        Expr::Named { name, args, expr } => {
            let like_its_input = LIKE_THEIR_INPUT.contains(&name.as_str());
            if like_its_input { args.first().is_some_and(is_price) } else { is_price(expr) }
        }
        // A price and a distance are a price; two prices are a distance.
        Expr::Math(Math::Add, a, b) => is_price(a) || is_price(b),
        Expr::Math(Math::Sub, a, b) => is_price(a) && !is_price(b),
        Expr::Math(Math::Mul, a, b) => (is_price(a) && b.is_constant()) || (a.is_constant() && is_price(b)),
        Expr::Math(Math::Div, a, b) => is_price(a) && b.is_constant(),
        Expr::If(_, a, b) | Expr::Math(Math::Min | Math::Max, a, b) => is_price(a) && is_price(b),
        _ => false,
    }
}

/// Without the parentheses around all of it.
pub(super) fn bare(text: &str) -> String {
    let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else { return text.to_owned() };
    let mut depth = 0_i32;
    let closes_early = inner.chars().any(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    });
    if closes_early { text.to_owned() } else { inner.to_owned() }
}

/// A named series, one value for each bar.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotSeries {
    /// As in `rsi(close, 14)`.
    pub name: String,
    /// NaN where it is undefined.
    pub values: Vec<f64>,
}

/// Series that share an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotPane {
    /// Whether they are prices, and so are plotted over the candles.
    pub on_price: bool,
    /// At least one.
    pub series: Vec<PlotSeries>,
    /// Constants that the series are compared with.
    pub levels: Vec<f64>,
}

/// What the rules read, pane by pane, and how many series were left out. A series is as long as the market's candles, and
/// NaN where it is undefined. The values are those by which the rules were decided.
#[must_use]
pub fn plot_panes<'m>(
    Combination { strategy, values }: Combination<'_>,
    &RunConfig { settings, interval, cpu }: &RunConfig,
    market: impl Into<Market<'m>>,
) -> (Vec<PlotPane>, usize) {
    let direction = settings.direction;
    let market = market.into();
    let candles = market.candles;
    let mut graph = Graph::default();
    let (mut panes, mut sources, mut left_out) = (Vec::new(), Vec::new(), 0);
    for drawn in drawn(strategy, values, direction) {
        let mut pane = PlotPane { on_price: drawn.on_price, series: Vec::new(), levels: drawn.levels };
        for (name, expr) in drawn.lines {
            match graph.series(expr, values) {
                Some(source) if sources.len() < MOST => {
                    sources.push(source);
                    pane.series.push(PlotSeries { name, values: Vec::with_capacity(candles.len()) });
                }
                _ => left_out += 1,
            }
        }
        panes.push(pane);
    }
    let mut columns = Columns::new(&graph, &market, interval, cpu);
    for tile in market.warmup_tiles() {
        columns.extend(&graph, &market, tile);
        columns.settle();
    }
    for tile in TileBars::all(candles, 0) {
        columns.extend(&graph, &market, tile);
        for (series, source) in panes.iter_mut().flat_map(|pane| &mut pane.series).zip(&sources) {
            series.values.extend_from_slice(columns.read(source.column, source.lag));
        }
        columns.settle();
    }
    for (series, source) in panes.iter_mut().flat_map(|pane| &mut pane.series).zip(&sources) {
        let warmed_up = market.bars() - candles.len();
        let undefined = source.lookback.saturating_sub(warmed_up).min(series.values.len());
        series.values[..undefined].fill(f64::NAN);
    }
    panes.retain(|pane| !pane.series.is_empty());
    (panes, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Settings;
    use crate::candles::Candles;
    use crate::simd::Cpu;
    use crate::strategy::{get, parse};
    use crate::tile::bitset::TILE;

    /// `name @price: lines | levels` for each pane.
    fn panes(strategy: &Strategy, direction: Direction) -> Vec<String> {
        let show = |pane: Drawn<'_>| {
            let lines: Vec<String> = pane.lines.into_iter().map(|(name, _)| name).collect();
            format!("{}{} | {:?}", if pane.on_price { "price: " } else { "" }, lines.join(", "), pane.levels)
        };
        drawn(strategy, &strategy.defaults(), direction).into_iter().map(show).collect()
    }

    fn built_in(name: &str) -> Strategy {
        get(name).expect("it is built in").clone()
    }

    fn own(entry: &str, exit: &str) -> Strategy {
        parse(&format!("name = \"own\"\n[rules]\nentry = \"{entry}\"\nexit = \"{exit}\""), "own").expect("it is right")
    }

    #[test]
    fn an_oscillator_has_a_pane_of_its_own_with_its_levels() {
        assert_eq!(panes(&built_in("rsi"), Direction::Long), ["rsi(close, 14) | [30.0, 70.0]"]);
    }

    #[test]
    fn averages_and_channels_of_the_price_are_drawn_over_it() {
        assert_eq!(panes(&built_in("ma"), Direction::Long), ["price: sma(close, 50), sma(close, 200) | []"]);
        let channel = own("close > prev(highest(high, 20), 1)", "close < ema(close, 10) - 2 * atr(14)");
        assert_eq!(
            panes(&channel, Direction::Long),
            ["price: prev(highest(high, 20), 1), ema(close, 10) - (2 * atr(high, low, close, 14)) | []"]
        );
    }

    #[test]
    fn stops_lines_and_candles_of_the_price_are_drawn_over_it_and_their_slopes_and_directions_are_not() {
        let over = own("close > sar(0.02, 0.2) and ha_close() > ha_open()", "close < linreg(close, 5)");
        assert_eq!(
            panes(&over, Direction::Long),
            [
                "price: sar(high, low, 0.02, 0.2), ha_close(open, high, low, close), ha_open(open, high, low, close), linreg(close, 5) | []"
            ]
        );
        let apart =
            own("supertrend_direction(10, 3) > 0 and slope(close, 5) > 0", "volume > percentile(volume, 9, 90)");
        assert_eq!(
            panes(&apart, Direction::Long),
            [
                "supertrend_direction(high, low, close, 10, 3) | [0.0]",
                "slope(close, 5) | [0.0]",
                "volume, percentile(volume, 9, 90) | []"
            ]
        );
    }

    #[test]
    fn lines_that_are_compared_share_a_pane_and_others_do_not() {
        let both =
            own("macd(close, 12, 26, 9) > macd_signal(close, 12, 26, 9) and adx(14) > 25", "rsi(close, 14) > 70");
        let panes = panes(&both, Direction::Long);
        assert_eq!(panes.len(), 3);
        assert_eq!(panes[0], "macd(close, 12, 26, 9), macd_signal(close, 12, 26, 9) | []");
        assert_eq!(panes[1], "adx(high, low, close, 14) | [25.0]");
    }

    #[test]
    fn prices_of_longer_bars_are_drawn_over_the_price_and_those_of_another_asset_are_not() {
        let both = own(
            "close > on('1d', sma(close, 50)) and of('ETH', close > sma(close, 20))",
            "on('1d', rsi(close, 14)) > 70",
        );
        assert_eq!(
            panes(&both, Direction::Long),
            [
                "price: on(\"1d\", sma(close, 50)) | []",
                "of(\"ETH\", close), of(\"ETH\", sma(close, 20)) | []",
                "on(\"1d\", rsi(close, 14)) | [70.0]",
            ]
        );
    }

    #[test]
    fn names_of_let_are_drawn_also_where_they_are_part_of_what_is_compared() {
        let text = "name = \"own\"\n[let]\nfair = \"sma(close, 20)\"\nspread = \"stddev(close, 20)\"\nbelow = \"close < fair - 2 * spread\"\nidle = \"rsi(close, 14)\"\n[rules]\nentry = \"any(below, 3)\"\nexit = \"close > fair\"\nshort_entry = \"idle > 70\"\nshort_exit = \"idle < 50\"";
        let strategy = parse(text, "own").expect("it is right");
        assert_eq!(panes(&strategy, Direction::Long), ["price: fair - (2 * spread), fair | []", "spread | []"]);
        assert_eq!(panes(&strategy, Direction::Short), ["idle | [50.0, 70.0]"]);
    }

    #[test]
    fn two_prices_make_a_distance_which_is_no_price() {
        let distance = own("close - open > 5", "volume > 1000");
        assert_eq!(panes(&distance, Direction::Long), ["close - open | [5.0]", "volume | [1000.0]"]);
    }

    #[test]
    fn rules_are_spelled_with_the_values_of_their_parameters() {
        let rsi = built_in("rsi");
        let spelled = spelled(&rsi, &[7.0, 20.5, 80.0], Direction::Long);
        assert_eq!(spelled[0], ("entry".to_owned(), "rsi(close, 7) < 20.5".to_owned()));
        assert_eq!(spelled[1], ("exit".to_owned(), "rsi(close, 7) > 80".to_owned()));
    }

    #[test]
    fn parentheses_are_only_dropped_where_they_hold_all_of_it() {
        assert_eq!(bare("(a + b)"), "a + b");
        assert_eq!(bare("(a + b) * (c + d)"), "(a + b) * (c + d)");
    }

    #[test]
    fn a_line_is_undefined_while_it_warms_up_and_right_after_that_across_tiles() {
        let bars = 3 * TILE + 7;
        let close: Vec<f64> = (0..bars).map(|bar| 100.0 + f64::from(u16::try_from(bar % 97).unwrap())).collect();
        let column = || close.clone();
        let candles = Candles {
            time: (0..i64::try_from(bars).unwrap()).collect(),
            open: column(),
            high: column(),
            low: column(),
            volume: column(),
            close: column(),
        };
        let combination = Combination { strategy: get("ma").unwrap(), values: &[5.0, 20.0] };
        let interval = "1h".parse().unwrap();
        let config = RunConfig { settings: Settings::default(), interval, cpu: Cpu::Portable };
        let (panes, left_out) = plot_panes(combination, &config, &candles);
        assert_eq!((panes.len(), panes[0].on_price, left_out), (1, true, 0));
        for (line, period) in panes[0].series.iter().zip([5, 20]) {
            assert_eq!(line.values.len(), bars);
            assert!(line.values[..period - 1].iter().all(|value| value.is_nan()), "{}", line.name);
            for bar in period - 1..bars {
                #[expect(clippy::cast_precision_loss, reason = "a period")]
                let mean = close[bar + 1 - period..=bar].iter().sum::<f64>() / period as f64;
                assert!((line.values[bar] - mean).abs() < 1e-9, "{} at {bar}", line.name);
            }
        }
    }
}
