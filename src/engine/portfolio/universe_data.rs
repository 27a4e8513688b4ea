//! The data of all assets of a portfolio.

use std::collections::BTreeMap;

use super::score_sets::ScoreSets;
use super::{PortfolioOutcome, in_order};
use crate::cache::joint_digest;
use crate::data::{CandleFile, Index, Known, NO_BAR_IN_RANGE};
use crate::inputs::{AssetData, AssetKnown, DataStamps, InputError, open_columns};
use crate::plan::Plan;
use crate::pool::{Pool, Progress};
use crate::sim::fold::portfolio::{
    AssetBars, AssetScores, Candidates, PortfolioBenchmark, PortfolioRun, Universe, WeightedPortfolio,
};
use crate::sim::fold::{BoundSeries, Market, series_values};
use crate::sim::metrics::Detail;
use crate::sim::metrics::validation::BlockReturns;
use crate::sim::strategy::{PortfolioTerms, Rebalance};
use crate::sim::{CandleId, Candles, Failed, Field, FieldSet, Millis, WarmupId};
use crate::validation::DEFAULT_BLOCKS;

/// Bytes of scores, or of orders, that are held at once.
pub(super) const SCORE_BYTES: usize = 128 << 20;

/// How many assets there are at the ends of the range: those that were delisted before it, or listed later, are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UniverseSpan {
    /// All assets.
    pub assets: usize,
    /// Those that trade at the first bar.
    pub at_start: usize,
    /// Those that trade at the last bar.
    pub at_end: usize,
}

impl UniverseSpan {
    /// Of assets with these candles.
    #[must_use]
    pub fn of(known: &[(String, Known)]) -> Self {
        let start = known.iter().map(|(_, known)| known.start).min();
        let end = known.iter().map(|(_, known)| known.end).max();
        Self {
            assets: known.len(),
            at_start: known.iter().filter(|(_, known)| Some(known.start) == start).count(),
            at_end: known.iter().filter(|(_, known)| Some(known.end) == end).count(),
        }
    }
}

/// All assets of a portfolio, loaded.
pub struct UniverseData {
    /// The bars of all.
    pub universe: Universe,
    /// What accounts are measured against.
    pub benchmark: PortfolioBenchmark,
    /// Identity of all candles together.
    pub id: CandleId,
    /// Identity of the candles of each asset, in the order of the universe, which is that of their symbols.
    pub asset_ids: Vec<CandleId>,
    /// What is known of each asset's candles, in the same order.
    pub known: Vec<(String, Known)>,
    /// Assets that could not be read.
    pub failed: Vec<Failed>,
    /// Assets without a bar in the range.
    pub absent: Vec<String>,
    /// The assets themselves, where they were to be kept.
    kept: Vec<AssetData>,
    /// Scores that were worked out while loading.
    scores: BTreeMap<Vec<u64>, Vec<AssetScores>>,
}

/// What loading one asset gives.
struct LoadedAsset {
    symbol: String,
    known: AssetKnown,
    stamps: DataStamps,
    bars: AssetBars,
    scores: Vec<AssetScores>,
    kept: Option<AssetData>,
}

impl UniverseData {
    /// Identity of the candles of all assets, and what is known of each, from the index alone; none where it does not know
    /// all of them.
    pub(super) fn look_up(plan: &Plan, index: &Index) -> Option<(CandleId, Vec<(String, Known)>)> {
        let known: Vec<(String, AssetKnown)> = in_order(plan)
            .into_iter()
            .map(|file| Some((file.symbol.clone(), AssetKnown::look_up(plan, file, index)?)))
            .collect::<Option<_>>()?;
        let id = universe_id(&known.iter().map(|(_, known)| known.id()).collect::<Vec<_>>())?;
        Some((id, known.into_iter().map(|(symbol, known)| (symbol, known.into_known())).collect()))
    }

    /// Reads the candles of all assets, and works out the scores of these points. Assets are kept where more points are to
    /// come, or where their candles are wanted.
    pub(super) fn load(
        plan: &Plan,
        points: &[Vec<f64>],
        is_kept: bool,
        (index, pool, progress): (&mut Index, &Pool, &dyn Progress),
    ) -> Result<Self, String> {
        let Some(terms) = plan.strategies[0].strategy.portfolio.as_ref() else {
            return Err("the strategy has no [portfolio]".to_owned());
        };
        // In slots, scores are read with the rules, later.
        let sets = ScoreSets::of(terms, if terms.has_slots() { &[] } else { points });
        let is_kept = is_kept || terms.has_slots();
        let extra = if is_kept && plan.trades { FieldSet::new([Field::High, Field::Low]) } else { FieldSet::default() };
        let fields = plan.fields().union(extra);
        // It need not overlap with each asset, but with some.
        let alone = Plan { benchmark: None, ..plan.clone() };
        let files = in_order(plan);
        progress.begin(files.len() as u64);
        let load = |file: &CandleFile| {
            let data = open_columns(&alone, file, fields, pool)?;
            let scores = scores_of(plan, terms, &sets.values, data.market());
            let (known, stamps) = (data.known.clone(), data.stamps());
            let (candles, kept) =
                if is_kept { (opens_and_closes(&data.candles), Some(data)) } else { (data.candles, None) };
            let bars = AssetBars::from(candles);
            progress.advance(1);
            Ok::<LoadedAsset, InputError>(LoadedAsset {
                symbol: file.symbol.clone(),
                known,
                stamps,
                bars,
                scores,
                kept,
            })
        };
        let loaded = pool.map(files.clone(), load);
        progress.end();
        let (mut ids, mut known, mut bars, mut kept) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut failed, mut absent) = (Vec::new(), Vec::new());
        let mut scores: Vec<Vec<AssetScores>> = sets.values.iter().map(|_| Vec::new()).collect();
        for (file, loaded) in files.into_iter().zip(loaded) {
            match loaded {
                Ok(loaded) => {
                    loaded.stamps.remember(plan, file, &loaded.known, index);
                    ids.push(loaded.known.id());
                    known.push((loaded.symbol.clone(), loaded.known.into_known()));
                    bars.push((loaded.symbol, loaded.bars));
                    kept.extend(loaded.kept);
                    for (all, one) in scores.iter_mut().zip(loaded.scores) {
                        all.push(one);
                    }
                }
                Err(InputError::OutsideRange(_)) => absent.push(file.symbol.clone()),
                Err(InputError::Unusable(reason)) => failed.push(Failed { symbol: file.symbol.clone(), reason }),
            }
        }
        let Some(id) = universe_id(&ids) else {
            // A file that cannot be read says less than that the range misses all the others.
            let failed = failed.first().filter(|_| absent.is_empty());
            return Err(failed.map_or_else(
                || format!("{NO_BAR_IN_RANGE} of any asset; choose another range"),
                |failed| failed.reason.clone(),
            ));
        };
        if let Some(benchmark) = plan.benchmark.as_deref()
            && benchmark.within(id.start, id.end).0.is_empty()
        {
            return Err(format!(
                "the benchmark {} has no candles while the assets have; choose another --benchmark, or another range with --from and --to",
                benchmark.symbol
            ));
        }
        let universe = Universe::new(bars).map_err(|error| error.to_string())?;
        let benchmark = PortfolioBenchmark::new(&universe, plan.settings.capital, plan.benchmark.as_deref());
        let scores = sets.keys.into_iter().zip(scores).collect();
        Ok(Self { universe, benchmark, id, asset_ids: ids, known, failed, absent, kept, scores })
    }

    /// The equity of one point at each close.
    #[must_use]
    pub fn equity(&mut self, plan: &Plan, values: &[f64]) -> Vec<f64> {
        let pool = Pool::new(plan.threads);
        self.accounts(plan, &[values.to_vec()], &pool, &|_, run| run.equity).pop().unwrap_or_default()
    }

    /// Symbols of the assets.
    #[must_use]
    pub fn symbols(&self) -> Vec<String> {
        self.universe.assets.iter().map(|asset| asset.symbol.clone()).collect()
    }

    /// The candles of an asset by its number in the universe, where assets were kept.
    #[must_use]
    pub fn candles(&self, asset: usize) -> Option<&Candles> {
        self.kept.get(asset).map(|kept| &kept.candles)
    }

    /// What an account holds at the end: symbol, units, value and part of the equity of each position.
    #[must_use]
    pub fn held(&self, run: &PortfolioRun) -> Vec<(String, f64, f64, f64)> {
        let equity = run.equity.last().copied().unwrap_or_default();
        let of = |(asset, units): &(usize, f64)| {
            let prices = &self.universe.assets[*asset];
            let value = units * prices.close(self.universe.time.len() - 1);
            (prices.symbol.clone(), *units, value, value / equity)
        };
        run.held.iter().map(of).collect()
    }

    /// Works out the scores of other points, in place of those that are there.
    pub(super) fn score(&mut self, plan: &Plan, sets: ScoreSets, pool: &Pool) {
        let Some(terms) = plan.strategies[0].strategy.portfolio.as_ref() else { return };
        let of = |kept: &AssetData| scores_of(plan, terms, &sets.values, kept.market());
        let mut all: Vec<Vec<AssetScores>> = sets.values.iter().map(|_| Vec::with_capacity(self.kept.len())).collect();
        for scores in pool.map(self.kept.iter().collect(), of) {
            for (all, one) in all.iter_mut().zip(scores) {
                all.push(one);
            }
        }
        self.scores = sets.keys.into_iter().zip(all).collect();
    }

    /// The scores of each asset that a point has, worked out before.
    pub(super) fn scores(&self, key: &[u64]) -> Option<&[AssetScores]> {
        self.scores.get(key).map(Vec::as_slice)
    }

    /// The assets themselves, in the order of the universe, where they were kept.
    pub(super) fn kept(&self) -> &[AssetData] {
        &self.kept
    }

    /// One account, by weights with the scores that were worked out while loading.
    pub(super) fn run(&self, plan: &Plan, values: &[f64], pool: &Pool) -> PortfolioRun {
        let (numbers, scores) = match &plan.strategies[0].strategy.portfolio {
            Some(terms) if terms.has_slots() => return self.run_slots(plan, values, pool),
            Some(terms) => (terms.numbers(values), self.scores(&ScoreSets::key(terms, values)).unwrap_or_default()),
            None => unreachable!("a portfolio is loaded of a strategy that has one"),
        };
        let candidates = Candidates::new(&self.universe, scores, numbers.every, plan.interval);
        let portfolio = WeightedPortfolio { universe: &self.universe, candidates: &candidates, numbers };
        portfolio.run(&plan.settings, self.risk_free(plan), true)
    }

    /// What cash that bears no risk earns in a bar.
    pub(crate) fn risk_free(&self, plan: &Plan) -> f64 {
        let time = &self.universe.time;
        let bars = time.len() as u64;
        let bars_per_year = plan.settings.year.bars(plan.interval, bars, time[0], time[time.len() - 1]);
        plan.settings.risk_free_per_bar(bars_per_year)
    }

    /// The figures of an account.
    pub(super) fn outcome(&self, plan: &Plan, run: &PortfolioRun) -> PortfolioOutcome {
        let terms = (&plan.settings, plan.interval);
        PortfolioOutcome {
            outcome: run.outcome(&self.universe, terms, &self.benchmark, Detail::AllReturns),
            figures: run.figures,
            contributions: run.contributions(self.universe.assets.len(), plan.settings.capital),
            blocks: blocks_of(&run.equity, plan.settings.capital, self.risk_free(plan)),
        }
    }
}

/// Opens and closes with their times, alone.
fn opens_and_closes(candles: &Candles) -> Candles {
    let Candles { time, open, close, .. } = candles;
    Candles { time: time.clone(), open: open.clone(), close: close.clone(), ..Candles::default() }
}

/// Scores and weights of one asset for each of these values of the parameters.
pub(super) fn scores_of(
    plan: &Plan,
    terms: &PortfolioTerms,
    sets: &[Vec<f64>],
    market: Market<'_>,
) -> Vec<AssetScores> {
    let wanted: Vec<BoundSeries<'_>> = sets
        .iter()
        .flat_map(|values| {
            let score = BoundSeries { expr: terms.score.as_ref(), condition: terms.condition.as_ref(), values };
            let weight =
                terms.weight.as_ref().map(|weight| BoundSeries { expr: Some(weight), condition: None, values });
            std::iter::once(score).chain(weight)
        })
        .collect();
    let mut found = series_values(&wanted, &plan.terms(), market).into_iter();
    let mut one = |values: &Vec<f64>| {
        let score = found.next().unwrap_or_default();
        let scores = AssetScores::new(score, terms.weight.as_ref().and_then(|_| found.next()));
        match terms.numbers(values).every {
            Rebalance::Calendar(stretch) if !terms.has_slots() => scores.at_ends(&market.candles.time, stretch),
            _ => scores,
        }
    };
    sets.iter().map(&mut one).collect()
}

/// Sums over the returns, less what cash earns, of blocks of equal length, which end with the last bar; none where a block
/// would have no bar.
fn blocks_of(equity: &[f64], capital: f64, risk_free: f64) -> Vec<BlockReturns> {
    let blocks = DEFAULT_BLOCKS;
    let length = equity.len() / blocks;
    if length == 0 {
        return Vec::new();
    }
    let first = equity.len() - length * blocks;
    let before = |bar: usize| if bar == 0 { capital } else { equity[bar - 1] };
    let ret = |bar: usize| if before(bar) > 0.0 { equity[bar] / before(bar) - 1.0 - risk_free } else { -risk_free };
    let block = |block: usize| {
        let bars = first + block * length..first + (block + 1) * length;
        let (sum, squares) = bars.map(ret).fold((0.0, 0.0), |(sum, squares), ret| (sum + ret, squares + ret * ret));
        BlockReturns { sum, squares }
    };
    (0..blocks).map(block).collect()
}

/// Identity of the candles of all assets in the order of their symbols, by which equal ones are ranked; none of no asset.
#[must_use]
pub fn universe_id(ids: &[CandleId]) -> Option<CandleId> {
    let digest_of = |get: &dyn Fn(&CandleId) -> [u8; 32]| joint_digest(&ids.iter().map(get).collect::<Vec<_>>());
    let warmup = |id: &CandleId| id.warmup.map_or([0; 32], |warmup| warmup.digest);
    let warmup_bars: u64 = ids.iter().map(CandleId::warmup_bars).sum();
    let has_own = ids.iter().any(|id| id.own.is_some());
    let bound = |pick: fn(Millis, Millis) -> Millis, get: fn(&CandleId) -> Millis| ids.iter().map(get).reduce(pick);
    Some(CandleId {
        digest: digest_of(&|id| id.digest),
        bars: ids.iter().map(|id| id.bars).sum(),
        start: bound(Millis::min, |id| id.start)?,
        end: bound(Millis::max, |id| id.end)?,
        detail: ids.iter().any(|id| id.detail.is_some()).then(|| digest_of(&|id| id.detail.unwrap_or_default())),
        funding: ids.iter().any(|id| id.funding.is_some()).then(|| digest_of(&|id| id.funding.unwrap_or_default())),
        warmup: (warmup_bars > 0).then(|| WarmupId { digest: digest_of(&warmup), bars: warmup_bars }),
        own: has_own.then(|| digest_of(&|id| id.own.unwrap_or_default())),
    })
}
