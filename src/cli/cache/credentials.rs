//! Who to be in Redis, where the URL does not say: environment, else a file that the settings name.

use crate::cache::Endpoint;
use crate::cli::config::Config;
use crate::cli::environment;
use crate::cli::fault::Fault;

use super::secret::from_file;

const USER: &str = "BACKTEST_CACHE_USER";
const PASSWORD: &str = "BACKTEST_CACHE_PASSWORD";
const FILE: &str = "BACKTEST_CACHE_PASSWORD_FILE";

/// The endpoint with what its URL leaves open: user and password of the environment, of a file, of the settings.
///
/// # Errors
/// Two passwords; a file that cannot be read.
pub fn complete(endpoint: Endpoint, config: &Config) -> Result<Endpoint, Fault> {
    let user = environment::text(USER).or_else(|| config.cache_user.clone());
    Ok(endpoint.or_user(user.as_deref()).or_password(password(config)?.as_deref()))
}

fn password(config: &Config) -> Result<Option<String>, Fault> {
    match (environment::text(PASSWORD), environment::text(FILE)) {
        (Some(_), Some(_)) => Err(Fault::wrong(format!("{PASSWORD} and {FILE} are both set; keep one of them"))),
        (Some(password), None) => Ok(Some(password)),
        (None, Some(path)) => from_file(FILE, path.as_ref()).map(Some),
        (None, None) => {
            let name = config.named("--cache-password-file", true);
            config.cache_password_file.as_deref().map(|path| from_file(&name, path)).transpose()
        }
    }
}
