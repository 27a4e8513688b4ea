//! When a position ends beside its exit rule, how large it is, and what it borrows.

use clap::Args;

use crate::cli::args::options::Heading;

/// When a position ends beside its exit rule. Each is also a parameter of every strategy, so that a sweep takes lists
/// and ranges.
#[derive(Args, Debug, Default)]
pub(crate) struct ExitArgs {
    /// Stop loss: close a position this fraction below its entry price, as 0.05 or 5% (above it, for a short)
    #[arg(long, value_name = "FRACTION", allow_hyphen_values = true, help_heading = Heading::Exits.title())]
    pub stop_loss: Option<String>,
    /// Take profit: close it this fraction above its entry price
    #[arg(long, value_name = "FRACTION", allow_hyphen_values = true, help_heading = Heading::Exits.title())]
    pub take_profit: Option<String>,
    /// Trailing stop: close it this fraction below the highest price since its entry
    #[arg(long, value_name = "FRACTION", allow_hyphen_values = true, help_heading = Heading::Exits.title())]
    pub trailing_stop: Option<String>,
    /// Trail only after a bar has reached this profit
    #[arg(long, value_name = "FRACTION", allow_hyphen_values = true, help_heading = Heading::Exits.title())]
    pub trailing_after: Option<String>,
    /// Raise the stop to the entry price after a bar has reached this profit
    #[arg(long, value_name = "FRACTION", allow_hyphen_values = true, help_heading = Heading::Exits.title())]
    pub break_even_after: Option<String>,
    /// Close a position so many bars after its entry
    #[arg(long, value_name = "BARS", allow_hyphen_values = true, help_heading = Heading::Exits.title())]
    pub max_bars: Option<String>,
    /// Ignore entries for so many bars after a stop or a target
    #[arg(long, value_name = "BARS", allow_hyphen_values = true, help_heading = Heading::Exits.title())]
    pub cooldown: Option<String>,
}

impl ExitArgs {
    /// Those given, with the names of the parameters that they are.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("stop_loss", &self.stop_loss),
            ("take_profit", &self.take_profit),
            ("trailing_stop", &self.trailing_stop),
            ("trailing_after", &self.trailing_after),
            ("break_even_after", &self.break_even_after),
            ("max_bars", &self.max_bars),
            ("cooldown", &self.cooldown),
        ];
        all.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)))
    }
}

/// How large a position is, and what it borrows. Each is also a parameter of every strategy, so that a sweep takes lists
/// and ranges.
#[derive(Args, Debug, Default)]
pub(crate) struct SizeArgs {
    /// What an entry is worth: a fraction of the equity (50%, 0.5), cash (1000), or units (0.1BTC) [default: all]
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true, help_heading = Heading::Size.title())]
    pub size: Option<String>,
    /// Size an entry so that its stop loses this fraction of the equity: 1%
    #[arg(long, value_name = "FRACTION", allow_hyphen_values = true, help_heading = Heading::Size.title(), conflicts_with = "size")]
    pub risk: Option<String>,
    /// Round units down to whole multiples of this
    #[arg(long, value_name = "UNITS", allow_hyphen_values = true, help_heading = Heading::Size.title())]
    pub lot: Option<String>,
    /// Reject an entry of less value than this
    #[arg(long, value_name = "CASH", allow_hyphen_values = true, help_heading = Heading::Size.title())]
    pub min_notional: Option<String>,
    /// Most that a position may be worth, as a multiple of the equity; it is liquidated when its margin is used up
    #[arg(long, value_name = "TIMES", allow_hyphen_values = true, help_heading = Heading::Size.title())]
    pub leverage: Option<String>,
    /// Fraction of a leveraged position's value at which it is liquidated [default: 0.005]
    #[arg(long, value_name = "FRACTION", allow_hyphen_values = true, help_heading = Heading::Size.title())]
    pub maintenance: Option<String>,
    /// Rate that a long position pays (and a short one receives) every 8 hours, as 0.01%
    #[arg(long, value_name = "FRACTION", allow_hyphen_values = true, help_heading = Heading::Size.title())]
    pub funding: Option<String>,
    /// Interest per year on what is borrowed: the value of a short position, the debt of a leveraged long one
    #[arg(long, value_name = "FRACTION", allow_hyphen_values = true, help_heading = Heading::Size.title())]
    pub borrow: Option<String>,
}

impl SizeArgs {
    /// Those given, with the names of the parameters that they are.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let size = self.size.as_deref().map(|text| {
            let letters = text.trim_end().trim_end_matches(|c: char| c.is_ascii_alphabetic());
            // A fraction is written as one, or below 1: nobody buys for less than one unit of money.
            let is_fraction = text.contains('%')
                || text
                    .split([',', ':'])
                    .flat_map(|part| part.split(".."))
                    .all(|part| part.trim().parse::<f64>().is_ok_and(|value| value <= 1.0));
            match (letters.len() < text.trim_end().len(), is_fraction) {
                (true, _) => ("size_units", letters),
                (false, true) => ("size_fraction", text),
                (false, false) => ("size_cash", text),
            }
        });
        let all = [
            ("risk", &self.risk),
            ("lot", &self.lot),
            ("min_notional", &self.min_notional),
            ("leverage", &self.leverage),
            ("maintenance", &self.maintenance),
            ("funding_rate", &self.funding),
            ("borrow_rate", &self.borrow),
        ];
        size.into_iter().chain(all.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?))))
    }
}
