//! How fetching tells how far it is, and hears that it should stop. Whoever shows it lives upstairs; here it is a trait.

/// Hears how far fetching is.
pub trait Progress: Sync {
    /// So many more bars are to come, as far as is known.
    fn expect(&self, _bars: u64) {}
    /// So many of them are done.
    fn advance(&self, _bars: u64) {}
    /// Nothing comes for a while, and why.
    fn waiting(&self, _why: &str) {}
    /// Whether the user wants it to end now; what has come by then is kept.
    fn stopped(&self) -> bool {
        false
    }
}

/// Hears nothing.
pub struct Silent;

impl Progress for Silent {}
