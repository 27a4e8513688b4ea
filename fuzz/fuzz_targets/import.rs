//! Any bytes are candles or are refused: no panic, no hang, and never a bar that no market has.
#![no_main]

use backtest::data::import::{Wishes, read_bytes};
use backtest::data::store::OnConflict;
use backtest::sim::model::Candles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let wishes = Wishes {
        symbol: Some("TESTUSD".to_owned()),
        interval: None,
        conflict: OnConflict::First,
        keep_last: true,
        now: 1_800_000_000_000,
    };
    let Ok(found) = read_bytes(bytes.to_vec(), "BTCUSDT-1h.csv", &wishes) else { return };
    for found in found {
        let Candles { time, open, high, low, close, volume } = &found.candles;
        assert!(time.windows(2).all(|pair| pair[0] < pair[1]));
        for at in 0..time.len() {
            assert!(low[at] > 0.0 && high[at].is_finite() && (0.0..f64::INFINITY).contains(&volume[at]));
            assert!(low[at] <= open[at] && open[at] <= high[at] && low[at] <= close[at] && close[at] <= high[at]);
        }
    }
});
