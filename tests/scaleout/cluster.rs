//! A Slurm cluster of one node, for one test: `scaleout/slurm.conf` with free ports, ended with its owner.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::driver;

/// A running cluster.
pub(crate) struct Slurm {
    configuration: PathBuf,
    daemons: Vec<Child>,
}

impl Slurm {
    /// A cluster whose files are in a folder; none where it may not be started here, which is said.
    pub(crate) fn start(folder: &Path, control: &Path, node: &Path) -> Option<Self> {
        for name in ["state", "spool"] {
            fs::create_dir_all(folder.join(name)).expect("a folder");
        }
        let host = Command::new("hostname").arg("-s").output().expect("hostname");
        let host = String::from_utf8(host.stdout).expect("a name");
        let text = fs::read_to_string(driver("slurm.conf")).expect("slurm.conf");
        let text: String =
            text.lines().filter(|line| !line.starts_with('#')).map(|line| line.to_owned() + "\n").collect();
        let [first, second] = free_ports();
        let text = text
            .replace("WORK", &folder.display().to_string())
            .replace("HOST", host.trim())
            .replace("6817", &first.to_string())
            .replace("6818", &second.to_string());
        let configuration = folder.join("slurm.conf");
        fs::write(&configuration, text).expect("a file");
        let start = |program: &Path, log: &str| {
            let log = fs::File::create(folder.join(log)).expect("a file");
            Command::new(program)
                .args(["-D", "-f"])
                .arg(&configuration)
                .stdin(Stdio::null())
                .stdout(log.try_clone().expect("a handle"))
                .stderr(log)
                .spawn()
                .expect("a daemon")
        };
        let daemons = vec![start(control, "control.out"), start(node, "node.out")];
        let slurm = Self { configuration, daemons };
        let begun = Instant::now();
        while !slurm.ask("sinfo", &["-h", "-o", "%t"]).contains("idle") {
            if begun.elapsed() > Duration::from_secs(40) {
                let log = fs::read_to_string(folder.join("control.out")).unwrap_or_default();
                eprintln!("skipped: Slurm does not start here: {}", log.lines().last().unwrap_or_default());
                return None;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(slurm)
    }

    /// Its configuration.
    pub(crate) fn configuration(&self) -> &Path {
        &self.configuration
    }

    /// What waits and runs.
    pub(crate) fn queue(&self) -> String {
        self.ask("scontrol", &["show", "jobs"])
    }

    fn ask(&self, program: &str, words: &[&str]) -> String {
        let output = Command::new(program).args(words).env("SLURM_CONF", &self.configuration).output();
        String::from_utf8_lossy(&output.map(|output| output.stdout).unwrap_or_default()).into_owned()
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        // The node first: it ends the tasks that are left.
        while let Some(mut daemon) = self.daemons.pop() {
            let _ = Command::new("kill").arg(daemon.id().to_string()).status();
            let begun = Instant::now();
            while matches!(daemon.try_wait(), Ok(None)) && begun.elapsed() < Duration::from_secs(10) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

fn free_ports() -> [u16; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
    listeners.map(|listener| listener.local_addr().expect("an address").port())
}
