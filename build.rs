//! Says how the binary is linked on Linux.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    // Where it lies in memory is settled by the linker and not at each start: 170,000 relocations, most of polars, took
    // half of the 6 ms that `backtest --version` needs. Libraries, stack and heap keep their random places; the binary
    // itself gives its own up, as those of Go do. What is linked with its C library inside is made in another way.
    let is_static = target("FEATURE").split(',').any(|feature| feature == "crt-static");
    if target("OS") == "linux" && target("ENV") == "gnu" && target("ARCH") == "x86_64" && !is_static {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
