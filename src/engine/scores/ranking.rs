//! Assets in the order of their scores, now and some time ago.

use super::{AssetScore, ScorePoint};
use crate::sim::Millis;

/// An asset among others by its score.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedAsset {
    /// Its place in the list that was ranked.
    pub asset: usize,
    /// 1 for the highest score; none where there is no score, or no bar that is recent enough.
    pub rank: Option<u64>,
    /// How it stands among the others, from 0 to 10: the share of those ranked that it is ahead of, an equal score counting
    /// half; none of an asset without rank, and of the only one.
    pub rating: Option<f64>,
    /// The score some time ago.
    pub score_before: Option<f64>,
    /// The rank some time ago, among those that had one then.
    pub rank_before: Option<u64>,
}

/// All assets by their scores.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRanking {
    /// Open time of the newest bar of all; none where there is no asset.
    pub time: Option<Millis>,
    /// Best first; then those without a rank, by their symbols.
    pub ranked: Vec<RankedAsset>,
}

impl ScoreRanking {
    /// These assets, whose symbols decide where scores are equal. An asset that had no bar for `ago` has no rank: it has
    /// ended, or its candles are old.
    #[must_use]
    pub fn new(assets: &[AssetScore], ago: Millis) -> Self {
        let time = assets.iter().map(|asset| asset.end).max();
        let at = |moment: Option<Millis>| Standing::at(assets, moment, ago);
        let (now, before) = (at(time), at(time.map(|time| time.saturating_sub(ago))));
        let mut ranked: Vec<RankedAsset> = (0..assets.len())
            .map(|asset| RankedAsset {
                asset,
                rank: now.ranks[asset],
                rating: now.rating(asset),
                score_before: before.scores[asset],
                rank_before: before.ranks[asset],
            })
            .collect();
        ranked.sort_by_key(|one| (one.rank.unwrap_or(u64::MAX), &assets[one.asset].symbol));
        Self { time, ranked }
    }
}

/// Scores and ranks at one moment.
struct Standing {
    scores: Vec<Option<f64>>,
    ranks: Vec<Option<u64>>,
    /// The scores of those that have a rank, the highest first.
    sorted: Vec<f64>,
}

impl Standing {
    fn at(assets: &[AssetScore], moment: Option<Millis>, ago: Millis) -> Self {
        let score = |asset: &AssetScore| recent(&asset.recent, moment?, ago)?.score;
        let scores: Vec<Option<f64>> = assets.iter().map(score).collect();
        let mut order: Vec<(f64, usize)> =
            scores.iter().enumerate().filter_map(|(asset, score)| Some(((*score)?, asset))).collect();
        order.sort_by(|(a, one), (b, other)| {
            b.total_cmp(a).then_with(|| assets[*one].symbol.cmp(&assets[*other].symbol))
        });
        let mut ranks = vec![None; assets.len()];
        for (rank, (_, asset)) in (1..).zip(&order) {
            ranks[*asset] = Some(rank);
        }
        Self { scores, ranks, sorted: order.into_iter().map(|(score, _)| score).collect() }
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of assets are far below 2^53")]
    fn rating(&self, asset: usize) -> Option<f64> {
        let score = self.scores[asset]?;
        let ahead = self.sorted.partition_point(|other| *other > score);
        let not_behind = self.sorted.partition_point(|other| *other >= score);
        let (behind, equal) = (self.sorted.len() - not_behind, not_behind - ahead - 1);
        let others = (self.sorted.len() - 1) as f64;
        (others > 0.0).then(|| 10.0 * (behind as f64 + equal as f64 / 2.0) / others)
    }
}

/// The last point that is not after a moment, nor older than `ago` then.
fn recent(points: &[ScorePoint], moment: Millis, ago: Millis) -> Option<&ScorePoint> {
    let behind = points.partition_point(|point| point.time <= moment);
    points[..behind].last().filter(|point| point.time > moment.saturating_sub(ago))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: Millis = 7;

    fn asset(symbol: &str, points: &[(Millis, f64)]) -> AssetScore {
        let recent = points.iter().map(|&(time, score)| ScorePoint {
            time,
            score: Some(score).filter(|score| score.is_finite()),
            is_candidate: true,
        });
        AssetScore::of_points(symbol, recent.collect())
    }

    fn shown(assets: &[AssetScore]) -> Vec<String> {
        let one = |one: RankedAsset| {
            let whole = |rank: Option<u64>| rank.map_or("-".to_owned(), |rank| rank.to_string());
            let rating = one.rating.map_or("-".to_owned(), |rating| format!("{rating:.1}"));
            format!("{} {} {rating} {}", assets[one.asset].symbol, whole(one.rank), whole(one.rank_before))
        };
        ScoreRanking::new(assets, WEEK).ranked.into_iter().map(one).collect()
    }

    #[test]
    fn the_highest_score_is_first_and_equal_ones_go_by_symbol() {
        let assets = [
            asset("C", &[(10, 1.0), (20, 2.0)]),
            asset("B", &[(10, 5.0), (20, 2.0)]),
            asset("A", &[(10, 3.0), (20, 9.0)]),
            asset("D", &[(20, 0.5)]),
        ];
        assert_eq!(shown(&assets), ["A 1 10.0 2", "B 2 5.0 1", "C 3 5.0 3", "D 4 0.0 -"]);
    }

    #[test]
    fn an_asset_without_a_score_or_a_bar_of_late_has_no_rank() {
        let assets = [
            asset("ENDED", &[(3, 9.0), (12, 9.0)]),
            asset("NEW", &[(20, f64::NAN)]),
            asset("B", &[(13, 1.0), (14, 4.0), (20, 2.0)]),
        ];
        // The last bar of ENDED is 8 before the newest of all.
        assert_eq!(shown(&assets), ["B 1 - 2", "ENDED - - 1", "NEW - - -"]);
    }

    #[test]
    fn the_order_in_which_assets_are_listed_changes_nothing() {
        let mut assets: Vec<AssetScore> =
            (0..30_u32).map(|at| asset(&format!("A{at:02}"), &[(20, f64::from(at * 7 % 10))])).collect();
        let first = shown(&assets);
        assets.reverse();
        assert_eq!(shown(&assets), first);
    }
}
