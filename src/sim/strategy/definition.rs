//! From the text of a definition to a strategy; whatever is wrong with it is found here, before any data is read.

use std::fmt;
use std::ops::Range;

use toml::de::DeTable;

use super::names::{NamesError, check_name, is_name, read_functions, read_let};
use super::portfolio_terms::PortfolioTerms;
use super::strategy::{Argument, Param, Rule, Strategy, collect};
use super::toml_table::{Entry, document, entries, known_entries};
use super::trade_terms::{TermsError, TradeTable, TradeTerms};
use crate::indicators::ParamKind;
use crate::rules::{Diagnostic, Expr, RuleError, Vocabulary, domain, is_whole, limits, position, snippet};
use crate::text::{escape, plain, quoted};

/// Longest text of a definition, in bytes.
const MAX_TEXT: usize = 256 * 1024;
/// Keys of a definition.
pub const KEYS: [&str; 10] =
    ["name", "about", "params", "let", "functions", "rules", "exits", "size", "entry_order", "portfolio"];
/// Keys of `[rules]`.
pub const RULES: [&str; 5] = ["require", "entry", "exit", "short_entry", "short_exit"];

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
        let document = document(self.text).map_err(|diagnostic| self.at(&diagnostic))?;
        let root = known_entries(document.get_ref(), &KEYS).map_err(|diagnostic| self.at(&diagnostic))?;
        let key = |key: &str| root.iter().find(|entry| entry.key == key);

        let name = self.name(key("name"))?;
        let about = key("about").map_or(Ok(""), Entry::string).map_err(|diagnostic| self.at(&diagnostic))?.to_owned();
        let declared = match key("params") {
            Some(params) => params.table().and_then(declared).map_err(|diagnostic| self.at(&diagnostic))?,
            None => Vec::new(),
        };
        let names = self.names(&declared, key("let"), key("functions"))?;
        let portfolio = key("portfolio").map(|table| PortfolioTerms::read(table, &names)).transpose();
        let portfolio = portfolio.map_err(|error| self.of_terms(error))?;
        let is_weighted = portfolio.as_ref().is_some_and(|portfolio| !portfolio.has_slots());
        let rules = match key("rules") {
            None if is_weighted => [const { None }; 5],
            rules => self.rules(rules, &names)?,
        };
        let mut arguments = Vec::new();
        for (key, rule) in RULES.iter().zip(&rules) {
            if let Some(rule) = rule {
                collect(key, &rule.expr, &mut arguments);
            }
        }
        let terms = self.terms(TradeTable::ALL.map(|table| key(table.name())), &names)?;
        if is_weighted {
            self.check_weighted(&root, &rules)?;
        }
        self.check_unused(&names, [key("let"), key("functions")])?;
        let of_portfolio = || portfolio.iter().flat_map(PortfolioTerms::over_bars);
        for (key, series) in terms.series().chain(of_portfolio()) {
            collect(key, series, &mut arguments);
        }
        let bounded = terms.bounded().chain(portfolio.iter().flat_map(PortfolioTerms::bounded));
        arguments.extend(bounded.map(|(rule, whom, kind, expr)| Argument { rule, whom, kind, expr: expr.clone() }));
        let rest = || terms.exprs().chain(portfolio.iter().flat_map(PortfolioTerms::exprs));
        let params = self.params(&declared, rules.iter().flatten().map(|rule| &rule.expr).chain(rest()), &arguments)?;
        let [require, entry, exit, short_entry, short_exit] = rules;
        let exit = exit.or_else(|| (is_weighted || terms.can_close()).then(Rule::never));
        let entry = entry.or_else(|| is_weighted.then(Rule::never));
        let (Some(entry), Some(exit)) = (entry, exit) else {
            return Err(self.whole(
                "[rules] needs both `entry` and `exit`; `exit` may be left out where [exits] has a stop, a target or \
                 `max_bars`",
            ));
        };
        let short_exit = short_exit.or_else(|| (short_entry.is_some() && terms.can_close()).then(Rule::never));
        if short_entry.is_some() != short_exit.is_some() {
            let (has, lacks) =
                if short_entry.is_some() { ("short_entry", "short_exit") } else { ("short_exit", "short_entry") };
            return Err(self.whole(format!("[rules] has `{has}` but no `{lacks}`; add it, or remove both")));
        }
        let expressions = names.named_expressions();
        let strategy = Strategy {
            name,
            about,
            params,
            named: expressions,
            require,
            entry,
            exit,
            short_entry,
            short_exit,
            terms,
            portfolio,
            arguments,
        };
        let defaults = strategy.defaults();
        strategy.check_require(&defaults).map_err(|error| self.whole(format!("the defaults do not fit: {error}")))?;
        Ok(strategy)
    }

    fn at(&self, diagnostic: &Diagnostic) -> DefinitionError {
        DefinitionError::at(self.label, self.text, diagnostic)
    }

    fn whole(&self, message: impl Into<String>) -> DefinitionError {
        DefinitionError::whole(self.label, message)
    }

    fn name(&self, entry: Option<&Entry<'_>>) -> Result<String, DefinitionError> {
        let entry = entry.ok_or_else(|| self.whole("there is no `name`; begin with `name = \"..\"`"))?;
        let name = entry.string().map_err(|diagnostic| self.at(&diagnostic))?;
        if is_name(name, "_-") {
            return Ok(name.to_owned());
        }
        let diagnostic = Diagnostic::new(entry.span(), format!("{} cannot be the name of a strategy", quoted(name)));
        Err(self.at(&diagnostic.hint("small letters, digits, `_` and `-`, a letter first, at most 64")))
    }

    /// The names that rules may use.
    fn names(
        &self,
        params: &[Declared],
        lets: Option<&Entry<'_>>,
        functions: Option<&Entry<'_>>,
    ) -> Result<Vocabulary, DefinitionError> {
        let mut names = Vocabulary::new(params.iter().map(|param| param.name.clone()).collect());
        let read = lets.map_or(Ok(()), |table| read_let(table, &mut names));
        let read = read.and_then(|()| functions.map_or(Ok(()), |table| read_functions(table, &mut names)));
        match read {
            Ok(()) => Ok(names),
            Err(NamesError::Place(diagnostic)) => Err(self.at(&diagnostic)),
            Err(NamesError::Rule(error)) => Err(DefinitionError::rule(self.label, error)),
        }
    }

    /// Rejects what has a name and stands nowhere.
    fn check_unused(&self, names: &Vocabulary, tables: [Option<&Entry<'_>>; 2]) -> Result<(), DefinitionError> {
        let Some(&unused) = names.unused().first() else { return Ok(()) };
        let what = if names.meaning_of(unused) == Some("a function") { "function" } else { "name" };
        let tables = tables.into_iter().flatten().filter_map(Entry::maybe_table).flat_map(entries);
        let is_it = |entry: &Entry<'_>| entry.key == unused || entry.key.split('(').next() == Some(unused);
        let span = tables.into_iter().find(is_it).map_or(0..0, |entry| entry.key_span);
        let diagnostic = Diagnostic::new(span, format!("{what} `{unused}` is not used by any rule"));
        Err(self.at(&diagnostic.hint("remove it")))
    }

    /// The tables `[exits]`, `[size]` and `[entry_order]`, where they are.
    fn terms(&self, tables: [Option<&Entry<'_>>; 3], names: &Vocabulary) -> Result<TradeTerms, DefinitionError> {
        let mut terms = TradeTerms::default();
        for (table, which) in tables.into_iter().zip(TradeTable::ALL) {
            let Some(table) = table else { continue };
            terms.read(table, which, names).map_err(|error| self.of_terms(error))?;
        }
        match terms.incomplete() {
            Some(message) => Err(self.whole(message)),
            None => Ok(terms),
        }
    }

    fn of_terms(&self, error: TermsError) -> DefinitionError {
        match error {
            TermsError::Place(diagnostic) => self.at(&diagnostic),
            TermsError::Rule(error) => DefinitionError::rule(self.label, error),
        }
    }

    /// A portfolio by weights holds what its weights say, and nothing else enters or ends a position.
    fn check_weighted(&self, root: &[Entry<'_>], rules: &[Option<Rule>; 5]) -> Result<(), DefinitionError> {
        let hint = "weights say what is held; `max_positions` in [portfolio] lets entries share the account";
        let tables = TradeTable::ALL.map(TradeTable::name);
        if let Some(table) = root.iter().find(|entry| tables.contains(&entry.key)) {
            let message = format!("[{}] has no meaning for a portfolio by weights", table.key);
            return Err(self.at(&Diagnostic::new(table.key_span.clone(), message).hint(hint)));
        }
        let rule = RULES.iter().zip(rules).skip(1).find(|(_, rule)| rule.is_some());
        let (Some((name, _)), Some(table)) = (rule, root.iter().find(|entry| entry.key == "rules")) else {
            return Ok(());
        };
        let message = format!("`{name}` has no meaning for a portfolio by weights");
        Err(self.at(&Diagnostic::new(table.key_span.clone(), message).hint(hint)))
    }

    /// The rules in the order of [`RULES`].
    fn rules(&self, entry: Option<&Entry<'_>>, names: &Vocabulary) -> Result<[Option<Rule>; 5], DefinitionError> {
        let entry = entry.ok_or_else(|| self.whole("there is no [rules] with an `entry` and an `exit`"))?;
        let entries =
            entry.table().and_then(|table| known_entries(table, &RULES)).map_err(|diagnostic| self.at(&diagnostic))?;
        let mut rules = [const { None }; 5];
        for (key, rule) in RULES.iter().zip(&mut rules) {
            if let Some(entry) = entries.iter().find(|entry| entry.key == *key) {
                let text = entry.string().map_err(|diagnostic| self.at(&diagnostic))?;
                let expr = names.condition(key, text).map_err(|error| DefinitionError::rule(self.label, error))?;
                *rule = Some(Rule { text: text.to_owned(), expr });
            }
        }
        Ok(rules)
    }

    fn params<'e>(
        &self,
        declared: &[Declared],
        exprs: impl Iterator<Item = &'e Expr>,
        arguments: &[Argument],
    ) -> Result<Vec<Param>, DefinitionError> {
        let used: Vec<usize> = exprs.flat_map(Expr::params).collect();
        let bind = |(index, param): (usize, &Declared)| {
            if used.contains(&index) {
                return bounded(index, param, arguments).map_err(|diagnostic| self.at(&diagnostic));
            }
            let diagnostic =
                Diagnostic::new(param.span.clone(), format!("param `{}` is not used by any rule", param.name));
            Err(self.at(&diagnostic.hint("remove it")))
        };
        declared.iter().enumerate().map(bind).collect()
    }
}

/// Most parameters of one strategy.
const MAX_PARAMS: usize = 64;

/// A parameter as declared, before the rules are known.
struct Declared {
    pub name: String,
    /// Bytes of the name in the definition.
    pub span: Range<usize>,
    default: f64,
    min: Option<f64>,
    max: Option<f64>,
}

/// All declared parameters in the order of the text.
fn declared(params: &DeTable<'_>) -> Result<Vec<Declared>, Diagnostic> {
    let entries = entries(params);
    if let Some(excess) = entries.get(MAX_PARAMS) {
        return Err(Diagnostic::new(excess.key_span.clone(), format!("more than {MAX_PARAMS} parameters")));
    }
    entries.iter().map(declare).collect()
}

fn declare(entry: &Entry<'_>) -> Result<Declared, Diagnostic> {
    check_name(entry.key, entry, "parameter")?;
    let (name, span) = (entry.key.to_owned(), entry.key_span.clone());
    let Some(table) = entry.maybe_table() else {
        return Ok(Declared { name, span, default: entry.number()?, min: None, max: None });
    };
    let keys = known_entries(table, &["default", "min", "max"])?;
    let find = |key: &str| keys.iter().find(|entry| entry.key == key).map(Entry::number).transpose();
    let Some(default) = find("default")? else {
        let diagnostic = Diagnostic::new(span, format!("parameter {} has no default", quoted(&name)));
        return Err(diagnostic.hint("write `{ default = .. }`"));
    };
    let (min, max) = (find("min")?, find("max")?);
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let message = format!("`min` = {} is above `max` = {}", plain(min), plain(max));
        return Err(Diagnostic::new(entry.span(), message));
    }
    Ok(Declared { name, span, default, min, max })
}

/// The parameter with the bounds that the rules' use of it adds: one that is a period by itself takes the period's
/// bounds; one that is in a period is whole.
fn bounded(index: usize, declared: &Declared, arguments: &[Argument]) -> Result<Param, Diagnostic> {
    let mut min = declared.min.unwrap_or(f64::NEG_INFINITY);
    let mut max = declared.max.unwrap_or(f64::INFINITY);
    let mut whole = false;
    for argument in arguments {
        if argument.expr == Expr::Param(index) {
            let (low, high) = limits(argument.kind);
            (min, max) = (min.max(low), max.min(high));
        }
        whole |= matches!(argument.kind, ParamKind::Period { .. }) && argument.expr.unrounded_params().contains(&index);
    }
    if whole {
        (min, max) = (min.ceil(), max.floor());
    }
    let (name, default) = (&declared.name, declared.default);
    let diagnostic = |message: String| Err(Diagnostic::new(declared.span.clone(), message));
    if min > max {
        return diagnostic(format!(
            "no value of `{name}` is within its bounds and those of the indicators that use it"
        ));
    }
    if !(min..=max).contains(&default) || (whole && !is_whole(default)) {
        let wanted = domain(min, max, whole);
        return diagnostic(format!("the default of `{name}` must be {wanted}, not {}", plain(default)));
    }
    Ok(Param { name: name.clone(), default, min, max, whole })
}

/// What is wrong with a definition.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// One of its rules.
    Rule(Box<RuleError>),
    /// Its TOML, or a key or value in it.
    Place {
        /// Line of the definition, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
        /// The line with carets below it, ready to show.
        snippet: String,
    },
    /// The definition as a whole.
    Whole(String),
}

/// A definition that makes no strategy. Displayed with its label (the path, for files), the place and the remedy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct DefinitionError {
    /// Where the text came from, as its reader named it.
    pub label: String,
    /// What is wrong.
    pub problem: Problem,
}

impl DefinitionError {
    fn at(label: &str, text: &str, diagnostic: &Diagnostic) -> Self {
        let (line, column) = position(text, diagnostic.span.start);
        let snippet = snippet(text, &diagnostic.span, diagnostic.hint.as_deref());
        let problem = Problem::Place { line, column, message: diagnostic.message.clone(), snippet };
        Self { label: label.to_owned(), problem }
    }

    fn whole(label: &str, message: impl Into<String>) -> Self {
        Self { label: label.to_owned(), problem: Problem::Whole(message.into()) }
    }

    fn rule(label: &str, error: RuleError) -> Self {
        Self { label: label.to_owned(), problem: Problem::Rule(Box::new(error)) }
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", escape(&self.label))?;
        match &self.problem {
            Problem::Rule(error) => write!(f, "{error}"),
            Problem::Place { line, column, message, snippet } => {
                write!(f, "line {line}, column {column}: {}\n{snippet}", escape(message))
            }
            Problem::Whole(message) => write!(f, "{}", escape(message)),
        }
    }
}

#[cfg(test)]
mod tests;
