//! Which bars before a plan's range its rules know of.

use std::fmt;
use std::str::FromStr;

use crate::sim::fold::{Combination, bars_to_warm_up};
use crate::sim::{Direction, Interval};

/// The most bars that may be named.
const MOST: u64 = 1_000_000_000;
/// Which bars before the range feed the indicators. The account starts with the range in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Warmup {
    /// All that there are.
    #[default]
    All,
    /// As many as the rules of the plan need, which is so many as far as they are known.
    Auto(u64),
    /// So many, or all where there are fewer.
    Bars(u64),
}

impl Warmup {
    /// The number of bars, where it is limited.
    #[must_use]
    pub fn bars(self) -> Option<u64> {
        match self {
            Self::All => None,
            Self::Auto(bars) | Self::Bars(bars) => Some(bars),
        }
    }

    /// Forgets for which strategies it was enough.
    pub(super) fn forget(&mut self) {
        if let Self::Auto(bars) = self {
            *bars = 0;
        }
    }

    /// Lets it be enough for a combination on bars of this length, where that is what was asked for.
    pub(super) fn cover(&mut self, combination: Combination<'_>, direction: Direction, interval: Interval) {
        if let Self::Auto(bars) = self {
            let needed = bars_to_warm_up(combination, direction, interval);
            *bars = (*bars).max(needed as u64);
        }
    }
}

impl fmt::Display for Warmup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Auto(_) => f.write_str("auto"),
            Self::Bars(bars) => write!(f, "{bars}"),
        }
    }
}

impl FromStr for Warmup {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "auto" => Ok(Self::Auto(0)),
            _ => text
                .parse()
                .ok()
                .filter(|bars| *bars <= MOST)
                .map(Self::Bars)
                .ok_or_else(|| "must be all, auto, or a number of bars such as 200 (0 for none)".to_owned()),
        }
    }
}
