//! What columns mean where nothing names them: the bars themselves have to tell. In the right order, and (but for bars
//! that are the same in both) in no other, the low is the lowest and the high the highest; and a bar opens where the one
//! before it closed.

use crate::error::ContentError;
use crate::import::cells::{OwnedCell, SampleRow};
use crate::import::number::number;
use crate::import::times::{ClockDigits, RawTime, TimeRules, clock, raw_time, resolve};
use crate::read::time::EpochUnit;
use crate::sim::DAY;
use crate::sim::Millis;

use super::names::VolumeKind;

/// Where the parts of a bar stand.
#[derive(Debug)]
pub(super) struct ShapeFound {
    pub time: usize,
    /// The time of the day in a column of its own, and what its digits are.
    pub clock: Option<(usize, ClockDigits)>,
    pub end: Option<usize>,
    /// Open, high, low, close.
    pub prices: [usize; 4],
    pub volumes: Vec<(usize, VolumeKind)>,
    pub confirm: Option<usize>,
    /// The order in which the prices stand, where it is not the usual one.
    pub note: Option<String>,
    /// Whether the bars prove which price is the open and which the close.
    pub is_proven: bool,
}

/// Places of high and low within four columns, the most usual first: OHLC, OCHL, LHOC, HLOC, OLHC, and what nobody has.
const EXTREMES: [(usize, usize); 12] =
    [(1, 2), (2, 3), (1, 0), (0, 1), (2, 1), (3, 2), (3, 0), (0, 3), (0, 2), (2, 0), (1, 3), (3, 1)];
/// Those that are taken from a few rows.
const USUAL: usize = 4;
/// A bar's high is less than so many times its low, in most bars.
const WIDEST: f64 = 5.0;

/// Finds the columns of rows without names. `is_seconds` is whether Coinbase's order comes before Bitfinex's where the
/// bars tell neither.
pub(super) fn find(sample: &[SampleRow], width: usize) -> Result<ShapeFound, ContentError> {
    if width < 5 {
        return Err(ContentError::file(
            format!("has rows of {width} values: single trades or prices, not bars"),
            "Import the files of candles instead",
        ));
    }
    let rows: Vec<&[OwnedCell]> =
        sample.iter().map(|row| row.cells.as_slice()).filter(|cells| cells.len() == width).collect();
    let unknown = || {
        ContentError::file(
            format!("has rows of {width} values of which nothing tells what they are"),
            "Pass --columns with the number of each, as in --columns time=1,open=2,high=3,low=4,close=5,volume=6",
        )
    };
    let mut times: Vec<usize> = (0..width).filter(|at| is_time(&rows, *at)).collect();
    let Some(&first) = times.first() else { return Err(unknown()) };
    times.sort_by_key(|at| (mean_time(&rows, *at), *at));
    let (mut time, mut end) = (times[0], None);
    if times.len() > 1 {
        end = times.last().copied();
        // A day and the moment of its last trade are no two ends.
        if mean_time(&rows, times[0]).is_none() {
            (time, end) = (first, None);
        }
    }
    let clock = clock_column(&rows, time);
    // Binance's klines, which its documentation shows with a price that moves fiftyfold.
    if width == 12 && time == 0 && end == Some(6) {
        let volumes = vec![(5, VolumeKind::Plain), (7, VolumeKind::Quote)];
        let prices = [1, 2, 3, 4];
        return Ok(ShapeFound { time, clock: None, end, prices, volumes, confirm: None, note: None, is_proven: true });
    }
    let columns: Vec<Vec<f64>> = (0..width)
        .map(|at| {
            rows.iter()
                .map(|row| number(row[at].cell()).pointed().or_else(|| comma(&row[at])).unwrap_or(f64::NAN))
                .collect()
        })
        .collect();
    let is_free = |at: usize| !times.contains(&at) && clock.is_none_or(|(clock, _)| clock != at);
    let is_number =
        |at: usize| is_free(at) && columns[at].iter().filter(|value| !value.is_nan()).count() * 2 > rows.len();
    let order = is_descending(&rows, time);
    let mut windows: Vec<Window> = (0..width.saturating_sub(3))
        .filter(|begin| (*begin..begin + 4).all(is_number))
        .filter_map(|begin| Window::of(&columns, begin, order))
        .collect();
    let behind_time = |window: &Window| {
        let before = window.begin.checked_sub(1);
        before.is_some_and(|before| before == time || clock.is_some_and(|(clock, _)| clock == before))
    };
    windows.sort_by(|a, b| {
        let score = |window: &Window| window.chain * if behind_time(window) { 0.25 } else { 1.0 };
        a.wrong.cmp(&b.wrong).then(score(a).total_cmp(&score(b)))
    });
    let Some(best) = windows.first() else {
        // The rows contradict each other or bars: the usual order, so that the row is named.
        let begin = time + 1 + usize::from(clock.is_some());
        if rows.len() < 3 || begin + 4 > width || !(begin..begin + 4).all(is_number) || width > 12 {
            return Err(unknown());
        }
        let wrong = rows.len();
        return Err(disorder(wrong, rows.len()));
    };
    if best.wrong * 2 > rows.len() && rows.len() > 2 {
        return Err(disorder(best.wrong, rows.len()));
    }
    if is_quotes(&windows, &columns, best) {
        return Err(ContentError::file("holds quotes (bid and ask), not trades", "Import the files of trades instead"));
    }
    let (prices, is_proven) = (best.prices(), best.is_proven);
    let [low, high] = [prices[2], prices[1]].map(|at| &columns[at]);
    // An average price lies within the bar.
    let is_average = |at: usize| {
        columns[at]
            .iter()
            .zip(low.iter().zip(high))
            .all(|(value, (low, high))| value.is_nan() || (*low * 0.999..=*high * 1.001).contains(value))
    };
    let confirm = confirm_column(&rows, width);
    let is_volume = |at: &usize| is_number(*at) && !prices.contains(at) && Some(*at) != confirm && !is_average(*at);
    let behind = (best.begin + 4..width).filter(is_volume);
    let before = (0..best.begin).filter(is_volume);
    let volumes = behind.chain(before).take(4).map(|at| (at, VolumeKind::Plain)).collect();
    Ok(ShapeFound { time, clock, end, prices, volumes, confirm, note: best.note(), is_proven })
}

fn comma(cell: &OwnedCell) -> Option<f64> {
    match number(cell.cell()) {
        crate::import::number::NumberCell::Dressed { comma, .. } => comma,
        _ => None,
    }
}

fn disorder(wrong: usize, rows: usize) -> ContentError {
    ContentError::file(
        format!("has {wrong} of {rows} rows in which low, open, close and high are in no order that bars have"),
        "Check that it holds bars, and name its columns with --columns",
    )
}

/// Four columns that may be the prices.
struct Window {
    begin: usize,
    high: usize,
    low: usize,
    open: usize,
    close: usize,
    /// Rows that contradict it.
    wrong: usize,
    /// How far bars open from where those before them closed, as a part of the price.
    chain: f64,
    is_proven: bool,
}

impl Window {
    fn of(columns: &[Vec<f64>], begin: usize, is_descending: bool) -> Option<Self> {
        let four: Vec<&[f64]> = (begin..begin + 4).map(|at| columns[at].as_slice()).collect();
        let rows: Vec<[f64; 4]> = (0..four[0].len())
            .map(|row| [four[0][row], four[1][row], four[2][row], four[3][row]])
            .filter(|row| row.iter().all(|value| !value.is_nan()))
            .collect();
        let count = if rows.len() < 3 { USUAL } else { EXTREMES.len() };
        let wrong = |(high, low): (usize, usize)| {
            rows.iter().filter(|row| row.iter().any(|value| *value > row[high] || *value < row[low])).count()
        };
        let (place, wrong) = EXTREMES[..count]
            .iter()
            .enumerate()
            .map(|(at, pair)| (at, wrong(*pair)))
            .min_by_key(|(at, wrong)| (*wrong, *at))?;
        if wrong * 2 > rows.len() || rows.is_empty() {
            return None;
        }
        let (high, low) = EXTREMES[place];
        let mut ranges: Vec<f64> = rows.iter().map(|row| row[high] / row[low]).collect();
        ranges.sort_by(f64::total_cmp);
        let usual = ranges[ranges.len() / 2];
        if usual.is_nan() || usual >= WIDEST || rows.iter().filter(|row| row[low] <= 0.0).count() * 2 > rows.len() {
            return None;
        }
        let left: Vec<usize> = (0..4).filter(|at| *at != high && *at != low).collect();
        let chain = |open: usize, close: usize| -> f64 {
            let step = |pair: &[[f64; 4]]| {
                let (earlier, later) = if is_descending { (&pair[1], &pair[0]) } else { (&pair[0], &pair[1]) };
                (later[open] - earlier[close]).abs() / later[open].abs().max(f64::MIN_POSITIVE)
            };
            // Capped, so that a single wild row, as of a bar that is still open, does not outweigh all others.
            let mut steps: Vec<f64> = rows.windows(2).map(step).collect();
            steps.sort_by(f64::total_cmp);
            let most = steps.get(steps.len() * 9 / 10).map_or(0.0, |step| step * 4.0);
            steps.into_iter().map(|step| step.min(most)).sum::<f64>()
        };
        let (as_usual, turned) = (chain(left[0], left[1]), chain(left[1], left[0]));
        let is_turned = turned < as_usual * 0.7 && rows.len() > 2;
        let (open, close) = if is_turned { (left[1], left[0]) } else { (left[0], left[1]) };
        let is_proven = is_turned || as_usual < turned * 0.7;
        Some(Self { begin, high, low, open, close, wrong, chain: as_usual.min(turned), is_proven })
    }

    fn prices(&self) -> [usize; 4] {
        [self.open, self.high, self.low, self.close].map(|at| self.begin + at)
    }

    fn note(&self) -> Option<String> {
        let mut places = [(self.open, "open"), (self.high, "high"), (self.low, "low"), (self.close, "close")];
        places.sort_unstable();
        let names: Vec<&str> = places.into_iter().map(|(_, name)| name).collect();
        (names != ["open", "high", "low", "close"]).then(|| format!("columns are in the order {}", names.join(", ")))
    }
}

/// Two bars side by side, one a little above the other, are of bids and asks.
fn is_quotes(windows: &[Window], columns: &[Vec<f64>], best: &Window) -> bool {
    windows.iter().any(|other| {
        let apart = other.begin >= best.begin + 4 || best.begin >= other.begin + 4;
        let near = || {
            let (a, b) = (&columns[best.prices()[3]], &columns[other.prices()[3]]);
            a.iter().zip(b).all(|(a, b)| a.is_nan() || b.is_nan() || (a / b - 1.0).abs() < 0.02)
        };
        apart && other.wrong == 0 && near()
    })
}

/// Whether nearly all cells of a column are times, and of its rows each has its own.
fn is_time(rows: &[&[OwnedCell]], at: usize) -> bool {
    let is_time = |cell: &OwnedCell| match raw_time(cell.cell()) {
        RawTime::Number(number, _) => {
            let moment = EpochUnit::of(number).to_millis(number);
            number > 100_000_000 && (631_152_000_000..4_102_444_800_000).contains(&moment)
                || (19_700_101..21_000_101).contains(&number)
        }
        RawTime::Civil(_) | RawTime::Instant(..) | RawTime::Date(..) => true,
        RawTime::Null | RawTime::Bad => false,
    };
    let count = rows.iter().filter(|row| is_time(&row[at])).count();
    if count == 0 || count * 10 < rows.len() * 9 {
        return false;
    }
    // Volumes may be as large as seconds, and are in no order.
    let numbers: Vec<i64> = rows
        .iter()
        .filter_map(|row| if let RawTime::Number(number, _) = raw_time(row[at].cell()) { Some(number) } else { None })
        .collect();
    let up = numbers.windows(2).filter(|pair| pair[0] <= pair[1]).count();
    let down = numbers.windows(2).filter(|pair| pair[0] >= pair[1]).count();
    numbers.len() < 3 || up.max(down) * 10 >= (numbers.len() - 1) * 8
}

/// The mean of a column of times, by which the begin of bars is told from their ends.
fn mean_time(rows: &[&[OwnedCell]], at: usize) -> Option<Millis> {
    let raw: Vec<RawTime> = rows.iter().map(|row| raw_time(row[at].cell())).collect();
    let times = resolve(raw, &TimeRules::default(), |_| 0).ok()?.time;
    let count = Millis::try_from(times.len()).ok()?;
    Some(times.iter().map(|time| time / count).sum())
}

fn is_descending(rows: &[&[OwnedCell]], at: usize) -> bool {
    let raw: Vec<RawTime> = rows.iter().map(|row| raw_time(row[at].cell())).collect();
    resolve(raw, &TimeRules::default(), |_| 0).is_ok_and(|times| {
        let falling = times.time.windows(2).filter(|pair| pair[0] > pair[1]).count();
        falling * 2 > times.time.len()
    })
}

/// The column beside one of dates alone, where it holds clocks: behind it, or with few before it.
fn clock_column(rows: &[&[OwnedCell]], time: usize) -> Option<(usize, ClockDigits)> {
    let raw: Vec<RawTime> = rows.iter().map(|row| raw_time(row[time].cell())).collect();
    let is_dates = raw.iter().all(|time| match time {
        RawTime::Civil(time) => time % DAY == 0,
        RawTime::Date(_, _, clock, _) => *clock == 0,
        RawTime::Number(number, _) => (19_000_101..21_000_101).contains(number),
        _ => false,
    });
    let clock_at = |at: usize| {
        let cells: Option<Vec<OwnedCell>> = rows.iter().map(|row| row.get(at).cloned()).collect();
        clock_digits(&cells?).map(|digits| (at, digits))
    };
    if is_dates { clock_at(time + 1).or_else(|| clock_at(time.checked_sub(1)?)) } else { None }
}

/// What digits alone are in cells that are clocks; `None` where they are something else.
pub(super) fn clock_digits(cells: &[OwnedCell]) -> Option<ClockDigits> {
    let digits = |cell: &OwnedCell| match cell {
        OwnedCell::Int(number) => Some((*number, 0)),
        OwnedCell::Text(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            Some((text.parse().ok()?, text.len()))
        }
        _ => None,
    };
    let with_seconds = cells.iter().filter_map(digits).any(|(number, width)| number > 2_359 || width == 6);
    let form = if with_seconds { ClockDigits::Seconds } else { ClockDigits::Minutes };
    let is_clock = |cell: &&OwnedCell| clock(cell.cell(), form).is_some();
    // Plain small numbers may be anything.
    let is_written = cells.iter().any(|cell| match cell {
        OwnedCell::Text(text) => text.contains(':') || text.len() >= 4,
        OwnedCell::Int(number) => *number >= 100,
        _ => true,
    });
    let found = cells.iter().filter(is_clock).count();
    (is_written && found > 0 && found * 10 >= cells.len() * 9).then_some(form)
}

/// The last column, where it says whether bars are finished: in words, or as OKX does behind three volumes.
fn confirm_column(rows: &[&[OwnedCell]], width: usize) -> Option<usize> {
    let at = width - 1;
    let is = |words: &[&str]| {
        rows.iter().all(|row| match &row[at] {
            OwnedCell::Text(text) => words.contains(&text.to_ascii_lowercase().as_str()),
            OwnedCell::Int(number) => words.contains(&number.to_string().as_str()),
            _ => false,
        })
    };
    (is(&["true", "false"]) || width == 9 && is(&["0", "1"])).then_some(at)
}
