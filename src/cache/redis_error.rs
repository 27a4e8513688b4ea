//! What a server's error means, in our classes and our words.

use redis::ServerError;

use super::failure::Class;

/// Class and text of an error reply. Only its code is looked at, and never passed on: see [`super::failure`].
pub(super) fn classify(error: &ServerError) -> (Class, &'static str) {
    match error.code() {
        "NOAUTH" => NO_PASSWORD,
        "WRONGPASS" => (Class::Auth, "WRONGPASS: wrong user or password"),
        NO_PERMISSION => (Class::Auth, "NOPERM: this user may not do that with our keys"),
        "DENIED" => (Class::Auth, "DENIED: the server's protected mode takes local clients only"),
        "READONLY" => (Class::ReadOnly, "READONLY: the server is a replica"),
        "MISCONF" => (Class::ReadOnly, "MISCONF: the server cannot save to its disk and takes no writes"),
        "NOREPLICAS" => (Class::ReadOnly, "NOREPLICAS: the server has too few replicas and takes no writes"),
        "OOM" => (Class::Full, "OOM: the server's memory is full and its policy evicts nothing"),
        "LOADING" => (Class::Loading, "LOADING: the server is reading its data from disk"),
        "MASTERDOWN" => (Class::Loading, "MASTERDOWN: the replica has lost its master"),
        "BUSY" => (Class::Loading, "BUSY: the server is running a script"),
        "MOVED" => (Class::Cluster, "MOVED: Redis Cluster is not supported"),
        "ASK" => (Class::Cluster, "ASK: Redis Cluster is not supported"),
        "TRYAGAIN" => (Class::Cluster, "TRYAGAIN: Redis Cluster is not supported"),
        "CROSSSLOT" => (Class::Cluster, "CROSSSLOT: Redis Cluster is not supported"),
        "CLUSTERDOWN" => (Class::Cluster, "CLUSTERDOWN: Redis Cluster is not supported"),
        "ERR" => general(error.details().unwrap_or_default()),
        _ => UNKNOWN,
    }
}

/// The code of an error that denies one command on some keys, and says nothing about other keys.
pub(super) const NO_PERMISSION: &str = "NOPERM";

const NO_PASSWORD: (Class, &str) = (Class::Auth, "NOAUTH: the server wants a password");

const UNKNOWN: (Class, &str) = (Class::Protocol, "the server answered with an error that Redis does not have here");

fn general(details: &str) -> (Class, &'static str) {
    if details.starts_with("max number of clients") {
        (Class::Refused, "the server has no room for another client (maxclients)")
    } else if details.starts_with("DB index is out of range") || details.starts_with("invalid DB index") {
        (Class::Refused, "the server has no database of this number")
    } else if details.starts_with("Protocol error: unauthenticated") {
        // Before the login it takes short requests only, and says so of long ones instead of NOAUTH.
        NO_PASSWORD
    } else if details.contains("AUTH") {
        (Class::Auth, "the server takes no password of this form; is one configured there?")
    } else if details.starts_with("unknown command") {
        (Class::Protocol, "the server does not know a command that every Redis since 4.0 has")
    } else {
        UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use redis::Value;

    use super::*;

    fn class_of(line: &str) -> (Class, &'static str) {
        match redis::parse_redis_value(format!("-{line}\r\n").as_bytes()) {
            Ok(Value::ServerError(error)) => classify(&error),
            other => panic!("{line} is {other:?}"),
        }
    }

    #[test]
    fn each_error_of_a_real_server_has_its_class() {
        for (line, class) in [
            ("NOAUTH Authentication required.", Class::Auth),
            ("ERR Protocol error: unauthenticated multibulk length", Class::Auth),
            ("ERR Protocol error: unauthenticated bulk length", Class::Auth),
            ("WRONGPASS invalid username-password pair or user is disabled.", Class::Auth),
            ("NOPERM this user has no permissions to run the 'mget' command", Class::Auth),
            ("DENIED Redis is running in protected mode", Class::Auth),
            ("ERR AUTH <password> called without any password configured for the default user.", Class::Auth),
            ("READONLY You can't write against a read only replica.", Class::ReadOnly),
            ("MISCONF Redis is configured to save RDB snapshots", Class::ReadOnly),
            ("OOM command not allowed when used memory > 'maxmemory'.", Class::Full),
            ("LOADING Redis is loading the dataset in memory", Class::Loading),
            ("MASTERDOWN Link with MASTER is down", Class::Loading),
            ("MOVED 3999 127.0.0.1:6381", Class::Cluster),
            ("CROSSSLOT Keys in request don't hash to the same slot", Class::Cluster),
            ("CLUSTERDOWN The cluster is down", Class::Cluster),
            ("ERR max number of clients reached", Class::Refused),
            ("ERR DB index is out of range", Class::Refused),
            ("ERR something else", Class::Protocol),
            ("WHATEVER", Class::Protocol),
        ] {
            assert_eq!(class_of(line).0, class, "{line}");
        }
    }

    #[test]
    fn a_server_that_quotes_the_password_is_not_quoted() {
        let old = "ERR unknown command `AUTH`, with args beginning with: `canary`";
        assert!(!class_of(old).1.contains("canary"));
        assert!(!class_of("canary canary").1.contains("canary"));
    }
}
