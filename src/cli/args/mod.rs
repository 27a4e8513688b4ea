//! What can be typed. Only syntax: what it means, and whether it makes sense, is decided in `settings`.

mod backtest;
mod cache;
mod commands;
mod data;
mod exits;
pub mod options;
mod program;

pub use self::backtest::{
    AssetsArgs, BacktestArgs, BadRowsArg, DirectionArg, FillArg, OutputFormat, PictureArgs, RankingArgs,
};
pub use self::cache::{CacheCommand, ClearArgs, FilterArgs, KeysArgs, ShowArgs, VerifyArgs, WarmArgs};
pub use self::commands::{BatchArgs, CompareArgs, ReportArgs, RunArgs, StrategiesCommand, SweepArgs};
pub use self::data::{
    CheckArgs, ConflictArg, ConvertArgs, DataCommand, DateOrderArg, DecimalArg, ExportArg, ExportArgs, FetchArgs,
    FormArg, ImportArgs, OnBadRowArg, StoredArgs, TimeIsArg,
};
pub use self::program::{Cli, Command, CompletionTarget, GlobalArgs, command};
