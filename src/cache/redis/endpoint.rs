//! Where Redis is and how to log in there: from a URL, or from parts. No error or message repeats a URL, as it may hold
//! a password; the grammar and the percent-decoding are the redis crate's, but not its words about a bad URL.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use thiserror::Error;

use super::deadline_stream::Address;
#[cfg(feature = "tls")]
use super::tls::TlsConfig;

/// The Redis that is used where no cache is named.
pub const DEFAULT_URL: &str = "redis://127.0.0.1:6379/0";

/// Highest number that a Redis can be configured to have as a database.
const MAX_DATABASE: i64 = i32::MAX as i64 - 1;

/// A server, a database in it, and the login. Neither its Display nor its Debug shows user or password.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub(super) address: Address,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: u32,
    #[cfg(feature = "tls")]
    pub(super) tls: TlsConfig,
}

/// Why a URL or its parts do not name an endpoint. Never repeats the URL: it may hold a password.
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
        // An empty part counts as absent: `redis://:secret@host` has no user.
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self {
            address,
            user: given(user),
            password: given(password),
            database,
            #[cfg(feature = "tls")]
            tls: TlsConfig::default(),
        })
    }

    /// With these certificates, where the connection is encrypted.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(self, tls: TlsConfig) -> Self {
        Self { tls, ..self }
    }

    /// With this user, if the URL has no user and no password: a password in the URL belongs to nobody else.
    #[must_use]
    pub fn or_user(mut self, user: Option<&str>) -> Self {
        if self.user.is_none() && self.password.is_none() {
            self.user = user.filter(|user| !user.is_empty()).map(str::to_owned);
        }
        self
    }

    /// With this password, if the URL has none.
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

    /// What failures call it.
    #[must_use]
    pub fn label(&self) -> String {
        format!("Redis at {}", self.host())
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    /// Reads `redis://[USER:PASSWORD@]HOST[:PORT][/DB]`, the same with `rediss://`, or
    /// `unix:///PATH[?db=..&user=..&pass=..]`.
    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
        match scheme.as_str() {
            "rediss" | "valkeys" if cfg!(not(feature = "tls")) => return Err(EndpointError::Tls),
            "redis" | "valkey" | "rediss" | "valkeys" if text.contains(['?', '#']) => {
                return Err(EndpointError::Extras);
            }
            "redis" | "valkey" | "rediss" | "valkeys" | "unix" => {}
            "" => return Err(EndpointError::Malformed),
            _ => return Err(EndpointError::Scheme),
        }
        // Without a TLS of its own the redis crate does not read such URLs; but for the scheme they are the others.
        let is_encrypted = matches!(scheme.as_str(), "rediss" | "valkeys");
        let plain = if is_encrypted { Cow::Owned(format!("redis{}", &text[scheme.len()..])) } else { text.into() };
        let url = redis::parse_redis_url(&plain).ok_or(EndpointError::Malformed)?;
        let database = match scheme.as_str() {
            "unix" => url.query_pairs().find(|(name, _)| name == "db").map(|(_, value)| value.into_owned()),
            _ => Some(url.path().trim_matches('/').to_owned()).filter(|path| !path.is_empty()),
        };
        if database.is_some_and(|database| database.parse::<u32>().is_err()) {
            return Err(EndpointError::Database);
        }
        let info: ConnectionInfo = url.into_connection_info().map_err(|_| EndpointError::Malformed)?;
        let address = match info.addr() {
            ConnectionAddr::Tcp(host, port) if is_encrypted => Address::Tls(host.clone(), *port),
            ConnectionAddr::Tcp(host, port) => Address::Tcp(host.clone(), *port),
            ConnectionAddr::Unix(path) => Address::Unix(path.clone()),
            _ => return Err(EndpointError::Scheme),
        };
        let settings = info.redis_settings();
        Self::new(address, settings.db(), settings.username(), settings.password())
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

#[cfg(test)]
mod tests;
