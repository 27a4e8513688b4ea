use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    replace(path, Durability::Content, |file| file.write_all(text.as_bytes()))
}

#[test]
fn a_write_that_fails_leaves_the_old_file_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "old").unwrap();
    assert!(replace(&path, Durability::None, |_| Err(io::Error::other("no"))).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn a_missing_folder_is_named_as_that_and_no_temporary_file_is() {
    let path = Path::new("/there/is/no/such/folder/result.csv");
    for error in [check_writable(path).unwrap_err(), write(path, "").unwrap_err()] {
        assert_eq!(error.to_string(), "there is no such folder");
    }
    assert_eq!(check_writable(Path::new("/proc/result.csv")).unwrap_err().to_string().matches('/').count(), 0);
}

#[test]
fn a_folder_is_no_place_for_a_file() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(check_writable(folder.path()).unwrap_err().to_string(), "is a folder");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_new_file_has_the_permissions_of_any_other_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let [ours, other] = ["ours", "other"].map(|name| folder.path().join(name));
        write(&ours, "new").unwrap();
        fs::write(&other, "new").unwrap();
        assert_eq!(mode(&ours), mode(&other));
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for wanted in [0o600, 0o640, 0o666, 0o755] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(wanted)).unwrap();
            write(&path, "new").unwrap();
            assert_eq!((mode(&path), &*fs::read_to_string(&path).unwrap()), (wanted, "new"));
        }
    }

    #[test]
    fn nobody_else_can_read_a_private_file_while_its_successor_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let file = AtomicFile::create(&path).unwrap();
        assert_eq!(file.as_file().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_link_is_followed_to_the_file_it_leads_to_even_if_there_is_none_yet() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("far")).unwrap();
        let [link, file] = ["link", "far/file"].map(|name| folder.path().join(name));
        symlink("far/file", &link).unwrap();
        for text in ["first", "second"] {
            write(&link, text).unwrap();
            assert!(link.is_symlink());
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
        let around = folder.path().join("around");
        symlink("around", &around).unwrap();
        assert!(write(&around, "").unwrap_err().to_string().contains("without an end"));
    }

    #[test]
    fn a_device_or_pipe_is_refused_and_stays() {
        assert_eq!(check_writable(Path::new("/dev/null")).unwrap_err().to_string(), "is not a regular file");
    }
}
