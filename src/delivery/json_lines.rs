//! A file to which events are appended, one line each. It says itself what it has, so that it has each of them once, whenever
//! a process is killed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Delivery, SignalSink};
use crate::cache::OutboxEvent;
use crate::files::FileLock;

/// Longest line that is looked for at the end.
const LONGEST: u64 = 64 << 10;

/// The file, locked while events are appended.
pub struct JsonLinesSink {
    name: String,
    path: PathBuf,
    open: Option<(File, FileLock)>,
}

impl JsonLinesSink {
    /// The file is made with the first event.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Self { name: format!("file:{}", whole.display()), path: whole, open: None }
    }

    fn open(&mut self) -> io::Result<&mut File> {
        if self.open.is_none() {
            let mut lock = self.path.clone().into_os_string();
            lock.push(".lock");
            let lock = FileLock::wait(lock.into(), |_| ())?;
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path)?;
            self.open = Some((file, lock));
        }
        let (file, _) = self.open.as_mut().ok_or(io::ErrorKind::NotFound)?;
        Ok(file)
    }

    /// Cuts a last line that was torn, and gives the number of the last event.
    fn last(&mut self) -> io::Result<Option<u64>> {
        let file = self.open()?;
        let length = file.seek(SeekFrom::End(0))?;
        let from = length.saturating_sub(LONGEST);
        file.seek(SeekFrom::Start(from))?;
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        let whole = end.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < end.len() {
            file.set_len(from + whole as u64)?;
        }
        file.seek(SeekFrom::End(0))?;
        let last = end[..whole].trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        Ok(serde_json::from_slice::<Value>(last).ok().and_then(|event| event["seq"].as_u64()))
    }

    fn failed(&self, error: &io::Error) -> String {
        format!("{}: {error}", self.path.display())
    }
}

impl SignalSink for JsonLinesSink {
    fn name(&self) -> &str {
        &self.name
    }

    fn has(&mut self) -> Result<Option<u64>, String> {
        self.last().map_err(|error| self.failed(&error))
    }

    fn deliver(&mut self, event: &OutboxEvent) -> Delivery {
        let line = format!("{}\n", event.document);
        match self.open().and_then(|file| file.write_all(line.as_bytes())) {
            Ok(()) => Delivery::Done,
            Err(error) => {
                // Of a full disk: what is torn is cut before the next try.
                let why = self.failed(&error);
                let _ = self.last();
                Delivery::Failed(1, why)
            }
        }
    }

    fn release(&mut self) {
        self.open = None;
    }

    fn settle(&mut self) -> Result<(), String> {
        match self.open().and_then(|file| file.sync_data()) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.failed(&error)),
        }
    }
}
