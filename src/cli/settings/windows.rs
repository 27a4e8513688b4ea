//! Where the windows of a walk lie, as the arguments say it.

use crate::args::{ChoiceArgs, WindowArgs};
use crate::engine::{CpcvOptions, Pick, WalkOptions, WindowLength, WindowLengths, WindowPlan};
use crate::error::Error;
use crate::settings::given::Given;
use crate::sim::Interval;
use crate::sim::account::BorderRule;
use crate::sim::metrics::validation::CpcvPlan;

/// Windows where nothing is said.
const WINDOWS: u64 = 10;
/// Share of each window to choose on where nothing is said.
const TRAIN: f64 = 0.7;

/// The windows, and what happens at their borders.
///
/// # Errors
/// A length or a share that makes no sense, or does not go with the others.
pub(crate) fn options(args: &WindowArgs, choice: &ChoiceArgs) -> Result<WalkOptions, Error> {
    let windows = plan(args)?;
    Ok(WalkOptions {
        windows,
        border: choice.border.map_or(BorderRule::Adopt, Into::into),
        pick: choice.pick.into(),
        seed: choice.seed,
    })
}

/// Whether any of it is said.
pub(crate) fn is_given(args: &WindowArgs) -> bool {
    let WindowArgs { train, test, windows, anchored, gap, holdout, cpcv } = args;
    [train, test, gap, holdout, cpcv].iter().any(|length| length.is_some()) || windows.is_some() || *anchored
}

/// Where the windows lie.
///
/// # Errors
/// As [`options`].
pub(crate) fn plan(args: &WindowArgs) -> Result<WindowPlan, Error> {
    let gap = args.gap.as_deref().map_or(Ok(WindowLength::Bars(0)), |text| length("--gap", text))?;
    let holdout = args.holdout.as_deref().map_or(Ok(0.0), |text| share("--holdout", text, 0.9))?;
    let lengths = match (&args.train, &args.test, args.windows) {
        (Some(train), Some(test), _) => {
            if train.contains('%') {
                return Err(Error::usage(format!(
                    "--train {train}: a share goes with --windows N; with --test pass a length, such as 24mo or 730b"
                )));
            }
            let lengths = [length("--train", train)?, length("--test", test)?];
            if let Some(at) = lengths.iter().position(|length| length.is_zero()) {
                let (name, given) = [("--train", train), ("--test", test)][at];
                return Err(Error::usage(format!("{name} {given}: must be at least one bar")));
            }
            WindowLengths::Spans { train: lengths[0], test: lengths[1] }
        }
        (Some(train), None, None) if !train.contains('%') => {
            return Err(Error::usage(format!(
                "--train {train}: pass --test too, the length that the choice is tested on, such as --test 3mo"
            )));
        }
        (None, Some(test), _) => {
            return Err(Error::usage(format!(
                "--test {test}: pass --train too, the length that parameters are chosen on, such as --train 24mo"
            )));
        }
        (train, None, windows) => WindowLengths::Count {
            windows: match windows.unwrap_or(WINDOWS) {
                0 => return Err(Error::usage("--windows is 0: pass at least 1; 5 to 20 are usual")),
                windows => windows,
            },
            train: train.as_deref().map_or(Ok(TRAIN), |text| {
                if text.contains('%') || text.contains('.') {
                    share("--train", text, 0.99)
                } else {
                    Err(Error::usage(format!(
                        "--train {text}: with --windows it is the share of each window, such as 70%; for a length pass --test in place of --windows"
                    )))
                }
            })?,
        },
    };
    Ok(WindowPlan { lengths, anchored: args.anchored, gap, holdout })
}

/// How time is cut with `--cpcv`, where that is given, and what happens at borders and how parameters are picked.
///
/// # Errors
/// Numbers that make no split or too many, or a gap of months.
pub(crate) fn cpcv(
    args: &WindowArgs,
    (border, pick): (BorderRule, Pick),
    interval: Interval,
) -> Result<Option<CpcvOptions>, Error> {
    let Some(text) = &args.cpcv else { return Ok(None) };
    let given = Given::by_flag("--cpcv", text);
    let numbers = text.split_once(',').and_then(|(groups, tested)| {
        Some((groups.trim().parse::<usize>().ok()?, tested.trim().parse::<usize>().ok()?))
    });
    let (groups, tested) = numbers.ok_or_else(|| {
        given.invalid("must be two numbers: of groups, and of those that each split tests, as in 6,2")
    })?;
    let splits = CpcvPlan::new(groups, tested).ok_or_else(|| {
        given.invalid("must be two groups or more, at most 64, of which some are tested and some are not, in at most 1,000 ways; 6,2 and 10,2 are usual")
    })?;
    let guard = args.gap.as_deref().map(|text| {
        let bars = length("--gap", text)?.fixed_bars(interval);
        bars.ok_or_else(|| {
            Given::by_flag("--gap", text).invalid("must be of a fixed length with --cpcv, such as 10b or 5d")
        })
    });
    Ok(Some(CpcvOptions { splits, guard: guard.transpose()?, border, pick }))
}

fn length(name: &str, text: &str) -> Result<WindowLength, Error> {
    text.parse().map_err(|error: String| Error::usage(format!("{name}: {error}")))
}

/// A fraction above 0, and at most `most`.
fn share(name: &'static str, text: &str, most: f64) -> Result<f64, Error> {
    let given = Given::by_flag(name, text);
    let share = given.fraction()?;
    if share > 0.0 && share <= most {
        Ok(share)
    } else {
        Err(given.invalid(format_args!("must be above 0 and at most {}%", most * 100.0)))
    }
}
