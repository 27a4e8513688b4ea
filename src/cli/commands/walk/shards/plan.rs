//! `backtest walk plan`: the assets of a walk, shared out.

use crate::args::{BorderArg, WalkArgs, WalkPlanArgs};
use crate::commands::sweep::shards::{PlanRequest, PlannedCost, check_size, identified, refuse};
use crate::commands::walk::{Combinatorial, Forward, Method, Requested, WalkMethod};
use crate::commands::{Context, execution, results};
use crate::engine::{self, Plan, Segmentation};
use crate::error::Error;
use crate::settings::assets;
use crate::settings::request::check_file;
use crate::shards::{PlannedSample, PlannedWalk, ShardedCommand};

/// Runs it.
///
/// # Errors
/// A wrong request; candles that cannot be used; a file that cannot be written.
pub(super) fn run(args: &WalkPlanArgs, context: &Context) -> Result<(), Error> {
    let walk = &args.walk;
    check_size(&args.size)?;
    refuse(&[
        ("--dry-run", walk.dry_run, "says what a plan says too"),
        ("--report", walk.pictures.report.is_some(), "draws one asset"),
        ("--chart", walk.pictures.chart, "draws one asset"),
    ])?;
    let requested = Requested::new(walk, context)?;
    let Requested { request, selection, names, points, plan, .. } = &requested;
    if requested.is_portfolio {
        return Err(Error::usage(
            "a walk is shared out by assets, and those of a portfolio share one account: run it as it is",
        ));
    }
    if plan.assets.len() < 2 {
        return Err(Error::usage(
            "a walk is shared out by assets, and this is of one: run it as it is, or name more with --all or --crypto",
        ));
    }
    let out = request.out.as_deref().unwrap_or(std::path::Path::new("plan.json"));
    check_file("--out", out, &["json"])?;
    let inputs = results::inputs(plan, names, context).into_iter().chain(assets::lists(&walk.assets));
    results::check_outputs(&[("--out", Some(out))], &inputs.collect::<Vec<_>>())?;
    let (candles, known) = identified(plan, context)?;
    execution::tell_resampled(&plan.assets, context);
    execution::tell(&known, context);

    let command = requested.command(context);
    let (cuts, sweeps) = match &requested.method {
        Method::Forward(options) => timed(&Forward { walk: &command, options }),
        Method::Combinatorial(options) => timed(&Combinatorial { walk: &command, options }),
    };
    let detail = engine::segment_detail(selection).unwrap_or_default();
    let cut = Plan { segments: cuts.map(|cuts| Segmentation { cuts, detail }), ..plan.clone() };
    let cost = PlannedCost::of(&cut, points, &candles)?.by_asset(plan.assets.len(), sweeps);
    let planned = PlanRequest {
        command: ShardedCommand::Walk,
        backtest: &walk.backtest,
        sample: walk.random.map(|count| PlannedSample { count, seed: walk.choice.seed }),
        walk: Some(planned(walk)),
        rows: false,
        pbo_blocks: None,
        plan,
        points,
        names,
        selection,
        context,
    };
    planned.save(&candles, &cost, &args.size, (out, request.format))
}

/// How the sweep of a walk is cut, by the first asset, and how many sweeps there are.
fn timed<M: WalkMethod>(method: &M) -> (Option<engine::Cuts>, u64) {
    (method.preview(0).ok().map(|(cuts, _)| cuts), method.sweeps())
}

fn planned(walk: &WalkArgs) -> PlannedWalk {
    let (windows, choice) = (&walk.windows, &walk.choice);
    PlannedWalk {
        train: windows.train.clone(),
        test: windows.test.clone(),
        windows: windows.windows,
        anchored: windows.anchored,
        gap: windows.gap.clone(),
        holdout: windows.holdout.clone(),
        cpcv: windows.cpcv.clone(),
        border: choice.border.unwrap_or(BorderArg::Adopt).name(),
        pick: choice.pick.name(),
        seed: choice.seed,
    }
}
