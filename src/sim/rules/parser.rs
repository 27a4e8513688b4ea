//! Tokens as a syntax tree: precedence, nesting and nothing about meaning.
//!
//! Precedence climbing, with caps on nesting and on nodes that are checked before each step down: whoever walks
//! the tree later may recurse without fear for the stack.

use std::ops::Range;

use super::error::{Diagnostic, position};
use super::lexer::{Op, Tok, Token, lex};
use crate::text::quoted;

/// Deepest nesting of parentheses, calls, `-` and `not`.
pub(super) const MAX_NESTING: usize = 100;
/// Most nodes of one rule; chains as `a + b + c` nest by the number of their terms.
pub(super) const MAX_NODES: usize = 500;

/// Binding strength, weakest first. `not` binds like a comparison's whole, a minus stronger than all.
const OR: u8 = 1;
const AND: u8 = 2;
const COMPARISON: u8 = 3;
const SUM: u8 = 4;
const PRODUCT: u8 = 5;
const OPERAND: u8 = 6;

/// What a part of a rule's text is.
#[derive(Debug)]
pub(super) enum Syntax {
    Number(f64),
    Bool(bool),
    /// Its bytes, without parentheses around it.
    Name(Range<usize>),
    /// The bytes between its quotes.
    Text(Range<usize>),
    /// The name's bytes and the arguments.
    Call(Range<usize>, Vec<Node>),
    Neg(Box<Node>),
    Not(Box<Node>),
    /// Left, operator and its bytes, right.
    Infix(Box<Node>, Op, Range<usize>, Box<Node>),
}

/// A part of a rule's text, its own parentheses included.
#[derive(Debug)]
pub(super) struct Node {
    pub syntax: Syntax,
    pub span: Range<usize>,
}

/// The syntax tree of the whole text, in which operands may be texts in quotes.
pub(super) fn parse(text: &str) -> Result<Node, Diagnostic> {
    let mut parser = Parser { text, tokens: lex(text)?, next: 0, nesting: 0, nodes: 0 };
    if parser.peek() == Tok::End {
        return Err(
            Diagnostic::new(0..0, "the rule is empty").hint("write a condition, as in `close > sma(close, 200)`")
        );
    }
    let node = parser.expression(OR)?;
    match parser.peek() {
        Tok::End => Ok(node),
        Tok::Close => Err(Diagnostic::new(parser.span(), "this `)` closes nothing").hint("remove it, or add a `(`")),
        Tok::Comma => {
            let diagnostic = Diagnostic::new(parser.span(), "a `,` only stands between the arguments of a call");
            let at = parser.span().start;
            let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            let is_decimal = is_digit(text[..at].chars().next_back()) && is_digit(text[at + 1..].chars().next());
            Err(if is_decimal { diagnostic.hint("decimals have a point, as in `1.5`") } else { diagnostic })
        }
        _ => {
            let message = format!("expected an operator, found {}", parser.found());
            // As other tools have it: `a crosses above b`.
            let hint = match &parser.text[parser.span()].to_ascii_lowercase()[..] {
                word if word.starts_with("cross") => {
                    "call `crosses_above(close, open)` or `crosses_below(close, open)`"
                }
                "above" | "over" | "greater" => "write `>`, as in `close > open`",
                "below" | "under" | "less" => "write `<`, as in `close < open`",
                "is" | "equals" => "write a comparison, as in `rsi(close, 14) < 30`",
                _ if text.trim_start().to_ascii_lowercase().starts_with("if ") => {
                    "a rule is the condition alone; of two values `if(close > open, high, low)` takes one"
                }
                _ => "join values by `+ - * /` or a comparison, conditions by `and` or `or`",
            };
            Err(Diagnostic::new(parser.span(), message).hint(hint))
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    /// Never empty: closed by [`Tok::End`], which is never passed.
    tokens: Vec<Token>,
    next: usize,
    nesting: usize,
    nodes: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Tok {
        self.tokens[self.next].tok
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.next].span.clone()
    }

    fn advance(&mut self) -> Range<usize> {
        let span = self.span();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        span
    }

    /// The next token as errors name it.
    fn found(&self) -> String {
        if self.peek() == Tok::End { "the end of the rule".to_owned() } else { quoted(&self.text[self.span()]) }
    }

    fn node(&mut self, syntax: Syntax, span: Range<usize>) -> Result<Node, Diagnostic> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("the rule is too long: more than {MAX_NODES} names, numbers and operators");
            return Err(Diagnostic::new(span.start..span.start, message).hint("make it simpler"));
        }
        Ok(Node { syntax, span })
    }

    /// Operands joined by operators that bind at least as strongly as `floor`.
    fn expression(&mut self, floor: u8) -> Result<Node, Diagnostic> {
        let mut left = self.operand()?;
        let mut compared: Option<Range<usize>> = None;
        while let Tok::Op(op) = self.peek() {
            let strength = strength(op);
            if strength < floor {
                break;
            }
            let at = self.advance();
            let right = self.expression(strength + 1)?;
            if strength == COMPARISON {
                if let Some(middle) = compared {
                    return Err(self.chained(&left, &middle, at, &right));
                }
                compared = Some(right.span.clone());
            }
            let span = left.span.start..right.span.end;
            left = self.node(Syntax::Infix(Box::new(left), op, at, Box::new(right)), span)?;
        }
        Ok(left)
    }

    fn chained(&self, left: &Node, middle: &Range<usize>, at: Range<usize>, right: &Node) -> Diagnostic {
        let (first, op, last) = (&self.text[left.span.clone()], &self.text[at.clone()], &self.text[right.span.clone()]);
        let hint = format!("write `{first} and {} {op} {last}`", &self.text[middle.clone()]);
        let hint = if hint.len() > 100 { "write `a < b and b < c`".to_owned() } else { hint };
        Diagnostic::new(at, "comparisons cannot be chained").hint(hint)
    }

    fn operand(&mut self) -> Result<Node, Diagnostic> {
        let start = self.span();
        match self.peek() {
            Tok::Number(value) => {
                self.advance();
                self.node(Syntax::Number(value), start)
            }
            Tok::Bool(value) => {
                self.advance();
                self.node(Syntax::Bool(value), start)
            }
            Tok::Text => {
                self.advance();
                self.node(Syntax::Text(start.start + 1..start.end - 1), start)
            }
            Tok::Name => {
                self.advance();
                if self.peek() == Tok::Open { self.call(start) } else { self.node(Syntax::Name(start.clone()), start) }
            }
            Tok::Op(Op::Sub) => {
                let inner = self.nested(OPERAND)?;
                let span = start.start..inner.span.end;
                self.node(Syntax::Neg(Box::new(inner)), span)
            }
            Tok::Not => {
                let inner = self.nested(COMPARISON)?;
                let span = start.start..inner.span.end;
                self.node(Syntax::Not(Box::new(inner)), span)
            }
            Tok::Open => {
                let inner = self.nested(OR)?;
                let end = self.close(&start)?;
                Ok(Node { span: start.start..end, ..inner })
            }
            Tok::Op(_) | Tok::Close | Tok::Comma | Tok::End => {
                Err(Diagnostic::new(start, format!("expected a value, found {}", self.found())))
            }
        }
    }

    /// Passes the token that opens a level, and parses the expression behind it.
    fn nested(&mut self, floor: u8) -> Result<Node, Diagnostic> {
        let at = self.advance();
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            let message = format!("the rule is nested too deeply: more than {MAX_NESTING} levels");
            return Err(Diagnostic::new(at, message).hint("remove parentheses that are not needed"));
        }
        let inner = self.expression(floor)?;
        self.nesting -= 1;
        Ok(inner)
    }

    fn call(&mut self, name: Range<usize>) -> Result<Node, Diagnostic> {
        let open = self.span();
        let mut args = Vec::new();
        if self.tokens[self.next + 1].tok == Tok::Close {
            self.advance();
        } else {
            args.push(self.nested(OR)?);
            while self.peek() == Tok::Comma {
                args.push(self.nested(OR)?);
            }
        }
        let end = self.close(&open)?;
        self.node(Syntax::Call(name.clone(), args), name.start..end)
    }

    /// The end of the `)` that belongs to this `(`.
    fn close(&mut self, open: &Range<usize>) -> Result<usize, Diagnostic> {
        if self.peek() == Tok::Close {
            return Ok(self.advance().end);
        }
        let (_, column) = position(self.text, open.start);
        let diagnostic = Diagnostic::new(self.span(), format!("expected `)`, found {}", self.found()));
        Err(diagnostic.hint(format!("the `(` in column {column} is not closed")))
    }
}

fn strength(op: Op) -> u8 {
    match op {
        Op::Or => OR,
        Op::And => AND,
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual | Op::Equal | Op::NotEqual => COMPARISON,
        Op::Add | Op::Sub => SUM,
        Op::Mul | Op::Div => PRODUCT,
    }
}
