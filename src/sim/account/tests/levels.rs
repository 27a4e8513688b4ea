//! The search against one that looks at every bar.

use proptest::prelude::*;

use crate::account::levels::{PriceRanges, Trail, larger};
use crate::candles::Candles;
use crate::tile::bitset::TILE;

/// Bars around 100 whose ranges overlap often, from steps in tenths.
fn bars() -> impl Strategy<Value = Candles> {
    prop::collection::vec((-20..20_i32, 0..15_i32, 0..15_i32), 1..=TILE).prop_map(|steps| {
        let (mut candles, mut price) = (Candles::default(), 1000);
        for (step, up, down) in steps {
            let open = price;
            price = (price + step).clamp(700, 1400);
            candles.open.push(f64::from(open) / 10.0);
            candles.high.push(f64::from(open.max(price) + up) / 10.0);
            candles.low.push(f64::from(open.min(price) - down) / 10.0);
            candles.close.push(f64::from(price) / 10.0);
        }
        candles
    })
}

fn ranges(candles: &Candles) -> PriceRanges<'_> {
    let mut ranges = PriceRanges::new();
    ranges.extend(candles, 0, candles.open.len());
    ranges
}

fn place(share: f64, bars: usize) -> usize {
    (share * (bars + 1) as f64) as usize
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn spans_find_the_bar_that_a_look_at_every_bar_finds(
        candles in bars(), ends in (0.0..1.0_f64, 0.0..1.0_f64), floor in 60.0..101.0_f64, ceiling in 99.0..140.0_f64,
    ) {
        let count = candles.open.len();
        let (a, b) = (place(ends.0, count), place(ends.1, count));
        let (from, to) = (a.min(b), a.max(b));
        let plain = (from..to).find(|&bar| candles.low[bar] <= floor || candles.high[bar] >= ceiling).unwrap_or(to);
        prop_assert_eq!(ranges(&candles).first_touch(from, to, floor, ceiling), plain);
        prop_assert_eq!(ranges(&candles).first_touch(from, to, f64::NEG_INFINITY, f64::INFINITY), to);
    }

    #[test]
    fn a_trailing_stop_is_found_at_the_same_bar_with_the_same_peak(
        candles in bars(), ends in (0.0..1.0_f64, 0.0..1.0_f64), width in 0.5..30.0_f64, in_price in any::<bool>(),
        ceiling in 105.0..150.0_f64, floor in 60.0..95.0_f64, sold in any::<bool>(), finer in any::<bool>(),
    ) {
        let count = candles.open.len();
        let (a, b) = (place(ends.0, count), place(ends.1, count));
        let (from, to) = (a.min(b), a.max(b));
        let side = if sold { -1.0 } else { 1.0 };
        let trail = if in_price { Trail { keep: 1.0, shift: -width } } else { Trail { keep: 1.0 - side * width / 100.0, shift: 0.0 } };
        let (floor, ceiling) = if sold { (-ceiling, -floor) } else { (floor, ceiling) };
        let bar = |bar: usize| {
            let (high, low) = (side * candles.high[bar], side * candles.low[bar]);
            (side * candles.open[bar], high.max(low), high.min(low))
        };
        let (mut top, mut plain) = (side * 100.0, to);
        for at in from..to {
            let (open, high, low) = bar(at);
            let highest = larger(top, if finer { high } else { open });
            if low <= floor || low <= trail.level(highest) || high >= ceiling {
                plain = at;
                break;
            }
            top = larger(top, high);
        }
        let mut peak = side * 100.0;
        let ranges = ranges(&candles);
        let found = if sold {
            ranges.first_trailed::<true>((from, to), (floor, ceiling), trail, &mut peak, finer)
        } else {
            ranges.first_trailed::<false>((from, to), (floor, ceiling), trail, &mut peak, finer)
        };
        prop_assert_eq!(found, plain);
        prop_assert_eq!(peak.to_bits(), top.to_bits());
    }
}
