//! What is known of a place in a config: by the models, by the policy, and in a config.

mod page;
mod present;
mod remarks;

use serde::Serialize;

use crate::config::EntryName;
use crate::policy::Policy;
use crate::schema::{LookupError, PlaceFacts, PlaceName, Schema, describe, facts};
use crate::validate::masked_entry;

pub use present::{Present, present};
use remarks::remarks;

use super::FlagRow;

/// What is known of a place.
#[derive(Debug, Serialize)]
pub struct Explanation<'f> {
    /// The place, as a JSON pointer; `*` stands for any key.
    pub place: String,
    /// What the models say.
    #[serde(flatten)]
    pub facts: PlaceFacts,
    /// What the policy says, in sentences.
    pub policy: Vec<String>,
    /// The flag that the entry sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<FlagRow<'f>>,
    /// What there is in a config.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Present>,
    /// The table or its entries, for people.
    #[serde(skip)]
    described: String,
}

impl<'f> Explanation<'f> {
    /// What the models and the policy say of a place, the flag that its entry sets, and what there is in a config.
    ///
    /// # Errors
    /// [`LookupError`]: the models have no such table, entry or field.
    pub fn new(
        schema: &Schema,
        policy: &Policy,
        place: &PlaceName,
        flag: Option<FlagRow<'f>>,
        config: Option<Present>,
    ) -> Result<Self, LookupError> {
        let facts = facts(schema, place)?;
        let described = match (&place.field, &place.key) {
            (Some(_), _) => String::new(),
            (None, None) => describe(schema, &place.table)?,
            (None, Some(key)) => describe(schema, &EntryName::new(&*place.table, &**key).to_string())?,
        };
        Ok(Explanation {
            place: shown(policy, place).to_string(),
            policy: remarks(policy, place, &facts),
            facts,
            flag,
            config,
            described,
        })
    }

    /// One JSON document: `{"place","table","module","origin","description","entries":[{"name","yang_path",
    /// "fields":[…]}],"policy":[…],"config":{…}}`, with a line feed at the end.
    pub fn json(&self) -> String {
        // Strings, lists and objects always serialise.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// A place without a secret key.
fn shown(policy: &Policy, place: &PlaceName) -> PlaceName {
    let masked = |key: &String| {
        masked_entry(policy, &EntryName::new(&*place.table, &**key))
            .key
            .to_string()
    };
    PlaceName {
        key: place.key.as_ref().map(masked),
        ..place.clone()
    }
}
