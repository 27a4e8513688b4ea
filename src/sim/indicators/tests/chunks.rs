//! However the bars arrive, the bits are the same.

use proptest::prelude::*;

use super::super::{Input, Setup, feed};
use super::{TABLE, outputs, params, walk};
use crate::simd::Cpu;

fn bits(columns: &[Vec<f64>]) -> Vec<Vec<u64>> {
    columns.iter().map(|column| column.iter().map(|x| x.to_bits()).collect()).collect()
}

#[test]
fn one_bar_at_a_time_gives_the_bits_of_all_at_once() {
    let candles = walk(3, 500, 250.0);
    for family in TABLE {
        for params in params(family) {
            let whole = bits(&outputs(family, &candles, &params, 500));
            for chunk in [1, 7, 64, 499] {
                let parts = bits(&outputs(family, &candles, &params, chunk));
                assert!(parts == whole, "{} {params:?} in chunks of {chunk}", family.name);
            }
        }
    }
}

#[test]
fn later_bars_do_not_change_earlier_values() {
    let candles = walk(4, 400, 250.0);
    let begun = candles.slice(0..217);
    for family in TABLE {
        for params in params(family) {
            let all = outputs(family, &candles, &params, 100);
            for (some, all) in outputs(family, &begun, &params, 100).iter().zip(all) {
                assert_eq!(
                    bits(std::slice::from_ref(some)),
                    bits(&[all[..217].to_vec()]),
                    "{} {params:?}",
                    family.name
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn neither_cuts_nor_what_lies_before_the_first_bar_change_a_bit(
        seed in 1_u64..1_000_000,
        period in 2_u32..90,
        before in prop::sample::select(vec![f64::NAN, f64::INFINITY, 1e300, f64::NEG_INFINITY, 0.0]),
        cuts in prop::collection::vec(0_usize..300, 0..12),
    ) {
        let candles = walk(seed, 300, 10.0);
        let mut cuts = cuts;
        cuts.extend([0, 300]);
        cuts.sort_unstable();
        for family in TABLE {
            let params: Vec<f64> = family.params.iter().map(|_| f64::from(period)).collect();
            let whole = outputs(family, &candles, &params, 300);
            // `via` has been cut in the test above; here its columns are made in one go.
            let fields: Vec<&[f64]> = super::fields(family).iter().map(|field| candles.column(*field)).collect();
            let made = family.via.map(|via| feed::series(via, &fields, &[], 300));
            let inputs: Vec<&[f64]> = made.as_ref().map_or(fields, |made| made.iter().map(Vec::as_slice).collect());
            let reach = (family.reach)(&params);
            let filler = if family.via.is_some() { 0.0 } else { before };
            let history: Vec<Vec<f64>> =
                inputs.iter().map(|input| [vec![filler; reach].as_slice(), input].concat()).collect();

            let mut state = (family.make)(&params, Setup { cpu: Cpu::detect(), ticks: None, bars: 0 });
            let mut columns = vec![vec![0.0; 300]; family.width];
            for cut in cuts.windows(2) {
                let views: Vec<Input<'_>> =
                    history.iter().map(|input| Input::new(&input[..reach + cut[1]], reach + cut[0])).collect();
                let mut out: Vec<&mut [f64]> = columns.iter_mut().map(|column| &mut column[cut[0]..cut[1]]).collect();
                state.extend(&views, &mut out);
            }
            let lookback = (family.lookback)(&params).min(300);
            for (ours, whole) in columns.iter().zip(&whole) {
                prop_assert_eq!(
                    bits(&[ours[lookback..].to_vec()]),
                    bits(&[whole[lookback..].to_vec()]), "{} {} {}", family.name, period, before
                );
            }
        }
    }
}
