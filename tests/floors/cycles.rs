//! Modules that import each other cannot be understood, tested or moved one at a time.

use std::collections::{BTreeMap, BTreeSet};

use crate::allow_list;
use crate::module_tree::{ModulePath, ModuleTree};

/// Siblings and the siblings that each of them imports, for every module that has children.
fn imports_between_siblings(tree: &ModuleTree) -> BTreeMap<ModulePath, BTreeMap<String, BTreeSet<String>>> {
    let mut imports: BTreeMap<ModulePath, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for from in tree.modules.keys() {
        for to in tree.used_by(from) {
            let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if let (Some(user), Some(used)) = (from.get(common), to.get(common)) {
                let siblings = imports.entry(from[..common].to_vec()).or_default();
                siblings.entry(user.clone()).or_default().insert(used.clone());
            }
        }
    }
    imports
}

fn reachable(imports: &BTreeMap<String, BTreeSet<String>>, start: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![start.to_owned()];
    while let Some(next) = open.pop() {
        for used in imports.get(&next).into_iter().flatten() {
            if seen.insert(used.clone()) {
                open.push(used.clone());
            }
        }
    }
    seen
}

/// Groups of siblings each of which reaches all others of its group: `cache: backend file memory`.
fn cycles(tree: &ModuleTree) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (parent, imports) in imports_between_siblings(tree) {
        let reach: BTreeMap<_, _> = imports.keys().map(|name| (name, reachable(&imports, name))).collect();
        for (name, reached) in &reach {
            if reached.contains(*name) {
                let group: Vec<_> = reached
                    .iter()
                    .filter(|other| reach.get(other).is_some_and(|back| back.contains(*name)))
                    .map(String::as_str)
                    .collect();
                let parent = if parent.is_empty() { "src".to_owned() } else { parent.join("::") };
                found.insert(format!("{parent}: {}", group.join(" ")));
            }
        }
    }
    found
}

#[test]
fn modules_of_a_folder_never_import_each_other_in_a_circle() {
    let found = cycles(ModuleTree::of_the_library());
    allow_list::check("cycles", "Two modules of a folder import each other, directly or through others.", &found);
}

/// `PRINT_IMPORTS=cache cargo test --test floors -- --nocapture` helps to see where a cycle can be cut.
#[test]
#[expect(clippy::print_stdout, reason = "it was asked for")]
fn imports_between_siblings_can_be_looked_at() {
    let tree = ModuleTree::of_the_library();
    let imports = imports_between_siblings(tree);
    assert!(imports[&Vec::new()]["cli"].contains("engine"), "cli imports engine: the tree is read");
    if let Ok(folder) = std::env::var("PRINT_IMPORTS") {
        let path: ModulePath = folder.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
        for (user, used) in imports.get(&path).into_iter().flatten() {
            println!("{user} -> {}", used.iter().map(String::as_str).collect::<Vec<_>>().join(" "));
        }
    }
}
