//! The bar that moves while a batch computes; the only file that knows indicatif.

use std::sync::Once;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printer::Printer;
use super::signals::Signals;
use crate::data::exchange;
use crate::engine::Progress;

/// Work that is done sooner needs no bar; one that flashes by only startles.
const PATIENCE: Duration = Duration::from_millis(200);

/// A bar on stderr with its rate and the time left, or nothing off a terminal.
pub struct Bar {
    line: ProgressBar,
    begun: Instant,
    /// Done when the bar is shown; never where it may not be.
    shown: Option<Once>,
    signals: Signals,
}

impl Bar {
    /// A bar that appears when the work has gone on for a moment; `what` is counted.
    #[must_use]
    pub fn new(printer: Printer, what: &str) -> Self {
        Self::stoppable(printer, what, Signals::default())
    }

    /// The same for work that ends when a signal comes.
    #[must_use]
    pub fn stoppable(printer: Printer, what: &str, signals: Signals) -> Self {
        let hidden = Self { signals, ..Self::none() };
        if !printer.bars {
            return hidden;
        }
        let style = format!("{{bar:30.cyan}} {{human_pos}}/{{human_len}} {what}  {{per_sec}}  {{eta}} left");
        hidden.line.set_style(ProgressStyle::with_template(&style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { shown: Some(Once::new()), ..hidden }
    }

    /// No bar: for work of one step, of which a bar could tell nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { line: ProgressBar::hidden(), begun: Instant::now(), shown: None, signals: Signals::default() }
    }
}

impl Progress for Bar {
    fn begin(&self, total: u64) {
        self.line.set_length(total);
    }

    fn advance(&self, count: u64) {
        self.line.inc(count);
        if let Some(shown) = &self.shown
            && self.begun.elapsed() >= PATIENCE
        {
            shown.call_once(|| {
                self.line.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                self.line.enable_steady_tick(PATIENCE);
            });
        }
    }

    fn stopped(&self) -> bool {
        self.signals.came().is_some()
    }

    fn end(&self) {
        self.line.finish_and_clear();
    }
}

/// A bar for bars that come over the net, some of them after a wait.
pub struct Coming {
    bar: Bar,
    printer: Printer,
}

impl Coming {
    /// A bar that appears when the first bars have come.
    #[must_use]
    pub fn new(printer: Printer, signals: Signals) -> Self {
        Self { bar: Bar::stoppable(printer, "bars", signals), printer }
    }

    /// Nothing more comes.
    pub fn end(&self) {
        self.bar.end();
    }
}

impl exchange::Progress for Coming {
    fn expect(&self, bars: u64) {
        let before = self.bar.line.length().unwrap_or_default();
        self.bar.line.set_length(before + bars);
    }

    fn advance(&self, bars: u64) {
        self.bar.advance(bars);
    }

    fn waiting(&self, why: &str) {
        self.bar.line.suspend(|| self.printer.note(why));
    }

    fn stopped(&self) -> bool {
        self.bar.stopped()
    }
}
