//! Fields that flags of `SYSTEM_DEFAULTS` have replaced.

use serde::{Deserialize, Serialize};

use super::ids::{IdentityId, NodeId};

/// What becomes of retired fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Retired {
    /// Such a field in a config is a warning where the models define it, and an error where they do not or where a change
    /// adds it. The same holds for flags that only the `sonic-system-defaults` of a directory takes.
    #[default]
    ByModels,
    /// Such a field is an error.
    Error,
    /// Such a field is a warning.
    Warn,
    /// The models count as they are, their own `sonic-system-defaults` included.
    Allow,
    /// The field and its flag may both be there, and say the same then.
    Mirror,
}

/// A field that a flag has replaced.
#[derive(Debug, Serialize, Deserialize)]
pub struct RetiredLeaf {
    /// The node of the entry that has it.
    pub holder: NodeId,
    /// The schema node of the leaf.
    pub node: NodeId,
    /// The flag that has replaced it.
    pub flag: IdentityId,
    /// What its values are called in the flag; `None` where a flag takes any text, and means the same by
    /// it.
    pub words: Option<Vec<(Box<str>, Box<str>)>>,
    /// Whether the models do not define it.
    pub unknown: bool,
}

impl RetiredLeaf {
    /// The status of the flag that says what a value of the field says.
    pub fn status<'a>(&'a self, value: &'a str) -> Option<&'a str> {
        match &self.words {
            Some(words) => {
                let said = words.iter().find(|(leaf, _)| leaf.as_ref() == value);
                said.map(|(_, status)| status.as_ref())
            }
            None => Some(value).filter(|value| !value.is_empty()),
        }
    }

    /// What the status of the flag may be.
    pub fn statuses(&self) -> Vec<&str> {
        let words = self.words.iter().flatten();
        let mut statuses: Vec<&str> = words.map(|(_, status)| status.as_ref()).collect();
        let mut seen = Vec::new();
        statuses.retain(|status| {
            let is_new = !seen.contains(status);
            seen.push(*status);
            is_new
        });
        statuses
    }
}
