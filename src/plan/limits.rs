//! How much may be interrupted between two steps.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use smol_str::SmolStr;

use crate::config::CONFIG_DB_SEPARATOR;
use crate::policy::Policy;

use super::Disruption;
use super::affected::Cause;
use super::graph::{EdgeKind, Graph};

/// What may be interrupted at once, and what interrupts what.
#[derive(Debug)]
pub struct Limits {
    disruption: Disruption,
    /// By table, how many entries.
    tables: BTreeMap<String, usize>,
    groups: Vec<Group>,
    /// By root, the entries that are interrupted with it.
    with: BTreeMap<usize, Vec<usize>>,
    /// The table of each entry.
    table_of: Vec<SmolStr>,
    /// Whether each entry is interrupted for its own sake: down, or because a field changes only with it.
    own: Vec<bool>,
    /// By root, those of the entries interrupted with it that a limit counts.
    counted: BTreeMap<usize, Vec<usize>>,
}

/// Entries of which one at least is never interrupted.
#[derive(Debug)]
struct Group {
    name: String,
    /// For each member the entries that interrupt it.
    members: Vec<Vec<usize>>,
}

/// A limit that does not let something start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exceeded {
    /// The table or the group.
    pub of: String,
    /// How many may be interrupted at once.
    pub limit: usize,
    /// How many would be.
    pub needed: usize,
}

impl Limits {
    /// The limits for a graph. `roots` says for each entry which entries interrupt it.
    pub fn new(
        policy: &Policy,
        disruption: Disruption,
        graph: &Graph,
        roots: &[BTreeSet<usize>],
        current: &Value,
    ) -> Self {
        let mut with: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, entry) in graph.entries.iter().enumerate() {
            let goes = entry.recreated.is_some();
            if goes || entry.interrupted_down {
                for &root in &roots[at] {
                    with.entry(root).or_default().push(at);
                }
            }
        }
        let none = Map::new();
        let entries = |table: &str| current.get(table).and_then(Value::as_object).unwrap_or(&none);
        let passed_on = passed_on(graph);
        let tables = policy.max_unavailable.iter().map(|(table, part)| {
            let limit = (entries(table).len() as f64 * part).floor() as usize;
            let least = if passed_on.contains(table.as_str()) { 2 } else { 1 };
            (table.clone(), limit.max(least))
        });
        let positions: BTreeMap<(&str, &str), usize> = graph
            .entries
            .iter()
            .enumerate()
            .map(|(at, entry)| ((entry.name.table.as_str(), entry.name.key.as_str()), at))
            .collect();
        let mut groups: BTreeMap<String, Vec<Vec<usize>>> = BTreeMap::new();
        for rule in &policy.keep_available {
            for key in entries(&rule.table).keys() {
                let Some((group, member)) = key.split_once(CONFIG_DB_SEPARATOR) else {
                    continue;
                };
                // With the entry itself that they belong to, all of them go.
                let whole = positions.get(&(rule.of.as_str(), group));
                if whole.is_some_and(|&at| graph.entries[at].recreated.is_some()) {
                    continue;
                }
                let own = positions.get(&(rule.table.as_str(), key.as_str()));
                let own = own.filter(|&&at| graph.entries[at].stays());
                let through = positions.get(&(rule.through.as_str(), member));
                let name = format!("{}{CONFIG_DB_SEPARATOR}{group}", rule.table);
                let interrupting = own.into_iter().chain(through).copied().collect();
                groups.entry(name).or_default().push(interrupting);
            }
        }
        let mut limits = Limits {
            disruption,
            tables: tables.collect(),
            groups: groups
                .into_iter()
                .filter(|(_, members)| members.len() > 1)
                .map(|(name, members)| Group { name, members })
                .collect(),
            counted: BTreeMap::new(),
            with,
            table_of: graph
                .entries
                .iter()
                .map(|entry| entry.name.table.clone())
                .collect(),
            own: graph
                .entries
                .iter()
                .map(|entry| entry.interrupted_down || matches!(entry.recreated, Some(Cause::CreateOnly(_))))
                .collect(),
        };
        limits.counted = limits.count();
        limits
    }

    /// By root, the entries that a limit counts.
    fn count(&self) -> BTreeMap<usize, Vec<usize>> {
        let members = self.groups.iter().flat_map(|group| &group.members).flatten();
        let members: BTreeSet<usize> = members.copied().collect();
        let is_counted = |at: &&usize| match self.disruption {
            Disruption::AllAtOnce => false,
            Disruption::Rolling(most) => most == 0 || self.own[**at],
            Disruption::Policy => {
                self.tables.contains_key(self.table_of[**at].as_str()) || members.contains(*at)
            }
        };
        let counted = self
            .with
            .iter()
            .map(|(&root, all)| (root, all.iter().filter(is_counted).copied().collect()));
        counted.collect()
    }

    /// The roots of interruption, in the order of their entries.
    pub fn roots(&self) -> impl Iterator<Item = usize> {
        self.with.keys().copied()
    }

    /// In how many turns the roots of a group that a root is in can be interrupted: those with more come
    /// first, lest they come to be alone at the end.
    pub fn turns(&self, root: usize, waiting: &BTreeSet<usize>) -> usize {
        if self.disruption != Disruption::Policy {
            return 1;
        }
        let touches = |member: &Vec<usize>, root: usize| {
            let mut with = self.interrupted_by(root).iter();
            with.any(|at| member.contains(at))
        };
        let of_root = self
            .groups
            .iter()
            .filter(|group| group.members.iter().any(|member| touches(member, root)));
        let turns = of_root.map(|group| {
            let is_waiting = |member: &&Vec<usize>| waiting.iter().any(|&root| touches(member, root));
            let count = group.members.iter().filter(is_waiting).count();
            count.div_ceil(group.members.len() - 1)
        });
        turns.max().unwrap_or(1)
    }

    /// The entries that are interrupted with a root.
    pub fn interrupted_by(&self, root: usize) -> &[usize] {
        self.with.get(&root).map_or(&[], Vec::as_slice)
    }

    /// Those of the entries interrupted with a root that a limit counts.
    pub fn counted_by(&self, root: usize) -> &[usize] {
        self.counted.get(&root).map_or(&[], Vec::as_slice)
    }

    /// The limit of the table of an entry that is interrupted with a root, if there is one.
    pub fn limit_of(&self, root: usize) -> Option<Exceeded> {
        let tables = self.counted_by(root).iter().map(|&at| &self.table_of[at]);
        let mut limits = tables.filter_map(|table| {
            let limit = match self.disruption {
                Disruption::AllAtOnce => return None,
                Disruption::Rolling(limit) => limit,
                Disruption::Policy => *self.tables.get(table.as_str())?,
            };
            Some(Exceeded {
                of: table.to_string(),
                limit,
                needed: limit + 1,
            })
        });
        limits.next()
    }

    /// Whether some roots may start together while nothing else is interrupted.
    ///
    /// # Errors
    /// The limit that is exceeded.
    pub fn admit(&self, roots: &[usize]) -> Result<(), Exceeded> {
        let all = roots.iter().flat_map(|&root| self.counted_by(root));
        self.allow(&all.copied().collect())
    }

    /// Whether some entries may be interrupted at once.
    ///
    /// # Errors
    /// The limit that is exceeded.
    pub fn allow(&self, all: &BTreeSet<usize>) -> Result<(), Exceeded> {
        // Groups of one table are adjacent.
        let mut counts: Vec<(&SmolStr, usize)> = Vec::new();
        for &at in all {
            if self.own[at] || !matches!(self.disruption, Disruption::Rolling(1..)) {
                let table = &self.table_of[at];
                match counts.last_mut() {
                    Some((last, count)) if *last == table => *count += 1,
                    _ => counts.push((table, 1)),
                }
            }
        }
        for (table, needed) in counts {
            let limit = match self.disruption {
                Disruption::AllAtOnce => None,
                Disruption::Rolling(limit) => Some(limit),
                Disruption::Policy => self.tables.get(table.as_str()).copied(),
            };
            if let Some(limit) = limit.filter(|&limit| needed > limit) {
                return Err(Exceeded {
                    of: table.to_string(),
                    limit,
                    needed,
                });
            }
        }
        if self.disruption != Disruption::Policy {
            return Ok(());
        }
        for group in &self.groups {
            let is_interrupted = |member: &&Vec<usize>| member.iter().any(|at| all.contains(at));
            let needed = group.members.iter().filter(is_interrupted).count();
            if needed == group.members.len() {
                return Err(Exceeded {
                    of: group.name.clone(),
                    limit: needed - 1,
                    needed,
                });
            }
        }
        Ok(())
    }
}

/// The tables in which an entry takes what another one gives up, which stays too: both are away at once for that.
fn passed_on<'g>(graph: &'g Graph) -> BTreeSet<&'g str> {
    let stays = |action: usize| graph.entries[graph.actions[action].entry].stays();
    let pairs = graph.before.iter().enumerate().flat_map(|(after, before)| {
        let conflicts = before
            .iter()
            .filter(|(_, edge)| matches!(edge, EdgeKind::Lanes | EdgeKind::Conflict));
        conflicts.map(move |&(before, _)| (before, after))
    });
    let both = pairs.filter(|&(before, after)| stays(before) && stays(after));
    both.map(|(_, after)| graph.name_of(after).table.as_str())
        .collect()
}
