//! Where a cache is: a Redis, or a file.

use std::env::home_dir;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::backend::Backend;
use super::endpoint::{Endpoint, EndpointError};
use super::failure::Failure;
use super::file::FileStore;
use super::file_keeper::FileKeeper;
use super::keeper::Keeper;
use super::redis::Redis;
use super::redis_admin::Console;

/// Where a cache is. Shows no user or password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A server.
    Redis(Endpoint),
    /// A file on this machine.
    File(PathBuf),
}

impl FromStr for Place {
    type Err = EndpointError;

    /// Reads `file:PATH` (`~/` before it is the user's home), or the URL of a Redis.
    fn from_str(text: &str) -> Result<Self, EndpointError> {
        if let Some(path) = text.strip_prefix("file:") {
            return file(path).map(Self::File);
        }
        text.parse().map(Self::Redis)
    }
}

impl Place {
    /// `host:port`, or a path, for tables and documents.
    #[must_use]
    pub fn host(&self) -> String {
        match self {
            Self::Redis(endpoint) => endpoint.host(),
            Self::File(path) => shown(path),
        }
    }

    /// What failures call it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Redis(endpoint) => endpoint.label(),
            Self::File(path) => format!("cache file {}", shown(path)),
        }
    }

    pub(super) fn backend(&self, patient: bool) -> Box<dyn Backend> {
        match self {
            Self::Redis(endpoint) if patient => Box::new(Redis::patient(endpoint.clone())),
            Self::Redis(endpoint) => Box::new(Redis::new(endpoint.clone())),
            Self::File(path) => Box::new(FileStore::new(path.clone(), self.label(), patient)),
        }
    }

    pub(super) fn keeper(&self) -> Result<Box<dyn Keeper>, Failure> {
        match self {
            Self::Redis(endpoint) => Ok(Box::new(Console::connect(endpoint)?)),
            Self::File(path) => Ok(Box::new(FileKeeper::open(path, &self.label())?)),
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}

fn file(path: &str) -> Result<PathBuf, EndpointError> {
    // `file:///a/b` is `/a/b`; what stands between the second and the third slash would be another machine.
    let path = match path.strip_prefix("//") {
        Some(path) if path.starts_with('/') => path,
        Some(_) => return Err(EndpointError::File),
        None => path,
    };
    if path.is_empty() || path.ends_with('/') || path.contains('\0') {
        return Err(EndpointError::File);
    }
    match path.strip_prefix("~/") {
        Some(rest) => home_dir().map(|home| home.join(rest)).ok_or(EndpointError::File),
        None => Ok(PathBuf::from(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_behind_file_is_a_file() {
        for (text, path) in [
            ("file:results.db", "results.db"),
            ("file:../a b/results.db", "../a b/results.db"),
            ("file:/var/cache/results.db", "/var/cache/results.db"),
            ("file:///var/cache/results.db", "/var/cache/results.db"),
            ("file::memory:", ":memory:"),
        ] {
            assert_eq!(text.parse(), Ok(Place::File(path.into())), "{text}");
        }
        for text in ["file:", "file://", "file://host/results.db", "file:/", "file:folder/", "file:a\0b"] {
            assert_eq!(text.parse::<Place>(), Err(EndpointError::File), "{text}");
        }
    }
}
