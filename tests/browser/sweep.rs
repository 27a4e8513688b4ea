//! The page of a sweep.

use crate::fixture::Sandbox;
use crate::page::{DESK, PHONE, Page};

const MAP: &str = "document.getElementById('map')";

/// Presses the cell in this column and row of the map.
pub(crate) fn press_cell(page: &Page, column: usize, row: usize) {
    page.middle(MAP);
    let place = page.js(&format!(
        "(() => {{ const g = {MAP}, r = g.getBoundingClientRect(), l = g._fullLayout; return [r.x + l.xaxis._offset + l.xaxis.d2p({column}), r.y + l.yaxis._offset + l.yaxis.d2p({row})]; }})()"
    ));
    let (x, y) = (place[0].as_f64().expect("x"), place[1].as_f64().expect("y"));
    // As a hand would: the library looks where the mouse is twenty times a second.
    page.hover(x, y);
    page.until(&format!("{MAP}._hoverdata?.[0].x === {column} && ({MAP}._hoverdata[0].y === {row} || {row} === 0)"));
    page.click(x, y);
    page.until("document.querySelector('#pick code')");
}

/// The command below the map gives the figures beside it, to the bit.
#[track_caller]
pub(crate) fn command_gives_figures(page: &Page, sandbox: &Sandbox) {
    let command = page.text("document.querySelector('#pick code').textContent");
    let words = command.strip_prefix("backtest ").expect("a call of the program");
    let metrics = sandbox.backtest(&format!("{words} --format json")).ran().done().json()["metrics"].clone();
    let shown = page.js(
        "[...document.querySelectorAll('#pick [data-metric]')].map((b) => [b.dataset.metric, Number(b.dataset.value)])",
    );
    let shown = shown.as_array().expect("a list");
    assert!(shown.len() >= 3, "{shown:?}");
    for figure in shown {
        let (name, value) = (figure[0].as_str().expect("a name"), figure[1].as_f64());
        assert_eq!(value, metrics[name].as_f64(), "{name} by {command}");
    }
}

/// Chooses an option of the map.
fn choose(page: &Page, label: &str, option: &str) {
    page.js(&format!(
        "(() => {{ const s = [...document.querySelectorAll('label')].find((l) => l.firstChild.textContent === '{label}').querySelector('select'); s.selectedIndex = [...s.options].findIndex((o) => o.textContent === '{option}'); s.dispatchEvent(new Event('change')); }})()"
    ));
}

#[test]
fn pressing_a_cell_shows_its_command_and_that_gives_the_cells_figures() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox
        .backtest("sweep --crypto BTC --strategy ma --param fast=2..21 --param slow=25..120:5 --trailing-stop 6% --max-bars 30 --year 260 --fee 0.0003 --sort calmar --report page.html")
        .ran()
        .done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    page.chart(MAP);
    assert_eq!(page.js(&format!("[{MAP}.data[0].z.length, {MAP}.data[0].z[0].length]")), serde_json::json!([20, 20]));
    for (column, row) in [(0, 0), (19, 19), (7, 3)] {
        press_cell(&page, column, row);
        page.until(&format!(
            "document.querySelector('#pick').textContent.includes('fast={} --param slow={}')",
            2 + column,
            25 + 5 * row
        ));
        command_gives_figures(&page, &sandbox);
    }
    page.says(&["Neighbours of the best", "400 combinations on 1 asset", "ranked by Calmar"]).fine();
}

#[test]
fn other_axes_metrics_and_assets_can_be_chosen_and_cells_stay_real_points() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox
        .backtest("sweep --all --strategy rsi --param period=5..9 --param oversold=20..40:5 --param overbought=60..80:10 --report page.html")
        .ran()
        .done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    page.says(&["2 assets", "A cell stands for up to 6 points"]);
    for (label, option) in
        [("across", "overbought"), ("metric", "Trades"), ("others by", "median"), ("asset", "ETHUSDT")]
    {
        choose(&page, label, option);
    }
    assert_eq!(page.js(&format!("[{MAP}.data[0].z.length, {MAP}.data[0].z[0].length]")), serde_json::json!([5, 3]));
    press_cell(&page, 1, 2);
    page.until("document.querySelector('#pick code').textContent.includes('ETHUSDT')");
    command_gives_figures(&page, &sandbox);
    page.fine();
}

#[test]
fn of_a_thinned_grid_the_best_of_the_table_is_ringed_among_its_real_neighbours() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("data/1d/SHORTUSDT.csv", crate::candles::csv("SHORTUSDT", 300));
    sandbox.write("data/1d/BADUSDT.csv", "no candles\n");
    let words = "sweep --all --strategy ma --param fast=2..150 --param slow=2..900 --report page.html --format json";
    let best = sandbox.backtest(words).ran().json()["results"][0].clone();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    choose(&page, "others by", "best");
    let ring = page.js(&format!("[{MAP}.data[1].x[0], {MAP}.data[1].y[0]]"));
    press_cell(&page, place(&ring[0]), place(&ring[1]));
    let params = &best["params"];
    page.until(&format!(
        "document.querySelector('#pick').textContent.includes('fast={} --param slow={}')",
        params["fast"], params["slow"]
    ));
    let shown = page.text("document.querySelector('#pick [data-metric=sharpe]').dataset.value");
    assert_eq!(shown.parse().ok(), best["metrics"]["sharpe"].as_f64());
    let top = page.text("document.querySelector('#stability > .small').textContent");
    let steps = |name: &str, low: f64, high: f64| {
        let value = params[name].as_f64().expect("a number");
        3 - usize::from(value <= low) - usize::from(value >= high)
    };
    // Where the rule is at the edge of the grid, it has fewer.
    let near = steps("fast", 2.0, 150.0) * steps("slow", 2.0, 900.0) - 1;
    let sharpe = best["metrics"]["sharpe"].as_f64().expect("a number");
    assert!(top.contains(&format!("The best Sharpe is {sharpe:.2} on BTCUSDT; of its {near} neighbours")), "{top}");
    page.says(&[
        "2 assets 1d",
        "on 2 assets (1 failed)",
        "in all; ranges differ, of 300 to 400 bars",
        "drawn is every",
    ])
    .fine();
}

fn place(value: &serde_json::Value) -> usize {
    value.as_u64().and_then(|at| usize::try_from(at).ok()).expect("a place on the map")
}

#[test]
fn points_that_the_strategy_forbids_are_empty_cells() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox
        .backtest("sweep --crypto BTC --strategy ma --param fast=5..9 --param slow=6..10 --report page.html")
        .ran()
        .done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    page.says(&["10 skipped"]);
    assert_eq!(page.js(&format!("{MAP}.data[0].z[0].slice(1)")), serde_json::json!([null, null, null, null]));
    page.fine();
}

#[test]
fn a_file_of_rows_gives_the_map_too() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox
        .backtest("sweep --crypto BTC --strategy ma --param fast=2..11 --param slow=25..70:5 --stop-loss 4% --size 60% --year 252 --out grid.parquet")
        .ran()
        .done_quietly();
    sandbox.backtest("report grid.parquet --out page.html --sort total_return").ran().done();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    press_cell(&page, 4, 6);
    command_gives_figures(&page, &sandbox);
    page.says(&["2022-01-01 to 2023-02-04, 400 bars; long, fills at the next open, fee 0.1%"]).fine();
}

#[test]
fn a_file_of_rows_has_the_median_and_the_growth_of_the_best_or_says_how_that_is_had() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words = "sweep --crypto BTC --strategy ma --param fast=2..11 --param slow=25..70:5 --out grid.parquet --report swept.html";
    sandbox.backtest(words).ran().done_quietly();
    sandbox.backtest("report grid.parquet --out again.html").ran().done();
    sandbox.backtest("report grid.parquet --out lacking.html --data-dir elsewhere").ran().done();
    let open = |name: &str| Page::open(&sandbox.here().join(name), DESK);
    let (swept, again, lacking) = (open("swept.html"), open("again.html"), open("lacking.html"));
    let median = "[...document.querySelector('#top tbody tr:last-child').cells].map((td) => td.textContent)";
    assert_eq!(again.js(median), swept.js(median));
    assert_eq!(lacking.js(median), swept.js(median));
    let growth = "document.getElementById('best').data.map((line) => line.y)";
    assert_eq!(again.js(growth), swept.js(growth));
    lacking.says(&["The equity of the best is not at hand here", "--report best.html"]);
    for page in [swept, again, lacking] {
        page.fine();
    }
}

#[test]
fn a_grid_of_one_parameter_is_a_line_that_rings_its_best() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words =
        "sweep --crypto BTC --strategy rsi --param period=5..20 --min-trades 0 --report page.html --format json";
    let document = sandbox.backtest(words).ran().json();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    let ring = page.js(&format!("[{MAP}.data[1].x[0] + 5, {MAP}.data[1].y[0]]"));
    let best = &document["results"][0];
    assert_eq!(ring, serde_json::json!([best["params"]["period"], best["metrics"]["sharpe"]]));
    page.says(&["The ring is the best", "Points that are missing"]).fine();
}

#[test]
fn a_row_of_the_best_shows_its_command_on_a_phone() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox
        .backtest("sweep --crypto BTC --strategy ma --param fast=2..11 --param slow=25..70:5 --report page.html")
        .ran()
        .done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), PHONE);
    page.press("document.querySelector('#top tbody tr').cells[0]");
    page.until("document.querySelector('#pick code')");
    command_gives_figures(&page, &sandbox);
    page.fine();
}

#[test]
fn over_several_assets_a_cell_shows_the_median_unless_the_best_is_chosen() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    let words = "sweep --all --strategy ma --param fast=2..4 --param slow=25..35:5 --sort total_return --report page.html --out grid.csv";
    sandbox.backtest(words).ran().done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    page.says(&["shows the median of them", "The ring is the best cell by its median"]);
    let best = page.text("document.querySelector('#top tbody tr').cells[1].textContent");
    assert!(
        page.text("document.getElementById('stability').textContent").contains(&format!(" on {best}; of its")),
        "{best}"
    );
    let csv = sandbox.read("grid.csv");
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("a head");
    let at = |name: &str| head.iter().position(|cell| *cell == name).expect("a column");
    let mut values: Vec<f64> = lines
        .filter(|cells| cells[at("fast")] == "3" && cells[at("slow")] == "30")
        .map(|cells| cells[at("total_return")].parse().expect("a number"))
        .collect();
    values.sort_by(f64::total_cmp);
    assert_eq!(values.len(), 3);
    assert_eq!(page.number(&format!("{MAP}.data[0].z[1][1]")).to_bits(), values[1].to_bits());
    choose(&page, "others by", "best");
    assert_eq!(page.number(&format!("{MAP}.data[0].z[1][1]")).to_bits(), values[2].to_bits());
    page.fine();
}

#[test]
fn a_best_at_the_edge_of_the_grid_is_warned_of_and_the_median_closes_the_table() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words = "sweep --crypto BTC --strategy ma --param fast=2..11 --param slow=25..70:5 --top 3 --report page.html --format json";
    let document = sandbox.backtest(words).ran().json();
    let page = Page::open(&sandbox.here().join("page.html"), DESK);
    let best = &document["results"][0]["params"];
    let text = page.words();
    for (name, low, high) in [("fast", 2.0, 11.0), ("slow", 25.0, 70.0)] {
        let value = best[name].as_f64().expect("a number");
        let is_edge = value <= low || value >= high;
        assert_eq!(text.contains(&format!("at the edge of the grid: {name} {value}")), is_edge, "{best}");
    }
    assert_eq!(page.count("#top tbody tr"), 4);
    let last = page
        .js("[...document.querySelector('#top tbody tr:last-child').cells].slice(0, 4).map((td) => td.textContent)");
    assert_eq!(last[0], "median");
    let sharpe = document["summary"]["median"]["value"].as_f64().expect("a number");
    assert_eq!(last[3], format!("{sharpe:.2}"));
    let grown = page.number("document.getElementById('best').data[1].y.at(-1)");
    let gain = document["results"][0]["metrics"]["total_return"].as_f64().expect("a number");
    assert!((grown - gain).abs() < 1e-6, "{grown} {gain}");
    page.says(&["chosen with hindsight among 100 combinations"]).fine();
}

#[test]
fn a_phone_shows_the_colour_scale_of_the_map_with_its_metric() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox
        .backtest("sweep --crypto BTC --strategy ma --param fast=2..11 --param slow=25..70:5 --report page.html")
        .ran()
        .done_quietly();
    let page = Page::open(&sandbox.here().join("page.html"), PHONE);
    let scale = page.js(&format!("(() => {{ const r = {MAP}.querySelector('.colorbar .cbfills').getBoundingClientRect(); return [r.width, r.right]; }})()"));
    assert!(scale[0].as_f64().expect("pixels") > 150.0 && scale[1].as_f64().expect("pixels") < 390.0, "{scale}");
    assert_eq!(page.text(&format!("{MAP}.querySelector('.cbtitle').textContent")), "Sharpe");
    page.fine();
}
