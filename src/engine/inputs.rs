//! The data of one asset that its results depend on: its candles, and where a plan wants them the finer bars inside them
//! and the funding rates of its market.

mod scan;

pub use scan::{identify, in_parallel, scan_files, scan_turnover};

use super::plan::Plan;
use super::plan::Warmup;
use crate::cache::{closes_digest, joint_digest};
use crate::data::store::{FundingRates, read_funding};
use crate::data::{
    self, CandleFile, DataError, FileFingerprint, Index, Known, LoadRequest, Loaded, NO_BAR_IN_RANGE, Warning,
    WarningKind, escape,
};
use crate::pool::Pool;
use crate::sim::account::DetailBars;
use crate::sim::fold::{Market, OtherAsset, OwnSeries, WarmupBars};
use crate::sim::metrics::BenchmarkCandles;
use crate::sim::{CandleId, Candles, Field, FieldSet, TimeRange, WarmupId};

/// What is known of an asset's data, whether it was read now or before.
#[derive(Clone, Debug)]
pub(super) struct AssetKnown {
    pub candles: Known,
    /// Digest of these with the bars before them that warm up the rules, and the number of those, where there are any.
    pub warmup: Option<WarmupId>,
    /// Of the finer bars inside these candles.
    pub detail: Option<Known>,
    /// Digest of the funding rates.
    pub funding: Option<[u8; 32]>,
    /// Digest of the columns of the file beside the usual ones that rules read.
    pub own: Option<[u8; 32]>,
}

impl AssetKnown {
    /// The part that identifies a result.
    pub(super) fn id(&self) -> CandleId {
        let Known { digest, bars, start, end, .. } = self.candles;
        let detail = self.detail.as_ref().map(|detail| detail.digest);
        CandleId { digest, bars, start, end, detail, funding: self.funding, warmup: self.warmup, own: self.own }
    }

    /// The candles, with what there is to say of the bars before them and of the finer ones.
    pub(super) fn into_known(mut self) -> Known {
        self.candles.warmup_bars = self.warmup.map_or(0, |warmup| warmup.bars);
        let of_detail = self.detail.map(|detail| detail.warnings).unwrap_or_default();
        self.candles.warnings.extend(of_detail.into_iter().filter(|warning| warning.kind == WarningKind::NoDetail));
        self.candles
    }

    /// From the index, without opening a file of candles.
    pub(super) fn look_up(plan: &Plan, entry: &CandleFile, index: &Index) -> Option<Self> {
        // The index knows of the usual columns alone.
        if plan.strategies.iter().any(|bound| !bound.strategy.own_columns().is_empty()) {
            return None;
        }
        let (candles, warmup) = look_up_candles(plan, entry, index)?;
        let detail = if plan.wants_detail() {
            Some(index.get(&detail_file(plan, entry, &candles).ok()?, detail_range(plan, &candles))?)
        } else {
            None
        };
        let funding = if plan.wants_funding() { Some(funding(plan, entry, &candles).ok()?.digest()) } else { None };
        Some(Self { candles, warmup, detail, funding, own: None })
    }
}

/// The data of one asset.
pub(super) struct AssetData {
    pub known: AssetKnown,
    pub candles: Candles,
    /// The bars before them, the first of which may be left out.
    warmup: Candles,
    stamp: FileFingerprint,
    /// What the file holds up to the end of the range, where it was read from its first bar on.
    whole: Option<Known>,
    detail: Option<(DetailBars, CandleFile, FileFingerprint)>,
    /// For each bar, the sum of its rates.
    funding: Vec<f64>,
    /// Other assets that rules read.
    others: Vec<OtherAsset>,
    /// Columns of its file beside the usual ones that rules read.
    own: Vec<OwnSeries>,
}

impl AssetData {
    /// What a fold goes over.
    pub(super) fn market(&self) -> Market<'_> {
        let detail = self.detail.as_ref().map(|(bars, ..)| bars);
        let warmup = self.known.warmup.map(|warmup| {
            let bars = usize::try_from(warmup.bars).unwrap_or(usize::MAX);
            WarmupBars { candles: &self.warmup, first: self.warmup.len().saturating_sub(bars) }
        });
        Market {
            warmup,
            detail,
            funding: &self.funding,
            others: &self.others,
            own: &self.own,
            ..Market::from(&self.candles)
        }
    }

    /// The other assets that rules read.
    pub(super) fn others(&self) -> Vec<OtherAsset> {
        self.others.clone()
    }

    /// The columns beside the usual ones that rules read.
    pub(super) fn own(&self) -> Vec<OwnSeries> {
        self.own.clone()
    }

    /// The bars that warm up, alone.
    pub(super) fn warmup_bars(&self) -> Candles {
        self.market().warmup.map_or_else(Candles::default, |bars| bars.candles.slice(bars.first..bars.candles.len()))
    }

    /// The same with one more bar, at which the columns beside the usual ones are undefined.
    pub(super) fn market_with<'a>(&'a self, candles: &'a Candles, own: &'a [OwnSeries]) -> Market<'a> {
        Market { candles, own, ..self.market() }
    }

    /// Of the candle file.
    pub(super) fn stamp(&self) -> FileFingerprint {
        self.stamp
    }

    /// What the index may remember.
    pub(super) fn stamps(&self) -> DataStamps {
        DataStamps {
            candles: self.stamp,
            whole: self.whole.clone(),
            detail: self.detail.as_ref().map(|(_, file, stamp)| (file.clone(), *stamp)),
        }
    }
}

impl AssetData {
    /// Reads the columns beside the usual ones that rules read, for all bars that are fed.
    fn read_own(&mut self, plan: &Plan, entry: &CandleFile) -> Result<(), String> {
        let mut names: Vec<&str> = plan.strategies.iter().flat_map(|bound| bound.strategy.own_columns()).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(());
        }
        let warmup = self.market().warmup;
        let before = warmup.map_or(&[][..], |bars| &bars.candles.time[bars.first..]);
        let times = [before, &self.candles.time].concat();
        let columns = data::own_columns(entry, &names, &times).map_err(|error| error.to_string())?;
        let digests: Vec<[u8; 32]> = columns.iter().map(|values| closes_digest(&times, values)).collect();
        self.known.own = Some(joint_digest(&digests));
        let own = |(name, values): (&str, Vec<f64>)| OwnSeries { name: name.to_owned(), values };
        self.own = names.into_iter().zip(columns).map(own).collect();
        Ok(())
    }
}

/// The fingerprints of the files that were read.
pub(super) struct DataStamps {
    candles: FileFingerprint,
    whole: Option<Known>,
    detail: Option<(CandleFile, FileFingerprint)>,
}

impl DataStamps {
    /// Lets the index remember what these files held.
    pub(super) fn remember(&self, plan: &Plan, entry: &CandleFile, known: &AssetKnown, index: &mut Index) {
        match &self.whole {
            None => index.remember(entry, self.candles, plan.range, &known.candles, plan.now),
            Some(whole) => {
                index.remember(entry, self.candles, from_the_first(plan.range), whole, plan.now);
                let inside = entry.looked_at_inside(whole.digest);
                index.remember(&inside, self.candles, plan.range, &known.candles, plan.now);
            }
        }
        if let (Some((file, stamp)), Some(detail)) = (&self.detail, &known.detail) {
            index.remember(file, *stamp, detail_range(plan, &known.candles), detail, plan.now);
        }
    }
}

/// Why the data of an asset cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InputError {
    /// It has bars, and none in the range.
    OutsideRange(String),
    /// Anything else.
    Unusable(String),
}

impl From<InputError> for String {
    fn from(error: InputError) -> Self {
        let (InputError::OutsideRange(reason) | InputError::Unusable(reason)) = error;
        reason
    }
}

impl From<String> for InputError {
    fn from(reason: String) -> Self {
        Self::Unusable(reason)
    }
}

impl From<DataError> for InputError {
    fn from(error: DataError) -> Self {
        let reason = error.to_string();
        if error.is_outside_range { Self::OutsideRange(reason) } else { Self::Unusable(reason) }
    }
}

/// The data of one asset in the plan's range, at least one bar, and what the index may remember of it.
///
/// Columns that the strategies do not read may be empty.
pub(super) fn open_asset(plan: &Plan, entry: &CandleFile, pool: &Pool) -> Result<AssetData, String> {
    Ok(open_columns(plan, entry, plan.fields(), pool)?)
}

/// The same with these columns of the candles.
pub(super) fn open_columns(
    plan: &Plan,
    entry: &CandleFile,
    fields: FieldSet,
    pool: &Pool,
) -> Result<AssetData, InputError> {
    let LoadedBars { known, warmup, candles, before, stamp, whole } = load_bars(plan, entry, fields, pool)?;
    let overlaps = |other: &&BenchmarkCandles| !other.within(known.start, known.end).0.is_empty();
    if let Some(benchmark) = plan.benchmark.as_deref().filter(|other| !overlaps(other)) {
        return Err(InputError::Unusable(format!(
            "{}: the benchmark {} has no candles while these have; choose another --benchmark, or another range with --from and --to",
            entry.symbol, benchmark.symbol
        )));
    }
    let span = (plan.range, plan.warmup);
    let others = plan.others.iter().map(|other| other.beside(entry, &known, span)).collect::<Result<_, String>>()?;
    let mut data = AssetData {
        known: AssetKnown { candles: known, warmup, detail: None, funding: None, own: None },
        candles,
        warmup: before,
        stamp,
        whole,
        detail: None,
        funding: Vec::new(),
        others,
        own: Vec::new(),
    };
    data.read_own(plan, entry)?;
    if plan.wants_detail() {
        let file = detail_file(plan, entry, &data.known.candles)?;
        let fields = FieldSet::new([Field::Open, Field::High, Field::Low]);
        let range = detail_range(plan, &data.known.candles);
        let (mut known, finer, stamp) =
            load(&file, range, fields, plan, pool).map_err(|error| format!("--detail {}: {error}", file.interval))?;
        let bars = DetailBars::new(&data.candles, plan.interval.millis(), &finer);
        let alone = Warning { kind: WarningKind::NoDetail, count: bars.alone() };
        known.warnings.extend((alone.count > 0).then_some(alone));
        data.known.detail = Some(known);
        data.detail = Some((bars, file, stamp));
    }
    if plan.wants_funding() {
        let rates = funding(plan, entry, &data.known.candles)?;
        let length = plan.interval.millis();
        data.funding = data.candles.time.iter().map(|open| rates.sum(*open, open.saturating_add(length))).collect();
        data.known.funding = Some(rates.digest());
    }
    Ok(data)
}

/// The bars of an asset in a plan's range, and those before it that warm up the rules.
struct LoadedBars {
    known: Known,
    /// As in [`AssetKnown`].
    warmup: Option<WarmupId>,
    candles: Candles,
    before: Candles,
    stamp: FileFingerprint,
    /// As in [`AssetData`].
    whole: Option<Known>,
}

fn load_bars(plan: &Plan, entry: &CandleFile, fields: FieldSet, pool: &Pool) -> Result<LoadedBars, InputError> {
    let Some(from) = plan.range.from.filter(|_| plan.warmup != Warmup::Bars(0)) else {
        let (known, candles, stamp) = load(entry, plan.range, fields, plan, pool)?;
        return Ok(LoadedBars { known, warmup: None, candles, before: Candles::default(), stamp, whole: None });
    };
    // All columns: digests of parts of them are made here.
    let (whole, mut before, stamp) = load(entry, from_the_first(plan.range), FieldSet::ALL, plan, pool)?;
    let (cut, all) = (before.time.partition_point(|time| *time < from), before.len());
    if cut == all {
        // The same file again, to say where its bars are.
        load(entry, plan.range, fields, plan, pool)?;
        return Err(no_bar(entry));
    }
    let count = plan.warmup.bars().map_or(cut, |bars| usize::try_from(bars).unwrap_or(usize::MAX).min(cut));
    let digest_from = |bar: usize| if bar == 0 { whole.digest } else { data::digest(&before, bar..all) };
    let warmup = (count > 0).then(|| WarmupId { digest: digest_from(cut - count), bars: count as u64 });
    let known = Known { digest: digest_from(cut), bars: (all - cut) as u64, start: before.time[cut], ..whole.clone() };
    let candles = before.split_off(cut);
    Ok(LoadedBars { known, warmup, candles, before, stamp, whole: Some(whole) })
}

/// What a plan's range and the bars before it hold, and the number of those that warm up, from the index.
fn look_up_candles(plan: &Plan, entry: &CandleFile, index: &Index) -> Option<(Known, Option<WarmupId>)> {
    let Some(from) = plan.range.from.filter(|_| plan.warmup != Warmup::Bars(0)) else {
        return Some((index.get(entry, plan.range)?, None));
    };
    let whole = index.get(entry, from_the_first(plan.range))?;
    if whole.start >= from {
        return Some((whole, None));
    }
    // Which bars a number of them are is known once they are read.
    if plan.warmup != Warmup::All {
        return None;
    }
    let known = index.get(&entry.looked_at_inside(whole.digest), plan.range)?;
    let warmup = WarmupId { digest: whole.digest, bars: whole.bars - known.bars };
    Some((known, Some(warmup)))
}

/// The same range from a file's first bar on.
fn from_the_first(range: TimeRange) -> TimeRange {
    TimeRange { from: None, to: range.to }
}

fn no_bar(entry: &CandleFile) -> InputError {
    InputError::OutsideRange(format!("{}: {NO_BAR_IN_RANGE}", escape(&entry.symbol)))
}

fn load(
    entry: &CandleFile,
    range: TimeRange,
    fields: FieldSet,
    plan: &Plan,
    pool: &Pool,
) -> Result<(Known, Candles, FileFingerprint), DataError> {
    let loaded = data::load_as(entry, LoadRequest { range, now: plan.now, fields, pool })?;
    Ok((known_of(&loaded), loaded.candles, loaded.stamp))
}

/// The candles of an asset that others are measured against, in the plan's interval and range.
///
/// # Errors
/// When they cannot be used.
pub fn load_benchmark(entry: &CandleFile, plan: &Plan) -> Result<BenchmarkCandles, String> {
    let pool = Pool::new(plan.threads);
    let request = LoadRequest { range: plan.range, now: plan.now, fields: FieldSet::default(), pool: &pool };
    let loaded = data::load_as(entry, request).map_err(|error| error.to_string())?;
    let Candles { time, close, .. } = loaded.candles;
    Ok(BenchmarkCandles { symbol: entry.symbol.clone(), time, close })
}

/// What the index may remember of these bars.
pub(super) fn known_of(loaded: &Loaded) -> Known {
    let time = &loaded.candles.time;
    Known {
        digest: loaded.digest,
        bars: time.len() as u64,
        start: time[0],
        end: time[time.len() - 1],
        synthetic: loaded.synthetic,
        warnings: loaded.warnings.clone(),
        turnover: None,
        warmup_bars: 0,
    }
}

/// The times of the finer bars inside these candles.
fn detail_range(plan: &Plan, candles: &Known) -> TimeRange {
    TimeRange { from: Some(candles.start), to: Some(candles.end.saturating_add(plan.interval.millis())) }
}

/// The file of the finer bars inside these candles.
fn detail_file(plan: &Plan, entry: &CandleFile, candles: &Known) -> Result<CandleFile, String> {
    let file = plan.extra.detail.get(&entry.path).cloned();
    let file = file.ok_or_else(|| {
        let detail = plan.settings.detail.map(|detail| detail.to_string()).unwrap_or_default();
        format!("there are no {detail} bars of {}: import or fetch them, or go without --detail", escape(&entry.symbol))
    })?;
    let mut file = file.looked_at_inside(candles.digest);
    file.bad_rows = entry.bad_rows;
    Ok(file)
}

/// The funding rates of an asset's market in the range of its candles.
fn funding(plan: &Plan, entry: &CandleFile, candles: &Known) -> Result<FundingRates, String> {
    let range = candles.start..candles.end.saturating_add(plan.interval.millis());
    let rates = read_funding(&plan.extra.data_dir, &entry.symbol).map_err(|error| error.to_string())?;
    rates.covering(&range).map_err(|error| error.to_string())
}
