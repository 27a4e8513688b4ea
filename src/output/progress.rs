//! Long work: the bar that moves meanwhile, and Ctrl-C and SIGTERM, of which the first asks it to end in order and the
//! second ends it at once. The only file that knows indicatif.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Once};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar as Line, ProgressDrawTarget, ProgressState, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::data::exchange;
use crate::engine::Progress;
use crate::format;
use crate::printer::Printer;

/// Work that is done sooner needs no bar; one that flashes by only startles.
const PATIENCE: Duration = Duration::from_millis(200);

/// A bar on stderr with its rate and the time left, or nothing off a terminal.
pub struct ProgressBar {
    line: Line,
    /// Done when the bar is to be shown in a moment; never where it may not be.
    shown: Option<Once>,
    signals: Interrupts,
}

impl ProgressBar {
    /// A bar that appears when the work has gone on for a moment; `what` is counted.
    #[must_use]
    pub fn new(printer: Printer, what: &str) -> Self {
        Self::stoppable(printer, what, Interrupts::default())
    }

    /// The same for work that ends when a signal comes.
    #[must_use]
    pub fn stoppable(printer: Printer, what: &str, signals: Interrupts) -> Self {
        let hidden = Self { signals, ..Self::none() };
        if !printer.bars {
            return hidden;
        }
        let style = format!("{{bar:30.cyan}} {{human_pos}}/{{human_len}} {what}{{rate}}{{left}}");
        let style = ProgressStyle::with_template(&style).unwrap_or_else(|_| ProgressStyle::default_bar());
        // Averages since the start: those of the last moments, which the library has, leap to and fro.
        let style = style
            .with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
                let _ = out.write_str(&rate(state.pos(), state.elapsed()));
            })
            .with_key("left", |state: &ProgressState, out: &mut dyn Write| {
                let _ = out.write_str(&left(state.pos(), state.len(), state.elapsed()));
            });
        hidden.line.set_style(style);
        Self { shown: Some(Once::new()), ..hidden }
    }

    /// No bar: for work of one step, of which a bar could tell nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { line: Line::hidden(), shown: None, signals: Interrupts::default() }
    }

    /// Shows the bar in a moment, if it is not at its end by then; and not only when something is done, for that may
    /// take a while.
    fn appear(&self) {
        let Some(shown) = &self.shown else { return };
        shown.call_once(|| {
            let line = self.line.clone();
            let show = move || {
                thread::sleep(PATIENCE);
                if !line.is_finished() {
                    line.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                    line.enable_steady_tick(PATIENCE);
                }
            };
            // Where no thread can be started, the work has other worries than its bar.
            let _ = thread::Builder::new().name("bar".to_owned()).spawn(show);
        });
    }
}

/// `  1,241/s` on the average; nothing as long as nothing is done.
fn rate(done: u64, since: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let rate = done as f64 / since.as_secs_f64().max(0.001);
    if done == 0 { String::new() } else { format!("  {}/s", format::grouped(rate, usize::from(rate < 10.0))) }
}

/// `  2h 05m left` if it goes on as on the average so far.
fn left(done: u64, all: Option<u64>, since: Duration) -> String {
    let Some(open) = all.and_then(|all| all.checked_sub(done)).filter(|_| done > 0) else { return String::new() };
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let seconds = since.as_secs_f64() * open as f64 / done as f64;
    let left = Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(Duration::MAX).as_secs();
    let (minutes, hours) = (left / 60, left / 3_600);
    match left {
        0..60 => format!("  {left}s left"),
        60..3_600 => format!("  {minutes}m {:02}s left", left % 60),
        3_600..86_400 => format!("  {hours}h {:02}m left", minutes % 60),
        _ => format!("  {}d {}h left", format::count(hours / 24), hours % 24),
    }
}

impl Progress for ProgressBar {
    fn begin(&self, total: u64) {
        self.line.set_length(total);
        self.appear();
    }

    fn advance(&self, count: u64) {
        self.line.inc(count);
    }

    fn stopped(&self) -> bool {
        self.signals.came().is_some()
    }

    fn end(&self) {
        self.line.finish_and_clear();
    }
}

/// A bar for bars that come over the net, some of them after a wait.
pub struct FetchBar {
    bar: ProgressBar,
    printer: Printer,
}

impl FetchBar {
    /// A bar that appears when it is known how many will come.
    #[must_use]
    pub fn new(printer: Printer, signals: Interrupts) -> Self {
        Self { bar: ProgressBar::stoppable(printer, "bars", signals), printer }
    }

    /// Nothing more comes.
    pub fn end(&self) {
        self.bar.end();
    }
}

impl exchange::FetchProgress for FetchBar {
    fn expect(&self, bars: u64) {
        let before = self.bar.line.length().unwrap_or_default();
        self.bar.line.set_length(before + bars);
        self.bar.appear();
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

/// Whether a signal has come.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    signal: Arc<AtomicUsize>,
}

impl Interrupts {
    /// Listens from now on. Where that cannot be done, a signal ends the program as it always would.
    #[must_use]
    pub fn listen() -> Self {
        let signals = Self::default();
        let seen = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the second signal finds `seen` set and ends the program, the first sets it.
            let code = 128 + signal;
            let number = usize::try_from(signal).unwrap_or_default();
            let _ = signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&seen));
            let _ = signal_hook::flag::register(signal, Arc::clone(&seen));
            let _ = signal_hook::flag::register_usize(signal, Arc::clone(&signals.signal), number);
        }
        signals
    }

    /// The signal that has come, if any.
    #[must_use]
    pub fn came(&self) -> Option<u8> {
        u8::try_from(self.signal.load(Ordering::Relaxed)).ok().filter(|signal| *signal > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_time_left_are_averages_since_the_start() {
        let shown = |done, all, seconds| {
            let since = Duration::from_secs(seconds);
            rate(done, since) + &left(done, Some(all), since)
        };
        assert_eq!(shown(12_410, 358_302, 10), "  1,241/s  4m 39s left");
        assert_eq!(shown(3, 4, 10), "  0.3/s  4s left");
        assert_eq!(shown(1_000, 1_000_000, 60), "  17/s  16h 39m left");
        assert_eq!(shown(0, 10, 60), "", "nothing is known yet");
        assert_eq!(shown(10, 10, 1), "  10/s  0s left");
        assert_eq!(left(1, Some(u64::MAX), Duration::from_secs(1)).split(' ').count(), 5);
    }
}
