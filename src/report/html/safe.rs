//! Text from outside, made harmless in a page.

use serde_json::Value;

/// Text between tags.
#[must_use]
pub fn text(text: &str) -> String {
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
#[must_use]
pub fn json(document: &Value) -> String {
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
    fn a_document_cannot_end_its_script_and_reads_back_the_same() {
        let evil = json!({"</script><script>alert(1)</script>": "<!-- \u{2028} & 'x' \"y\" \u{202e}"});
        let safe = json(&evil);
        assert!(!safe.contains(['<', '>', '&', '\u{2028}']), "{safe}");
        assert_eq!(serde_json::from_str::<Value>(&safe).unwrap(), evil);
    }

    #[test]
    fn text_holds_no_markup() {
        assert_eq!(text("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
    }
}
