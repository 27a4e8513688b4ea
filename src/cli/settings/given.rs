//! A value as it was written, and where: so that whatever is wrong with it is blamed on the flag, the variable or the
//! key of the settings file that says it, in the same words.

use std::fmt;

use clap::ValueEnum;

use crate::data::escape;
use crate::error::Error;
use crate::sim::text::nearest;

/// A value that someone gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    /// As it was written.
    pub text: String,
    /// `--fee`, `BACKTEST_FEE`, or `fee in backtest.toml`.
    pub source: String,
}

impl Given {
    /// A value of a flag.
    pub(crate) fn by_flag(flag: &str, text: &str) -> Self {
        Self { text: text.to_owned(), source: flag.to_owned() }
    }

    /// What is wrong with it, which reads on from the value: `--fee 'x' is not a fraction`.
    pub(crate) fn invalid(&self, what: impl fmt::Display) -> Error {
        Error::usage(format!("{} '{}' {what}", self.source, escape(&self.text)))
    }

    /// A fraction from 0 to below 1, as `0.001` or `0.1%`.
    pub(crate) fn fraction(&self) -> Result<f64, Error> {
        let value = fraction(&self.text).ok_or_else(|| self.invalid("is not a fraction; write 0.001 or 0.1%"))?;
        if (0.0..1.0).contains(&value) {
            Ok(value)
        } else {
            Err(self.invalid("must be a fraction from 0 to below 1; 0.1% is 0.001"))
        }
    }

    /// A fee as a fraction of a fill's value, below 0 where it is a rebate.
    pub(crate) fn fee(&self) -> Result<f64, Error> {
        let value = fraction(&self.text).ok_or_else(|| self.invalid("is not a fraction; write 0.001 or 0.1%"))?;
        if (-0.01..1.0).contains(&value) {
            Ok(value)
        } else {
            Err(self.invalid("must be a fraction from -0.01 (a rebate of 1%) to below 1; 0.1% is 0.001"))
        }
    }

    /// A whole number of at least 1; `what` says what it counts.
    pub(crate) fn count(&self, what: &str) -> Result<usize, Error> {
        let number = self.text.trim().parse().ok().filter(|count| *count > 0);
        number.ok_or_else(|| self.invalid(format_args!("must be {what}: a whole number of at least 1")))
    }

    /// `true` or `false`, and what else people write for these.
    pub(crate) fn switch(&self) -> Result<bool, Error> {
        match self.text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "y" | "t" | "on" => Ok(true),
            "0" | "false" | "no" | "n" | "f" | "off" => Ok(false),
            _ => Err(self.invalid("must be true or false")),
        }
    }

    /// One of a few words.
    pub(crate) fn choice<T: ValueEnum>(&self) -> Result<T, Error> {
        T::from_str(self.text.trim(), true).map_err(|_| {
            let values: Vec<_> = T::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
            let names: Vec<&str> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
            let hint = nearest(&self.text, names.iter().copied());
            let hint = hint.map_or_else(String::new, |name| format!("; did you mean '{name}'?"));
            self.invalid(format_args!("must be {}{hint}", either(&names)))
        })
    }
}

/// A fraction as `0.001`, `0.1%` or `10bps`.
pub(crate) fn fraction(text: &str) -> Option<f64> {
    let text = text.trim();
    let (digits, unit) = match text.strip_suffix('%') {
        Some(digits) => (digits, 100.0),
        None => text.strip_suffix("bps").or_else(|| text.strip_suffix("bp")).map_or((text, 1.0), |bps| (bps, 10_000.0)),
    };
    digits.trim_end().parse::<f64>().ok().map(|value| value / unit)
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn either(names: &[&str]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::FillArg;

    #[test]
    fn fractions_may_be_percents_or_basis_points() {
        let fractions = ["0.001", "0.1%", "0.1 %", " 10bps", "5e-4", "25%"].map(|text| fraction(text).unwrap());
        assert_eq!(fractions.map(f64::to_bits), [0.001, 0.001, 0.001, 0.001, 0.0005, 0.25].map(f64::to_bits));
        for text in ["", "%", "x", "0,1", "1%%", "0.1 percent"] {
            assert_eq!(fraction(text), None, "{text}");
        }
        for text in ["1", "100%", "-0.1%", "nan", "inf"] {
            assert!(Given::by_flag("--fee", text).fraction().is_err(), "{text}");
        }
    }

    #[test]
    fn an_invalid_value_is_blamed_on_where_it_was_written() {
        for source in ["--fill", "BACKTEST_FILL", "fill in backtest.toml"] {
            let given = Given { text: "clos".to_owned(), source: source.to_owned() };
            let message = given.choice::<FillArg>().unwrap_err().message().unwrap();
            assert_eq!(message, format!("{source} 'clos' must be next-open or close; did you mean 'close'?"));
        }
    }

    #[test]
    fn no_and_0_mean_no() {
        let switch = |text: &str| Given::by_flag("X", text).switch().ok();
        assert!(["1", "yes", "true", "on"].into_iter().all(|text| switch(text) == Some(true)));
        assert!(["0", "no", "FALSE", "off"].into_iter().all(|text| switch(text) == Some(false)));
        assert_eq!(switch("perhaps"), None);
    }
}
