//! In which order day, month and year stand in a file's dates: decided by all of its rows, or by nobody but the user.

use crate::import::options::DateOrder;
use crate::read::time::days;

use super::text::century;

/// Three numbers as they stand, and whether the last is a year of four digits.
pub(super) type DateParts = ([u16; 3], bool);

const ORDERS: [DateOrder; 3] = [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd];

/// Days since 1970 of a date in this order; `None` where there is no such day.
pub(super) fn day_of(([a, b, c], is_wide): DateParts, order: DateOrder) -> Option<i64> {
    let year = |year: u16, is_wide: bool| {
        if is_wide || year > 99 { i64::from(year) } else { century(year) }
    };
    match order {
        DateOrder::Dmy => days(year(c, is_wide), b.into(), a.into()),
        DateOrder::Mdy => days(year(c, is_wide), a.into(), b.into()),
        DateOrder::Ymd if is_wide => None,
        DateOrder::Ymd => days(year(a, false), b.into(), c.into()),
    }
}

/// What the dates of a file tell of their order.
#[derive(Debug, PartialEq)]
pub(super) enum OrderFound {
    /// Only this one fits, and why.
    Only(DateOrder, String),
    /// These fit as well as each other.
    Several(Vec<DateOrder>),
    /// No order makes a day of all of them; the first row that none can read, or the one that contradicts the others.
    Neither(usize),
}

/// Decides for all dates, in the order of the rows. `has_clocks` says whether the rows of one day have several times.
pub(super) fn order_of(dates: &[(usize, DateParts)], has_clocks: bool) -> OrderFound {
    let fits = |order: DateOrder| dates.iter().all(|(_, date)| day_of(*date, order).is_some());
    let fitting: Vec<DateOrder> = ORDERS.into_iter().filter(|order| fits(*order)).collect();
    match fitting[..] {
        [] => OrderFound::Neither(contradiction(dates)),
        [order] => {
            let mut others = ORDERS.into_iter().filter(|other| *other != order);
            let proof = others.find_map(|other| dates.iter().find(|(_, date)| day_of(*date, other).is_none()));
            let why = proof.map_or_else(String::new, |(_, ([a, b, c], _))| {
                format!("{a:02}/{b:02}/{c:02} is no date in another order")
            });
            OrderFound::Only(order, why)
        }
        _ => by_sequence(dates, has_clocks, fitting),
    }
}

/// Of orders that all fit, the one in which alone the rows stand in the order of time, or in which alone the bars of a
/// day are followed by those of the next.
fn by_sequence(dates: &[(usize, DateParts)], has_clocks: bool, fitting: Vec<DateOrder>) -> OrderFound {
    let days_in = |order: DateOrder| -> Vec<i64> {
        let mut days: Vec<i64> = dates.iter().filter_map(|(_, date)| day_of(*date, order)).collect();
        days.dedup();
        days
    };
    let is_monotone =
        |days: &[i64]| days.windows(2).all(|pair| pair[0] < pair[1]) || days.windows(2).all(|pair| pair[0] > pair[1]);
    let ordered: Vec<DateOrder> = fitting.iter().copied().filter(|order| is_monotone(&days_in(*order))).collect();
    if let [order] = ordered[..]
        && days_in(order).len() >= 3
    {
        return OrderFound::Only(order, "in no other order do the rows follow each other in time".to_owned());
    }
    // Firsts of months one after another, over a year and more: in another order twelve days and then a year of none.
    let is_monthly = |order: &DateOrder| {
        let days = days_in(*order);
        let months: Option<Vec<i64>> = days.iter().map(|day| first_of_month(*day)).collect();
        months.is_some_and(|months| months.len() > 13 && months.windows(2).all(|pair| (pair[0] - pair[1]).abs() == 1))
    };
    let monthly: Vec<DateOrder> = fitting.iter().copied().filter(is_monthly).collect();
    if let [order] = monthly[..] {
        return OrderFound::Only(order, "in another order each year has twelve days".to_owned());
    }
    let mut left = if ordered.is_empty() { fitting } else { ordered };
    // No bar is as long as a year.
    let is_near = |order: &DateOrder| {
        let days = days_in(*order);
        days.len() < 3 || days.windows(2).any(|pair| (pair[0] - pair[1]).abs() <= 92)
    };
    left.retain(is_near);
    if let [order] = left[..] {
        return OrderFound::Only(order, "in another order the rows are years apart".to_owned());
    }
    if has_clocks {
        // Bars within days: the next day follows the day, but for weekends, and never a month later.
        let is_daily = |order: &DateOrder| {
            let days = days_in(*order);
            days.len() >= 2 && days.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 5)
        };
        let daily: Vec<DateOrder> = left.iter().copied().filter(is_daily).collect();
        if let [order] = daily[..] {
            return OrderFound::Only(order, "in no other order do the days follow each other".to_owned());
        }
    }
    OrderFound::Several(left)
}

/// The month that begins on this day, counted from 1970.
fn first_of_month(day: i64) -> Option<i64> {
    let month = |day: i64| crate::date::month(day * crate::sim::DAY);
    (month(day) != month(day - 1)).then(|| month(day))
}

/// The first row that contradicts those before it.
fn contradiction(dates: &[(usize, DateParts)]) -> usize {
    let mut left: Vec<DateOrder> = ORDERS.to_vec();
    for (row, date) in dates {
        left.retain(|order| day_of(*date, *order).is_some());
        if left.is_empty() {
            return *row;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(dates: &[[u16; 3]], is_wide: bool, has_clocks: bool) -> OrderFound {
        let dates: Vec<(usize, DateParts)> =
            dates.iter().enumerate().map(|(at, date)| (at, (*date, is_wide))).collect();
        order_of(&dates, has_clocks)
    }

    fn is_only(found: &OrderFound, order: DateOrder) -> bool {
        matches!(found, OrderFound::Only(only, _) if *only == order)
    }

    #[test]
    fn one_day_above_twelve_decides_for_the_whole_file() {
        assert!(is_only(&found(&[[2, 1, 2015], [5, 1, 2015], [15, 1, 2015]], true, false), DateOrder::Dmy));
        assert!(is_only(&found(&[[1, 2, 2015], [1, 5, 2015], [1, 15, 2015]], true, false), DateOrder::Mdy));
        assert_eq!(found(&[[1, 2, 2015], [1, 15, 2015], [15, 1, 2015]], true, false), OrderFound::Neither(2));
    }

    #[test]
    fn what_nothing_decides_is_not_decided() {
        assert!(matches!(found(&[[1, 2, 2024], [2, 2, 2024]], true, false), OrderFound::Several(_)));
        assert!(matches!(found(&[[1, 2, 2024], [1, 3, 2024], [1, 4, 2024]], true, false), OrderFound::Several(_)));
    }

    #[test]
    fn firsts_of_months_over_more_than_a_year_are_months() {
        let months = |swap: bool| -> Vec<[u16; 3]> {
            let date = |at: u16| if swap { [at % 12 + 1, 1, 2020 + at / 12] } else { [1, at % 12 + 1, 2020 + at / 12] };
            (0..30).map(date).collect()
        };
        assert!(is_only(&found(&months(false), true, false), DateOrder::Dmy));
        assert!(is_only(&found(&months(true), true, false), DateOrder::Mdy));
        assert!(matches!(found(&months(false)[..12], true, false), OrderFound::Several(_)));
    }

    #[test]
    fn the_order_of_the_rows_decides_where_only_one_reading_follows_time() {
        let days: Vec<[u16; 3]> = (19..=30).map(|day| [24, 9, day]).chain([[24, 10, 1]]).collect();
        assert!(is_only(&found(&days, false, false), DateOrder::Ymd));
        assert!(is_only(&found(&[[4, 3, 2024], [5, 3, 2024], [6, 3, 2024]], true, true), DateOrder::Dmy));
    }
}
