//! The six comparisons, as the language of rules has them, and what stands on their right side.

/// Comparison of numbers and series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `a < b`
    Less,
    /// `a <= b`
    LessEqual,
    /// `a > b`
    Greater,
    /// `a >= b`
    GreaterEqual,
    /// `a == b`
    Equal,
    /// `a != b`
    NotEqual,
}

impl Compare {
    /// The comparison of `b` with `a` that says the same.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
            Self::Equal | Self::NotEqual => self,
        }
    }

    /// The comparison that holds where this one does not; where a value is undefined, neither does.
    #[must_use]
    pub const fn negated(self) -> Self {
        match self {
            Self::Less => Self::GreaterEqual,
            Self::LessEqual => Self::Greater,
            Self::Greater => Self::LessEqual,
            Self::GreaterEqual => Self::Less,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
        }
    }

    /// Whether `a op b` holds; nothing where one of them is undefined.
    #[must_use]
    pub fn known(self, a: f64, b: f64) -> Option<bool> {
        (!a.is_nan() && !b.is_nan()).then(|| self.holds(a, b))
    }

    /// As it is written.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }

    /// Whether `a op b` holds; never, where one of them is undefined (NaN), also for `!=`.
    #[inline]
    #[must_use]
    #[expect(clippy::float_cmp, reason = "`==` of the language is exact, as its users write it")]
    #[expect(clippy::double_comparisons, reason = "`a != b` holds for NaN")]
    pub fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterEqual => a >= b,
            Self::Equal => a == b,
            Self::NotEqual => a < b || a > b,
        }
    }
}

/// The right side of a comparison: a value for each bar, or one for all.
#[derive(Clone, Copy, Debug)]
pub(super) enum Right<'a> {
    /// One value for each bar.
    Series(&'a [f64]),
    /// The same at every bar.
    Number(f64),
}

impl Right<'_> {
    pub(super) fn at(self, bar: usize) -> f64 {
        match self {
            Self::Series(values) => values[bar],
            Self::Number(value) => value,
        }
    }
}
