//! Patterns over names, as Redis has them: `*`, `?`, `[abc]`, `[a-z]`, `[^a]`, and `\` before a character that is meant itself.

/// Whether the whole text matches.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read) = (0, 0);
    // Where to go on when what follows the last star does not match: one character more is the star's.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, read));
                at += 1;
                continue;
            }
            Some(_) => text.get(read).and_then(|&c| one(&pattern[at..], c)),
            None if read == text.len() => return true,
            None => None,
        };
        match (step, star) {
            (Some(taken), _) => (at, read) = (at + taken, read + 1),
            (None, Some((after, from))) if from < text.len() => {
                star = Some((after, from + 1));
                (at, read) = (after, from + 1);
            }
            (None, _) => return false,
        }
    }
}

/// How much of the pattern this one character uses up; `None` where it does not match.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['[', ..] => {
            let (found, length) = class(pattern, c);
            found.then_some(length)
        }
        ['\\', meant, ..] => (*meant == c).then_some(2),
        [other, ..] => (*other == c).then_some(1),
        [] => None,
    }
}

/// Whether a class such as `[^a-z]` holds a character, and its length; one without an end reaches to the pattern's.
fn class(pattern: &[char], c: char) -> (bool, usize) {
    let negated = pattern.get(1) == Some(&'^');
    let mut at = if negated { 2 } else { 1 };
    let mut found = false;
    while at < pattern.len() && pattern[at] != ']' {
        match pattern[at..] {
            ['\\', meant, ..] => {
                found |= meant == c;
                at += 2;
            }
            [from, '-', to, ..] if to != ']' => {
                found |= (from.min(to)..=from.max(to)).contains(&c);
                at += 3;
            }
            [other, ..] => {
                found |= other == c;
                at += 1;
            }
            [] => {}
        }
    }
    (found != negated, (at + 1).min(pattern.len()))
}

/// Makes a text match only itself.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '^' | '-' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// What stands before the first character with a meaning of its own.
#[must_use]
pub fn literal(pattern: &str) -> &str {
    &pattern[..pattern.find(['*', '?', '[', '\\']).unwrap_or(pattern.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_redis() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "anything:at:all", true),
            ("result:*:rsi:*", "result:BTCUSDT:rsi:5a", true),
            ("result:*:rsi:*", "result:BTCUSDT:ma:5a", false),
            ("*:BTC*:*", "result:BTCUSDT:rsi:5a", true),
            ("BTC????", "BTCUSDT", true),
            ("BTC???", "BTCUSDT", false),
            ("[BE]TC*", "ETCUSDT", true),
            ("[^BE]TC*", "ETCUSDT", false),
            ("[a-f][0-9]", "c7", true),
            ("[f-a]", "c", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("*a*b*c", "xxaxxbxxbc", true),
            ("*a*b*c", "xxaxxbxxb", false),
            ("abc", "abcd", false),
            ("abcd", "abc", false),
            ("[abc", "c", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_escaped_text_matches_itself_alone() {
        let text = "a*[b]?\\^-z";
        assert!(matches(&escape(text), text) && !matches(&escape(text), "a*[b]x\\^-z"));
        assert_eq!(escape("a*[b]?\\"), r"a\*\[b\]\?\\");
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(30) + "b";
        assert!(!matches(&pattern, &"a".repeat(5_000)));
    }

    #[test]
    fn the_literal_part_ends_before_the_first_special_character() {
        assert_eq!((literal("result:BTC*"), literal("*"), literal("plain")), ("result:BTC", "", "plain"));
    }
}
