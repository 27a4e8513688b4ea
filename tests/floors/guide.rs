//! docs/architecture.md leads newcomers: what it names is there.

use std::fs;
use std::path::Path;

use crate::module_tree::ModuleTree;

fn guide() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).expect("the guide is there")
}

/// What stands between backticks on the lines of tables; `NAME` stands for a new file's name.
fn named(guide: &str) -> Vec<&str> {
    let lines = guide.lines().filter(|line| line.starts_with('|'));
    lines.flat_map(|line| line.split('`').skip(1).step_by(2)).filter(|span| !span.contains("NAME")).collect()
}

#[test]
fn every_path_in_the_guide_exists() {
    let guide = guide();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_path = |span: &&str| span.contains('/') && !span.contains([' ', '[']) && !span.starts_with('/');
    let exists = |path: &str| {
        ["src", ""].iter().any(|from| {
            let path = root.join(from).join(path);
            path.exists() || path.with_extension("rs").exists()
        })
    };
    let lost: Vec<_> = named(&guide).into_iter().filter(is_path).filter(|path| !exists(path)).collect();
    assert!(lost.is_empty(), "docs/architecture.md names what is not there: {lost:?}");
}

#[test]
fn every_type_in_the_glossary_exists() {
    let guide = guide();
    let tree = ModuleTree::of_the_library();
    let (_, glossary) = guide.split_once("## Glossary").expect("there is a glossary");
    let (glossary, _) = glossary.split_once("\n## ").expect("rules follow");
    let rows = glossary.lines().filter(|line| line.starts_with("| ")).skip(1);
    let types = rows.filter_map(|row| row.split('|').nth(2)?.trim().strip_prefix('`')?.strip_suffix('`'));
    // A constant is no type; the only one of the glossary.
    let exists = |name: &str| {
        name == "TILE"
            || name.contains('/')
            || tree.modules.values().any(|module| module.types.iter().any(|it| it == name))
    };
    let lost: Vec<_> = types.filter(|name| !exists(name)).collect();
    assert!(lost.is_empty(), "the glossary names what is not there: {lost:?}");
}
