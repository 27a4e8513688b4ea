//! Stored and computed values side by side, by their bits.

use crate::cache::{StoredBlock, StoredPortfolio, StoredResult, StoredScore, StoredSegments};
use crate::sim::metrics::{Outcome, TABLE};
use crate::sim::{LastBar, Trade};

/// The first difference between stored metrics and an outcome, in words.
pub(super) fn results(stored: &StoredResult, computed: &Outcome) -> Option<String> {
    let facts = [
        ("bars", i128::from(stored.bars), i128::from(computed.bars)),
        ("start", i128::from(stored.start), i128::from(computed.start)),
        ("end", i128::from(stored.end), i128::from(computed.end)),
        ("ruined", i128::from(stored.ruined), i128::from(computed.ruined)),
    ];
    let fact = facts.into_iter().find(|(_, stored, computed)| stored != computed);
    let fact = fact.map(|(name, stored, computed)| difference(name, &stored, &computed));
    fact.or_else(|| metrics(&stored.metrics, &computed.metrics))
}

/// What a stored last bar says otherwise than the candles, in words.
pub(super) fn last_bars(stored: &LastBar, computed: &LastBar) -> Option<String> {
    let texts = [stored, computed].map(|last| format!("{last:?}"));
    (stored != computed).then(|| difference("the last bar", &texts[0], &texts[1]))
}

/// The first difference between a stored block and the outcomes of its points, in words.
pub(super) fn blocks(stored: &StoredBlock, computed: &[Outcome]) -> Option<String> {
    if stored.ruined.len() != computed.len() {
        return Some(difference("its number of points", &stored.ruined.len(), &computed.len()));
    }
    let width = (stored.metrics.len() / stored.ruined.len().max(1)).max(1);
    let points = stored.metrics.chunks(width).zip(&stored.ruined).zip(computed).enumerate();
    points.into_iter().find_map(|(at, ((metrics, ruined), computed))| {
        let (bars, start, end) = (stored.bars, stored.start, stored.end);
        let point = StoredResult { bars, start, end, ruined: *ruined, metrics: metrics.to_vec(), last: None };
        results(&point, computed).map(|difference| format!("point {}: {difference}", at + 1))
    })
}

/// The first difference between stored statistics by segments and computed ones, in words.
pub(super) fn segments(stored: &StoredSegments, computed: &StoredSegments) -> Option<String> {
    let shape = |one: &StoredSegments| (one.bars, one.start, one.end, one.per_point, one.row_count(), one.detail());
    if shape(stored) != shape(computed) {
        let texts = [stored, computed].map(|one| format!("{:?}", shape(one)));
        return Some(difference("bars, segments and points", &texts[0], &texts[1]));
    }
    let row = stored.first_difference(computed)?;
    let width = usize::try_from(stored.per_point).unwrap_or(1).max(1);
    let outline = |one: &StoredSegments| {
        let (equity, trades, exposed) = one.outline()[row];
        format!("equity {equity}, {trades} trades, {exposed} bars held")
    };
    let what = format!("point {}, segment {}", row / width + 1, row % width + 1);
    let (one, two) = (outline(stored), outline(computed));
    if one == two { Some(format!("{what}: sums differ")) } else { Some(difference(&what, &one, &two)) }
}

/// The first difference between stored trades and computed ones, in words.
pub(super) fn trades(stored: &[Trade], computed: &[Trade]) -> Option<String> {
    if stored.len() != computed.len() {
        return Some(difference("the number of trades", &stored.len(), &computed.len()));
    }
    let pairs = stored.iter().zip(computed).enumerate();
    pairs.into_iter().find_map(|(at, (stored, computed))| {
        trade(stored, computed).map(|difference| format!("trade {}: {difference}", at + 1))
    })
}

fn trade(stored: &Trade, computed: &Trade) -> Option<String> {
    let terms =
        |trade: &Trade| (trade.side, trade.entry_time, trade.exit_time, trade.bars, trade.open, trade.exit_reason);
    if terms(stored) != terms(computed) {
        return Some(difference(
            "side, times, bars or reason",
            &format!("{:?}", terms(stored)),
            &format!("{:?}", terms(computed)),
        ));
    }
    let numbers = |trade: &Trade| {
        let Trade { entry_price, exit_price, size, fees, pnl, ret, mae, mfe, .. } = *trade;
        [
            ("entry_price", entry_price),
            ("exit_price", exit_price),
            ("size", size),
            ("fees", fees),
            ("pnl", pnl),
            ("return", ret),
            ("mae", mae),
            ("mfe", mfe),
        ]
    };
    let mut pairs = numbers(stored).into_iter().zip(numbers(computed));
    let other = pairs.find(|((_, stored), (_, computed))| stored.to_bits() != computed.to_bits());
    other.map(|((name, stored), (_, computed))| difference(name, &stored, &computed))
}

/// The first difference between what is stored of a portfolio beside its metrics and what is computed, in words.
pub(super) fn portfolios(stored: &StoredPortfolio, computed: &StoredPortfolio) -> Option<String> {
    let counts =
        [("bars with fills", stored.rebalances, computed.rebalances), ("positions", stored.open, computed.open)];
    let count = counts.into_iter().find(|(_, stored, computed)| stored != computed);
    let sums = |one: &StoredPortfolio| one.blocks.iter().flatten().copied().collect::<Vec<f64>>();
    let numbers = [
        ("average held, average invested or value of fills", stored.figures.to_vec(), computed.figures.to_vec()),
        ("contribution", stored.contributions.clone(), computed.contributions.clone()),
        ("sum of a block of time", sums(stored), sums(computed)),
    ];
    let number = || numbers.iter().find_map(|(name, stored, computed)| number(name, stored, computed));
    count.map(|(name, stored, computed)| difference(name, &stored, &computed)).or_else(number)
}

/// The first difference between a stored score and a computed one, in words.
pub(super) fn scores(stored: &StoredScore, computed: &StoredScore) -> Option<String> {
    let shape = |one: &StoredScore| (one.bars, one.start, one.end, one.times.clone(), one.candidates.clone());
    if shape(stored) != shape(computed) {
        let bars = |one: &StoredScore| format!("{} bars from {} to {}", one.bars, one.start, one.end);
        return Some(difference("bars or candidates", &bars(stored), &bars(computed)));
    }
    let undefined = |value: &Option<f64>| value.unwrap_or(f64::NAN);
    let numbers = |one: &StoredScore| {
        let parts = one.scores.iter().chain(&one.parts).chain([&one.weight]).map(undefined);
        parts.chain([one.close]).collect::<Vec<f64>>()
    };
    number("score, part, weight or close", &numbers(stored), &numbers(computed))
}

fn number(what: &str, stored: &[f64], computed: &[f64]) -> Option<String> {
    if stored.len() != computed.len() {
        return Some(difference(&format!("the number of values ({what})"), &stored.len(), &computed.len()));
    }
    let mut pairs = stored.iter().zip(computed);
    let other = pairs.find(|(stored, computed)| stored.to_bits() != computed.to_bits());
    other.map(|(stored, computed)| difference(what, stored, computed))
}

fn metrics(stored: &[Option<f64>], computed: &[Option<f64>]) -> Option<String> {
    let bits = |value: &Option<f64>| value.map(f64::to_bits);
    let at = stored.iter().zip(computed).position(|(stored, computed)| bits(stored) != bits(computed))?;
    let text = |value: Option<f64>| value.map_or_else(|| "undefined".to_owned(), |value| value.to_string());
    Some(difference(TABLE[at].name, &text(stored[at]), &text(computed[at])))
}

fn difference(what: &str, stored: &dyn std::fmt::Display, computed: &dyn std::fmt::Display) -> String {
    format!("{what} is stored as {stored} and computed as {computed}")
}
