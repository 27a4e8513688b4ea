//! `backtest walk merge`: the parts of all shards become the tables and files that one machine would have.

use crate::args::{OutputFormat, ShardMergeArgs};
use crate::commands::Context;
use crate::commands::sweep::shards::{self, MergedShards, ShardedWork};
use crate::commands::walk::shards::work::WalkWork;
use crate::commands::walk::{Combinatorial, Forward, Kept, Method};
use crate::error::Error;
use crate::settings::file::choice;
use crate::settings::request;
use crate::shards::{AssetDocument, DocumentContents, FoundDocument, ShardedCommand};

/// Runs it.
///
/// # Errors
/// A wrong request or plan; shards that are missing or damaged; assets that cannot be walked, once the others are printed.
pub(super) fn run(args: &ShardMergeArgs, context: &Context) -> Result<(), Error> {
    let (document, store) = shards::open(&args.place, ShardedCommand::Walk)?;
    if let Some(path) = &args.out {
        request::check_file("--out", path, &["json", "csv", "parquet"])?;
    }
    let format = choice(args.format, &crate::args::options::FORMAT, &context.config)?;
    let there = shards::there(&document, &store, args.partial)?;
    let share = args.verify.as_deref().map(shards::verified_share).transpose()?;
    let work = WalkWork::new(document, args.threads.as_ref(), context)?;
    let verified = share.map(|share| shards::verify(&work, &store, &there, share, context)).transpose()?;

    let merged = MergedShards { setup: work.setup(), store: &store, shards: &there, is_partial: args.partial, context };
    let (mut kept, mut failed) = (Vec::new(), Vec::new());
    let count = merged.each(|shard, part| {
        let broken = |error: &dyn std::fmt::Display| Error::failed(format!("the part of shard {shard}: {error}"));
        let contents: DocumentContents = part.contents(&work.setup().candles).map_err(|error| broken(&error))?;
        let blocks = work.setup().document.shard(shard).unwrap_or(0..0);
        if contents.assets.len() as u64 != blocks.end - blocks.start {
            return Err(broken(&"does not have each of its assets"));
        }
        for AssetDocument { symbol, found } in contents.assets {
            match found {
                Ok(FoundDocument { document, rows }) => kept.push(Kept { symbol, rows, document }),
                Err(reason) => failed.push(reason),
            }
        }
        Ok(())
    })?;
    merged.tell(count, verified);
    let walk = work.command(context);
    let out = (args.out.as_deref(), format.unwrap_or(OutputFormat::Table));
    match &work.method {
        Method::Forward(options) => walk.print(&Forward { walk: &walk, options }, (&kept, &failed), out, None),
        Method::Combinatorial(options) => {
            walk.print(&Combinatorial { walk: &walk, options }, (&kept, &failed), out, None)
        }
    }
}
