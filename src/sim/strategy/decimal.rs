//! Decimal numbers as people type them, exact, so that steps of 0.1 land on 0.7 and not beside it.

use winnow::ascii::digit1;
use winnow::combinator::{opt, preceded};
use winnow::error::EmptyError;
use winnow::prelude::*;
use winnow::token::one_of;

/// Integers up to here, and powers of ten up to 10^22, are exact as f64, so one division rounds once.
const EXACT: i128 = 1 << 53;
#[rustfmt::skip]
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// `mantissa / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub mantissa: i64,
    pub scale: usize,
}

impl Decimal {
    /// The nearest f64.
    #[expect(clippy::cast_precision_loss, reason = "parsed and rescaled mantissas are at most 2^53")]
    pub(super) fn value(self) -> f64 {
        self.mantissa as f64 / POWERS[self.scale]
    }

    /// The same number with more decimals; `None` where it would not be exact any more.
    pub(super) fn rescaled(self, scale: usize) -> Option<Self> {
        let power = 10_i128.checked_pow(u32::try_from(scale.checked_sub(self.scale)?).ok()?)?;
        exact(i128::from(self.mantissa).checked_mul(power)?, scale)
    }
}

/// The decimal, where it is exact as a quotient of two f64.
pub(super) fn exact(mantissa: i128, scale: usize) -> Option<Decimal> {
    let fits = mantissa.abs() <= EXACT && scale < POWERS.len();
    fits.then(|| Decimal { mantissa: i64::try_from(mantissa).unwrap_or_default(), scale })
}

/// The nearest f64 of a plain decimal as `14`, `-0.5` or `1e-8`; `None` for other text and for overflow.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    parts(text)?;
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| value + 0.0)
}

/// The decimal itself; `None` also where it has more than about 15 digits or 22 decimals.
pub(super) fn parse_exact(text: &str) -> Option<Decimal> {
    let (negative, whole, fraction, exponent) = parts(text)?;
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return exact(0, 0);
    }
    let mantissa = digits.parse::<i128>().ok()?;
    let mantissa = if negative { -mantissa } else { mantissa };
    let exponent = exponent.map_or(Ok(0), str::parse::<i32>).ok()?;
    let scale = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
    match usize::try_from(scale) {
        Ok(scale) => exact(mantissa, scale),
        Err(_) => exact(mantissa.checked_mul(10_i128.checked_pow(u32::try_from(-scale).ok()?)?)?, 0),
    }
}

/// Sign, digits before and behind the point, and the exponent with its sign.
fn parts(text: &str) -> Option<(bool, &str, &str, Option<&str>)> {
    let mut input = text;
    let sign = || opt(one_of::<_, _, EmptyError>(['+', '-']));
    let exponent = preceded(one_of(['e', 'E']), (sign(), digit1).take());
    let (sign, whole, fraction, exponent) =
        (sign(), digit1, opt(preceded('.', digit1)), opt(exponent)).parse_next(&mut input).ok()?;
    input.is_empty().then_some((sign == Some('-'), whole, fraction.unwrap_or(""), exponent))
}

#[cfg(test)]
mod tests {
    use super::{Decimal, parse_exact, parse_number};

    #[test]
    fn only_plain_decimals_are_numbers() {
        for (text, value) in [("14", 14.0_f64), ("-0.5", -0.5), ("1e-8", 1e-8), ("+2E3", 2000.0), ("-0", 0.0)] {
            assert_eq!(parse_number(text).map(f64::to_bits), Some(value.to_bits()), "{text}");
        }
        for text in ["", "nan", "inf", "-", ".5", "5.", "1e", "0x10", "1_000", "1e999", " 1", "1,5", "٣"] {
            assert_eq!(parse_number(text), None, "{text}");
            assert_eq!(parse_exact(text), None, "{text}");
        }
    }

    #[test]
    fn a_decimal_keeps_its_digits() {
        assert_eq!(parse_exact("0.250"), Some(Decimal { mantissa: 25, scale: 2 }));
        assert_eq!(parse_exact("-1.5e3"), Some(Decimal { mantissa: -1500, scale: 0 }));
        assert_eq!(parse_exact("1e-8").unwrap().value().to_bits(), 1e-8_f64.to_bits());
        assert_eq!(parse_exact("0.1234567890123456789"), None);
        assert_eq!(parse_exact("1e999999999999"), None);
        assert_eq!(parse_exact("1e-99"), None);
    }
}
