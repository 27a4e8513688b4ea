//! The fault table of docs/faults.md, line by line, against the real program: whatever is wrong with Redis, it prints
//! what it prints without a cache, with one warning.

#[expect(dead_code, reason = "shared with the tests of the command line")]
#[path = "../cli/candles.rs"]
mod candles;
#[expect(dead_code, reason = "shared with the tests of everything else")]
#[path = "../common/mod.rs"]
mod common;
mod ending;
mod entries;
#[expect(dead_code, reason = "shared with the tests of the command line")]
#[path = "../cli/fixture.rs"]
mod fixture;
mod many;
mod nth;
mod processor;
#[expect(dead_code, reason = "shared with the tests of the command line")]
#[path = "../cli/ran.rs"]
mod ran;
mod refusing;
mod rights;
mod silent;
mod unharmed;
