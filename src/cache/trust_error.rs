//! What is wrong with files of certificates and keys.

use std::path::PathBuf;

use thiserror::Error;

/// Why a file of certificates or keys is of no use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrustError {
    /// It cannot be read, or holds nothing of its sort.
    #[error("{} {reason}", path.display().to_string().escape_debug())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Certificate and key do not belong together, or are of a sort that nobody takes.
    #[error("certificate and key do not belong together, or are of a sort that TLS does not take")]
    Pair,
    /// The machine trusts nobody.
    #[error("{NOBODY}")]
    Nobody,
}

pub(super) const NOBODY: &str =
    "this machine has no list of those who may sign certificates; install ca-certificates, or set BACKTEST_CACHE_CA";
