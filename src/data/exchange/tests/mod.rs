//! Exchanges as they document themselves, on this machine: what is asked, what becomes of every answer, and no waiting.

mod answers;
mod archive;
mod exchanges;
mod fakes;
mod faults;
mod funding;
mod pages;
mod parts;
#[path = "../../../../tests/common/web_server.rs"]
mod web_server;
