//! Encrypted connections, by rustls: the agreement at their beginning, and what goes wrong with them in our words.

use std::io;
use std::time::Instant;

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, ClientConnection, Error, StreamOwned};

use super::failure::Class;
use super::line::Line;
pub use super::tls_trust::Trust;

/// A line that is encrypted. Its deadline is that of the line below: rustls may read and write several times for one
/// read of ours, and each of these gets what is left.
pub(super) type Encrypted = StreamOwned<ClientConnection, Line>;

/// Agrees with the server on the encryption, and sees that it is who it should be, until `deadline`.
pub(super) fn agree(
    mut line: Line,
    host: &str,
    trust: &Trust,
    deadline: Instant,
) -> Result<Encrypted, (Class, &'static str)> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| (Class::Tls, "no certificate can be for a host of this name"))?;
    let mut connection = ClientConnection::new(trust.config()?, name).map_err(|error| words(&error))?;
    line.set_deadline(deadline);
    while connection.is_handshaking() {
        connection.complete_io(&mut line).map_err(|error| fault(&error).unwrap_or_else(|| broken(&error)))?;
    }
    Ok(StreamOwned::new(connection, line))
}

/// What rustls has to say in an error of the connection, if it is rustls's.
pub(super) fn fault(error: &io::Error) -> Option<(Class, &'static str)> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()).map(words)
}

fn broken(error: &io::Error) -> (Class, &'static str) {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            (Class::Timeout, "no answer to TLS in time; a server without TLS needs redis://")
        }
        _ => (Class::Tls, "it hung up when TLS began; a server without TLS needs redis://"),
    }
}

fn words(error: &Error) -> (Class, &'static str) {
    let detail = match error {
        Error::InvalidCertificate(reason) => certificate(reason),
        Error::InvalidMessage(_) => "what answers there speaks no TLS; a server without it needs redis://",
        Error::PeerIncompatible(_) | Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the server speaks only versions of TLS that are not safe any more"
        }
        Error::AlertReceived(AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure) => {
            "the server wants a certificate of ours; set BACKTEST_CACHE_CERT and BACKTEST_CACHE_KEY"
        }
        Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::DecryptError,
        ) => "the server does not accept our certificate (BACKTEST_CACHE_CERT)",
        _ => "TLS with the server failed",
    };
    (Class::Tls, detail)
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
