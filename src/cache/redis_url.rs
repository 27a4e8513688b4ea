//! Redis URLs. The grammar and the percent-decoding are the redis crate's; what it says about a bad URL is not used,
//! as nothing may repeat one.

use std::borrow::Cow;
use std::str::FromStr;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

use super::endpoint::{Address, Endpoint, EndpointError};

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

#[cfg(test)]
mod tests {
    use super::super::endpoint::DEFAULT_URL;
    use super::*;

    fn parse(url: &str) -> Result<Endpoint, EndpointError> {
        url.parse()
    }

    #[test]
    fn the_default_url_is_the_local_redis() {
        let endpoint = parse(DEFAULT_URL).expect("the default");
        assert_eq!(endpoint.to_string(), "127.0.0.1:6379");
        assert_eq!((endpoint.database, endpoint.user, endpoint.password), (0, None, None));
    }

    #[test]
    fn user_password_port_and_database_are_read() {
        let endpoint = parse("redis://ann:p%40ss%2Fw@db.example:7001/3").expect("a whole URL");
        assert_eq!(endpoint.address, Address::Tcp("db.example".into(), 7001));
        assert_eq!(endpoint.user.as_deref(), Some("ann"));
        assert_eq!(endpoint.password.as_deref(), Some("p@ss/w"));
        assert_eq!(endpoint.database, 3);
        let endpoint = parse("redis://:only@[::1]").expect("no user, no port");
        assert_eq!((endpoint.to_string().as_str(), endpoint.user), ("[::1]:6379", None));
    }

    #[test]
    #[cfg(feature = "tls")]
    fn an_encrypted_url_differs_in_its_scheme_alone() {
        for url in ["rediss://ann:p%40ss@db.example:7001/3", "VALKEYS://ann:p%40ss@db.example:7001/3"] {
            let endpoint = parse(url).expect("a whole URL");
            assert_eq!(endpoint.address, Address::Tls("db.example".into(), 7001));
            assert_eq!((endpoint.password.as_deref(), endpoint.database), (Some("p@ss"), 3));
        }
        assert_eq!(parse("rediss://[::1]").map(|endpoint| endpoint.to_string()).as_deref(), Ok("[::1]:6379"));
    }

    #[test]
    fn a_unix_socket_is_read() {
        let endpoint = parse("unix:///run/redis.sock?db=2&pass=canary").expect("a socket");
        assert_eq!(endpoint.to_string(), "unix:/run/redis.sock");
        assert_eq!((endpoint.database, endpoint.password.as_deref()), (2, Some("canary")));
    }

    #[test]
    fn a_bad_url_is_refused_and_never_repeated() {
        for (url, error) in [
            ("", EndpointError::Malformed),
            ("canary", EndpointError::Malformed),
            ("canary.example:6379", EndpointError::Scheme),
            ("redis://", EndpointError::Malformed),
            ("redis://:canary@:6379", EndpointError::Malformed),
            ("redis://canary:99999", EndpointError::Malformed),
            ("redis://canary:port/0", EndpointError::Malformed),
            ("redis://u:canary@host/x", EndpointError::Database),
            ("redis://u:canary@host/-1", EndpointError::Database),
            ("redis://u:canary@host/99999999999", EndpointError::Database),
            ("redis://u:canary@host/4294967295", EndpointError::Database),
            ("redis://u:can#ary@host/0", EndpointError::Extras),
            ("redis://u:can?ary@host/0", EndpointError::Extras),
            ("redis://u:canary@0.0.0.0:6379", EndpointError::Malformed),
            ("rediss://u:canary@host:6379/0#insecure", EndpointError::Extras),
            ("rediss://u:canary@host/x", EndpointError::Database),
            ("https://u:canary@host:6379", EndpointError::Scheme),
            ("canary://host", EndpointError::Scheme),
        ] {
            assert_eq!(parse(url), Err(error), "{url}");
            assert!(!error.to_string().contains("canary"));
        }
    }

    #[test]
    fn parts_make_an_endpoint_as_a_url_does() {
        let endpoint = Endpoint::from_parts("db.example", 7001, 3, None, Some("canary"));
        assert_eq!(endpoint, parse("redis://:canary@db.example:7001/3"));
        assert_eq!(Endpoint::from_parts("", 1, 0, None, None), Err(EndpointError::Host));
        assert_eq!(Endpoint::from_parts("a\x1b[2J", 1, 0, None, None), Err(EndpointError::Host));
        assert_eq!(Endpoint::from_parts("a", 1, -1, None, None), Err(EndpointError::Database));
    }

    #[test]
    fn a_password_is_never_shown() {
        let endpoint = parse("redis://bob:canary@host:1/2").expect("a URL");
        assert_eq!(format!("{endpoint} {endpoint:?}"), "host:1 Endpoint(host:1, database 2)");
    }
}
