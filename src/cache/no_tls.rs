//! What stands for `tls` in a program that is built without it: nothing is ever encrypted.

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Instant;

use super::failure::Class;
use super::line::Line;
use super::trust_error::TrustError;

/// There is none.
pub(super) enum Encrypted {}

/// Nobody, as nobody is asked who he is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {}

impl Trust {
    /// Does nothing: without TLS no URL is read that would need it.
    ///
    /// # Errors
    /// None.
    pub const fn from_files(_ca: Option<&Path>, _client: Option<(&Path, &Path)>) -> Result<Self, TrustError> {
        Ok(Self {})
    }
}

impl Encrypted {
    pub const fn get_mut(&mut self) -> &mut Line {
        match *self {}
    }
}

impl Read for Encrypted {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }
}

impl Write for Encrypted {
    fn write(&mut self, _buffer: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match *self {}
    }
}

pub(super) fn agree(_: Line, _: &str, _: &Trust, _: Instant) -> Result<Encrypted, (Class, &'static str)> {
    Err((Class::Tls, "this program was built without TLS"))
}

pub(super) const fn fault(_: &io::Error) -> Option<(Class, &'static str)> {
    None
}
