//! The reasons of a plan in words.

use crate::config::{CONFIG_DB_SEPARATOR, EntryName};
use crate::plan::{Condition, DependencyKind, EntrySet, ReasonKind};
use crate::policy::Policy;
use crate::report::printable;
use crate::validate::masked_entry;

/// How entries are called.
#[derive(Clone, Copy)]
pub enum Names<'a> {
    /// By their names, secret keys masked.
    Masked(&'a Policy),
    /// By their tables alone, which tells alike what differs in names and numbers only.
    Tables,
}

impl Names<'_> {
    /// What an entry is called.
    pub fn of(self, name: &EntryName) -> String {
        match self {
            Names::Masked(policy) => printable(&masked_entry(policy, name).to_string()),
            Names::Tables => printable(&name.table),
        }
    }

    /// What a table is called, or a group of its entries.
    fn group(self, of: &str) -> String {
        match of.split_once(CONFIG_DB_SEPARATOR) {
            Some((table, group)) => self.of(&EntryName::new(table, group)),
            None => printable(of),
        }
    }

    /// What some entries are called: the first by its name, and how many more there are.
    pub fn others(self, others: &EntrySet) -> String {
        let first = others.0.first().map_or(String::new(), |name| self.of(name));
        match (self, others.0.len()) {
            (Names::Masked(_), count @ 2..) => format!("{first} and {} more", count - 1),
            _ => first,
        }
    }
}

/// A word that goes with one, or the one that goes with several.
fn verb<'w>(names: Names, others: &EntrySet, one: &'w str, several: &'w str) -> &'w str {
    match names {
        Names::Masked(_) if others.0.len() > 1 => several,
        _ => one,
    }
}

/// Why, in words. Steps are counted from 1 there.
pub fn because(names: Names, because: &ReasonKind) -> String {
    let verb = |others, one, several| verb(names, others, one, several);
    match because {
        ReasonKind::NoOrder => {
            "restored at once with all the others, because no order of steps is safe".to_owned()
        }
        ReasonKind::NoModel => "changed unchecked, because no model covers its table".to_owned(),
        ReasonKind::CreateOnly { field, back } => format!(
            "added again in step {}, because {} changes only with its entry",
            back + 1,
            printable(field)
        ),
        ReasonKind::Follows { others, back } => format!(
            "added again in step {}; it is away while {} {} removed and added again",
            back + 1,
            names.others(others),
            verb(others, "is", "are")
        ),
        ReasonKind::Loses { others, back } => format!(
            "loses its reference to {} while {} removed and added again; gets it back in step {}",
            names.others(others),
            verb(others, "that is", "those are"),
            back + 1
        ),
        ReasonKind::Regains { others } => {
            format!("gets its reference to {} back", names.others(others))
        }
        ReasonKind::TakenDown { others, back } => {
            let until = back.map_or(String::new(), |back| format!(" until step {}", back + 1));
            format!(
                "taken down{until}, because {} {} only while it is down",
                names.others(others),
                verb(others, "changes", "change")
            )
        }
        ReasonKind::KeptDown { others, back } => format!(
            "kept down until step {}, because {} {} only while it is down",
            back + 1,
            names.others(others),
            verb(others, "changes", "change")
        ),
        ReasonKind::Again => "added again".to_owned(),
        ReasonKind::BroughtUp { again: true } => "brought up again".to_owned(),
        ReasonKind::BroughtUp { again: false } => "brought up".to_owned(),
        ReasonKind::Limit { of, limit } => format!(
            "waited, because at most {limit} of {} may be interrupted at once",
            names.group(of)
        ),
        ReasonKind::Invalid { error } => match (error, names) {
            (Some(error), Names::Masked(_)) => format!(
                "only now, because sooner this would be wrong: {}",
                printable(error)
            ),
            _ => "only now, because the config would not have been valid sooner".to_owned(),
        },
        ReasonKind::Own { step } => format!("after what step {} did to it", step + 1),
        ReasonKind::After {
            step,
            others,
            dependency,
        } => {
            let shown = names.others(others);
            let why = match dependency {
                DependencyKind::RefersTo => format!("it refers to {shown}"),
                DependencyKind::ReferredBy => format!("{shown} referred to it"),
                DependencyKind::Replaces => format!("{shown} {} its place", verb(others, "takes", "take")),
                DependencyKind::Lanes => format!("{shown} had its lanes"),
                DependencyKind::Conflict => format!("it cannot stand beside {shown}"),
                DependencyKind::WhileEarlierDown => {
                    format!("it changes only while {shown} {} down", verb(others, "is", "are"))
                }
                DependencyKind::WhileLaterDown => {
                    format!(
                        "{shown} {} only while it is down",
                        verb(others, "changes", "change")
                    )
                }
                DependencyKind::Condition(condition) => match condition {
                    Condition::LaterNeedsEarlier => format!("a condition of it asks for {shown}"),
                    Condition::EarlierNeedsLater => {
                        format!(
                            "{} of {shown} asked for it",
                            verb(others, "a condition", "conditions")
                        )
                    }
                    Condition::Excludes => format!(
                        "a condition does not allow it beside {shown} as {} before",
                        verb(others, "that was", "those were")
                    ),
                    Condition::Unclear => format!("a condition ties it to {shown}"),
                },
            };
            format!("after step {}, because {why}", step + 1)
        }
        ReasonKind::Before {
            step,
            others,
            dependency,
        } => {
            let shown = names.others(others);
            let why = match dependency {
                DependencyKind::RefersTo => format!("{shown} {} to it", verb(others, "refers", "refer")),
                DependencyKind::ReferredBy => format!("it refers to {shown}"),
                DependencyKind::Replaces => format!("it takes the place of {shown}"),
                DependencyKind::Lanes => format!("{shown} {} its lanes", verb(others, "takes", "take")),
                DependencyKind::Conflict => format!("{shown} cannot stand beside it"),
                DependencyKind::WhileEarlierDown => {
                    format!(
                        "{shown} {} only while it is down",
                        verb(others, "changes", "change")
                    )
                }
                DependencyKind::WhileLaterDown => {
                    format!("it changes only while {shown} {} down", verb(others, "is", "are"))
                }
                DependencyKind::Condition(condition) => match condition {
                    Condition::LaterNeedsEarlier => format!(
                        "{} of {shown} {} for it",
                        verb(others, "a condition", "conditions"),
                        verb(others, "asks", "ask")
                    ),
                    Condition::EarlierNeedsLater => format!("a condition of it asks for {shown}"),
                    Condition::Excludes => {
                        format!("a condition does not allow {shown} beside it as it was before")
                    }
                    Condition::Unclear => format!("a condition ties it to {shown}"),
                },
            };
            format!("before step {}, because {why}", step + 1)
        }
    }
}
