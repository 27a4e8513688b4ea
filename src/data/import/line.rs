//! Splits a line into its cells.

/// Fills `cells` with the cells of a line, quotation marks included; `false` when one is not closed.
pub(super) fn split<'a>(line: &'a str, cells: &mut Vec<&'a str>) -> bool {
    cells.clear();
    let bytes = line.as_bytes();
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b',' => {
                cells.push(&line[start..at]);
                start = at + 1;
            }
            b'"' => match bytes[at + 1..].iter().position(|b| *b == b'"') {
                Some(length) => at += length + 1,
                None => return false,
            },
            _ => {}
        }
        at += 1;
    }
    cells.push(&line[start..]);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_within_quotation_marks_do_not_split() {
        let mut cells = Vec::new();
        assert!(split("\"Jul 01, 2021\",\"1,2\",3,,\"\"", &mut cells));
        assert_eq!(cells, ["\"Jul 01, 2021\"", "\"1,2\"", "3", "", "\"\""]);
        assert!(!split("1,\"2", &mut cells));
    }
}
