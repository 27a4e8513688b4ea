//! The file of all rows, put together from parts: row groups that are whole in a part are copied as they are, and those that
//! two shards share are joined.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use crate::files::{AtomicFile, Durability};
use crate::report::parquet::{FrameJoin, RowGroupSource, RowGroupWriter};

/// A file of rows under construction, to which parts come in the order of their shards.
pub struct MergedRows {
    writer: RowGroupWriter<BufWriter<AtomicFile>>,
    /// The row group that the next part may go on with.
    open: Option<(u64, FrameJoin)>,
    rows: u64,
    group_blocks: u64,
}

impl MergedRows {
    /// A new file, of a sweep whose row groups are of so many blocks.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn create(path: &Path, group_blocks: u64) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 20, AtomicFile::create(path)?);
        Ok(Self { writer: RowGroupWriter::new(file), open: None, rows: 0, group_blocks })
    }

    /// Adds the rows of a part with the numbers of its row groups, of a shard of these blocks.
    ///
    /// # Errors
    /// When they cannot be read, or are others; when the disk is full, or fails.
    pub fn add(
        &mut self,
        rows: &mut RowGroupSource<File>,
        groups: &[u64],
        blocks: &std::ops::Range<u64>,
    ) -> io::Result<()> {
        if groups.len() != rows.len() {
            return Err(io::Error::other("its rows are not in the row groups that it names"));
        }
        self.writer.begin_like(rows)?;
        self.rows += rows.rows();
        for (at, &group) in groups.iter().enumerate() {
            if self.open.as_ref().is_some_and(|(open, _)| *open != group) {
                self.close()?;
            }
            let is_whole = blocks.start <= group * self.group_blocks && blocks.end >= (group + 1) * self.group_blocks;
            if is_whole {
                self.writer.copy(rows, at)?;
            } else {
                let frame = rows.frame(at)?;
                self.open.get_or_insert_with(|| (group, FrameJoin::default())).1.push(frame)?;
            }
        }
        Ok(())
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn close(&mut self) -> io::Result<()> {
        let Some((_, rows)) = self.open.take() else { return Ok(()) };
        self.writer.push(&rows.finish())
    }

    /// Ends the file and gives it its name; a text with its name is kept beside the rows.
    ///
    /// # Errors
    /// When the disk is full, or fails; no file is left then.
    pub fn finish(mut self, metadata: Option<(&str, String)>) -> io::Result<()> {
        self.close()?;
        let file = self.writer.finish(metadata)?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.commit(Durability::Content)
    }
}
