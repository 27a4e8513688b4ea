//! What can be wrong with a rule, and how the place where it is is shown: the line with carets under it.

use std::fmt::{self, Write as _};
use std::ops::Range;

use crate::text::escape;

/// Characters shown on each side of a place in a long line.
const AROUND: usize = 60;

/// Something wrong at a place of a text that the one who catches it knows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Diagnostic {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// The remedy, when one can be guessed.
    pub hint: Option<String>,
    /// Where it is instead, if the text at `span` only uses what is wrong.
    pub elsewhere: Option<Box<Elsewhere>>,
}

/// A place in another text: of a name or a function that a rule uses.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Elsewhere {
    pub rule: String,
    pub text: String,
    pub span: Range<usize>,
}

impl Diagnostic {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None, elsewhere: None }
    }

    /// As seen by a text that uses, at `span`, the one that this was found in.
    pub(crate) fn used_at(mut self, span: Range<usize>, rule: String, text: &str) -> Self {
        let here = std::mem::replace(&mut self.span, span);
        let elsewhere = || Box::new(Elsewhere { rule, text: text.to_owned(), span: here });
        self.elsewhere = Some(self.elsewhere.unwrap_or_else(elsewhere));
        self
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn maybe_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

/// A rule that cannot be understood. Displayed with the rule's text and carets under the place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct RuleError {
    /// Key of the rule in the definition, as `entry`.
    pub rule: String,
    /// The rule as written.
    pub text: String,
    /// The place: bytes of `text`.
    pub span: Range<usize>,
    /// What is wrong there.
    pub message: String,
    /// The remedy, when one can be guessed.
    pub hint: Option<String>,
    /// Which text uses the name or function that is wrong; nothing for what is wrong with a rule itself.
    pub user: Option<Box<TextUser>>,
}

/// A text that uses a name or a function whose own text is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct TextUser {
    /// Key of the rule in the definition, as `entry`.
    pub rule: String,
    /// Where in it, as in "column 5".
    pub place: String,
}

impl RuleError {
    pub(crate) fn new(rule: &str, text: &str, diagnostic: Diagnostic) -> Self {
        let Diagnostic { span, message, hint, elsewhere } = diagnostic;
        let Some(elsewhere) = elsewhere else {
            return Self { rule: rule.to_owned(), text: text.to_owned(), span, message, hint, user: None };
        };
        let user = Some(Box::new(TextUser { rule: rule.to_owned(), place: placed(text, span.start) }));
        let Elsewhere { rule, text, span } = *elsewhere;
        Self { rule, text, span, message, hint, user }
    }

    /// Line of the place within the rule, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        position(&self.text, self.span.start).0
    }

    /// Column of the place within its line, from 1, in characters.
    #[must_use]
    pub fn column(&self) -> usize {
        position(&self.text, self.span.start).1
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {}", titled(&self.rule), placed(&self.text, self.span.start), escape(&self.message))?;
        write!(f, "\n{}", snippet(&self.text, &self.span, self.hint.as_deref()))?;
        match &self.user {
            Some(user) => write!(f, "\n  | used by {}, {}", titled(&user.rule), user.place),
            None => Ok(()),
        }
    }
}

/// What a text is, as errors begin.
fn titled(rule: &str) -> String {
    // The value of an option is no rule of a strategy.
    if rule.starts_with("--") {
        return escape(rule);
    }
    match (rule.strip_prefix("let."), rule.strip_prefix("functions.")) {
        (Some(name), _) => format!("`{}` of [let]", escape(name)),
        (_, Some(name)) => format!("function `{}`", escape(name)),
        _ => format!("rule `{}`", escape(rule)),
    }
}

/// Line, where there are several, and column of a byte.
fn placed(text: &str, byte: usize) -> String {
    let (line, column) = position(text, byte);
    if text.trim_end().contains('\n') { format!("line {line}, column {column}") } else { format!("column {column}") }
}

/// Line and column of a byte of `text`, both from 1, the column in characters.
pub(crate) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
}

/// Two lines: the line of `text` in which `span` (in bytes) begins, and carets under the span with the hint.
pub(crate) fn snippet(text: &str, span: &Range<usize>, hint: Option<&str>) -> String {
    let start = if text.is_char_boundary(span.start) { span.start.min(text.len()) } else { text.len() };
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
    let end = if text.is_char_boundary(span.end) { span.end.clamp(start, line_end) } else { line_end };

    let mut source = String::from("  | ");
    let before = &text[line_start..start];
    let skipped = before.chars().count().saturating_sub(AROUND);
    if skipped > 0 {
        source.push('…');
    }
    source.extend(before.chars().skip(skipped).map(shown_char));
    let indent = source.chars().count() - 4;
    let marked: String = text[start..end].chars().take(AROUND).map(shown_char).collect();
    source.push_str(&marked);
    let rest = text[start..line_end].chars().skip(text[start..end].chars().count().min(AROUND));
    source.extend(rest.clone().take(AROUND).map(shown_char));
    if rest.count() > AROUND {
        source.push('…');
    }
    let source = source.trim_end();

    let carets = "^".repeat(marked.chars().count().max(1));
    let mut shown = format!("{source}\n  | {:indent$}{carets}", "");
    if let Some(hint) = hint {
        let _ = write!(shown, " {}", escape(hint));
    }
    shown
}

/// A tab as a space, so that carets stay below what they mean.
fn shown_char(c: char) -> String {
    if c == '\t' || c == '\r' { " ".to_owned() } else { escape(c.encode_utf8(&mut [0; 4])) }
}

#[cfg(test)]
mod tests {
    use super::{position, snippet};
    use crate::text::escape;

    #[test]
    fn carets_stand_below_the_place_and_the_hint_beside_them() {
        assert_eq!(
            snippet("a < rsj(close)", &(4..7), Some("did you mean `rsi`?")),
            "  | a < rsj(close)\n  |     ^^^ did you mean `rsi`?"
        );
    }

    #[test]
    fn only_the_line_of_the_place_is_shown() {
        assert_eq!(snippet("a\n\tbé c\nd", &(7..8), None), "  |  bé c\n  |     ^");
        assert_eq!(position("a\n\tbé c\nd", 7), (2, 5));
    }

    #[test]
    fn control_and_bidi_characters_never_reach_the_terminal() {
        assert_eq!(escape("a\u{1b}[31m\u{202e}b"), "a\\u{1b}[31m\\u{202e}b");
        assert_eq!(
            snippet("\u{202e}x\u{1b}", &(4..5), Some("\u{7}")),
            "  | \\u{202e}x\\u{1b}\n  |          ^^^^^^ \\u{7}"
        );
    }

    #[test]
    fn a_place_at_or_past_the_end_is_shown_after_the_text() {
        assert_eq!(snippet("a +", &(3..3), None), "  | a +\n  |    ^");
        assert_eq!(snippet("a", &(99..100), None), "  | a\n  |  ^");
        assert_eq!(snippet("", &(0..0), None), "  |\n  | ^");
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let text = format!("{}bad{}", "x".repeat(5_000), "y".repeat(5_000));
        let shown = snippet(&text, &(5_000..5_003), None);
        assert!(shown.chars().count() < 300, "{shown}");
        let (source, carets) = shown.split_once('\n').unwrap();
        let column = carets.chars().position(|c| c == '^').unwrap();
        assert_eq!(source.chars().skip(column).take(3).collect::<String>(), "bad");
    }
}
