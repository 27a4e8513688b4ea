//! Which results are shown, and in which order: `--sort`, `--top`, `--where`.

use crate::cli::args::RankingArgs;
use crate::cli::args::options::{SORT, TOP};
use crate::cli::error::Error;
use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::given::Given;
use crate::engine::{MetricFilter, Ranking};
use crate::sim::{metrics, strategy};

impl Ranking {
    /// Checks the metric's name and the filter; what the arguments leave open, the settings file may say.
    ///
    /// # Errors
    /// An unknown metric, with the nearest name; a filter that is no condition over metrics.
    pub(in crate::cli) fn new(args: &RankingArgs, config: &SettingsFile) -> Result<Self, Error> {
        let sort = config.given(&SORT, args.sort.as_deref())?;
        let top = config.given(&TOP, args.top.as_deref())?;
        let top = top.map(|given| given.count("how many results to show")).transpose()?;
        let names: Vec<&str> = metrics::TABLE.iter().map(|metric| metric.name).collect();
        let sort = sort.unwrap_or_else(|| Given::by_flag("--sort", SORT.default));
        let metric = metrics::find(sort.text.trim()).ok_or_else(|| {
            let hint = strategy::nearest(&sort.text, names.iter().copied())
                .map_or_else(|| format!("there are: {}", names.join(", ")), |name| format!("did you mean '{name}'?"));
            sort.invalid(format_args!("is not a metric; {hint}"))
        })?;
        let filter = args
            .filter
            .as_deref()
            .map(|text| MetricFilter::parse("--where", text))
            .transpose()
            .map_err(Error::usage)?;
        Ok(Self { metric, top, filter })
    }
}
