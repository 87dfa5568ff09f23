//! The value of a comparison that says most.

use std::fmt;

use crate::number::Number;

/// The value on the left of a comparison that came nearest to its failure or, where it is to hold
/// sometimes, to its success: the least, or the greatest.
///
/// ```
/// use bootfork_explorer::{Context, Explorer, Replay, Value, Watermark};
///
/// let world = Replay::new(|ctx: &mut Context| {
///     let load = ctx.below(4) as f64 / 2.0;
///     bootfork_explorer::assert_always_less_than!(load, 2.0, "load");
/// });
/// let record = &Explorer::new(world).budget(50).run().assertions[0];
/// assert_eq!(record.watermark, Some(Watermark::Greatest(Value::Float(1.5))));
/// assert_eq!(record.watermark.unwrap().to_string(), "greatest 1.5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Watermark {
    /// The least, of a value that is to be greater.
    Least(Value),
    /// The greatest, of a value that is to be less, or sometimes greater.
    Greatest(Value),
}

impl fmt::Display for Watermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Least(value) => write!(f, "least {value}"),
            Self::Greatest(value) => write!(f, "greatest {value}"),
        }
    }
}

/// A number that was compared. In JSON a number; a float that is not finite is null there.
///
/// ```
/// use bootfork_explorer::Value;
/// assert_eq!(Value::Integer(3).to_string(), "3");
/// assert_eq!(Value::Float(3.0).to_string(), "3.0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum Value {
    /// An integer. One beyond 64 bits is the nearest within.
    Integer(i64),
    /// A float.
    Float(f64),
}

impl Value {
    /// The number at that [rank](Number::rank).
    pub(crate) fn at_rank(rank: i64, is_float: bool) -> Self {
        if is_float { Self::Float(f64::at_rank(rank)) } else { Self::Integer(rank) }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => write!(f, "{value:?}"),
        }
    }
}
