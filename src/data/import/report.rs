//! What was found in a file, and what was changed.

use crate::data::time::show;
use crate::sim::model::Millis;

/// In which order rows stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    #[default]
    Ascending,
    /// Newest first.
    Descending,
}

/// What was found in a file, and what was changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
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
    pub order: Order,
    /// Places where they do not.
    pub breaks: u64,
    /// Rows that repeat another one in every value; dropped.
    pub duplicates: u64,
    /// Rows that repeat a time with other values; decided as wanted.
    pub conflicts: u64,
    /// Rows of a time and no price; dropped.
    pub nulls: u64,
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
}

impl Report {
    /// What was changed on the way from the file to the bars.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        let unfinished = if self.kept_unfinished { 0 } else { self.unfinished };
        let counted = [
            (self.nulls, "row without prices dropped", "rows without prices dropped"),
            (self.duplicates, "duplicate row dropped", "duplicate rows dropped"),
            (self.conflicts, "conflicting row decided by --on-conflict", "conflicting rows decided by --on-conflict"),
            (unfinished, "unfinished bar dropped", "unfinished bars dropped"),
            (self.breaks, "row out of order, sorted", "rows out of order, sorted"),
        ];
        let turned = (self.order == Order::Descending).then_some("newest first, turned round");
        let empty = self.no_volume.then_some("no column of volume; it is 0");
        let stated = [turned, empty].into_iter().flatten().map(str::to_owned);
        lines(&counted).chain(stated).chain(self.notes.iter().cloned()).collect()
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
            *first = format!("{first} (most at once: {bars}, after {})", show(from));
        }
        out
    }
}

fn lines(counted: &[(u64, &str, &str)]) -> impl Iterator<Item = String> {
    let line = |(count, one, many): &(u64, &str, &str)| format!("{count} {}", if *count == 1 { one } else { many });
    counted.iter().filter(|(count, ..)| *count > 0).map(line).collect::<Vec<_>>().into_iter()
}
