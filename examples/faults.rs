//! What each fault of docs/faults.md adds to a batch: the command under the fault and with `--no-cache`, in turns.
//!
//! ```sh
//! cargo build --release && cargo run --example faults        # 11 runs of each; or say how many
//! ```
//!
//! `BACKTEST` is the program (target/release/backtest). Needs redis-server. Prints a Markdown table.

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../tests/common/mod.rs"]
mod common;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use common::fault_proxy::Break;
use common::staged::{self, Fill, Staged};

type Stage = fn(Fill<'_>) -> Staged;

/// Name of each fault and how it is staged.
const FAULTS: [(&str, Stage); 31] = [
    ("no fault, half of it stored", |fill| staged::denying(fill, &[])),
    ("refused", staged::refused),
    ("blackholed", staged::blackholed),
    ("stopped (SIGSTOP)", staged::frozen),
    ("accepts and hangs", |fill| staged::broken_after(fill, 0, Break::Stall)),
    ("answers after 5 s", staged::paused),
    ("1 byte per 80 ms", |fill| staged::broken_after(fill, 0, Break::Drip(Duration::from_millis(80)))),
    ("1 byte per 80 ms, after the login", |fill| staged::broken_after(fill, 1, Break::Drip(Duration::from_millis(80)))),
    ("stalls after 1 reply", |fill| staged::broken_after(fill, 1, Break::Stall)),
    ("stalls after 2 replies", |fill| staged::broken_after(fill, 2, Break::Stall)),
    ("stalls after 3 replies", |fill| staged::broken_after(fill, 3, Break::Stall)),
    ("stalls after 20 replies", |fill| staged::broken_after(fill, 20, Break::Stall)),
    ("EOF after 1 reply", |fill| staged::broken_after(fill, 1, Break::Cut)),
    ("RST after 1 reply", |fill| staged::broken_after(fill, 1, Break::Reset)),
    ("killed after 1 reply", |fill| staged::killed_after(fill, 1, false)),
    ("restarted after 1 reply", |fill| staged::killed_after(fill, 1, true)),
    ("LOADING", staged::loading),
    ("MASTERDOWN", staged::master_down),
    ("CLUSTERDOWN", staged::cluster_down),
    ("MOVED, CROSSSLOT", staged::cluster_of_two),
    ("OOM", staged::full),
    ("READONLY", staged::replica),
    ("MISCONF", staged::unsaved),
    ("NOAUTH", staged::locked),
    ("WRONGPASS", staged::wrong_password),
    ("NOPERM on all keys", staged::denied),
    ("NOPERM on some keys", staged::denying_all_but_one),
    ("maxclients", staged::crowded),
    ("HTTP", |_| staged::foreign(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    ("$500000000000", |_| staged::flooding(b"+OK\r\n*48\r\n$500000000000\r\n")),
    ("a line without an end", |_| staged::flooding(b"+")),
];

const HALF: [&str; 4] = ["batch", "--all", "--strategy", "rsi"];
const ALL: [&str; 4] = ["batch", "--all", "--strategy", "rsi,ma"];

/// The program, on the sample candles of this repository and with an index of its own.
struct Bench {
    program: PathBuf,
    home: tempfile::TempDir,
}

impl Bench {
    /// One call; its time is that of the whole process.
    fn call(&self, words: &[&str], cache: &str) -> (f64, Output) {
        let mut command = Command::new(&self.program);
        command.args(words).current_dir(env!("CARGO_MANIFEST_DIR")).env_clear();
        command.env("XDG_CACHE_HOME", self.home.path()).env("XDG_CONFIG_HOME", self.home.path());
        command.args(if cache.is_empty() { ["--no-cache", "--format=json"] } else { ["--cache-url", cache] });
        if !cache.is_empty() {
            command.arg("--format=json");
        }
        let begun = Instant::now();
        let output = command.output().expect("the program starts");
        let took = begun.elapsed().as_secs_f64() * 1000.0;
        assert!(output.status.success(), "{words:?} {cache}: {output:?}");
        (took, output)
    }
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let runs = std::env::args().nth(1).map_or(11, |text| text.parse().expect("how many runs"));
    let program = std::env::var_os("BACKTEST").map_or_else(|| "target/release/backtest".into(), PathBuf::from);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(program);
    let bench = Bench { program, home: tempfile::tempdir().expect("a folder") };
    bench.call(&ALL, "");
    let mut out = std::io::stdout();
    let mut say = |line: String| writeln!(out, "{line}").expect("stdout");
    say(format!(
        "Medians of {runs} runs in turns, whole processes, ms: 24 assets x 2 strategies, half of them stored.\n"
    ));
    say("| fault | `--no-cache` | under the fault | added | most added | said |\n|---|---|---|---|---|---|".to_owned());
    for (name, stage) in FAULTS {
        let (mut plain, mut under, mut added) = (Vec::new(), Vec::new(), Vec::new());
        let mut said = String::new();
        for _ in 0..runs {
            let staged = stage(&|url| drop(bench.call(&HALF, url)));
            let without = bench.call(&ALL, "").0;
            let (with, output) = bench.call(&ALL, &staged.url);
            plain.push(without);
            under.push(with);
            added.push(with - without);
            let stderr = String::from_utf8_lossy(&output.stderr);
            let warning = stderr.lines().find_map(|line| line.strip_prefix("warning: Redis at "));
            said = warning.map_or_else(String::new, |line| line.replace(&staged.host, "HOST").replace("HOST: ", ""));
        }
        let most = added.iter().copied().fold(f64::MIN, f64::max);
        let (plain, under) = (median(&mut plain), median(&mut under));
        say(format!("| {name} | {plain:.1} | {under:.1} | {:.1} | {most:.1} | {said} |", under - plain));
    }
}
