//! The random market behind the sample candles: regimes that last for weeks, fat tails, and assets that follow the
//! leader by their beta. Only `libm` and IEEE arithmetic, so a seed gives the same bits on every machine.

use crate::sim::random::Random;
use crate::sim::{Candles, DAY, Millis};

/// The numbers that a market is made of.
pub(super) struct MarketRandom(Random);

impl MarketRandom {
    /// A generator for one purpose; another `stream` of the same seed gives unrelated numbers.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut mixer = Random::new(seed ^ stream.wrapping_mul(0xD1B5_4A32_D192_ED03));
        Self(Random::new(mixer.bits()))
    }

    fn uniform(&mut self) -> f64 {
        self.0.uniform()
    }

    /// Standard normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Normal with every twentieth draw 2.5 times as wide: daily crypto returns have fat tails.
    fn shock(&mut self) -> f64 {
        let wide = if self.uniform() < 0.05 { 2.5 } else { 0.9 };
        wide * self.normal()
    }
}

/// A mood of the whole market.
struct Regime {
    /// Mean log return a day.
    drift: f64,
    /// Standard deviation of the log return a day.
    volatility: f64,
    /// Mean length.
    days: f64,
    /// Chance of each regime to come next.
    next: [f64; 5],
}

/// Calm rise, euphoria, sideways, decline, crash.
const REGIMES: [Regime; 5] = [
    Regime { drift: 0.0022, volatility: 0.021, days: 70.0, next: [0.0, 0.40, 0.40, 0.20, 0.0] },
    Regime { drift: 0.0068, volatility: 0.037, days: 28.0, next: [0.25, 0.0, 0.20, 0.25, 0.30] },
    Regime { drift: 0.0000, volatility: 0.022, days: 60.0, next: [0.50, 0.05, 0.0, 0.40, 0.05] },
    Regime { drift: -0.0030, volatility: 0.031, days: 55.0, next: [0.20, 0.0, 0.55, 0.0, 0.25] },
    Regime { drift: -0.0210, volatility: 0.062, days: 7.0, next: [0.15, 0.10, 0.45, 0.30, 0.0] },
];

/// One day of the market: the leader's log return, and how wild the day's regime is (1 = calm).
#[derive(Clone, Copy)]
pub(super) struct MarketDay {
    shock: f64,
    wildness: f64,
}

/// The market's days, the same for all assets of a seed.
pub(super) fn days(seed: u64, count: usize) -> Vec<MarketDay> {
    let mut rng = MarketRandom::new(seed, 0);
    let mut now = 0;
    let day = |_| {
        if rng.uniform() < 1.0 / REGIMES[now].days {
            let mut left = rng.uniform();
            for (next, chance) in REGIMES[now].next.into_iter().enumerate() {
                left -= chance;
                if left <= 0.0 && chance > 0.0 {
                    now = next;
                    break;
                }
            }
        }
        let regime = &REGIMES[now];
        MarketDay { shock: regime.drift + regime.volatility * rng.shock(), wildness: regime.volatility / 0.021 }
    };
    (0..count).map(day).collect()
}

/// What makes one asset differ from the others.
pub(super) struct SampleAsset {
    pub symbol: &'static str,
    /// First price.
    pub price: f64,
    /// Decimals of prices, and of volumes.
    pub decimals: (usize, usize),
    /// How strongly it follows the market.
    pub beta: f64,
    /// Standard deviation of its own daily log return.
    pub own: f64,
    /// Usual turnover a day, in quote currency.
    pub turnover: f64,
    /// Days after the first day of the market when it was listed.
    pub listed: usize,
}

const POWERS: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// To so many decimals, as an exchange's price and lot steps do.
fn round(value: f64, decimals: usize) -> f64 {
    let power = POWERS[decimals];
    (value * power).round().max(1.0) / power
}

/// Daily bars of one asset, from its listing to the market's last day; `first` is the market's first day.
pub(super) fn candles(asset: &SampleAsset, days: &[MarketDay], first: Millis, rng: &mut MarketRandom) -> Candles {
    let mut bars = Candles::default();
    let mut price = asset.price;
    let mut hot = false;
    for (day, time) in days.iter().zip((0..).map(|i| first + i * DAY)).skip(asset.listed) {
        hot = if hot { rng.uniform() > 0.08 } else { rng.uniform() < 0.02 };
        let own = asset.own * if hot { 2.0 } else { 1.0 };
        // A weak pull towards the first price keeps four years of compounding plausible.
        let pull = -0.0008 * libm::log(price / asset.price);
        let change = asset.beta * day.shock + own * rng.shock() + pull;
        let range = 0.45 * (0.02 * asset.beta * day.wildness + own);
        let open = price;
        let close = open * libm::exp(change.clamp(-0.6, 0.6));
        let high = open.max(close) * libm::exp(range * rng.normal().abs());
        let low = open.min(close) * libm::exp(-range * rng.normal().abs());
        let weekend = if matches!((time / DAY + 4) % 7, 0 | 6) { 0.75 } else { 1.0 };
        let activity = 0.3 * rng.normal() + 0.6 * libm::log(day.wildness) + 6.0 * change.abs();
        let turnover = asset.turnover * weekend * libm::exp(activity.min(3.0));
        let (decimals, lot) = asset.decimals;
        price = round(close, decimals);
        bars.time.push(time);
        bars.open.push(round(open, decimals));
        bars.high.push(round(high, decimals));
        bars.low.push(round(low, decimals));
        bars.close.push(price);
        bars.volume.push(round(turnover / close, lot));
    }
    bars
}
