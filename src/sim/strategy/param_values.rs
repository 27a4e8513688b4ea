//! The text of one `--param`: a value, a list, or a range that is never spelled out in memory.

use super::decimal::{Decimal, exact, parse_exact, parse_number};
use crate::text::escape;

/// Most values of one range.
const MAX_VALUES: i64 = 1_000_000_000;

/// `name=14`, `name=7,14,21`, `name=5..30` or `name=20..40:5`.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamArg {
    /// The parameter's name; not yet looked up.
    pub name: String,
    /// At least one value.
    pub values: ParamValues,
}

/// The values of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamValues {
    /// Each written out; at least one, none twice.
    List(Vec<f64>),
    /// Evenly spaced.
    Range(ValueRange),
}

/// Evenly spaced decimals, both ends included (the upper one where a step lands on it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueRange {
    first: i64,
    step: i64,
    scale: usize,
    len: usize,
}

/// A `--param` that cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("--param {}: {message}", escape(text))]
pub struct ParamArgError {
    /// The argument as given.
    pub text: String,
    /// What is wrong with it, and the remedy.
    pub message: String,
}

impl ValueRange {
    /// First value and step as whole numbers, of which so many digits are behind the point, and the number of values.
    #[must_use]
    pub fn parts(&self) -> (i64, i64, usize, usize) {
        (self.first, self.step, self.scale, self.len)
    }

    /// From its [`Self::parts`]; none where they are no range that could be written.
    #[must_use]
    pub fn of_parts((first, step, scale, len): (i64, i64, usize, usize)) -> Option<Self> {
        let steps = i64::try_from(len).ok().filter(|len| (1..=MAX_VALUES).contains(len))? - 1;
        let last = first.checked_add(steps.checked_mul(step)?)?;
        let are_exact = [first, last].into_iter().all(|end| exact(i128::from(end), scale).is_some());
        (step > 0 && are_exact).then_some(Self { first, step, scale, len })
    }

    /// Number of values, 1 or more.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a range is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The value after `index` steps: the f64 nearest to the decimal that a person would write.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<f64> {
        let steps = i64::try_from(index).ok().filter(|_| index < self.len)?;
        Some(Decimal { mantissa: self.first + steps * self.step, scale: self.scale }.value())
    }
}

impl ParamValues {
    /// Number of values, 1 or more.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always a value")]
    pub fn len(&self) -> usize {
        match self {
            Self::List(values) => values.len(),
            Self::Range(range) => range.len(),
        }
    }

    /// The value with this index, counted from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<f64> {
        match self {
            Self::List(values) => values.get(index).copied(),
            Self::Range(range) => range.get(index),
        }
    }

    /// All values in order.
    pub fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The value, where there is just one.
    #[must_use]
    pub fn single(&self) -> Option<f64> {
        self.get(0).filter(|_| self.len() == 1)
    }
}

impl std::str::FromStr for ParamArg {
    type Err = ParamArgError;

    fn from_str(text: &str) -> Result<Self, ParamArgError> {
        parse(text).map_err(|message| ParamArgError { text: text.to_owned(), message })
    }
}

fn parse(text: &str) -> Result<ParamArg, String> {
    let (name, values) =
        text.split_once('=').ok_or("write it as NAME=VALUE, as in `period=14`, `period=7,14,21` or `period=5..30`")?;
    let (name, values) = (name.trim(), values.trim());
    if name.is_empty() {
        return Err("there is no name before the `=`".to_owned());
    }
    if values.is_empty() {
        return Err("there is no value behind the `=`; write one, as in `period=14`".to_owned());
    }
    let values =
        if values.contains("..") { ParamValues::Range(range(values)?) } else { ParamValues::List(list(values)?) };
    Ok(ParamArg { name: name.to_owned(), values })
}

fn not_a_number(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() { "a value is missing".to_owned() } else { format!("`{}` is not a number", escape(text)) }
}

fn list(text: &str) -> Result<Vec<f64>, String> {
    let mut values: Vec<f64> = Vec::new();
    for item in text.split(',') {
        if item.contains(':') {
            return Err(format!("a step needs a range, as in `20..40:5`; `{}` has none", escape(item.trim())));
        }
        values.push(parse_number(item.trim()).ok_or_else(|| not_a_number(item))?);
    }
    let mut bits: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
    bits.sort_unstable();
    match bits.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{} is listed twice; remove one", f64::from_bits(pair[0]))),
        None => Ok(values),
    }
}

fn range(text: &str) -> Result<ValueRange, String> {
    if text.contains(',') {
        return Err("a list and a range cannot be mixed; write one of them".to_owned());
    }
    let (ends, step) = text.split_once(':').map_or((text, "1"), |(ends, step)| (ends, step.trim()));
    let (from, to) = ends.split_once("..").ok_or_else(|| not_a_number(ends))?;
    if to.starts_with('=') {
        return Err("a range includes its end already: write `5..30`".to_owned());
    }
    let exact = |text: &str| {
        parse_number(text.trim()).ok_or_else(|| not_a_number(text))?;
        parse_exact(text.trim()).ok_or_else(|| format!("`{}` has too many digits for a range", escape(text.trim())))
    };
    let (from, to, step) = (exact(from)?, exact(to)?, exact(step)?);
    let scale = from.scale.max(to.scale).max(step.scale);
    let rescaled = |decimal: Decimal| {
        let same = decimal.rescaled(scale).ok_or("its ends and step have too many digits between them")?;
        Ok::<i64, String>(same.mantissa)
    };
    let (first, last, step) = (rescaled(from)?, rescaled(to)?, rescaled(step)?);
    if step <= 0 {
        return Err("the step must be above 0".to_owned());
    }
    if first > last {
        return Err(format!("the range runs backwards; write `{}..{}`", ends_of(ends).1, ends_of(ends).0));
    }
    let len = (last - first) / step + 1;
    if len > MAX_VALUES {
        return Err(format!("{len} values are more than {MAX_VALUES}; take a larger step"));
    }
    if len == 1 && first < last && !text.contains(':') {
        let step = ValueRange { first: 1, step: 1, scale, len: 1 }.get(0).unwrap_or(1.0);
        let (from, to) = ends_of(ends);
        return Err(format!(
            "a range counts by 1, and so this one holds {from} alone; write a step, as in `{from}..{to}:{step}`"
        ));
    }
    let len = usize::try_from(len).map_err(|_| "too many values".to_owned())?;
    Ok(ValueRange { first, step, scale, len })
}

fn ends_of(ends: &str) -> (&str, &str) {
    ends.split_once("..").map_or((ends, ends), |(from, to)| (from.trim(), to.trim()))
}

#[cfg(test)]
mod tests {
    use super::{ParamArg, ParamValues};

    fn values(text: &str) -> Vec<f64> {
        text.parse::<ParamArg>().unwrap_or_else(|error| panic!("{error}")).values.iter().collect()
    }

    fn message(text: &str) -> String {
        text.parse::<ParamArg>().unwrap_err().message
    }

    #[test]
    fn a_value_a_list_and_a_range_are_read() {
        assert_eq!(values("period=14"), [14.0]);
        assert_eq!(values("period=7, 14,21"), [7.0, 14.0, 21.0]);
        assert_eq!(values("period=5..8"), [5.0, 6.0, 7.0, 8.0]);
        assert_eq!(values("x=-1..1"), [-1.0, 0.0, 1.0]);
        assert_eq!(values("x=3..3"), [3.0]);
    }

    #[test]
    fn a_range_ends_where_its_last_step_lands() {
        assert_eq!(values("x=20..40:5"), [20.0, 25.0, 30.0, 35.0, 40.0]);
        assert_eq!(values("x=20..42:5"), [20.0, 25.0, 30.0, 35.0, 40.0]);
        assert_eq!(values("x=0.5..2:0.25"), [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0]);
    }

    #[test]
    fn each_step_gives_the_decimal_that_a_person_would_write() {
        for (i, value) in values("x=0.5..2:0.1").into_iter().enumerate() {
            let expected: f64 = format!("{}.{}", (5 + i) / 10, (5 + i) % 10).parse().unwrap();
            assert_eq!(value.to_bits(), expected.to_bits(), "{value}");
        }
        assert_eq!(values("x=1e-8..3e-8:1e-8"), [1e-8, 2e-8, 3e-8]);
    }

    #[test]
    fn a_long_range_takes_no_memory() {
        let ParamValues::Range(range) = "x=1..1000000000".parse::<ParamArg>().unwrap().values else { panic!() };
        assert_eq!((range.len(), range.get(999_999_999), range.get(1_000_000_000)), (1_000_000_000, Some(1e9), None));
        assert!(message("x=0..1000000000").contains("1000000001 values"));
    }

    #[test]
    fn a_zero_has_no_sign() {
        assert_eq!(values("x=-0").first().map(|v| v.to_bits()), Some(0));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_remedy() {
        for (text, wanted) in [
            ("period", "NAME=VALUE"),
            ("=14", "no name"),
            ("period=", "no value"),
            ("period=abc", "`abc` is not a number"),
            ("period=nan", "`nan` is not a number"),
            ("period=1..inf", "`inf` is not a number"),
            ("period=1,,2", "a value is missing"),
            ("period=1,1.0", "listed twice"),
            ("period=..5", "a value is missing"),
            ("period=5..", "a value is missing"),
            ("period=30..5", "write `5..30`"),
            ("period=5..30:0", "above 0"),
            ("period=5..30:-1", "above 0"),
            ("period=5..=30", "includes its end"),
            ("period=5..30..40", "`30..40` is not a number"),
            ("period=5:2", "a step needs a range"),
            ("period=1..3,7", "cannot be mixed"),
            ("period=0..1:1e-30", "too many digits"),
        ] {
            assert!(message(text).contains(wanted), "{text}: {}", message(text));
        }
    }
}
