//! The option `--cascade`, and what is said of what it removes.

use serde_json::{Map, Value, json};

use crate::config::pointer;
use crate::engine::{CascadedRemoval, PlannedChange, RemovalCause};
use crate::policy::Policy;
use crate::report::printable;
use crate::validate::{EntryPart, masked_entry};

use super::Failure;
use super::output::say;

/// Whether what refers to removed entries is removed too.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct CascadeArgs {
    /// Also remove what refers to the entries that the change removes
    ///
    /// Directly or not: an entry whose key refers to them, or that is not valid without the field that does; otherwise
    /// that field, or the element of a list. It is shown first, on standard error.
    #[arg(long, help_heading = "Checks and limits")]
    pub cascade: bool,
}

impl CascadeArgs {
    /// Refuses the option where nothing can be removed by the change.
    ///
    /// # Errors
    /// [`Failure::Environment`].
    pub fn check(self, can_remove: bool, of: &str) -> Result<(), Failure> {
        if self.cascade && !can_remove {
            let message = format!("--cascade is about {of}");
            return Err(Failure::Environment(message));
        }
        Ok(())
    }
}

/// Prints to standard error what is removed as well.
pub fn show(policy: &Policy, changes: &[PlannedChange]) {
    let mut text = String::new();
    for (scope, one) in removals(changes) {
        text += &printable(&format!("- {scope}{}", line(policy, one)));
        text.push('\n');
    }
    if !text.is_empty() {
        say(&format!("--cascade also removes:\n{text}"));
    }
}

/// The same for programs: the member `cascaded`, where anything is removed as well.
pub fn members(policy: &Policy, changes: &[PlannedChange]) -> Map<String, Value> {
    let removed = removals(changes).map(|(scope, one)| {
        let entry = masked_entry(policy, &one.entry);
        let mut place = vec![entry.table.as_str(), entry.key.as_str()];
        let mut object = Map::new();
        let scope = scope.strip_suffix(": ").map(str::to_owned);
        if let Some(scope) = &scope {
            place.insert(0, scope);
        }
        match &one.part {
            EntryPart::Key => {}
            EntryPart::Field(field) | EntryPart::Name(field) => place.push(field),
            EntryPart::Element(field, element) => {
                place.push(field);
                object.insert("element".to_owned(), json!(element.as_str()));
            }
        }
        object.insert("path".to_owned(), json!(pointer::join(place)));
        match &one.cause {
            RemovalCause::RefersTo(to) => {
                object.insert("refers_to".to_owned(), json!(masked_entry(policy, to)));
            }
            RemovalCause::Requires(message) => {
                object.insert("requires".to_owned(), json!(message));
            }
        }
        Value::Object(object)
    });
    let removed: Vec<Value> = removed.collect();
    let members = (!removed.is_empty()).then(|| ("cascaded".to_owned(), Value::Array(removed)));
    members.into_iter().collect()
}

/// What is removed, with its scope in front where there are several.
fn removals(changes: &[PlannedChange]) -> impl Iterator<Item = (String, &CascadedRemoval)> {
    let several = changes.len() > 1;
    changes.iter().flat_map(move |change| {
        let candidate = &change.candidate;
        let scope = match several {
            true => format!("{}: ", candidate.scope()),
            false => String::new(),
        };
        let removals = candidate.cascaded_removals().iter();
        removals.map(move |one| (scope.clone(), one))
    })
}

fn line(policy: &Policy, one: &CascadedRemoval) -> String {
    let entry = masked_entry(policy, &one.entry);
    let part = match &one.part {
        EntryPart::Key => String::new(),
        EntryPart::Field(field) | EntryPart::Name(field) => format!(" {field}"),
        EntryPart::Element(field, element) => format!(" {field} {element:?}"),
    };
    let cause = match &one.cause {
        RemovalCause::RefersTo(to) => format!("it refers to {}", masked_entry(policy, to)),
        RemovalCause::Requires(message) => format!("without what is removed: {message}"),
    };
    format!("{entry}{part} ({cause})")
}
