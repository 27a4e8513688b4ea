//! Where a cache is: a Redis, or a file.

use std::env::home_dir;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use super::backend::{AdminBackend, Backend, Failure, Outbox};
use super::redis::{Endpoint, EndpointError, RedisAdmin, RedisBackend, RedisOutbox, Timeouts};
use super::sqlite::{SqliteAdmin, SqliteBackend, SqliteOutbox};

/// Where a cache is: `redis://..` or `file:PATH`. Never shows a user or a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheLocation {
    /// A server.
    Redis(Endpoint),
    /// A file on this machine.
    File(PathBuf),
}

impl FromStr for CacheLocation {
    type Err = EndpointError;

    /// Reads `file:PATH` (`~/` before it is the user's home), or the URL of a Redis.
    fn from_str(text: &str) -> Result<Self, EndpointError> {
        if let Some(path) = text.strip_prefix("file:") {
            return parse_path(path).map(Self::File);
        }
        text.parse().map(Self::Redis)
    }
}

impl CacheLocation {
    /// `host:port`, or a path, for tables and documents.
    #[must_use]
    pub fn host(&self) -> String {
        match self {
            Self::Redis(endpoint) => endpoint.host(),
            Self::File(path) => display(path),
        }
    }

    /// What warnings and errors call it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Redis(endpoint) => endpoint.label(),
            Self::File(path) => format!("cache file {}", display(path)),
        }
    }

    /// A store for results, which may hold up a process for `timeout` in all.
    pub(super) fn backend(&self, timeout: Duration) -> Box<dyn Backend> {
        match self {
            Self::Redis(endpoint) => Box::new(RedisBackend::new(endpoint.clone(), Timeouts::for_results(timeout))),
            Self::File(path) => Box::new(SqliteBackend::new(path.clone(), self.label(), timeout)),
        }
    }

    /// The states and events under this name.
    pub(super) fn outbox(&self, root: &str) -> Result<Box<dyn Outbox>, Failure> {
        match self {
            Self::Redis(endpoint) => Ok(Box::new(RedisOutbox::connect(endpoint, root)?)),
            Self::File(path) => {
                let label = format!("signals file {}", display(path));
                Ok(Box::new(SqliteOutbox::open(path, &label)?))
            }
        }
    }

    pub(super) fn admin_backend(&self) -> Result<Box<dyn AdminBackend>, Failure> {
        match self {
            Self::Redis(endpoint) => Ok(Box::new(RedisAdmin::connect(endpoint)?)),
            Self::File(path) => Ok(Box::new(SqliteAdmin::open(path, &self.label())?)),
        }
    }
}

fn display(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}

fn parse_path(path: &str) -> Result<PathBuf, EndpointError> {
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
            assert_eq!(text.parse(), Ok(CacheLocation::File(path.into())), "{text}");
        }
        for text in ["file:", "file://", "file://host/results.db", "file:/", "file:folder/", "file:a\0b"] {
            assert_eq!(text.parse::<CacheLocation>(), Err(EndpointError::File), "{text}");
        }
    }
}
