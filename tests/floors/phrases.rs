//! README, docs, help and messages are written for traders and engineers who have never met us: `phrases.txt` lists what
//! they would trip over, and what to write instead.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};

use crate::{allow_list, is_test, module_of, source_files};

/// The phrases in lower case, and what to write instead.
fn phrases() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/floors/phrases.txt");
    let text = fs::read_to_string(path).expect("the list is there");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pair = |line: &str| line.split_once(" => ").map(|(phrase, instead)| (phrase.to_owned(), instead.to_owned()));
    lines.map(|line| pair(line).unwrap_or_else(|| panic!("no ` => ` in: {line}"))).collect()
}

/// Where a phrase is in a text of lower case, as whole words. `there is no file` is English, `it is no file` is not.
fn places(text: &str, phrase: &str) -> Vec<usize> {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let whole = |at: &usize| {
        let (before, after) = (&text[..*at], &text[at + phrase.len()..]);
        let begins = !is_letter(before.chars().next_back());
        let ends = !is_letter(phrase.chars().next_back()) || !is_letter(after.chars().next());
        let is_english = phrase.contains("is no") && before.ends_with("there ");
        begins && ends && !is_english
    };
    text.match_indices(phrase).map(|(at, _)| at).filter(whole).collect()
}

/// The texts of a source file that users read: all string literals, and of the command line the doc comments as well,
/// of which clap makes the help.
struct Texts {
    with_docs: bool,
    found: String,
}

impl<'ast> Visit<'ast> for Texts {
    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.found += &text.value();
        self.found.push('\n');
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if self.with_docs || !attribute.path().is_ident("doc") {
            visit::visit_attribute(self, attribute);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    /// Texts within a macro, as in `format!`.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.found += &call.tokens.to_string();
        self.found.push('\n');
    }
}

/// Where texts are, and the texts: pages by their path, code by its floor, so that moving a file changes nothing.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: Vec<_> = ["README.md", "CONTRIBUTING.md", "data/README.md", "tests/README.md", "benches/README.md"]
        .iter()
        .map(|page| (*page).to_owned())
        .collect();
    let docs = fs::read_dir(root.join("docs")).expect("there are docs").flatten();
    pages.extend(
        docs.map(|page| format!("docs/{}", page.file_name().to_string_lossy()))
            .filter(|page| Path::new(page).extension().is_some_and(|end| end == "md")),
    );
    let mut texts: Vec<_> =
        pages.into_iter().map(|page| (fs::read_to_string(root.join(&page)).unwrap_or_default(), page)).collect();
    for (file, source) in source_files().into_iter().filter(|(file, _)| !is_test(file)) {
        let place = format!("src/{}", module_of(&file));
        let mut reader = Texts { with_docs: place == "src/cli", found: String::new() };
        reader.visit_file(&syn::parse_file(&source).unwrap_or_else(|error| panic!("{file}: {error}")));
        texts.push((reader.found, place));
    }
    // A phrase may be broken over two lines.
    texts
        .into_iter()
        .map(|(text, place)| (place, text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()))
        .collect()
}

#[test]
fn no_private_phrase_is_in_what_users_read() {
    let (phrases, mut found, mut shown) = (phrases(), BTreeSet::new(), Vec::new());
    for (place, text) in texts() {
        for (phrase, instead) in &phrases {
            for at in places(&text, phrase) {
                let before = text[..at].char_indices().rev().nth(40).map_or(0, |(at, _)| at);
                let after = text[at..].char_indices().nth(70).map_or(text.len(), |(after, _)| at + after);
                shown.push(format!("{place}: ..{}.. -> {instead}", &text[before..after]));
                found.insert(format!("{phrase} | {place}"));
            }
        }
    }
    shown.sort();
    shown.dedup();
    assert!(std::env::var_os("SHOW_PHRASES").is_none(), "{}", shown.join("\n"));
    let rule =
        "A phrase of tests/floors/phrases.txt is in README, docs, help or messages. SHOW_PHRASES=1 shows each place.";
    allow_list::check("phrases", rule, &found);
}
