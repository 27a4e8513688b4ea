//! `backtest sweep status`, and `status` of other plans: which shards are done.

use serde_json::json;

use crate::args::{OutputFormat, ShardStatusArgs};
use crate::commands::Context;
use crate::commands::sweep::shards::part::ShardedWork;
use crate::commands::sweep::shards::{open, store_error};
use crate::data::escape;
use crate::engine;
use crate::error::Error;
use crate::output::format;
use crate::output::progress::ProgressBar;
use crate::report::csv;
use crate::shards::{PartProblem, PartStore, PartStoreError, ShardPart, ShardPlan, ShardSet};

/// What is known of the shards of a plan.
struct PlanStatus {
    /// Number of shards.
    shards: u32,
    /// Without a part.
    missing: ShardSet,
    /// With a part that is damaged or foreign, and what is wrong with it.
    corrupt: Vec<(u32, String)>,
}

impl PlanStatus {
    /// Reads all parts to their ends, several at a time.
    ///
    /// # Errors
    /// A place that cannot be read.
    fn of(plan: &ShardPlan, store: &PartStore, context: &Context) -> Result<Self, Error> {
        let id = plan.id();
        // The part, or what is wrong with it; nothing where there is none.
        let look = |shard: u32| -> Result<Option<Result<ShardPart, PartProblem>>, PartStoreError> {
            Ok(store.read(shard)?.map(|file| ShardPart::open(file, id, shard)))
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let bar = ProgressBar::new(context.printer, "shards");
        let found = engine::in_parallel((0..plan.shards()).collect(), threads, &bar, |shard| (shard, look(shard)));
        let (mut missing, mut corrupt) = (Vec::new(), Vec::new());
        for (shard, found) in found {
            match found.map_err(|error| store_error(&error))? {
                None => missing.push(shard),
                Some(Err(problem)) => corrupt.push((shard, problem.to_string())),
                Some(Ok(_)) => {}
            }
        }
        Ok(Self { shards: plan.shards(), missing: missing.into_iter().collect(), corrupt })
    }

    /// The shards that are to be run.
    fn open(&self) -> ShardSet {
        self.missing.iter().chain(self.corrupt.iter().map(|(shard, _)| *shard)).collect()
    }

    fn done(&self) -> u32 {
        self.shards - u32::try_from(self.open().len()).unwrap_or(self.shards)
    }

    /// The damaged ones, as a list.
    fn corrupt_set(&self) -> ShardSet {
        self.corrupt.iter().map(|(shard, _)| *shard).collect()
    }
}

/// Runs it.
///
/// # Errors
/// A plan or a place that cannot be read.
pub(in crate::commands) fn run<W: ShardedWork>(args: &ShardStatusArgs, context: &Context) -> Result<(), Error> {
    let (plan, store) = open(&args.place, W::COMMAND)?;
    let status = PlanStatus::of(&plan, &store, context)?;
    if args.missing {
        let open = status.open();
        return context.printer.data(&if open.is_empty() { String::new() } else { format!("{open}\n") });
    }
    let (done, missing, corrupt) = (status.done(), status.missing.to_string(), status.corrupt_set().to_string());
    context.printer.data(&match args.format {
        OutputFormat::Json => {
            let wrong: Vec<_> =
                status.corrupt.iter().map(|(shard, what)| json!({"shard": shard, "problem": what})).collect();
            let document = json!({
                "shards": status.shards, "done": done, "missing": missing, "corrupt": corrupt, "problems": wrong,
            });
            format!("{document:#}\n")
        }
        OutputFormat::Csv => {
            let line = [status.shards.to_string(), done.to_string(), missing, corrupt];
            csv::lines(&["shards", "done", "missing", "corrupt"], [line]).map_err(Error::failed)?
        }
        OutputFormat::Table => {
            let list = |set: &str| if set.is_empty() { "none".to_owned() } else { set.to_owned() };
            let wrong: Vec<String> =
                status.corrupt.iter().map(|(shard, what)| format!("shard {shard}: {}\n", escape(what))).collect();
            format!(
                "done     {} of {}\nmissing  {}\ncorrupt  {}\n{}",
                format::count(u64::from(done)),
                format::count(u64::from(status.shards)),
                list(&missing),
                list(&corrupt),
                wrong.concat(),
            )
        }
    })
}
