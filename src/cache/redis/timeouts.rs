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
    pub const ADMIN: Self =
        Self { connect: Duration::from_secs(1), round_trip: Duration::from_secs(5), idle: Duration::from_millis(500) };

    /// For results, where a process waits no longer than this stall budget in all: 100 ms and 250 ms with the usual
    /// one. They end the work of an abandoned thread soon after.
    pub fn for_budget(budget: Duration) -> Self {
        let connect = budget / 11 * 5;
        let round_trip = budget.saturating_add(Duration::from_millis(30));
        Self {
            connect: connect.min(Self::ADMIN.connect),
            round_trip: round_trip.min(Self::ADMIN.round_trip),
            ..Self::ADMIN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_follow_the_stall_budget_up_to_those_of_admin_commands() {
        let limits = |budget: u64| {
            let timeouts = Timeouts::for_budget(Duration::from_millis(budget));
            (timeouts.connect.as_millis(), timeouts.round_trip.as_millis())
        };
        assert_eq!(limits(220), (100, 250));
        assert_eq!(limits(1_100), (500, 1_130));
        assert_eq!(limits(30_000), (1_000, 5_000));
    }
}
