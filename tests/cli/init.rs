//! `backtest init`: a folder to begin in.

use crate::fixture::{Sandbox, program};

#[test]
fn what_init_says_to_type_next_works_as_it_stands() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.backtest("init").ran().done();
    let commands: Vec<&str> = ran.stdout.lines().filter_map(|line| line.strip_prefix("  backtest ")).collect();
    assert_eq!(commands.len(), 5, "{}", ran.stdout);
    for words in commands {
        sandbox.shell(&format!("'{}' {words}", program().display())).ran().done();
    }
}

#[test]
fn init_makes_the_folder_that_it_is_given_and_says_to_enter_it() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.backtest("init").arg("my research/btc").ran().done();
    assert!(ran.stdout.contains("  cd 'my research/btc'\n"), "{}", ran.stdout);
    assert_eq!(sandbox.names("my research/btc"), ["backtest.toml", "my_strategy.toml"]);
}

#[test]
fn init_overwrites_nothing_and_leaves_nothing_half_made() {
    for name in ["backtest.toml", "my_strategy.toml"] {
        let sandbox = Sandbox::empty();
        sandbox.write(name, "# mine\n");
        sandbox.backtest("init").ran().refused(&[&format!("{name} exists; nothing was written")]);
        assert_eq!(sandbox.names("."), [name]);
        assert_eq!(sandbox.read(name), "# mine\n");
    }
}

#[test]
fn the_settings_that_init_writes_change_no_result() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let result = || sandbox.backtest("run --crypto BTC --strategy rsi --format csv").ran().done().data();
    let before = result();
    sandbox.backtest("init").ran().done();
    assert_eq!(result(), before);
}
