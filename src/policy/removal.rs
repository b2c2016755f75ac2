//! What a policy file takes away from the policy that it is laid over.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::config::Source;

use super::{BreakBeforeMake, Policy, PolicyError};

type Names = Vec<Spanned<String>>;

/// Names of what is taken away, by the key of the policy. A field is `TABLE.field`; `TABLE` is all fields of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Removal {
    joined_lists: Names,
    renames: Names,
    network_keys: Names,
    secrets: RemovedSecrets,
    unique_in_vrf: Names,
    create_only: Names,
    break_before_make: Names,
    keep_one_of: Names,
    change_requires: Names,
    protected: Names,
    exclusive_changes: Names,
    max_unavailable: Names,
    keep_available: Names,
    same_in_all_scopes: Names,
    daemon_owned: Names,
    daemon_answers: Names,
    actions: Names,
    waits: Names,
    supported: Names,
    immutable: Names,
}

/// Patterns that no longer name secrets.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RemovedSecrets {
    fields: Names,
    keys: Names,
}

impl Removal {
    /// Takes away what is named.
    ///
    /// # Errors
    /// The first name that is not there, with line and column.
    pub(super) fn apply(&self, source: &Source, policy: &mut Policy) -> Result<(), PolicyError> {
        let mut taken = Taken {
            source,
            missing: None,
        };
        let take = &mut taken;
        take.each(&self.joined_lists, |name| {
            policy.joined_lists.remove(name).is_some()
        });
        take.each(&self.secrets.fields, |name| {
            drop_from(&mut policy.secrets.fields, name)
        });
        take.each(&self.secrets.keys, |name| {
            drop_from(&mut policy.secrets.keys, name)
        });
        take.each(&self.unique_in_vrf, |name| {
            retain(&mut policy.unique_in_vrf, |rule| rule.field != name)
        });
        take.each(&self.create_only, |name| {
            drop_field(&mut policy.create_only, name)
        });
        take.each(&self.keep_one_of, |name| {
            drop_field(&mut policy.keep_one_of, name)
        });
        take.each(&self.break_before_make, |name| {
            let rules = &mut policy.break_before_make;
            let any = rules.iter_mut().fold(false, |any, rule| {
                let named = rule.part.remove(name).is_some() | rule.field.remove(name).is_some();
                drop_from(&mut rule.ranges, name) || named || any
            });
            let is_left = |rule: &BreakBeforeMake| {
                !(rule.part.is_empty() && rule.field.is_empty() && rule.ranges.is_empty())
            };
            rules.retain(is_left);
            any
        });
        take.each(&self.change_requires, |name| {
            let rules = &mut policy.change_requires;
            let any = drop_from_each(rules.iter_mut().map(|rule| &mut rule.tables), name);
            rules.retain(|rule| !rule.tables.is_empty());
            any
        });
        take.each(&self.protected, |name| {
            retain(&mut policy.protected, |rule| rule.path != name)
        });
        take.each(&self.exclusive_changes, |name| {
            retain(&mut policy.exclusive_changes, |rule| {
                format!("{}.{}", rule.table, rule.field) != name
            })
        });
        take.each(&self.max_unavailable, |name| {
            policy.max_unavailable.remove(name).is_some()
        });
        take.each(&self.keep_available, |name| {
            retain(&mut policy.keep_available, |rule| rule.table != name)
        });
        take.each(&self.same_in_all_scopes, |name| {
            retain(&mut policy.same_in_all_scopes, |rule| rule.table != name)
        });
        take.each(&self.renames, |name| policy.renames.remove(name).is_some());
        take.each(&self.network_keys, |name| {
            drop_from(&mut policy.network_keys, name)
        });
        take.each(&self.daemon_owned, |name| {
            drop_from(&mut policy.daemon_owned, name)
        });
        take.each(&self.daemon_answers, |name| {
            let rules = &mut policy.daemon_answers;
            let any = drop_from_each(rules.iter_mut().map(|rule| &mut rule.tables), name);
            rules.retain(|rule| !rule.tables.is_empty());
            any
        });
        take.each(&self.actions, |name| policy.actions.remove(name).is_some());
        take.each(&self.waits, |name| policy.waits.remove(name).is_some());
        take.each(&self.supported, |name| policy.supported.remove(name).is_some());
        take.each(&self.immutable, |name| policy.immutable.remove(name).is_some());
        taken.missing.map_or(Ok(()), Err)
    }
}

/// The first name that was not there.
struct Taken<'s> {
    source: &'s Source,
    missing: Option<PolicyError>,
}

impl Taken<'_> {
    fn each(&mut self, names: &Names, mut take: impl FnMut(&str) -> bool) {
        for name in names {
            if !take(name.get_ref()) && self.missing.is_none() {
                self.missing = Some(PolicyError {
                    file: self.source.name.clone(),
                    location: self.source.locate(name.span().start as u32),
                    message: format!(
                        "{:?} cannot be removed: the policy does not have it",
                        name.get_ref()
                    ),
                });
            }
        }
    }
}

/// Keeps some of a list. Whether any goes.
fn retain<T>(list: &mut Vec<T>, keep: impl Fn(&T) -> bool) -> bool {
    let count = list.len();
    list.retain(keep);
    list.len() < count
}

fn drop_from(list: &mut Vec<String>, name: &str) -> bool {
    retain(list, |other| other != name)
}

/// Drops a name from some lists. Whether any had it.
fn drop_from_each<'l>(lists: impl Iterator<Item = &'l mut Vec<String>>, name: &str) -> bool {
    lists
        .filter_map(|list| drop_from(list, name).then_some(()))
        .count()
        > 0
}

fn drop_field(tables: &mut BTreeMap<String, Vec<String>>, name: &str) -> bool {
    let Some((table, field)) = name.split_once('.') else {
        return tables.remove(name).is_some();
    };
    tables
        .get_mut(table)
        .is_some_and(|fields| drop_from(fields, field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_over(text: &str) -> Result<Policy, PolicyError> {
        Policy::shipped().with_file(&Source::new("p.toml", text))
    }

    #[test]
    fn a_file_takes_away_what_it_names() {
        let policy = laid_over(
            "[remove]\nrenames = [\"PFC_WD_TABLE\"]\nnetwork-keys = [\"PREFIX\"]\n\
             daemon-owned = [\"BUFFER_PG\"]\ncreate-only = [\"BGP_NEIGHBOR.name\", \"MIRROR_SESSION\"]\n\
             change-requires = [\"QUEUE\"]\nprotected = [\"/PFC_WD/GLOBAL\"]\nmax-unavailable = [\"PORT\"]\n\
             keep-available = [\"PORTCHANNEL_MEMBER\"]\nactions = [\"chrony\"]\nsecrets.keys = [\"SNMP_COMMUNITY\"]\n\
             break-before-make = [\"INTERFACE\", \"QUEUE\"]\n[max-unavailable]\nVLAN = 0.5\n",
        )
        .unwrap();
        assert!(
            policy.renamed_table("PFC_WD_TABLE").is_none()
                && policy.renamed_field("FEATURE", "status").is_some()
        );
        assert!(!policy.network_keys.iter().any(|table| table == "PREFIX"));
        assert!(!policy.daemon_owned.iter().any(|table| table == "BUFFER_PG"));
        assert!(
            !policy.is_create_only("BGP_NEIGHBOR", "name") && policy.is_create_only("BGP_NEIGHBOR", "asn")
        );
        assert!(!policy.is_create_only("MIRROR_SESSION", "dst_ip"));
        assert!(!policy.change_requires.iter().any(|rule| rule.is_about("QUEUE")));
        assert!(
            policy
                .change_requires
                .iter()
                .any(|rule| rule.is_about("BUFFER_PG"))
        );
        assert_eq!(policy.protected.len(), Policy::shipped().protected.len() - 1);
        assert_eq!(
            policy.max_unavailable.keys().collect::<Vec<_>>(),
            ["BGP_NEIGHBOR", "VLAN"]
        );
        assert!(policy.keep_available.is_empty() && !policy.actions.contains_key("chrony"));
        assert!(!policy.is_secret_key("SNMP_COMMUNITY"));
        let rules = &policy.break_before_make;
        assert!(!rules.iter().any(|rule| rule.part.contains_key("INTERFACE")));
        assert!(!rules.iter().any(|rule| rule.ranges.contains(&"QUEUE".to_owned())));
    }

    #[test]
    fn a_name_that_is_not_there_is_an_error_at_its_place() {
        let told = |text: &str| laid_over(text).unwrap_err().to_string();
        assert_eq!(
            told("[remove]\ndaemon-owned = [\"BUFFER_PG\", \"BUFER_PG\"]\n"),
            "p.toml:2:30: \"BUFER_PG\" cannot be removed: the policy does not have it"
        );
        assert!(told("[remove]\ncreate-only = [\"PORT.speed\"]\n").starts_with("p.toml:2:16: "));
        assert!(told("[remove]\nlanes = []\n").contains("unknown field `lanes`"));
    }
}
