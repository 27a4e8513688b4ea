//! From the text of a definition to a strategy; whatever is wrong with it is found here, before any data is read.

use super::arguments::{Argument, collect};
use super::definition_params::{Declared, bounded, declared, is_name};
use super::error::{DefinitionError, Fault};
use super::rules::{Param, Rule, Strategy};
use super::snippet::quoted;
use super::syntax::parse_condition;
use super::tables::{Entry, document, known_entries};

/// Longest text of a definition, in bytes.
const MAX_TEXT: usize = 256 * 1024;
/// Keys of `[rules]`.
const RULES: [&str; 5] = ["require", "entry", "exit", "short_entry", "short_exit"];

/// The strategy that this TOML text defines. `label` names the text in errors: the path, for a file.
///
/// # Errors
/// Broken TOML, unknown or missing keys, bad names, rules that cannot be understood, parameters that no rule uses,
/// and defaults outside their bounds or against `require`.
pub fn parse(text: &str, label: &str) -> Result<Strategy, DefinitionError> {
    if text.len() > MAX_TEXT {
        let message = format!("a definition has at most {MAX_TEXT} bytes, this one has {}", text.len());
        return Err(DefinitionError::whole(label, message));
    }
    Definition { text, label }.strategy()
}

struct Definition<'a> {
    text: &'a str,
    label: &'a str,
}

impl Definition<'_> {
    fn strategy(&self) -> Result<Strategy, DefinitionError> {
        let document = document(self.text).map_err(|fault| self.at(&fault))?;
        let root = known_entries(document.get_ref(), &["name", "about", "params", "rules"]).map_err(|f| self.at(&f))?;
        let key = |key: &str| root.iter().find(|entry| entry.key == key);

        let name = self.name(key("name"))?;
        let about = key("about").map_or(Ok(""), Entry::string).map_err(|fault| self.at(&fault))?.to_owned();
        let declared = match key("params") {
            Some(params) => params.table().and_then(declared).map_err(|fault| self.at(&fault))?,
            None => Vec::new(),
        };
        let rules = self.rules(key("rules"), &declared)?;
        let mut arguments = Vec::new();
        for (key, rule) in RULES.iter().zip(&rules) {
            if let Some(rule) = rule {
                collect(key, &rule.expr, &mut arguments);
            }
        }
        let params = self.params(&declared, &rules, &arguments)?;
        let [require, entry, exit, short_entry, short_exit] = rules;
        let (Some(entry), Some(exit)) = (entry, exit) else {
            return Err(self.whole("[rules] needs both `entry` and `exit`"));
        };
        if short_entry.is_some() != short_exit.is_some() {
            let (has, lacks) =
                if short_entry.is_some() { ("short_entry", "short_exit") } else { ("short_exit", "short_entry") };
            return Err(self.whole(format!("[rules] has `{has}` but no `{lacks}`; add it, or remove both")));
        }
        let strategy = Strategy { name, about, params, require, entry, exit, short_entry, short_exit, arguments };
        let defaults = strategy.defaults();
        strategy.check_require(&defaults).map_err(|error| self.whole(format!("the defaults do not fit: {error}")))?;
        Ok(strategy)
    }

    fn at(&self, fault: &Fault) -> DefinitionError {
        DefinitionError::at(self.label, self.text, fault)
    }

    fn whole(&self, message: impl Into<String>) -> DefinitionError {
        DefinitionError::whole(self.label, message)
    }

    fn name(&self, entry: Option<&Entry<'_>>) -> Result<String, DefinitionError> {
        let entry = entry.ok_or_else(|| self.whole("there is no `name`; begin with `name = \"..\"`"))?;
        let name = entry.string().map_err(|fault| self.at(&fault))?;
        if is_name(name, "_-") {
            return Ok(name.to_owned());
        }
        let fault = Fault::new(entry.span(), format!("{} cannot be the name of a strategy", quoted(name)));
        Err(self.at(&fault.hint("small letters, digits, `_` and `-`, a letter first, at most 64")))
    }

    /// The rules in the order of [`RULES`].
    fn rules(&self, entry: Option<&Entry<'_>>, params: &[Declared]) -> Result<[Option<Rule>; 5], DefinitionError> {
        let entry = entry.ok_or_else(|| self.whole("there is no [rules] with an `entry` and an `exit`"))?;
        let entries = entry.table().and_then(|table| known_entries(table, &RULES)).map_err(|fault| self.at(&fault))?;
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        let mut rules = [const { None }; 5];
        for (key, rule) in RULES.iter().zip(&mut rules) {
            if let Some(entry) = entries.iter().find(|entry| entry.key == *key) {
                let text = entry.string().map_err(|fault| self.at(&fault))?;
                let expr =
                    parse_condition(key, text, &names).map_err(|error| DefinitionError::rule(self.label, error))?;
                *rule = Some(Rule { text: text.to_owned(), expr });
            }
        }
        Ok(rules)
    }

    fn params(
        &self,
        declared: &[Declared],
        rules: &[Option<Rule>],
        arguments: &[Argument],
    ) -> Result<Vec<Param>, DefinitionError> {
        let used: Vec<usize> = rules.iter().flatten().flat_map(|rule| rule.expr.params()).collect();
        let bind = |(index, param): (usize, &Declared)| {
            if used.contains(&index) {
                return bounded(index, param, arguments).map_err(|fault| self.at(&fault));
            }
            let fault = Fault::new(param.span.clone(), format!("param `{}` is not used by any rule", param.name));
            Err(self.at(&fault.hint("remove it")))
        };
        declared.iter().enumerate().map(bind).collect()
    }
}
