//! A command that is given each event on its standard input: it has taken it when it ends with 0.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{Delivery, SignalSink};
use crate::cache::OutboxEvent;

/// How often it is looked whether the command has ended.
const GLANCE: Duration = Duration::from_millis(5);

/// A command, as a shell reads it.
pub struct ExecSink {
    name: String,
    command: String,
    deadline: Duration,
}

impl ExecSink {
    /// The command is ended when it takes longer than the deadline.
    #[must_use]
    pub fn new(command: &str, deadline: Duration) -> Self {
        Self { name: format!("exec:{command}"), command: command.to_owned(), deadline }
    }

    fn run(&self, document: &str) -> io::Result<Result<(), String>> {
        let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut child = Command::new(shell)
            .args([option, &self.command])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A command that does not read it may take the event all the same.
            let _ = input.write_all(format!("{document}\n").as_bytes());
        }
        let end = Instant::now() + self.deadline;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(if status.success() { Ok(()) } else { Err(format!("it ended with {status}")) });
            }
            if Instant::now() >= end {
                child.kill()?;
                child.wait()?;
                return Ok(Err(format!("it took longer than {} s and was ended", self.deadline.as_secs())));
            }
            thread::sleep(GLANCE);
        }
    }
}

impl SignalSink for ExecSink {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver(&mut self, event: &OutboxEvent) -> Delivery {
        match self.run(&event.document) {
            Ok(Ok(())) => Delivery::Done,
            Ok(Err(why)) => Delivery::Failed(1, why),
            Err(error) => Delivery::Failed(1, error.to_string()),
        }
    }
}
