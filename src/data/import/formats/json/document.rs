//! What is known of a JSON document while it is read: lists of rows, lists that may be columns, and what stands beside
//! them. At its end one table of bars is left.
//!
//! Long because every place in which a table may stand needs the whole of what was kept.

use crate::error::ContentError;
use crate::escape::{escape, quote};
use crate::import::cells::{ClosedBars, Container, OwnedCell, Refusal, TableHead};
use crate::import::columns::{are_names, is_same_asset, names_series, plain};
use crate::import::name::{self, interval_of};
use crate::import::options::{ImportOptions, StampIs};
use crate::import::report::Decision;
use crate::import::table::{Intake, TypedRows, no_rows};
use crate::import::times::{RawTime, TimeRules, raw_time, resolve};
use crate::sim::Interval;

use super::{is_row_key, key_cell};

/// Lists that may be columns.
pub(super) const MAX_LISTS: usize = 256;
/// Objects by which the names of a list's columns are told.
const FIRST_OBJECTS: usize = 200;
/// Between the names of an object and of what is in it; names themselves may have points.
pub(super) const NEST: char = '\u{1f}';

/// What a value is.
pub(super) enum JsonNode {
    Scalar(OwnedCell),
    /// Nothing but scalars.
    List(ScalarList),
    /// Scalars by their names, those of objects within it too.
    Object(Vec<(String, OwnedCell)>),
    /// Scalars by times or by numbers of rows.
    Keyed(Vec<OwnedCell>, Vec<OwnedCell>),
    /// It was taken, or is nothing that matters.
    Taken,
}

/// A list of scalars, as small as its type allows.
#[derive(Debug)]
pub(super) enum ScalarList {
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Cells(Vec<OwnedCell>),
}

impl ScalarList {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Ints(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Cells(cells) => cells.len(),
        }
    }

    fn cell(&self, at: usize) -> OwnedCell {
        match self {
            Self::Ints(values) => OwnedCell::Int(values[at]),
            Self::Floats(values) => OwnedCell::Float(values[at]),
            Self::Cells(cells) => cells[at].clone(),
        }
    }

    pub(super) fn into_cells(self) -> Vec<OwnedCell> {
        match self {
            Self::Cells(cells) => cells,
            other => (0..other.len()).map(|at| other.cell(at)).collect(),
        }
    }

    pub(super) fn push(&mut self, cell: OwnedCell) {
        match (&mut *self, cell) {
            (Self::Ints(values), OwnedCell::Int(value)) => values.push(value),
            (Self::Floats(values), OwnedCell::Float(value)) => values.push(value),
            (Self::Cells(cells), cell) => cells.push(cell),
            (_, cell) => {
                let mut cells: Vec<OwnedCell> = (0..self.len()).map(|at| self.cell(at)).collect();
                cells.push(cell);
                *self = Self::Cells(cells);
            }
        }
    }
}

/// All that is known of a document.
pub(super) struct JsonDocument<'o> {
    names: &'o [String],
    options: &'o ImportOptions,
    /// Lists of rows, with the names that lead to them.
    lists: Vec<(Vec<String>, RowList<'o>)>,
    /// Lists that may be columns, with the names that lead to them.
    pub columns: Vec<(Vec<String>, ScalarList)>,
    /// Columns by times or by numbers of rows.
    pub keyed: Vec<(String, Vec<OwnedCell>, Vec<OwnedCell>)>,
    /// Names of columns that a list of objects tells.
    described: Vec<String>,
    /// Names of assets in objects around the lists.
    tags: Vec<(String, String)>,
    /// What stands beside the rows.
    facts: Vec<(Vec<String>, OwnedCell)>,
    pub has_list: bool,
    pub listed: usize,
    pub refusal: Option<Refusal>,
}

impl<'o> JsonDocument<'o> {
    pub(super) fn new(names: &'o [String], options: &'o ImportOptions) -> Self {
        Self {
            names,
            options,
            lists: Vec::new(),
            columns: Vec::new(),
            keyed: Vec::new(),
            described: Vec::new(),
            tags: Vec::new(),
            facts: Vec::new(),
            has_list: false,
            listed: 0,
            refusal: None,
        }
    }

    pub(super) fn facts(&mut self, path: &[String], members: Vec<(String, OwnedCell)>) {
        for (name, cell) in members {
            if self.facts.len() < 1_000 {
                let mut whole = path.to_vec();
                whole.extend(name.split(NEST).map(str::to_owned));
                self.facts.push((whole, cell));
            }
        }
    }

    fn fact(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| {
            let called = self.facts.iter().filter(|(path, _)| path.last().is_some_and(|last| last == name));
            called.into_iter().find_map(|(_, cell)| word_of(cell))
        })
    }

    /// What stands under one of these names nearest to the list at this place: beside it rather than beside another list.
    /// Nothing where two places are as near and do not say the same.
    fn nearest(&self, names: &[&str], path: &[String]) -> Option<String> {
        let shared = |fact: &[String]| fact.iter().zip(path).take_while(|(one, other)| one == other).count();
        names.iter().find_map(|name| {
            let called = self.facts.iter().filter(|(fact, _)| fact.last().is_some_and(|last| is_called(last, name)));
            let found: Vec<(usize, String)> =
                called.filter_map(|(fact, cell)| Some((shared(fact), word_of(cell)?))).collect();
            let most = found.iter().map(|(shared, _)| *shared).max()?;
            let mut words = found.into_iter().filter(|(shared, _)| *shared == most).map(|(_, word)| word);
            let first = words.next()?;
            words.all(|word| word == first).then_some(first)
        })
    }

    /// The names of the columns of rows of this width, where the document tells them beside the rows.
    fn names_of(&self, width: usize) -> Option<Vec<String>> {
        let texts = |list: &ScalarList| -> Option<Vec<String>> {
            let ScalarList::Cells(cells) = list else { return None };
            cells
                .iter()
                .map(|cell| if let OwnedCell::Text(text) = cell { Some(text.to_string()) } else { None })
                .collect()
        };
        let listed = self.columns.iter().rev().find_map(|(path, list)| {
            let is_named =
                path.last().is_some_and(|last| ["columns", "fields", "headers", "header", "names"].contains(&&**last));
            if is_named && list.len() == width { texts(list) } else { None }
        });
        listed
            .or_else(|| (self.described.len() == width).then(|| self.described.clone()))
            .filter(|names| are_names(names))
    }

    fn index(&self) -> Option<&ScalarList> {
        self.columns.iter().find(|(path, _)| path.last().is_some_and(|last| last == "index")).map(|(_, list)| list)
    }

    pub(super) fn add_list(&mut self, path: Vec<String>, mut rows: RowList<'o>) {
        self.has_list = true;
        let is_description = path.last().is_some_and(|last| ["meta", "columns", "fields", "schema"].contains(&&**last));
        if is_description && !rows.described.is_empty() {
            self.described = std::mem::take(&mut rows.described);
            return;
        }
        let is_values = |path: &[String]| path.last().is_some_and(|last| ["values", "data"].contains(&&**last));
        let lists = self.columns.iter().filter(|(path, _)| is_values(path)).count();
        if !rows.described.is_empty() && rows.described.len() == lists {
            self.described = std::mem::take(&mut rows.described);
            return;
        }
        self.lists.push((path, rows));
    }

    /// The rows of a list that stood in the same place, to go on with.
    pub(super) fn resumed(&mut self, path: &[String]) -> Option<RowList<'o>> {
        let at = self.lists.iter().position(|(known, _)| known == path)?;
        let mut rows = self.lists.swap_remove(at).1;
        rows.pages += 1;
        Some(rows)
    }

    /// Fails where pages that were joined are of several assets, as what stands around them says.
    fn one_asset(&self, path: &[String]) -> Result<(), Refusal> {
        let around = self.lists.iter().filter(|(outer, _)| outer.len() <= path.len() && path.starts_with(outer));
        for (_, rows) in around {
            let names = rows.tags.iter().map(|(name, _)| name);
            for name in names {
                let words: Vec<&str> =
                    rows.tags.iter().filter(|(other, _)| other == name).map(|(_, word)| word.as_str()).collect();
                if words.len() > 1 {
                    let shown: Vec<String> = words.iter().take(5).map(|word| quote(word)).collect();
                    let what = format!("holds lists of several assets by their {}: {}", quote(name), shown.join(", "));
                    return Err(ContentError::file(what, "Split the file: a list for each asset").into());
                }
            }
        }
        Ok(())
    }

    /// The one table of the document.
    pub(super) fn finish(mut self) -> Result<(TableHead, TypedRows), Refusal> {
        for (path, rows) in &self.lists {
            if rows.pages > 0 {
                self.one_asset(path)?;
            }
        }
        self.tags = self.lists.iter_mut().flat_map(|(_, rows)| std::mem::take(&mut rows.tags)).collect();
        let finished: Vec<_> = std::mem::take(&mut self.lists)
            .into_iter()
            .map(|(path, rows)| {
                let count = rows.count;
                (path, rows.finish(&mut self), count)
            })
            .collect();
        let (sound, refused): (Vec<_>, Vec<_>) = finished.into_iter().partition(|(_, done, _)| done.is_ok());
        let mut sound = sound;
        if sound.len() > 1 {
            let only = self.options.only_symbol.as_deref();
            if let Some(only) = only
                && sound.iter().any(|(path, ..)| path.iter().any(|name| is_same_asset(name, only)))
            {
                sound.retain(|(path, ..)| path.iter().any(|name| is_same_asset(name, only)));
            }
        }
        if sound.len() > 1
            && let Some(wanted) = self.options.interval
            && sound.iter().any(|(path, ..)| length_of(path) == Some(wanted))
        {
            sound.retain(|(path, ..)| length_of(path) == Some(wanted));
        }
        if sound.len() > 1 {
            let names: Vec<String> = sound.iter().take(5).map(|(path, ..)| escape(&path.join("."))).collect();
            let what = format!("holds several lists of bars: {}", names.join(", "));
            let lengths: Vec<Option<Interval>> = sound.iter().map(|(path, ..)| length_of(path)).collect();
            let differ = lengths.iter().all(Option::is_some) && lengths.iter().any(|length| *length != lengths[0]);
            let remedy = if differ {
                "Pass --interval with the length of one, and --only-symbol where there are several assets"
            } else {
                "Pass --only-symbol with the name of one, or split the file"
            };
            return Err(ContentError::file(what, remedy).into());
        }
        if let Some((path, done, _)) = sound.into_iter().next() {
            let (mut head, mut rows) = done?;
            if let Some(source) = place(&path, &rows, &self) {
                rows.plan.format = source;
                if source == "Cryptowatch REST" && rows.plan.stamp.is_none() {
                    rows.plan.stamp = Some(StampIs::Close);
                    let what = "Cryptowatch stamps a bar with its end";
                    rows.plan.decisions.push(Decision::by(what, "--time-is", "close"));
                }
            }
            head.symbol = head.symbol.take().or_else(|| self.symbol(&path));
            head.interval = self.interval(&path).or_else(|| length_of(&path));
            if rows.plan.format == "Kraken REST"
                && let Some(last) = self.facts.iter().find(|(path, _)| path.join(".") == "result.last")
                && let Some(last) = moment(&last.1)
            {
                head.closed = ClosedBars::Through(last);
            }
            return Ok((head, rows));
        }
        let reason = self.without_bars();
        if let Some(table) = self.by_columns()? {
            return Ok(table);
        }
        // Of lists that are none of bars, the longest has the reason.
        let longest = refused.into_iter().max_by_key(|(_, _, count)| *count);
        match longest {
            Some((_, Err(refusal), count)) if count > 0 => Err(refusal),
            _ => Err(Refusal::foreign(reason)),
        }
    }

    /// A table whose columns are lists, or objects with an entry for each row.
    fn by_columns(&mut self) -> Result<Option<(TableHead, TypedRows)>, Refusal> {
        let keyed = std::mem::take(&mut self.keyed);
        if let Some((_, keys, _)) = keyed.first() {
            let same: Vec<_> = keyed.iter().filter(|(_, other, _)| other == keys).collect();
            let names: Vec<String> = same.iter().map(|(name, ..)| name.clone()).collect();
            if are_names(&names) {
                let names = std::iter::once("index".to_owned()).chain(names).collect();
                let head = TableHead { container: Container::JsonColumns, names: Some(names), ..TableHead::default() };
                let mut intake = Intake::new(head, self.names, self.options);
                for row in 0..keys.len() {
                    let cells: Vec<OwnedCell> = std::iter::once(keys[row].clone())
                        .chain(same.iter().map(|(_, _, cells)| cells[row].clone()))
                        .collect();
                    intake.row(row as u64 + 1, cells.as_slice())?;
                }
                return intake.finish().map(Some);
            }
            if names.iter().all(|name| is_row_key(name)) {
                let same = keyed.iter().filter(|(_, other, _)| other == keys);
                let same: Vec<(OwnedCell, &[OwnedCell])> =
                    same.map(|(name, _, cells)| (key_cell(name), cells.as_slice())).collect();
                return self.by_numbers(keys, &same).map(Some);
            }
        }
        let mut columns = std::mem::take(&mut self.columns);
        // Columns as objects of a name and a list: their names are those.
        let lists: Vec<usize> = (0..columns.len())
            .filter(|at| columns[*at].0.last().is_some_and(|last| ["values", "data"].contains(&&**last)))
            .collect();
        if lists.len() == self.described.len() {
            for (at, name) in lists.into_iter().zip(&self.described) {
                columns[at].0.push(name.clone());
            }
        }
        let place = self.one_table(&mut columns)?;
        let is_price = |path: &[String]| path.last().is_some_and(|last| ["open", "o"].contains(&plain(last).as_str()));
        let Some(length) = columns.iter().find(|(path, _)| is_price(path)).map(|(_, list)| list.len()) else {
            return Ok(None);
        };
        let lists: Vec<&(Vec<String>, ScalarList)> = columns.iter().filter(|(_, list)| list.len() == length).collect();
        let names: Vec<String> = lists.iter().filter_map(|(path, _)| path.last().cloned()).collect();
        if !are_names(&names) || length == 0 {
            return Ok(None);
        }
        let head = TableHead {
            container: Container::JsonColumns,
            names: Some(names),
            symbol: self.symbol(&place),
            interval: self.interval(&place).or_else(|| length_of(&place)),
            ..TableHead::default()
        };
        let mut intake = Intake::new(head, self.names, self.options);
        intake.expected = length;
        for row in 0..length {
            let cells: Vec<OwnedCell> = lists.iter().map(|(_, list)| list.cell(row)).collect();
            intake.row(row as u64 + 1, cells.as_slice())?;
        }
        intake.finish().map(Some)
    }

    /// Keeps the columns of one table where there are several, each in an object of its own, and tells where it stands.
    fn one_table(&self, columns: &mut Vec<(Vec<String>, ScalarList)>) -> Result<Vec<String>, Refusal> {
        let mut tables: Vec<Vec<String>> = Vec::new();
        for (path, _) in columns.iter() {
            let Some((_, place)) = path.split_last() else { continue };
            let beside =
                columns.iter().filter(|(other, _)| other.split_last().is_some_and(|(_, other)| other == place));
            let names: Vec<&String> = beside.filter_map(|(path, _)| path.last()).collect();
            if are_names(&names) && !tables.iter().any(|known| known == place) {
                tables.push(place.to_vec());
            }
        }
        if tables.len() < 2 {
            return Ok(tables.pop().unwrap_or_default());
        }
        let shown: Vec<String> = tables.iter().take(5).map(|path| escape(&path.join("."))).collect();
        if let Some(only) = self.options.only_symbol.as_deref() {
            tables.retain(|path| path.iter().any(|name| is_same_asset(name, only)));
        }
        if let Some(wanted) = self.options.interval.filter(|_| tables.len() > 1) {
            tables.retain(|path| length_of(path) == Some(wanted));
        }
        let [place] = &tables[..] else {
            let what = format!("holds several tables of columns: {}", shown.join(", "));
            let remedy = "Pass --only-symbol with the name of one, or --interval with its length";
            return Err(ContentError::file(what, remedy).into());
        };
        columns.retain(|(path, _)| path.starts_with(place));
        Ok(place.clone())
    }

    /// A table of objects whose columns are numbered, as pandas writes one without names: by rows, or by columns.
    fn by_numbers(
        &self,
        inner: &[OwnedCell],
        outer: &[(OwnedCell, &[OwnedCell])],
    ) -> Result<(TableHead, TypedRows), Refusal> {
        const WIDEST: usize = 64;
        let head = || TableHead { container: Container::JsonRows, ..TableHead::default() };
        // Where the rows are named by times, these are a column.
        let is_time = |cell: Option<&OwnedCell>| !matches!(cell, Some(OwnedCell::Int(..1_000_000)));
        let read = |is_by_row: bool| {
            let mut intake = Intake::new(head(), self.names, self.options);
            let rows = if is_by_row { outer.len() } else { inner.len() };
            let first = if is_by_row { outer.first().map(|(name, _)| name) } else { inner.first() };
            let has_times = is_time(first);
            for row in 0..rows {
                let name = if is_by_row { &outer[row].0 } else { &inner[row] };
                let name = has_times.then(|| name.clone());
                let cells: Vec<OwnedCell> = if is_by_row {
                    name.into_iter().chain(outer[row].1.iter().cloned()).collect()
                } else {
                    name.into_iter().chain(outer.iter().map(|(_, cells)| cells[row].clone())).collect()
                };
                intake.row(row as u64 + 1, cells.as_slice())?;
            }
            intake.finish()
        };
        let is_narrow = |names: &mut dyn Iterator<Item = &OwnedCell>, count: usize| {
            count < WIDEST && names.zip(0..).all(|(name, at)| *name == OwnedCell::Int(at))
        };
        let by_column = is_narrow(&mut outer.iter().map(|(name, _)| name), outer.len()).then(|| read(false));
        let by_row = || is_narrow(&mut inner.iter(), inner.len()).then(|| read(true));
        match by_column {
            Some(Ok(table)) => Ok(table),
            Some(Err(refusal)) => match by_row() {
                Some(Ok(table)) => Ok(table),
                Some(Err(other)) if outer.len() > inner.len() => Err(other),
                _ => Err(refusal),
            },
            None => by_row().unwrap_or_else(|| Err(Refusal::foreign(self.without_bars()))),
        }
    }

    fn symbol(&self, path: &[String]) -> Option<String> {
        if let Some(channel) = self.fact(&["ch"]) {
            // market.btcusdt.kline.1day
            return channel.split('.').nth(1).map(str::to_owned);
        }
        let names = [
            "symbol",
            "pair",
            "product_id",
            "instId",
            "ticker",
            "instrument_name",
            "currency_pair",
            "s",
            "market",
            "coin",
            "instrument",
        ];
        let stated = self.nearest(&names, path).filter(|text| text.len() <= 40 && !text.contains(' '));
        let only = self.options.only_symbol.as_deref();
        let chosen = || only.and_then(|only| path.iter().find(|name| is_same_asset(name, only)).cloned());
        let by_path = || match path {
            // Kraken names its list after the pair.
            [before, .., last] if before == "result" && !is_number(last) && !last.contains(char::is_lowercase) => {
                Some(last.clone())
            }
            // Alpaca: a list for each asset.
            [before, last] if before == "bars" => Some(last.clone()),
            [only]
                if path.len() == 1
                    && only.len() >= 5
                    && name::symbol(&[format!("{only}.json")]).is_some_and(|(_, is_guess)| !is_guess) =>
            {
                Some(only.clone())
            }
            // A collection by asset and length: {"BTCUSDT": {"1h": [..]}}.
            [_, _, ..] => path.iter().rev().find(|name| name::is_pair_of_word(name)).cloned(),
            _ => None,
        };
        // The status of a reply is no asset.
        let is_status = |text: &String| ["ok", "no_data", "error", "success"].contains(&text.to_lowercase().as_str());
        let around = || {
            names.iter().find_map(|name| {
                let mut words = self.tags.iter().filter(|(tag, _)| tag == name).map(|(_, word)| word);
                words.next().filter(|_| words.next().is_none()).cloned()
            })
        };
        stated.filter(|text| !is_status(text)).or_else(chosen).or_else(by_path).or_else(around)
    }

    fn interval(&self, path: &[String]) -> Option<Interval> {
        let names = ["interval", "granularity", "resolution", "timeframe"];
        self.nearest(&names, path).and_then(|text| interval_of(&text))
    }

    /// Why there are no bars: exchanges answer with a reason, tools with an empty list.
    fn without_bars(&self) -> ContentError {
        let is_reason = |text: &str| !text.eq_ignore_ascii_case("ok") && !text.eq_ignore_ascii_case("success");
        let said = [
            "retMsg",
            "msg",
            "message",
            "error",
            "errors",
            "Error Message",
            "Note",
            "Information",
            "errmsg",
            "err-msg",
        ]
        .into_iter()
        .find_map(|name| self.fact(&[name]).filter(|text| is_reason(text)));
        let listed = self.columns.iter().find_map(|(path, list)| {
            let is_error = path.last().is_some_and(|last| ["error", "errors"].contains(&&**last));
            let is_reply = path.is_empty();
            let ScalarList::Cells(cells) = list else { return None };
            let texts: Vec<&str> = cells
                .iter()
                .filter_map(|cell| if let OwnedCell::Text(text) = cell { Some(&**text) } else { None })
                .collect();
            match texts[..] {
                ["error", .., last] if is_reply => Some(last.to_owned()),
                [_, ..] if is_error => Some(texts.join(", ")),
                _ => None,
            }
        });
        match said.or(listed) {
            Some(said) => ContentError::file(
                format!("is a reply without candles: {}", quote(&said)),
                "Ask the exchange again as it wants to be asked",
            ),
            None if self.has_list => ContentError::file("holds an empty list: there are no bars", "Leave it out"),
            None => {
                ContentError::file("is JSON in which there is no list of bars", "Import the files of candles instead")
            }
        }
    }
}

/// The length of bars that a list is named for, as `1h` is, or `60` below an asset.
fn length_of(path: &[String]) -> Option<Interval> {
    const MINUTES: [&str; 10] = ["1", "3", "5", "15", "30", "60", "120", "240", "720", "1440"];
    let is_length = |name: &&String| {
        name.starts_with(|c: char| c.is_ascii_digit()) && name.ends_with(|c: char| c.is_ascii_alphabetic())
            // Cryptowatch counts seconds.
            || path.len() > 1 && path[0] != "result" && MINUTES.contains(&name.as_str())
    };
    path.iter().rev().filter(is_length).find_map(|name| interval_of(name))
}

/// Whether a member is called so, as `symbol` and Alpha Vantage's `2. Symbol` are.
fn is_called(member: &str, name: &str) -> bool {
    let word = member.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ' ');
    member == name || name.len() > 1 && word.eq_ignore_ascii_case(name)
}

/// A word or a whole number.
fn word_of(cell: &OwnedCell) -> Option<String> {
    match cell {
        OwnedCell::Text(text) if !text.is_empty() => Some(text.to_string()),
        OwnedCell::Int(value) => Some(value.to_string()),
        _ => None,
    }
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit())
}

fn moment(cell: &OwnedCell) -> Option<i64> {
    let raw = raw_time(cell.cell());
    if matches!(raw, RawTime::Bad | RawTime::Null) {
        return None;
    }
    resolve(vec![raw], &TimeRules::default(), |_| 0).ok()?.time.first().copied()
}

/// The rows of a list that is being read.
#[derive(Default)]
pub(super) struct RowList<'o> {
    pub started: bool,
    intake: Option<Intake<'o>>,
    /// Objects whose names are not yet those of columns.
    objects: Vec<(u64, Vec<(String, OwnedCell)>)>,
    /// Names of columns, and the place of each.
    names: Vec<String>,
    /// `index` of pandas stands beside the rows.
    has_index: bool,
    /// Why the rows are none of bars.
    refusal: Option<Refusal>,
    count: usize,
    /// Lists in the same place that were joined to the first.
    pages: usize,
    /// Names of assets and lengths of bars beside lists of rows, each once.
    tags: Vec<(String, String)>,
    /// Values of `name` of objects, which may describe columns.
    described: Vec<String>,
}

impl<'o> RowList<'o> {
    /// Takes a row.
    pub(super) fn take(&mut self, node: JsonNode, line: u64, document: &mut JsonDocument<'o>) -> Result<(), Refusal> {
        let done = match node {
            JsonNode::List(list) => self.list(line, list, document),
            JsonNode::Object(members) if !members.is_empty() => self.object(line, members, document),
            // pandas numbers columns without names.
            JsonNode::Keyed(keys, cells) if keys.iter().zip(0..).all(|(key, at)| *key == OwnedCell::Int(at)) => {
                self.list(line, ScalarList::Cells(cells), document)
            }
            JsonNode::Scalar(_) | JsonNode::Object(_) | JsonNode::Keyed(..) | JsonNode::Taken => return Ok(()),
        };
        match done {
            Ok(()) => Ok(()),
            // What is no table of bars may stand beside one that is.
            Err(refusal) if refusal.is_foreign => {
                self.refusal = Some(refusal);
                self.intake = None;
                self.objects = Vec::new();
                Ok(())
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn list(&mut self, line: u64, list: ScalarList, document: &mut JsonDocument<'o>) -> Result<(), Refusal> {
        self.started = true;
        self.count += 1;
        if self.refusal.is_some() {
            return Ok(());
        }
        if self.intake.is_none() {
            let mut names = document.names_of(list.len());
            self.has_index = names.is_some() && document.index().is_some_and(|index| index.len() > 0);
            if self.has_index
                && let Some(names) = &mut names
            {
                names.insert(0, "index".to_owned());
            }
            let head = TableHead { container: Container::JsonRows, names, ..TableHead::default() };
            self.intake = Some(Intake::new(head, document.names, document.options));
        }
        let mut cells = list.into_cells();
        if self.has_index {
            let row = self.count - 1;
            let index =
                document.index().filter(|index| row < index.len()).map_or(OwnedCell::Null, |index| index.cell(row));
            cells.insert(0, index);
        }
        match &mut self.intake {
            Some(intake) => intake.row(line, cells.as_slice()),
            None => Ok(()),
        }
    }

    fn object(
        &mut self,
        line: u64,
        members: Vec<(String, OwnedCell)>,
        document: &mut JsonDocument<'o>,
    ) -> Result<(), Refusal> {
        self.started = true;
        self.count += 1;
        if !document.lists.is_empty() || self.count == 1 && !document.columns.is_empty() {
            self.tag(&members);
        }
        if self.refusal.is_some() {
            return Ok(());
        }
        if let Some((_, OwnedCell::Text(name))) = members.iter().find(|(name, _)| name == "name")
            && self.described.len() < MAX_LISTS
        {
            self.described.push(name.to_string());
        }
        if self.intake.is_some() {
            return self.object_row(line, members);
        }
        self.objects.push((line, members));
        if self.objects.len() >= FIRST_OBJECTS { self.start_objects(document) } else { Ok(()) }
    }

    /// Keeps what says whose the lists within an object are.
    fn tag(&mut self, members: &[(String, OwnedCell)]) {
        const MOST: usize = 64;
        for (name, cell) in members {
            let name = name.rsplit(NEST).next().unwrap_or_default();
            let word = match cell {
                OwnedCell::Text(text) => text.to_string(),
                OwnedCell::Int(number) => number.to_string(),
                _ => continue,
            };
            let tag = (name.to_owned(), word);
            if self.tags.len() < MOST && names_series(name) && !self.tags.contains(&tag) {
                self.tags.push(tag);
            }
        }
    }

    /// The columns are all names that the first objects have.
    fn start_objects(&mut self, document: &mut JsonDocument<'o>) -> Result<(), Refusal> {
        for (_, members) in &self.objects {
            for (name, _) in members {
                if !self.names.contains(name) {
                    self.names.push(name.clone());
                }
            }
        }
        // pandas numbers columns without names, and writes the numbers of the rows beside them.
        let numbers: Vec<&String> = self.names.iter().filter(|name| *name != "index").collect();
        if numbers.len() >= 5 && numbers.iter().zip(0..).all(|(name, at)| **name == at.to_string()) {
            let is_count =
                |(name, cell): &(String, OwnedCell)| name == "index" && matches!(cell, OwnedCell::Int(..1_000_000));
            if self.objects.iter().any(|(_, members)| members.iter().any(is_count)) {
                self.names.retain(|name| name != "index");
            }
            return self.begin(TableHead { container: Container::JsonRows, ..TableHead::default() }, document);
        }
        // The last part of a name within objects, where that is enough to tell them apart.
        let last = |name: &String| name.rsplit(NEST).next().unwrap_or_default().to_owned();
        let short: Vec<String> = self.names.iter().map(last).collect();
        let is_told = |at: usize| short.iter().filter(|other| **other == short[at]).count() == 1;
        let columns = (0..short.len())
            .map(|at| if is_told(at) { short[at].clone() } else { self.names[at].replace(NEST, ".") })
            .collect();
        let head = TableHead { container: Container::JsonObjects, names: Some(columns), ..TableHead::default() };
        self.begin(head, document)
    }

    /// Takes the first objects.
    fn begin(&mut self, head: TableHead, document: &JsonDocument<'o>) -> Result<(), Refusal> {
        self.intake = Some(Intake::new(head, document.names, document.options));
        for (line, members) in std::mem::take(&mut self.objects) {
            self.object_row(line, members)?;
        }
        Ok(())
    }

    fn object_row(&mut self, line: u64, members: Vec<(String, OwnedCell)>) -> Result<(), Refusal> {
        let mut cells = vec![OwnedCell::Null; self.names.len()];
        for (at, (name, cell)) in members.into_iter().enumerate() {
            // Nearly always in the same order.
            let place = if self.names.get(at) == Some(&name) {
                Some(at)
            } else {
                self.names.iter().position(|known| *known == name)
            };
            if let Some(place) = place {
                cells[place] = cell;
            }
        }
        match &mut self.intake {
            Some(intake) => intake.row(line, cells.as_slice()),
            None => Ok(()),
        }
    }

    fn finish(mut self, document: &mut JsonDocument<'o>) -> Result<(TableHead, TypedRows), Refusal> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        if self.intake.is_none() && !self.objects.is_empty() {
            self.start_objects(document)?;
        }
        match self.intake {
            Some(intake) => intake.finish(),
            None => Err(Refusal::foreign(no_rows(0))),
        }
    }
}

/// Whose reply it is, for people.
fn place(path: &[String], rows: &TypedRows, document: &JsonDocument) -> Option<&'static str> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let code = document.fact(&["code"]).unwrap_or_default();
    match (&path[..], rows.plan.width) {
        _ if rows.plan.has_names => None,
        (["result", "list"], 7) => Some("Bybit REST"),
        (["result", seconds], 8 | 7) if is_number(seconds) => Some("Cryptowatch REST"),
        (["result", _], 8) => Some("Kraken REST"),
        (["data"], 9) if code == "0" => Some("OKX REST"),
        (["data"], 7) if code == "200000" => Some("KuCoin REST"),
        _ => None,
    }
}
