//! The modules of all crates as the compiler sees them: who declares what, and what each path in the code refers to.
//! Tests are left out. The crate `backtest-data` is the module `data` here, as it is in `src/lib.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use syn::visit::{self, Visit};

/// A path from the root of the crate, `cache::redis`; the root itself is empty.
pub(crate) type ModulePath = Vec<String>;

/// Everything about one module that imports depend on.
#[derive(Default)]
pub(crate) struct Module {
    /// Names of its child modules.
    children: BTreeSet<String>,
    /// Names of the types it defines.
    pub(crate) types: Vec<String>,
    /// Names of all the items it defines, as far as a glob import could mean them.
    items: BTreeSet<String>,
    /// What its `use` declarations bring into scope: a name and the path as written.
    aliases: BTreeMap<String, ModulePath>,
    /// The modules whose content a `use path::*` brings into scope.
    globs: Vec<ModulePath>,
    /// Paths in its code, as written.
    paths: BTreeSet<ModulePath>,
}

/// All modules of the library and of the crates below it.
pub(crate) struct ModuleTree {
    pub(crate) modules: BTreeMap<ModulePath, Module>,
}

impl ModuleTree {
    /// `src/lib.rs`, `src/FLOOR/mod.rs` and all files that they lead to, read once for all tests.
    pub(crate) fn of_the_library() -> &'static Self {
        static TREE: LazyLock<ModuleTree> = LazyLock::new(|| {
            let mut tree = ModuleTree { modules: BTreeMap::new() };
            let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
            tree.read_file(&src.join("lib.rs"), &src, &[]);
            for floor in floors() {
                let folder = src.join(floor);
                tree.read_file(&folder.join("mod.rs"), &folder, std::slice::from_ref(floor));
            }
            tree
        });
        &TREE
    }

    fn read_file(&mut self, file: &Path, folder: &Path, path: &[String]) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.read_items(&syntax.items, file, folder, path);
    }

    /// `folder` is where the files of child modules are.
    fn read_items(&mut self, items: &[syn::Item], file: &Path, folder: &Path, path: &[String]) {
        let mut reader = Reader { module: Module::default() };
        for item in items {
            let syn::Item::Mod(child) = item else {
                reader.visit_item(item);
                continue;
            };
            if is_for_tests(&child.attrs) {
                continue;
            }
            let name = child.ident.to_string();
            reader.module.children.insert(name.clone());
            let below = [path, std::slice::from_ref(&name)].concat();
            if let Some((_, items)) = &child.content {
                self.read_items(items, file, &folder.join(&name), &below);
            } else if let Some(given) = path_attribute(&child.attrs) {
                let target = file.parent().expect("a file is in a folder").join(given);
                self.read_file(&target, &folder.join(&name), &below);
            } else {
                let flat = folder.join(format!("{name}.rs"));
                let nested = folder.join(&name).join("mod.rs");
                let target = if flat.exists() { flat } else { nested };
                self.read_file(&target, &folder.join(&name), &below);
            }
        }
        self.modules.entry(path.to_vec()).or_default().merge(reader.module);
    }

    /// The modules that a module's code refers to, itself and its own parents included.
    pub(crate) fn used_by(&self, from: &ModulePath) -> BTreeSet<ModulePath> {
        let module = &self.modules[from];
        let written = module.paths.iter().chain(module.aliases.values()).chain(&module.globs);
        written.filter_map(|path| self.resolve(from, path, 8)).collect()
    }

    /// The module in which the item that a path means is defined; `None` for other crates. Follows re-exports.
    fn resolve(&self, from: &ModulePath, path: &[String], depth: usize) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        if depth == 0 {
            return None;
        }
        match first.as_str() {
            "crate" => self.descend(root_of(from), rest, depth),
            "self" => self.descend(from.clone(), rest, depth),
            "super" => {
                let mut up = from.clone();
                up.pop()?;
                let more = rest.iter().take_while(|segment| *segment == "super").count();
                up.truncate(up.len().checked_sub(more)?);
                self.descend(up, &rest[more..], depth)
            }
            name => {
                if let Some(floor) = name.strip_prefix("backtest_") {
                    return self.descend(vec![floor.to_owned()], rest, depth);
                }
                let module = self.modules.get(from)?;
                let known = module.children.contains(name)
                    || module.aliases.get(name).is_some_and(|target| target.first() != path.first());
                known.then(|| self.descend(from.clone(), path, depth)).flatten()
            }
        }
    }

    fn descend(&self, mut at: ModulePath, mut rest: &[String], depth: usize) -> Option<ModulePath> {
        while let Some((name, after)) = rest.split_first() {
            let module = self.modules.get(&at)?;
            if module.children.contains(name) {
                at.push(name.clone());
                rest = after;
            } else if let Some(target) = module.aliases.get(name) {
                let whole = [target.as_slice(), after].concat();
                return self.resolve(&at, &whole, depth - 1).or(Some(at));
            } else {
                let through = module.globs.iter().filter_map(|glob| self.resolve(&at, glob, depth - 1));
                let home = through.filter(|home| *home != at).find(|home| self.modules[home].knows(name));
                return match home {
                    Some(home) => self.descend(home, rest, depth - 1),
                    None => Some(at),
                };
            }
        }
        Some(at)
    }
}

/// The folders of `src` that are crates of their own.
pub(crate) fn floors() -> &'static BTreeSet<String> {
    static FLOORS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let folders = fs::read_dir(src).expect("src is readable").flatten();
        let crates = folders.filter(|folder| folder.path().join("Cargo.toml").exists());
        crates.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect()
    });
    &FLOORS
}

/// What `crate` means in a module.
fn root_of(module: &ModulePath) -> ModulePath {
    module.iter().take(1).filter(|first| floors().contains(*first)).cloned().collect()
}

impl Module {
    fn knows(&self, name: &str) -> bool {
        self.children.contains(name) || self.items.contains(name) || self.aliases.contains_key(name)
    }

    /// Two files may be one module, each for other features.
    fn merge(&mut self, other: Self) {
        self.children.extend(other.children);
        self.types.extend(other.types);
        self.items.extend(other.items);
        self.aliases.extend(other.aliases);
        self.globs.extend(other.globs);
        self.paths.extend(other.paths);
    }
}

/// Collects definitions and paths from the syntax of one module.
struct Reader {
    module: Module,
}

impl Reader {
    fn read_use(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.read_use(&path.tree, &with(&path.ident)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.read_use(item, before)),
            syn::UseTree::Glob(_) => self.module.globs.push(before.to_vec()),
            syn::UseTree::Name(name) if name.ident == "self" => {
                let alias = before.last().cloned().unwrap_or_default();
                self.module.aliases.insert(alias, before.to_vec());
            }
            syn::UseTree::Name(name) => {
                self.module.aliases.insert(name.ident.to_string(), with(&name.ident));
            }
            // `use Trait as _` has no name, but is an import all the same.
            syn::UseTree::Rename(rename) if rename.rename == "_" => {
                self.module.paths.insert(with(&rename.ident));
            }
            syn::UseTree::Rename(rename) => {
                self.module.aliases.insert(rename.rename.to_string(), with(&rename.ident));
            }
        }
    }

    fn defines(&mut self, name: &syn::Ident, is_type: bool) {
        self.module.items.insert(name.to_string());
        if is_type {
            self.module.types.push(name.to_string());
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let (attrs, name, is_type): (&[syn::Attribute], _, _) = match item {
            syn::Item::Struct(item) => (&item.attrs, Some(&item.ident), true),
            syn::Item::Enum(item) => (&item.attrs, Some(&item.ident), true),
            syn::Item::Union(item) => (&item.attrs, Some(&item.ident), true),
            syn::Item::Trait(item) => (&item.attrs, Some(&item.ident), true),
            syn::Item::Type(item) => (&item.attrs, Some(&item.ident), true),
            syn::Item::Fn(item) => (&item.attrs, Some(&item.sig.ident), false),
            syn::Item::Const(item) => (&item.attrs, Some(&item.ident), false),
            syn::Item::Static(item) => (&item.attrs, Some(&item.ident), false),
            syn::Item::Impl(item) => (&item.attrs, None, false),
            syn::Item::Mod(item) => (&item.attrs, None, false),
            syn::Item::Use(item) => (&item.attrs, None, false),
            _ => (&[], None, false),
        };
        if is_for_tests(attrs) {
            return;
        }
        if let Some(name) = name {
            self.defines(name, is_type);
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.read_use(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            self.module.paths.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    /// The arguments of a macro are no syntax tree: paths are found by their look.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let text = call.tokens.to_string().replace(" :: ", "::").replace(":: ", "::").replace(" ::", "::");
        for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let path: ModulePath = word.split("::").map(str::to_owned).collect();
            if path.len() > 1 && path.iter().all(|segment| !segment.is_empty() && !segment.contains(':')) {
                self.module.paths.insert(path);
            }
        }
        visit::visit_macro(self, call);
    }
}

fn is_for_tests(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let syn::Meta::List(list) = &attr.meta else { return attr.path().is_ident("test") };
        let condition = list.tokens.to_string();
        list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all (test"))
    })
}

fn path_attribute(attrs: &[syn::Attribute]) -> Option<PathBuf> {
    attrs.iter().find_map(|attr| match &attr.meta {
        syn::Meta::NameValue(syn::MetaNameValue {
            path,
            value: syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }),
            ..
        }) if path.is_ident("path") => Some(PathBuf::from(text.value())),
        _ => None,
    })
}
