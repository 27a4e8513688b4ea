//! A rule's text as tokens, and a helpful answer to everything that other languages would accept here.

use std::ops::Range;

use winnow::ascii::{digit1, multispace1};
use winnow::combinator::{alt, opt, repeat};
use winnow::error::EmptyError;
use winnow::prelude::*;
use winnow::stream::LocatingSlice;
use winnow::token::{any, one_of, take_while};

use super::error::Diagnostic;
use super::foreign;
use crate::text::quoted;

/// Longest text of a rule, in bytes.
pub(super) const MAX_TEXT: usize = 16 * 1024;

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    Add,
    Sub,
    Mul,
    Div,
}

/// What a token is; names are looked up in the text by their span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tok {
    Number(f64),
    Bool(bool),
    Name,
    /// Anything in quotes, which its span includes.
    Text,
    Op(Op),
    Not,
    Open,
    Close,
    Comma,
    /// After the last token.
    End,
}

/// A token and its bytes in the text.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub tok: Tok,
    pub span: Range<usize>,
}

type Source<'a> = LocatingSlice<&'a str>;
type Lexed<T> = winnow::Result<T, EmptyError>;

/// All tokens of `text`, closed by [`Tok::End`].
pub(super) fn lex(text: &str) -> Result<Vec<Token>, Diagnostic> {
    if text.len() > MAX_TEXT {
        let message = format!("the rule has {} bytes, more than the {MAX_TEXT} that a rule may have", text.len());
        return Err(Diagnostic::new(0..0, message).hint("split it up into strategies"));
    }
    let mut input = Source::new(text);
    let mut tokens = Vec::new();
    loop {
        // It matches nothing as well, so it cannot fail.
        let _: Lexed<()> = blank(&mut input);
        let start = text.len() - input.len();
        if input.is_empty() {
            tokens.push(Token { tok: Tok::End, span: start..start });
            return Ok(tokens);
        }
        if input.starts_with(['\'', '"']) {
            let span = quoted_text(text, start)?;
            tokens.push(Token { tok: Tok::Text, span: span.clone() });
            input = Source::new(text);
            input.next_slice(span.end);
            continue;
        }
        let Ok((tok, span)) = token.with_span().parse_next(&mut input) else {
            let name = tokens.last().filter(|token: &&Token| token.tok == Tok::Name && token.span.end == start);
            return Err(stranger(text, start, name.map(|token| &text[token.span.clone()])));
        };
        check(text, tok, &span)?;
        tokens.push(Token { tok, span });
    }
}

/// The text in quotes that begins at `start`, quotes included.
fn quoted_text(text: &str, start: usize) -> Result<Range<usize>, Diagnostic> {
    let quote = &text[start..=start];
    match text[start + 1..].find(quote) {
        Some(length) => Ok(start..start + length + 2),
        None => {
            Err(Diagnostic::new(start..text.len(), "a text without its closing quote").hint(format!("add a {quote}")))
        }
    }
}

/// Spaces, line ends and comments from `#` to the end of the line.
fn blank(input: &mut Source<'_>) -> Lexed<()> {
    let comment = ('#', take_while(0.., |c| c != '\n')).void();
    repeat(0.., alt((multispace1.void(), comment))).parse_next(input)
}

fn token(input: &mut Source<'_>) -> Lexed<Tok> {
    alt((number, word, symbol)).parse_next(input)
}

fn number(input: &mut Source<'_>) -> Lexed<Tok> {
    let exponent = (one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1);
    (digit1, opt(('.', digit1)), opt(exponent)).take().parse_to().map(Tok::Number).parse_next(input)
}

fn word(input: &mut Source<'_>) -> Lexed<Tok> {
    let first = one_of(|c: char| c.is_ascii_alphabetic() || c == '_');
    let word = (first, take_while(0.., is_word)).take().parse_next(input)?;
    Ok(keyword(word).unwrap_or(Tok::Name))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn keyword(word: &str) -> Option<Tok> {
    Some(match word {
        "and" => Tok::Op(Op::And),
        "or" => Tok::Op(Op::Or),
        "not" => Tok::Not,
        "true" => Tok::Bool(true),
        "false" => Tok::Bool(false),
        _ => return None,
    })
}

fn symbol(input: &mut Source<'_>) -> Lexed<Tok> {
    let one_char = any.verify_map(|c| {
        Some(match c {
            '<' => Tok::Op(Op::Less),
            '>' => Tok::Op(Op::Greater),
            '+' => Tok::Op(Op::Add),
            '-' => Tok::Op(Op::Sub),
            '*' => Tok::Op(Op::Mul),
            '/' => Tok::Op(Op::Div),
            '(' => Tok::Open,
            ')' => Tok::Close,
            ',' => Tok::Comma,
            _ => return None,
        })
    });
    alt((
        "<=".value(Tok::Op(Op::LessEqual)),
        ">=".value(Tok::Op(Op::GreaterEqual)),
        "==".value(Tok::Op(Op::Equal)),
        "!=".value(Tok::Op(Op::NotEqual)),
        one_char,
    ))
    .parse_next(input)
}

/// Refuses tokens that are right by themselves and yet surely not what was meant.
fn check(text: &str, tok: Tok, span: &Range<usize>) -> Result<(), Diagnostic> {
    let (written, rest) = (&text[span.clone()], &text[span.end..]);
    let pair = |length: usize| span.start..span.end + length;
    match tok {
        Tok::Number(value) => {
            if rest.starts_with(|c| is_word(c) || c == '.') {
                let more = rest.find(|c| !is_word(c) && c != '.').unwrap_or(rest.len());
                let number = &text[pair(more)];
                let diagnostic = Diagnostic::new(pair(more), format!("{} is not a number", quoted(number)));
                let digits = number.replace('_', "");
                let hint = if digits != number && digits.parse::<f64>().is_ok() {
                    format!("write `{digits}`")
                } else {
                    "write it as in `30`, `0.5` or `1e-8`; a name begins with a letter".to_owned()
                };
                return Err(diagnostic.hint(hint));
            }
            if rest.starts_with('%') {
                let hint = "there is no `%`: write the plain number, as in `0.05` for 5 percent";
                return Err(Diagnostic::new(pair(1), "a percent sign").hint(hint));
            }
            if !value.is_finite() {
                return Err(Diagnostic::new(span.clone(), format!("{} is too large a number", quoted(written))));
            }
        }
        Tok::Name if rest.starts_with('.') => {
            let more = rest.find(|c| !is_word(c) && c != '.').unwrap_or(rest.len());
            let message = format!("there is no {}", quoted(&text[pair(more)]));
            return Err(Diagnostic::new(pair(more), message).hint(foreign::after_dot(written, &rest[1..])));
        }
        Tok::Name => {
            let lower = written.to_ascii_lowercase();
            if keyword(&lower).is_some() {
                let message = format!("{} is written in small letters", quoted(written));
                return Err(Diagnostic::new(span.clone(), message).hint(format!("did you mean `{lower}`?")));
            }
        }
        Tok::Op(Op::Less | Op::LessEqual) if rest.starts_with('>') => return Err(wrong_operator(text, pair(1), "!=")),
        Tok::Op(Op::Equal | Op::NotEqual) if rest.starts_with('=') => {
            return Err(wrong_operator(text, pair(1), written));
        }
        Tok::Op(Op::Mul) if rest.starts_with('*') => {
            return Err(Diagnostic::new(pair(1), "there is no operator `**`").hint("powers are written `pow(x, 2)`"));
        }
        _ => {}
    }
    Ok(())
}

fn wrong_operator(text: &str, span: Range<usize>, right: &str) -> Diagnostic {
    let message = format!("there is no operator {}", quoted(&text[span.clone()]));
    Diagnostic::new(span, message).hint(format!("did you mean `{right}`?"))
}

/// Whether a text ends with a word alone behind the begin of a call or one of its commas: `ema(close, length`.
fn names_argument(before: &str) -> bool {
    let rest = before.trim_end().trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let is_call = rest.trim_end().ends_with(',') || {
        let callee = rest.trim_end().strip_suffix('(').unwrap_or_default();
        callee.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    };
    is_call && rest.len() < before.trim_end().len()
}

/// The answer to text that begins no token, right behind a `name` or not.
fn stranger(text: &str, start: usize, name: Option<&str>) -> Diagnostic {
    let rest = &text[start..];
    let known = [
        ("&&", "and"),
        ("&", "and"),
        ("||", "or"),
        ("|", "or"),
        ("=>", ">="),
        ("=<", "<="),
        ("=", "=="),
        ("!", "not"),
        ("≤", "<="),
        ("≥", ">="),
        ("≠", "!="),
        ("×", "*"),
        ("·", "*"),
        ("÷", "/"),
        ("−", "-"),
        ("–", "-"),
    ];
    if rest.starts_with('=') && !rest.starts_with("=>") && !rest.starts_with("=<") && names_argument(&text[..start]) {
        let diagnostic = Diagnostic::new(start..start + 1, "arguments have no names here");
        return diagnostic.hint("write the values alone, in their order: `ema(close, 20)`");
    }
    if let Some((wrong, right)) = known.iter().find(|(wrong, _)| rest.starts_with(wrong)) {
        return wrong_operator(text, start..start + wrong.len(), right);
    }
    let first = rest.chars().next().unwrap_or(' ');
    let diagnostic = Diagnostic::new(start..start + first.len_utf8(), format!("unexpected character `{first}`"));
    match first {
        '.' => diagnostic.hint("a number begins with a digit, as in `0.5`"),
        '[' | ']' => diagnostic.hint(foreign::in_brackets(name, rest[1..].split(']').next().unwrap_or_default())),
        '^' => diagnostic.hint("powers are written `pow(x, 2)`"),
        '%' => diagnostic.hint("there is no `%`: the rest of `x / n` is `x - n * floor(x / n)`"),
        '\'' | '"' | '`' => diagnostic.hint("names are written without quotes"),
        '$' | '@' | '{' | '}' => diagnostic.hint("a parameter is written as its plain name"),
        ';' => diagnostic.hint("join conditions by `and` or `or`; arguments by `,`"),
        ':' if rest.starts_with(":=") => {
            diagnostic.hint("a name is given in [let], as in `trend = \"ema(close, 200)\"`")
        }
        ':' | '?' => diagnostic.hint("write `if(c, a, b)` for `c ? a : b`"),
        c if c.is_whitespace() => diagnostic.hint("put a plain space here"),
        _ => diagnostic.hint("a rule has names, numbers, `+ - * /`, comparisons, `and or not` and parentheses"),
    }
}
