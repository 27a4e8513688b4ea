//! One name, one meaning: a type's name is defined once in the whole crate.

use std::collections::{BTreeMap, BTreeSet};

use crate::allow_list;
use crate::module_tree::ModuleTree;

/// Names that every module may have for itself.
const EVERYBODYS: &[&str] = &["Error", "Options"];

#[test]
fn a_type_name_is_defined_once() {
    let tree = ModuleTree::of_the_library();
    let mut homes: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    // Twice in one module means for different features: still one meaning.
    for (path, module) in &tree.modules {
        for name in &module.types {
            homes.entry(name).or_default().insert(path.join("::"));
        }
    }
    homes.retain(|name, homes| homes.len() > 1 && !EVERYBODYS.contains(name));
    let listed: Vec<_> = homes
        .iter()
        .map(|(name, homes)| format!("{name}: {}", homes.iter().map(String::as_str).collect::<Vec<_>>().join(", ")))
        .collect();
    let rule = format!("A type's name is defined more than once:\n{}", listed.join("\n"));
    let names: BTreeSet<_> = homes.keys().map(|&name| name.to_owned()).collect();
    allow_list::check("type_names", &rule, &names);
}
