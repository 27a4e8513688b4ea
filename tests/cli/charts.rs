//! `--chart`: pictures in the terminal.

use insta::assert_snapshot;

use crate::fixture::Sandbox;

#[test]
fn a_run_is_drawn_above_its_card_within_eighty_columns_and_without_colours() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let ran = sandbox.backtest("run --crypto BTC --strategy rsi --chart").ran().done_quietly();
    let picture = ran.stdout.split(" Equity  ").next().expect("a picture");
    let picture = picture.split_once("\nEquity\n").expect("below the heading").1;
    assert!(picture.lines().all(|line| line.chars().count() <= 80) && !picture.contains('\u{1b}'), "{picture}");
    assert_snapshot!(picture, @r#"
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢰⠒⠒⠒⢲⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡞⠉⠉⠉⠉⠉⠉⢧⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀ 12,061
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡞⠀⠀⠀⢸⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡇⠀⠀⠀⠀⠀⠀⠸⢦⠀⠀⠀⢀⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢸⠁⠀⠀⠀⠀⢿⡀⠀⠀⠀⠀⢀⡖⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⢲⡀⢠⡼⠁⠀⠀⠀⠀⠀⠀⠀⠸⡄⠀⢠⣼⢧⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
    ⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣸⠋⠀⠀⠀⠀⠀⠀⣇⠀⠀⠀⢠⠟⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡇⡼⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢧⣠⠏⠀⠈⢹⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡟⠀⠀⠀⠀⠀⠀⠀⠈⣇⠀⠀⡼⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠙⠃⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈⠙⠀⠀⠀⠘⢳⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠘⠧⡟⠃⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠘⡆⠀⠀⠀⠀⠀⠀⠀⠀⠀
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⣇⠀⠀⠀⠀⠀⠀⢀⣸⠉
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈⣇⠀⠀⠀⠀⣼⠛⠉⠀
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢸⣀⠀⢰⠟⠁⠀⠀⠀
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠉⣧⠞⠀⠀⠀⠀⠀ 6,815
    Drawdown
    ⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠟⠋⠉⠉⠉⠉⠹⣄⠀⠀⠀⠀⠀⠀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⠀⠀⢀⡏⠉⠉⠉⠉⠉⠉⠳⢤⠀⠀⠀⢀⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀ 0.0%
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈⠳⣄⡀⣀⣰⠛⠁⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈⠧⠞⠉⠀⠀⠀⠀⠀⠀⠀⠀⠈⠳⠴⠛⠉⠙⢳⣄⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈⠉⠋⠁⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈⣧⡀⠀⠀⠀⠀⣀⣠⣴⠒
    ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠙⠦⣄⡴⠛⠉⠀⠀⠀ -43.5%
    2022-01-01                                                    2023-02-04
    "#);
}

#[test]
fn a_sweep_is_a_map_whose_best_cell_is_the_best_of_the_table() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let ran = sandbox
        .backtest("sweep --crypto BTC --strategy ma --param fast=2..11 --param slow=12..30:3 --chart --top 1")
        .ran()
        .done_quietly();
    let map = ran.stdout.split("      #").next().expect("a map");
    assert_snapshot!(map, @r#"
    Sharpe from -0.71 to 5.52
    slow
    30 ▒▒▒▒▒▒░░░░░░░░······
       ▒▒▒▒▒▒▒▒▒▒░░░░░░░░··
    24 ▒▒▒▒▒▒▒▒▒▒▒▒▒▒░░░░░░
       ▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒▒▒░░
       ▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒
       ████▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒
    12 ████████▓▓▓▓▓▓▓▓▓▓▒▒
       2                 11  fast
    from · worst to █ best
    "#);
    let one =
        sandbox.backtest("sweep --crypto BTC --strategy rsi --param period=5..30 --chart --top 1").ran().done_quietly();
    assert!(one.stdout.starts_with("Sharpe from ") && one.stdout.contains("period 5 to 30"), "{}", one.stdout);
}

#[test]
fn a_map_of_a_thinned_grid_has_the_best_of_the_table_and_says_that_it_is_thinned() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let ran = sandbox
        .backtest("sweep --crypto BTC --strategy ma --param fast=2..150 --param slow=2..900 --chart --top 1")
        .ran()
        .done()
        .warned_once(&["901 bars are needed, and there are 400"]);
    assert!(ran.stdout.contains("drawn is every 2nd value of slow, and the best of all points"), "{}", ran.stdout);
    let best = ran.stdout.lines().find(|line| line.trim_start().starts_with("1 ")).expect("the best");
    let scale = ran.stdout.lines().next().expect("a scale");
    let high = scale.split(" to ").nth(1).and_then(|rest| rest.split(',').next()).expect("the highest");
    assert!(best.split_whitespace().any(|word| word == high), "{high}: {best}");
}

#[test]
fn a_batch_has_a_line_of_equity_in_each_row() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let ran = sandbox.backtest("batch --all --strategy rsi --chart").ran().done_quietly();
    let sparks = ran
        .stdout
        .lines()
        .filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()) && line.contains("USDT"))
        .map(|line| line.chars().filter(|c| ('▁'..='█').contains(c)).count());
    assert_eq!(sparks.collect::<Vec<_>>(), [16, 16], "{}", ran.stdout);
}

#[test]
fn json_and_csv_stay_what_they_are() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for command in [
        "run --crypto BTC --strategy rsi",
        "batch --all",
        "sweep --all --strategy rsi --param period=5..9 --no-honesty",
    ] {
        for format in ["json", "csv"] {
            let call = format!("{command} --format {format}");
            let plain = sandbox.backtest(&call).ran().done_quietly().data();
            assert_eq!(sandbox.backtest(&format!("{call} --chart")).ran().done_quietly().data(), plain, "{call}");
        }
    }
}
