//! How work tells how far it is, and hears that it should stop. Whoever shows it lives upstairs; here it is a trait.

/// Hears how far the work is.
pub trait Progress: Sync {
    /// So much is to be done: assets of a batch, points of a sweep.
    fn begin(&self, _total: u64) {}
    /// So much more is done.
    fn advance(&self, _count: u64) {}
    /// Nothing is left.
    fn end(&self) {}
    /// Whether the user wants it to end now; what is done by then is kept.
    fn stopped(&self) -> bool {
        false
    }
}

/// Hears nothing.
pub struct Silent;

impl Progress for Silent {}
