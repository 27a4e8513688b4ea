//! The commands, one file each.

pub(super) mod batch;
pub(super) mod cache;
pub(super) mod compare;
pub(super) mod data;
mod execution;
pub(super) mod init;
pub(super) mod report;
mod results;
pub(super) mod run;
pub(super) mod signals;
pub(super) mod strategies;
pub(super) mod sweep;
pub(super) mod universe;
pub(super) mod walk;

use std::path::PathBuf;

use crate::args::options::MIN_TRADES;
use crate::args::{BacktestArgs, GlobalArgs, RankingArgs};
use crate::data::escape;
use crate::engine::{Ranking, segment_detail};
use crate::error::Error;
use crate::output::format;
use crate::output::printer::Printer;
use crate::settings::file::SettingsFile;
use crate::settings::ranking;
use crate::settings::request::{self, BacktestRequest};
use crate::settings::strategies as strategy_files;

/// No exchange takes more than this fraction of a fill: whoever says so has written percents.
const HIGH_COST: f64 = 0.01;

/// What every command is given.
pub(super) struct Context {
    /// Options of every command.
    pub global: GlobalArgs,
    /// The settings file.
    pub config: SettingsFile,
    /// The data folder that is meant.
    pub data_dir: PathBuf,
    /// Where to speak.
    pub printer: Printer,
}

impl Context {
    /// What run, batch and sweep share, with every option decided; warns of values that are hardly meant.
    ///
    /// # Errors
    /// Any value that makes no sense, naming its option.
    pub(super) fn request(&self, args: &BacktestArgs) -> Result<BacktestRequest, Error> {
        let request = request::request(args, &self.config, &self.data_dir)?;
        for (name, cost) in [("fee", request.settings.fee), ("slippage", request.settings.slippage)] {
            if cost > HIGH_COST {
                let (is, meant) = (format::fraction(cost), format::fraction(cost / 100.0));
                self.printer
                    .warn(&format!("the {name} is {is} of every fill; if {meant} was meant, pass --{name} {meant}"));
            }
        }
        Ok(request)
    }

    /// The ranking that was asked for; remarks on a filter that filters nothing, or everything.
    ///
    /// # Errors
    /// An unknown metric; a filter that is no condition over metrics.
    pub(super) fn ranking(&self, args: &RankingArgs) -> Result<Ranking, Error> {
        let ranking = ranking::requested(args, &self.config)?;
        for remark in ranking.filter.iter().flat_map(ranking::remarks) {
            self.printer.warn(&remark);
        }
        Ok(ranking)
    }

    /// The same for windows of a history, in which few trades are usual: they are remarked on, and rank as all others unless
    /// that is asked for. A metric that segments cannot be merged to cannot choose.
    pub(super) fn window_ranking(&self, args: &RankingArgs) -> Result<Ranking, Error> {
        let mut ranking = self.ranking(args)?;
        if self.config.given(&MIN_TRADES, args.min_trades.as_deref())?.is_none() {
            ranking.by.min_trades = 0;
        }
        let Err(metric) = segment_detail(&ranking) else { return Ok(ranking) };
        let option = if metric == ranking.sort() { "--sort" } else { "--where" };
        Err(Error::usage(format!(
            "{option}: {metric} of a window does not follow from its parts; choose another metric, such as sharpe, calmar, max_drawdown or profit_factor"
        )))
    }

    /// Says which strategies are files of the current folder that were named without their path.
    pub(super) fn note_local_strategies(&self, names: &[String]) {
        for path in names.iter().filter_map(|name| strategy_files::local(name)) {
            self.printer.note(&format!("using the strategy in {}", escape(&path.display().to_string())));
        }
    }
}
