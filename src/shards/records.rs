//! The parts of a plan as its document has them. Numbers are written in the shortest form that reads back to the same bits.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::Warmup;
use crate::sim::strategy::{ParamArg, ParamValues, ValueRange};
use crate::sim::{CandleId, Direction, Fill, Interval, Millis, Settings, WarmupId};

/// The values of a parameter, as they were given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedParam {
    name: String,
    values: PlannedValues,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum PlannedValues {
    List(Vec<f64>),
    /// Decimals `(first + k * step) / 10^scale` for `k` below `count`.
    Range {
        first: i64,
        step: i64,
        scale: usize,
        count: usize,
    },
}

impl PlannedParam {
    /// Of an argument.
    #[must_use]
    pub fn new(arg: &ParamArg) -> Self {
        let values = match &arg.values {
            ParamValues::List(values) => PlannedValues::List(values.clone()),
            ParamValues::Range(range) => {
                let (first, step, scale, count) = range.parts();
                PlannedValues::Range { first, step, scale, count }
            }
        };
        Self { name: arg.name.clone(), values }
    }

    /// The argument; none where no argument gives such values.
    #[must_use]
    pub fn to_arg(&self) -> Option<ParamArg> {
        let values = match &self.values {
            PlannedValues::List(values) if values.is_empty() => return None,
            PlannedValues::List(values) => ParamValues::List(values.clone()),
            PlannedValues::Range { first, step, scale, count } => {
                ParamValues::Range(ValueRange::of_parts((*first, *step, *scale, *count))?)
            }
        };
        Some(ParamArg { name: self.name.clone(), values })
    }
}

/// By what the points are ranked, and which of them are shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRanking {
    /// Name of the metric.
    pub sort: String,
    /// Closed trades below which a point comes after the others.
    pub min_trades: usize,
    /// How many are shown.
    pub top: usize,
    /// Condition that they fulfil.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none", default)]
    pub filter: Option<String>,
}

/// Where the windows of a walk lie, what happens at their borders and how parameters are picked, as it was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedWalk {
    /// How long parameters are chosen on.
    pub train: Option<String>,
    /// How long they are tested on.
    pub test: Option<String>,
    /// Number of windows.
    pub windows: Option<u64>,
    /// Whether they choose on all bars from the first on.
    pub anchored: bool,
    /// What is left out in between.
    pub gap: Option<String>,
    /// What is in no window.
    pub holdout: Option<String>,
    /// The groups of a cross-validation.
    pub cpcv: Option<String>,
    /// Name of the rule at borders.
    pub border: String,
    /// Name of the way to pick.
    pub pick: String,
    /// Seed of random picks.
    pub seed: u64,
}

/// Account settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedSettings {
    capital: f64,
    fee: f64,
    maker_fee: Option<f64>,
    slippage: f64,
    fill: String,
    direction: String,
    year: String,
    risk_free: f64,
    detail: Option<String>,
    market_funding: bool,
}

impl PlannedSettings {
    /// Of settings.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let Settings { capital, fee, maker_fee, slippage, fill, direction, year, risk_free, detail, market_funding } =
            *settings;
        Self {
            capital,
            fee,
            maker_fee,
            slippage,
            fill: fill.name().to_owned(),
            direction: direction.name().to_owned(),
            year: year.to_string(),
            risk_free,
            detail: detail.map(|detail| detail.to_string()),
            market_funding,
        }
    }

    /// The settings; none where a name is unknown.
    #[must_use]
    pub fn to_settings(&self) -> Option<Settings> {
        let detail: Option<Interval> = self.detail.as_deref().map(str::parse).transpose().ok()?;
        Some(Settings {
            capital: self.capital,
            fee: self.fee,
            maker_fee: self.maker_fee,
            slippage: self.slippage,
            fill: Fill::named(&self.fill)?,
            direction: Direction::named(&self.direction)?,
            year: self.year.parse().ok()?,
            risk_free: self.risk_free,
            detail,
            market_funding: self.market_funding,
        })
    }
}

/// Which bars before the range warm up the rules.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlannedWarmup {
    /// All.
    All,
    /// As many as the rules need, which is so many.
    Auto(u64),
    /// So many.
    Bars(u64),
}

impl From<Warmup> for PlannedWarmup {
    fn from(warmup: Warmup) -> Self {
        match warmup {
            Warmup::All => Self::All,
            Warmup::Auto(bars) => Self::Auto(bars),
            Warmup::Bars(bars) => Self::Bars(bars),
        }
    }
}

impl From<PlannedWarmup> for Warmup {
    fn from(warmup: PlannedWarmup) -> Self {
        match warmup {
            PlannedWarmup::All => Self::All,
            PlannedWarmup::Auto(bars) => Self::Auto(bars),
            PlannedWarmup::Bars(bars) => Self::Bars(bars),
        }
    }
}

/// A digest, written as 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let hash = blake3::Hash::from_hex(text).map_err(serde::de::Error::custom)?;
        Ok(Self(*hash.as_bytes()))
    }
}

/// What identifies the candles of an asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedCandles {
    digest: Digest,
    bars: u64,
    start: Millis,
    end: Millis,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    detail: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    funding: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    warmup: Option<(Digest, u64)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    own: Option<Digest>,
}

impl From<CandleId> for PlannedCandles {
    fn from(id: CandleId) -> Self {
        let CandleId { digest, bars, start, end, detail, funding, warmup, own } = id;
        Self {
            digest: Digest(digest),
            bars,
            start,
            end,
            detail: detail.map(Digest),
            funding: funding.map(Digest),
            warmup: warmup.map(|warmup| (Digest(warmup.digest), warmup.bars)),
            own: own.map(Digest),
        }
    }
}

impl PlannedCandles {
    pub(super) fn id(&self) -> CandleId {
        CandleId {
            digest: self.digest.0,
            bars: self.bars,
            start: self.start,
            end: self.end,
            detail: self.detail.map(|detail| detail.0),
            funding: self.funding.map(|funding| funding.0),
            warmup: self.warmup.map(|(digest, bars)| WarmupId { digest: digest.0, bars }),
            own: self.own.map(|own| own.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_parameters_come_back_from_the_document_to_the_bit() {
        for text in ["x=14", "x=0.1,0.30000000000000004,-0", "x=5..30", "x=0.5..2:0.1", "x=1..1000000000"] {
            let arg: ParamArg = text.parse().unwrap();
            let document = serde_json::to_string(&PlannedParam::new(&arg)).unwrap();
            let back = serde_json::from_str::<PlannedParam>(&document).unwrap().to_arg().unwrap();
            assert_eq!(back, arg, "{document}");
        }
        let range = |first: i64, step: i64, scale: usize, count: usize| PlannedParam {
            name: "x".to_owned(),
            values: PlannedValues::Range { first, step, scale, count },
        };
        assert!(range(1, 1, 0, 9).to_arg().is_some());
        for broken in [range(1, 0, 0, 9), range(1, 1, 0, 0), range(i64::MAX, 1, 0, 9), range(1, 1, 99, 9)] {
            assert_eq!(broken.to_arg(), None, "{broken:?}");
        }
    }

    #[test]
    fn settings_come_back_from_the_document() {
        let settings = Settings {
            fee: 0.1 + 0.2,
            maker_fee: Some(-0.0001),
            direction: Direction::Both,
            detail: Some("1h".parse().unwrap()),
            ..Settings::default()
        };
        let document = serde_json::to_string(&PlannedSettings::new(&settings)).unwrap();
        assert_eq!(serde_json::from_str::<PlannedSettings>(&document).unwrap().to_settings(), Some(settings));
    }
}
