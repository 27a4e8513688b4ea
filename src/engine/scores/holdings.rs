//! Holdings beside what a portfolio would hold now, and the trades between the two.

use super::{AssetScore, Concentration, RankedAsset, ScoreRanking};
use crate::sim::HoldingRow;
use crate::sim::strategy::PortfolioNumbers;

/// How much of an asset is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HoldingAmount {
    /// Units of the asset; of cash, quote currency.
    Units(f64),
    /// Fraction of the whole value.
    Weight(f64),
}

/// One holding; `None` is cash.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldingEntry {
    /// Symbol as the ranked assets have it.
    pub symbol: Option<String>,
    /// Not negative. Weights sum to 1.
    pub amount: HoldingAmount,
}

/// Holdings, what they are worth, and the way to the portfolio's weights.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldingsAnalysis {
    /// The largest first; then what is not held and should be, the best first.
    pub rows: Vec<HoldingRow>,
    /// Value of all, cash included, in quote currency.
    pub value: f64,
    /// Cash in it.
    pub cash: f64,
    /// Fraction of the value that would be cash.
    pub target_cash: f64,
    /// Mean score by weight, of those that have one.
    pub score: Option<f64>,
    /// Mean rating by weight, of those that have one.
    pub rating: Option<f64>,
    /// How much of it is in few assets; none where nothing but cash is held.
    pub concentration: Option<Concentration>,
}

impl HoldingsAnalysis {
    /// Of these holdings, each of another asset among those that are ranked. `value` is what weights are fractions of.
    #[must_use]
    pub fn new(
        holdings: &[HoldingEntry],
        value: f64,
        assets: &[AssetScore],
        ranking: &ScoreRanking,
        numbers: &PortfolioNumbers,
    ) -> Self {
        let places = RankedPlaces { assets, ranking };
        let held = |asset: usize| {
            let holding = holdings.iter().find(|holding| holding.symbol.as_deref() == Some(&assets[asset].symbol));
            holding.map(|holding| match holding.amount {
                HoldingAmount::Units(units) => units * assets[asset].close,
                HoldingAmount::Weight(weight) => weight * value,
            })
        };
        let cash = holdings.iter().filter(|holding| holding.symbol.is_none()).map(|holding| match holding.amount {
            HoldingAmount::Units(units) => units,
            HoldingAmount::Weight(weight) => weight * value,
        });
        let cash: f64 = cash.sum();
        let mut rows: Vec<HoldingRow> =
            places.by_symbol().filter_map(|asset| Some(places.row(asset, held(asset)?))).collect();
        let value = rows.iter().map(|row| row.value).sum::<f64>() + cash;
        let targets = places.targets(numbers, &|asset| held(asset).is_some_and(|value| value > 0.0));
        for &(asset, weight) in &targets {
            match rows.iter_mut().find(|row| row.symbol == assets[asset].symbol) {
                Some(row) => row.target_weight = weight,
                None => rows.push(HoldingRow { target_weight: weight, ..places.row(asset, 0.0) }),
            }
        }
        for row in &mut rows {
            row.weight = if value > 0.0 { row.value / value } else { 0.0 };
            let change = row.target_weight - row.weight;
            if change.abs() >= numbers.band {
                row.trade_value = change * value;
                row.trade_units = row.trade_value / row.price;
            }
        }
        rows.sort_by(|a, b| {
            let rank = |row: &HoldingRow| row.rank.unwrap_or(u64::MAX);
            b.weight.total_cmp(&a.weight).then(rank(a).cmp(&rank(b))).then_with(|| a.symbol.cmp(&b.symbol))
        });
        let weights: Vec<f64> = rows.iter().map(|row| row.weight).collect();
        Self {
            value,
            cash,
            target_cash: 1.0 - rows.iter().map(|row| row.target_weight).sum::<f64>(),
            score: mean(&rows, |row| row.score),
            rating: mean(&rows, |row| row.rating),
            concentration: Concentration::of(&weights),
            rows,
        }
    }
}

/// By weight, of those that have a value.
fn mean(rows: &[HoldingRow], value: impl Fn(&HoldingRow) -> Option<f64>) -> Option<f64> {
    let of = || rows.iter().filter_map(|row| Some((row.weight, value(row)?)));
    let weight: f64 = of().map(|(weight, _)| weight).sum();
    (weight > 0.0).then(|| of().map(|(weight, value)| weight * value).sum::<f64>() / weight)
}

/// The ranked assets.
struct RankedPlaces<'a> {
    assets: &'a [AssetScore],
    ranking: &'a ScoreRanking,
}

impl RankedPlaces<'_> {
    /// In an order that does not depend on the one in which assets were listed: sums go through it.
    fn by_symbol(&self) -> impl Iterator<Item = usize> {
        let mut order: Vec<usize> = (0..self.assets.len()).collect();
        order.sort_by_key(|&asset| &self.assets[asset].symbol);
        order.into_iter()
    }

    /// With this value in it, and nothing planned.
    fn row(&self, asset: usize, value: f64) -> HoldingRow {
        let AssetScore { symbol, close, .. } = &self.assets[asset];
        let ranked = self.ranking.ranked.iter().find(|ranked| ranked.asset == asset);
        HoldingRow {
            symbol: symbol.clone(),
            units: value / close,
            price: *close,
            value,
            weight: 0.0,
            rank: ranked.and_then(|ranked| ranked.rank),
            score: self.assets[asset].last().and_then(|point| point.score),
            rating: ranked.and_then(|ranked| ranked.rating),
            target_weight: 0.0,
            trade_units: 0.0,
            trade_value: 0.0,
        }
    }

    /// What the portfolio would hold now, the best first: of the candidates the first `top`, but those that are held stay as
    /// long as they are among the first `keep`.
    fn targets(&self, numbers: &PortfolioNumbers, is_held: &dyn Fn(usize) -> bool) -> Vec<(usize, f64)> {
        let candidate = |ranked: &RankedAsset| {
            let asset = &self.assets[ranked.asset];
            let is_one = ranked.rank.is_some() && asset.last().is_some_and(|point| point.is_candidate);
            let weight = asset.weight.filter(|weight| is_one && *weight > 0.0)?;
            Some((ranked.asset, weight))
        };
        let candidates: Vec<(usize, f64)> = self.ranking.ranked.iter().filter_map(candidate).collect();
        let stays = |place: usize| place < numbers.keep && is_held(candidates[place].0);
        let (staying, others): (Vec<usize>, Vec<usize>) = (0..candidates.len()).partition(|place| stays(*place));
        let mut chosen: Vec<usize> = staying.into_iter().chain(others).take(numbers.top).collect();
        chosen.sort_unstable();
        let sum: f64 = chosen.iter().map(|place| candidates[*place].1).sum();
        let weight = |place: usize| {
            let (asset, weight) = candidates[place];
            (asset, (numbers.invest * weight / sum).min(numbers.max_weight))
        };
        chosen.into_iter().map(weight).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::ScorePoint;
    use crate::sim::strategy::Rebalance;

    const NUMBERS: PortfolioNumbers =
        PortfolioNumbers { top: 2, keep: 3, band: 0.0, max_weight: 1.0, invest: 1.0, every: Rebalance::Bars(1) };

    fn assets(scores: &[(&str, f64, f64)]) -> Vec<AssetScore> {
        let one = |&(symbol, score, close): &(&str, f64, f64)| AssetScore {
            close,
            ..AssetScore::of_points(symbol, vec![ScorePoint { time: 9, score: Some(score), is_candidate: score > 0.0 }])
        };
        scores.iter().map(one).collect()
    }

    fn holding(symbol: &str, amount: HoldingAmount) -> HoldingEntry {
        HoldingEntry { symbol: (symbol != "CASH").then(|| symbol.to_owned()), amount }
    }

    fn analysed(holdings: &[HoldingEntry], assets: &[AssetScore], numbers: &PortfolioNumbers) -> HoldingsAnalysis {
        HoldingsAnalysis::new(holdings, 1_000.0, assets, &ScoreRanking::new(assets, 7), numbers)
    }

    fn row<'a>(analysis: &'a HoldingsAnalysis, symbol: &str) -> &'a HoldingRow {
        analysis.rows.iter().find(|row| row.symbol == symbol).unwrap()
    }

    #[test]
    fn holdings_are_worth_units_times_the_last_close_and_their_cash() {
        let assets = assets(&[("A", 9.0, 10.0), ("B", 6.0, 2.0), ("C", 3.0, 4.0)]);
        let holdings = [
            holding("B", HoldingAmount::Units(128.0)),
            holding("C", HoldingAmount::Units(32.0)),
            holding("CASH", HoldingAmount::Units(128.0)),
        ];
        let analysis = analysed(&holdings, &assets, &NUMBERS);
        assert_eq!((analysis.value, analysis.cash, analysis.score), (512.0, 128.0, Some(5.0)));
        assert_eq!((row(&analysis, "B").weight, row(&analysis, "C").rank), (0.5, Some(3)));
        assert!(analysis.concentration.is_some_and(|one| (one.effective_number - 1.8).abs() < 1e-12));
        let trades: Vec<(&str, f64, f64)> =
            analysis.rows.iter().map(|row| (row.symbol.as_str(), row.target_weight, row.trade_value)).collect();
        // Both that are held are among the first three, and so they stay.
        assert_eq!(trades, [("B", 0.5, 0.0), ("C", 0.5, 128.0)]);
    }

    #[test]
    fn what_falls_behind_keep_or_is_no_candidate_is_sold_for_the_best() {
        let assets = assets(&[("A", 9.0, 10.0), ("B", 5.0, 2.0), ("C", 1.0, 5.0), ("D", -1.0, 4.0)]);
        let held = [holding("D", HoldingAmount::Weight(0.5)), holding("C", HoldingAmount::Weight(0.5))];
        let analysis = analysed(&held, &assets, &PortfolioNumbers { keep: 2, ..NUMBERS });
        assert_eq!(analysis.value.to_bits(), 1_000.0_f64.to_bits());
        for (symbol, units) in [("A", 50.0), ("B", 250.0), ("C", -100.0), ("D", -125.0)] {
            assert_eq!(row(&analysis, symbol).trade_units.to_bits(), f64::to_bits(units), "{symbol}");
        }
        assert_eq!(analysis.target_cash.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn small_changes_are_no_trades_and_a_largest_weight_leaves_cash() {
        let assets = assets(&[("A", 9.0, 10.0), ("B", 5.0, 2.0)]);
        let held = [holding("A", HoldingAmount::Weight(0.51)), holding("B", HoldingAmount::Weight(0.49))];
        let analysis = analysed(&held, &assets, &PortfolioNumbers { band: 0.02, ..NUMBERS });
        assert!(analysis.rows.iter().all(|row| row.trade_units == 0.0));
        let capped = analysed(&held, &assets, &PortfolioNumbers { max_weight: 0.25, ..NUMBERS });
        assert_eq!((capped.target_cash, row(&capped, "A").trade_value), (0.5, -260.0));
    }

    #[test]
    fn nothing_but_cash_has_neither_a_score_nor_a_concentration() {
        let assets = assets(&[("A", 9.0, 10.0)]);
        let analysis = analysed(&[holding("CASH", HoldingAmount::Weight(1.0))], &assets, &NUMBERS);
        assert_eq!((analysis.score, analysis.rating, analysis.concentration), (None, None, None));
        assert_eq!(row(&analysis, "A").trade_units.to_bits(), 100.0_f64.to_bits());
    }

    #[test]
    fn no_bit_depends_on_the_order_of_assets_and_holdings() {
        let mut assets = assets(&[("A", 9.1, 10.3), ("B", 5.7, 2.9), ("C", 1.3, 5.1), ("D", 4.4, 0.7)]);
        let mut held = vec![
            holding("D", HoldingAmount::Units(3.3)),
            holding("C", HoldingAmount::Units(1.7)),
            holding("A", HoldingAmount::Units(0.9)),
        ];
        let first = analysed(&held, &assets, &NUMBERS);
        assets.reverse();
        held.rotate_left(1);
        assert_eq!(format!("{:?}", analysed(&held, &assets, &NUMBERS)), format!("{first:?}"));
    }
}
