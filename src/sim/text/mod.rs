//! Text for people: safe for any terminal, names quoted, numbers as people write them, and "did you mean".

pub mod glob;

use strsim::damerau_levenshtein;

/// Longest name repeated within a message.
const NAME: usize = 60;

/// Longer names are no typos, and the distance takes quadratic time.
const LONGEST: usize = 64;

/// Whether a terminal would act on this character, or a reader could not see it.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` with control, bidirectional and invisible characters written as `\u{..}`, so that it can be shown
/// in a terminal.
#[must_use]
pub fn escape(text: &str) -> String {
    // Nearly every text, and a table has thousands of them.
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unprintable(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The text in backticks, cut when it is long.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = shown.char_indices().nth(NAME) {
        shown.truncate(end);
        shown.push('…');
    }
    format!("`{shown}`")
}

/// A number as people write it, for messages.
pub(crate) fn plain(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-9..1e16).contains(&size) || !value.is_finite() {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// The candidate nearest to `name` by Damerau-Levenshtein distance, letter case ignored; `None` when even the
/// nearest differs in more than about a third of its letters. Of equally near ones the first.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = name.chars().count();
    if letters == 0 || letters > LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .filter_map(|candidate| {
            let longest = letters.max(candidate.chars().count());
            let distance = damerau_levenshtein(&name, &candidate.to_lowercase());
            (distance <= (longest / 3).max(1) && distance < longest).then_some((distance, candidate))
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// The hint made of it.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_finds_its_name() {
        let names = ["sma", "ema", "rsi", "highest", "period"];
        assert_eq!(nearest("rsj", names), Some("rsi"));
        assert_eq!(nearest("RSI", names), Some("rsi"));
        assert_eq!(nearest("hihgest", names), Some("highest"));
        assert_eq!(nearest("peroid", names), Some("period"));
    }

    #[test]
    fn a_name_unlike_all_others_finds_none() {
        assert_eq!(nearest("volume", ["sma", "rsi"]), None);
        assert_eq!(nearest("x", ["n", "k"]), None);
        assert_eq!(nearest("", ["n"]), None);
        assert_eq!(nearest(&"a".repeat(100_000), ["a"]), None);
    }

    #[test]
    fn of_equally_near_names_the_first_wins() {
        assert_eq!(nearest("xma", ["sma", "ema"]), Some("sma"));
    }
}
