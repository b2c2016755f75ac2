//! The option for whose reading of the standards decides a verdict.

use clap::ValueEnum;
use serde::Deserialize;

use crate::schema::Dialect;

/// Whose reading of the standards decides a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DialectArg {
    /// The standards: RFC 7950, RFC 7951, XPath 1.0, XML Schema. Where a switch would refuse a valid config, a warning says so
    Rfc,
    /// The switch: SONiC's loader with libyang 3
    Libyang,
}

impl From<DialectArg> for Dialect {
    fn from(dialect: DialectArg) -> Self {
        match dialect {
            DialectArg::Rfc => Dialect::Rfc,
            DialectArg::Libyang => Dialect::Libyang,
        }
    }
}
