//! What is to be done, with every question answered: assets, strategies with their values, settings.

mod other_candles;
mod warmup;

pub use other_candles::OtherCandles;
pub use warmup::Warmup;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::segmentation::Segmentation;
use crate::cache::{EntryKind, Key, KeyParts, closes_digest, joint_digest, offsets_digest};
use crate::data::{CandleFile, Catalog};
use crate::sim::CandleId;
use crate::sim::fold::{Combination, RunConfig};
use crate::sim::metrics::{Benchmark, BenchmarkCandles, Detail};
use crate::sim::rules::canonical;
use crate::sim::simd::Cpu;
use crate::sim::strategy::{Grid, PortfolioTerms, Strategy};
use crate::sim::{Candles, Direction, ENGINE_VERSION, IanaZone, Interval, Millis, Settings, TimeRange};
use crate::sim::{Field, FieldSet};

/// A strategy with a value for each of its parameters, checked.
#[derive(Clone, Debug)]
pub struct BoundStrategy {
    /// The strategy.
    pub strategy: Strategy,
    /// Its parameters' values, in its own order.
    pub values: Vec<f64>,
}

impl Plan {
    /// The columns of the candles that the strategies read, and those of which trades tell how far the price went.
    #[must_use]
    pub fn fields(&self) -> FieldSet {
        let own = if self.trades { FieldSet::new([Field::High, Field::Low]) } else { FieldSet::default() };
        self.strategies.iter().map(|bound| bound.strategy.fields()).fold(own, FieldSet::union)
    }
}

impl BoundStrategy {
    /// Parameters by name, in the strategy's order.
    #[must_use]
    pub fn params(&self) -> Vec<(String, f64)> {
        self.strategy.params.iter().map(|param| param.name.clone()).zip(self.values.iter().copied()).collect()
    }

    /// Canonical texts of the rules that this direction uses, and of exits and sizes: those it does not use cannot change a
    /// result, and so are no part of its id.
    fn rules(&self, direction: Direction) -> Vec<String> {
        let (short_entry, short_exit) = self.strategy.short_rules();
        let long = |rule: &crate::sim::strategy::Rule| match direction {
            Direction::Short => String::new(),
            Direction::Long | Direction::Both => canonical(&rule.expr),
        };
        let short = |rule: &crate::sim::strategy::Rule| match direction {
            Direction::Long => String::new(),
            Direction::Short | Direction::Both => canonical(&rule.expr),
        };
        let rules = [long(&self.strategy.entry), long(&self.strategy.exit), short(short_entry), short(short_exit)];
        rules.into_iter().chain(self.strategy.terms.canonical()).collect()
    }
}

/// The files beside those of the candles that a plan reads.
#[derive(Clone, Debug, Default)]
pub struct ExtraFiles {
    /// For the path of an asset's candles, the file of the finer bars inside them.
    pub detail: BTreeMap<PathBuf, CandleFile>,
    /// The folder of all candles, in which the funding rates are too.
    pub data_dir: PathBuf,
}

impl ExtraFiles {
    /// Those of assets whose bars are `interval` long, in the folder of all candles.
    ///
    /// # Errors
    /// Finer bars that do not make up those of the assets, or of which there are none.
    pub fn find(
        data_dir: &Path,
        interval: Interval,
        detail: Option<Interval>,
        assets: &[CandleFile],
    ) -> Result<Self, String> {
        let data_dir = data_dir.to_owned();
        let Some(detail) = detail else { return Ok(Self { detail: BTreeMap::new(), data_dir }) };
        if !interval.is_made_of(detail) {
            return Err(format!(
                "--detail {detail}: must be shorter than --interval {interval}, and whole bars of it must make one of {interval}"
            ));
        }
        let catalog =
            Catalog::with_shorter(&data_dir, detail).map_err(|error| format!("--detail {detail}: {error}"))?;
        let file = |asset: &CandleFile| {
            let file = catalog.entries().iter().find(|file| file.symbol == asset.symbol)?;
            Some((asset.path.clone(), file.clone()))
        };
        Ok(Self { detail: assets.iter().filter_map(file).collect(), data_dir })
    }
}

/// Every asset with every strategy.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The candle files.
    pub assets: Vec<CandleFile>,
    /// The strategies.
    pub strategies: Vec<BoundStrategy>,
    /// Length of a bar.
    pub interval: Interval,
    /// Bars that count.
    pub range: TimeRange,
    /// Which bars before the range the rules know of.
    pub warmup: Warmup,
    /// Account settings.
    pub settings: Settings,
    /// What accounts are measured against; none where each is against its own asset.
    pub benchmark: Option<Arc<BenchmarkCandles>>,
    /// Which metrics a sweep works out; runs and batches work out all.
    pub sweep_detail: Detail,
    /// How a sweep cuts time into segments whose statistics it keeps; not at all without it.
    pub segments: Option<Segmentation>,
    /// Whether the trades are wanted too.
    pub trades: bool,
    /// Of results on up to so many bars, what stands after the last one is wanted too.
    pub last_bars: Option<u64>,
    /// The candles of other assets that rules read.
    pub others: Vec<OtherCandles>,
    /// Files beside those of the candles.
    pub extra: ExtraFiles,
    /// Threads to compute with, at least 1.
    pub threads: usize,
    /// The present moment, for warnings about bars in the future and for the index.
    pub now: Millis,
    /// Which instructions compare; no bit depends on it.
    pub cpu: Cpu,
}

impl Plan {
    /// The same with one of its strategies alone, by its number.
    ///
    /// # Panics
    /// When the plan has no such strategy.
    #[must_use]
    pub fn of_strategy(&self, strategy: usize) -> Self {
        Self { strategies: vec![self.strategies[strategy].clone()], ..self.clone() }
    }

    /// The names of all parameters, each once, in the order of the strategies: the columns of their results, whichever
    /// of them is the best.
    #[must_use]
    pub fn param_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for param in self.strategies.iter().flat_map(|bound| &bound.strategy.params) {
            if !names.contains(&param.name) {
                names.push(param.name.clone());
            }
        }
        names
    }

    /// Symbol of the asset that all are measured against, if there is one.
    #[must_use]
    pub fn benchmark_symbol(&self) -> Option<String> {
        self.benchmark.as_ref().map(|benchmark| benchmark.symbol.clone())
    }

    /// What accounts on these candles are measured against.
    #[must_use]
    pub fn benchmark_of(&self, candles: &Candles) -> Benchmark {
        Benchmark::new(candles, self.benchmark.as_deref())
    }

    /// One more strategy.
    pub fn add(&mut self, mut bound: BoundStrategy) {
        let combination = Combination { strategy: &bound.strategy, values: &bound.values };
        self.warmup.cover(combination, self.settings.direction, self.interval);
        if self.settings.market_funding {
            bound.strategy.terms.set_market_funding();
        }
        self.strategies.push(bound);
    }

    /// Lets the warm-up be enough for the points of these grids, one for each strategy, if there are any.
    pub fn cover<'a>(&mut self, grids: impl Iterator<Item = &'a Grid>) {
        let mut grids = grids.peekable();
        if grids.peek().is_some() {
            self.warmup.forget();
        }
        for (bound, grid) in self.strategies.iter().zip(grids) {
            for values in grid.corners().into_iter().filter(|values| bound.strategy.allows(values)) {
                let combination = Combination { strategy: &bound.strategy, values: &values };
                self.warmup.cover(combination, self.settings.direction, self.interval);
            }
        }
    }

    /// Whether finer bars are looked at: they are asked for, and a strategy has levels.
    #[must_use]
    pub fn wants_detail(&self) -> bool {
        self.settings.detail.is_some() && self.strategies.iter().any(|bound| bound.strategy.terms.watches_prices())
    }

    /// Whether a strategy pays the market's own funding rates.
    #[must_use]
    pub fn wants_funding(&self) -> bool {
        self.strategies.iter().any(|bound| bound.strategy.terms.has_market_funding())
    }

    /// Whether what stands after the last of so many bars is wanted.
    #[must_use]
    pub fn wants_last_bar(&self, bars: u64) -> bool {
        self.last_bars.is_some_and(|most| bars <= most)
    }

    /// The terms of the fold.
    #[must_use]
    pub fn terms(&self) -> RunConfig {
        RunConfig { settings: self.settings, interval: self.interval, cpu: self.cpu }
    }
}

/// The keys of one strategy's values on one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultKeys {
    /// Of the metrics; the one that is shown.
    pub result: Key,
    /// Of the trades, where they were asked for.
    pub trades: Option<Key>,
}

/// What the rules of a strategy read beside the candles of an asset.
struct ReadBeside {
    /// Names of other assets.
    others: Vec<String>,
    zones: Vec<IanaZone>,
    own_columns: bool,
}

impl ReadBeside {
    fn of(strategy: &Strategy) -> Self {
        Self {
            others: strategy.other_assets().into_iter().map(str::to_owned).collect(),
            zones: strategy.zones(),
            own_columns: !strategy.own_columns().is_empty(),
        }
    }
}

/// Makes keys; the texts of the rules and what else they read are the same for all assets.
pub struct KeyMaker {
    rules: Vec<Vec<String>>,
    read_beside: Vec<ReadBeside>,
    /// Digests of the benchmark's candles between these open times, made once for all strategies and blocks.
    benchmarks: Mutex<BTreeMap<(Millis, Millis), [u8; 32]>>,
    /// Digests of bars of other assets, by name, first bar and the bar behind the last.
    others: Mutex<BTreeMap<(String, usize, usize), [u8; 32]>>,
}

impl KeyMaker {
    /// For the strategies of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let rules = plan.strategies.iter().map(|bound| bound.rules(plan.settings.direction)).collect();
        let read_beside = plan.strategies.iter().map(|bound| ReadBeside::of(&bound.strategy)).collect();
        Self { rules, read_beside, benchmarks: Mutex::default(), others: Mutex::default() }
    }

    /// Digest of the benchmark's candles that have a part in results on these candles.
    fn benchmark(&self, benchmark: &BenchmarkCandles, id: &CandleId) -> [u8; 32] {
        let mut known = self.benchmarks.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry((id.start, id.end)).or_insert_with(|| {
            let (time, close) = benchmark.within(id.start, id.end);
            closes_digest(time, close)
        })
    }

    /// Digest of all that a strategy reads beside the candles of an asset, where it reads anything.
    fn beside(&self, plan: &Plan, id: &CandleId, strategy: usize) -> Option<[u8; 32]> {
        let read = &self.read_beside[strategy];
        let strategy = &plan.strategies[strategy].strategy;
        let mut parts: Vec<[u8; 32]> = Vec::new();
        for name in &read.others {
            let other = plan.others.iter().find(|other| other.name == *name)?;
            let bars = other.bars((plan.range, plan.warmup), id.end);
            parts.extend(other.column_digests(&strategy.other_columns(name), &bars));
            let mut known = self.others.lock().unwrap_or_else(PoisonError::into_inner);
            parts.push(*known.entry((name.clone(), bars.start, bars.end)).or_insert_with(|| other.digest(bars)));
        }
        parts.extend(read.zones.iter().map(|zone| offsets_digest(&zone.offsets(0, id.end))));
        parts.extend(id.own.filter(|_| read.own_columns));
        (!parts.is_empty()).then(|| joint_digest(&parts))
    }

    /// The key of one block of a sweep of the plan's first strategy. Its shape is part of it: the same numbers in
    /// rows of another length are other points.
    #[must_use]
    pub fn block(&self, plan: &Plan, id: &CandleId, points: &[Vec<f64>]) -> Key {
        self.key(plan, id, EntryKind::Block, 0, &block_params(points))
    }

    /// The key of the statistics of one block by segments; none where the plan wants no segments.
    #[must_use]
    pub fn segments(&self, plan: &Plan, id: &CandleId, points: &[Vec<f64>]) -> Option<Key> {
        plan.segments.as_ref()?;
        Some(self.key(plan, id, EntryKind::Segments, 0, &block_params(points)))
    }

    /// The keys of the plan's strategies on candles of this identity, in the plan's order; those of trades too where
    /// `trades` says so.
    #[must_use]
    pub fn keys(&self, plan: &Plan, id: &CandleId, trades: bool) -> Vec<ResultKeys> {
        let keys = |(at, bound): (usize, &BoundStrategy)| ResultKeys {
            result: self.key(plan, id, EntryKind::Result, at, &bound.values),
            trades: trades.then(|| self.key(plan, id, EntryKind::Trades, at, &bound.values)),
        };
        plan.strategies.iter().enumerate().map(keys).collect()
    }

    /// The key of an asset's score by the plan's first strategy, for which these texts stand, at the bars that are needed to
    /// know it `ago` before too.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "spans of time are far below 2^53")]
    pub fn score(&self, plan: &Plan, id: &CandleId, ago: Millis, texts: &[String]) -> Key {
        let values = plan.strategies[0].values.iter().copied();
        Key::from_parts(&KeyParts {
            engine_version: ENGINE_VERSION,
            kind: EntryKind::Score,
            candles: id.digest,
            bars: id.bars,
            start: id.start,
            end: id.end,
            interval: plan.interval,
            rules: &texts.iter().map(String::as_str).collect::<Vec<_>>(),
            params: &std::iter::once(ago as f64).chain(values).collect::<Vec<_>>(),
            // No account has a part in it.
            settings: &Settings::default(),
            benchmark: None,
            detail: None,
            finer: None,
            funding: None,
            warmup: id.warmup,
            segments: None,
            beside: self.beside(plan, id, 0),
        })
    }

    /// The key of one account of the plan's first strategy over assets whose candles together have this identity.
    #[must_use]
    pub fn portfolio(&self, plan: &Plan, id: &CandleId, values: &[f64]) -> Key {
        self.key(plan, id, EntryKind::Portfolio, 0, values)
    }

    /// A number that stands for the rules, the settings and the candles of one of the plan's strategies; with the values of a
    /// point it makes the number of a trial.
    #[must_use]
    pub fn trial_base(&self, plan: &Plan, strategy: usize, id: &CandleId) -> u64 {
        let key = self.key(plan, id, EntryKind::Result, strategy, &[]);
        key.0.into_iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(byte))
    }

    /// The identity of one of the plan's strategies with its values and the settings, on whatever candles and by whatever
    /// version of the program.
    #[must_use]
    pub fn strategy(&self, plan: &Plan, strategy: usize) -> Key {
        let finer = plan.settings.detail.filter(|_| plan.wants_detail()).map(|detail| format!("detail {detail}"));
        let rules: Vec<&str> = self.rules[strategy].iter().map(String::as_str).chain(finer.as_deref()).collect();
        Key::from_parts(&KeyParts {
            engine_version: 0,
            kind: EntryKind::Trades,
            candles: [0; 32],
            bars: 0,
            start: 0,
            end: 0,
            interval: plan.interval,
            rules: &rules,
            params: &plan.strategies[strategy].values,
            settings: &plan.settings,
            benchmark: None,
            detail: None,
            finer: None,
            funding: None,
            warmup: None,
            segments: None,
            beside: None,
        })
    }

    /// The key of one point of a sweep of one of the plan's strategies, by its number: that of a run with these values.
    #[must_use]
    pub fn point(&self, plan: &Plan, strategy: usize, id: &CandleId, values: &[f64]) -> Key {
        self.key(plan, id, EntryKind::Result, strategy, values)
    }

    fn key(&self, plan: &Plan, id: &CandleId, kind: EntryKind, strategy: usize, params: &[f64]) -> Key {
        let detail = match kind {
            EntryKind::Block => plan.sweep_detail,
            EntryKind::Segments | EntryKind::Score => Detail::Sums,
            EntryKind::Result | EntryKind::Trades | EntryKind::Portfolio => Detail::AllReturns,
        };
        let terms = &plan.strategies[strategy].strategy.terms;
        let portfolio = plan.strategies[strategy].strategy.portfolio.as_ref().filter(|_| kind == EntryKind::Portfolio);
        let portfolio = portfolio.map(PortfolioTerms::canonical);
        let rules = self.rules[strategy].iter().chain(&portfolio).map(String::as_str).collect::<Vec<_>>();
        let segments = plan.segments.as_ref().filter(|_| kind == EntryKind::Segments);
        let borders = segments.map(|segments| segments.borders(id.bars)).unwrap_or_default();
        Key::from_parts(&KeyParts {
            engine_version: ENGINE_VERSION,
            kind,
            candles: id.digest,
            bars: id.bars,
            start: id.start,
            end: id.end,
            interval: plan.interval,
            rules: &rules,
            params,
            settings: &plan.settings,
            // What only sums are made of is the same against any benchmark.
            benchmark: plan
                .benchmark
                .as_deref()
                .filter(|_| detail > Detail::Sums)
                .map(|benchmark| self.benchmark(benchmark, id)),
            detail: (kind == EntryKind::Block).then_some(detail),
            finer: id.detail.filter(|_| terms.watches_prices()),
            funding: id.funding.filter(|_| terms.has_market_funding()),
            warmup: id.warmup,
            segments: segments.map(|segments| (segments.detail, borders.as_slice())),
            beside: self.beside(plan, id, strategy),
        })
    }
}

/// The parameters of a block as they are part of its key: how many one point has, and those of all.
fn block_params(points: &[Vec<f64>]) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a strategy has at most 64 parameters")]
    let width = points.first().map_or(0, Vec::len) as f64;
    std::iter::once(width).chain(points.iter().flatten().copied()).collect()
}
