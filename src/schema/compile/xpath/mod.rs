//! XPath 1.0 as YANG uses it (RFC 7950, section 6.4): expressions, parsed and resolved against the
//! schema.
//!
//! Resolving finds, for every step of every path, the schema nodes that it can reach. So a step is
//! evaluated by comparing numbers, and it is known beforehand what a condition can look at.

mod error;
mod lexer;
mod parser;
mod resolve;

pub use crate::schema::model::expr::{
    Arithmetic, Axis, Comparison, Expr, Function, IndexKey, Path, PathRewrite, Predicate, Shape, Start, Step,
    Test,
};

pub use error::XPathError;
pub use parser::{Names, parse};
pub use resolve::{Reach, Resolver};
