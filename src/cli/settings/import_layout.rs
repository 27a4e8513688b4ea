//! Layouts of files to be imported, as a desk writes its broker's down once.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::args::{DateOrderArg, DecimalArg, OnBadRowArg, TimeIsArg};

/// A layout in the settings file: `[import.NAME]`, each key an option's name with `_` for `-`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportLayout {
    pub symbol: Option<String>,
    pub only_symbol: Option<String>,
    pub interval: Option<String>,
    #[serde(default, deserialize_with = "columns")]
    pub columns: Option<String>,
    pub keep_columns: Option<String>,
    pub separator: Option<String>,
    pub decimal: Option<DecimalArg>,
    pub date_order: Option<DateOrderArg>,
    pub time_format: Option<String>,
    pub timezone: Option<String>,
    pub time_is: Option<TimeIsArg>,
    pub price_scale: Option<f64>,
    pub on_bad_row: Option<OnBadRowArg>,
}

/// A table of meanings and columns, or the text that the flag takes.
fn columns<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Named(BTreeMap<String, toml::Value>),
    }
    Ok(Some(match Written::deserialize(value)? {
        Written::Text(text) => text,
        Written::Named(columns) => {
            let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            columns.iter().map(|(role, column)| format!("{role}={}", text(column))).collect::<Vec<_>>().join(",")
        }
    }))
}
