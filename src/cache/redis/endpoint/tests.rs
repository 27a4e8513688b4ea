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
