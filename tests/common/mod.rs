//! What integration tests share: a real redis-server, a proxy that breaks its connections, and faults staged by both.

#[cfg(feature = "tls")]
pub mod certificates;
pub mod fault_proxy;
pub mod redis_server;
pub mod staged;
