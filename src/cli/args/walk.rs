//! The arguments of `walk`.

use clap::{Args, ValueEnum};

use crate::args::options::Heading;
use crate::args::{AssetsArgs, BacktestArgs, PictureArgs, RankingArgs};
use crate::engine::Pick;
use crate::sim::account::BorderRule;

/// `walk`
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  backtest walk --crypto BTC --strategy ma --param fast=5..50:5 --param slow=60..200:20 --train 24mo --test 3mo\n  backtest walk --all --strategy rsi --param period=7..28:7 --windows 10 --train 70%\n  backtest walk --crypto BTC --strategy ma --param fast=5..50:5 --param slow=60..200:20 --cpcv 6,2"
)]
pub(crate) struct WalkArgs {
    /// Which assets.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategies, separated by commas: names or TOML files; of several, the best point of all is chosen
    #[arg(long, short, value_name = "NAMES|FILES", value_delimiter = ',', help_heading = Heading::Strategy.title())]
    pub strategy: Vec<String>,
    /// Walk the [portfolio] of the strategy: one account over all assets. Weights are walked so in any case, slots with this alone
    #[arg(long, help_heading = Heading::Strategy.title())]
    pub portfolio: bool,
    /// Choose among N combinations, drawn at random from the grid
    #[arg(long, value_name = "N", help_heading = Heading::Strategy.title())]
    pub random: Option<u64>,
    /// Where windows lie.
    #[command(flatten)]
    pub windows: WindowArgs,
    /// What happens at their borders.
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// Which point is chosen: the order, and the condition that it has to fulfil in sample.
    #[command(flatten)]
    pub ranking: RankingArgs,
    /// How results are drawn.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// Show how long it would take, how much memory it needs and where the windows lie, and stop
    #[arg(long, help_heading = Heading::General.title())]
    pub dry_run: bool,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// Where windows lie.
#[derive(Args, Debug)]
pub(crate) struct WindowArgs {
    /// How long parameters are chosen on: 24mo, 2y, 12w, 90d or 730b (bars); with --windows the share of each window
    /// [default: 70% with --windows]
    #[arg(long, value_name = "LENGTH", help_heading = Heading::Windows.title())]
    pub train: Option<String>,
    /// How long they are then tested on, and by how much windows move on
    #[arg(long, value_name = "LENGTH", conflicts_with = "windows", help_heading = Heading::Windows.title())]
    pub test: Option<String>,
    /// So many windows over all bars, in place of --test [default: 10 where neither is given]
    #[arg(long, value_name = "N", help_heading = Heading::Windows.title())]
    pub windows: Option<u64>,
    /// Choose on all bars from the first on
    #[arg(long, help_heading = Heading::Windows.title())]
    pub anchored: bool,
    /// Leave out so much between what is chosen on and what is tested on [default: 0b]
    #[arg(long, value_name = "LENGTH", help_heading = Heading::Windows.title())]
    pub gap: Option<String>,
    /// Keep so much at the end out of all windows, and show it once: 20%
    #[arg(long, value_name = "SHARE", help_heading = Heading::Windows.title())]
    pub holdout: Option<String>,
    /// In place of windows: combinatorial purged cross-validation, N groups of bars of which each choice of K is tested on
    /// what was chosen on the others, as in --cpcv 6,2. Without --gap, bars beside a test are left out for as long as 95% of
    /// the trades of the point in the middle of the ranking last, and at most a tenth of a group
    #[arg(long, value_name = "N,K", conflicts_with_all = ["train", "test", "windows", "anchored", "holdout"], help_heading = Heading::Windows.title())]
    pub cpcv: Option<String>,
}

/// What happens at the borders of windows, and how parameters are chosen.
#[derive(Args, Debug)]
pub(crate) struct ChoiceArgs {
    /// What becomes of a position where the parameters change [default: adopt; hold in slots]
    #[arg(long, value_name = "RULE", help_heading = Heading::Windows.title())]
    pub border: Option<BorderArg>,
    /// Which point is chosen
    #[arg(long, value_name = "HOW", default_value = "best", help_heading = Heading::Windows.title())]
    pub pick: PickArg,
    /// Seed of the random picks that the choice is compared with, and of --random
    #[arg(long, value_name = "S", default_value_t = 0, help_heading = Heading::Windows.title())]
    pub seed: u64,
}

/// What becomes of a position at a border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BorderArg {
    /// Go to the side that the new parameters hold by then
    Adopt,
    /// Keep it until they give a signal
    Hold,
    /// Close it, and wait for the next entry
    Flat,
}

/// How a point is picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PickArg {
    /// The best in sample
    Best,
    /// The one whose neighbours in the grid are the best on average
    Plateau,
}

impl BorderArg {
    /// As it is typed.
    pub(crate) fn name(self) -> String {
        named(&self)
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::from_str(name, false).ok()
    }
}

impl PickArg {
    /// As it is typed.
    pub(crate) fn name(self) -> String {
        named(&self)
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::from_str(name, false).ok()
    }
}

fn named(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

impl From<BorderArg> for BorderRule {
    fn from(border: BorderArg) -> Self {
        match border {
            BorderArg::Adopt => Self::Adopt,
            BorderArg::Hold => Self::Hold,
            BorderArg::Flat => Self::Flat,
        }
    }
}

impl From<PickArg> for Pick {
    fn from(pick: PickArg) -> Self {
        match pick {
            PickArg::Best => Self::Best,
            PickArg::Plateau => Self::Plateau,
        }
    }
}
