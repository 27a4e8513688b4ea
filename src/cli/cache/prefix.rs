//! The first part of the names of all entries: teams that share a Redis keep apart by it.

use crate::cache::DEFAULT_PREFIX;
use crate::cli::args::GlobalArgs;
use crate::cli::config::Config;
use crate::cli::fault::Fault;
use crate::data::escape;

/// Long enough for any name, and short enough for every store.
const LONGEST: usize = 48;

/// The prefix: `--prefix`, `BACKTEST_CACHE_PREFIX`, the settings file, `backtest`.
///
/// # Errors
/// One with characters that mean something to Redis, to shells or to rules of access.
pub fn prefix(global: &GlobalArgs, config: &Config) -> Result<String, Fault> {
    let given = global.prefix.as_deref();
    let prefix = given.or(config.prefix.as_deref()).unwrap_or(DEFAULT_PREFIX);
    if is_prefix(prefix) {
        return Ok(prefix.to_owned());
    }
    Err(Fault::wrong(format!(
        "{} '{}' is no prefix: write 1 to {LONGEST} letters, digits, '.', '_', '-', and ':' between them, as in team:a",
        config.named("--prefix", given.is_none()),
        escape(prefix)
    )))
}

fn is_prefix(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    text.len() <= LONGEST && text.split(':').all(plain)
}

#[cfg(test)]
mod tests {
    use super::is_prefix;

    #[test]
    fn a_prefix_has_no_character_that_means_something_elsewhere() {
        assert!(["a", "team:a", "a.b_c-d", &"x".repeat(48)].into_iter().all(is_prefix));
        for text in ["", ":", "a:", ":a", "a::b", "a*", "a?", "[a]", "a b", "a\n", "é", "a~b", &"x".repeat(49)] {
            assert!(!is_prefix(text), "{text}");
        }
    }
}
