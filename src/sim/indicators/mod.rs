//! Indicators: resumable states that turn series into series, one file each, and a table of all of them.
//!
//! They follow TA-Lib to 1e-9, warm-up included. On top of that: fed in any chunks they give the same bits, no sum
//! drifts, and a flat price gives exact values.
//!
//! A value that is not finite in the midst of a series (a rule that divides by zero) does no lasting harm, unlike in
//! TA-Lib: whatever looks at a window is undefined while it is in the window, and a recursion leaves its bar out. Only
//! `highest` and `lowest` take an infinity for what it is.

mod adx;
mod adxr;
mod arg_extreme;
mod aroon;
mod atr;
mod bb;
mod blocks;
mod cci;
mod condition_window;
mod correl;
mod cumsum;
mod definitions;
mod di;
mod directional;
mod dx;
mod ema;
mod exact;
mod extreme;
pub mod family;
pub mod feed;
mod heikin_ashi;
mod kama;
mod last_time;
mod linreg;
mod linreg_angle;
mod macd;
mod manual;
mod mfi;
mod mom;
mod moments;
mod obv;
mod params;
mod percent_rank;
mod percentile;
mod rma;
mod rmi;
mod roc;
mod rolling_mean;
mod rolling_sum;
mod rsi;
mod sar;
mod sma;
mod smoother;
mod sorted_window;
mod stddev;
mod stoch;
mod sum;
mod sum_while;
mod supertrend;
pub mod table;
#[cfg(test)]
mod tests;
mod ticks;
mod true_range;
mod wma;

pub use definitions::{DEFINITIONS, TextIndicator, definition};
pub use family::{Family, FamilyParam, Indicator, Input, Inputs, ParamKind, Setup};
pub use manual::Manual;
pub use table::{CONDITION_TABLE, TABLE, find, names};
pub use ticks::Ticks;
