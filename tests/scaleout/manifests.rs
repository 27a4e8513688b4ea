//! The Kubernetes manifests: valid by the schema of the newest version, and as strict about exit codes as the docs say.

use std::fs;
use std::process::Command;

use crate::{driver, program};

#[test]
fn the_manifests_are_valid_by_the_schema_of_kubernetes() {
    let Some(validate) = program("kubernetes-validate", "pip install kubernetes-validate, into target/scaleout") else {
        return;
    };
    for name in ["kubernetes.yaml", "kubernetes-merge.yaml"] {
        let output = Command::new(&validate).arg("--strict").arg(driver(name)).output().expect("it starts");
        assert!(output.status.success(), "{name}: {output:?}");
    }
}

#[test]
fn a_wrong_plan_fails_the_job_and_a_full_disk_does_not_count() {
    let text = fs::read_to_string(driver("kubernetes.yaml")).expect("the manifest");
    let action = |code: &str| {
        let at = text.find(&format!("values: [{code}]")).expect("the code");
        text[..at].rsplit("action: ").next().and_then(|rest| rest.split_whitespace().next()).map(str::to_owned)
    };
    assert_eq!([action("2"), action("75")], [Some("FailJob".to_owned()), Some("Ignore".to_owned())]);
    assert!(text.contains("completionMode: Indexed") && text.contains("backoffLimitPerIndex: 3"));
}
