//! What rules say of other bars, and of when a bar is: `on("1d", x)`, `of("BTC", x)`, `hour("Europe/London")`,
//! `session("13:30", "20:00")`, and columns of the candle file beside the usual ones.

use std::ops::Range;

use super::{Checker, Typed, Wanted};
use crate::interval::{CalendarPart, IanaZone, Interval, minutes_of};
use crate::rules::error::Diagnostic;
use crate::rules::expr::{Expr, Session, ValueKind};
use crate::rules::parser::{Node, Syntax};
use crate::simd::Compare;
use crate::text::quoted;

impl Checker<'_> {
    /// The typed tree of a call, if it is one of these.
    pub(super) fn other_bars(&self, node: &Node, name: &str, args: &[Node]) -> Option<Typed> {
        let part = CalendarPart::NAMED.into_iter().find(|part| part.name() == name);
        match (name, part) {
            ("on", _) => Some(self.on(node, args)),
            ("of", _) => Some(self.of(node, args)),
            ("session", _) => Some(self.session(node, args)),
            ("column", _) => Some(self.column(node, args)),
            (_, Some(part)) => Some(self.calendar(node, part, args)),
            _ => None,
        }
    }

    /// The series of this name, if it is a part of the time.
    pub(super) fn calendar_part(&self, span: &Range<usize>) -> Option<Typed> {
        let name = self.text_at(span);
        let part = CalendarPart::NAMED.into_iter().find(|part| part.name() == name)?;
        Some(self.sees_bars(span).map(|()| (Expr::Calendar(part, None), ValueKind::Series)))
    }

    fn on(&self, node: &Node, args: &[Node]) -> Typed {
        let [interval, x] = args else { return Err(wrong_call(node, "on(\"1d\", x)", args)) };
        let text = self.text_of(interval, "on", "an interval, as in `on(\"1d\", close)`")?;
        let interval: Interval = text.parse().map_err(|wrong: String| Diagnostic::new(interval.span.clone(), wrong))?;
        let (x, kind) = self.of_other_bars(node, x, "on")?;
        if contains(&x, |node| matches!(node, Expr::On(..))) {
            let diagnostic = Diagnostic::new(node.span.clone(), "`on` cannot stand in another `on`");
            return Err(diagnostic.hint("write both side by side: each is made of the bars of the run"));
        }
        if contains(&x, |node| matches!(node, Expr::Of(..))) {
            let diagnostic = Diagnostic::new(node.span.clone(), "`of` cannot stand in `on`");
            return Err(diagnostic.hint("write it the other way round: `of(\"BTC\", on(\"1d\", x))`"));
        }
        Ok((each_series(&x, &|x| Expr::On(interval, Box::new(x))), kind))
    }

    fn of(&self, node: &Node, args: &[Node]) -> Typed {
        let [name, x] = args else { return Err(wrong_call(node, "of(\"BTC\", x)", args)) };
        let text = self.text_of(name, "of", "an asset, as in `of(\"BTC\", close)`")?;
        let (x, kind) = self.of_other_bars(node, x, "of")?;
        if text.trim().is_empty() || text.contains(|c: char| c == '"' || c.is_control()) {
            return Err(Diagnostic::new(name.span.clone(), format!("{} is not the name of an asset", quoted(text))));
        }
        if contains(&x, |node| matches!(node, Expr::Of(..))) {
            return Err(Diagnostic::new(node.span.clone(), "`of` cannot stand in another `of`"));
        }
        Ok((each_series(&x, &|x| Expr::Of(text.trim().to_owned(), Box::new(x))), kind))
    }

    /// What stands in `on` or `of`: a series, or a condition of series.
    fn of_other_bars(&self, node: &Node, x: &Node, whom: &str) -> Typed {
        self.sees_bars(&node.span)?;
        let (expr, kind) = self.expr(x)?;
        if kind == ValueKind::Number {
            return self.typed(x, Wanted::Series, &quoted(whom));
        }
        Ok((expr, kind))
    }

    fn calendar(&self, node: &Node, part: CalendarPart, args: &[Node]) -> Typed {
        self.sees_bars(&node.span)?;
        let usage = format!("{}(\"America/New_York\")", part.name());
        let [zone] = args else { return Err(wrong_call(node, &usage, args)) };
        Ok((Expr::Calendar(part, Some(self.zone(zone, part.name())?)), ValueKind::Series))
    }

    fn session(&self, node: &Node, args: &[Node]) -> Typed {
        self.sees_bars(&node.span)?;
        let (from, to, zone) = match args {
            [from, to] => (from, to, None),
            [from, to, zone] => (from, to, Some(self.zone(zone, "session")?)),
            _ => return Err(wrong_call(node, "session(\"13:30\", \"20:00\")", args)),
        };
        let minute = |arg: &Node| {
            let text = self.text_of(arg, "session", "a time of day, as in `session(\"13:30\", \"20:00\")`")?;
            minutes_of(text).ok_or_else(|| {
                let message = format!("{} is not a time of day", quoted(text));
                Diagnostic::new(arg.span.clone(), message).hint("write hours and minutes, from \"00:00\" to \"24:00\"")
            })
        };
        let (from, to) = (minute(from)?, minute(to)?);
        if from == to || from == 1_440 {
            let diagnostic = Diagnostic::new(node.span.clone(), "this session never begins or never ends");
            return Err(diagnostic.hint("a whole day is \"00:00\" to \"24:00\""));
        }
        Ok((Expr::Session(Session { from, to, zone }), ValueKind::Condition))
    }

    fn column(&self, node: &Node, args: &[Node]) -> Typed {
        self.sees_bars(&node.span)?;
        let [name] = args else { return Err(wrong_call(node, "column(\"name\")", args)) };
        let text = self.text_of(name, "column", "the name of a column of the candle file")?;
        if text.trim().is_empty() || text.contains(|c: char| c == '"' || c.is_control()) {
            return Err(Diagnostic::new(name.span.clone(), format!("{} is not the name of a column", quoted(text))));
        }
        Ok((Expr::Own(text.trim().to_owned()), ValueKind::Series))
    }

    fn zone(&self, arg: &Node, whom: &str) -> Result<IanaZone, Diagnostic> {
        let text = self.text_of(arg, whom, "a time zone, as in \"America/New_York\"")?;
        IanaZone::named(text).ok_or_else(|| {
            let diagnostic = Diagnostic::new(arg.span.clone(), format!("there is no time zone {}", quoted(text)));
            diagnostic.hint("zones are named by a continent and a city, as in \"America/New_York\", or \"UTC\"")
        })
    }

    /// What is written between the quotes of an argument.
    fn text_of(&self, arg: &Node, whom: &str, wanted: &str) -> Result<&str, Diagnostic> {
        if let Syntax::Text(at) = &arg.syntax {
            return Ok(self.text_at(at));
        }
        let text = self.text_at(&arg.span);
        let diagnostic = Diagnostic::new(arg.span.clone(), format!("`{whom}` needs {wanted}, not {}", quoted(text)));
        let is_name = matches!(arg.syntax, Syntax::Name(_));
        Err(if is_name { diagnostic.hint(format!("write it in quotes: \"{text}\"")) } else { diagnostic })
    }
}

fn wrong_call(node: &Node, usage: &str, args: &[Node]) -> Diagnostic {
    let count = args.len();
    let message = format!("wrong number of arguments: {count}");
    Diagnostic::new(node.span.clone(), message).hint(format!("write `{usage}`"))
}

fn contains(expr: &Expr, is_wanted: impl Fn(&Expr) -> bool) -> bool {
    let mut found = false;
    expr.visit(&mut |node| found |= is_wanted(node));
    found
}

/// The same with each series of it wrapped. A value of other bars holds until their next one, so a condition of such bars is
/// the condition of the values that hold; a crossing compares with the other bars' own bar before.
fn each_series(expr: &Expr, wrap: &dyn Fn(Expr) -> Expr) -> Expr {
    let inner = |x: &Expr| Box::new(each_series(x, wrap));
    let value = |x: &Expr| Box::new(if x.is_constant() { x.clone() } else { wrap(x.clone()) });
    let before = |x: &Expr| {
        if x.is_constant() { Box::new(x.clone()) } else { value(&earlier(x)) }
    };
    match expr {
        Expr::Bool(_) => expr.clone(),
        Expr::Compare(op, a, b) => Expr::Compare(*op, value(a), value(b)),
        Expr::Cross(crossing, a, b) => {
            let (now, was) = crossing.compares();
            Expr::And(
                Box::new(Expr::Compare(now, value(a), value(b))),
                Box::new(Expr::Compare(was, before(a), before(b))),
            )
        }
        Expr::And(a, b) => Expr::And(inner(a), inner(b)),
        Expr::Or(a, b) => Expr::Or(inner(a), inner(b)),
        Expr::Not(x) => Expr::Not(inner(x)),
        Expr::Holds(x) => Expr::Holds(value(x)),
        Expr::Named { expr: x, .. } if x.kind() == ValueKind::Condition => *inner(x),
        Expr::Session(session) => {
            let minute = value(&Expr::Calendar(CalendarPart::MinuteOfDay, session.zone));
            let at = |minute: u16| Box::new(Expr::Number(f64::from(minute)));
            let begun = Box::new(Expr::Compare(Compare::GreaterEqual, minute.clone(), at(session.from)));
            let open = Box::new(Expr::Compare(Compare::Less, minute, at(session.to)));
            if session.is_within_a_day() { Expr::And(begun, open) } else { Expr::Or(begun, open) }
        }
        series => *value(series),
    }
}

/// The bar before.
fn earlier(x: &Expr) -> Expr {
    Expr::Prev(Box::new(x.clone()), Box::new(Expr::Number(1.0)))
}
