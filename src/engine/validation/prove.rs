//! Whether a strategy looks ahead, and how many bars its indicators need before they settle.
//!
//! The fold cannot look ahead; what is shown here is that of this strategy on these candles nothing did: what happened up to
//! a cut is the same, bit for bit, where the candles end at the cut.

use std::collections::BTreeSet;

use crate::data::Known;
use crate::inputs::{AssetData, open_columns};
use crate::plan::Plan;
use crate::pool::Pool;
use crate::sim::account::Record;
use crate::sim::fold::{Combination, Compiled, Market, OwnSeries, last_values};
use crate::sim::random::{below, bits_at};
use crate::sim::{FieldSet, Millis, Trade};

/// Where an indicator is begun, in bars before the last: what programs that trade live keep in memory.
pub const STARTS: [usize; 5] = [199, 399, 499, 999, 1_999];

/// What was found.
#[derive(Clone, Debug)]
pub struct Proof {
    /// What is known of the candles.
    pub known: Known,
    /// Open times of the last bars before the cuts, ascending.
    pub cuts: Vec<Millis>,
    /// Closed trades of the whole range.
    pub trades: usize,
    /// The first cut at which something was different, and what.
    pub difference: Option<CutDifference>,
    /// The indicators.
    pub indicators: Vec<IndicatorStarts>,
}

/// What is different where candles end earlier.
#[derive(Clone, Debug, PartialEq)]
pub struct CutDifference {
    /// Open time of the last bar before the cut.
    pub cut: Millis,
    /// Open time of the bar with the difference.
    pub bar: Millis,
    /// What is different there.
    pub what: &'static str,
}

/// An indicator at the last bar.
#[derive(Clone, Debug, PartialEq)]
pub struct IndicatorStarts {
    /// As in `rsi(close, 14)`.
    pub name: String,
    /// With all candles; none where it is undefined.
    pub value: Option<f64>,
    /// For each of [`STARTS`], its value where the candles begin there; none where it is undefined, or there are not so
    /// many.
    pub started: [Option<f64>; STARTS.len()],
}

impl IndicatorStarts {
    /// How far the value is from that with all candles, as a fraction of it; none where one of them is undefined.
    #[must_use]
    pub fn moved(&self, start: usize) -> Option<f64> {
        let (value, started) = (self.value?, self.started[start]?);
        let scale = value.abs().max(started.abs());
        Some(if scale == 0.0 { 0.0 } else { (started - value).abs() / scale })
    }
}

/// Proves the first strategy of a plan on its first asset: at so many cuts, drawn by a seed.
///
/// # Errors
/// When the candles cannot be used, or are too few to be cut.
///
/// # Panics
/// When the plan has no asset or no strategy.
pub fn prove(plan: &Plan, cuts: usize, seed: u64) -> Result<Proof, String> {
    let pool = Pool::new(plan.threads);
    let data = open_columns(plan, &plan.assets[0], FieldSet::ALL, &pool)?;
    let bars = data.market().candles.len();
    if bars < 2 {
        return Err(format!(
            "{}: one bar cannot be cut; choose a longer range with --from and --to",
            plan.assets[0].path.display()
        ));
    }
    let bound = &plan.strategies[0];
    let combination = Combination { strategy: &bound.strategy, values: &bound.values };
    let compiled = Compiled::new([combination], plan.settings.direction);
    let whole = Told::of(plan, &data, &compiled, bars);
    let mut draws = (0..).map(|draw| 1 + below(bits_at(seed, draw), bars - 1));
    let mut places = BTreeSet::new();
    while places.len() < cuts.min(bars - 1) {
        places.extend(draws.next());
    }
    let places: Vec<usize> = places.into_iter().collect();
    let one = |cut: usize| (cut, Told::of(plan, &data, &compiled, cut).difference(&whole));
    let found = pool.map(places.clone(), one);
    let time = &data.market().candles.time;
    let difference = found.into_iter().find_map(|(cut, different)| {
        different.map(|(bar, what)| CutDifference { cut: time[cut - 1], bar: time[bar], what })
    });
    let indicators = indicators(plan, combination, data.market());
    Ok(Proof {
        cuts: places.iter().map(|cut| time[cut - 1]).collect(),
        trades: whole.trades.iter().filter(|trade| !trade.open).count(),
        difference,
        indicators,
        known: data.known.into_known(),
    })
}

/// What an account was told up to a bar.
struct Told {
    time: Vec<Millis>,
    equity: Vec<f64>,
    trades: Vec<Trade>,
}

impl Told {
    /// Of candles that end after so many bars.
    fn of(plan: &Plan, data: &AssetData, compiled: &Compiled, bars: usize) -> Self {
        let candles = data.market().candles.slice(0..bars);
        let mut records = [Record::default()];
        let market = data.market_with(&candles, data.market().own);
        compiled.fold(market, &plan.terms(), &mut records);
        let [record] = records;
        let trades = record.trades(&candles, market.detail, plan.settings.fill);
        Self { time: candles.time, equity: record.equity, trades }
    }

    /// The first bar at which the whole history is different, and what.
    fn difference(&self, whole: &Self) -> Option<(usize, &'static str)> {
        let bits = |equity: &[f64]| equity.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        let (own, other) = (bits(&self.equity), bits(&whole.equity[..self.equity.len()]));
        if let Some(bar) = own.iter().zip(&other).position(|(own, other)| own != other) {
            return Some((bar, "equity"));
        }
        let end = *self.time.last()?;
        // A trade that is open at the cut has no exit yet; its entry is to be the same.
        let seen = whole.trades.iter().filter(|trade| trade.entry_time <= end);
        let pairs = self.trades.iter().zip(seen.clone());
        let bar = |trade: &Trade| self.time.partition_point(|time| *time < trade.entry_time).min(self.time.len() - 1);
        for (own, other) in pairs {
            let same = if own.open { is_same_entry(own, other) } else { own == other };
            if !same {
                return Some((bar(own), "trades"));
            }
        }
        (self.trades.len() != seen.count()).then(|| (self.time.len() - 1, "number of trades"))
    }
}

fn is_same_entry(own: &Trade, other: &Trade) -> bool {
    let entry = |trade: &Trade| (trade.side, trade.entry_time, trade.entry_price.to_bits(), trade.size.to_bits());
    entry(own) == entry(other)
}

fn indicators(plan: &Plan, combination: Combination<'_>, market: Market<'_>) -> Vec<IndicatorStarts> {
    let candles = market.candles;
    let from = |start: usize| {
        let first = candles.len().checked_sub(start + 1)?;
        let later = candles.slice(first..candles.len());
        let own = |own: &OwnSeries| OwnSeries {
            name: own.name.clone(),
            values: own.values[market.warmup_bars() + first..].to_vec(),
        };
        let own: Vec<OwnSeries> = market.own.iter().map(own).collect();
        let later = Market { others: market.others, own: &own, ..Market::from(&later) };
        Some(last_values(combination, &plan.terms(), later))
    };
    let started = STARTS.map(from);
    let all = last_values(combination, &plan.terms(), market).into_iter().enumerate();
    let one = |(at, (name, value)): (usize, (String, Option<f64>))| IndicatorStarts {
        name,
        value,
        started: started.each_ref().map(|values| values.as_ref().and_then(|values| values.get(at)?.1)),
    };
    all.map(one).collect()
}
