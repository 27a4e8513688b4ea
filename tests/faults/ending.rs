//! Lines 16 and 17: the user, the system or a full disk ends the work early. A file is the old or the new one.

use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::common::fault_proxy::Break;
use crate::common::staged;
use crate::fixture::{Sandbox, program};
use crate::unharmed::{cached, market};

fn signal(child: &Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill is everywhere");
    assert!(status.success());
}

/// The exit code as a shell shows it.
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().expect("a code or a signal"))
}

/// A sweep that takes minutes.
const LONG: &str = "sweep --crypto LONG --interval 1h --strategy rsi --param period=2..400 --param oversold=10..45:0.01 \
                    --yes --out out.parquet";

/// Sends the signal while the command waits for a Redis that hangs: its exit code and how much it printed. None where
/// it was so quick that the signal came too late.
fn signalled(sandbox: &Sandbox, words: &str, name: &str) -> Option<(i32, usize)> {
    let hanging = staged::broken_after(&|_| {}, 0, Break::Stall);
    let mut child = cached(sandbox, words, &hanging.url).spawn(Stdio::piped());
    while hanging.proxy().connections() == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    signal(&child, name);
    let begun = Instant::now();
    let status = child.wait().expect("it ends");
    // Without the signal it would go on for minutes. One second is promised; a busy machine may take longer.
    assert!(begun.elapsed() < Duration::from_secs(20), "{words}: {:?}", begun.elapsed());
    let mut printed = Vec::new();
    child.stdout.take().expect("piped").read_to_end(&mut printed).expect("bytes");
    if status.success() {
        fs::remove_file(sandbox.here().join(words.rsplit(' ').next().expect("a file"))).expect("it was written");
        return None;
    }
    Some((code(status), printed.len()))
}

/// Whether SIGINT is ignored here, and so by the programs started: a shell does that to what it runs in the background.
fn ignores_interrupts() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 0b10 != 0))
}

#[test]
fn a_signal_ends_every_command_at_once_even_while_redis_hangs() {
    let sandbox = market();
    let before = sandbox.names(".");
    let signals = [("-INT", 130), ("-TERM", 143)];
    for (name, expected) in signals.into_iter().filter(|(name, _)| *name != "-INT" || !ignores_interrupts()) {
        for words in ["run --crypto BTC --strategy rsi --out out.json", "batch --all --out out.csv", LONG] {
            let ended = std::iter::repeat_with(|| signalled(&sandbox, words, name)).take(20).flatten().next();
            assert_eq!(ended, Some((expected, 0)), "{words}");
            assert_eq!(sandbox.names("."), before, "{words}");
        }
    }
}

/// Delays below `most`, the same ones in every run of the test.
fn delays(seed: u64, most: Duration) -> impl Iterator<Item = Duration> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        most.mul_f64(f64::from((state >> 33) as u32) / f64::from(1_u32 << 31))
    })
}

/// Kills the command at so many moments of its life: its file is the old or the new one, whole. How often it was each.
fn kill_at_any_moment(words: &str, file: &str, times: usize) -> (usize, usize) {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let call = || sandbox.backtest(words).arg(file);
    let mut whole = Vec::new();
    let mut longest = Duration::ZERO;
    for _ in 0..3 {
        let begun = Instant::now();
        call().ran().done_quietly();
        longest = longest.max(begun.elapsed());
        whole.push(fs::read(sandbox.here().join(file)).expect("a file"));
    }
    let (mut old, mut new) = (0, 0);
    for delay in delays(times as u64, longest.mul_f64(1.2)).take(times) {
        sandbox.write(file, "the old file");
        let mut child = call().spawn(Stdio::null());
        thread::sleep(delay);
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        let content = fs::read(sandbox.here().join(file)).expect("a file");
        if content == b"the old file" {
            old += 1;
        } else {
            assert!(whole.contains(&content), "killed after {delay:?}: neither the old nor the new {file}");
            new += 1;
        }
    }
    // What the killed left behind is swept once it is certain that they are dead.
    for name in sandbox.names(".").iter().filter(|name| name.starts_with(".backtest-")) {
        let left = fs::File::options().write(true).open(sandbox.here().join(name)).expect("it is ours");
        left.set_modified(SystemTime::now() - Duration::from_hours(2)).expect("it is ours");
    }
    call().ran().done_quietly();
    assert_eq!(sandbox.names("."), ["data", file]);
    (old, new)
}

/// Two hundred moments in all.
#[test]
fn a_file_is_the_old_or_the_new_one_whenever_the_program_is_killed() {
    let commands = [
        ("batch --all --format csv --out", "out.csv", 60),
        ("sweep --crypto BTC --strategy rsi --param period=2..120 --param oversold=20..29 --out", "out.parquet", 70),
        ("sweep --crypto BTC --strategy rsi --param period=2..120 --param oversold=20..29 --out", "out.csv", 70),
    ];
    let (mut old, mut new) = (0, 0);
    for (words, file, times) in commands {
        let seen = kill_at_any_moment(words, file, times);
        (old, new) = (old + seen.0, new + seen.1);
    }
    assert!(old > 20 && new > 0 && old + new == 200, "{old} old, {new} new: the moments were badly chosen");
}

const WRITERS: [(&str, &str); 3] = [
    ("run --crypto BTC --strategy rsi --trades --out", "out.json"),
    ("batch --all --strategy rsi,ma,macd,donchian --out", "out.csv"),
    ("sweep --crypto BTC --strategy rsi --param period=2..300 --out", "out.parquet"),
];

#[test]
fn a_file_that_grows_too_large_for_the_disk_leaves_the_old_one_intact() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    for (words, file) in WRITERS {
        sandbox.write(file, "the old file");
        let before = sandbox.names(".");
        // A limit on the size of files stands for the full disk, which needs no mount: 512 bytes or 1 KiB.
        let script = format!("trap '' XFSZ; ulimit -f 1; exec '{}' {words} {file}", program().display());
        let ran = sandbox.shell(&script).ran().failed(&[&format!("--out {file}: ")]);
        assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("", 1), "{ran:#?}");
        assert_eq!((sandbox.read(file).as_str(), sandbox.names(".")), ("the old file", before));
    }
}

/// A disk of 64 KiB, where this system lets its users mount one of their own.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_leaves_the_old_file_intact() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    fs::create_dir(sandbox.here().join("disk")).expect("a folder");
    let on_disk = |script: &str| {
        let mount = "mount -t tmpfs -o size=64k none disk";
        sandbox.shell(&format!("exec unshare -r -m sh -c \"{mount} && {script}\"")).ran()
    };
    if on_disk("true").code != Some(0) {
        return;
    }
    for (words, file) in WRITERS {
        let program = program().display();
        let ran = on_disk(&format!(
            "echo old > disk/{file}; head -c 65536 /dev/zero > disk/other 2> /dev/null; '{program}' {words} disk/{file} > /dev/null; \
             echo code \\$?; cat disk/{file}; ls -A disk"
        ));
        assert_eq!(ran.stdout, format!("code 1\nold\nother\n{file}\n"), "{ran:#?}");
        assert!(ran.stderr.starts_with(&format!("error: --out disk/{file}: No space left on device")), "{ran:#?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:#?}");
    }
}

#[test]
fn the_index_of_candles_on_a_full_disk_is_no_matter() {
    let sandbox = market();
    let run = "run --crypto BTC --strategy rsi";
    let plain = sandbox.backtest(run).ran().done_quietly();
    let script = format!("trap '' XFSZ; ulimit -f 0; exec '{}' {run}", program().display());
    assert_eq!(sandbox.shell(&script).ran().done_quietly().data(), plain.data());
}
