//! XPath conditions of models (RFC 7950, section 6.4) in English: `mode is "tr_tcm"`.
//!
//! The common forms are worded: existence, equality, `not()`, `and`, `or`, `count()`, comparisons of numbers,
//! `contains()`, `starts-with()`, `re-match()`, `deref()`, `derived-from()`. What has another form has no words, and the
//! condition itself is shown.

mod condition;
mod noun;

use super::xpath::Expr;
use super::{NodeId, Schema};

/// The longest words of a condition, in bytes. What takes more is no easier to read than the condition.
const LONGEST: usize = 1000;

impl Schema {
    /// A condition in words. `context` is its context node, `current` the node that `current()` stands for. `None` for a
    /// condition that has no words.
    pub fn condition_words(
        &self,
        condition: &Expr,
        context: Option<NodeId>,
        current: NodeId,
    ) -> Option<String> {
        let nouns = noun::Nouns {
            schema: self,
            context,
            current,
        };
        let words = condition::words(&nouns, condition)?;
        (words.len() <= LONGEST).then_some(words)
    }

    /// The values that a leafref of a leaf may have, in words: `port of VLAN_MEMBER|<vlan>|*`. `None` where its path has
    /// no words.
    pub fn path_words(&self, path: &Expr, leaf: NodeId) -> Option<String> {
        let nouns = noun::Nouns {
            schema: self,
            context: Some(leaf),
            current: leaf,
        };
        let noun = nouns.of(path)?;
        (noun.words.len() <= LONGEST).then_some(noun.words)
    }
}
