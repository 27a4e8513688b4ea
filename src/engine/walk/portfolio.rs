//! Walk-forward of one account over many assets: as of one asset, with the union of their bars for its bars, and equal parts
//! of all for its market.

use std::ops::Range;

use super::chosen::{MOST_KEPT, distinct, place};
use super::picker::{ReturnMoments, random_picker_p};
use super::selection::{
    PointFigures, Selected, Selection, StrategyPoint, Stretches, WindowSegments, borders, segments,
};
use super::windows::{WindowBars, Windows};
use super::{
    Pick, WalkFailure, WalkOptions, Walked, WalkedAssets, WalkedWindow, WindowChoice, moments, scatter, times,
};
use crate::block::{Block, GridPoints};
use crate::data::{Index, Known};
use crate::plan::Plan;
use crate::pool::{NoProgress, Pool, Progress};
use crate::portfolio::{PORTFOLIO, PreparedPoints, UniverseData};
use crate::ranking::Ranking;
use crate::sim::account::{BarTrade, BorderRule, SegmentStats};
use crate::sim::fold::ScheduleEntry;
use crate::sim::strategy::PortfolioTerms;
use crate::sim::{Candles, Settings, Summary};

/// The points that were chosen, with what each window is told of them.
struct ChosenAccounts {
    selected: Selected,
    points: Vec<StrategyPoint>,
    /// Which of them each window has.
    places: Vec<Option<usize>>,
    /// Sums of each segment, and the trades, of each of them.
    rows: Vec<(Vec<SegmentStats>, Vec<BarTrade>)>,
}

/// Walks the points of the plan's first strategy, a portfolio, over all assets of the plan as one account.
///
/// # Errors
/// [`WalkFailure`].
pub fn walk_portfolio(
    plan: &Plan,
    points: &GridPoints,
    (options, ranking): (&WalkOptions, &Ranking),
    index: &mut Index,
    progress: &dyn Progress,
) -> Result<Walked, WalkFailure> {
    let pool = Pool::new(plan.threads);
    let mut data = UniverseData::for_sweep(plan, index, &NoProgress).map_err(WalkFailure::Asset)?;
    let wrong = |error: String| WalkFailure::Windows(format!("{PORTFOLIO}: {error}"));
    // What the market is to one asset, holding all of them is to their account.
    let candles =
        Candles { time: data.universe.time.clone(), close: data.benchmark.hold.clone(), ..Candles::default() };
    let Windows { windows, holdout } = options.windows.windows(&candles, plan.interval).map_err(wrong)?;
    let count = windows.len();
    let all: Vec<WindowBars> = windows.into_iter().chain(holdout).collect();
    let stretches: Vec<Stretches> = all.iter().map(Stretches::from).collect();
    if options.pick == Pick::Plateau && points.count().saturating_mul(all.len() as u64) > MOST_KEPT {
        return Err(wrong(format!(
            "--pick plateau keeps all points of all windows: more than {} points are too many; pass a coarser grid",
            MOST_KEPT / all.len() as u64
        )));
    }
    let walk = PortfolioWalk { plan, options, ranking, stretches: &stretches, candles: &candles, pool: &pool };
    let (selected, summary) = walk.select(&mut data, points, progress)?;
    let chosen = walk.chosen(&mut data, selected);
    let walked = walk.walked(&mut data, &chosen, (&all, count), summary);
    let assets = WalkedAssets { known: data.known, failed: data.failed, absent: data.absent };
    Ok(Walked { assets: Some(assets), ..walked })
}

/// What stays the same all the way.
struct PortfolioWalk<'a> {
    plan: &'a Plan,
    options: &'a WalkOptions,
    ranking: &'a Ranking,
    stretches: &'a [Stretches],
    candles: &'a Candles,
    pool: &'a Pool,
}

impl PortfolioWalk<'_> {
    fn borders(&self) -> Vec<usize> {
        borders(self.stretches, self.candles.len())
    }

    fn cut(&self) -> Vec<WindowSegments> {
        let (time, Plan { settings, interval, .. }) = (&self.candles.time, self.plan);
        let bars_per_year = settings.year.bars(*interval, time.len() as u64, time[0], time[time.len() - 1]);
        segments(self.stretches, &self.borders(), self.candles, bars_per_year)
    }

    /// The accounts of these points, each summed up by segments, with its trades.
    fn rows(&self, data: &mut UniverseData, points: &[Vec<f64>]) -> Vec<(Vec<SegmentStats>, Vec<BarTrade>)> {
        let (borders, risk_free) = (self.borders(), data.risk_free(self.plan));
        let capital = self.plan.settings.capital;
        data.accounts(self.plan, points, self.pool, &|_, run| {
            let rows = run.segments(&borders, capital, risk_free);
            (rows, run.trades.iter().map(|one| one.trade).collect())
        })
    }

    /// Goes through all points once, and chooses one for each window.
    fn select(
        &self,
        data: &mut UniverseData,
        points: &GridPoints,
        progress: &dyn Progress,
    ) -> Result<(Selected, Summary), WalkFailure> {
        let begun = std::time::Instant::now();
        let keeps_all = self.options.pick == Pick::Plateau;
        let mut selection = Selection::new(self.ranking, PORTFOLIO, self.plan.settings, self.cut(), keeps_all);
        let mut summary = Summary { assets: data.universe.assets.len(), strategies: 1, ..Summary::default() };
        for number in 0..points.blocks() {
            let block = Block::new(self.plan, points.block(number));
            let open: Vec<Vec<f64>> = block.open().cloned().collect();
            for (values, (rows, _)) in open.iter().zip(self.rows(data, &open)) {
                selection.point((0, values), &rows);
            }
            summary.skipped += block.points.len() - open.len();
            summary.broken += block.broken;
            summary.misses += open.len();
            progress.advance(block.points.len() as u64);
            if progress.stopped() {
                return Err(WalkFailure::Stopped);
            }
        }
        summary.combinations = summary.misses;
        summary.bars = self.candles.len() as u64;
        summary.compute_ms = begun.elapsed().as_secs_f64() * 1_000.0;
        let mut selected = selection.finish();
        if keeps_all {
            selected.pick_plateau(self.ranking.by.metric);
        }
        if selected.points == 0 {
            let why = "every combination is skipped by the strategy's require or by an indicator";
            return Err(WalkFailure::Windows(format!("{PORTFOLIO}: {why}")));
        }
        Ok((selected, summary))
    }

    fn chosen(&self, data: &mut UniverseData, selected: Selected) -> ChosenAccounts {
        let (points, places) = distinct(&selected.best);
        let values: Vec<Vec<f64>> = points.iter().map(|point| point.values.clone()).collect();
        let rows = self.rows(data, &values);
        ChosenAccounts { selected, points, places, rows }
    }

    /// What was chosen in a window; none where no point could be.
    fn choice(&self, chosen: &ChosenAccounts, cut: &mut WindowSegments, window: usize) -> Option<WindowChoice> {
        let place_of = chosen.places[window]?;
        let (rows, trades) = &chosen.rows[place_of];
        let Settings { capital, .. } = self.plan.settings;
        let [in_sample, out_of_sample] = cut.metrics(rows, capital);
        let point = &chosen.points[place_of];
        let metric = self.ranking.by.metric;
        let places = (self.stretches.len(), window);
        let (rank, ranked) = place(&chosen.selected, places, point, (metric, out_of_sample[metric]));
        let spans = |bars: &Range<usize>, trade: &BarTrade| {
            !trade.open && bars.contains(&trade.exit_bar) && trade.entry_bar < bars.start
        };
        let of_stretch = |bars: &Range<usize>| trades.iter().filter(|trade| spans(bars, trade)).count() as u64;
        let trades_spanning = self.stretches[window].test.iter().map(of_stretch).sum();
        let StrategyPoint { strategy, values } = point.clone();
        Some(WindowChoice { strategy, values, in_sample, out_of_sample, trades_spanning, rank, ranked })
    }

    fn walked(
        &self,
        data: &mut UniverseData,
        chosen: &ChosenAccounts,
        (all, count): (&[WindowBars], usize),
        summary: Summary,
    ) -> Walked {
        let Self { plan, options, candles, .. } = *self;
        let mut cut = self.cut();
        let window = |(at, (window, cut)): (usize, (&WindowBars, &mut WindowSegments))| WalkedWindow {
            train_time: times(candles, &window.train),
            test_time: times(candles, &window.test),
            passing: chosen.selected.passing[at],
            choice: self.choice(chosen, cut, at),
            window: window.clone(),
        };
        let mut windows: Vec<WalkedWindow> = all.iter().zip(&mut cut).enumerate().map(window).collect();
        let held_out = (all.len() > count).then(|| windows.split_off(count).remove(0));
        let of_place = |(place, cut): (&Option<usize>, &WindowSegments)| {
            place.map(|place| cut.moments(&chosen.rows[place].0, plan.settings.capital))
        };
        let sums: Vec<Option<[[f64; 2]; 2]>> = chosen.places.iter().zip(&cut).map(of_place).collect();
        let (of_choice, in_sample): (ReturnMoments, Option<f64>) = moments(all, count, &sums);
        let test_bars: Vec<usize> = all.iter().map(|window| window.test.len()).collect();
        let rows = chosen.selected.figures.chunks_exact(all.len());
        let figures: Vec<PointFigures> = rows.flat_map(|row| &row[..count]).copied().collect();
        let ratio = of_choice.mean().zip(in_sample).map(|(out, inside)| out / inside);
        // A single point is what any pick would have been.
        let picked = (chosen.selected.points > 1)
            .then(|| random_picker_p(&figures, &test_bars[..count], of_choice, options.seed));

        let known = joint_known(data, candles);
        let has_slots = plan.strategies[0].strategy.portfolio.as_ref().is_some_and(PortfolioTerms::has_slots);
        let values: Vec<Vec<f64>> = chosen.points.iter().map(|point| point.values.clone()).collect();
        let prepared = PreparedPoints::new(plan, data, &values, self.pool);
        let entry = |at: usize| ScheduleEntry { from: all[at].test.start, combination: chosen.places[at] };
        let schedule: Vec<ScheduleEntry> = (0..count).map(entry).collect();
        let (from, to) = (all[0].test.start, all[count - 1].test.end);
        let holdout = held_out.map(|window| (window, prepared.stitch(&[entry(count)], options.border, candles.len())));
        // Nothing is adopted in slots: what another account holds there has no slot of this one.
        let beside = if has_slots { BorderRule::Hold } else { BorderRule::Adopt };
        let others = [beside, BorderRule::Flat].into_iter().filter(|rule| *rule != options.border);
        Walked {
            known,
            assets: None,
            stitched: prepared.stitch(&schedule, options.border, to),
            others: others.map(|rule| (rule, prepared.stitch(&schedule, rule, to))).collect(),
            time: candles.time[from..to].to_vec(),
            close: candles.close[from..to].to_vec(),
            efficiency: ratio.filter(|ratio| ratio.is_finite()),
            random_picker_p: picked.flatten(),
            points: chosen.selected.points,
            kept: chosen.selected.kept.len(),
            scatter: scatter(&figures),
            windows,
            holdout,
            summary,
        }
    }
}

/// What is known of all candles together, by the bars of the account.
fn joint_known(data: &UniverseData, candles: &Candles) -> Known {
    let time = &candles.time;
    Known {
        digest: data.id.digest,
        bars: time.len() as u64,
        start: time[0],
        end: time[time.len() - 1],
        synthetic: data.known.iter().any(|(_, known)| known.synthetic),
        warnings: Vec::new(),
        turnover: None,
        warmup_bars: data.known.iter().map(|(_, known)| known.warmup_bars).max().unwrap_or(0),
    }
}
