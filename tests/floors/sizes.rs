//! Folders that can be taken in at a glance, files that are one concept each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::allow_list;
use crate::{is_test, source_files};

/// Folders of many like things, one file each: as many and as short as they happen to be.
const FAMILIES: &[&str] = &["indicators", "formats", "exchange", "exchanges"];
const ENTRIES: usize = 14;
const SHORT: usize = 40;
const LONG: usize = 600;

fn in_a_family(path: &str) -> bool {
    path.split('/').any(|part| FAMILIES.contains(&part))
}

fn is_door(file: &str) -> bool {
    ["/mod.rs", "src/lib.rs", "src/main.rs"].iter().any(|door| file.ends_with(door))
}

/// Every folder below src with the names of its entries; `mod.rs` is the folder itself, and so is a crate's `Cargo.toml`.
fn folders() -> BTreeMap<String, BTreeSet<String>> {
    fn walk(root: &Path, path: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
        for entry in fs::read_dir(root.join(path)).expect("src is readable").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() {
                walk(root, &format!("{path}/{name}"), found);
            }
            if name != "mod.rs" && name != "Cargo.toml" {
                found.entry(path.to_owned()).or_default().insert(name);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(Path::new(env!("CARGO_MANIFEST_DIR")), "src", &mut found);
    found
}

#[test]
fn a_folder_can_be_taken_in_at_a_glance() {
    // `NAME.rs` and its `NAME/` (of tests, say) are one entry.
    let entries =
        |names: &BTreeSet<String>| names.iter().map(|name| name.trim_end_matches(".rs")).collect::<BTreeSet<_>>().len();
    let crowded = folders().into_iter().filter(|(path, names)| entries(names) > ENTRIES && !in_a_family(path));
    let found = crowded.map(|(path, _)| path).collect();
    allow_list::check("folders", &format!("A folder has more than {ENTRIES} entries."), &found);
}

#[test]
fn files_with_a_common_prefix_are_a_folder() {
    let mut found = BTreeSet::new();
    for (path, names) in folders().into_iter().filter(|(path, _)| !in_a_family(path)) {
        let mut prefixes: BTreeMap<&str, usize> = BTreeMap::new();
        for name in names.iter().filter_map(|name| name.strip_suffix(".rs")).filter(|name| !name.ends_with("_tests")) {
            *prefixes.entry(name.split('_').next().unwrap_or(name)).or_default() += 1;
        }
        found.extend(prefixes.iter().filter(|(_, count)| **count > 2).map(|(prefix, _)| format!("{path}/{prefix}")));
    }
    allow_list::check("prefixes", "Three files of a folder have one prefix: they are a folder of their own.", &found);
}

#[test]
fn a_file_is_a_concept_of_its_own() {
    let short = |(file, text): &(String, String)| {
        text.lines().count() < SHORT && !is_door(file) && !is_test(file) && !in_a_family(file)
    };
    let found = source_files().into_iter().filter(short).map(|(file, _)| file).collect();
    allow_list::check("short_files", &format!("A file has fewer than {SHORT} lines: it belongs to its user."), &found);
}

#[test]
fn unit_tests_stand_in_one_place() {
    let found = source_files().into_iter().map(|(file, _)| file).filter(|file| file.ends_with("_tests.rs")).collect();
    allow_list::check("test_files", "Unit tests are inline, or in NAME/tests.rs beside the code.", &found);
}

#[test]
fn a_long_file_says_why() {
    for (file, text) in source_files() {
        let head: Vec<_> = text.lines().take_while(|line| line.starts_with("//")).collect();
        let lines = text.lines().count();
        let explained = head.join(" ").to_lowercase().contains("long because");
        assert!(lines <= LONG || explained, "{file} has {lines} lines, and no `Long because ..` in its head comment");
    }
}
