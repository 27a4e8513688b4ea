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

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use module_tree::{ModuleTree, floors};

/// Each floor, the floors or the modules of them that it may use, and the crates that it may use, from the lowest up.
/// `std` is everybody's, but for the lower floors (see `NO_IO`).
const FLOORS: &[(&str, &[&str], &[&str])] = &[
    ("sim", &[], &["bytemuck", "jiff", "libm", "rustc-hash", "strsim", "thiserror", "toml", "winnow"]),
    ("system", &["sim"], &["rayon", "tempfile"]),
    ("parquet", &[], &["polars", "polars-arrow", "polars-parquet", "polars-parquet-format"]),
    (
        "cache",
        &["sim", "system::clock"],
        &["bincode", "blake3", "jiff", "redis", "rusqlite", "rustls", "rustls-native-certs", "thiserror", "tracing"],
    ),
    (
        "data",
        &["parquet", "sim", "system"],
        &[
            "bincode",
            "blake3",
            "bytemuck",
            "csv",
            "csv-core",
            "flate2",
            "jiff",
            "libm",
            "polars",
            "polars-arrow",
            "polars-arrow-format",
            "polars-parquet",
            "polars-parquet-format",
            "ring",
            "rustls-native-certs",
            "serde",
            "serde_json",
            "strsim",
            "tar",
            "tempfile",
            "thiserror",
            "tracing",
            "ureq",
            "zip",
            "zstd",
        ],
    ),
    (
        "report",
        &["parquet", "sim", "system::files"],
        &[
            "base64",
            "csv",
            "jiff",
            "libm",
            "polars",
            "polars-arrow",
            "polars-parquet",
            "polars-parquet-format",
            "serde",
            "serde_json",
            "tempfile",
        ],
    ),
    (
        "delivery",
        &["cache", "data", "sim", "system::clock", "system::files"],
        &["ring", "serde", "serde_json", "thiserror"],
    ),
    ("engine", &["cache", "data", "sim", "system::files::fingerprint", "system::pool"], &[]),
    (
        "shards",
        &["engine", "report", "sim", "system::files"],
        &[
            "bincode",
            "blake3",
            "object_store",
            "reqwest",
            "rustls",
            "serde",
            "serde_json",
            "tempfile",
            "thiserror",
            "tokio",
        ],
    ),
    (
        "output",
        &["data", "engine", "report", "sim", "system::pool"],
        &["anyhow", "comfy-table", "indicatif", "jiff", "libm", "serde_json", "signal-hook", "unicode-width"],
    ),
    (
        "cli",
        &["cache", "data", "delivery", "engine", "output", "report", "shards", "sim", "system"],
        &[
            "clap",
            "clap_complete",
            "clap_mangen",
            "csv",
            "etcetera",
            "jiff",
            "serde",
            "serde_json",
            "tempfile",
            "toml",
            "tracing",
            "tracing-subscriber",
        ],
    ),
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
fn every_module_has_its_floor() {
    let known: BTreeSet<_> = FLOORS.iter().map(|(floor, ..)| (*floor).to_owned()).collect();
    assert_eq!(floors(), &known, "every floor has its line in tests/floors/main.rs");
    for (file, _) in source_files() {
        let is_root = ["src/lib.rs", "src/main.rs"].contains(&file.as_str());
        assert!(is_root || known.contains(module_of(&file)), "{file} is on no floor");
    }
}

#[test]
fn an_import_only_ever_points_down() {
    let tree = ModuleTree::of_the_library();
    let mut wrong = BTreeSet::new();
    for (from, to) in tree.modules.keys().flat_map(|from| tree.used_by(from).into_iter().map(move |to| (from, to))) {
        let (Some(floor), Some(other)) = (from.first(), to.first()) else { continue };
        let Some((_, below, _)) = FLOORS.iter().find(|(known, ..)| known == floor) else { continue };
        // Of `system`, only the clock knows a type of the simulator.
        let is_clock = floor != "system" || from.get(1).is_some_and(|module| module == "clock");
        let is_below = (1..=to.len()).any(|end| below.contains(&to[..end].join("::").as_str()));
        if floor != other && !(is_clock && is_below) {
            wrong.insert(format!("{} uses {}", from.join("::"), to.join("::")));
        }
    }
    assert!(wrong.is_empty(), "imports that point up or sideways: {wrong:#?}");
}

#[test]
fn a_floor_uses_the_crates_that_it_is_known_to_use_and_no_other() {
    for (floor, below, crates) in FLOORS {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(floor).join("Cargo.toml");
        let manifest: toml::Table = fs::read_to_string(manifest).expect("it is text").parse().expect("it is TOML");
        let keys = ["package", "lib", "features", "dependencies", "dev-dependencies", "lints"];
        assert!(manifest.keys().all(|key| keys.contains(&key.as_str())), "{floor}: dependencies stand in one table");
        let dependencies = |table: &str| manifest.get(table).and_then(|table| table.as_table()).into_iter().flatten();
        let names = dependencies("dependencies").map(|(name, _)| name.as_str());
        let (ours, others): (Vec<_>, Vec<_>) = names.partition(|name| name.starts_with("backtest-"));
        assert_eq!(&others, crates, "{floor}: outside crates, sorted");
        let tests = dependencies("dev-dependencies").map(|(name, _)| name.as_str());
        for name in ours.into_iter().chain(tests).filter_map(|name| name.strip_prefix("backtest-")) {
            let is_below = below.iter().any(|module| module.split("::").next() == Some(name));
            assert!(is_below, "{floor} uses {name}, which is not below it");
        }
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
