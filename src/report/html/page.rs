//! The page around a document of figures; the only file that knows plotly.

use plotly::Plot;
use serde_json::Value;

use super::safe;

const PAGE: &str = include_str!("assets/page.html");
const STYLE: &str = include_str!("assets/page.css");
/// In the order in which they need each other.
const SCRIPTS: [&str; 15] = [
    include_str!("assets/base.js"),
    include_str!("assets/format.js"),
    include_str!("assets/unpack.js"),
    include_str!("assets/table.js"),
    include_str!("assets/theme.js"),
    include_str!("assets/thin.js"),
    include_str!("assets/timeline.js"),
    include_str!("assets/marks.js"),
    include_str!("assets/spread.js"),
    include_str!("assets/months.js"),
    include_str!("assets/run.js"),
    include_str!("assets/compare.js"),
    include_str!("assets/batch.js"),
    include_str!("assets/sweep.js"),
    include_str!("assets/start.js"),
];

/// The whole page, in one text.
#[must_use]
pub fn page(title: &str, document: &Value) -> String {
    let script = format!("(() => {{\n\"use strict\";\n{}\n}})();", SCRIPTS.join("\n"));
    let parts = [
        ("{{title}}", safe::text(title)),
        ("{{style}}", STYLE.to_owned()),
        ("{{plotly}}", plotly()),
        ("{{document}}", safe::json(document)),
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

/// plotly.js within its script tags. The crate hands out `MathJax` behind it, 2 MB for formulas that no page has.
fn plotly() -> String {
    const END: &str = "</script>";
    let mut scripts = Plot::offline_js_sources();
    if let Some(end) = scripts.find(END) {
        scripts.truncate(end + END.len());
    }
    scripts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_holds_the_library_without_mathjax_and_every_place_is_filled() {
        let page = page("</title> {{script}}", &json!({ "kind": "{{plotly}}" }));
        assert!(page.contains("plotly.js v"));
        assert!(!page.contains("MathJax="), "formulas are not needed");
        assert!(page.contains("&lt;/title&gt; {{script}}"), "a title is text");
        assert_eq!(page.matches("{{plotly}}").count(), 1, "as part of the document only");
        assert!(page.len() < 5_000_000, "{} bytes", page.len());
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
}
