//! How work tells how far it is. Whoever shows it lives upstairs; here it is a trait.

/// Hears how far the work is.
pub trait Progress: Sync {
    /// So many assets are to be done.
    fn begin(&self, _assets: usize) {}
    /// One more asset is done.
    fn advance(&self) {}
    /// Nothing is left.
    fn end(&self) {}
}

/// Hears nothing.
pub struct Silent;

impl Progress for Silent {}
