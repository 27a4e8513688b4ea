//! What can go wrong with Redis, in classes that a user can act on.
//!
//! The texts are ours alone. A server's own words are never passed on: an old server answers an AUTH that it does
//! not know by quoting the password.

use thiserror::Error;

/// Kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Nobody listens there, or the server takes no more clients.
    Refused,
    /// No answer in time.
    Timeout,
    /// Password, user or permissions.
    Auth,
    /// The server takes no writes.
    ReadOnly,
    /// The server's memory is full.
    Full,
    /// The server is up but not ready.
    Loading,
    /// The server is part of a Redis Cluster, which is not supported.
    Cluster,
    /// What answers is not a Redis, or answers what Redis never does.
    Protocol,
    /// The connection was closed while in use.
    Closed,
    /// The host's name has no address.
    Dns,
    /// The certificate or the handshake of an encrypted connection.
    Tls,
    /// Another process holds the store's file.
    Locked,
    /// The store's file is damaged, or no store at all.
    Corrupt,
    /// The store's file is from a newer version of this program.
    Version,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 14] = [
        Self::Refused,
        Self::Timeout,
        Self::Auth,
        Self::ReadOnly,
        Self::Full,
        Self::Loading,
        Self::Cluster,
        Self::Protocol,
        Self::Closed,
        Self::Dns,
        Self::Tls,
        Self::Locked,
        Self::Corrupt,
        Self::Version,
    ];

    /// The word for it in warnings and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Auth => "auth",
            Self::ReadOnly => "read-only",
            Self::Full => "full",
            Self::Loading => "loading",
            Self::Cluster => "cluster",
            Self::Protocol => "protocol",
            Self::Closed => "closed",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Locked => "locked",
            Self::Corrupt => "corrupt",
            Self::Version => "version",
        }
    }
}

/// One trouble with one store; shown as `Redis at HOST:PORT: CLASS (DETAIL)`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{store}: {} ({detail})", class.name())]
pub struct Failure {
    /// Kind of trouble.
    pub class: Class,
    /// `Redis at host:port`, or `cache file PATH`; never a user or a password.
    pub store: String,
    /// What happened, in words of this program.
    pub detail: &'static str,
}

impl Failure {
    /// A failure of this class of `store`.
    #[must_use]
    pub fn new(class: Class, store: &str, detail: &'static str) -> Self {
        Self { class, store: store.to_owned(), detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_class_and_host() {
        let failure = Failure::new(Class::Refused, "Redis at 127.0.0.1:6379", "nothing listens there");
        assert_eq!(failure.to_string(), "Redis at 127.0.0.1:6379: refused (nothing listens there)");
    }

    #[test]
    fn each_class_has_its_own_name() {
        let names: std::collections::HashSet<_> = Class::ALL.map(Class::name).into();
        assert_eq!(names.len(), Class::ALL.len());
    }
}
