//! What can be typed. Only syntax: what it means, and whether it makes sense, is decided in `settings`.

mod backtest;
mod cache;
mod commands;
mod data;
mod exits;
pub(super) mod options;
mod portfolio;
mod program;
mod rank;
mod shards;
mod signals;
mod walk;

pub(super) use self::backtest::{
    AssetsArgs, BacktestArgs, BadRowsArg, DirectionArg, FillArg, OutputFormat, PictureArgs, RankingArgs,
};
pub(super) use self::cache::{CacheCommand, ClearArgs, FilterArgs, KeysArgs, ShowArgs, VerifyArgs, WarmArgs};
pub(super) use self::commands::{
    BatchArgs, CompareArgs, InitArgs, ProveArgs, ReportArgs, RunArgs, StrategiesCommand, SweepArgs,
};
pub(super) use self::data::{
    CheckArgs, ConflictArg, ConvertArgs, DataCommand, DateOrderArg, DecimalArg, ExportArg, ExportArgs, FetchArgs,
    FormArg, ImportArgs, OnBadRowArg, StoredArgs, TimeIsArg,
};
pub(super) use self::exits::{EntryArgs, ExitArgs, SizeArgs, trade_settings};
pub(super) use self::portfolio::PortfolioArgs;
pub(super) use self::program::{Cli, Command, CompletionTarget, GlobalArgs, command, short_command};
pub(super) use self::rank::RankArgs;
pub(super) use self::shards::{
    PortfolioCommandArgs, PortfolioPlanArgs, PortfolioShardCommand, ShardCommand, ShardMergeArgs, ShardPlaceArgs,
    ShardPlanArgs, ShardRunArgs, ShardSizeArgs, ShardStatusArgs, SweepCommandArgs, WalkCommandArgs, WalkPlanArgs,
    WalkShardCommand,
};
pub(super) use self::signals::{
    DelistedArgs, LookArgs, SignalsArgs, SignalsBenchArgs, SignalsCommand, SignalsStatusArgs, StateArgs,
};
pub(super) use self::walk::{BorderArg, ChoiceArgs, PickArg, WalkArgs, WindowArgs};
