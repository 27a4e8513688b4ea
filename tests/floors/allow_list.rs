//! Lists of what does not comply yet, one entry a line, sorted. A list may only shrink: an entry that is not listed
//! fails the test, and so does a listed one that no longer occurs, so that it is deleted.
//!
//! `UPDATE_ALLOWED=1 cargo test --test floors` writes the lists anew after a move or a clean-up, unless they would grow.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

fn path(list: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/floors/allowed/{list}.txt"))
}

fn read(list: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(path(list)).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// Asserts that what was found is what the list allows, entry for entry. `rule` says what the entries break.
pub(crate) fn check(list: &str, rule: &str, found: &BTreeSet<String>) {
    let allowed = read(list);
    if std::env::var_os("UPDATE_ALLOWED").is_some() && words(found) <= words(&allowed) {
        let lines: String = found.iter().fold(String::new(), |mut text, entry| {
            let _ = writeln!(text, "{entry}");
            text
        });
        fs::write(path(list), lines).expect("the list can be written");
        return;
    }
    let new: Vec<_> = found.difference(&allowed).map(|entry| format!("+ {entry}")).collect();
    let gone: Vec<_> = allowed.difference(found).map(|entry| format!("- {entry}")).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "{rule}\nDiffers from tests/floors/allowed/{list}.txt (+ breaks the rule, - is listed and no longer occurs):\n{}\n\
         After a move or a clean-up: UPDATE_ALLOWED=1 cargo test --test floors",
        [new, gone].concat().join("\n"),
    );
}

/// A cycle of three modules weighs more than one of two, so that splitting a list's entry does not count as growth.
fn words(entries: &BTreeSet<String>) -> usize {
    entries.iter().map(|entry| entry.split_whitespace().count()).sum()
}
