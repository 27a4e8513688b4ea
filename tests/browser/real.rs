//! Pages of real candles, where they are at hand: beside the project, in `shared/data`.

use std::path::PathBuf;

use crate::fixture::Sandbox;
use crate::page::{DESK, Page, Screen};

/// The folder, if it is there.
fn shared() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    folder.is_dir().then(|| folder.canonicalize().expect("it is there"))
}

fn page(sandbox: &Sandbox, words: &str) -> Option<Page> {
    // A link, as a page's commands name no folder of one machine.
    std::os::unix::fs::symlink(shared()?, sandbox.here().join("data")).expect("a link");
    sandbox.backtest(words).arg("--report").arg("page.html").ran();
    let path = sandbox.here().join("page.html");
    assert!(std::fs::metadata(&path).expect("a page").len() < 8_000_000);
    Some(Page::open(&path, DESK))
}

#[test]
fn an_rsi_run_on_hourly_bitcoin() {
    let sandbox = Sandbox::empty();
    let Some(page) = page(&sandbox, "run --crypto BTC --interval 1h --strategy rsi") else { return };
    assert_eq!(page.chart("document.getElementById('timeline')"), 15);
    page.says(&["45,024 bars", "Trades (160)"]).fine();
    let path = sandbox.here().join("page.html");
    Page::open(&path, Screen { width: 390, dark: true }).fine();
}

#[test]
fn a_batch_of_all_daily_assets() {
    let sandbox = Sandbox::empty();
    let Some(page) = page(&sandbox, "batch --all") else { return };
    page.chart("document.getElementById('scatter')");
    page.says(&["350 assets × 2 strategies", "BCHUSDT"]).fine();
}

#[test]
fn a_sweep_of_a_hundred_by_a_hundred() {
    let sandbox = Sandbox::empty();
    let Some(page) = page(&sandbox, "sweep --crypto BTC --strategy ma --param fast=2..101 --param slow=105..600:5")
    else {
        return;
    };
    page.chart("document.getElementById('map')");
    crate::sweep::press_cell(&page, 42, 17);
    crate::sweep::command_gives_figures(&page, &sandbox);
    page.says(&["10,000 combinations"]).fine();
}
