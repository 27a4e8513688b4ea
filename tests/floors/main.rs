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

/// Module (a folder or a file below src), the project's modules it may use, and the outside crates it may use.
/// `std` and `core` are everybody's, but for the lower floors (see `NO_IO`).
const FLOORS: &[(&str, &[&str], &[&str])] = &[
    ("clock", &["sim"], &[]),
    ("files", &[], &["tempfile"]),
    ("parquet", &[], &["polars", "polars_arrow", "polars_parquet", "polars_parquet_format"]),
    ("pool", &[], &["rayon"]),
    ("sim", &[], &["winnow", "toml", "thiserror", "strsim", "libm", "rustc_hash", "jiff", "bytemuck"]),
    (
        "cache",
        &["clock", "sim"],
        &["redis", "bincode", "blake3", "jiff", "rusqlite", "rustls", "rustls_native_certs", "thiserror", "tracing"],
    ),
    (
        "data",
        &["clock", "files", "parquet", "pool", "sim"],
        &[
            "csv_core",
            "polars",
            "polars_arrow",
            "polars_arrow_format",
            "polars_parquet",
            "polars_parquet_format",
            "bincode",
            "blake3",
            "bytemuck",
            "jiff",
            "zstd",
            "flate2",
            "tempfile",
            "thiserror",
            "tracing",
            "strsim",
            "libm",
            "serde",
            "serde_json",
            "ureq",
            "rustls_native_certs",
            "ring",
            "zip",
            "tar",
            "csv",
        ],
    ),
    (
        "report",
        &["clock", "files", "parquet", "sim"],
        &[
            "polars",
            "polars_arrow",
            "polars_parquet",
            "polars_parquet_format",
            "csv",
            "serde_json",
            "jiff",
            "tempfile",
            "libm",
            "base64",
            "serde",
        ],
    ),
    ("delivery", &["cache", "clock", "data", "files", "sim"], &["ring", "serde", "serde_json", "thiserror"]),
    ("engine", &["cache", "data", "pool", "sim"], &["tracing"]),
    (
        "shards",
        &["engine", "files", "report", "sim"],
        &["bincode", "blake3", "object_store", "rustls", "serde", "serde_json", "tempfile", "thiserror", "tokio"],
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
    ("polars", "src/parquet.rs"),
    ("polars_arrow", "src/parquet.rs"),
    ("polars_parquet", "src/parquet.rs"),
    ("polars_parquet_format", "src/parquet.rs"),
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
    ("rayon", "src/pool.rs"),
    ("indicatif", "src/cli/output/progress.rs"),
    ("comfy_table", "src/cli/output/table.rs"),
    ("comfy_table", "src/cli/output/printer.rs"),
    ("unicode_width", "src/cli/output/table.rs"),
    ("clap", "src/cli/args/"),
    ("clap", "src/cli/settings/file.rs"),
    ("clap", "src/cli/settings/given.rs"),
    ("clap", "src/cli/mod.rs"),
    ("clap", "src/cli/usage_error.rs"),
    ("anyhow", "src/cli/error.rs"),
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

const CRATES: &[&str] = &[
    "anyhow",
    "base64",
    "bincode",
    "blake3",
    "bytemuck",
    "clap",
    "clap_complete",
    "clap_mangen",
    "comfy_table",
    "csv",
    "csv_core",
    "etcetera",
    "flate2",
    "indicatif",
    "jiff",
    "libm",
    "object_store",
    "polars",
    "polars_arrow",
    "polars_arrow_format",
    "polars_parquet",
    "polars_parquet_format",
    "rayon",
    "redis",
    "rusqlite",
    "ring",
    "rustc_hash",
    "rustls",
    "rustls_native_certs",
    "serde",
    "serde_json",
    "signal_hook",
    "strsim",
    "tar",
    "tempfile",
    "thiserror",
    "tokio",
    "toml",
    "tracing",
    "tracing_subscriber",
    "unicode_width",
    "ureq",
    "winnow",
    "zip",
    "zstd",
];

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

/// Identifiers that follow `prefix` as a whole path segment, with those inside one level of braces.
fn following(code: &str, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let list = &list[..list.find("};").unwrap_or(list.len())];
            found.extend(list.split(',').map(|item| ident(item.trim())));
        } else {
            found.push(ident(rest));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn ident(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
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
    let mut wrong = Vec::new();
    for (file, text) in source_files().iter().filter(|(file, _)| !is_test(file)) {
        let Some((module, below, crates)) = FLOORS.iter().find(|(module, ..)| *module == module_of(file)) else {
            continue;
        };
        let code = code(text);
        for used in following(&code, "crate::") {
            let known = FLOORS.iter().any(|(module, ..)| *module == used) || used == "cli";
            if known && used != *module && !below.contains(&used.as_str()) {
                wrong.push(format!("{file} uses crate::{used}"));
            }
        }
        for name in CRATES.iter().filter(|name| !crates.contains(*name) && uses_crate(&code, name)) {
            wrong.push(format!("{file} uses the crate {name}"));
        }
    }
    assert!(wrong.is_empty(), "imports that point up or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_floor() {
    for (file, _) in source_files() {
        let module = module_of(&file);
        let upper = ["main", "lib", "cli"].contains(&module);
        assert!(
            upper || is_test(&file) || FLOORS.iter().any(|(known, ..)| *known == module),
            "{file} has no floor in tests/floors/main.rs"
        );
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
