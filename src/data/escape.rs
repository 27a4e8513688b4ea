//! Makes foreign text safe to show: names and cells come from files that somebody else may have written, and a
//! terminal obeys escape sequences and bidirectional marks.

use std::path::Path;

pub use crate::sim::text::escape;
pub(super) use crate::sim::text::is_unprintable;

/// Longest text that [`quote`] shows; a cell may be megabytes long.
const SHOWN: usize = 40;

/// A path as shown in messages.
pub(super) fn shown(path: &Path) -> String {
    escape(&path.display().to_string())
}

/// [`escape`]d, shortened to 40 characters and put in single quotes.
pub(super) fn quote(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("'{}'", escape(&shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_does_not_reach_the_terminal() {
        assert_eq!(escape("\u{1b}]0;x\u{7}BTC"), r"\u{1b}]0;x\u{7}BTC");
    }

    #[test]
    fn bidirectional_marks_are_shown_as_numbers_and_letters_are_kept() {
        assert_eq!(escape("a\u{202e}b"), r"a\u{202e}b");
        assert_eq!(escape("币安人生USDT"), "币安人生USDT");
    }

    #[test]
    fn a_long_cell_is_shortened() {
        assert_eq!(quote(&"9".repeat(1000)).chars().count(), SHOWN + 3);
        assert_eq!(quote("1,5"), "'1,5'");
    }
}
