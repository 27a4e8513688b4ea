//! Where a cache is: a Redis, or a file.

use std::str::FromStr;

use super::backend::Backend;
use super::endpoint::{Endpoint, EndpointError};
use super::failure::Failure;
use super::keeper::Keeper;
use super::redis::Redis;
use super::redis_admin::Console;

/// Where a cache is. Shows no user or password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A server.
    Redis(Endpoint),
}

impl FromStr for Place {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        text.parse().map(Self::Redis)
    }
}

impl Place {
    /// `host:port`, or a path, for tables and documents.
    #[must_use]
    pub fn host(&self) -> String {
        match self {
            Self::Redis(endpoint) => endpoint.host(),
        }
    }

    /// What failures call it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Redis(endpoint) => endpoint.label(),
        }
    }

    pub(super) fn backend(&self, patient: bool) -> Box<dyn Backend> {
        match self {
            Self::Redis(endpoint) if patient => Box::new(Redis::patient(endpoint.clone())),
            Self::Redis(endpoint) => Box::new(Redis::new(endpoint.clone())),
        }
    }

    pub(super) fn keeper(&self) -> Result<Box<dyn Keeper>, Failure> {
        match self {
            Self::Redis(endpoint) => Ok(Box::new(Console::connect(endpoint)?)),
        }
    }
}
