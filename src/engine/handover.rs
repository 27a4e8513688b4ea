//! Finished blocks go to the sink on a thread of its own: ranking and writing go on while the next wave is computed.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, Builder};

use super::plan::Identity;
use super::sink::{Finished, Sink};
use super::wave::Item;

/// Waves that may wait for the sink: with the one that it has, memory holds three.
const WAITING: usize = 1;

/// One block, with what identifies its candles.
pub(super) type Done = (Identity, Item);

/// Does work that hands over waves, while the sink takes them in their order; and gives the work's answer, and why the
/// sink could not take one, if so: it takes nothing more then, and whoever hands over is told that it should end.
pub(super) fn beside<R>(sink: &mut dyn Sink, work: impl FnOnce(&Handover) -> R) -> (R, Result<(), String>) {
    let (send, receive) = sync_channel::<Vec<Done>>(WAITING);
    thread::scope(|scope| {
        let take = move || receive.into_iter().flatten().try_for_each(|done| take(sink, &done));
        // Where no thread can be started, the receiver is gone with it, and the first wave finds out.
        let taker = Builder::new().name("sink".to_owned()).spawn_scoped(scope, take);
        let answer = work(&Handover(send));
        let ended = match taker {
            Ok(taker) => taker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => Err(format!("no thread can be started: {error}")),
        };
        (answer, ended)
    })
}

fn take(sink: &mut dyn Sink, (identity, item): &Done) -> Result<(), String> {
    let Item { asset, block, cache, .. } = item;
    let Some(outcomes) = &item.outcomes else { return Ok(()) };
    sink.take(&Finished { asset: *asset, identity: *identity, block, outcomes, cache: *cache })
}

/// The way to the sink.
pub(super) struct Handover(SyncSender<Vec<Done>>);

impl Handover {
    /// Hands over a wave; waits where the sink has not yet begun with the one before. False when it takes no more.
    pub fn wave(&self, wave: Vec<Done>) -> bool {
        self.0.send(wave).is_ok()
    }
}
