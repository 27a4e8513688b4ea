//! Candles come from where they live: a real `SQLite` and a real `PostgreSQL` give theirs to `data import -`. Where one of
//! them is not installed, its test says so and has looked at nothing.
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const BARS: usize = 300;

/// The values of a bar, exact in every database.
#[expect(clippy::cast_precision_loss, reason = "a few hundred rows")]
fn bar(at: usize) -> [f64; 5] {
    let open = 100.0 + (at % 17) as f64 * 0.25;
    let close = 100.0 + ((at + 1) % 17) as f64 * 0.25;
    [open, open.max(close) + 0.5, open.min(close) - 0.75, close, 10.5 + at as f64]
}

/// Rows as SQL's values: time as text, open, high, low, close, volume.
fn values() -> String {
    let row = |at: usize| {
        let [open, high, low, close, volume] = bar(at);
        let (day, hour) = (1 + at / 24, at % 24);
        format!("('2024-01-{day:02} {hour:02}:00:00',{open},{high},{low},{close},{volume})")
    };
    (0..BARS).map(row).collect::<Vec<_>>().join(",\n")
}

fn program(name: &str) -> Option<PathBuf> {
    let of_postgres =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&paths).chain(of_postgres).map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: {name} is not installed (apt-get install sqlite3 postgresql)");
    }
    found
}

fn backtest(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backtest"));
    command.current_dir(folder).args(["--data-dir", "candles"]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BACKTEST_")) {
        command.env_remove(name);
    }
    command
}

/// Pipes what a program writes into an import, and gives the report.
fn piped(folder: &Path, mut source: Command, symbol: &str) -> Output {
    let mut giver = source.stdout(Stdio::piped()).spawn().expect("the database's program starts");
    let stream = giver.stdout.take().expect("a pipe");
    let output = backtest(folder)
        .args(["data", "import", "-", "--symbol", symbol, "--format", "json"])
        .stdin(stream)
        .output()
        .expect("backtest runs");
    assert!(giver.wait().expect("it ends").success());
    output
}

/// The import of these rows is whole, to the bit.
fn is_whole(folder: &Path, output: &Output, symbol: &str) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&report["files"][0]["bars"], &report["files"][0]["interval"]),
        (&BARS.into(), &"1h".into()),
        "{report}"
    );
    let exported = backtest(folder)
        .args(["data", "export", "--format", "csv", "--crypto", symbol, "--interval", "1h"])
        .output()
        .expect("backtest runs");
    let text = String::from_utf8(exported.stdout).expect("text");
    let last = text.lines().last().expect("rows");
    let values: Vec<f64> = last.split(',').skip(1).map(|cell| cell.parse().expect("a number")).collect();
    assert_eq!((text.lines().count(), &last[..20]), (BARS + 1, "2024-01-13T11:00:00Z"));
    assert_eq!(values, bar(BARS - 1));
}

#[test]
fn sqlite_gives_its_rows_as_csv_and_as_json() {
    let Some(sqlite) = program("sqlite3") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let script = format!(
        "create table btc(ts text, open real, high real, low real, close real, volume real);\ninsert into btc values {};",
        values()
    );
    fs::write(folder.path().join("fill.sql"), script).expect("a file");
    let filled = Command::new(&sqlite).current_dir(folder.path()).args(["candles.db", ".read fill.sql"]).status();
    assert!(filled.expect("sqlite3 runs").success());
    for (symbol, form) in [("AUSDT", "-csv"), ("BUSDT", "-json"), ("CUSDT", "-tabs")] {
        let mut query = Command::new(&sqlite);
        query.current_dir(folder.path()).args([form, "-header", "candles.db", "select * from btc order by ts"]);
        let output = piped(folder.path(), query, symbol);
        is_whole(folder.path(), &output, symbol);
    }
    // The file itself is no table: the message has the command.
    let output =
        backtest(folder.path()).args(["data", "import", "candles.db", "--symbol", "A"]).output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("is a database of SQLite") && error.contains("sqlite3 -csv -header"), "{error}");
}

/// A server of its own, reached by a socket in its folder.
struct Postgres {
    server: Child,
    folder: TempDir,
    psql: PathBuf,
    is_root: bool,
}

/// A program as the user `postgres`, since `PostgreSQL` refuses to run as root.
fn as_postgres(is_root: bool, program: &Path) -> Command {
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

impl Postgres {
    fn start() -> Option<Self> {
        let [initdb, postgres, psql] = [program("initdb")?, program("postgres")?, program("psql")?];
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0"));
        let folder = tempfile::tempdir().expect("a folder");
        if is_root {
            let owned = Command::new("chown").args(["-R", "postgres:postgres"]).arg(folder.path()).status();
            if !owned.is_ok_and(|status| status.success()) {
                eprintln!("skipped: there is no user postgres");
                return None;
            }
        }
        let data = folder.path().join("data");
        let made = as_postgres(is_root, &initdb)
            .current_dir(folder.path())
            .args(["-A", "trust", "-U", "postgres", "--no-sync", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        if !made.is_ok_and(|status| status.success()) {
            eprintln!("skipped: initdb does not run here");
            return None;
        }
        let server = as_postgres(is_root, &postgres)
            .current_dir(folder.path())
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let server = Self { server, folder, psql, is_root };
        let begin = Instant::now();
        while !server
            .query("select 1")
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
        {
            assert!(begin.elapsed() < Duration::from_mins(1), "PostgreSQL does not answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(server)
    }

    fn query(&self, text: &str) -> Command {
        let mut psql = as_postgres(self.is_root, &self.psql);
        psql.current_dir(self.folder.path()).arg("-h").arg(self.folder.path()).args([
            "-U",
            "postgres",
            "-v",
            "ON_ERROR_STOP=1",
            "-q",
            "-c",
            text,
        ]);
        psql
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn postgresql_gives_its_rows_by_copy() {
    let Some(server) = Postgres::start() else { return };
    let fill = format!(
        "create table btc(ts timestamptz, open double precision, high numeric, low double precision, close real, volume double precision); \
         set timezone = 'UTC'; insert into btc values {};",
        values()
    );
    assert!(server.query(&fill).status().expect("psql runs").success());
    let folder = tempfile::tempdir().expect("a folder");
    for (symbol, query) in [
        ("AUSDT", "\\copy (select * from btc order by ts) to stdout csv header"),
        ("BUSDT", "\\copy (select * from btc order by ts desc) to stdout with (format csv, header, delimiter ';')"),
        ("CUSDT", "\\copy (select ts at time zone 'UTC', open, high, low, close, volume from btc) to stdout csv"),
        ("DUSDT", "\\copy (select row_to_json(btc) from btc) to stdout"),
        (
            "EUSDT",
            "\\copy (select extract(epoch from ts)::bigint as time, open, high, low, close, volume from btc) to stdout csv header",
        ),
    ] {
        let output = piped(folder.path(), server.query(query), symbol);
        is_whole(folder.path(), &output, symbol);
    }
}
