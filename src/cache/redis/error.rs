//! What a server's error means, in our classes and our words.

use redis::ServerError;

use crate::backend::{FailureCause, FailureClass};

/// Class and text of an error reply. Only its code is looked at, and never passed on: see [`FailureCause`].
pub(super) fn classify(error: &ServerError) -> FailureCause {
    match error.code() {
        "NOAUTH" => NO_PASSWORD,
        "WRONGPASS" => (FailureClass::Auth, "WRONGPASS: wrong user or password"),
        NO_PERMISSION => (FailureClass::Auth, "NOPERM: this user may not do that with our keys"),
        "DENIED" => (FailureClass::Auth, "DENIED: the server's protected mode takes local clients only"),
        "READONLY" => (FailureClass::ReadOnly, "READONLY: the server is a replica"),
        "MISCONF" => (FailureClass::ReadOnly, "MISCONF: the server cannot save to its disk and takes no writes"),
        "NOREPLICAS" => (FailureClass::ReadOnly, "NOREPLICAS: the server has too few replicas and takes no writes"),
        "OOM" => (FailureClass::Full, "OOM: the server's memory is full and its policy evicts nothing"),
        "LOADING" => (FailureClass::Loading, "LOADING: the server is reading its data from disk"),
        "MASTERDOWN" => (FailureClass::Loading, "MASTERDOWN: the replica has lost its master"),
        "BUSY" => (FailureClass::Loading, "BUSY: the server is running a script"),
        "MOVED" => (FailureClass::Cluster, "MOVED: Redis Cluster is not supported"),
        "ASK" => (FailureClass::Cluster, "ASK: Redis Cluster is not supported"),
        "TRYAGAIN" => (FailureClass::Cluster, "TRYAGAIN: Redis Cluster is not supported"),
        "CROSSSLOT" => (FailureClass::Cluster, "CROSSSLOT: Redis Cluster is not supported"),
        "CLUSTERDOWN" => (FailureClass::Cluster, "CLUSTERDOWN: Redis Cluster is not supported"),
        "ERR" => general(error.details().unwrap_or_default()),
        _ => UNKNOWN,
    }
}

/// The code of an error that denies one command on some keys, and says nothing about other keys.
pub(super) const NO_PERMISSION: &str = "NOPERM";

const NO_PASSWORD: (FailureClass, &str) = (FailureClass::Auth, "NOAUTH: the server wants a password");

const UNKNOWN: (FailureClass, &str) =
    (FailureClass::Protocol, "the server answered with an error that Redis does not have here");

fn general(details: &str) -> FailureCause {
    if details.starts_with("max number of clients") {
        (FailureClass::Refused, "the server has no room for another client (maxclients)")
    } else if details.starts_with("DB index is out of range") || details.starts_with("invalid DB index") {
        (FailureClass::Refused, "the server has no database of this number")
    } else if details.starts_with("Protocol error: unauthenticated") {
        // Before the login it takes short requests only, and says so of long ones instead of NOAUTH.
        NO_PASSWORD
    } else if details.contains("AUTH") {
        (FailureClass::Auth, "the server takes no password of this form; is one configured there?")
    } else if details.starts_with("unknown command") {
        (FailureClass::Protocol, "the server does not know a command that every Redis since 4.0 has")
    } else {
        UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use redis::Value;

    use super::*;

    fn class_of(line: &str) -> FailureCause {
        match redis::parse_redis_value(format!("-{line}\r\n").as_bytes()) {
            Ok(Value::ServerError(error)) => classify(&error),
            other => panic!("{line} is {other:?}"),
        }
    }

    #[test]
    fn each_error_of_a_real_server_has_its_class() {
        for (line, class) in [
            ("NOAUTH Authentication required.", FailureClass::Auth),
            ("ERR Protocol error: unauthenticated multibulk length", FailureClass::Auth),
            ("ERR Protocol error: unauthenticated bulk length", FailureClass::Auth),
            ("WRONGPASS invalid username-password pair or user is disabled.", FailureClass::Auth),
            ("NOPERM this user has no permissions to run the 'mget' command", FailureClass::Auth),
            ("DENIED Redis is running in protected mode", FailureClass::Auth),
            ("ERR AUTH <password> called without any password configured for the default user.", FailureClass::Auth),
            ("READONLY You can't write against a read only replica.", FailureClass::ReadOnly),
            ("MISCONF Redis is configured to save RDB snapshots", FailureClass::ReadOnly),
            ("OOM command not allowed when used memory > 'maxmemory'.", FailureClass::Full),
            ("LOADING Redis is loading the dataset in memory", FailureClass::Loading),
            ("MASTERDOWN Link with MASTER is down", FailureClass::Loading),
            ("MOVED 3999 127.0.0.1:6381", FailureClass::Cluster),
            ("CROSSSLOT Keys in request don't hash to the same slot", FailureClass::Cluster),
            ("CLUSTERDOWN The cluster is down", FailureClass::Cluster),
            ("ERR max number of clients reached", FailureClass::Refused),
            ("ERR DB index is out of range", FailureClass::Refused),
            ("ERR something else", FailureClass::Protocol),
            ("WHATEVER", FailureClass::Protocol),
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
