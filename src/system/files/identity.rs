//! Which file a path leads to, however it is spelled.

use std::fs;
use std::path::{Path, PathBuf};

/// What two paths to the same file have in common, through links, `..` and other spellings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FileIdentity {
    /// A file that exists: its device and its number there.
    Inode(u64, u64),
    /// A file that does not exist yet, or a system without such numbers: its full path.
    Path(PathBuf),
}

impl FileIdentity {
    /// Of the file at `path`, which need not exist.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        if let Some(inode) = fs::metadata(path).ok().as_ref().and_then(inode) {
            return inode;
        }
        if let Ok(full) = fs::canonicalize(path) {
            return Self::Path(full);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        Self::Path(path.file_name().map_or(folder.clone(), |name| folder.join(name)))
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn inode(metadata: &fs::Metadata) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt;
    Some(FileIdentity::Inode(metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> Option<FileIdentity> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_of_a_path_is_the_same_file_whether_it_exists_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| FileIdentity::of(&folder.path().join(path));
        fs::create_dir(folder.path().join("sub")).unwrap();
        for _ in 0..2 {
            assert_eq!(at("out.csv"), at("sub/../out.csv"));
            assert_eq!(at("out.csv"), at("./out.csv"));
            assert_ne!(at("out.csv"), at("sub/out.csv"));
            fs::write(folder.path().join("out.csv"), "x").unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("out.csv", folder.path().join("link")).unwrap();
            fs::hard_link(folder.path().join("out.csv"), folder.path().join("twin")).unwrap();
            assert_eq!([at("link"), at("twin")], [at("out.csv"), at("out.csv")]);
        }
    }
}
