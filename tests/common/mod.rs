//! What integration tests share: a real redis-server, and a proxy that breaks its connections.

#[cfg(feature = "tls")]
pub mod certificates;
pub mod fault_proxy;
pub mod redis_server;
