//! Names and texts from outside stay text.

use crate::fixture::Sandbox;
use crate::page::{DESK, Page};

const IMAGE: &str = "<img src=x onerror=window.taken=1>\"'&é币";
const SCRIPT: &str = "</script><script>window.taken=1</script><!--";

#[track_caller]
fn harmless(page: &Page, shows: &[&str]) {
    assert_eq!(page.js("window.taken"), serde_json::Value::Null);
    assert_eq!(page.count("img"), 0);
    page.says(shows).fine();
}

#[test]
fn names_of_files_folders_and_strategies_are_shown_as_they_are() {
    let sandbox = Sandbox::empty();
    let data = format!("{IMAGE}/1d");
    for name in ["BTCUSDT", IMAGE] {
        sandbox.write(&format!("{data}/{name}.csv"), crate::candles::csv(name, 400));
    }
    sandbox.write(&format!("{data}/BAD{IMAGE}.csv"), SCRIPT);
    let about = format!("{SCRIPT}{IMAGE}").replace('"', "\\\"");
    let toml = format!(
        "name = \"evil\"\nabout = \"{about}\"\n[params]\nn = {{ default = 5, min = 2, max = 50 }}\n[rules]\nentry = \"close < sma(close, n)\"\nexit = \"close > sma(close, n)\""
    );
    let file = format!("{IMAGE}.toml");
    sandbox.write(&file, toml);
    let call = |words: &str| {
        sandbox
            .backtest(words)
            .arg("--data-dir")
            .arg(IMAGE)
            .arg("--strategy")
            .arg(format!("./{file}"))
            .arg("--report")
            .arg("page.html")
    };
    let open = || Page::open(&sandbox.here().join("page.html"), DESK);

    call("run").arg("--crypto").arg(IMAGE).ran().done();
    let page = open();
    harmless(&page, &["<img src=x onerror", "币", "</script>"]);
    // What it says can be typed: it is one word for each name.
    let command = page.text("document.querySelector('#proof .command code').textContent");
    let program = crate::fixture::program().display().to_string();
    let again = sandbox.shell(&command.replacen("backtest", &program, 1)).ran().done();
    assert!(again.stdout.contains(
        &page.text("document.querySelector('#proof').textContent").split("Result, key").nth(1).expect("a key")[..12]
    ));

    call("batch --all").ran().failed(&["BAD"]);
    harmless(&open(), &["<img src=x onerror", "BAD"]);
    call("sweep --all --param n=3..9").ran().failed(&["BAD"]);
    harmless(&open(), &["evil"]);
    sandbox
        .backtest("compare ma --report page.html")
        .arg(format!("./{file}:n=7"))
        .arg("--data-dir")
        .arg(IMAGE)
        .arg("--crypto")
        .arg(IMAGE)
        .ran()
        .done();
    harmless(&open(), &["<img src=x onerror"]);
}

#[test]
fn a_saved_result_that_somebody_else_wrote_cannot_run_scripts() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("run --crypto BTC --strategy rsi --trades --out saved.json").ran().done_quietly();
    let quoted = SCRIPT.replace('"', "\\\"");
    let saved = sandbox.read("saved.json");
    let text = saved.replace("BTCUSDT", &quoted).replace("\"rsi\"", &format!("\"{quoted}\""));
    // No parameter is called like that, and it would stand in a command.
    for name in [quoted.as_str(), "$(touch taken)", "a b", "a;b", ""] {
        sandbox.write("saved.json", saved.replace("\"period\"", &format!("\"{name}\"")));
        sandbox.backtest("report saved.json").ran().refused(&["saved.json", "usable"]);
    }
    sandbox.write("saved.json", text);
    sandbox.backtest("report saved.json").ran().done();
    let page = Page::open(&sandbox.here().join("saved.html"), DESK);
    harmless(&page, &["</script><script>window.taken=1</script><!--", "there is no chart"]);
}
