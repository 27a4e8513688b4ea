//! The secret that seals stored values, and how any secret is read from a file.

use std::io::Read;
use std::path::Path;

use crate::cache::Secret;
use crate::cli::config::Config;
use crate::cli::environment;
use crate::cli::fault::Fault;

const VARIABLE: &str = "BACKTEST_CACHE_SECRET";
const FILE: &str = "BACKTEST_CACHE_SECRET_FILE";
/// A secret is a line, not a book.
const MAX_BYTES: u64 = 4_096;

/// The secret, if there is one: `BACKTEST_CACHE_SECRET`, the file that `BACKTEST_CACHE_SECRET_FILE` or the settings
/// name.
///
/// # Errors
/// Two of them; a file that cannot be read or holds nothing. Then nothing is done: without the secret, values that
/// anyone made would be accepted.
pub fn secret(config: &Config) -> Result<Option<Secret>, Fault> {
    let text = match (environment::text(VARIABLE), environment::text(FILE)) {
        (Some(_), Some(_)) => {
            return Err(Fault::wrong(format!("{VARIABLE} and {FILE} are both set; keep one of them")));
        }
        (Some(text), None) => Some(text),
        (None, Some(path)) => Some(from_file(FILE, path.as_ref())?),
        (None, None) => {
            let name = config.named("--cache-secret-file", true);
            config.cache_secret_file.as_deref().map(|path| from_file(&name, path)).transpose()?
        }
    };
    Ok(text.map(|text| Secret::derive(&text)))
}

/// The first line of a file. `name` is what named the file; the content is never shown.
///
/// # Errors
/// It cannot be read, is empty, is too long, or is no text.
pub fn from_file(name: &str, path: &Path) -> Result<String, Fault> {
    let wrong = |what: &dyn std::fmt::Display| {
        let path = crate::data::escape(&path.display().to_string());
        Fault::wrong(format!("{name}: {path}: {what}; name a file whose first line is the secret"))
    };
    let meta = std::fs::metadata(path).map_err(|error| wrong(&error))?;
    if !meta.is_file() {
        return Err(wrong(&"it is no ordinary file"));
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| wrong(&error))?;
    let read = file.take(MAX_BYTES + 1).read_to_string(&mut text);
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => wrong(&"it is no text"),
        _ => wrong(&error),
    })?;
    if text.len() as u64 > MAX_BYTES {
        return Err(wrong(&"it is longer than 4096 bytes"));
    }
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(wrong(&"its first line is empty")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, content).unwrap();
        from_file("X", &path).map_err(|fault| fault.message().unwrap())
    }

    #[test]
    fn the_first_line_is_the_secret() {
        for text in ["canary", "canary\n", "canary\r\n", " canary \nremarks\n"] {
            assert_eq!(read(text.as_bytes()).as_deref(), Ok("canary"));
        }
    }

    #[test]
    fn a_file_without_a_secret_is_refused_and_not_shown() {
        for (content, words) in [
            (Vec::new(), "empty"),
            (b"\ncanary".to_vec(), "empty"),
            (b"canary\xff".to_vec(), "no text"),
            (b"canary".repeat(999), "longer"),
        ] {
            let message = read(&content).unwrap_err();
            assert!(message.starts_with("X: ") && message.contains(words) && !message.contains("canary"), "{message}");
        }
    }
}
