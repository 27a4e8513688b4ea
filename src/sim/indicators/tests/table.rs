//! Facts about the table's lines: what parser, help and engine rely on.

use std::collections::HashSet;

use super::super::{Family, Inputs, ParamKind, Setup, Ticks, find, names};
use super::{TABLE, params};
use crate::simd::Cpu;

fn with_hidden() -> impl Iterator<Item = &'static Family> {
    TABLE.iter().flat_map(|family| [Some(*family), family.via]).flatten()
}

#[test]
fn names_are_unique_lower_case_words_and_found() {
    let mut seen = HashSet::new();
    for name in names() {
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert!(seen.insert(name), "{name} is there twice");
        let (family, output) = find(name).unwrap();
        assert_eq!(family.outputs[output], name);
    }
    assert_eq!(TABLE.iter().map(|family| family.name).collect::<HashSet<_>>().len(), TABLE.len());
    assert!(find("cumsum").is_none() && find("").is_none() && find("SMA").is_none());
}

#[test]
fn every_indicator_of_the_contract_is_there() {
    let promised = "sma ema wma rsi roc mom macd macd_signal macd_hist bb_upper bb_middle bb_lower atr stddev highest \
                    lowest stoch_k stoch_d cci adx obv";
    assert!(promised.split_whitespace().all(|name| find(name).is_some()));
}

#[test]
fn widths_outputs_and_inputs_fit_together() {
    for family in with_hidden() {
        assert!(family.outputs.is_empty() || family.outputs.len() == family.width, "{}", family.name);
        assert!(!family.about.is_empty() && !family.about.contains('\n'), "{}", family.name);
    }
    for family in TABLE {
        assert_eq!(family.outputs.len(), family.width, "{}", family.name);
        if let Some(via) = family.via {
            assert_eq!(family.inputs, Inputs::Any, "{}: via takes one series", family.name);
            assert!(via.via.is_none() && via.params.is_empty() && via.outputs.is_empty(), "{}", via.name);
        }
    }
}

#[test]
fn periods_reach_from_ta_libs_minimum_to_100_000() {
    for family in TABLE {
        for param in family.params {
            match param.kind {
                ParamKind::Period { min, max } => assert!((1..=2).contains(&min) && max == 100_000, "{}", family.name),
                ParamKind::Factor { min, max } => assert!(min < max, "{}", family.name),
            }
        }
    }
}

#[test]
fn the_longest_allowed_period_can_be_made() {
    for family in TABLE {
        let longest: Vec<f64> = family
            .params
            .iter()
            .map(|param| match param.kind {
                ParamKind::Period { max, .. } => f64::from(max),
                ParamKind::Factor { max, .. } => max,
            })
            .collect();
        let setup = Setup { cpu: Cpu::detect(), ticks: Ticks::of_number(0.01), bars: 10 };
        let _ = ((family.make)(&longest, setup), (family.lookback)(&longest), (family.reach)(&longest));
    }
}

#[test]
fn the_parameter_sets_of_these_tests_are_within_bounds() {
    for family in TABLE {
        for set in params(family) {
            assert_eq!(set.len(), family.params.len(), "{}", family.name);
            for (value, param) in set.iter().zip(family.params) {
                let fits = match param.kind {
                    ParamKind::Period { min, max } => (f64::from(min)..=f64::from(max)).contains(value),
                    ParamKind::Factor { min, max } => (min..=max).contains(value),
                };
                assert!(fits, "{} {}", family.name, param.name);
            }
        }
    }
}
