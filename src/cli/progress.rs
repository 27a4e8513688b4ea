//! The bar that moves while a batch computes; the only file that knows indicatif.

use std::sync::Once;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printer::Printer;
use crate::engine::Progress;

/// Work that is done sooner needs no bar; one that flashes by only startles.
const PATIENCE: Duration = Duration::from_millis(200);

/// A bar on stderr with assets a second and the time left, or nothing off a terminal.
pub struct Bar {
    line: ProgressBar,
    begun: Instant,
    /// Done when the bar is shown; never where it may not be.
    shown: Option<Once>,
}

impl Bar {
    /// A bar that appears when the work has gone on for a moment.
    #[must_use]
    pub fn new(printer: Printer) -> Self {
        let bar = ProgressBar::hidden();
        let begun = Instant::now();
        if !printer.bars {
            return Self { line: bar, begun, shown: None };
        }
        let style = "{bar:30.cyan} {pos}/{len} assets  {per_sec}  {eta} left";
        bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { line: bar, begun, shown: Some(Once::new()) }
    }

    /// No bar: for work of one step, of which a bar could tell nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { line: ProgressBar::hidden(), begun: Instant::now(), shown: None }
    }
}

impl Progress for Bar {
    fn begin(&self, assets: usize) {
        self.line.set_length(assets as u64);
    }

    fn advance(&self) {
        self.line.inc(1);
        if let Some(shown) = &self.shown
            && self.begun.elapsed() >= PATIENCE
        {
            shown.call_once(|| {
                self.line.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                self.line.enable_steady_tick(PATIENCE);
            });
        }
    }

    fn end(&self) {
        self.line.finish_and_clear();
    }
}
