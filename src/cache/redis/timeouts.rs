//! How long things may take on a connection to Redis: every time limit of this store.

use std::time::Duration;

/// Time limits of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeouts {
    /// To connect, over all addresses of the host; and as much again for the handshake of an encrypted connection.
    pub connect: Duration,
    /// For one round trip: all requests and all their replies.
    pub round_trip: Duration,
    /// Idle for longer than this, a connection that turns out to be closed is opened again, once: servers close
    /// connections that idle (`timeout` in redis.conf), but none that are in use.
    pub idle: Duration,
}

impl Timeouts {
    /// For results: a run waits no longer than its stall budget anyway, and these end the work of an abandoned thread
    /// soon after.
    pub const RUN: Self = Self {
        connect: Duration::from_millis(100),
        round_trip: Duration::from_millis(250),
        idle: Duration::from_millis(500),
    };

    /// For commands about the cache itself: their user would rather wait than be told that it is slow.
    pub const ADMIN: Self = Self { connect: Duration::from_secs(1), round_trip: Duration::from_secs(5), ..Self::RUN };
}
