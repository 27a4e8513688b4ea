//! Which entries are meant, and listing them.

use clap::{Args, ValueEnum};

use crate::cache::Kind;
use crate::cli::args::Format;

/// `cache keys`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest cache keys '*:BTC*:rsi:*' --format csv")]
pub struct KeysArgs {
    /// Which entries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How it is printed: a table here is one name each line
    #[arg(long, default_value = "table")]
    pub format: Format,
}

/// Which entries are meant.
#[derive(Args, Debug)]
pub struct FilterArgs {
    /// Only those whose KIND:ASSET:STRATEGY:KEY matches, with `*`, `?` and `[abc]`
    pub pattern: Option<String>,
    /// Only of this kind
    #[arg(long)]
    pub kind: Option<KindArg>,
    /// Only this asset's
    #[arg(long, short, value_name = "SYMBOL")]
    pub crypto: Option<String>,
    /// Only this strategy's
    #[arg(long, short, value_name = "NAME|FILE")]
    pub strategy: Option<String>,
}

/// Kinds of stored values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// Metrics of a run
    Result,
    /// Trades of a run
    Trades,
    /// Metrics of a part of a sweep
    Block,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Result => Self::Result,
            KindArg::Trades => Self::Trades,
            KindArg::Block => Self::Block,
        }
    }
}
