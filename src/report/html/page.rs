//! The page around a document of figures, and how text from outside is made harmless in it.

use serde_json::Value;

const PAGE: &str = include_str!("assets/page.html");
/// plotly.js with the kinds of charts that the pages draw; `assets/vendor` says how it is made.
const PLOTLY: &str = include_str!("assets/vendor/plotly.min.js");
const STYLE: &str = include_str!("assets/page.css");
/// In the order in which they need each other.
const SCRIPTS: [&str; 21] = [
    include_str!("assets/shared/base.js"),
    include_str!("assets/shared/format.js"),
    include_str!("assets/shared/decode.js"),
    include_str!("assets/shared/table.js"),
    include_str!("assets/shared/theme.js"),
    include_str!("assets/shared/downsample.js"),
    include_str!("assets/shared/readout.js"),
    include_str!("assets/shared/timeline.js"),
    include_str!("assets/shared/marks.js"),
    include_str!("assets/shared/spread.js"),
    include_str!("assets/shared/months.js"),
    include_str!("assets/shared/breakdown.js"),
    include_str!("assets/shared/years.js"),
    include_str!("assets/shared/trade_figures.js"),
    include_str!("assets/pages/run.js"),
    include_str!("assets/pages/compare.js"),
    include_str!("assets/pages/batch.js"),
    include_str!("assets/pages/sweep.js"),
    include_str!("assets/pages/walk.js"),
    include_str!("assets/pages/portfolio.js"),
    include_str!("assets/pages/start.js"),
];

/// The whole page, in one text.
#[must_use]
pub(super) fn page(title: &str, document: &Value) -> String {
    let script = format!("(() => {{\n\"use strict\";\n{}\n}})();", SCRIPTS.join("\n"));
    let parts = [
        ("{{title}}", escape_text(title)),
        ("{{style}}", STYLE.to_owned()),
        ("{{plotly}}", PLOTLY.to_owned()),
        ("{{document}}", escape_json(document)),
        ("{{script}}", script),
    ];
    // One pass over the template: nothing that a part holds is ever taken for a place.
    let mut page = String::new();
    let mut rest = PAGE;
    while let Some((at, (place, part))) =
        parts.iter().filter_map(|part| Some((rest.find(part.0)?, part))).min_by_key(|(at, _)| *at)
    {
        page.push_str(&rest[..at]);
        page.push_str(part);
        rest = &rest[at + place.len()..];
    }
    page + rest
}

/// Text between tags.
fn escape_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// A document between script tags: nothing in it can end the script or begin a comment.
fn escape_json(document: &Value) -> String {
    let text = document.to_string();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Within JSON these stand in strings only, where an escape means the same.
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_is_small_and_every_place_in_it_is_filled() {
        let page = page("</title> {{script}}", &json!({ "kind": "{{plotly}}" }));
        assert!(page.contains("plotly.js v"));
        assert!(page.contains("&lt;/title&gt; {{script}}"), "a title is text");
        assert_eq!(page.matches("{{plotly}}").count(), 1, "as part of the document only");
        assert!(page.len() < 1_500_000, "{} bytes", page.len());
    }

    #[test]
    fn a_page_may_ask_nobody_for_anything() {
        assert!(PAGE.contains("default-src 'none'"));
        let own = [PAGE, STYLE].into_iter().chain(SCRIPTS);
        for text in own {
            // The name of a kind of document, which nobody fetches.
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("innerHTML"));
        }
    }

    #[test]
    fn a_document_cannot_end_its_script_and_reads_back_the_same() {
        let evil = json!({"</script><script>alert(1)</script>": "<!-- \u{2028} & 'x' \"y\" \u{202e}"});
        let escaped = escape_json(&evil);
        assert!(!escaped.contains(['<', '>', '&', '\u{2028}']), "{escaped}");
        assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), evil);
    }

    #[test]
    fn text_holds_no_markup() {
        assert_eq!(escape_text("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
    }
}
