//! Pass after pass: when a bar has come to its end, and when candles have changed.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use super::pass::Passes;
use super::{fetch, open_store, store_error};
use crate::args::SignalsArgs;
use crate::commands::Context;
use crate::error::Error;
use crate::output::progress::Interrupts;
use crate::settings::environment::now;
use crate::sim::{Interval, Millis};

/// How often it is looked whether it should end.
const GLANCE: Duration = Duration::from_millis(50);
/// How often it is looked, in glances, whether candles have changed.
const LOOK: u32 = 20;

/// Goes on until a signal comes; a pass that has begun is done.
pub(super) fn run(args: SignalsArgs, context: &Context) -> Result<(), Error> {
    let passes = Passes::new(args, context)?;
    let interrupts = Interrupts::listen();
    let mut store = open_store(&passes.args.state, context)?;
    if let Some(risk) = store.risk().map_err(store_error)? {
        context.printer.warn(&risk);
    }
    let mut sinks = passes.sinks(&mut store)?;
    loop {
        // What cannot be fetched is late, and was said to be; the others go on.
        fetch::fetch(&passes.args, context)?;
        let plan = passes.plan()?;
        let (interval, settle) = (plan.interval, plan.assets.first().map_or(0, |asset| asset.settle));
        let folder = plan.assets.first().and_then(|asset| asset.path.parent().map(Path::to_owned));
        let before = folder.as_deref().and_then(changed);
        passes.run(&plan, &mut store, &mut sinks)?;
        let until = next_pass(now(), interval, settle);
        for glance in 1.. {
            if interrupts.came().is_some() {
                return Ok(());
            }
            if now() >= until || glance % LOOK == 0 && folder.as_deref().and_then(changed) != before {
                break;
            }
            thread::sleep(GLANCE);
        }
    }
}

/// When the next bar has settled.
fn next_pass(now: Millis, interval: Interval, settle: Millis) -> Millis {
    interval.end_of(interval.open_of(now - settle)).saturating_add(settle)
}

/// When the last of a folder's files was changed, and their number.
fn changed(folder: &Path) -> Option<(usize, SystemTime)> {
    let times = fs::read_dir(folder).ok()?.flatten().filter_map(|entry| entry.metadata().ok()?.modified().ok());
    times.fold(None, |all: Option<(usize, SystemTime)>, time| {
        Some(all.map_or((1, time), |(count, last)| (count + 1, last.max(time))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_pass_is_when_the_next_bar_has_settled() {
        let hour: Interval = "1h".parse().unwrap();
        for (now, next) in [(0, 2_000), (1_999, 2_000), (2_000, 3_602_000), (3_600_000, 3_602_000)] {
            assert_eq!(next_pass(now, hour, 2_000), next, "{now}");
        }
    }
}
