//! A signal as a line of JSON.

use serde_json::{Map, Value};

use super::number;
use crate::sim::fold::OrderFill;
use crate::sim::{Side, Signal, SignalKind};
use crate::time;

/// One signal on one line, without a line's end. Its number is 0: the store gives it one.
#[must_use]
pub fn signal(signal: &Signal) -> String {
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| drop(document.insert(name.to_owned(), value));
    let text = |text: &str| Value::from(text);
    let price = |price: Option<f64>| price.filter(|price| price.is_finite()).map_or(Value::Null, number);
    let position = |side: Option<Side>| text(side.map_or("flat", Side::name));
    put("id", text(&signal.id));
    put("kind", text(signal.kind.name()));
    match signal.kind {
        SignalKind::Order(_) => {}
        SignalKind::Correction { order, is_there } => {
            put("order", text(order.name()));
            put("change", text(if is_there { "added" } else { "removed" }));
        }
        SignalKind::Migrated { before, now } => {
            put("before", position(before));
            put("now", position(now));
        }
    }
    put("side", signal.kind.order().map_or(Value::Null, |order| text(order.side())));
    put("symbol", text(&signal.symbol));
    put("interval", text(&signal.interval.to_string()));
    put("bar", text(&time(signal.bar)));
    put("close_time", text(&time(signal.close_time())));
    put("fill", signal.fill.map_or(Value::Null, |fill| text(fill.name())));
    put("price_ref", price(Some(signal.price_ref)));
    put("stop", price(signal.stop));
    put("target", price(signal.target));
    put("strategy", text(&signal.strategy));
    put("params", signal.params.iter().map(|(name, value)| (name.clone(), number(*value))).collect());
    put("key", text(&signal.key));
    put("equity", price(Some(signal.equity)));
    // A rule knows of no position.
    let order = signal.kind.order().filter(|_| signal.fill != Some(OrderFill::Condition));
    put("position_before", order.map_or(Value::Null, |order| text(order.position_before())));
    put("bars_late", signal.bars_late.into());
    if signal.stale {
        put("stale", true.into());
    }
    if signal.replayed {
        put("replayed", true.into());
    }
    put("seq", 0.into());
    put("emitted_at", text(&time(signal.emitted_at)));
    put("age_ms", (signal.emitted_at - signal.close_time()).into());
    Value::Object(document).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::fold::OrderKind;

    #[test]
    fn a_signal_has_its_fields_in_order_and_a_place_for_its_number() {
        let of = Signal {
            id: "ab".to_owned(),
            kind: SignalKind::Order(OrderKind::ShortEntry),
            symbol: "BTC\"seq\":0,".to_owned(),
            interval: "1d".parse().unwrap(),
            bar: 0,
            fill: Some(OrderFill::NextOpen),
            price_ref: 100.0,
            stop: Some(102.5),
            target: None,
            strategy: "ma".to_owned(),
            params: vec![("fast".to_owned(), 50.0)],
            key: "cd".to_owned(),
            equity: 9_999.5,
            bars_late: 0,
            stale: false,
            replayed: false,
            emitted_at: 86_402_000,
        };
        assert_eq!(
            signal(&of),
            r#"{"id":"ab","kind":"short_entry","side":"sell","symbol":"BTC\"seq\":0,","interval":"1d","bar":"1970-01-01T00:00:00Z","close_time":"1970-01-02T00:00:00Z","fill":"next-open","price_ref":100,"stop":102.5,"target":null,"strategy":"ma","params":{"fast":50},"key":"cd","equity":9999.5,"position_before":"flat","bars_late":0,"seq":0,"emitted_at":"1970-01-02T00:00:02Z","age_ms":2000}"#
        );
        assert_eq!(signal(&of).matches("\"seq\":0,").count(), 1, "a name cannot look like the number's place");
    }
}
