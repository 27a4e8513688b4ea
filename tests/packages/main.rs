//! What people install without Rust: a wheel that pip takes, holding the binary and nothing else; and the workflows that
//! build it. Where Python's registry cannot be reached, the tests say so and have looked at nothing.
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A Python environment with the tools, made once and kept with what else was built.
static TOOLS: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let folder = target().join("packages-venv");
    let made = environment(&folder).and_then(|()| {
        said(Command::new(folder.join("bin/pip")).args(["install", "--quiet", "maturin>=1.9,<2", "check-jsonschema"]))
    });
    match made {
        Ok(_) => Some(folder.join("bin")),
        Err(why) => {
            eprintln!("skipped: no Python environment with maturin and check-jsonschema: {why}");
            None
        }
    }
});

fn target() -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_backtest"));
    binary.ancestors().nth(2).expect("a binary is in target/PROFILE").to_owned()
}

fn environment(folder: &Path) -> Result<(), String> {
    said(Command::new("python3").args(["-m", "venv"]).arg(folder)).map(drop)
}

/// What a command printed on stdout, or all that it said where it failed.
fn said(command: &mut Command) -> Result<String, String> {
    let Output { status, stdout, stderr } = command.output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if status.success() { Ok(text(&stdout)) } else { Err(format!("{}{}", text(&stdout), text(&stderr))) }
}

#[test]
fn a_wheel_installs_into_a_fresh_python_environment_and_runs_there() {
    let Some(tools) = &*TOOLS else { return };
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let (wheels, fresh) = (temporary.path().join("wheels"), temporary.path().join("venv"));
    // The profile of the tests: what they have built is not built again.
    let mut build = Command::new(tools.join("maturin"));
    build.current_dir(ROOT).args(["build", "--profile", "dev", "--locked", "--out"]).arg(&wheels);
    // Its features too: the binary that other tests call would be replaced by one of other features.
    if cfg!(feature = "cloud") {
        build.args(["--features", "cloud"]);
    }
    // What cargo tells a test of its package; build scripts that look at it would run again, and all above them with them.
    for (name, _) in
        std::env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
    {
        build.env_remove(name);
    }
    said(&mut build).expect("the wheel is built");
    let found: Vec<_> = fs::read_dir(&wheels).expect("a folder").flatten().map(|entry| entry.path()).collect();
    let [wheel] = &found[..] else { panic!("not one wheel: {found:?}") };
    environment(&fresh).expect("an environment");
    said(Command::new(fresh.join("bin/pip")).args(["install", "--quiet", "--no-index"]).arg(wheel))
        .expect("pip takes it");
    let installed = fresh.join("bin/backtest");
    let version = said(Command::new(&installed).arg("--version")).expect("it runs");
    assert_eq!(version.trim(), concat!("backtest ", env!("CARGO_PKG_VERSION")));
    for words in [&["init"][..], &["data", "sample"], &["run", "--crypto", "BTC", "--strategy", "rsi", "--no-cache"]] {
        said(Command::new(&installed).current_dir(temporary.path()).args(words)).expect("it does what it is told");
    }
}

#[test]
fn the_workflows_are_what_github_expects() {
    let Some(tools) = &*TOOLS else { return };
    let workflows = [".github/workflows/ci.yml", ".github/workflows/release.yml"];
    let check = ["--builtin-schema", "vendor.github-workflows"];
    said(Command::new(tools.join("check-jsonschema")).current_dir(ROOT).args(check).args(workflows)).expect("valid");
}

#[test]
fn cargo_binstall_looks_for_the_archives_that_a_release_has() {
    let read = |file: &str| fs::read_to_string(Path::new(ROOT).join(file)).expect("a file of the project");
    let manifest: toml::Table = read("Cargo.toml").parse().expect("TOML");
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let text = |name: &str| binstall[name].as_str().expect("a text").to_owned();
    let workflow = read(".github/workflows/release.yml");
    // A folder named as the archive holds the binary; a tag is `v` and the version; Windows has a zip.
    for said in [
        r#"name="backtest-$TARGET""#,
        r#"cp target/"$TARGET"/release/backtest* "$name/""#,
        r#"7z a "dist/$name.zip" "$name""#,
        r#"tar -czf "dist/$name.tar.gz" "$name""#,
        r#"test "$TAG" = "v$(sed"#,
    ] {
        assert!(workflow.contains(said), "release.yml no longer says {said}");
    }
    assert_eq!(text("pkg-url"), "{ repo }/releases/download/v{ version }/{ name }-{ target }{ archive-suffix }");
    assert_eq!(text("bin-dir"), "{ name }-{ target }/{ bin }{ binary-ext }");
    assert_eq!(text("pkg-fmt"), "tgz");
    let windows: Vec<&str> = workflow
        .lines()
        .filter_map(|line| line.split_once("target: ")?.1.split(',').next())
        .filter(|target| target.contains("windows"))
        .collect();
    assert!(!windows.is_empty(), "release.yml builds nothing for Windows");
    for target in windows {
        assert_eq!(binstall["overrides"][target]["pkg-fmt"].as_str(), Some("zip"), "{target}");
    }
}

/// Files that the program includes, as paths below the root, and each file of source with them.
fn included(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("src is readable").flatten().map(|entry| entry.path()) {
        let is_test = entry.file_stem().is_some_and(|stem| stem == "tests");
        if entry.is_dir() && !is_test {
            included(&entry, found);
        } else if entry.extension().is_some_and(|ext| ext == "rs") && !is_test {
            let text = fs::read_to_string(&entry).expect("source is text");
            for (at, _) in text.match_indices("include_str!(").chain(text.match_indices("include_bytes!(")) {
                let path = text[at..].split('"').nth(1).expect("a path is in quotes");
                found.push((entry.clone(), path.to_owned()));
            }
        }
    }
}

#[test]
fn the_image_is_built_with_every_file_that_the_program_includes() {
    let root = Path::new(ROOT).canonicalize().expect("the root is there");
    let mut found = Vec::new();
    included(&root.join("src"), &mut found);
    let read = |name: &str| fs::read_to_string(root.join(name)).expect("it is text");
    let (image, context) = (read("Dockerfile"), read(".dockerignore"));
    let copied: Vec<&str> =
        image.lines().filter_map(|line| line.strip_prefix("COPY ")).flat_map(str::split_whitespace).collect();
    let mut outside = 0;
    for (file, path) in found {
        let up = path.split('/').take_while(|part| *part == "..").count();
        let place = file.ancestors().nth(1 + up).expect("it is below the root");
        if place != root {
            continue;
        }
        let name = path.split('/').nth(up).expect("a name follows");
        assert!(copied.contains(&name), "{} includes {name}, which the Dockerfile does not copy", file.display());
        let is_sent = context.lines().any(|line| line == format!("!{name}"));
        assert!(is_sent, "{} includes {name}, which .dockerignore leaves out", file.display());
        outside += 1;
    }
    assert!(outside > 1, "the settings of init and the built-in strategies are found");
}
