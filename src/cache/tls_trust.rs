//! Whom to trust on an encrypted connection, and who to be there.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::failure::Class;
use super::trust_error::{NOBODY, TrustError};

/// Whom to trust, and who to be. By default: whom this machine trusts, and nobody in particular.
#[derive(Clone, Default)]
pub struct Trust(Option<Arc<ClientConfig>>);

impl Trust {
    /// Trust in those alone whose certificates (PEM) are in `ca`; a client that shows a certificate and has its key.
    ///
    /// # Errors
    /// [`TrustError`] when a file cannot be read or holds no such thing.
    pub fn from_files(ca: Option<&Path>, client: Option<(&Path, &Path)>) -> Result<Self, TrustError> {
        if ca.is_none() && client.is_none() {
            return Ok(Self::default());
        }
        let roots = match ca {
            Some(path) => roots(certificates(path)?),
            None => roots(rustls_native_certs::load_native_certs().certs),
        };
        if roots.is_empty() {
            return Err(ca.map_or(TrustError::Nobody, |path| file(path, "holds no certificate of a signer")));
        }
        let builder = builder(roots);
        let config = match client {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let secret = PrivateKeyDer::from_pem_file(key)
                    .map_err(|error| file(key, &format!("holds no private key: {}", reason(&error))))?;
                builder.with_client_auth_cert(certificates(certificate)?, secret).map_err(|_| TrustError::Pair)?
            }
        };
        Ok(Self(Some(Arc::new(config))))
    }

    /// Reads the machine's own list where none was named: late, as it takes some milliseconds.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, (Class, &'static str)> {
        if let Some(config) = &self.0 {
            return Ok(Arc::clone(config));
        }
        let roots = roots(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err((Class::Tls, NOBODY));
        }
        Ok(Arc::new(builder(roots).with_no_client_auth()))
    }
}

/// Where a machine's list has certificates that cannot be read, the others count.
fn roots(certificates: Vec<CertificateDer<'static>>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    roots
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>;

fn builder(roots: RootCertStore) -> Builder {
    ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has what TLS 1.2 and 1.3 need")
        .with_root_certificates(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let certificates = certificates.map_err(|error| file(path, &reason(&error)))?;
    if certificates.is_empty() { Err(file(path, "holds no certificate in PEM")) } else { Ok(certificates) }
}

fn file(path: &Path, reason: &str) -> TrustError {
    TrustError::File { path: path.to_owned(), reason: reason.to_owned() }
}

fn reason(error: &rustls::pki_types::pem::Error) -> String {
    use rustls::pki_types::pem::Error;
    match error {
        Error::Io(error) => format!("cannot be read: {error}"),
        _ => "is not whole PEM".to_owned(),
    }
}

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(this), Some(other)) => Arc::ptr_eq(this, other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl Eq for Trust {}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust(..)")
    }
}
