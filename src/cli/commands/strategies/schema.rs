//! The JSON schema of strategy files, from the tables that the reader of these files goes by.

use serde_json::{Map, Value, json};

use crate::sim::indicators::ParamKind;
use crate::sim::strategy::{KEYS, MARKET_FUNDING, RULES, TRADE_KEYS, TradeKey, TradeTable, portfolio_keys};

/// Names of strategies, of parameters and of what `[let]` and `[functions]` define.
const STRATEGY_NAME: &str = "^[a-z][a-z0-9_-]{0,63}$";
const NAME: &str = "^[a-z][a-z0-9_]{0,63}$";
const CALL: &str = "^[a-z][a-z0-9_]{0,63}\\s*\\(.*\\)$";

/// The schema, in draft 7, which editors of TOML read.
#[must_use]
pub(super) fn schema() -> Value {
    let properties: Map<String, Value> = KEYS.iter().map(|key| ((*key).to_owned(), of_key(key))).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Strategy of backtest",
        "description": "A trading strategy: parameters, rules, exits and sizes. See docs/strategies.md.",
        "type": "object",
        "required": ["name"],
        "anyOf": [{ "required": ["rules"] }, { "required": ["portfolio"] }],
        "additionalProperties": false,
        "properties": properties,
    })
}

fn of_key(key: &str) -> Value {
    let expressions = |names: &str, about: &str| {
        json!({
            "type": "object",
            "description": about,
            "patternProperties": { names: { "type": "string", "minLength": 1 } },
            "additionalProperties": false,
        })
    };
    match key {
        "name" => json!({
            "type": "string",
            "description": "Its name: small letters, digits, `_` and `-`, a letter first.",
            "pattern": STRATEGY_NAME,
        }),
        "about" => json!({ "type": "string", "description": "One line for people." }),
        "params" => params(),
        "let" => expressions(NAME, "Names for expressions, which rules may use."),
        "functions" => expressions(CALL, "Functions: a call in quotes, as in \"hull(x, n)\", and what it stands for."),
        "rules" => rules(),
        "portfolio" => portfolio(),
        _ => TradeTable::ALL.into_iter().find(|table| table.name() == key).map_or_else(|| json!({}), terms),
    }
}

fn params() -> Value {
    let number = |about: &str| json!({ "type": "number", "description": about });
    json!({
        "type": "object",
        "description": "Parameters, which `--param` and sweeps may set.",
        "patternProperties": { NAME: { "anyOf": [
            number("Its default."),
            {
                "type": "object",
                "required": ["default"],
                "additionalProperties": false,
                "properties": {
                    "default": number("Its value where none is given."),
                    "min": number("Smallest allowed."),
                    "max": number("Largest allowed."),
                },
            },
        ] } },
        "additionalProperties": false,
    })
}

fn rules() -> Value {
    let about = |rule: &str| match rule {
        "require" => "What parameters must fulfil; points of a sweep that do not are skipped.",
        "entry" => "When to buy.",
        "exit" => "When to sell; may be left out where [exits] has a stop, a target or `max_bars`.",
        "short_entry" => "When to sell short.",
        _ => "When to buy back.",
    };
    let rule =
        |rule: &&str| ((*rule).to_owned(), json!({ "type": "string", "minLength": 1, "description": about(rule) }));
    json!({
        "type": "object",
        "description": "Conditions, as in `rsi(close, 14) < 30 and close > sma(close, 200)`.",
        "required": ["entry"],
        "additionalProperties": false,
        "properties": RULES.iter().map(rule).collect::<Map<_, _>>(),
    })
}

/// `[exits]`, `[size]` and `[entry_order]`.
fn terms(table: TradeTable) -> Value {
    let own = TRADE_KEYS.iter().filter(|key| key.table == table);
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": own.map(|key| (key.key().to_owned(), term(key))).collect::<Map<_, _>>(),
    })
}

/// `[portfolio]`: numbers, expressions, and `every`, a number of bars or an interval.
fn portfolio() -> Value {
    let key = |(name, kind): (&str, Option<ParamKind>)| {
        let form =
            kind.map_or_else(|| json!({ "type": ["string", "number"] }), |kind| json!({ "anyOf": number(kind) }));
        (name.to_owned(), form)
    };
    json!({
        "type": "object",
        "description": "How one account is spread over many assets.",
        "additionalProperties": false,
        "properties": portfolio_keys().map(key).collect::<Map<_, _>>(),
    })
}

/// A number, or an expression that makes one.
fn number(kind: ParamKind) -> Vec<Value> {
    let number = match kind {
        ParamKind::Period { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        ParamKind::Factor { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
    };
    vec![number, json!({ "type": "string", "minLength": 1 })]
}

fn term(key: &TradeKey) -> Value {
    let mut forms = number(key.kind);
    if key.name == "take_profit" {
        let value = json!({ "type": ["number", "string"] });
        let step = json!({ "type": "array", "items": value, "minItems": 2, "maxItems": 2 });
        forms.push(json!({ "type": "array", "items": step, "minItems": 1 }));
    }
    let about = if key.name == "funding_rate" {
        format!("{}; \"{MARKET_FUNDING}\" for the market's own rates", key.about)
    } else {
        key.about.to_owned()
    };
    json!({ "description": about, "anyOf": forms })
}
