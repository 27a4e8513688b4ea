//! Certificates for one test: a signer, and what it signs, as PEM files in a folder of their own.

use std::fs;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

/// Somebody who signs certificates.
pub(crate) struct Signer {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// Paths of a certificate and of its key.
pub(crate) struct Pair {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Signer {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "a signer for tests");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a signer");
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("a file");
        Self { issuer, folder }
    }

    /// The file to trust it by.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for this host, valid now.
    pub(crate) fn sign(&self, host: &str) -> Pair {
        self.sign_until(host, 4096)
    }

    /// A certificate for this host until the end of a year.
    pub(crate) fn sign_until(&self, host: &str, year: i32) -> Pair {
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a host");
        params.not_after = rcgen::date_time_ymd(year, 12, 31);
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &self.issuer).expect("a certificate");
        let path = |end: &str| self.folder.path().join(format!("{host}-{year}.{end}"));
        let pair = Pair { certificate: path("crt"), key: path("key") };
        fs::write(&pair.certificate, signed.pem()).expect("a file");
        fs::write(&pair.key, key.serialize_pem()).expect("a file");
        pair
    }
}
