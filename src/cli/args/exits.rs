//! At which price an entry waits, when a position ends beside its exit rule, how large it is, and what it borrows. What
//! the options mean, `options.rs` says.

use clap::Args;

use crate::args::options::{
    self, BORROW, BREAK_EVEN_AFTER, COOLDOWN, ENTRY_LIMIT, ENTRY_STOP, ENTRY_VALID, FUNDING, LEVERAGE, LOT,
    MAINTENANCE, MAX_BARS, MIN_NOTIONAL, RISK, SIZE, STOP_LOSS, Setting, TAKE_PROFIT, TRAILING_AFTER, TRAILING_STOP,
};

/// At which price an entry waits. Each is also a parameter of every strategy, so that a sweep takes lists and ranges.
#[expect(clippy::struct_field_names, reason = "the names of the options")]
#[derive(Args, Debug, Default)]
pub(crate) struct EntryArgs {
    #[arg(long, allow_hyphen_values = true)]
    pub entry_limit: Option<String>,
    #[arg(long, allow_hyphen_values = true, conflicts_with = "entry_limit")]
    pub entry_stop: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub entry_valid: Option<String>,
}

/// When a position ends beside its exit rule. Each is also a parameter of every strategy, so that a sweep takes lists
/// and ranges.
#[derive(Args, Debug, Default)]
pub(crate) struct ExitArgs {
    #[arg(long, allow_hyphen_values = true)]
    pub stop_loss: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub take_profit: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub trailing_stop: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub trailing_after: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub break_even_after: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub max_bars: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub cooldown: Option<String>,
    /// Ignore exits and sizes in the settings file and the environment
    #[arg(long, help_heading = options::Heading::Exits.title())]
    pub no_default_exits: bool,
}

/// How large a position is, and what it borrows. Each is also a parameter of every strategy, so that a sweep takes lists
/// and ranges.
#[derive(Args, Debug, Default)]
pub(crate) struct SizeArgs {
    #[arg(long, allow_hyphen_values = true)]
    pub size: Option<String>,
    #[arg(long, allow_hyphen_values = true, conflicts_with = "size")]
    pub risk: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub lot: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub min_notional: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub leverage: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub maintenance: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub funding: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub borrow: Option<String>,
}

/// Settings of entries, exits and sizes, each with what the command says of it.
pub(crate) fn trade_settings<'a>(
    entries: &'a EntryArgs,
    exits: &'a ExitArgs,
    size: &'a SizeArgs,
) -> [(&'static Setting, Option<&'a str>); 18] {
    [
        (&ENTRY_LIMIT, entries.entry_limit.as_deref()),
        (&ENTRY_STOP, entries.entry_stop.as_deref()),
        (&ENTRY_VALID, entries.entry_valid.as_deref()),
        (&STOP_LOSS, exits.stop_loss.as_deref()),
        (&TAKE_PROFIT, exits.take_profit.as_deref()),
        (&TRAILING_STOP, exits.trailing_stop.as_deref()),
        (&TRAILING_AFTER, exits.trailing_after.as_deref()),
        (&BREAK_EVEN_AFTER, exits.break_even_after.as_deref()),
        (&MAX_BARS, exits.max_bars.as_deref()),
        (&COOLDOWN, exits.cooldown.as_deref()),
        (&SIZE, size.size.as_deref()),
        (&RISK, size.risk.as_deref()),
        (&LOT, size.lot.as_deref()),
        (&MIN_NOTIONAL, size.min_notional.as_deref()),
        (&LEVERAGE, size.leverage.as_deref()),
        (&MAINTENANCE, size.maintenance.as_deref()),
        (&FUNDING, size.funding.as_deref()),
        (&BORROW, size.borrow.as_deref()),
    ]
}
