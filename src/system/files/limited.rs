//! Small files that somebody else may have put there: settings, certificates, secrets.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// All bytes of a regular file of at most `limit` bytes.
///
/// A pipe would be waited for, a device has no end, and neither is ever opened.
///
/// # Errors
/// When it cannot be read, is no regular file, or is larger.
pub fn read_limited(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // Opening a pipe would wait for somebody to write into it, so look first; and once more at what was opened, as it
    // may have been replaced in between.
    let is_regular = |metadata: std::fs::Metadata| metadata.is_file();
    let irregular = || io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file");
    if !is_regular(path.metadata()?) {
        return Err(irregular());
    }
    let file = File::open(path)?;
    if !is_regular(file.metadata()?) {
        return Err(irregular());
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let size = if limit >= 1 << 20 { format!("{} MiB", limit >> 20) } else { format!("{} KiB", limit >> 10) };
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("is larger than {size}")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_limit_is_read_and_a_larger_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, vec![b'x'; 4096]).unwrap();
        assert_eq!(read_limited(&path, 4096).unwrap().len(), 4096);
        assert_eq!(read_limited(&path, 4095).unwrap_err().to_string(), "is larger than 3 KiB");
        assert!(read_limited(&folder.path().join("none"), 1).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn neither_a_pipe_nor_a_device_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [&*pipe, Path::new("/dev/zero"), folder.path()] {
            assert_eq!(read_limited(path, 100).unwrap_err().to_string(), "is not a regular file");
        }
    }
}
