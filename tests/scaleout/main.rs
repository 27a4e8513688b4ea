//! A sweep, or the grid of a portfolio, in shards on engines that exist: GNU parallel, Slurm, Ray, an object store; each with one shard's process killed by -9 and another
//! shard run twice at once, and each must end with the bytes of the sweep on one machine. An engine that is not installed is
//! skipped, and says so: `test.sh` installs what it can.
#![cfg(unix)]
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

mod cluster;
mod manifests;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cluster::Slurm;

/// 10,000 rows on each of two assets, in 12 shards.
const GRID: &str = "--crypto BTC,ETH --strategy ma --param fast=2..101 --param slow=102..201 --fee 0.0005";
const SHARDS: usize = 12;

/// A folder with a plan, the file of the sweep on one machine, and a program that loses one of its processes.
struct Work {
    folder: TempDir,
}

impl Work {
    fn new() -> Self {
        Self::of("sweep", GRID)
    }

    /// A plan of this command.
    fn of(command: &str, grid: &str) -> Self {
        let work = Self { folder: tempfile::tempdir().expect("a folder") };
        work.backtest(&format!("{command} {grid} --quiet --out whole.parquet"));
        work.backtest(&format!("{command} plan {grid} --quiet --shards {SHARDS} --out plan.json"));
        let program = env!("CARGO_BIN_EXE_backtest");
        // Shard 3 is killed in the middle of its first run, and shard 5 runs twice at once.
        let script = format!(
            "#!/bin/bash\n\
             cd {here}\n\
             if [[ \" $* \" == *' run '*' --shard 3 '* || \"$*\" == *'--shard 3' ]] && mkdir killed 2>/dev/null; then\n\
               {program} \"$@\" & pid=$!; sleep 0.05; kill -9 $pid; wait $pid; status=$?; echo $status > killed/status\n\
               if [ -n \"${{KILL_PARENT:-}}\" ]; then kill -9 $PPID; fi\n\
               exit $status\n\
             fi\n\
             if [[ \"$*\" == *' run '* && ( \"$*\" == *'--shard 5' || \" $* \" == *' --shard 5 '* ) ]]; then {program} \"$@\" & mkdir -p twice; fi\n\
             {program} \"$@\"; status=$?; wait; exit $status\n",
            here = work.path("").display(),
        );
        fs::write(work.path("backtest"), script).expect("a script");
        fs::set_permissions(work.path("backtest"), fs::Permissions::from_mode(0o755)).expect("it is ours");
        work
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command in this folder, with the candles of the repository and nothing of the user's settings.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env("BACKTEST", self.path("backtest"))
            .env("BACKTEST_DATA_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/data"))
            .env("BACKTEST_NO_CACHE", "1")
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_CACHE_HOME", self.path("cache"));
        command
    }

    fn backtest(&self, words: &str) -> Output {
        let output = self.command(env!("CARGO_BIN_EXE_backtest")).args(words.split_whitespace()).output();
        let output = output.expect("the program starts");
        assert!(output.status.success(), "{words}: {output:?}");
        output
    }

    /// One process was killed, one shard ran twice, and the file is that of one machine.
    fn check(&self, engine: &str, begun: Instant) {
        let merged = fs::read(self.path("merged.parquet")).expect("the merged file");
        assert!(
            merged == fs::read(self.path("whole.parquet")).expect("the file of one machine"),
            "{engine}: other bytes"
        );
        assert_eq!(fs::read_to_string(self.path("killed/status")).expect("one was killed").trim(), "137", "{engine}");
        assert!(self.path("twice").exists(), "{engine}: no shard ran twice");
        eprintln!(
            "{engine}: {SHARDS} shards, one killed, one run twice, same bytes, in {:.1} s",
            begun.elapsed().as_secs_f64()
        );
    }
}

/// A file of `scaleout/`.
fn driver(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scaleout").join(name)
}

/// The program of this name, in the folders of PATH or in the environment that test.sh made; none is said.
fn program(name: &str, how: &str) -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/scaleout/bin");
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&paths).chain([own, PathBuf::from("/usr/sbin")]);
    let found = places.map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: {name} is not installed ({how})");
    }
    found
}

/// Waits for a file, two minutes at most.
fn wait_for(path: &Path, what: &dyn Fn() -> String) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < Duration::from_mins(2), "{} never came: {}", path.display(), what());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn gnu_parallel_gives_the_bytes_of_one_machine() {
    let Some(_) = program("parallel", "apt-get install parallel") else { return };
    let (work, begun) = (Work::new(), Instant::now());
    let output = work.command(driver("parallel.sh")).args(["plan.json", "parts", "merged.parquet", "-j2"]).output();
    let output = output.expect("a shell");
    assert!(output.status.success(), "{output:?}");
    work.check("GNU parallel", begun);
}

#[test]
fn gnu_parallel_gives_the_bytes_of_one_machine_for_the_grid_of_a_portfolio() {
    let Some(_) = program("parallel", "apt-get install parallel") else { return };
    let strategy = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/strategies/rotation.toml");
    let grid = format!("--all --strategy {strategy} --param lookback=5..104 --param top=1..3");
    let (work, begun) = (Work::of("portfolio", &grid), Instant::now());
    let output = work.command(driver("parallel.sh")).args(["plan.json", "parts", "merged.parquet", "-j2"]).output();
    let output = output.expect("a shell");
    assert!(output.status.success(), "{output:?}");
    work.check("GNU parallel, a portfolio", begun);
}

#[test]
fn slurm_gives_the_bytes_of_one_machine() {
    let how = "apt-get install slurmctld slurmd slurm-client slurm-wlm-basic-plugins";
    let programs = ["slurmctld", "slurmd", "sbatch", "scontrol"].map(|name| program(name, how));
    let [Some(control), Some(node), Some(_), Some(_)] = programs else { return };
    let work = Work::new();
    let Some(slurm) = Slurm::start(&work.path("slurm"), &control, &node) else { return };
    let begun = Instant::now();
    let driver = driver("slurm.sh");
    let output = work
        .command(driver)
        .args(["plan.json", "parts", "merged.parquet"])
        .env("SLURM_CONF", slurm.configuration())
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{output:?}");
    wait_for(&work.path("merged.parquet"), &|| slurm.queue());
    work.check("Slurm", begun);
}

#[test]
fn ray_gives_the_bytes_of_one_machine() {
    let Some(ray) = program("ray", "pip install ray, into target/scaleout") else { return };
    let python = ray.with_file_name("python3");
    let (work, begun) = (Work::new(), Instant::now());
    let output = work
        .command(python)
        .arg(driver("ray_sweep.py"))
        .args(["plan.json", "parts", "merged.parquet"])
        .env("KILL_PARENT", "1")
        .env("RAY_DISABLE_IMPORT_WARNING", "1")
        .output()
        .expect("Python");
    assert!(output.status.success(), "{output:?}");
    work.check("Ray", begun);
}

/// Where the program has the feature, as in `test.sh`: it is built once, with it.
#[cfg(feature = "cloud")]
#[test]
fn parts_and_candles_in_an_object_store_give_the_bytes_of_one_machine() {
    let Some(_) = program("moto_server", "pip install moto[server], into target/scaleout") else { return };
    let begun = Instant::now();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scaleout/s3.sh");
    let output = Command::new("bash").arg(script).env("BACKTEST", env!("CARGO_BIN_EXE_backtest")).output();
    let output = output.expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    eprintln!("{}, in {:.1} s", text.lines().last().unwrap_or_default(), begun.elapsed().as_secs_f64());
}
