//! Metrics and trades of a plan's strategies.

use super::sample::Sample;
use super::{Mismatch, Verified, compare};
use crate::cache::{Key, Kind, Results, Stored, Wanted};
use crate::data::Known;
use crate::engine::asset::{identity, open_asset};
use crate::engine::plan::{Keyring, Plan};
use crate::engine::pool::Pool;
use crate::engine::progress::Progress;
use crate::report::Failed;
use crate::sim::fold::{Combination, fold, fold_with_trades};
use crate::sim::model::Candles;

/// A value that the cache has.
struct Item {
    asset: usize,
    strategy: usize,
    key: Key,
    stored: Stored,
}

/// Reads all candles of the plan, looks its values up, and computes a sample of those that are stored again.
pub fn verify(plan: &Plan, results: &Results, sample: Sample, progress: &dyn Progress) -> Verified {
    let mut verified = Verified::default();
    let pool = Pool::new(plan.threads);
    let opened = pool.map((0..plan.assets.len()).collect(), |at| (at, open_asset(plan, &plan.assets[at])));
    let mut assets: Vec<(usize, Known)> = Vec::new();
    for (at, opened) in opened {
        match opened {
            Ok((known, _, _)) => assets.push((at, known)),
            Err(reason) => verified.failed.push(Failed { symbol: plan.assets[at].symbol.clone(), reason }),
        }
    }
    let items = look_up(plan, results, &assets, &mut verified);
    let drawn = sample.draw(items, |item| item.key);
    verified.checked = drawn.len();

    let mut work: Vec<(usize, Vec<Item>)> = Vec::new();
    for item in drawn {
        match work.last_mut().filter(|(asset, _)| *asset == item.asset) {
            Some((_, items)) => items.push(item),
            None => work.push((item.asset, vec![item])),
        }
    }
    progress.begin(work.len() as u64);
    let known = |at: usize| assets.iter().find(|(asset, _)| *asset == at).map(|(_, known)| identity(known));
    let one = |(asset, items): (usize, Vec<Item>)| {
        let opened = open_asset(plan, &plan.assets[asset])?;
        progress.advance(1);
        if known(asset) != Some(identity(&opened.0)) {
            return Err(format!("{}: its candles changed while they were verified", plan.assets[asset].symbol));
        }
        Ok(items.iter().filter_map(|item| check(plan, &opened.1, item)).collect::<Vec<_>>())
    };
    let symbols: Vec<usize> = work.iter().map(|(asset, _)| *asset).collect();
    for (asset, mismatches) in symbols.into_iter().zip(pool.map(work, one)) {
        match mismatches {
            Ok(mismatches) => verified.mismatches.extend(mismatches),
            Err(reason) => verified.failed.push(Failed { symbol: plan.assets[asset].symbol.clone(), reason }),
        }
    }
    progress.end();
    verified.known = assets.into_iter().map(|(at, known)| (plan.assets[at].symbol.clone(), known)).collect();
    verified
}

/// Everything of the plan that the cache has.
fn look_up(plan: &Plan, results: &Results, assets: &[(usize, Known)], verified: &mut Verified) -> Vec<Item> {
    let keyring = Keyring::new(plan);
    let mut places = Vec::new();
    let mut wanted = Vec::new();
    for (asset, known) in assets {
        let keys = keyring.keys(plan, &identity(known));
        for (strategy, (keys, bound)) in keys.iter().zip(&plan.strategies).enumerate() {
            for (kind, key) in [(Kind::Result, keys.result), (Kind::Trades, keys.trades)] {
                let (symbol, name) = (plan.assets[*asset].symbol.as_str(), bound.strategy.name.as_str());
                wanted.push(Wanted { key, kind, symbol, strategy: name });
                places.push((*asset, strategy, key));
            }
        }
    }
    let found = results.get(&wanted).into_iter().zip(places);
    let item = |(stored, (asset, strategy, key)): (Option<Stored>, (usize, usize, Key))| {
        Some(Item { asset, strategy, key, stored: stored? })
    };
    let items: Vec<Item> = found.filter_map(item).collect();
    // Trades are stored only where somebody asked for them: they are not missed.
    let results = items.iter().filter(|item| item.stored.kind() == Kind::Result).count();
    verified.missing = wanted.len() / 2 - results;
    verified.stored = items.len();
    items
}

fn check(plan: &Plan, candles: &Candles, item: &Item) -> Option<Mismatch> {
    let bound = &plan.strategies[item.strategy];
    let combination = Combination { strategy: &bound.strategy, values: &bound.values };
    let terms = plan.terms();
    let difference = match &item.stored {
        Stored::Result(stored) => compare::results(stored, &fold(candles, &[combination], &terms)[0]),
        Stored::Trades(stored) => compare::trades(stored, &fold_with_trades(candles, combination, &terms).1),
        Stored::Block(_) => None,
    };
    difference.map(|difference| Mismatch {
        symbol: plan.assets[item.asset].symbol.clone(),
        strategy: bound.strategy.name.clone(),
        kind: item.stored.kind(),
        key: item.key,
        difference,
    })
}
