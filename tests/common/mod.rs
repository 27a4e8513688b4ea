//! What integration tests share: a real redis-server, a proxy that breaks its connections, and faults staged by both.

#[cfg(feature = "tls")]
pub(crate) mod certificates;
pub(crate) mod fault_proxy;
pub(crate) mod redis_server;
pub(crate) mod staged;
