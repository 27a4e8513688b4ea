//! The scripts of the pages as a type checker sees them.

use std::path::Path;
use std::process::Command;

#[test]
fn the_scripts_of_the_pages_have_no_type_error() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/types/check.sh");
    let checked = Command::new("bash").arg(script).output().expect("there is bash");
    let (said, why) = (String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    assert!(checked.status.success(), "{said}{why}");
}
