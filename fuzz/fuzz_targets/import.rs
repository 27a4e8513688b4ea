//! Any bytes are candles or are refused: no panic, no hang, and never a bar that no market has. All containers are tried:
//! the first byte says in what the others are wrapped.
#![no_main]

use std::io::{Cursor, Write};

use backtest::data::import::{ImportOptions, OnBadRow, read_bytes};
use backtest::data::store::OnConflict;
use backtest::sim::Candles;
use libfuzzer_sys::fuzz_target;

/// The same bytes in another container.
fn wrapped(kind: u8, bytes: &[u8]) -> Vec<u8> {
    match kind % 9 {
        1 => {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            let _ = gz.write_all(bytes);
            gz.finish().unwrap_or_default()
        }
        2 => zstd::bulk::compress(bytes, 1).unwrap_or_default(),
        3 => {
            let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
            let _ = zip.start_file("BTCUSDT-1h.csv", zip::write::SimpleFileOptions::default());
            let _ = zip.write_all(bytes);
            zip.finish().map(Cursor::into_inner).unwrap_or_default()
        }
        4 => [b"PAR1", bytes].concat(),
        5 => [b"ARROW1\0\0", bytes].concat(),
        6 => [b"{\"result\":{\"list\":", bytes, b"}}"].concat(),
        7 => [b"\xFF\xFF\xFF\xFF", bytes].concat(),
        _ => bytes.to_vec(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let options = ImportOptions {
        symbol: Some("TESTUSD".to_owned()),
        conflict: OnConflict::First,
        on_bad_row: if kind & 0x80 == 0 { OnBadRow::Refuse } else { OnBadRow::Drop },
        keep_last: true,
        ..ImportOptions::new(1_800_000_000_000)
    };
    let Ok(found) = read_bytes(wrapped(*kind, rest), "BTCUSDT-1h.csv", &options) else { return };
    for found in found {
        let Candles { time, open, high, low, close, volume } = &found.candles;
        assert!(time.windows(2).all(|pair| pair[0] < pair[1]));
        for at in 0..time.len() {
            assert!(low[at] > 0.0 && high[at].is_finite() && (0.0..f64::INFINITY).contains(&volume[at]));
            assert!(low[at] <= open[at] && open[at] <= high[at] && low[at] <= close[at] && close[at] <= high[at]);
        }
    }
});
