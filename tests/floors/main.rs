//! The architecture as tests: which floor may import which, which crates are known where, no import cycles, no type
//! name twice, folders and files of a sensible size. The lists in `allowed/` hold what does not comply yet; they only
//! ever get shorter.

mod allow_list;
mod cycles;
mod guide;
mod module_tree;
mod phrases;
mod sizes;
mod type_names;

use std::fs;
use std::path::{Path, PathBuf};

use module_tree::floors;

/// Each floor and the floors that it may use, from the lowest up. Cargo itself refuses circles and what is not in a
/// floor's `Cargo.toml`; this says what may be put there.
const FLOORS: &[(&str, &[&str])] = &[
    ("sim", &[]),
    ("system", &["sim"]),
    ("parquet", &[]),
    ("cache", &["sim", "system"]),
    ("data", &["parquet", "sim", "system"]),
    ("report", &["parquet", "sim", "system"]),
    ("delivery", &["cache", "data", "sim", "system"]),
    ("engine", &["cache", "data", "sim", "system"]),
    ("shards", &["engine", "report", "sim", "system"]),
    ("output", &["data", "engine", "report", "sim", "system"]),
    ("cli", &["cache", "data", "delivery", "engine", "output", "report", "shards", "sim", "system"]),
];

/// Crates that one part of the program alone may know, with the files that may.
const ONE_PLACE: &[(&str, &str)] = &[
    ("polars", "src/data/read/"),
    ("polars", "src/data/write/parquet.rs"),
    ("polars_arrow_format", "src/data/read/arrow.rs"),
    ("polars_parquet_format", "src/data/read/parquet/"),
    ("polars_parquet_format", "src/report/parquet/footer.rs"),
    ("polars_parquet_format", "src/report/parquet/row_groups.rs"),
    ("polars", "src/report/parquet"),
    ("polars_arrow", "src/report/parquet"),
    ("polars_parquet", "src/report/parquet/pages.rs"),
    ("polars", "src/parquet/"),
    ("polars_arrow", "src/parquet/"),
    ("polars_parquet", "src/parquet/"),
    ("polars_parquet_format", "src/parquet/"),
    ("polars_parquet", "src/data/read/parquet/"),
    ("polars_parquet", "src/data/write/parquet.rs"),
    ("ureq", "src/data/exchange/transport.rs"),
    ("ring", "src/data/exchange/archive.rs"),
    ("ring", "src/delivery/webhook.rs"),
    ("redis", "src/cache/redis/"),
    ("rusqlite", "src/cache/sqlite/"),
    ("rustls", "src/cache/redis/tls.rs"),
    ("rustls_native_certs", "src/cache/redis/tls.rs"),
    ("rustls_native_certs", "src/data/exchange/transport.rs"),
    ("bincode", "src/cache/codec"),
    ("bincode", "src/data/catalog/index.rs"),
    ("bincode", "src/shards/part"),
    ("object_store", "src/shards/store/bucket.rs"),
    ("tokio", "src/shards/store/bucket.rs"),
    ("rustls", "src/shards/store/bucket.rs"),
    ("base64", "src/report/html/series/encode.rs"),
    ("rayon", "src/system/pool.rs"),
    ("indicatif", "src/output/progress.rs"),
    ("comfy_table", "src/output/table.rs"),
    ("comfy_table", "src/output/printer.rs"),
    ("unicode_width", "src/output/table.rs"),
    ("clap", "src/cli/args/"),
    ("clap", "src/cli/settings/file.rs"),
    ("clap", "src/cli/settings/given.rs"),
    ("clap", "src/cli/mod.rs"),
    ("clap", "src/cli/usage_error.rs"),
    ("anyhow", "src/output/error.rs"),
    ("zip", "src/data/import/formats/wrapping.rs"),
    ("tar", "src/data/import/formats/wrapping.rs"),
    ("polars", "src/data/import/formats/frame.rs"),
    ("polars_arrow", "src/data/import/formats/frame.rs"),
    ("csv_core", "src/data/import/formats/csv.rs"),
    ("zip", "src/data/exchange/archive.rs"),
];

/// What never stands on the lower floors: no file, no clock, no screen, no threads.
const NO_IO: &[&str] =
    &["std::fs", "std::io", "std::env", "std::net", "std::time", "std::thread", "println!", "eprintln!", "SystemTime"];
const LOWER: &[&str] = &["sim"];

/// Path below the root and text of every Rust file of src.
pub(crate) fn source_files() -> Vec<(String, String)> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).expect("src is readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                out.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    walk(&root.join("src"), &mut paths);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).expect("source is text"))
    };
    paths.into_iter().map(read).collect()
}

/// Code alone: no comments, and nothing of a file's own test module.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let line = |line: &str| line.find("//").map_or(line, |at| &line[..at]).to_owned();
    text[..end].lines().map(|l| line(l) + "\n").collect()
}

pub(crate) fn is_test(file: &str) -> bool {
    file.ends_with("_tests.rs")
        || file.ends_with("/tests.rs")
        || file.contains("/tests/")
        || file.ends_with("testing.rs")
}

fn uses_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    }) || code.contains(&format!("use {name};"))
}

pub(crate) fn module_of(file: &str) -> &str {
    let rest = file.strip_prefix("src/").expect("below src");
    rest.split_once('/').map_or_else(|| rest.trim_end_matches(".rs"), |(module, _)| module)
}

#[test]
fn an_import_only_ever_points_down() {
    let known = FLOORS.iter().map(|(floor, _)| (*floor).to_owned()).collect();
    assert_eq!(floors(), &known, "every floor has its line in tests/floors/main.rs");
    for (floor, below) in FLOORS {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(floor).join("Cargo.toml");
        let manifest: toml::Table = fs::read_to_string(manifest).expect("it is text").parse().expect("it is TOML");
        let dependencies = manifest["dependencies"].as_table().expect("it is a table");
        let used: Vec<_> = dependencies.keys().filter_map(|name| name.strip_prefix("backtest-")).collect();
        let up: Vec<_> = used.iter().filter(|used| !below.contains(used)).collect();
        assert!(up.is_empty(), "{floor} uses {up:?}, which is not below it");
    }
}

#[test]
fn the_lower_floors_do_no_io() {
    for (file, text) in source_files().iter().filter(|(file, _)| !is_test(file) && LOWER.contains(&module_of(file))) {
        let code = code(text);
        for word in NO_IO {
            assert!(!code.contains(word), "{file} uses {word}");
        }
    }
}

#[test]
fn a_crate_that_may_change_is_known_in_one_place() {
    for (file, text) in source_files().iter().filter(|(file, _)| !is_test(file)) {
        let code = code(text);
        for (name, _) in ONE_PLACE {
            let allowed = ONE_PLACE.iter().any(|(other, place)| other == name && file.starts_with(place));
            assert!(allowed || !uses_crate(&code, name), "{file} uses {name}");
        }
    }
}

#[test]
fn unsafe_code_stands_in_one_file_at_most() {
    let files: Vec<_> =
        source_files().into_iter().filter(|(_, text)| code(text).contains("unsafe ")).map(|(file, _)| file).collect();
    assert!(files.len() <= 1, "{files:?}");
}
