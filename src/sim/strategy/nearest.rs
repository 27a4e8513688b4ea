//! "did you mean": the one candidate that a mistyped name most likely stands for.

use strsim::damerau_levenshtein;

/// Longer names are no typos, and the distance takes quadratic time.
const LONGEST: usize = 64;

/// The candidate nearest to `name` by Damerau-Levenshtein distance, letter case ignored; `None` when even the
/// nearest differs in more than about a third of its letters. Of equally near ones the first.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = name.chars().count();
    if letters == 0 || letters > LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .filter_map(|candidate| {
            let longest = letters.max(candidate.chars().count());
            let distance = damerau_levenshtein(&name, &candidate.to_lowercase());
            (distance <= (longest / 3).max(1) && distance < longest).then_some((distance, candidate))
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// The hint made of it.
pub(super) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_finds_its_name() {
        let names = ["sma", "ema", "rsi", "highest", "period"];
        assert_eq!(nearest("rsj", names), Some("rsi"));
        assert_eq!(nearest("RSI", names), Some("rsi"));
        assert_eq!(nearest("hihgest", names), Some("highest"));
        assert_eq!(nearest("peroid", names), Some("period"));
    }

    #[test]
    fn a_name_unlike_all_others_finds_none() {
        assert_eq!(nearest("volume", ["sma", "rsi"]), None);
        assert_eq!(nearest("x", ["n", "k"]), None);
        assert_eq!(nearest("", ["n"]), None);
        assert_eq!(nearest(&"a".repeat(100_000), ["a"]), None);
    }

    #[test]
    fn of_equally_near_names_the_first_wins() {
        assert_eq!(nearest("xma", ["sma", "ema"]), Some("sma"));
    }
}
