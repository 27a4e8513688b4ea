//! Pages in a real browser: Chromium without a screen, driven over its `DevTools` protocol, opening files from disk.

#[expect(dead_code, reason = "the tests of the command line need more of it")]
#[path = "../cli/candles.rs"]
mod candles;
#[expect(dead_code, reason = "the other tests need more of it")]
#[path = "../common/mod.rs"]
mod common;
#[expect(dead_code, reason = "the tests of the command line need more of it")]
#[path = "../cli/fixture.rs"]
mod fixture;
#[expect(dead_code, reason = "the tests of the command line need more of it")]
#[path = "../cli/ran.rs"]
mod ran;

mod batch;
mod compare;
mod devtools;
mod hostile;
mod odd;
mod page;
mod portfolio;
mod real;
mod run;
mod sweep;
mod timeline;
mod trades;
mod types;
mod walk;
