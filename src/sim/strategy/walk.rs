//! Questions that are answered by walking over a rule's tree.

use super::expr::{Expr, Kind};

impl Expr {
    /// Number, series or condition.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Number(_) | Self::Param(_) => Kind::Number,
            Self::Field(_) | Self::Indicator { .. } | Self::Prev(..) => Kind::Series,
            Self::Neg(x) | Self::Abs(x) => x.kind(),
            Self::Math(_, a, b) => {
                if a.kind() == Kind::Number && b.kind() == Kind::Number {
                    Kind::Number
                } else {
                    Kind::Series
                }
            }
            Self::Bool(_) | Self::Compare(..) | Self::Cross(..) | Self::And(..) | Self::Or(..) | Self::Not(_) => {
                Kind::Condition
            }
        }
    }

    /// Calls `see` with this node and then with every node below it, left to right.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        match self {
            Self::Number(_) | Self::Bool(_) | Self::Param(_) | Self::Field(_) => {}
            Self::Indicator { series, params, .. } => series.iter().chain(params).for_each(|x| x.visit(see)),
            Self::Neg(x) | Self::Abs(x) | Self::Not(x) => x.visit(see),
            Self::Prev(a, b)
            | Self::Math(_, a, b)
            | Self::Compare(_, a, b)
            | Self::Cross(_, a, b)
            | Self::And(a, b)
            | Self::Or(a, b) => {
                a.visit(see);
                b.visit(see);
            }
        }
    }

    /// Indices of the parameters it uses, ascending, each once.
    #[must_use]
    pub fn params(&self) -> Vec<usize> {
        let mut used = Vec::new();
        self.visit(&mut |node| {
            if let Self::Param(index) = node {
                used.push(*index);
            }
        });
        used.sort_unstable();
        used.dedup();
        used
    }

    /// Whether it is the same at every bar: made of numbers and parameters alone.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        let mut constant = true;
        self.visit(&mut |node| constant &= !matches!(node, Self::Field(_) | Self::Indicator { .. }));
        constant
    }
}
