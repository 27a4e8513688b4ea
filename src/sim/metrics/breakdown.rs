//! A result in parts: by the month, year, weekday or hour of its bars, or by what ended its trades.

use crate::account::{ExitReason, Trade};
use crate::interval::{DAY, Interval, Millis, month_of};

const HOUR: Millis = DAY / 24;
const MONTHS: [&str; 12] = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What tells the parts apart. Times are those of UTC, of the open of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakdownBy {
    /// Each month of each year.
    Month,
    /// Each year.
    Year,
    /// The days of the week, Monday first.
    Weekday,
    /// The hours of the day.
    Hour,
    /// What ended the trades.
    ExitReason,
}

/// One part.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakdownPart {
    /// `2024-01`, `2024`, `Monday`, `13`, or the name of a reason.
    pub part: String,
    /// The returns of the part's bars, compounded; of a reason, the profit of its trades as a fraction of the capital.
    pub total_return: f64,
    /// Trades closed in its bars; of the reason `open`, the trade that is still open.
    pub trades: u64,
    /// Those of them with a profit.
    pub wins: u64,
    /// Their profits less their losses, fees included, in quote currency.
    pub profit: f64,
}

/// All parts that there are, in the order of time, of the week or day, or of the table of reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Breakdown {
    /// What tells the parts apart.
    pub by: BreakdownBy,
    /// The parts.
    pub parts: Vec<BreakdownPart>,
}

impl BreakdownBy {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Month, Self::Year, Self::Weekday, Self::Hour, Self::ExitReason];

    /// As in every output, and as `--breakdown` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::ExitReason => "exit_reason",
        }
    }

    /// The one that has this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }

    /// Whether bars of this length differ in it: those of a day all open in the same hour.
    #[must_use]
    pub const fn suits(self, interval: Interval) -> bool {
        match self {
            Self::Hour => interval.millis() < DAY,
            Self::Weekday => interval.millis() < 7 * DAY,
            Self::Month | Self::Year | Self::ExitReason => true,
        }
    }

    /// Number of the part that a bar belongs to, ascending in the order of the output.
    fn place(self, open: Millis) -> i64 {
        match self {
            Self::Month => month_of(open),
            Self::Year => month_of(open).div_euclid(12),
            // 1970-01-01 was a Thursday.
            Self::Weekday => (open.div_euclid(DAY) + 3).rem_euclid(7),
            Self::Hour => open.rem_euclid(DAY) / HOUR,
            Self::ExitReason => 0,
        }
    }

    fn part(self, place: i64) -> String {
        let among = |names: &[&str], at: i64| names[usize::try_from(at).unwrap_or(0) % names.len()].to_owned();
        match self {
            Self::Month => format!("{:04}-{}", place.div_euclid(12), among(&MONTHS, place.rem_euclid(12))),
            Self::Year => format!("{place:04}"),
            Self::Weekday => among(&WEEKDAYS, place),
            Self::Hour => format!("{place:02}"),
            Self::ExitReason => String::new(),
        }
    }
}

impl Breakdown {
    /// Of an account with this capital: `equity` at the close of each bar, as many as there are opens in `time`. A trade
    /// belongs to the bar in which it was closed.
    #[must_use]
    pub fn new(by: BreakdownBy, time: &[Millis], equity: &[f64], capital: f64, trades: &[Trade]) -> Self {
        if by == BreakdownBy::ExitReason {
            return Self { by, parts: by_reason(trades, capital) };
        }
        let mut parts: Vec<(i64, BreakdownPart)> = Vec::new();
        let mut before = capital;
        for (&open, &now) in time.iter().zip(equity) {
            // An account that is ruined at exactly 0 stays there, and has no return: 0 / 0.
            let growth = if before == 0.0 { 1.0 } else { now / before };
            before = now;
            let part = part_at(&mut parts, by, by.place(open));
            part.total_return = (1.0 + part.total_return) * growth - 1.0;
        }
        for trade in trades.iter().filter(|trade| !trade.open) {
            part_at(&mut parts, by, by.place(trade.exit_time)).add(trade);
        }
        Self { by, parts: parts.into_iter().map(|(_, part)| part).collect() }
    }
}

/// The part of this number, made where it is not there yet. Bars come in order, so that it is near the end.
fn part_at(parts: &mut Vec<(i64, BreakdownPart)>, by: BreakdownBy, place: i64) -> &mut BreakdownPart {
    let at = match parts.last() {
        Some((last, _)) if *last == place => parts.len() - 1,
        _ => match parts.binary_search_by_key(&place, |(place, _)| *place) {
            Ok(at) => at,
            Err(at) => {
                parts.insert(at, (place, BreakdownPart::new(by.part(place))));
                at
            }
        },
    };
    &mut parts[at].1
}

fn by_reason(trades: &[Trade], capital: f64) -> Vec<BreakdownPart> {
    let part = |reason: ExitReason| {
        let mut part = BreakdownPart::new(reason.name().to_owned());
        trades.iter().filter(|trade| trade.exit_reason == reason).for_each(|trade| part.add(trade));
        part.total_return = part.profit / capital;
        part
    };
    ExitReason::ALL.into_iter().map(part).filter(|part| part.trades > 0).collect()
}

impl BreakdownPart {
    /// Trades with a profit / trades; none where there are none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "trades are far below 2^53")]
    pub fn win_rate(&self) -> Option<f64> {
        (self.trades > 0).then(|| self.wins as f64 / self.trades as f64)
    }

    fn new(part: String) -> Self {
        Self { part, total_return: 0.0, trades: 0, wins: 0, profit: 0.0 }
    }

    fn add(&mut self, trade: &Trade) {
        self.trades += 1;
        self.wins += u64::from(trade.pnl > 0.0);
        self.profit += trade.pnl;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Side;

    /// 2024-01-31T22:00:00Z, a Wednesday.
    const START: Millis = 1_706_738_400_000;

    fn trade(exit_time: Millis, pnl: f64, exit_reason: ExitReason) -> Trade {
        Trade {
            side: Side::Long,
            entry_time: START,
            entry_price: 1.0,
            exit_time,
            exit_price: 1.0,
            size: 1.0,
            fees: 0.0,
            pnl,
            ret: pnl,
            bars: 1,
            open: exit_reason == ExitReason::Open,
            exit_reason,
            mae: 0.0,
            mfe: 0.0,
            ambiguous: false,
        }
    }

    fn parts(by: BreakdownBy) -> Vec<(String, f64, u64, u64, f64)> {
        let time: Vec<Millis> = (0..4).map(|hour| START + hour * HOUR).collect();
        let trades = [
            trade(time[1], 50.0, ExitReason::Rule),
            trade(time[2], -25.0, ExitReason::Stop),
            trade(time[3], 5.0, ExitReason::Open),
        ];
        let breakdown = Breakdown::new(by, &time, &[100.0, 150.0, 75.0, 150.0], 100.0, &trades);
        breakdown
            .parts
            .into_iter()
            .map(|part| (part.part, part.total_return, part.trades, part.wins, part.profit))
            .collect()
    }

    #[test]
    fn returns_are_compounded_over_the_bars_of_a_part_and_trades_count_where_they_end() {
        let of = |name: &str, gain, trades, wins, profit| (name.to_owned(), gain, trades, wins, profit);
        let halves = [of("2024-01", 0.5, 1, 1, 50.0), of("2024-02", 0.0, 1, 0, -25.0)];
        assert_eq!(parts(BreakdownBy::Month), halves);
        assert_eq!(parts(BreakdownBy::Year), [of("2024", 0.5, 2, 1, 25.0)]);
        assert_eq!(parts(BreakdownBy::Weekday), [of("Wednesday", 0.5, 1, 1, 50.0), of("Thursday", 0.0, 1, 0, -25.0)]);
        assert_eq!(
            parts(BreakdownBy::Hour),
            [
                of("00", -0.5, 1, 0, -25.0),
                of("01", 1.0, 0, 0, 0.0),
                of("22", 0.0, 0, 0, 0.0),
                of("23", 0.5, 1, 1, 50.0)
            ]
        );
    }

    #[test]
    fn profits_by_reason_are_fractions_of_the_capital_the_open_trade_among_them() {
        let of = |name: &str, gain, wins, profit| (name.to_owned(), gain, 1, wins, profit);
        assert_eq!(
            parts(BreakdownBy::ExitReason),
            [of("rule", 0.5, 1, 50.0), of("stop", -0.25, 0, -25.0), of("open", 0.05, 1, 5.0)]
        );
    }

    #[test]
    fn the_calendar_is_that_of_utc_in_leap_years_and_before_1970() {
        for (time, month, weekday) in [
            (1_709_164_800_000, "2024-02", "Thursday"),
            (1_709_251_200_000, "2024-03", "Friday"),
            (-1, "1969-12", "Wednesday"),
            (0, "1970-01", "Thursday"),
        ] {
            let by = |by: BreakdownBy| by.part(by.place(time));
            assert_eq!((by(BreakdownBy::Month).as_str(), by(BreakdownBy::Weekday).as_str()), (month, weekday));
        }
        assert_eq!(BreakdownBy::Hour.part(BreakdownBy::Hour.place(-1)), "23");
    }

    #[test]
    fn bars_of_a_day_have_no_hours_and_those_of_a_week_no_weekdays() {
        let suits = |by: BreakdownBy, interval: &str| by.suits(interval.parse().unwrap());
        assert!(suits(BreakdownBy::Hour, "4h") && !suits(BreakdownBy::Hour, "1d"));
        assert!(suits(BreakdownBy::Weekday, "1d") && !suits(BreakdownBy::Weekday, "1w"));
        assert!(suits(BreakdownBy::Month, "1w"));
    }
}
