//! The document of work in shards: the request with every question answered, the candles by their digests, and where the
//! work is cut. Its id is the digest of all of that, so that an edited plan is another one.

use std::io;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::records::{
    Digest, PlannedCandles, PlannedParam, PlannedRanking, PlannedSettings, PlannedWalk, PlannedWarmup,
};
use crate::files::{Durability, read_limited, replace};
use crate::sim::{CandleId, ENGINE_VERSION, Millis};

/// Shards of a plan, at most: schedulers take arrays of so many tasks.
pub const MOST_SHARDS: u64 = 10_000;
/// Largest document that is read: a hundred thousand assets are 40 MB.
const MOST_BYTES: u64 = 1 << 30;
/// What the document says that it is.
const FORMAT: &str = "backtest plan 1";

/// What is done in shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShardedCommand {
    /// `backtest sweep`: the blocks of points on each asset are shared out.
    Sweep,
    /// `backtest walk`: the assets are.
    Walk,
    /// `backtest portfolio`: the points of its grid are.
    Portfolio,
}

impl ShardedCommand {
    /// As it is typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Walk => "walk",
            Self::Portfolio => "portfolio",
        }
    }
}

/// A strategy as it was named, with its definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedStrategy {
    /// As it was named.
    pub name: String,
    /// Where its definition was found.
    pub source: String,
    /// The TOML text.
    pub text: String,
}

/// An asset and what identifies its candles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedAsset {
    /// Its symbol.
    pub symbol: String,
    candles: PlannedCandles,
}

impl PlannedAsset {
    /// An asset with these candles.
    #[must_use]
    pub fn new(symbol: String, candles: CandleId) -> Self {
        Self { symbol, candles: candles.into() }
    }

    /// What identifies its candles.
    #[must_use]
    pub fn id(&self) -> CandleId {
        self.candles.id()
    }
}

/// Which points of the grids are computed, where not all are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedSample {
    /// How many.
    pub count: u64,
    /// Another seed draws others.
    pub seed: u64,
}

/// A sweep, a walk or the grid of a portfolio, cut into shards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardPlan {
    /// What is done.
    pub command: ShardedCommand,
    /// Version of the formulas.
    pub engine_version: u32,
    /// Version of the program: files of another one may be other bytes.
    pub program: String,
    /// Length of a bar.
    pub interval: String,
    /// First open time that counts.
    pub from: Option<Millis>,
    /// End (exclusive).
    pub to: Option<Millis>,
    /// Which bars before them warm up the rules.
    pub warmup: PlannedWarmup,
    /// Account settings.
    pub settings: PlannedSettings,
    /// The asset that accounts are measured against, and the digest of its closes.
    pub benchmark: Option<(String, Digest)>,
    /// Digest of the candles of other assets that rules read.
    pub others: Option<Digest>,
    /// Whether rows that are no candles are left out.
    pub drop_bad_rows: bool,
    /// The strategies.
    pub strategies: Vec<PlannedStrategy>,
    /// The values of parameters, exits and sizes.
    pub params: Vec<PlannedParam>,
    /// Which points are computed; all without it.
    pub sample: Option<PlannedSample>,
    /// Which of them are shown.
    pub ranking: PlannedRanking,
    /// Whether there is a row for each point.
    pub rows: bool,
    /// Blocks of time by which the choice of the best is cross-validated; none where nothing is said of luck.
    pub pbo_blocks: Option<usize>,
    /// The assets.
    pub assets: Vec<PlannedAsset>,
    /// How each asset is walked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub walk: Option<PlannedWalk>,
    /// Number of blocks of the sweep, of assets of the walk, or of points of the portfolio's grid.
    pub blocks: u64,
    /// Number of the first block of each shard, ascending from 0.
    pub starts: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<P> {
    format: String,
    plan_id: Digest,
    plan: P,
}

/// Why a plan cannot be used: none of it gets better by trying again.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// It is something else.
    #[error("is not a plan that `backtest sweep plan`, `walk plan` or `portfolio plan` of this version wrote: {0}")]
    Foreign(String),
    /// It is not what was written.
    #[error(
        "was changed after it was made, so that parts of it would not fit together; make it anew with `backtest sweep plan`, `walk plan` or `portfolio plan`"
    )]
    Edited,
    /// Another version made it.
    #[error(
        "was made by backtest {0}, and this is {program}, whose results may differ in their bits; use the same version everywhere, or make the plan anew",
        program = PROGRAM
    )]
    Version(String),
}

/// Version of this program.
pub const PROGRAM: &str = env!("CARGO_PKG_VERSION");

impl ShardPlan {
    /// Digest of all of it.
    #[must_use]
    pub fn id(&self) -> [u8; 32] {
        // Numbers, texts and lists: nothing that could fail.
        blake3::hash(&serde_json::to_vec(self).unwrap_or_default()).into()
    }

    /// Number of shards.
    #[must_use]
    pub fn shards(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// The blocks of a shard; none where there is no such shard.
    #[must_use]
    pub fn shard(&self, shard: u32) -> Option<Range<u64>> {
        let at = usize::try_from(shard).ok()?;
        let start = *self.starts.get(at)?;
        Some(start..self.starts.get(at + 1).copied().unwrap_or(self.blocks))
    }

    /// Writes the document.
    ///
    /// # Errors
    /// Why it could not be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let document = Document { format: FORMAT.to_owned(), plan_id: Digest(self.id()), plan: self };
        replace(path, Durability::ContentAndName, |file| {
            let mut file = io::BufWriter::new(file);
            serde_json::to_writer(&mut file, &document)?;
            io::Write::write_all(&mut file, b"\n")?;
            io::Write::flush(&mut file)
        })
    }

    /// Reads a document.
    ///
    /// # Errors
    /// One that cannot be read, is none, was edited, or was made by another version.
    pub fn open(path: &Path) -> Result<Self, PlanError> {
        let bytes = read_limited(path, MOST_BYTES).map_err(PlanError::Unreadable)?;
        Self::of_bytes(&bytes)
    }

    fn of_bytes(bytes: &[u8]) -> Result<Self, PlanError> {
        let foreign = |error: serde_json::Error| PlanError::Foreign(error.to_string());
        // What another version wrote may have other fields: it is named before they are looked at.
        let document: Document<serde_json::Value> = serde_json::from_slice(bytes).map_err(foreign)?;
        let version = document.plan.get("program").and_then(serde_json::Value::as_str).unwrap_or_default();
        if document.format == FORMAT && !version.is_empty() && version != PROGRAM {
            return Err(PlanError::Version(version.to_owned()));
        }
        let Document { format, plan_id, plan } = serde_json::from_slice::<Document<Self>>(bytes).map_err(foreign)?;
        if format != FORMAT {
            return Err(PlanError::Foreign(format!("its format is `{format}`")));
        }
        if Digest(plan.id()) != plan_id {
            return Err(PlanError::Edited);
        }
        if plan.engine_version != ENGINE_VERSION {
            return Err(PlanError::Version(format!("{} with engine {}", plan.program, plan.engine_version)));
        }
        let is_ascending = plan.starts.first() == Some(&0) && plan.starts.is_sorted_by(|a, b| a < b);
        if !is_ascending || plan.starts.last() >= Some(&plan.blocks) {
            return Err(PlanError::Foreign("its shards do not follow each other".to_owned()));
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Warmup;
    use crate::sim::Settings;

    fn plan() -> ShardPlan {
        let id = CandleId {
            digest: [7; 32],
            bars: 9,
            start: 0,
            end: 8,
            detail: None,
            funding: Some([1; 32]),
            warmup: None,
            own: None,
        };
        ShardPlan {
            command: ShardedCommand::Sweep,
            engine_version: ENGINE_VERSION,
            program: PROGRAM.to_owned(),
            interval: "1d".to_owned(),
            from: None,
            to: Some(1_700_000_000_000),
            warmup: Warmup::Auto(20).into(),
            settings: PlannedSettings::new(&Settings::default()),
            benchmark: Some(("BTC".to_owned(), Digest([2; 32]))),
            others: None,
            drop_bad_rows: false,
            strategies: vec![PlannedStrategy {
                name: "ma".to_owned(),
                source: "built-in strategy ma".to_owned(),
                text: "name = \"ma\"".to_owned(),
            }],
            params: vec![PlannedParam::new(&"fast=0.1..0.9:0.1".parse().unwrap())],
            sample: None,
            ranking: PlannedRanking { sort: "sharpe".to_owned(), min_trades: 5, top: 20, filter: None },
            rows: true,
            pbo_blocks: Some(8),
            assets: vec![PlannedAsset::new("BTCUSDT".to_owned(), id)],
            walk: None,
            blocks: 10,
            starts: vec![0, 4, 7],
        }
    }

    #[test]
    fn a_plan_comes_back_from_its_file_and_says_whose_blocks_are_whose() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        plan().save(&path).unwrap();
        let back = ShardPlan::open(&path).unwrap();
        assert_eq!((back.id(), &back), (plan().id(), &plan()));
        assert_eq!([0, 1, 2].map(|shard| back.shard(shard)), [Some(0..4), Some(4..7), Some(7..10)]);
        assert_eq!((back.shards(), back.shard(3)), (3, None));
        assert_eq!(back.assets[0].id().funding, Some([1; 32]));
    }

    #[test]
    fn a_plan_that_was_edited_or_is_of_another_version_is_refused_and_one_in_other_lines_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        plan().save(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let opened = |text: &str| ShardPlan::of_bytes(text.as_bytes());
        let pretty: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(opened(&format!("{pretty:#}")).unwrap(), plan());
        assert!(matches!(opened(&text.replace("0.001", "0.002")), Err(PlanError::Edited)));
        assert!(matches!(opened(&text.replace("\"starts\":[0,4,7]", "\"starts\":[0,4]")), Err(PlanError::Edited)));
        assert!(matches!(opened(&text.replace(PROGRAM, "0.0.1")), Err(PlanError::Version(_))));
        for other in ["", "{}", "[1]", &text[..text.len() / 2], &text.replace("\"rows\"", "\"lines\"")] {
            assert!(matches!(opened(other), Err(PlanError::Foreign(_))), "{other}");
        }
        let foreign = ShardPlan { starts: vec![0, 7, 4], ..plan() };
        foreign.save(&path).unwrap();
        assert!(matches!(ShardPlan::open(&path), Err(PlanError::Foreign(_))));
        let older = ShardPlan { engine_version: 0, ..plan() };
        older.save(&path).unwrap();
        assert!(matches!(ShardPlan::open(&path), Err(PlanError::Version(_))));
    }
}
