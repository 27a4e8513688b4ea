//! A part: what one shard came to. A file that begins with the rows as Parquet, goes on with what the points say together,
//! and ends with a trailer that says whose part it is, with a digest of everything before. Bytes that were cut, changed or
//! put under another name are found by it before anything is decoded.

mod configurations;
mod outcome_record;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use bincode::{Decode, Encode};

pub use self::configurations::{ConfigurationContents, ConfigurationRecord};

use self::outcome_record::OutcomeRecord;
use crate::engine::{BlockHonesty, ShardTop, SweepPoint};
use crate::files::AtomicFile;
use crate::report::parquet::RowGroupSource;
use crate::sim::metrics::validation::{BlockReturns, SharpeSpread};
use crate::sim::{CacheState, CandleId, ENGINE_VERSION};

/// With what a part ends.
const MAGIC: &[u8; 8] = b"btpart 1";
const DIGEST: usize = 32;
/// Lengths of the rows and of the contents, plan, shard, engine version, digest, [`MAGIC`].
const TRAILER: usize = 8 + 8 + 32 + 4 + 4 + DIGEST + MAGIC.len();
/// Largest contents that are decoded.
const MOST_CONTENTS: usize = 4 << 30;

/// What the points of a shard say together, beside their rows.
#[derive(Clone, Debug, Default)]
pub struct PartContents {
    /// The best and the others that are shown.
    pub top: ShardTop,
    /// For each block that has a point, what is said of luck; none where that is not wanted.
    pub honesty: Vec<BlockHonesty>,
    /// Points that were computed.
    pub computed: u64,
    /// Points that were skipped, and those of them that break `require`.
    pub skipped: (u64, u64),
    /// For each row group of the rows, its number in the file of the whole sweep.
    pub groups: Vec<u64>,
}

/// What a part holds behind its rows.
pub trait Contents: Sized {
    /// As bytes, the same for the same contents.
    ///
    /// # Errors
    /// When they cannot be written so.
    fn encode(&self) -> io::Result<Vec<u8>>;

    /// From these bytes, of a plan whose assets have these candles; none where they are something else.
    fn decode(bytes: &[u8], candles: &[CandleId]) -> Option<Self>;
}

/// A part whose digest was checked.
#[derive(Debug)]
pub struct ShardPart {
    /// The file.
    file: File,
    /// Bytes of the rows.
    rows: u64,
    /// Bytes of the contents.
    contents: u64,
    /// Digest of the whole part.
    pub digest: [u8; DIGEST],
}

/// Why a file is not the part that is looked for.
#[derive(Debug, thiserror::Error)]
pub enum PartProblem {
    /// It is damaged, or is something else: it can be made again.
    #[error("{0}")]
    Damaged(String),
    /// It is whole, and of another plan, shard or version: nobody should overwrite it.
    #[error("{0}")]
    Foreign(String),
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
}

#[derive(Encode, Decode)]
struct PointRecord {
    strategy: u64,
    asset: u64,
    values: Vec<f64>,
    outcome: OutcomeRecord,
}

#[derive(Encode, Decode)]
struct BlockRecord {
    asset: u64,
    bars: u64,
    trials: (u64, f64, f64),
    undefined: u64,
    sums: Vec<(f64, f64)>,
}

#[derive(Encode, Decode)]
struct ContentRecord {
    best: Vec<PointRecord>,
    worst: Option<PointRecord>,
    middle: Vec<PointRecord>,
    counts: [u64; 3],
    honesty: Vec<BlockRecord>,
    computed: u64,
    skipped: (u64, u64),
    groups: Vec<u64>,
}

impl PointRecord {
    fn new(point: &SweepPoint) -> Self {
        Self {
            strategy: point.strategy as u64,
            asset: point.asset as u64,
            values: point.values.clone(),
            outcome: OutcomeRecord::new(&point.outcome),
        }
    }

    /// The point, on the assets with these candles; none where it is of none of them.
    fn point(self, candles: &[CandleId]) -> Option<SweepPoint> {
        let asset = usize::try_from(self.asset).ok()?;
        Some(SweepPoint {
            strategy: usize::try_from(self.strategy).ok()?,
            asset,
            candles: *candles.get(asset)?,
            values: self.values,
            outcome: self.outcome.outcome()?,
            cache: CacheState::Miss,
        })
    }
}

impl BlockRecord {
    fn new(block: &BlockHonesty) -> Self {
        Self {
            asset: block.asset as u64,
            bars: block.bars,
            trials: block.trials.parts(),
            undefined: block.undefined,
            sums: block.sums.iter().map(|sums| (sums.sum, sums.squares)).collect(),
        }
    }

    fn block(self) -> Option<BlockHonesty> {
        Some(BlockHonesty {
            asset: usize::try_from(self.asset).ok()?,
            bars: self.bars,
            trials: SharpeSpread::of_parts(self.trials),
            undefined: self.undefined,
            sums: self.sums.into_iter().map(|(sum, squares)| BlockReturns { sum, squares }).collect(),
        })
    }
}

impl Contents for PartContents {
    fn encode(&self) -> io::Result<Vec<u8>> {
        let ShardTop { best, worst, middle, passing, never_traded, few_trades } = &self.top;
        let points = |points: &[SweepPoint]| points.iter().map(PointRecord::new).collect::<Vec<_>>();
        let record = ContentRecord {
            best: points(best),
            worst: worst.as_ref().map(PointRecord::new),
            middle: points(middle),
            counts: [*passing, *never_traded, *few_trades].map(|count| count as u64),
            honesty: self.honesty.iter().map(BlockRecord::new).collect(),
            computed: self.computed,
            skipped: self.skipped,
            groups: self.groups.clone(),
        };
        bincode::encode_to_vec(record, bincode::config::standard()).map_err(io::Error::other)
    }

    fn decode(bytes: &[u8], candles: &[CandleId]) -> Option<Self> {
        let config = bincode::config::standard().with_limit::<MOST_CONTENTS>();
        let (record, length): (ContentRecord, usize) = bincode::decode_from_slice(bytes, config).ok()?;
        let ContentRecord { best, worst, middle, counts, honesty, computed, skipped, groups } = record;
        let points = |points: Vec<PointRecord>| {
            points.into_iter().map(|point| point.point(candles)).collect::<Option<Vec<SweepPoint>>>()
        };
        let worst = match worst {
            Some(worst) => Some(worst.point(candles)?),
            None => None,
        };
        let [passing, never_traded, few_trades] = counts.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let top = ShardTop { best: points(best)?, worst, middle: points(middle)?, passing, never_traded, few_trades };
        let honesty = honesty.into_iter().map(BlockRecord::block).collect::<Option<_>>()?;
        (length == bytes.len()).then_some(Self { top, honesty, computed, skipped, groups })
    }
}

/// Writes contents and trailer behind the rows of a shard of a plan, which may be none.
///
/// # Errors
/// When the disk is full, or fails.
pub fn finish_part(file: &mut AtomicFile, plan_id: [u8; 32], shard: u32, contents: &impl Contents) -> io::Result<()> {
    let contents = contents.encode()?;
    let file = file.as_file_mut();
    let rows = file.seek(SeekFrom::End(0))?;
    let mut tail = Vec::with_capacity(contents.len() + TRAILER);
    tail.extend_from_slice(&contents);
    tail.extend(rows.to_le_bytes());
    tail.extend((contents.len() as u64).to_le_bytes());
    tail.extend(plan_id);
    tail.extend(shard.to_le_bytes());
    tail.extend(ENGINE_VERSION.to_le_bytes());
    let mut hasher = blake3::Hasher::new();
    file.seek(SeekFrom::Start(0))?;
    hasher.update_reader(&mut *file)?;
    tail.extend(hasher.update(&tail).finalize().as_bytes());
    tail.extend(MAGIC);
    file.write_all(&tail)
}

impl ShardPart {
    /// The part of a shard of a plan, read to its end and checked.
    ///
    /// # Errors
    /// Why it is not that.
    pub fn open(mut file: File, plan_id: [u8; 32], shard: u32) -> Result<Self, PartProblem> {
        let damaged = |what: &str| PartProblem::Damaged(what.to_owned());
        let length = file.metadata()?.len();
        let start = length.checked_sub(TRAILER as u64).ok_or_else(|| damaged("it is cut, or not a part"))?;
        let mut trailer = [0; TRAILER];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut trailer)?;
        if !trailer.ends_with(MAGIC) {
            return Err(damaged("it is cut, or not a part"));
        }
        file.seek(SeekFrom::Start(0))?;
        let until = length - (DIGEST + MAGIC.len()) as u64;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader((&mut file).take(until))?;
        let digest = *hasher.finalize().as_bytes();
        let mut fields = trailer.as_slice();
        let (rows, contents) = (u64::from_le_bytes(next(&mut fields)), u64::from_le_bytes(next(&mut fields)));
        let (plan, number, engine) = (next::<32>(&mut fields), next::<4>(&mut fields), next::<4>(&mut fields));
        if digest != next::<DIGEST>(&mut fields) || rows.checked_add(contents) != Some(start) {
            return Err(damaged("its bytes are not those that were written: its digest is another"));
        }
        let (number, engine) = (u32::from_le_bytes(number), u32::from_le_bytes(engine));
        if engine != ENGINE_VERSION {
            return Err(PartProblem::Foreign(format!(
                "it is of engine version {engine}, and this is {ENGINE_VERSION}: use the same backtest everywhere"
            )));
        }
        if plan != plan_id {
            return Err(PartProblem::Foreign("it is of another plan: give each plan a folder of its own".to_owned()));
        }
        if number != shard {
            return Err(PartProblem::Foreign(format!("it is the part of shard {number}: it was renamed or copied")));
        }
        Ok(Self { file, rows, contents, digest })
    }

    /// The rows; none where the plan wants none.
    ///
    /// # Errors
    /// When they are no Parquet file.
    pub fn rows(&self) -> io::Result<Option<RowGroupSource<File>>> {
        (self.rows > 0).then(|| RowGroupSource::open(self.file.try_clone()?, self.rows)).transpose()
    }

    /// What is behind the rows, on assets with these candles.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn contents<C: Contents>(&mut self, candles: &[CandleId]) -> Result<C, PartProblem> {
        let mut bytes = vec![0; usize::try_from(self.contents).map_err(io::Error::other)?];
        self.file.seek(SeekFrom::Start(self.rows))?;
        self.file.read_exact(&mut bytes)?;
        C::decode(&bytes, candles).ok_or_else(|| PartProblem::Foreign("another version of backtest made it".to_owned()))
    }
}

/// The next bytes of a trailer, which is long enough.
fn next<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    rest.split_off(..N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::metrics::{self, Detail, Metrics, Outcome};

    const PLAN: [u8; 32] = [5; 32];

    fn candles() -> CandleId {
        CandleId { digest: [1; 32], bars: 9, start: 0, end: 8, detail: None, funding: None, warmup: None, own: None }
    }

    fn contents() -> PartContents {
        let point = |value: f64| {
            let mut metrics: Metrics = [None; metrics::COUNT];
            metrics[0] = Some(value);
            let outcome = Outcome { bars: 9, start: 0, end: 8, ruined: true, detail: Detail::Sums, metrics };
            SweepPoint {
                strategy: 0,
                asset: 0,
                candles: candles(),
                values: vec![value],
                outcome,
                cache: CacheState::Off,
            }
        };
        let mut trials = SharpeSpread::default();
        trials.push(0.1);
        trials.push(0.3);
        let sums = vec![BlockReturns { sum: 0.1 + 0.2, squares: -0.0 }];
        PartContents {
            top: ShardTop {
                best: vec![point(0.1 + 0.2), point(0.1)],
                worst: Some(point(-3.0)),
                middle: vec![point(1.0)],
                passing: 1,
                never_traded: 2,
                few_trades: 3,
            },
            honesty: vec![BlockHonesty { asset: 0, bars: 9, trials, undefined: 4, sums }],
            computed: 7,
            skipped: (2, 1),
            groups: vec![3, 5],
        }
    }

    /// The bytes of a part.
    fn bytes(shard: u32) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"rows").unwrap();
        finish_part(&mut file, PLAN, shard, &contents()).unwrap();
        file.commit(crate::files::Durability::Content).unwrap();
        std::fs::read(path).unwrap()
    }

    fn open(bytes: &[u8], plan: [u8; 32], shard: u32) -> Result<ShardPart, PartProblem> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        ShardPart::open(file, plan, shard)
    }

    #[test]
    fn a_part_comes_back_to_the_bit() {
        let mut part = open(&bytes(3), PLAN, 3).unwrap();
        let back: PartContents = part.contents(&[candles()]).unwrap();
        assert_eq!(back.encode().unwrap(), contents().encode().unwrap());
        assert_eq!(back.honesty, contents().honesty);
        assert_eq!(back.top.best[0].outcome, contents().top.best[0].outcome);
        assert_eq!(part.rows, 4);
    }

    #[test]
    fn a_part_that_is_cut_at_any_byte_or_has_any_bit_flipped_is_damaged() {
        let whole = bytes(3);
        let is_damaged = |bytes: &[u8]| matches!(open(bytes, PLAN, 3), Err(PartProblem::Damaged(_)));
        for length in 0..whole.len() {
            assert!(is_damaged(&whole[..length]), "cut at {length}");
        }
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            assert!(is_damaged(&flipped), "a bit of byte {at}");
        }
        assert!(is_damaged(&[&whole[..], b"more"].concat()));
    }

    #[test]
    fn the_part_of_another_plan_or_shard_is_foreign() {
        let whole = bytes(3);
        assert!(matches!(open(&whole, [6; 32], 3), Err(PartProblem::Foreign(_))));
        assert!(matches!(open(&whole, PLAN, 4), Err(PartProblem::Foreign(_))));
        // As an older version would have written it: another number, and the digest that belongs to it.
        let mut older = whole;
        let end = older.len() - DIGEST - MAGIC.len();
        older[end - 4..end].copy_from_slice(&0_u32.to_le_bytes());
        let digest = *blake3::hash(&older[..end]).as_bytes();
        older[end..end + DIGEST].copy_from_slice(&digest);
        let problem = open(&older, PLAN, 3).unwrap_err();
        assert!(matches!(&problem, PartProblem::Foreign(what) if what.contains("engine version 0")), "{problem}");
    }

    #[test]
    fn a_point_on_an_asset_that_the_plan_does_not_have_is_foreign() {
        let problem = open(&bytes(3), PLAN, 3).unwrap().contents::<PartContents>(&[]).unwrap_err();
        assert!(matches!(problem, PartProblem::Foreign(_)));
    }
}
