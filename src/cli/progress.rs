//! The bar that moves while a batch computes; the only file that knows indicatif.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printer::Printer;
use crate::engine::Progress;

/// A bar on stderr with assets a second and the time left, or nothing off a terminal.
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar that appears when the work begins.
    #[must_use]
    pub fn new(printer: Printer) -> Self {
        if !printer.bars {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        let style = "{bar:30.cyan} {pos}/{len} assets  {per_sec}  {eta} left";
        bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar }
    }
}

impl Progress for Bar {
    fn begin(&self, assets: usize) {
        self.bar.set_length(assets as u64);
        if !self.bar.is_hidden() {
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    fn advance(&self) {
        self.bar.inc(1);
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
