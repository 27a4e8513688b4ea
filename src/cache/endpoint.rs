//! Where Redis is and who we are there. Reading a URL is the business of `redis_url`.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use super::tls::Trust;

/// The Redis that is used when nobody says otherwise.
pub const DEFAULT_URL: &str = "redis://127.0.0.1:6379/0";

/// Highest number that a Redis can be configured to have as a database.
const MAX_DATABASE: i64 = i32::MAX as i64 - 1;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Host (name or address, without brackets) and port.
    Tcp(String, u16),
    /// The same, encrypted.
    Tls(String, u16),
    /// Path of a unix socket.
    Unix(PathBuf),
}

/// A server, a database in it, and who to be there. Neither its Display nor its Debug shows user or password.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub(super) address: Address,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: u32,
    pub(super) trust: Trust,
}

/// Why a URL or its parts are no endpoint. Never repeats the URL: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// Not a URL with a host.
    #[error(
        "the Redis URL is malformed; write redis://HOST:PORT/DB or redis://USER:PASSWORD@HOST:PORT/DB, \
         with special characters in the password percent-encoded (@ is %40, / is %2F, # is %23)"
    )]
    Malformed,
    /// Another scheme.
    #[error(
        "the Redis URL has an unknown scheme; write redis://HOST:PORT/DB, rediss://HOST:PORT/DB (with TLS), \
         unix:///PATH/TO/SOCKET or file:PATH"
    )]
    Scheme,
    /// `rediss://` in a program without it.
    #[error("rediss:// needs TLS, which was left out of this program; build it with --features tls, or use redis://")]
    Tls,
    /// The part after the host is not a number of a database.
    #[error("the Redis URL's database is not a number from 0 to 2147483646; write it after the port, as in /0")]
    Database,
    /// Something after `?` or `#`.
    #[error(
        "the Redis URL has a part after ? or #, which is not supported; write the database as /DB, \
         and percent-encode special characters in the password (? is %3F, # is %23)"
    )]
    Extras,
    /// `file:` without a file.
    #[error("file: wants the path of a file behind it, as in file:results.db or file:/var/cache/results.db")]
    File,
    /// An empty host, or one with spaces or control characters.
    #[error("the Redis host is empty or has characters that no host name has")]
    Host,
}

impl Endpoint {
    /// From parts, as in `REDIS_HOST`, `REDIS_PORT`, `REDIS_DB`, `REDIS_PASSWORD`.
    ///
    /// # Errors
    /// [`EndpointError`] when the host cannot be one or the database is out of range.
    pub fn from_parts(
        host: &str,
        port: u16,
        database: i64,
        user: Option<&str>,
        password: Option<&str>,
    ) -> Result<Self, EndpointError> {
        if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(EndpointError::Host);
        }
        Self::new(Address::Tcp(host.to_owned(), port), database, user, password)
    }

    pub(super) fn new(
        address: Address,
        database: i64,
        user: Option<&str>,
        password: Option<&str>,
    ) -> Result<Self, EndpointError> {
        let in_range = (0..=MAX_DATABASE).contains(&database);
        let database = u32::try_from(database).ok().filter(|_| in_range).ok_or(EndpointError::Database)?;
        // An empty part is none: `redis://:secret@host` has no user.
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self { address, user: given(user), password: given(password), database, trust: Trust::default() })
    }

    /// With these to trust, where the connection is encrypted.
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// With this user, if it has none and no password: a password of its own belongs to nobody else.
    #[must_use]
    pub fn or_user(mut self, user: Option<&str>) -> Self {
        if self.user.is_none() && self.password.is_none() {
            self.user = user.filter(|user| !user.is_empty()).map(str::to_owned);
        }
        self
    }

    /// With this password, if it has none.
    #[must_use]
    pub fn or_password(mut self, password: Option<&str>) -> Self {
        if self.password.is_none() {
            self.password = password.filter(|password| !password.is_empty()).map(str::to_owned);
        }
        self
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// `host:port` or `unix:PATH`, for messages; brackets around an IPv6 address.
    #[must_use]
    pub fn host(&self) -> String {
        match &self.address {
            Address::Tcp(host, port) | Address::Tls(host, port) if host.contains(':') => format!("[{host}]:{port}"),
            Address::Tcp(host, port) | Address::Tls(host, port) => format!("{host}:{port}"),
            Address::Unix(path) => format!("unix:{}", path.display().to_string().escape_debug()),
        }
    }
}

impl Endpoint {
    /// What failures call it.
    #[must_use]
    pub fn label(&self) -> String {
        format!("Redis at {}", self.host())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({}, database {})", self.host(), self.database)
    }
}
