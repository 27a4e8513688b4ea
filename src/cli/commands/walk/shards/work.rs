//! A shard of a walk: some of the assets, one after the other.

use std::time::Instant;

use serde_json::{Value, json};

use crate::args::{BorderArg, ChoiceArgs, PickArg, WindowArgs};
use crate::cache::Results;
use crate::commands::Context;
use crate::commands::sweep::shards::{ShardSetup, ShardedWork, other_candles, stopped, unreadable, unwritten};
use crate::commands::walk::{Combinatorial, Forward, Method, OfAll, WalkCommand, WalkMethod, method};
use crate::data::Index;
use crate::engine::{self, GridPoints, NoProgress, Plan, Progress, WalkFailure};
use crate::error::Error;
use crate::files::AtomicFile;
use crate::output::format;
use crate::output::progress::{Interrupts, ProgressBar};
use crate::report::kept::kept_rows;
use crate::report::table::Records;
use crate::settings::environment;
use crate::shards::{
    AssetDocument, DocumentContents, FoundDocument, PlannedWalk, ShardPlan, ShardedCommand, finish_part,
};

/// Walks as a plan describes them.
pub(super) struct WalkWork {
    setup: ShardSetup,
    /// How each asset is walked.
    pub method: Method,
}

impl ShardedWork for WalkWork {
    const COMMAND: ShardedCommand = ShardedCommand::Walk;

    fn new(document: ShardPlan, threads: Option<&String>, context: &Context) -> Result<Self, Error> {
        let wrong = || Error::usage("--plan: it has values that this program does not know; make it anew");
        let setup = ShardSetup::new(document, threads, context)?;
        let (windows, choice) = setup.document.walk.as_ref().and_then(given).ok_or_else(wrong)?;
        let method = method(&windows, &choice, setup.plan.interval)?;
        Ok(Self { setup, method })
    }

    fn setup(&self) -> &ShardSetup {
        &self.setup
    }

    fn make_part(
        &self,
        shard: u32,
        mut file: AtomicFile,
        results: &Results,
        signals: &Interrupts,
        context: &Context,
    ) -> Result<(AtomicFile, String), Error> {
        let begun = Instant::now();
        let walk = self.command(context);
        let contents = match &self.method {
            Method::Forward(options) => self.documents(&Forward { walk: &walk, options }, shard, results, signals),
            Method::Combinatorial(options) => {
                self.documents(&Combinatorial { walk: &walk, options }, shard, results, signals)
            }
        }?;
        finish_part(&mut file, self.setup.id, shard, &contents).map_err(|error| unwritten(shard, &error))?;
        let assets = format::counted(contents.assets.len(), "asset");
        Ok((file, format!("{assets}, in {}", format::duration(begun.elapsed().as_secs_f64() * 1000.0))))
    }
}

impl WalkWork {
    /// The walk of all assets of the plan.
    pub(super) fn command<'a>(&'a self, context: &'a Context) -> WalkCommand<'a> {
        let ShardSetup { plan, points, selection, .. } = &self.setup;
        WalkCommand { plan, points, is_portfolio: false, selection, context }
    }

    fn documents<M: WalkMethod>(
        &self,
        method: &M,
        shard: u32,
        results: &Results,
        signals: &Interrupts,
    ) -> Result<DocumentContents, Error> {
        let ShardSetup { plan, points, document, .. } = &self.setup;
        let blocks = document.shard(shard).unwrap_or(0..0);
        let place = |block: u64| usize::try_from(block).unwrap_or(usize::MAX).min(plan.assets.len());
        let assets = place(blocks.start)..place(blocks.end);
        let mut index = Index::open(environment::cache_dir().as_deref());
        self.check_candles(assets.clone(), &mut index)?;
        let walk = method.walk();
        let bar = ProgressBar::stoppable(walk.context.printer, "combinations", signals.clone());
        let each = points.iter().map(GridPoints::count).fold(0, u64::saturating_add);
        bar.begin(each.saturating_mul(method.sweeps()).saturating_mul(assets.len() as u64));
        let mut contents = DocumentContents::default();
        for asset in assets {
            let symbol = plan.assets[asset].symbol.clone();
            let found = match method.find(asset, results, &mut index, &OfAll(&bar)) {
                Ok(found) if method.known(&found).digest == self.setup.candles[asset].digest => {
                    let (columns, rows) = (method.columns(), method.rows(asset, &found));
                    let rows = kept_rows(&Records::new(&columns, &rows[..], rows.len()));
                    Ok(FoundDocument { document: lasting(method.document(asset, &found)), rows })
                }
                Ok(_) => return Err(Error::passing(format!("{symbol}: its candles changed while they were read"))),
                Err(WalkFailure::Windows(reason)) => Err(reason),
                Err(WalkFailure::Asset(reason)) => return Err(unreadable(&self.setup, &[(&symbol, &reason)])),
                Err(WalkFailure::Stopped) => return Err(stopped(shard, signals)),
            };
            contents.assets.push(AssetDocument { symbol, found });
        }
        bar.end();
        index.save();
        Ok(contents)
    }

    /// Sees that the candles here are those of the plan.
    fn check_candles(&self, assets: std::ops::Range<usize>, index: &mut Index) -> Result<(), Error> {
        let ShardSetup { plan, candles, .. } = &self.setup;
        let own = Plan { assets: plan.assets[assets.clone()].to_vec(), ..plan.clone() };
        for (asset, found) in assets.zip(engine::identify(&own, index, &NoProgress)) {
            let symbol = &plan.assets[asset].symbol;
            match found {
                Ok((here, _)) if here == candles[asset] => {}
                Ok((here, _)) => return Err(Error::usage(other_candles(symbol, &candles[asset], &here))),
                Err(reason) => return Err(unreadable(&self.setup, &[(symbol, &reason)])),
            }
        }
        Ok(())
    }
}

/// A document without what differs from run to run: times, and what was found in a cache.
fn lasting(mut document: Value) -> Value {
    let summary = &mut document["summary"];
    let computed = ["hits", "misses"].iter().filter_map(|name| summary[name].as_u64()).sum::<u64>();
    for (name, value) in
        [("hits", json!(0)), ("misses", json!(computed)), ("load_ms", json!(0)), ("compute_ms", json!(0))]
    {
        summary[name] = value;
    }
    document
}

/// The arguments of a planned walk; none where this program knows no such rule.
fn given(planned: &PlannedWalk) -> Option<(WindowArgs, ChoiceArgs)> {
    let PlannedWalk { train, test, windows, anchored, gap, holdout, cpcv, border, pick, seed } = planned.clone();
    let choice = ChoiceArgs { border: Some(BorderArg::named(&border)?), pick: PickArg::named(&pick)?, seed };
    Some((WindowArgs { train, test, windows, anchored, gap, holdout, cpcv }, choice))
}
