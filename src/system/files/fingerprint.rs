//! What tells one state of a file from the next without reading it.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

/// Size and times of a file. Equal fingerprints of one path mean equal content, unless the file was changed in the very
/// moment it was read: [`FileFingerprint::is_settled`] says when that can be ruled out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FileFingerprint {
    /// Bytes.
    pub size: u64,
    /// Last change of the content, in ns since 1970; anybody may set it back (`touch`, `cp -p`).
    pub mtime_ns: i64,
    /// Last change of content or metadata, in ns since 1970; the kernel alone sets it. 0 where there is none.
    pub ctime_ns: i64,
    /// Number of the file on its device: another one after `mv new old`. 0 where there is none.
    pub inode: u64,
}

/// Ticks of file clocks are at most this coarse (FAT: 2 s).
const SETTLE_NS: i64 = 2_000_000_000;

impl FileFingerprint {
    /// The fingerprint in a file's metadata.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let mtime_ns = metadata
            .modified()
            .ok()
            .and_then(|time| match time.duration_since(UNIX_EPOCH) {
                Ok(after) => i64::try_from(after.as_nanos()).ok(),
                Err(before) => i64::try_from(before.duration().as_nanos()).ok().map(|ns| -ns),
            })
            .unwrap_or_default();
        let (ctime_ns, inode) = change_time_and_inode(metadata);
        Self { size: metadata.len(), mtime_ns, ctime_ns, inode }
    }

    /// Whether the last change lies so far before `now_ms` that a later one must show in the fingerprint.
    ///
    /// This is git's "racily clean" problem: a file rewritten with the same size within one tick of the file
    /// system's clock keeps its fingerprint.
    #[must_use]
    pub fn is_settled(&self, now_ms: i64) -> bool {
        let changed = if self.ctime_ns == 0 { self.mtime_ns } else { self.ctime_ns };
        changed < now_ms.saturating_mul(1_000_000).saturating_sub(SETTLE_NS)
    }
}

#[cfg(unix)]
fn change_time_and_inode(metadata: &Metadata) -> (i64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec()), metadata.ino())
}

#[cfg(not(unix))]
fn change_time_and_inode(_: &Metadata) -> (i64, u64) {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changed_within_two_seconds_is_not_settled_even_if_its_mtime_was_set_back() {
        let print = FileFingerprint { size: 1, mtime_ns: 0, ctime_ns: 10_000_000_000, inode: 1 };
        assert!(!print.is_settled(11_999));
        assert!(print.is_settled(12_001));
        assert!(!FileFingerprint { ctime_ns: 0, mtime_ns: 10_000_000_000, ..print }.is_settled(11_000));
    }
}
