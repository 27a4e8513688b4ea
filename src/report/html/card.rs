//! The metrics of results, as the page's cards and tables read them.

use serde_json::{Value, json};

use crate::report::json::number;
use crate::sim::metrics::{Better, Group, Metrics, TABLE, Unit};

/// What each metric is, in the order of the table of metrics.
#[must_use]
pub fn metrics() -> Value {
    let one = |metric: &crate::sim::metrics::Metric| {
        json!({
            "name": metric.name,
            "label": metric.label,
            "about": metric.about,
            "group": match metric.group { Group::Equity => "equity", Group::Trades => "trades" },
            "unit": match metric.unit {
                Unit::Gain => "gain",
                Unit::Share => "share",
                Unit::Currency => "currency",
                Unit::Ratio => "ratio",
                Unit::Count => "count",
                Unit::Bars => "bars",
            },
            "higher": metric.better == Better::Higher,
        })
    };
    TABLE.iter().map(one).collect()
}

/// The values, in the same order; null where undefined.
#[must_use]
pub fn values(metrics: &Metrics) -> Value {
    metrics.iter().map(|value| value.map_or(Value::Null, number)).collect()
}
