//! Runs one indicator over whole series: for tests, benches and docs, and as the shortest example of how to feed one.
//!
//! The engine does the same tile by tile, and shares what several rules need.

use super::family::{Family, Input, Inputs, Setup};
use super::ticks::Ticks;
use crate::simd::Cpu;

/// The outputs of `family` over `inputs` (series of equal length, one for each input of the family), fed `chunk` bars
/// at a time. Each output is as long as the inputs, NaN where undefined: before the first bar at which every input is
/// defined (not NaN), and for [`Family::lookback`] bars from there. Values with a common tick are computed as such.
///
/// ```
/// use backtest_sim::indicators::{feed, find};
/// let (sma, output) = find("sma").unwrap();
/// let columns = feed::series(sma, &[&[1.0, 2.0, 3.0, 4.0]], &[2.0], 1024);
/// assert!(columns[output][0].is_nan());
/// assert_eq!(columns[output][1..], [1.5, 2.5, 3.5]);
/// ```
///
/// # Panics
/// When `chunk` is 0, there is no input, the inputs differ in length or number from what the family wants, or the
/// parameters are not within its bounds.
#[must_use]
pub fn series(family: &'static Family, inputs: &[&[f64]], params: &[f64], chunk: usize) -> Vec<Vec<f64>> {
    let length = inputs[0].len();
    assert!(inputs.iter().all(|input| input.len() == length), "the inputs of {} differ in length", family.name);
    let start = (0..length).find(|&bar| inputs.iter().all(|input| !input[bar].is_nan())).unwrap_or(length);
    let defined: Vec<&[f64]> = inputs.iter().map(|input| &input[start..]).collect();

    let cpu = Cpu::detect();
    let ticks = if family.inputs == Inputs::Any { Ticks::of(defined[0], cpu) } else { None };
    let setup = Setup { cpu, ticks, bars: length - start };
    let reach = (family.reach)(params);
    let columns = if let Some(via) = family.via {
        let made = run(via, &padded(&defined, (via.reach)(&[]), f64::NAN), &[], setup, chunk);
        let made: Vec<&[f64]> = made.iter().map(Vec::as_slice).collect();
        run(family, &padded(&made, reach, 0.0), params, setup, chunk)
    } else {
        run(family, &padded(&defined, reach, f64::NAN), params, setup, chunk)
    };

    let undefined = start + (family.lookback)(params).min(length - start);
    columns
        .into_iter()
        .map(|column| {
            let mut whole = vec![f64::NAN; undefined];
            whole.extend_from_slice(&column[undefined - start..]);
            whole
        })
        .collect()
}

/// Each series with `reach` bars of `filler` before it: the history that the first bars look back on.
fn padded(inputs: &[&[f64]], reach: usize, filler: f64) -> Vec<Vec<f64>> {
    inputs.iter().map(|input| [vec![filler; reach].as_slice(), input].concat()).collect()
}

fn run(family: &Family, inputs: &[Vec<f64>], params: &[f64], setup: Setup, chunk: usize) -> Vec<Vec<f64>> {
    let reach = (family.reach)(params);
    let length = inputs[0].len() - reach;
    let mut state = (family.make)(params, setup);
    let mut columns = vec![vec![f64::NAN; length]; family.width];
    for from in (0..length).step_by(chunk) {
        let to = length.min(from + chunk);
        let views: Vec<Input<'_>> = inputs.iter().map(|input| Input::new(&input[from..reach + to], reach)).collect();
        let mut outputs: Vec<&mut [f64]> = columns.iter_mut().map(|column| &mut column[from..to]).collect();
        state.extend(&views, &mut outputs);
    }
    columns
}
