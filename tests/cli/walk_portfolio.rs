//! `backtest walk` of one account over many assets.

use crate::fixture::Sandbox;

const ROTATION: &str = "name = \"rotation\"\n[params]\nlookback = 20\ntop = { default = 2, min = 1, max = 9 }\n[portfolio]\n\
                        score = \"roc(close, lookback)\"\ntop = \"top\"\nevery = \"1w\"\n";
const TREND: &str = "name = \"trend\"\n[params]\nbars = 20\n[portfolio]\nmax_positions = 1\n[rules]\n\
                     entry = \"close > sma(close, bars)\"\nexit = \"close < sma(close, bars)\"\n[exits]\nstop_loss = 0.05\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["ADAUSDT", "BTCUSDT", "ETHUSDT", "XRPUSDT"]);
    sandbox.write("rotation.toml", ROTATION);
    sandbox.write("trend.toml", TREND);
    sandbox
}

/// Whether two documents have the same figures, to the rounding of sums.
fn is_near(ours: &serde_json::Value, wanted: &serde_json::Value) -> bool {
    match (ours.as_f64(), wanted.as_f64()) {
        (Some(ours), Some(wanted)) => (ours - wanted).abs() <= 1e-9 * wanted.abs().max(1e-3),
        _ => ours == wanted,
    }
}

#[test]
fn one_asset_in_one_slot_is_walked_as_outside_of_a_portfolio() {
    let sandbox = sandbox();
    for (fill, border) in [("next-open", "hold"), ("close", "hold"), ("next-open", "flat"), ("close", "flat")] {
        let walk = format!(
            "walk --crypto BTC --strategy ./trend.toml --param bars=5..40:5 --train 120d --test 60d --border {border} --fill {fill} --no-cache --format json"
        );
        let alone = sandbox.backtest(&walk).ran().done().json();
        let shared = sandbox.backtest(&format!("{walk} --portfolio")).ran().done().json();
        let (ours, wanted) = (shared["windows"].as_array().unwrap(), alone["windows"].as_array().unwrap());
        assert_eq!(ours.len(), wanted.len());
        for (ours, wanted) in ours.iter().zip(wanted) {
            for (key, wanted) in wanted.as_object().unwrap().iter().filter(|(key, _)| *key != "symbol") {
                let is_same = match wanted.as_object() {
                    Some(wanted) => wanted.iter().all(|(name, wanted)| is_near(&ours[key][name], wanted)),
                    None => is_near(&ours[key], wanted),
                };
                assert!(is_same, "{border} {fill}, {key}: {} and {wanted}", ours[key]);
            }
        }
        for (metric, wanted) in alone["stitched"]["metrics"].as_object().unwrap() {
            let ours = &shared["stitched"]["metrics"][metric];
            assert!(is_near(ours, wanted), "{border} {fill}, {metric}: {ours} and {wanted}");
        }
        assert!(is_near(&shared["honesty"]["random_picker_p"], &alone["honesty"]["random_picker_p"]));
        assert_eq!(shared["symbol"], "portfolio");
    }
}

#[test]
fn weights_are_walked_as_one_account_over_all_assets() {
    let sandbox = sandbox();
    let walk =
        "walk --all --strategy ./rotation.toml --param lookback=10..30:10 --param top=1..3 --train 150d --test 60d";
    let text = sandbox.backtest(&format!("{walk} --chart --report walk.html")).ran().done().stdout;
    for words in
        ["portfolio 1d  rotation, walk-forward: 5 windows", "lookback, top chosen among 9 points", "flat ", "Drawdown"]
    {
        assert!(text.contains(words), "no '{words}' in {text}");
    }
    assert!(sandbox.here().join("walk.html").is_file());
    let document = |threads: u32, assets: &str| {
        let command = walk.replace("--all", &format!("--crypto {assets}"));
        let command = format!("{command} --holdout 10% --threads {threads} --format json");
        let mut json = sandbox.backtest(&command).ran().done().json();
        json["summary"] = serde_json::Value::Null;
        json
    };
    let first = document(1, "ADA,BTC,ETH,XRP");
    assert!(first["holdout"]["result"]["metrics"]["sharpe"].is_number(), "{first}");
    assert_eq!(first, document(2, "XRP,BTC,ETH,ADA"));
    let csv = sandbox.backtest(&format!("{walk} --format csv")).ran().done().stdout;
    assert!(csv.lines().nth(1).unwrap().starts_with("portfolio,1d,rotation,1,"), "{csv}");
}

#[test]
fn what_a_walk_over_a_portfolio_cannot_do_is_said() {
    let sandbox = sandbox();
    for (command, wanted) in [
        ("--strategy ./rotation.toml,rsi", "one strategy with a [portfolio] at a time"),
        ("--strategy ./rotation.toml --cpcv 6,2", "--cpcv is for single assets"),
        ("--strategy ./trend.toml --portfolio --border adopt", "--border hold or flat in slots"),
        ("--strategy rsi --portfolio", "has no [portfolio]"),
        ("--strategy ./rotation.toml --train 900d --test 60d", "pass a shorter --train"),
    ] {
        let ran = sandbox.backtest(&format!("walk --all {command} --no-cache")).ran();
        assert!(ran.code == Some(2) || ran.code == Some(1), "{command}: {} {}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(wanted), "{command}: {}", ran.stderr);
    }
}
