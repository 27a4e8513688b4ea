//! What the program prints, word for word, in a few files under `expected/` that can be read like a manual. A change of
//! behaviour or of wording shows up as a diff of them: `INSTA_UPDATE=always cargo test --test cli snapshots`, then
//! `git diff tests/cli/snapshots`. Times, rates, ports, sizes of memory and folders are replaced by a word.

mod documents;
mod help;
mod keys;
mod messages;
mod tables;

use insta::Settings;
use regex::Regex;

use crate::fixture::{Call, Sandbox};
use crate::ran::Ran;

/// What differs from call to call or from machine to machine, and the word for it.
const FILTERS: &[(&str, &str)] = &[
    (r"\b\d+(?:,\d{3})*(?:\.\d+)? (?:ns|µs|us|ms|s|min)\b|\b\d+m \d\ds\b|\b\d+h \d\dm\b", "TIME"),
    (r"\([\d,.]+[kM]?/s\)", "(RATE)"),
    (r#"("(?:elapsed|load|compute|latency)_ms": ?)[\d.e+-]+"#, "${1}TIME"),
    (r#"("(?:expires_in_s|used_memory|uptime_seconds|seed|all_clients_hits|all_clients_misses)": ?)\d+"#, "${1}NUMBER"),
    (r"(?m)^(backtest:v\d+:\S+,\d+),\d+$", "${1},NUMBER"), // a key of CSV, and how long it stays
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"Redis \d+\.\d+\.\d+", "Redis VERSION"),
    (r"\b20(?:2[6-9]|[3-9]\d)-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?Z?)?)?", "DATE"),
    // Cells of a cache's tables, with the spaces before them.
    (
        r"(?m)^( (?:Cache|Counted since|Latency|Version|Server|(?:Server m|M)emory in use|Server-wide (?:hits|misses), all clients)) +\S.*$",
        "${1}   VALUE",
    ),
    (r"(?m)^((?:Memory in use|127\.0\.0\.1:PORT,true),)[^,\n]+", "${1}VALUE"),
];

/// A text without what may differ from call to call. A folder of a test is `ROOT`.
fn filtered(text: &str) -> String {
    let folder = regex::escape(&std::env::temp_dir().join(".tmp").to_string_lossy());
    let text = Regex::new(&(folder + r"\w+")).expect("a pattern").replace_all(text, "ROOT").into_owned();
    FILTERS.iter().fold(text, |text, (pattern, word)| {
        Regex::new(pattern).expect("a pattern").replace_all(&text, *word).into_owned()
    })
}

/// Compares a text with the file of this name.
fn assert_expected(name: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("expected");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, filtered(text)));
}

/// A call and all that it printed, as a terminal would show it, with `2>` before each line of stderr.
fn transcript(title: &str, ran: &Ran) -> String {
    let mut text = format!("$ {title}\n{}", ran.stdout);
    if !ran.stdout.is_empty() && !ran.stdout.ends_with('\n') {
        text += "[no end of line]\n";
    }
    for line in ran.stderr.lines() {
        text += format!("2> {line}").trim_end();
        text += "\n";
    }
    match ran.code {
        Some(0) => {}
        Some(code) => text.push_str(&["exit code ", &code.to_string(), "\n"].concat()),
        None => text += "ended by a signal\n",
    }
    text + "\n"
}

/// The transcript of a call of the program, its words separated by spaces, with quotes where a word has some itself.
fn call(sandbox: &Sandbox, words: &str) -> String {
    call_with(sandbox, words, |call| call)
}

fn call_with(sandbox: &Sandbox, words: &str, change: impl FnOnce(Call) -> Call) -> String {
    let call = split(words).into_iter().fold(sandbox.backtest(""), Call::arg);
    transcript(&format!("backtest {words}"), &change(call).ran())
}

/// Splits at spaces outside of single quotes.
fn split(words: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    for c in words.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => found.push(String::new()),
            c => found.last_mut().expect("one at least").push(c),
        }
    }
    if words.is_empty() { Vec::new() } else { found }
}
