//! The two ways in which a command can end badly, and their exit codes.

use std::fmt;
use std::process::ExitCode;

/// Why a command did not end well.
#[derive(Debug)]
pub enum Fault {
    /// The request was wrong; found before any work. Exit code 2.
    Wrong(anyhow::Error),
    /// Something failed on the way. Exit code 1.
    Failed(anyhow::Error),
    /// The user or the system asked it to end: the signal's number. Exit code 128 and the number.
    Stopped(u8),
    /// All that was to be said has been said; only the exit code 1 is left.
    Told,
}

impl Fault {
    /// The request was wrong.
    pub fn wrong(what: impl fmt::Display) -> Self {
        Self::Wrong(anyhow::anyhow!("{what}"))
    }

    /// Something failed on the way.
    pub fn failed(what: impl fmt::Display) -> Self {
        Self::Failed(anyhow::anyhow!("{what}"))
    }

    /// The exit code that tells a script which way it was.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Wrong(_) => ExitCode::from(2),
            Self::Failed(_) | Self::Told => ExitCode::from(1),
            Self::Stopped(signal) => ExitCode::from(128 + signal),
        }
    }

    /// What to say on stderr, if anything is left to say.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Wrong(error) | Self::Failed(error) => Some(format!("{error:#}")),
            Self::Told | Self::Stopped(_) => None,
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}
