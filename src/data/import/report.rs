//! What was found in a file, and what was changed.

use crate::date::show_time;
use crate::sim::{Candles, Interval, Millis, OwnSeries};
use crate::store::Origin;

/// The bars of one symbol in a file.
#[derive(Clone, Debug)]
pub struct Found {
    /// In capitals, without separators.
    pub symbol: String,
    /// Length of a bar.
    pub interval: Interval,
    /// At least one bar.
    pub candles: Candles,
    /// Further columns that are kept: a value for each bar, NaN where the file has none.
    pub own: Vec<OwnSeries>,
    /// Where they come from, for the store.
    pub origin: Origin,
    /// What was found and changed.
    pub report: FileReport,
}

/// Something that was decided about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What, and why.
    pub what: String,
    /// Whether nothing proves it.
    pub is_guess: bool,
    /// The option and its value that say the same.
    pub option: Option<(&'static str, String)>,
}

impl Decision {
    /// What the content proves.
    pub(super) fn by(what: impl Into<String>, option: &'static str, value: impl Into<String>) -> Self {
        Self { what: what.into(), is_guess: false, option: Some((option, value.into())) }
    }

    /// What nothing proves, and an option would decide.
    pub(super) fn guessed(what: impl Into<String>, option: &'static str, value: impl Into<String>) -> Self {
        Self { is_guess: true, ..Self::by(what, option, value) }
    }

    /// What nothing proves.
    pub(super) fn guess(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_guess: true, option: None }
    }

    /// What the user said.
    pub(super) fn stated(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_guess: false, option: None }
    }
}

/// How a column was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnMeaning {
    /// Its name in the file, or its number from 1.
    pub column: String,
    /// What it is to a bar.
    pub meaning: &'static str,
    /// In what it counts.
    pub unit: String,
}

/// In which order rows stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowOrder {
    /// Oldest first.
    #[default]
    Ascending,
    /// Newest first.
    Descending,
}

/// What was found in a file, and what was changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileReport {
    /// The family of formats, for people.
    pub format: &'static str,
    /// Rows of the file, those without prices too.
    pub rows: u64,
    /// Different times among them.
    pub distinct: u64,
    /// Earliest time of the file.
    pub first: Millis,
    /// Latest time of the file.
    pub last: Millis,
    /// In which order the rows stand.
    pub order: RowOrder,
    /// Places where they do not.
    pub breaks: u64,
    /// Rows that repeat another one in every value; dropped.
    pub duplicates: u64,
    /// Rows that repeat a time with other values; decided as wanted.
    pub conflicts: u64,
    /// Rows of a time and no price; dropped.
    pub nulls: u64,
    /// Rows that no bar can be; dropped, as was wanted: the first of them, each with its line and what is wrong.
    pub bad_rows: Vec<String>,
    /// How many they are.
    pub bad: u64,
    /// Rows without a volume, which is 0 then.
    pub blank_volumes: u64,
    /// Bars that were not finished; dropped, unless they were to be kept.
    pub unfinished: u64,
    /// Whether those were kept.
    pub kept_unfinished: bool,
    /// Bars that are missing between others; not filled.
    pub missing: u64,
    /// The longest of these gaps: the bars around it, and how many are missing.
    pub longest_gap: Option<(Millis, Millis, u64)>,
    /// Steps that are no multiple of the interval.
    pub irregular: u64,
    /// Bars in which nothing was traded.
    pub zero_volume: u64,
    /// Whether there was no column of volume, which is 0 then.
    pub no_volume: bool,
    /// Bars before 2009.
    pub before_bitcoin: u64,
    /// Bars that open after the present moment.
    pub future: u64,
    /// What else is worth telling.
    pub notes: Vec<String>,
    /// How the columns were understood.
    pub columns: Vec<ColumnMeaning>,
    /// What was decided, for the preview.
    pub decisions: Vec<Decision>,
}

impl FileReport {
    /// What was changed on the way from the file to the bars.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        let unfinished = if self.kept_unfinished { 0 } else { self.unfinished };
        let counted = [
            (self.nulls, "row without prices dropped", "rows without prices dropped"),
            (self.bad, "bad row dropped", "bad rows dropped"),
            (self.blank_volumes, "row without a volume, which is 0", "rows without a volume, which is 0"),
            (self.duplicates, "duplicate row dropped", "duplicate rows dropped"),
            (self.conflicts, "conflicting row decided by --on-conflict", "conflicting rows decided by --on-conflict"),
            (unfinished, "unfinished bar dropped", "unfinished bars dropped"),
            (self.breaks, "row out of order, sorted", "rows out of order, sorted"),
        ];
        let turned = (self.order == RowOrder::Descending).then_some("newest first, turned round");
        let empty = self.no_volume.then_some("no column of volume; it is 0");
        let stated = [turned, empty].into_iter().flatten().map(str::to_owned);
        lines(&counted).chain(stated).chain(self.bad_rows.iter().cloned()).chain(self.notes.iter().cloned()).collect()
    }

    /// What is doubtful, and was left as it is.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let kept = if self.kept_unfinished { self.unfinished } else { 0 };
        let silent = if self.no_volume { 0 } else { self.zero_volume };
        let mut out: Vec<String> = lines(&[
            (self.missing, "bar missing, not filled", "bars missing, not filled"),
            (self.irregular, "step is off the interval", "steps are off the interval"),
            (silent, "bar without volume", "bars without volume"),
            (self.before_bitcoin, "bar before 2009", "bars before 2009"),
            (self.future, "bar in the future", "bars in the future"),
            (kept, "unfinished bar kept", "unfinished bars kept"),
        ])
        .collect();
        if let (Some((from, _, bars)), Some(first)) = (self.longest_gap, out.first_mut())
            && bars < self.missing
        {
            *first = format!("{first} (most at once: {bars}, after {})", show_time(from));
        }
        out
    }
}

fn lines(counted: &[(u64, &str, &str)]) -> impl Iterator<Item = String> {
    let line = |(count, one, many): &(u64, &str, &str)| format!("{count} {}", if *count == 1 { one } else { many });
    counted.iter().filter(|(count, ..)| *count > 0).map(line).collect::<Vec<_>>().into_iter()
}
