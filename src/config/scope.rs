//! The scopes of a switch with several ASICs: each has a config of its own.

use std::fmt;

use super::json::{Document, JsonId};

const HOST: &str = "localhost";
const ASIC: &str = "asic";

/// The owner of a config: the host, or one ASIC. The host is first, then ASICs by number.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Option<u32>);

impl Scope {
    /// The scope of the host, `localhost`.
    pub const HOST: Scope = Scope(None);

    /// The scope of a name: `localhost`, `asic0`, `asic1`, … `None` for other names.
    pub fn named(name: &str) -> Option<Self> {
        if name == HOST {
            return Some(Scope::HOST);
        }
        let number: u32 = name.strip_prefix(ASIC)?.parse().ok()?;
        Some(Scope(Some(number))).filter(|scope| scope.to_string() == name)
    }

    /// Whether a name is, or is meant to be, that of an ASIC. No table has such a name.
    pub fn is_like_one(name: &str) -> bool {
        name.starts_with(ASIC)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str(HOST),
            Some(number) => write!(f, "{ASIC}{number}"),
        }
    }
}

/// The configs in a document that has one for each scope, `{"localhost": {…}, "asic0": {…}}`; none where it is a config
/// itself.
pub fn scopes(document: &Document) -> Vec<(Scope, JsonId)> {
    let members = document.children(document.root());
    let named = members.map(|id| Some((Scope::named(document.key(id))?, id)));
    named.collect::<Option<_>>().unwrap_or_default()
}

/// A place in a document of several configs, as reference tokens, as the place in its own config.
pub fn without_scope(place: &[String]) -> &[String] {
    match place {
        [scope, rest @ ..] if Scope::named(scope).is_some() => rest,
        place => place,
    }
}
