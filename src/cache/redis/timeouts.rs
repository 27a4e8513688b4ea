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
    /// For commands about the cache itself: their user would rather wait than be told that it is slow.
    pub(crate) const ADMIN: Self =
        Self { connect: Duration::from_secs(1), round_trip: Duration::from_secs(5), idle: Duration::from_millis(500) };

    /// For results, where the cache may hold up a process for `timeout` in all: 100 ms and 250 ms with the usual one.
    /// They end the work of an abandoned thread soon after.
    pub(crate) fn for_results(timeout: Duration) -> Self {
        Self {
            connect: (timeout / 5 * 2).min(Self::ADMIN.connect),
            round_trip: timeout.min(Self::ADMIN.round_trip),
            ..Self::ADMIN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_follow_the_cache_timeout_up_to_those_of_admin_commands() {
        let limits = |timeout: u64| {
            let timeouts = Timeouts::for_results(Duration::from_millis(timeout));
            (timeouts.connect.as_millis(), timeouts.round_trip.as_millis())
        };
        assert_eq!(limits(250), (100, 250));
        assert_eq!(limits(1_000), (400, 1_000));
        assert_eq!(limits(30_000), (1_000, 5_000));
    }
}
