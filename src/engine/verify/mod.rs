//! What is stored against what the candles of today give, bit for bit.

mod difference;
mod portfolio;
mod sample;
mod scores;

pub use portfolio::verify_portfolio;
pub use sample::{Sample, SampleSize};
pub use scores::verify_scores;

use super::batch::last_bar;
use super::block::{Block, GridPoints};
use super::inputs::{AssetData, AssetKnown, open_asset};
use super::plan::{KeyMaker, Plan};
use super::segmentation::Segmentation;
use super::sweep::Slice;
use crate::cache::{EntryId, EntryKind, Key, Results, StoredValue};
use crate::data::Known;
use crate::pool::{Pool, Progress};
use crate::sim::fold::{self, Combination, Market, fold_with_trades};
use crate::sim::{Failed, LastBar};

/// Blocks looked up and computed at once, for each thread.
const AT_ONCE: usize = 4;

/// What a verification came to.
#[derive(Debug, Default)]
pub struct Verified {
    /// Values of the plan that the cache has.
    pub stored: usize,
    /// Values of the plan that it has not.
    pub missing: usize,
    /// Values computed again.
    pub checked: usize,
    /// Those that differ.
    pub mismatches: Vec<Mismatch>,
    /// Assets whose candles cannot be used.
    pub failed: Vec<Failed>,
    /// What is known of each asset's candles.
    pub known: Vec<(String, Known)>,
    /// The user wanted it to end before its end.
    pub stopped: bool,
}

impl Verified {
    /// Both together; of assets that both know, once.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.stored += other.stored;
        self.missing += other.missing;
        self.checked += other.checked;
        self.mismatches.extend(other.mismatches);
        let failed = other.failed.into_iter().filter(|one| !self.failed.contains(one)).collect::<Vec<_>>();
        self.failed.extend(failed);
        let is_new = |(symbol, _): &(String, Known)| self.known.iter().all(|(known, _)| known != symbol);
        let known = other.known.into_iter().filter(is_new).collect::<Vec<_>>();
        self.known.extend(known);
        self.stopped |= other.stopped;
        self
    }
}

/// A stored value that is not what the candles give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Symbol of the asset.
    pub symbol: String,
    /// Name of the strategy.
    pub strategy: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its identity.
    pub key: Key,
    /// The first of the differences, in words.
    pub difference: String,
}

/// A value that the cache has.
struct StoredItem {
    asset: usize,
    strategy: usize,
    key: Key,
    stored: StoredValue,
}

/// Reads all candles of the plan, looks its values up, and computes a sample of those that are stored again.
pub fn verify(plan: &Plan, results: &Results, sample: Sample, progress: &dyn Progress) -> Verified {
    let mut verified = Verified::default();
    let pool = Pool::new(plan.threads);
    let opened = pool.map((0..plan.assets.len()).collect(), |at| (at, open_asset(plan, &plan.assets[at], &pool)));
    let mut assets: Vec<(usize, AssetKnown)> = Vec::new();
    for (at, opened) in opened {
        match opened {
            Ok(data) => assets.push((at, data.known)),
            Err(reason) => verified.failed.push(Failed { symbol: plan.assets[at].symbol.clone(), reason }),
        }
    }
    let items = look_up(plan, results, &assets, &mut verified);
    let drawn = sample.draw(items, |item| item.key);
    verified.checked = drawn.len();

    let mut work: Vec<(usize, Vec<StoredItem>)> = Vec::new();
    for item in drawn {
        match work.last_mut().filter(|(asset, _)| *asset == item.asset) {
            Some((_, items)) => items.push(item),
            None => work.push((item.asset, vec![item])),
        }
    }
    progress.begin(work.len() as u64);
    let known = |at: usize| assets.iter().find(|(asset, _)| *asset == at).map(|(_, known)| known.id());
    let one = |(asset, items): (usize, Vec<StoredItem>)| {
        let opened = open_asset(plan, &plan.assets[asset], &pool)?;
        progress.advance(1);
        if known(asset) != Some(opened.known.id()) {
            return Err(format!("{}: its candles changed while they were verified", plan.assets[asset].symbol));
        }
        Ok(items.iter().filter_map(|item| check_item(plan, &opened, item)).collect::<Vec<_>>())
    };
    let symbols: Vec<usize> = work.iter().map(|(asset, _)| *asset).collect();
    for (asset, mismatches) in symbols.into_iter().zip(pool.map(work, one)) {
        match mismatches {
            Ok(mismatches) => verified.mismatches.extend(mismatches),
            Err(reason) => verified.failed.push(Failed { symbol: plan.assets[asset].symbol.clone(), reason }),
        }
    }
    progress.end();
    verified.known =
        assets.into_iter().map(|(at, known)| (plan.assets[at].symbol.clone(), known.into_known())).collect();
    verified
}

/// Everything of the plan that the cache has.
fn look_up(plan: &Plan, results: &Results, assets: &[(usize, AssetKnown)], verified: &mut Verified) -> Vec<StoredItem> {
    let key_maker = KeyMaker::new(plan);
    let mut places = Vec::new();
    let mut wanted = Vec::new();
    for (asset, known) in assets {
        let keys = key_maker.keys(plan, &known.id(), true);
        for (strategy, (keys, bound)) in keys.iter().zip(&plan.strategies).enumerate() {
            let of_trades = keys.trades.map(|key| (EntryKind::Trades, key));
            for (kind, key) in [(EntryKind::Result, keys.result)].into_iter().chain(of_trades) {
                let (symbol, name) = (plan.assets[*asset].symbol.as_str(), bound.strategy.name.as_str());
                wanted.push(EntryId { key, kind, symbol, strategy: name });
                places.push((*asset, strategy, key));
            }
        }
    }
    let found = results.get(&wanted).into_iter().zip(places);
    let item = |(stored, (asset, strategy, key)): (Option<StoredValue>, (usize, usize, Key))| {
        Some(StoredItem { asset, strategy, key, stored: stored? })
    };
    let items: Vec<StoredItem> = found.filter_map(item).collect();
    // Trades are stored only where somebody asked for them: they are not missed.
    let results = items.iter().filter(|item| item.stored.kind() == EntryKind::Result).count();
    verified.missing = wanted.len() / 2 - results;
    verified.stored = items.len();
    items
}

fn check_item(plan: &Plan, data: &AssetData, item: &StoredItem) -> Option<Mismatch> {
    let market = data.market();
    let bound = &plan.strategies[item.strategy];
    let combination = Combination { strategy: &bound.strategy, values: &bound.values };
    let terms = plan.terms();
    let difference = match &item.stored {
        StoredValue::Result(stored) => {
            let benchmark = plan.benchmark_of(market.candles);
            let (computed, ()) = &fold::fold_in_full(market, &[combination], &terms, &benchmark, &())[0];
            let last = |stored: &LastBar| difference::last_bars(stored, &last_bar::of(plan, data, item.strategy));
            difference::results(stored, computed).or_else(|| stored.last.as_ref().and_then(last))
        }
        StoredValue::Trades(stored) => difference::trades(stored, &fold_with_trades(market, combination, &terms).1),
        StoredValue::Block(_) | StoredValue::Segments(_) | StoredValue::Score(_) | StoredValue::Portfolio(_) => None,
    };
    difference.map(|difference| Mismatch {
        symbol: plan.assets[item.asset].symbol.clone(),
        strategy: bound.strategy.name.clone(),
        kind: item.stored.kind(),
        key: item.key,
        difference,
    })
}

/// Reads the candles of one asset after the other, and computes a sample of the stored blocks of a grid again, and of
/// their statistics by the segments that `cuts` gives for an asset by its number. The sample is drawn before anything is
/// looked up: all that is stored of a large grid would not fit into memory.
pub fn verify_blocks(
    plan: &Plan,
    points: &GridPoints,
    cuts: &dyn Fn(usize) -> Result<Vec<Segmentation>, String>,
    results: &Results,
    sample: Sample,
    progress: &dyn Progress,
) -> Verified {
    let mut verified = Verified::default();
    let pool = Pool::new(plan.threads);
    progress.begin(plan.assets.len() as u64 * points.blocks());
    for (asset, entry) in plan.assets.iter().enumerate() {
        let found = open_asset(plan, entry, &pool).and_then(|data| Ok((data, cuts(asset)?)));
        let (data, cuts) = match found {
            Ok(found) => found,
            Err(reason) => {
                verified.failed.push(Failed { symbol: entry.symbol.clone(), reason });
                continue;
            }
        };
        let cut = |cut: Segmentation| Plan { segments: Some(cut), ..plan.clone() };
        let plans: Vec<Plan> = std::iter::once(plan.clone()).chain(cuts.into_iter().map(cut)).collect();
        let items = BlockItem::all(&plans, points, &data);
        for drawn in sample.draw(items, |item| item.key).chunks(AT_ONCE * plan.threads) {
            if progress.stopped() {
                verified.stopped = true;
                break;
            }
            let strategy = plan.strategies[0].strategy.name.as_str();
            let wanted =
                |item: &BlockItem<'_>| EntryId { key: item.key, kind: item.kind, symbol: &entry.symbol, strategy };
            let found = results.get(&drawn.iter().map(wanted).collect::<Vec<_>>());
            // Statistics by segments are stored only where somebody asked for them: they are not missed.
            let is_missing = |(item, found): &(&BlockItem<'_>, &Option<StoredValue>)| {
                found.is_none() && item.kind == EntryKind::Block
            };
            verified.missing += drawn.iter().zip(&found).filter(is_missing).count();
            let stored: Vec<(&BlockItem<'_>, StoredValue)> =
                drawn.iter().zip(found).filter_map(|(item, found)| Some((item, found?))).collect();
            verified.stored += stored.len();
            verified.checked += stored.len();
            let one = |(item, stored): (&BlockItem<'_>, StoredValue)| {
                let difference = item.check(&stored, points, data.market())?;
                let (symbol, strategy) = (entry.symbol.clone(), strategy.to_owned());
                Some(Mismatch { symbol, strategy, kind: item.kind, key: item.key, difference })
            };
            verified.mismatches.extend(pool.map(stored, one).into_iter().flatten());
        }
        progress.advance(points.blocks());
        verified.known.push((entry.symbol.clone(), data.known.into_known()));
    }
    progress.end();
    verified
}

/// What is stored of a block: its outcomes, or statistics by segments.
struct BlockItem<'a> {
    /// With the segments that are meant, if any are.
    plan: &'a Plan,
    number: u64,
    kind: EntryKind,
    key: Key,
}

impl<'a> BlockItem<'a> {
    /// Those of all blocks that are worth caching.
    fn all(plans: &'a [Plan], points: &GridPoints, data: &AssetData) -> Vec<Self> {
        let (id, bars) = (data.known.id(), data.known.candles.bars);
        let mut items = Vec::new();
        for plan in plans {
            let key_maker = KeyMaker::new(plan);
            let blocks = (0..points.blocks()).map(|number| (number, Block::new(plan, points.block(number))));
            items.extend(blocks.filter(|(_, block)| block.is_worth_caching(bars)).map(|(number, block)| {
                match key_maker.segments(plan, &id, &block.points) {
                    Some(key) => Self { plan, number, kind: EntryKind::Segments, key },
                    None => {
                        Self { plan, number, kind: EntryKind::Block, key: key_maker.block(plan, &id, &block.points) }
                    }
                }
            }));
        }
        items
    }

    /// How what is stored differs from what the candles give, in words.
    fn check(&self, stored: &StoredValue, points: &GridPoints, market: Market<'_>) -> Option<String> {
        let block = Block::new(self.plan, points.block(self.number));
        let (outcomes, segments) = Slice::alone(block.open().collect()).wanted(self.plan, market)?;
        match (stored, segments.and_then(|segments| segments.to_stored(&outcomes))) {
            (StoredValue::Block(stored), None) => difference::blocks(stored, &outcomes),
            (StoredValue::Segments(stored), Some(StoredValue::Segments(computed))) => {
                difference::segments(stored, &computed)
            }
            _ => Some("it is a value of another kind".to_owned()),
        }
    }
}
