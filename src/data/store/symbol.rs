//! What may be a symbol: it becomes the name of a file.

use super::failure::StoreError;
use crate::data::escape::{is_unprintable, quote};

/// Longest symbol: a file's name has to hold it.
const LONGEST: usize = 64;

/// Whether new bars may be stored under this name: letters and digits of any script, and `-`, `_` and `.` between
/// them. A `*` or a blank would be a trap in every shell.
///
/// # Errors
/// When they may not.
pub fn check_symbol(symbol: &str) -> Result<(), StoreError> {
    check_name(symbol)?;
    let is_usual = |c: char| c.is_alphanumeric() || ['-', '_', '.'].contains(&c);
    if symbol.chars().all(is_usual) { Ok(()) } else { Err(StoreError::BadSymbol { name: quote(symbol) }) }
}

/// The same for what is stored already under a name that somebody else chose: it must not lead anywhere else, nor be
/// hidden.
pub(super) fn check_name(symbol: &str) -> Result<(), StoreError> {
    let is_path = symbol.contains(['/', '\\', ':', '\0']) || symbol.contains("..") || symbol.starts_with(['.', '-']);
    let is_bad = symbol.trim() != symbol || symbol.is_empty() || symbol.len() > LONGEST;
    if is_path || is_bad || symbol.chars().any(is_unprintable) {
        return Err(StoreError::BadSymbol { name: quote(symbol) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_letters_digits_and_what_joins_them() {
        for symbol in ["BTCUSDT", "1000SHIBUSDT", "BTC-USD", "BTC_USDT", "BTC.D", "币安人生USDT"] {
            assert!(check_symbol(symbol).is_ok(), "{symbol}");
        }
        for symbol in ["BTC*", "BTC?", "BTC USD", "BTC$", "BTC'", "A|B", "a\u{202e}b", "../x", "-x", ".x", ""] {
            assert!(check_symbol(symbol).is_err(), "{symbol}");
        }
    }

    #[test]
    fn what_is_stored_already_may_have_a_name_of_any_letters() {
        assert!(check_name("BTC USD").is_ok() && check_name("BTC*").is_ok());
        assert!(check_name("a/b").is_err() && check_name("..").is_err());
    }
}
