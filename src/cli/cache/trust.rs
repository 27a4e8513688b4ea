//! Whom to trust on an encrypted connection, and who to be there: files of certificates that the environment or the
//! settings file name.

use std::path::PathBuf;

use crate::cache::{Address, Endpoint, Trust, TrustError};
use crate::cli::config::Config;
use crate::cli::environment;
use crate::cli::fault::Fault;

/// The endpoint with these files read, where its connection is encrypted.
///
/// # Errors
/// A file that cannot be read, or that holds something else.
pub fn complete(endpoint: Endpoint, config: &Config) -> Result<Endpoint, Fault> {
    if !matches!(endpoint.address(), Address::Tls(..)) {
        return Ok(endpoint);
    }
    let named = |variable: &'static str, key: &str, setting: &Option<PathBuf>| match environment::text(variable) {
        Some(path) => Some((variable.to_owned(), PathBuf::from(path))),
        None => setting.clone().map(|path| (config.named(key, true), path)),
    };
    let ca = named("BACKTEST_CACHE_CA", "cache_ca", &config.cache_ca);
    let cert = named("BACKTEST_CACHE_CERT", "cache_cert", &config.cache_cert);
    let key = named("BACKTEST_CACHE_KEY", "cache_key", &config.cache_key);
    if let (None, Some((name, _))) = (&cert, &key) {
        return Err(Fault::wrong(format!("{name} names a key without a certificate; set BACKTEST_CACHE_CERT too")));
    }
    let path = |file: &Option<(String, PathBuf)>| file.as_ref().map(|(_, path)| path.clone());
    // Both often stand in one file.
    let client = path(&cert).map(|cert| (cert.clone(), path(&key).unwrap_or(cert)));
    let client = client.as_ref().map(|(cert, key)| (cert.as_path(), key.as_path()));
    let trust = Trust::from_files(path(&ca).as_deref(), client).map_err(|error| {
        let source = match &error {
            TrustError::File { path, .. } => [&ca, &cert, &key].into_iter().flatten().find(|(_, file)| file == path),
            TrustError::Pair => cert.as_ref(),
            TrustError::Nobody => None,
        };
        let source = source.map(|(name, _)| format!("{name}: ")).unwrap_or_default();
        Fault::wrong(format!("{source}{error}"))
    })?;
    Ok(endpoint.trusting(trust))
}
