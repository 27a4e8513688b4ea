use proptest::prelude::*;

use super::*;
use crate::sim::account::{ReturnSums, SegmentReturns, SegmentStats};
use crate::sim::metrics as table;

/// Metrics of one point: the first three, and none of the others.
fn metrics(first: [Option<f64>; 3]) -> Vec<Option<f64>> {
    let mut all = vec![None; table::COUNT];
    all[..3].copy_from_slice(&first);
    all
}

fn result() -> StoredResult {
    let metrics = metrics([Some(0.1943), None, Some(-0.0)]);
    StoredResult { bars: 1824, start: 0, end: 86_400_000, ruined: false, metrics, last: None }
}

fn trade(entry_time: Millis, exit_time: Millis) -> Trade {
    Trade {
        side: Side::Short,
        entry_time,
        entry_price: 101.25,
        exit_time,
        exit_price: 99.5,
        size: 3.0e-7,
        fees: 0.1,
        pnl: -4.25,
        ret: 0.017,
        bars: 12,
        open: false,
        exit_reason: ExitReason::Trailing,
        mae: -0.01,
        mfe: 0.04,
        ambiguous: true,
    }
}

#[test]
fn a_result_comes_back_bit_for_bit() {
    let bytes = encode(&StoredValue::Result(result())).expect("a sound result");
    let Ok(StoredValue::Result(back)) = decode(&bytes, EntryKind::Result) else { panic!("it was refused") };
    assert_eq!(back, result());
    let bits = |result: &StoredResult| result.metrics.iter().map(|m| m.map(f64::to_bits)).collect::<Vec<_>>();
    assert_eq!(bits(&back), bits(&result()));
}

#[test]
fn trades_come_back_as_they_were() {
    let trades = StoredValue::Trades(vec![trade(1, 2), Trade { side: Side::Long, open: true, ..trade(2, 9) }]);
    let bytes = encode(&trades).expect("sound trades");
    assert_eq!(decode(&bytes, EntryKind::Trades), Ok(trades));
}

#[test]
fn a_result_with_another_number_of_metrics_is_refused() {
    for count in [0, 3, table::COUNT - 1, table::COUNT + 1] {
        let other = StoredResult { metrics: vec![None; count], ..result() };
        assert_eq!(decode(&unchecked(&other), EntryKind::Result), Err(CodecError::Metrics));
    }
}

/// Encodes without the checks, as a forger or a faulty version would.
fn unchecked<T: Encode>(value: &T) -> Vec<u8> {
    bincode::encode_to_vec(value, bincode::config::standard()).expect("plain data")
}

#[test]
fn numbers_that_no_backtest_gives_are_refused() {
    for metric in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let bad = StoredResult { metrics: vec![Some(metric); table::COUNT], ..result() };
        assert_eq!(decode(&unchecked(&bad), EntryKind::Result), Err(CodecError::NotFinite));
        assert_eq!(encode(&StoredValue::Result(bad)), Err(CodecError::NotFinite));
    }
    for bad in [
        StoredResult { bars: 0, ..result() },
        StoredResult { bars: u64::MAX, ..result() },
        StoredResult { bars: 1_000, end: 998, ..result() },
        StoredResult { end: -1, ..result() },
        StoredResult { start: i64::MIN, ..result() },
        StoredResult { end: i64::MAX, ..result() },
    ] {
        assert_eq!(decode(&unchecked(&bad), EntryKind::Result), Err(CodecError::Range), "{bad:?}");
    }
    for (name, value) in [("trades", -5.5), ("win_rate", 7.0), ("exposure", 1.01), ("total_return", 1e307)] {
        let mut metrics = vec![None; table::COUNT];
        metrics[table::find(name).expect("a metric")] = Some(value);
        let bad = StoredResult { metrics: metrics.clone(), ..result() };
        assert_eq!(decode(&unchecked(&bad), EntryKind::Result), Err(CodecError::Impossible), "{name}");
        let (bars, start, end, ruined) = (10, 0, 9, vec![false, true]);
        let bad = StoredBlock { bars, start, end, ruined, metrics: [vec![None; metrics.len()], metrics].concat() };
        assert_eq!(decode(&unchecked(&bad), EntryKind::Block), Err(CodecError::Impossible), "{name}");
    }
}

#[test]
fn trades_out_of_order_are_refused() {
    for bad in [vec![trade(5, 4)], vec![trade(5, 6), trade(4, 7)], vec![trade(1, 3), trade(2, 4)]] {
        let stored: Vec<_> = bad.iter().map(StoredTrade::from).collect();
        assert_eq!(decode(&unchecked(&stored), EntryKind::Trades), Err(CodecError::Range));
    }
}

#[test]
fn trades_that_no_backtest_gives_are_refused() {
    let (early, late) = (trade(i64::MIN, 2), trade(1, i64::MAX));
    for bad in [vec![early], vec![late]] {
        let stored: Vec<_> = bad.iter().map(StoredTrade::from).collect();
        assert_eq!(decode(&unchecked(&stored), EntryKind::Trades), Err(CodecError::Range));
    }
    let open_before_the_last = vec![Trade { open: true, ..trade(1, 2) }, trade(3, 4)];
    for bad in [vec![Trade { entry_price: -1.0, ..trade(1, 2) }], open_before_the_last] {
        let stored: Vec<_> = bad.iter().map(StoredTrade::from).collect();
        assert_eq!(decode(&unchecked(&stored), EntryKind::Trades), Err(CodecError::Impossible));
    }
}

#[test]
fn a_trade_with_an_infinite_number_is_refused() {
    let bad = [StoredTrade::from(&Trade { pnl: f64::INFINITY, ..trade(1, 2) })];
    assert_eq!(decode(&unchecked(&bad.as_slice()), EntryKind::Trades), Err(CodecError::NotFinite));
}

#[test]
fn bytes_left_over_are_refused() {
    let mut bytes = encode(&StoredValue::Result(result())).expect("a sound result");
    bytes.push(0);
    assert_eq!(decode(&bytes, EntryKind::Result), Err(CodecError::Encoding));
}

#[test]
fn a_list_that_claims_to_be_endless_is_refused_without_memory() {
    let mut bytes = vec![253];
    bytes.extend_from_slice(&(1_u64 << 40).to_le_bytes());
    assert_eq!(decode(&bytes, EntryKind::Trades), Err(CodecError::Encoding));
}

#[test]
fn the_longest_storable_list_of_trades_can_be_decoded() {
    let trades =
        StoredValue::Trades((0..55_000).map(|n| trade(1_700_000_000_000 + n, 1_700_000_000_000 + n)).collect());
    let bytes = encode(&trades).expect("sound trades");
    assert!(bytes.len() > crate::envelope::MAX_VALUE * 9 / 10, "{} bytes", bytes.len());
    assert!(decode(&bytes, EntryKind::Trades) == Ok(trades));
}

proptest! {
    #[test]
    fn any_bytes_are_a_sound_value_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for kind in EntryKind::ALL {
            if let Ok(value) = decode(&bytes, kind) {
                prop_assert!(check(&value).is_ok());
            }
        }
    }
}

#[test]
fn a_block_comes_back_whole_and_one_that_is_out_of_shape_is_refused() {
    let block = StoredBlock {
        bars: 10,
        start: 0,
        end: 9,
        ruined: vec![false, true],
        metrics: [metrics([Some(1.5), None, Some(-2.0)]), metrics([None, None, Some(0.0)])].concat(),
    };
    let stored = StoredValue::Block(block.clone());
    let bytes = encode(&stored).unwrap();
    assert_eq!(decode(&bytes, EntryKind::Block), Ok(stored));
    let short = StoredBlock { ruined: vec![false], ..block.clone() };
    assert_eq!(decode(&unchecked(&short), EntryKind::Block), Err(CodecError::Metrics));
    let infinite = StoredBlock { metrics: vec![Some(f64::INFINITY); 2 * table::COUNT], ..block };
    assert_eq!(encode(&StoredValue::Block(infinite)), Err(CodecError::NotFinite));
}

#[test]
fn statistics_by_segments_come_back_whole_and_those_out_of_shape_are_refused() {
    let returns: Vec<SegmentReturns> = (0..6_u32)
        .map(|n| SegmentReturns {
            returns: ReturnSums { gains: f64::from(n), losses: 0.25, squares: 1e-9, loss_squares: 0.0 },
            equity: 10_000.0 - f64::from(n),
            exposed: n,
            trades: 2 * n,
        })
        .collect();
    let bars = (1_000, 0, 86_400_000);
    let stored = StoredSegments::of_returns(bars, 3, &returns);
    let bytes = encode(&StoredValue::Segments(stored.clone())).unwrap();
    let Ok(StoredValue::Segments(back)) = decode(&bytes, EntryKind::Segments) else { panic!("it was refused") };
    assert_eq!((back.returns(), back.stats(), back.row_count()), (Some(returns.clone()), None, 6));
    // Without bars and trades, some numbers are infinite.
    let stats = vec![SegmentStats::default(), SegmentStats { equity: -3.0, lowest: -3.0, ..SegmentStats::default() }];
    let all_sums = StoredSegments::of_stats(bars, 2, &stats);
    let bytes = encode(&StoredValue::Segments(all_sums)).unwrap();
    let Ok(StoredValue::Segments(back)) = decode(&bytes, EntryKind::Segments) else { panic!("it was refused") };
    assert_eq!((back.stats(), back.returns()), (Some(stats), None));
    for (bad, error) in [
        (StoredSegments::of_returns(bars, 4, &returns), CodecError::Metrics),
        (StoredSegments::of_returns(bars, 0, &returns), CodecError::Metrics),
        (StoredSegments::of_returns(bars, 3, &[]), CodecError::Metrics),
        (StoredSegments::of_returns((0, 0, 0), 3, &returns), CodecError::Range),
        (
            StoredSegments::of_returns(bars, 1, &[SegmentReturns { equity: f64::NAN, ..returns[0] }]),
            CodecError::NotFinite,
        ),
    ] {
        assert_eq!(decode(&unchecked(&bad), EntryKind::Segments), Err(error));
    }
    let negative = ReturnSums { squares: -1.0, ..returns[0].returns };
    let bad = StoredSegments::of_returns(bars, 1, &[SegmentReturns { returns: negative, ..returns[0] }]);
    assert_eq!(encode(&StoredValue::Segments(bad)), Err(CodecError::Impossible));
}
