//! What can be typed. Only syntax: what it means, and whether it makes sense, is decided in `resolve.rs`.

mod backtest;
mod cache;
mod data;
mod fetch;
mod jobs;
mod many;
mod pictures;
mod program;
mod strategies;

pub use self::backtest::{BacktestArgs, DirectionArg, FillArg};
pub use self::cache::{CacheCommand, ClearArgs, FilterArgs, KeysArgs, VerifyArgs, WarmArgs};
pub use self::data::{
    CheckArgs, ConflictArg, ConvertArgs, DataCommand, ExportArg, ExportArgs, FormArg, ImportArgs, StoredArgs,
};
pub use self::fetch::FetchArgs;
pub use self::jobs::{BatchArgs, CompareArgs, RunArgs, SweepArgs};
pub use self::many::{AssetsArgs, RankingArgs};
pub use self::pictures::{PictureArgs, ReportArgs};
pub use self::program::{Cli, Command, CompletionTarget, Format, GlobalArgs};
pub use self::strategies::StrategiesCommand;
