//! What reaches stdout and stderr: the only file that writes to them.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use crate::data::escape;
use crate::error::Error;

/// How much is said on stderr, and whether colour is.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts about two streams")]
pub struct Printer {
    quiet: bool,
    /// Whether stdout is a terminal.
    terminal: bool,
    /// Whether stdout is a terminal that may be coloured.
    pub colour: bool,
    /// Columns of the terminal on stdout; none when it is not one.
    pub width: Option<u16>,
    /// Whether stderr is a terminal, so that bars may move there.
    pub bars: bool,
    /// On how many threads a long table is drawn.
    pub threads: usize,
}

impl Printer {
    /// A printer for this process's streams.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = io::stdout().is_terminal();
        let width = if terminal { comfy_table::Table::new().width() } else { None };
        Self {
            quiet,
            terminal,
            colour: terminal && !plain,
            width,
            bars: io::stderr().is_terminal() && !quiet && !plain,
            threads: 1,
        }
    }

    /// The same, with long tables drawn on so many threads.
    #[must_use]
    pub fn on_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Data, on stdout. A reader that went away (`| head`) is not an error.
    ///
    /// # Errors
    /// When stdout cannot take it (a full disk).
    pub fn data(self, text: &str) -> Result<(), Error> {
        let text = if self.terminal { harmless(text) } else { Cow::Borrowed(text) };
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Error::failed(format!("stdout: {error}"))),
            Ok(()) => Ok(()),
        }
    }

    /// Something to know, on stderr.
    pub fn note(self, text: &str) {
        if !self.quiet {
            say("note", text);
        }
    }

    /// Something to look at, on stderr.
    pub fn warn(self, text: &str) {
        if !self.quiet {
            say("warning", text);
        }
    }

    /// Something that went wrong, on stderr, said even when quiet.
    pub fn error(self, text: &str) {
        say("error", text);
    }

    /// The end of a command: what is left to say, and its exit code.
    #[must_use]
    pub fn end(self, result: Result<(), Error>) -> ExitCode {
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => {
                if let Some(message) = fault.message() {
                    self.error(&message);
                }
                fault.exit_code()
            }
        }
    }
}

/// Never fails: with stderr closed there is nobody to tell.
fn say(kind: &str, text: &str) {
    let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let kind = match (colour, kind) {
        (true, "error") => "\x1b[1;31merror\x1b[0m".to_owned(),
        (true, "warning") => "\x1b[1;33mwarning\x1b[0m".to_owned(),
        (true, _) => format!("\x1b[1;36m{kind}\x1b[0m"),
        (false, _) => kind.to_owned(),
    };
    let _ = writeln!(io::stderr().lock(), "{kind}: {}", shown(text));
}

/// A text that no terminal obeys, whatever names and values from outside are in it; its lines stay lines.
#[must_use]
pub fn shown(text: &str) -> String {
    if text.contains('\n') { text.split('\n').map(escape).collect::<Vec<_>>().join("\n") } else { escape(text) }
}

/// Data for a terminal: colours pass, and whatever else a terminal would obey is written out, in a CSV too.
fn harmless(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !c.is_control() || c == '\n';
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = rest.strip_prefix("\u{1b}[").and_then(|code| {
            let end = code.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            code[end..].starts_with('m').then_some(end + 3)
        });
        let taken = colour.unwrap_or(c.len_utf8());
        if colour.is_some() || is_plain(c) {
            out.push_str(&rest[..taken]);
        } else {
            out.push_str(&escape(&rest[..taken]));
        }
        rest = &rest[taken..];
    }
    Cow::Owned(out)
}

/// Where log lines go: stderr, harmless to a terminal.
pub struct LogLines;

impl Write for LogLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A whole line each time, so no character is cut in two.
        io::stderr().lock().write_all(shown(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_terminal_gets_colours_and_nothing_else_that_it_would_obey() {
        let table = " Asset\n \u{1b}[1;32mBTC\u{1b}[0m │ ä\n";
        assert_eq!(harmless(table), table);
        let shown = harmless("a\u{1b}]0;title\u{7}b\u{1b}[2Jc\rd\u{9b}1m\te");
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\r', '\u{9b}']) && shown.contains("title"), "{shown:?}");
    }
}
