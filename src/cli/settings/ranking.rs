//! Which results are shown, and in which order: `--sort`, `--top`, `--where`.

use crate::cli::args::RankingArgs;
use crate::cli::args::options::{SORT, TOP};
use crate::cli::error::Error;
use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::given::Given;
use crate::report::Row;
use crate::sim::metrics::{self, Better, Metrics};
use crate::sim::strategy::{self, Expr};

/// A ranking and a filter over results.
pub struct Ranking {
    /// Index of the metric to rank by.
    metric: usize,
    top: Option<usize>,
    filter: Option<Expr>,
    condition: Option<String>,
}

impl Ranking {
    /// Checks the metric's name and the filter; what the arguments leave open, the settings file may say.
    ///
    /// # Errors
    /// An unknown metric, with the nearest name; a filter that is no condition over metrics.
    pub fn new(args: &RankingArgs, config: &SettingsFile) -> Result<Self, Error> {
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
            .map(|text| strategy::parse_condition_over_numbers("--where", text, &names))
            .transpose()
            .map_err(Error::usage)?;
        Ok(Self { metric, top, filter, condition: args.filter.clone() })
    }

    /// How many are shown, where anybody says.
    #[must_use]
    pub fn top(&self) -> Option<usize> {
        self.top
    }

    /// Name of the metric to rank by.
    #[must_use]
    pub fn sort(&self) -> &'static str {
        metrics::TABLE[self.metric].name
    }

    /// What `--where` says.
    #[must_use]
    pub fn condition(&self) -> Option<&str> {
        self.condition.as_deref()
    }

    /// Whether a result passes `--where`.
    #[must_use]
    pub fn passes(&self, metrics: &Metrics) -> bool {
        self.filter.as_ref().is_none_or(|filter| {
            // An undefined metric is neither above nor below anything.
            let values: Vec<f64> = metrics.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
            strategy::truth(filter, &values)
        })
    }

    /// Where a result stands: the better, the smaller; undefined ones come last.
    #[must_use]
    pub fn place(&self, metrics: &Metrics) -> f64 {
        let sign = if metrics::TABLE[self.metric].better == Better::Higher { -1.0 } else { 1.0 };
        metrics[self.metric].map_or(f64::INFINITY, |value| sign * value)
    }

    /// The rows that pass, best first, undefined ones last; equal ones stay in their order.
    #[must_use]
    pub fn apply(&self, mut rows: Vec<Row>) -> Vec<Row> {
        rows.retain(|row| self.passes(&row.outcome.metrics));
        rows.sort_by(|a, b| self.place(&a.outcome.metrics).total_cmp(&self.place(&b.outcome.metrics)));
        rows.truncate(self.top.unwrap_or(usize::MAX));
        rows
    }
}
