//! Lines 1 to 6: nobody answers, or not in time, or not to the end.

use std::time::Duration;

use crate::common::fault_proxy::Break;
use crate::common::staged::{self, Fill};
use crate::unharmed::unharmed;

#[test]
fn a_redis_that_is_not_there_changes_nothing() {
    unharmed(staged::refused, "refused", &["nothing listens there", "continuing without cache"]);
}

#[test]
fn a_host_that_swallows_every_packet_changes_nothing() {
    unharmed(staged::blackholed, "timeout", &["no connection in time", "continuing without cache"]);
}

#[test]
fn a_stopped_server_changes_nothing() {
    unharmed(staged::frozen, "timeout", &["no answer in time", "continuing without cache"]);
}

#[test]
fn a_server_that_accepts_and_hangs_changes_nothing() {
    let hanging = |fill: Fill<'_>| staged::broken_after(fill, 0, Break::Stall);
    unharmed(hanging, "timeout", &["no answer in time"]);
}

#[test]
fn a_server_that_answers_after_five_seconds_changes_nothing() {
    unharmed(staged::paused, "timeout", &["no answer in time"]);
}

#[test]
fn a_server_that_sends_a_byte_every_80_ms_changes_nothing() {
    for n in [0, 1] {
        let dripping = |fill: Fill<'_>| staged::broken_after(fill, n, Break::Drip(Duration::from_millis(80)));
        unharmed(dripping, "timeout", &["no answer in time"]);
    }
}

#[test]
fn a_server_killed_during_the_run_changes_nothing() {
    let killed = |fill: Fill<'_>| staged::killed_after(fill, 1, false);
    unharmed(killed, "closed", &["continuing without cache"]);
}

#[test]
fn a_server_restarted_during_the_run_changes_nothing() {
    let restarted = |fill: Fill<'_>| staged::killed_after(fill, 1, true);
    unharmed(restarted, "closed", &["continuing without cache"]);
}

#[test]
fn what_is_not_a_redis_changes_nothing() {
    for bytes in ["HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "220 mail ESMTP\r\n", "+OK\r\n+OK\r\n"] {
        unharmed(|_: Fill<'_>| staged::foreign(bytes.as_bytes()), "protocol", &["continuing without cache"]);
    }
}

#[test]
fn a_reply_without_an_end_changes_nothing() {
    unharmed(|_: Fill<'_>| staged::flooding(b"HTTP/1.1 200 OK\r\n"), "protocol", &[]);
    unharmed(|_: Fill<'_>| staged::flooding(b"+OK\r\n*2\r\n$500000000000\r\n"), "timeout", &[]);
}
