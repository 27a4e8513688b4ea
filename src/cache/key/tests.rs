use super::*;

const RULES: [&str; 4] = ["rsi(close, 14) < 30", "rsi(close, 14) > 70", "", ""];
const PARAMS: [f64; 3] = [14.0, 30.0, 70.0];

fn settings() -> Settings {
    Settings::default()
}

fn parts(settings: &Settings) -> KeyParts<'_> {
    KeyParts {
        engine_version: 1,
        kind: EntryKind::Result,
        candles: [7; 32],
        bars: 1824,
        start: 1_605_398_400_000,
        end: 1_762_905_600_000,
        interval: "1d".parse().expect("an interval"),
        rules: &RULES,
        params: &PARAMS,
        settings,
        benchmark: None,
        detail: None,
        finer: None,
        funding: None,
        warmup: None,
        segments: None,
        beside: None,
    }
}

#[test]
fn the_key_of_a_fixed_set_of_inputs_never_changes() {
    let key = Key::from_parts(&parts(&settings())).to_string();
    assert_eq!(
        key, "07404b7822395702215ff88fc9e184c704f4edcd69e00691d259ea377c7b478b",
        "a changed key orphans every stored result: raise LAYOUT too"
    );
}

#[test]
fn each_input_alone_gives_another_key() {
    let usual = settings();
    let base = parts(&usual);
    let with = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        settings
    };
    let (capital, fee) = (with(|s| s.capital = 10_001.0), with(|s| s.fee = 0.002));
    let (slippage, fill) = (with(|s| s.slippage = 0.001), with(|s| s.fill = Fill::Close));
    let (short, both) = (with(|s| s.direction = Direction::Short), with(|s| s.direction = Direction::Both));
    let (every_day, bars) = (with(|s| s.year = Year::EveryDay), with(|s| s.year = Year::Bars(365.0)));
    let maker_fee = with(|s| s.maker_fee = Some(-0.0002));
    let trading_days = with(|s| s.year = Year::TradingDays);
    let risk_free = with(|s| s.risk_free = 0.04);
    let mut candles = base.candles;
    candles[31] ^= 1;
    let hourly = "1h".parse().expect("an interval");
    let table = [
        ("engine_version", KeyParts { engine_version: 2, ..base }),
        ("kind", KeyParts { kind: EntryKind::Trades, ..base }),
        ("candles", KeyParts { candles, ..base }),
        ("bars", KeyParts { bars: 1825, ..base }),
        ("start", KeyParts { start: base.start + 1, ..base }),
        ("end", KeyParts { end: base.end + 1, ..base }),
        ("interval", KeyParts { interval: hourly, ..base }),
        ("entry", KeyParts { rules: &["rsi(close, 14) < 31", RULES[1], "", ""], ..base }),
        ("exit", KeyParts { rules: &[RULES[0], "rsi(close, 14) > 71", "", ""], ..base }),
        ("short_entry", KeyParts { rules: &[RULES[0], RULES[1], "close > open", ""], ..base }),
        ("short_exit", KeyParts { rules: &[RULES[0], RULES[1], "", "close > open"], ..base }),
        ("no short rules", KeyParts { rules: &RULES[..2], ..base }),
        ("swapped rules", KeyParts { rules: &[RULES[1], RULES[0], "", ""], ..base }),
        ("a param", KeyParts { params: &[14.0, 30.0, 70.0 + 1e-13], ..base }),
        ("order of params", KeyParts { params: &[30.0, 14.0, 70.0], ..base }),
        ("number of params", KeyParts { params: &[14.0, 30.0], ..base }),
        ("capital", KeyParts { settings: &capital, ..base }),
        ("fee", KeyParts { settings: &fee, ..base }),
        ("slippage", KeyParts { settings: &slippage, ..base }),
        ("fill", KeyParts { settings: &fill, ..base }),
        ("direction short", KeyParts { settings: &short, ..base }),
        ("direction both", KeyParts { settings: &both, ..base }),
        ("maker fee", KeyParts { settings: &maker_fee, ..base }),
        ("detail", KeyParts { finer: Some([7; 32]), ..base }),
        ("warm-up", KeyParts { warmup: Some(WarmupId { digest: [7; 32], bars: 200 }), ..base }),
        ("other bars that warm up", KeyParts { warmup: Some(WarmupId { digest: [8; 32], bars: 200 }), ..base }),
        ("more bars that warm up", KeyParts { warmup: Some(WarmupId { digest: [7; 32], bars: 201 }), ..base }),
        ("other assets", KeyParts { beside: Some([7; 32]), ..base }),
        ("others of them", KeyParts { beside: Some([8; 32]), ..base }),
        ("other detail", KeyParts { finer: Some([8; 32]), ..base }),
        ("funding", KeyParts { funding: Some([7; 32]), ..base }),
        ("year of every day", KeyParts { settings: &every_day, ..base }),
        ("year of trading days", KeyParts { settings: &trading_days, ..base }),
        ("year of bars", KeyParts { settings: &bars, ..base }),
        ("risk_free", KeyParts { settings: &risk_free, ..base }),
        ("a benchmark", KeyParts { benchmark: Some([7; 32]), ..base }),
        ("another benchmark", KeyParts { benchmark: Some([8; 32]), ..base }),
        ("segments", KeyParts { segments: Some((SegmentDetail::Returns, &[])), ..base }),
        ("segments with all sums", KeyParts { segments: Some((SegmentDetail::Stats, &[])), ..base }),
        ("a border", KeyParts { segments: Some((SegmentDetail::Returns, &[7])), ..base }),
        ("two borders", KeyParts { segments: Some((SegmentDetail::Returns, &[7, 8])), ..base }),
        ("detail of each bar", KeyParts { detail: Some(Detail::EachBar), ..base }),
        ("detail of all returns", KeyParts { detail: Some(Detail::AllReturns), ..base }),
    ];
    let mut seen = std::collections::HashMap::from([(Key::from_parts(&base), "nothing")]);
    for (input, changed) in &table {
        if let Some(other) = seen.insert(Key::from_parts(changed), input) {
            panic!("changing {input} gives the same key as changing {other}");
        }
    }
}

#[test]
fn text_cannot_move_from_one_rule_to_the_next() {
    let settings = settings();
    let base = parts(&settings);
    let one = KeyParts { rules: &["ab", "c"], ..base };
    let other = KeyParts { rules: &["a", "bc"], ..base };
    assert_ne!(Key::from_parts(&one), Key::from_parts(&other));
}

#[test]
fn minus_zero_is_zero() {
    let (plus, minus) = (settings(), Settings { slippage: -0.0, ..settings() });
    let one = KeyParts { params: &[0.0], ..parts(&plus) };
    let other = KeyParts { params: &[-0.0], ..parts(&minus) };
    assert_eq!(Key::from_parts(&one), Key::from_parts(&other));
}

#[test]
fn a_maker_fee_that_is_the_fee_is_the_same_input() {
    let (plain, same) = (settings(), Settings { maker_fee: Some(settings().fee), ..settings() });
    assert_eq!(Key::from_parts(&parts(&plain)), Key::from_parts(&parts(&same)));
}

#[test]
fn a_key_is_shown_as_64_hex_digits() {
    let text = Key([0xab; 32]).to_string();
    assert_eq!(text, "ab".repeat(32));
}
