//! Encrypted connections, by rustls: the certificates to trust and to show, the handshake, and what can go wrong with
//! both, in this program's words.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rustls::crypto;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use thiserror::Error;

use super::deadline_stream::{DeadlineStream, Transport};
use crate::backend::{FailureCause, FailureClass};

/// Why a file of certificates or keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TlsConfigError {
    /// It cannot be read, or holds something else.
    #[error("{} {reason}", path.display().to_string().escape_debug())]
    File {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Certificate and key do not belong together, or are of a kind that TLS does not accept.
    #[error("certificate and key do not belong together, or are of a sort that TLS does not take")]
    Mismatch,
    /// This machine has no list of certificate authorities.
    #[error("{NO_ROOTS}")]
    NoRoots,
}

const NO_ROOTS: &str =
    "this machine has no list of those who may sign certificates; install ca-certificates, or set BACKTEST_CACHE_CA";

/// Certificate authorities to trust, and our own certificate. By default: those that this machine trusts, and none.
#[derive(Clone, Default)]
pub struct TlsConfig(Option<Arc<ClientConfig>>);

impl TlsConfig {
    /// Trusts only the certificate authorities whose certificates (PEM) are in `ca`; `client` is our own certificate and
    /// its key. `read` gives the content of a file.
    ///
    /// # Errors
    /// [`TlsConfigError`] when a file cannot be read or holds something else.
    pub fn from_files(
        ca: Option<&Path>,
        client: Option<(&Path, &Path)>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Self, TlsConfigError> {
        if ca.is_none() && client.is_none() {
            return Ok(Self::default());
        }
        let roots = match ca {
            Some(path) => roots(certificates(path, &read)?),
            None => roots(rustls_native_certs::load_native_certs().certs),
        };
        if roots.is_empty() {
            return Err(ca.map_or(TlsConfigError::NoRoots, |path| file(path, "holds no certificate of a signer")));
        }
        let builder = builder(roots);
        let config = match client {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let pem = read(key).map_err(|error| file(key, &format!("cannot be read: {error}")))?;
                let secret =
                    PrivateKeyDer::from_pem_slice(&pem).map_err(|_| file(key, "holds no private key in PEM"))?;
                builder
                    .with_client_auth_cert(certificates(certificate, &read)?, secret)
                    .map_err(|_| TlsConfigError::Mismatch)?
            }
        };
        Ok(Self(Some(Arc::new(config))))
    }

    /// Reads the machine's own list where none was named: late, as it takes some milliseconds.
    fn config(&self) -> Result<Arc<ClientConfig>, FailureCause> {
        if let Some(config) = &self.0 {
            return Ok(Arc::clone(config));
        }
        let roots = roots(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err((FailureClass::Tls, NO_ROOTS));
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

fn certificates(
    path: &Path,
    read: impl Fn(&Path) -> io::Result<Vec<u8>>,
) -> Result<Vec<CertificateDer<'static>>, TlsConfigError> {
    let pem = read(path).map_err(|error| file(path, &format!("cannot be read: {error}")))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|_| file(path, "is not whole PEM"))?;
    if certificates.is_empty() { Err(file(path, "holds no certificate in PEM")) } else { Ok(certificates) }
}

fn file(path: &Path, reason: &str) -> TlsConfigError {
    TlsConfigError::File { path: path.to_owned(), reason: reason.to_owned() }
}

impl PartialEq for TlsConfig {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(this), Some(other)) => Arc::ptr_eq(this, other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl Eq for TlsConfig {}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConfig(..)")
    }
}

/// An encrypted connection. Its deadline is that of the stream below: rustls may read and write several times for one
/// read of ours, and each of these gets what is left.
pub(super) struct TlsStream(StreamOwned<ClientConnection, DeadlineStream>);

impl TlsStream {
    /// Agrees with the server on the encryption, and verifies its certificate, until `deadline`.
    pub(super) fn handshake(
        mut stream: DeadlineStream,
        host: &str,
        config: &TlsConfig,
        deadline: Instant,
    ) -> Result<Self, FailureCause> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| (FailureClass::Tls, "no certificate can be for a host of this name"))?;
        let mut connection = ClientConnection::new(config.config()?, name).map_err(|error| cause(&error))?;
        stream.set_deadline(deadline);
        while connection.is_handshaking() {
            connection
                .complete_io(&mut stream)
                .map_err(|error| cause_of(&error).unwrap_or_else(|| broken_handshake(&error)))?;
        }
        Ok(Self(StreamOwned::new(connection, stream)))
    }
}

impl Transport for TlsStream {
    fn set_deadline(&mut self, deadline: Instant) {
        self.0.get_mut().set_deadline(deadline);
    }

    fn cause(&self, error: &io::Error) -> Option<FailureCause> {
        cause_of(error)
    }
}

impl Read for TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for TlsStream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The cause that rustls gives for an error of the connection, if the error is rustls's.
fn cause_of(error: &io::Error) -> Option<FailureCause> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).map(cause)
}

fn broken_handshake(error: &io::Error) -> FailureCause {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            (FailureClass::Timeout, "no answer to TLS in time; a server without TLS needs redis://")
        }
        _ => (FailureClass::Tls, "it hung up when TLS began; a server without TLS needs redis://"),
    }
}

fn cause(error: &rustls::Error) -> FailureCause {
    let detail = match error {
        rustls::Error::InvalidCertificate(reason) => certificate(reason),
        rustls::Error::InvalidMessage(_) => "what answers there speaks no TLS; a server without it needs redis://",
        rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the server speaks only versions of TLS that are not safe any more"
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure) => {
            "the server wants a certificate of ours; set BACKTEST_CACHE_CERT and BACKTEST_CACHE_KEY"
        }
        rustls::Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::DecryptError,
        ) => "the server does not accept our certificate (BACKTEST_CACHE_CERT)",
        _ => "TLS with the server failed",
    };
    (FailureClass::Tls, detail)
}

fn certificate(reason: &CertificateError) -> &'static str {
    match reason {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "nobody whom this machine trusts has signed its certificate; name the signer's with BACKTEST_CACHE_CA"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host name"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its certificate has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet; is this machine's clock right?"
        }
        _ => "its certificate is not one for a server",
    }
}
