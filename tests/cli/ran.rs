//! What a call of the program left behind, and the promises that can be checked on all of it.

use std::process::Output;

use serde_json::Value;

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// None when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// It went well.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// It went well and had nothing to remark.
    #[track_caller]
    pub(crate) fn done_quietly(self) -> Self {
        assert_eq!(self.stderr, "");
        self.done()
    }

    /// The request was wrong: exit code 2, nothing on stdout, one error that says all these words.
    #[track_caller]
    pub(crate) fn refused(self, words: &[&str]) -> Self {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:#?}");
        assert_eq!(self.lines_with("error: "), 1, "{self:#?}");
        assert_eq!(self.lines_with("panicked"), 0, "{self:#?}");
        self.says(words)
    }

    /// Something failed at run time: exit code 1, and stderr says all these words.
    #[track_caller]
    pub(crate) fn failed(self, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(1), "{self:#?}");
        assert!(self.lines_with("error: ") >= 1, "{self:#?}");
        assert_eq!(self.lines_with("panicked"), 0, "{self:#?}");
        self.says(words)
    }

    /// Stderr says all these words.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "stderr does not say '{word}': {self:#?}");
        }
        self
    }

    /// Stderr has just one warning, and it says all these words.
    #[track_caller]
    pub(crate) fn warned_once(self, words: &[&str]) -> Self {
        assert_eq!(self.lines_with("warning: "), 1, "{self:#?}");
        self.says(words)
    }

    /// How many lines of stderr hold this text.
    pub(crate) fn lines_with(&self, text: &str) -> usize {
        self.stderr.lines().filter(|line| line.contains(text)).count()
    }

    /// Stdout as the one JSON document that it must be.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON document: {error}: {self:#?}"))
    }

    /// Stdout without what may differ from call to call: where results came from, and times. Nothing else is lost,
    /// not even the last digit of a number.
    pub(crate) fn data(&self) -> String {
        if self.stdout.starts_with(['{', '[']) {
            return without_chance(&self.stdout);
        }
        self.stdout.lines().map(|line| plain(line) + "\n").collect()
    }
}

/// Blanks the members of a JSON document that tell of this call and not of the result.
fn without_chance(document: &str) -> String {
    let mut text = document.to_owned();
    for name in ["cache", "elapsed_ms", "load_ms", "compute_ms", "hits", "misses", "trials_team"] {
        let member = format!("\"{name}\":");
        let mut parts = text.split(&member);
        let mut blanked = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find([',', '}', '\n']).unwrap_or(part.len());
            blanked += &member;
            blanked += &part[end..];
        }
        text = blanked;
    }
    text
}

/// The same for a line of a table: the cache column, the totals, and the last line of a card.
fn plain(line: &str) -> String {
    if let (true, Some((_, key))) = (line.starts_with("cache "), line.split_once("key ")) {
        return format!("key {key}");
    }
    if line.contains(" from cache, ") && line.contains(", in ") {
        return totals(line);
    }
    // Only a store knows how many trials others have made.
    if let (true, Some((own, rest))) = (line.starts_with("DSR "), line.split_once(" here, "))
        && let Some((_, rest)) = rest.split_once(" by everyone on this data")
    {
        return format!("{own}{rest}");
    }
    let cell = [" hit", " miss", " off"].into_iter().find_map(|state| line.strip_suffix(state));
    cell.unwrap_or(line).trim_end().to_owned()
}

/// The line below a table without what was found, what was computed, and in what time.
fn totals(line: &str) -> String {
    let part = |part: &str| {
        if part.contains(" from cache") {
            return part.split_once(": ").map(|(what, _)| what.to_owned());
        }
        let is_chance = part.contains(" computed") || part.starts_with("in ");
        (!is_chance).then(|| part.to_owned())
    };
    line.split(", ").filter_map(part).collect::<Vec<_>>().join(", ")
}
