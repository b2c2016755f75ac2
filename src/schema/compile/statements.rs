//! Statements of the module `sonicfg-extensions`: what identities of flags and of families of values say
//! beside what YANG has a statement for.

use std::fmt;

use crate::schema::model::{IdentityId, Schema};
use crate::schema::{FLAGS_MODULE, SchemaError};

/// The module that defines the statements.
const EXTENSIONS: &str = "sonicfg-extensions";
/// The base of every flag.
const FLAG_BASE: &str = "system-flag";

/// A field of an entry, as `/TABLE/key/field`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath {
    /// The name of the table.
    pub table: String,
    /// The key of the entry.
    pub key: String,
    /// The name of the field.
    pub field: String,
}

impl FieldPath {
    /// Reads `/TABLE/key/field`. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut names = text.strip_prefix('/')?.split('/').map(str::to_owned);
        let (Some(table), Some(key), Some(field), None) =
            (names.next(), names.next(), names.next(), names.next())
        else {
            return None;
        };
        let is_whole = ![&table, &key, &field].into_iter().any(String::is_empty);
        is_whole.then_some(FieldPath { table, key, field })
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}/{}", self.table, self.key, self.field)
    }
}

/// The statements of one identity.
#[derive(Debug, Clone, Copy)]
pub struct Statements<'s> {
    schema: &'s Schema,
    identity: IdentityId,
}

impl<'s> Statements<'s> {
    /// Those of an identity.
    pub fn of(schema: &'s Schema, identity: IdentityId) -> Self {
        Statements { schema, identity }
    }

    /// The arguments of the statements of a name.
    fn all(self, name: &'static str) -> impl Iterator<Item = &'s str> {
        self.schema.arguments(self.identity, EXTENSIONS, name)
    }

    /// The argument of the statement of a name, which occurs at most once.
    fn once(self, name: &'static str) -> Result<Option<&'s str>, SchemaError> {
        let mut all = self.all(name);
        let first = all.next();
        match all.next() {
            Some(_) => Err(self.refused(name, "it may occur once only")),
            None => Ok(first),
        }
    }

    fn refused(self, name: &str, reason: impl Into<String>) -> SchemaError {
        let identity = self.schema.identity(self.identity);
        let module = self.schema.module(identity.module);
        SchemaError::Statement {
            module: module.name.to_string(),
            identity: identity.name.to_string(),
            statement: name.to_owned(),
            reason: reason.into(),
        }
    }

    /// Two words of a statement that takes as many.
    fn pair(self, name: &str, text: &'s str) -> Result<(&'s str, &'s str), SchemaError> {
        let mut words = text.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(first), Some(second), None) => Ok((first, second)),
            _ => Err(self.refused(name, format!("two words belong here, not {text:?}"))),
        }
    }

    fn pairs(self, name: &'static str) -> Result<Vec<(&'s str, &'s str)>, SchemaError> {
        self.all(name).map(|text| self.pair(name, text)).collect()
    }

    /// `values`: the words of a family, of which there is at least one. `None` where it is no family.
    ///
    /// # Errors
    /// [`SchemaError::Statement`], as all that follow.
    pub fn values(self) -> Result<Option<Vec<&'s str>>, SchemaError> {
        let Some(text) = self.once("values")? else {
            return Ok(None);
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            return Err(self.refused("values", "it names no word"));
        }
        Ok(Some(words))
    }

    /// `true-false`: the words for `True` and `False` of a minigraph.
    pub fn true_false(self) -> Result<Option<(&'s str, &'s str)>, SchemaError> {
        let text = self.once("true-false")?;
        text.map(|text| self.pair("true-false", text)).transpose()
    }

    /// `also-written`: other spellings, each with the word of the family.
    pub fn also_written(self) -> Result<Vec<(&'s str, &'s str)>, SchemaError> {
        self.pairs("also-written")
    }

    /// `default`: the status of a flag that is not set.
    pub fn default(self) -> Result<Option<&'s str>, SchemaError> {
        self.once("default")
    }

    /// `replaces`: the field that a flag has replaced.
    pub fn replaces(self) -> Result<Option<FieldPath>, SchemaError> {
        let Some(text) = self.once("replaces")? else {
            return Ok(None);
        };
        let reason = || format!("a field is written /TABLE/key/field, not {text:?}");
        let path = FieldPath::parse(text);
        path.map(Some).ok_or_else(|| self.refused("replaces", reason()))
    }

    /// `leaf-value`: values of that field, each with the status that says the same.
    pub fn leaf_values(self) -> Result<Vec<(&'s str, &'s str)>, SchemaError> {
        self.pairs("leaf-value")
    }

    /// `minigraph-name`: the name in a minigraph.
    pub fn minigraph_name(self) -> Result<Option<&'s str>, SchemaError> {
        self.once("minigraph-name")
    }

    /// `consumed-by`: services, each with the word for when it follows a change, one of `ways`.
    pub fn consumers(self, ways: &[&str]) -> Result<Vec<(&'s str, &'s str)>, SchemaError> {
        let pairs = self.pairs("consumed-by")?;
        match pairs.iter().find(|(_, way)| !ways.contains(way)) {
            Some((_, way)) => {
                let reason = format!("a change takes effect at {}, not {way:?}", ways.join(", "));
                Err(self.refused("consumed-by", reason))
            }
            None => Ok(pairs),
        }
    }
}

/// The identities of all flags, in the order of their modules' names and then in the order of the text.
pub fn flag_identities(schema: &Schema) -> Vec<IdentityId> {
    let module = schema.module_named(FLAGS_MODULE);
    let base = module.and_then(|module| schema.identity_named(module, FLAG_BASE));
    base.map_or_else(Vec::new, |base| schema.identities_of(&[base]).collect())
}
