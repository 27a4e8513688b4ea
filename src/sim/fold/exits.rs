//! A strategy's exits as the account wants them: numbers for one combination, and where its series are in the graph.

use super::columns::Columns;
use super::graph::{Graph, SeriesRef};
use crate::account::{Distance, Distances, EntryOrder, ExitPlan, Fill, Leverage, SizeRule, Sizing};
use crate::rules::{Expr, parse_expr};
use crate::strategy::Strategy;

/// Bars over which volatility is measured where nothing else is said.
const VOLATILITY_BARS: f64 = 30.0;
/// Maintenance margin where nothing else is said.
const MAINTENANCE: f64 = 0.005;

/// Bars for which an entry rests where nothing else is said.
const VALID_BARS: usize = 1;

/// The standard deviation of the returns over `$0` bars.
fn deviation_of_returns() -> Expr {
    let text = "stddev(close / prev(close, 1) - 1, bars)";
    parse_expr("volatility", text, &["bars"]).unwrap_or_else(|error| unreachable!("{error}"))
}

/// The exits and the size of one combination.
pub(super) struct BoundExits {
    pub plan: ExitPlan,
    stop: Option<SeriesRef>,
    target: Option<SeriesRef>,
    trailing: Option<SeriesRef>,
    deviation: Option<SeriesRef>,
    entry: Option<SeriesRef>,
}

impl BoundExits {
    /// Puts the series of a combination's exits into the graph; nothing where it has rules alone.
    pub(super) fn add(graph: &mut Graph, strategy: &Strategy, values: &[f64]) -> Option<Self> {
        let exits = &strategy.terms;
        if exits.is_empty() {
            return None;
        }
        let mut level = |fraction: &str, distance: &str| {
            if let Some(fraction) = exits.number(fraction, values) {
                return (Distance::Fraction(fraction), None);
            }
            let Some(expr) = exits.get(distance) else { return (Distance::None, None) };
            match graph.series(expr, values) {
                Some(series) => {
                    graph.keep_before(series);
                    (Distance::Series, Some(series))
                }
                None => (exits.number(distance, values).map_or(Distance::None, Distance::Price), None),
            }
        };
        let (stop, stop_series) = level("stop_loss", "stop_distance");
        let (mut target, target_series) = level("take_profit", "target_distance");
        let (trailing, trailing_series) = level("trailing_stop", "trailing_distance");
        let limit = level("entry_limit", "entry_limit_distance");
        let ((entry, entry_series), is_limit) =
            if limit.0 == Distance::None { (level("entry_stop", "entry_stop_distance"), false) } else { (limit, true) };
        let mut steps: Vec<(usize, f64)> =
            exits.steps(values).into_iter().map(|(bars, gain)| (whole(bars), gain)).collect();
        if let Some(&(0, gain)) = steps.first() {
            target = Distance::Fraction(gain);
            steps.remove(0);
        }
        let get = |name: &str| exits.number(name, values);
        let rule = [
            get("size_fraction").map(SizeRule::Fraction),
            get("size_cash").map(SizeRule::Cash),
            get("size_units").map(SizeRule::Units),
            get("risk").map(SizeRule::Risk),
            get("size_volatility").map(SizeRule::Volatility),
        ];
        let rule = rule.into_iter().flatten().next().unwrap_or_default();
        let deviation = matches!(rule, SizeRule::Volatility(_)).then(|| {
            let bars = get("volatility_bars").unwrap_or(VOLATILITY_BARS);
            let series = graph.series(&deviation_of_returns(), &[bars])?;
            graph.keep_before(series);
            Some(series)
        });
        // All of the equity is today's rule, with its own fast path.
        let rule = if rule == SizeRule::Fraction(1.0) { SizeRule::All } else { rule };
        let valid = get("entry_valid").map_or(VALID_BARS, whole);
        let plan = ExitPlan {
            entry: (entry != Distance::None).then_some(EntryOrder { is_limit, distance: entry, valid }),
            sizing: Sizing { rule, lot: get("lot").unwrap_or(0.0), min_notional: get("min_notional").unwrap_or(0.0) },
            leverage: Leverage {
                limit: get("leverage"),
                maintenance: get("maintenance").unwrap_or(MAINTENANCE),
                funding: get("funding_rate").unwrap_or(0.0),
                market_funding: exits.has_market_funding(),
                borrow: get("borrow_rate").unwrap_or(0.0),
            },
            stop,
            target,
            steps,
            trailing,
            trailing_after: exits.number("trailing_after", values),
            break_even_after: exits.number("break_even_after", values),
            max_bars: exits.number("max_bars", values).map(whole),
            cooldown: exits.number("cooldown", values).map_or(0, whole),
            min_profit: exits.number("min_profit", values),
        };
        let (stop, target, trailing) = (stop_series, target_series, trailing_series);
        Some(Self { plan, stop, target, trailing, deviation: deviation.flatten(), entry: entry_series })
    }

    /// Whether anything of it is read from a series at the bar of the signal.
    pub(super) fn reads_series(&self) -> bool {
        [self.stop, self.target, self.trailing, self.deviation, self.entry].iter().any(Option::is_some)
    }

    /// Bars at the start at which a distance is undefined, so that nothing is entered.
    pub(super) fn lookback(&self) -> usize {
        [self.stop, self.target, self.trailing, self.deviation, self.entry]
            .into_iter()
            .flatten()
            .map(|series| series.lookback)
            .max()
            .unwrap_or(0)
    }

    /// The distances of the current tile, those of the signal's bar at the bar of the fill.
    pub(super) fn distances<'a>(&self, columns: &'a Columns, fill: Fill) -> Distances<'a> {
        let later = usize::from(fill == Fill::NextOpen);
        let read = |series: Option<SeriesRef>| {
            series.map_or_else(Default::default, |series| columns.read(series.column, series.lag + later))
        };
        Distances {
            stop: read(self.stop),
            target: read(self.target),
            trailing: read(self.trailing),
            deviation: read(self.deviation),
            entry: read(self.entry),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked: whole, and from 0 to 100 million"
)]
fn whole(bars: f64) -> usize {
    bars as usize
}
