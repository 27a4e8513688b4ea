//! The ways in which a command can end badly, and their exit codes.

use std::fmt;
use std::process::ExitCode;

/// Why a command did not end well.
#[derive(Debug)]
pub enum Error {
    /// The request was wrong; found before any work. Exit code 2.
    Usage(anyhow::Error),
    /// Something failed on the way. Exit code 1.
    Failed(anyhow::Error),
    /// Something that may well go by itself: a full disk, a store that cannot be reached. Exit code 75, as `sysexits.h` has
    /// it, by which schedulers try again.
    Passing(anyhow::Error),
    /// The user or the system asked it to end: the signal's number. Exit code 128 and the number.
    Interrupted(u8),
    /// Everything has been reported; only the exit code 1 is left.
    Reported,
}

impl Error {
    /// The request was wrong.
    pub fn usage(what: impl fmt::Display) -> Self {
        Self::Usage(anyhow::anyhow!("{what}"))
    }

    /// Something failed on the way.
    pub fn failed(what: impl fmt::Display) -> Self {
        Self::Failed(anyhow::anyhow!("{what}"))
    }

    /// Something that may well go by itself.
    pub fn passing(what: impl fmt::Display) -> Self {
        Self::Passing(anyhow::anyhow!("{what}"))
    }

    /// The exit code that tells a script which way it was.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Failed(_) | Self::Reported => ExitCode::from(1),
            Self::Passing(_) => ExitCode::from(75),
            Self::Interrupted(signal) => ExitCode::from(128 + signal),
        }
    }

    /// What to say on stderr, if anything is left to say.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Usage(error) | Self::Failed(error) | Self::Passing(error) => Some(format!("{error:#}")),
            Self::Reported | Self::Interrupted(_) => None,
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}
