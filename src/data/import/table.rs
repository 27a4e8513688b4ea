//! One reading of tables for every container: rows of cells come in one by one; the first of them decide which column is
//! what, the others go straight into typed columns.

use crate::error::ContentError;
use crate::escape::quote;
use crate::sim::Millis;

use super::cells::{OwnedCell, RawCell, Refusal, RowCells, SampleRow, TableHead, bare};
use super::columns::{ColumnPlan, TimePlace, are_names, confirms, is_same_asset, plain, plan};
use super::number::{NumberCell, NumberColumn, bad_number, number};
use super::options::{ImportOptions, OnBadRow};
use super::times::{RawTime, clock, formatted, raw_time};

/// Words of one column, each kept once.
#[derive(Debug)]
pub(super) struct LabelColumn {
    pub at: usize,
    pub words: Vec<Box<str>>,
    pub rows: Vec<u16>,
    /// There are too many to tell rows apart by.
    pub is_open: bool,
}

impl LabelColumn {
    fn new(at: usize) -> Self {
        Self { at, words: Vec::new(), rows: Vec::new(), is_open: false }
    }

    fn push(&mut self, cell: RawCell) {
        if self.is_open {
            return;
        }
        let number;
        let word = match cell {
            RawCell::Text(text) => bare(text),
            RawCell::Int(value) => {
                number = value.to_string();
                &number
            }
            RawCell::Float(value) => {
                number = value.to_string();
                &number
            }
            _ => "",
        };
        let last = self.rows.last().copied();
        let known = last
            .filter(|last| &*self.words[usize::from(*last)] == word)
            .or_else(|| self.words.iter().position(|other| &**other == word).and_then(|at| u16::try_from(at).ok()));
        let at = match known {
            Some(at) => at,
            None if self.words.len() >= 1_000 => {
                self.is_open = true;
                self.rows = Vec::new();
                return;
            }
            None => {
                self.words.push(word.into());
                u16::try_from(self.words.len() - 1).unwrap_or(u16::MAX)
            }
        };
        self.rows.push(at);
    }
}

/// Takes the rows of one table.
pub(super) struct Intake<'o> {
    pub head: TableHead,
    names: &'o [String],
    options: &'o ImportOptions,
    sample: Vec<SampleRow>,
    rows: Option<TypedRows>,
    /// About how many rows come.
    pub expected: usize,
}

/// Rows by which the columns are understood.
const SAMPLE: usize = 1_000;

impl<'o> Intake<'o> {
    pub(super) fn new(head: TableHead, names: &'o [String], options: &'o ImportOptions) -> Self {
        Self { head, names, options, sample: Vec::new(), rows: None, expected: 0 }
    }

    /// Takes a row that stands in this line.
    #[inline]
    pub(super) fn row<R: RowCells + ?Sized>(&mut self, line: u64, row: &R) -> Result<(), Refusal> {
        if let Some(rows) = &mut self.rows {
            return rows.push(line, row, self.options).map_err(Refusal::from);
        }
        self.sample.push(SampleRow { line, cells: (0..row.len()).map(|at| OwnedCell::from(row.cell(at))).collect() });
        if self.sample.len() >= SAMPLE { self.start() } else { Ok(()) }
    }

    /// A row that cannot be read at all.
    pub(super) fn bad_row(&mut self, fault: ContentError) -> Result<(), Refusal> {
        if self.rows.is_none() {
            if self.options.on_bad_row == OnBadRow::Refuse || self.sample.is_empty() {
                return Err(fault.into());
            }
            self.start()?;
        }
        match &mut self.rows {
            Some(rows) => rows.drop_or(fault, self.options).map_err(Refusal::from),
            None => Err(fault.into()),
        }
    }

    /// The columns that are read from now on; all of them until they are understood.
    pub(super) fn wanted(&self) -> Option<&[bool]> {
        self.rows.as_ref().map(|rows| rows.wanted.as_slice())
    }

    fn start(&mut self) -> Result<(), Refusal> {
        let plan = plan(&self.head, &self.sample, self.names, self.options).map_err(Refusal::foreign)?;
        let mut rows = TypedRows::new(plan);
        rows.reserve(self.expected.max(self.sample.len()));
        for row in std::mem::take(&mut self.sample) {
            rows.push(row.line, row.cells.as_slice(), self.options)?;
        }
        self.rows = Some(rows);
        Ok(())
    }

    /// All rows are there.
    pub(super) fn finish(mut self) -> Result<(TableHead, TypedRows), Refusal> {
        if self.rows.is_none() {
            if self.sample.is_empty() {
                if self.head.names.is_some() {
                    plan(&self.head, &[], self.names, self.options).map_err(Refusal::foreign)?;
                }
                return Err(Refusal::foreign(no_rows(0)));
            }
            self.start()?;
        }
        match self.rows {
            Some(rows) => Ok((self.head, rows)),
            None => Err(Refusal::foreign(no_rows(0))),
        }
    }
}

/// A file without a single bar.
pub(super) fn no_rows(nulls: u64) -> ContentError {
    let what = if nulls > 0 { "has rows, but no price in any of them" } else { "has a header but no rows" };
    ContentError::file(what, "Check where it comes from, or leave it out")
}

/// All rows of a table in typed columns, not yet decided.
pub(super) struct TypedRows {
    pub plan: ColumnPlan,
    wanted: Vec<bool>,
    pub line: Vec<u32>,
    pub time: Vec<RawTime>,
    /// The ends of the first rows.
    pub ends: Vec<RawTime>,
    pub prices: [NumberColumn; 4],
    pub volumes: Vec<NumberColumn>,
    /// Further columns that are kept.
    pub kept: Vec<NumberColumn>,
    pub symbol: Option<LabelColumn>,
    pub interval: Option<LabelColumn>,
    pub labels: Vec<LabelColumn>,
    /// Rows that say that their bars are not finished.
    pub open_rows: Vec<usize>,
    /// Rows of a time and nothing else.
    pub nulls: u64,
    /// Rows of other assets than the wanted one.
    pub others: u64,
    /// Rows that were dropped as they were read: line, and what is wrong.
    pub dropped: Vec<(u64, String)>,
    pub dropped_count: u64,
    /// A name of the asset that other rows are of.
    pub other_symbols: Vec<String>,
}

impl TypedRows {
    fn new(plan: ColumnPlan) -> Self {
        let mut wanted = vec![false; plan.width];
        let mut want = |at: usize| {
            if let Some(slot) = wanted.get_mut(at) {
                *slot = true;
            }
        };
        want(plan.time.column());
        if let TimePlace::Two(_, clock, _) = plan.time {
            want(clock);
        }
        plan.prices.into_iter().for_each(&mut want);
        plan.volumes.iter().for_each(|(at, _)| want(*at));
        plan.kept.iter().for_each(|column| want(column.at));
        [plan.end, plan.symbol, plan.interval, plan.confirm].into_iter().flatten().for_each(&mut want);
        plan.labels.iter().for_each(|at| want(*at));
        let volumes = plan.volumes.iter().map(|_| NumberColumn::new()).collect();
        let kept = plan.kept.iter().map(|_| NumberColumn::new()).collect();
        Self {
            wanted,
            line: Vec::new(),
            time: Vec::new(),
            ends: Vec::new(),
            prices: std::array::from_fn(|_| NumberColumn::new()),
            volumes,
            kept,
            symbol: plan.symbol.map(LabelColumn::new),
            interval: plan.interval.map(LabelColumn::new),
            labels: plan.labels.iter().map(|at| LabelColumn::new(*at)).collect(),
            open_rows: Vec::new(),
            nulls: 0,
            others: 0,
            dropped: Vec::new(),
            dropped_count: 0,
            other_symbols: Vec::new(),
            plan,
        }
    }

    fn reserve(&mut self, rows: usize) {
        self.line.reserve_exact(rows);
        self.time.reserve_exact(rows);
        self.prices.iter_mut().chain(&mut self.volumes).chain(&mut self.kept).for_each(|column| column.reserve(rows));
    }

    pub(super) fn len(&self) -> usize {
        self.line.len()
    }

    #[inline]
    fn push<R: RowCells + ?Sized>(
        &mut self,
        line: u64,
        cells: &R,
        options: &ImportOptions,
    ) -> Result<(), ContentError> {
        let width = self.plan.width;
        if cells.len() != width {
            // Behind the last separator of a line there may be nothing.
            let is_blank = |at: usize| matches!(cells.cell(at), RawCell::Null | RawCell::Text(""));
            let is_padded = cells.len() > width && (width..cells.len()).all(is_blank);
            if !is_padded {
                return self.drop_or(ragged(line, cells.len(), width, self.plan.has_names), options);
            }
        }
        let cell = |at: usize| cells.cell(at);
        let prices = self.plan.prices.map(|at| number(cell(at)));
        let is_null = |price: &NumberCell| matches!(price, NumberCell::Null);
        if prices.iter().all(is_null) {
            self.nulls += 1;
            return Ok(());
        }
        if let Some(at) = prices.iter().position(is_null) {
            let name = ["open", "high", "low", "close"][at];
            return self.drop_or(bad_number(line, name, &label(cell(self.plan.prices[at]))), options);
        }
        let time = match self.plan.time {
            TimePlace::One(at) => match (&options.time_format, cell(at)) {
                (Some(format), RawCell::Text(text)) => formatted(text, format),
                (Some(format), RawCell::Int(number)) => formatted(&number.to_string(), format),
                (Some(format), RawCell::Float(number)) => formatted(&number.to_string(), format),
                (_, cell) => raw_time(cell),
            },
            TimePlace::Two(date, at, _) if options.time_format.is_some() => {
                let format = options.time_format.as_deref().unwrap_or_default();
                formatted(&format!("{} {}", label(cell(date)), label(cell(at))), format)
            }
            TimePlace::Two(date, at, digits) => {
                let Some(clock) = clock(cell(at), digits) else {
                    let what = format!("time is {}, which is not a time of the day", shown(cell(at)));
                    return self.drop_or(ContentError::row(line, what, TIME_HELP), options);
                };
                with_clock(raw_time(cell(date)), clock)
            }
            TimePlace::OfDay(at, day) => match cell(at) {
                RawCell::Text(text) => match bare(text).parse::<Millis>() {
                    Ok(millis) if (0..86_400_000).contains(&millis) => RawTime::Civil(day + millis),
                    _ => RawTime::Bad,
                },
                RawCell::Int(millis) if (0..86_400_000).contains(&millis) => RawTime::Civil(day + millis),
                _ => RawTime::Bad,
            },
        };
        if matches!(time, RawTime::Bad | RawTime::Null) {
            if self.is_header(cells) {
                return Ok(());
            }
            let text = shown(cell(self.plan.time.column()));
            if let Some(format) = options.time_format.as_deref().filter(|_| text != "''") {
                let what = format!("time is {text}, which --time-format {} does not fit", quote(format));
                let remedy = "Correct --time-format, leave it out, or pass --on-bad-row drop";
                return self.drop_or(ContentError::row(line, what, remedy), options);
            }
            let what =
                if text == "''" { "time is empty".to_owned() } else { format!("time is {text}, which is not a time") };
            return self.drop_or(ContentError::row(line, what, TIME_HELP), options);
        }
        if let (Some(at), Some(only)) = (self.plan.symbol, &options.only_symbol) {
            let own = label(cell(at));
            if !is_same_asset(&own, only) {
                self.others += 1;
                if self.other_symbols.len() < 8 && !self.other_symbols.contains(&own) {
                    self.other_symbols.push(own);
                }
                return Ok(());
            }
        }
        let row = self.len();
        for ((column, at), price) in self.prices.iter_mut().zip(self.plan.prices).zip(prices) {
            column.push(cell(at), price);
        }
        for (column, (at, _)) in self.volumes.iter_mut().zip(&self.plan.volumes) {
            let cell = cell(*at);
            column.push(cell, number(cell));
        }
        for (column, kept) in self.kept.iter_mut().zip(&self.plan.kept) {
            let cell = cell(kept.at);
            column.push(cell, number(cell));
        }
        if let Some(at) = self.plan.end
            && self.ends.len() < SAMPLE
        {
            self.ends.push(raw_time(cell(at)));
        }
        if let Some(at) = self.plan.confirm
            && confirms(&OwnedCell::from(cell(at))) == Some(false)
        {
            self.open_rows.push(row);
        }
        for column in self.symbol.iter_mut().chain(&mut self.interval).chain(&mut self.labels) {
            column.push(cell(column.at));
        }
        self.time.push(time);
        self.line.push(u32::try_from(line).unwrap_or(u32::MAX));
        Ok(())
    }

    /// Drops a row where that is wanted.
    fn drop_or(&mut self, fault: ContentError, options: &ImportOptions) -> Result<(), ContentError> {
        if options.on_bad_row == OnBadRow::Refuse {
            return Err(fault);
        }
        self.dropped_count += 1;
        if self.dropped.len() < 20 {
            self.dropped.push((fault.row.unwrap_or_default(), fault.what));
        }
        Ok(())
    }

    /// Files put behind each other have their header again.
    fn is_header<R: RowCells + ?Sized>(&self, cells: &R) -> bool {
        let text = |at: usize| if let RawCell::Text(text) = cells.cell(at) { bare(text) } else { "" };
        let texts: Vec<&str> = (0..cells.len()).map(text).collect();
        if self.plan.has_names {
            return texts.len() == self.plan.names.len()
                && texts.iter().zip(&self.plan.names).all(|(text, name)| plain(text) == plain(name));
        }
        are_names(&texts)
    }
}

pub(super) const TIME_HELP: &str =
    "Correct or remove the row, pass --on-bad-row drop, or --time-format where times are written in a way of their own";

fn with_clock(date: RawTime, millis: Millis) -> RawTime {
    match date {
        RawTime::Civil(day) => RawTime::Civil(day + millis),
        RawTime::Instant(day, offset) => RawTime::Instant(day + millis, offset),
        RawTime::Date(parts, is_wide, _, offset) => {
            RawTime::Date(parts, is_wide, u32::try_from(millis).unwrap_or_default(), offset)
        }
        RawTime::Number(number, _) => super::times::with_digits(number, millis),
        other => other,
    }
}

fn label(cell: RawCell) -> String {
    match cell {
        RawCell::Text(text) => bare(text).to_owned(),
        RawCell::Int(value) => value.to_string(),
        RawCell::Float(value) => value.to_string(),
        _ => String::new(),
    }
}

fn shown(cell: RawCell) -> String {
    quote(&label(cell))
}

fn ragged(line: u64, found: usize, expected: usize, has_names: bool) -> ContentError {
    let remedy = if found > expected {
        "Correct or remove the row, or pass --on-bad-row drop; --separator and --decimal decide where commas stand in numbers"
    } else {
        "Correct or remove the row, or pass --on-bad-row drop; the file may be cut short"
    };
    let fields = if found == 1 { "field" } else { "fields" };
    let whose = if has_names { "the header has" } else { "other rows have" };
    ContentError::row(line, format!("{found} {fields} where {whose} {expected}"), remedy)
}
