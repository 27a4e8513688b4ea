//! Who to be in the cache: the secret that seals values, user and password, certificates; from the environment, else
//! from files that the settings name.

use std::path::Path;
#[cfg(feature = "tls")]
use std::path::PathBuf;

#[cfg(feature = "tls")]
use crate::args::options::{CACHE_CA, CACHE_CERT, CACHE_KEY, Setting};
use crate::args::options::{CACHE_PASSWORD_FILE, CACHE_SECRET_FILE, CACHE_USER};
#[cfg(feature = "tls")]
use crate::cache::{Address, TlsConfig, TlsConfigError};
use crate::cache::{Endpoint, Secret};
use crate::error::Error;
use crate::files::read_limited;
use crate::settings::environment;
use crate::settings::file::SettingsFile;

const SECRET: &str = "BACKTEST_CACHE_SECRET";
const SECRET_FILE: &str = "BACKTEST_CACHE_SECRET_FILE";
/// A secret is a line, not a book.
const MAX_BYTES: u64 = 4_096;
/// A list of all certificate authorities there are has a quarter of this.
#[cfg(feature = "tls")]
const MAX_PEM_BYTES: u64 = 1 << 20;

/// The secret, if there is one: `BACKTEST_CACHE_SECRET`, the file that `BACKTEST_CACHE_SECRET_FILE` or the settings
/// name.
///
/// # Errors
/// Two of them; a file that cannot be read or holds nothing. Then nothing is done: without the secret, values that
/// anyone made would be accepted.
pub(crate) fn secret(config: &SettingsFile) -> Result<Option<Secret>, Error> {
    let text = match (environment::text(SECRET), environment::text(SECRET_FILE)) {
        (Some(_), Some(_)) => {
            return Err(Error::usage(format!("{SECRET} and {SECRET_FILE} are both set; keep one of them")));
        }
        (Some(text), None) => Some(text),
        (None, Some(path)) => Some(from_file(SECRET_FILE, path.as_ref())?),
        (None, None) => {
            let file = config.path_of(&CACHE_SECRET_FILE)?;
            file.map(|(name, path)| from_file(&name, &path)).transpose()?
        }
    };
    Ok(text.map(|text| Secret::derive(&text)))
}

/// The first line of a file. `name` is what named the file; the content is never shown.
///
/// # Errors
/// It cannot be read, is empty, is too long, or is no text.
pub(super) fn from_file(name: &str, path: &Path) -> Result<String, Error> {
    let wrong = |what: &dyn std::fmt::Display| {
        let path = crate::data::escape(&path.display().to_string());
        Error::usage(format!("{name}: {path}: {what}; name a file whose first line is the secret"))
    };
    let bytes = read_limited(path, MAX_BYTES).map_err(|error| wrong(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(&"not a text file"))?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(wrong(&"its first line is empty")),
    }
}

const PASSWORD: &str = "BACKTEST_CACHE_PASSWORD";
const PASSWORD_FILE: &str = "BACKTEST_CACHE_PASSWORD_FILE";

/// The endpoint with what its URL leaves open: user and password of the environment, of a file, of the settings.
///
/// # Errors
/// Two passwords; a file that cannot be read.
pub(super) fn with_login(endpoint: Endpoint, config: &SettingsFile) -> Result<Endpoint, Error> {
    let user = config.given(&CACHE_USER, None)?.map(|given| given.text);
    Ok(endpoint.or_user(user.as_deref()).or_password(password(config)?.as_deref()))
}

fn password(config: &SettingsFile) -> Result<Option<String>, Error> {
    match (environment::text(PASSWORD), environment::text(PASSWORD_FILE)) {
        (Some(_), Some(_)) => {
            Err(Error::usage(format!("{PASSWORD} and {PASSWORD_FILE} are both set; keep one of them")))
        }
        (Some(password), None) => Ok(Some(password)),
        (None, Some(path)) => from_file(PASSWORD_FILE, path.as_ref()).map(Some),
        (None, None) => {
            let file = config.path_of(&CACHE_PASSWORD_FILE)?;
            file.map(|(name, path)| from_file(&name, &path)).transpose()
        }
    }
}

/// The endpoint with these files read, where its connection is encrypted.
///
/// # Errors
/// A file that cannot be read, or that holds something else.
#[cfg(feature = "tls")]
pub(super) fn with_certificates(endpoint: Endpoint, config: &SettingsFile) -> Result<Endpoint, Error> {
    if !matches!(endpoint.address(), Address::Tls(..)) {
        return Ok(endpoint);
    }
    let named = |setting: &Setting| match setting.variable.and_then(|name| Some((name, environment::text(name)?))) {
        Some((variable, path)) => Ok(Some((variable.to_owned(), PathBuf::from(path)))),
        None => config.path_of(setting),
    };
    let (ca, cert, key) = (named(&CACHE_CA)?, named(&CACHE_CERT)?, named(&CACHE_KEY)?);
    if let (None, Some((name, _))) = (&cert, &key) {
        return Err(Error::usage(format!("{name} names a key without a certificate; set BACKTEST_CACHE_CERT too")));
    }
    let path = |file: &Option<(String, PathBuf)>| file.as_ref().map(|(_, path)| path.clone());
    // Both often stand in one file.
    let client = path(&cert).map(|cert| (cert.clone(), path(&key).unwrap_or(cert)));
    let client = client.as_ref().map(|(cert, key)| (cert.as_path(), key.as_path()));
    let tls = TlsConfig::from_files(path(&ca).as_deref(), client, |path| read_limited(path, MAX_PEM_BYTES)).map_err(
        |error| {
            let source = match &error {
                TlsConfigError::File { path, .. } => {
                    [&ca, &cert, &key].into_iter().flatten().find(|(_, file)| file == path)
                }
                TlsConfigError::Mismatch => cert.as_ref(),
                TlsConfigError::NoRoots => None,
            };
            let source = source.map(|(name, _)| format!("{name}: ")).unwrap_or_default();
            Error::usage(format!("{source}{error}"))
        },
    )?;
    Ok(endpoint.with_tls(tls))
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
            (b"canary\xff".to_vec(), "not a text file"),
            (b"canary".repeat(999), "larger"),
        ] {
            let message = read(&content).unwrap_err();
            assert!(message.starts_with("X: ") && message.contains(words) && !message.contains("canary"), "{message}");
        }
    }
}
