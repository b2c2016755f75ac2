//! Whose reading of the standards a verdict follows.

/// Whose reading of YANG, XPath and regular expressions decides a verdict. `docs/verdicts.md` lists the differences.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// That of a switch: SONiC's own loader, with libyang 3 behind it.
    #[default]
    Libyang,
    /// That of RFC 7950, RFC 7951, XPath 1.0 and XML Schema.
    Rfc,
}

impl Dialect {
    /// The other one of the two.
    pub fn other(self) -> Self {
        match self {
            Dialect::Libyang => Dialect::Rfc,
            Dialect::Rfc => Dialect::Libyang,
        }
    }
}
