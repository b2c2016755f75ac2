//! Who looked at what: from the keys of what changes to the units that may have to be checked anew.

use rustc_hash::{FxHashMap, FxHashSet};

const NONE: u32 = u32::MAX;

/// The keys that each unit looked at, and the other way round.
#[derive(Debug, Clone, Default)]
pub struct DependencyIndex {
    heads: FxHashMap<u64, u32>,
    links: Vec<Link>,
    free: Vec<u32>,
    /// The first link of each unit.
    of: Vec<u32>,
}

/// One key of one unit; in two lists, that of the key and that of the unit.
#[derive(Debug, Clone, Copy)]
struct Link {
    key: u64,
    unit: u32,
    next: u32,
    prev: u32,
    next_of_unit: u32,
}

impl DependencyIndex {
    /// Makes these the keys that a unit looked at, instead of those before.
    pub fn set(&mut self, unit: u32, keys: &[u64]) {
        let at = unit as usize;
        if self.of.len() <= at {
            if keys.is_empty() {
                return;
            }
            self.of.resize(at + 1, NONE);
        }
        if self.has(unit, keys) {
            return;
        }
        let mut link = std::mem::replace(&mut self.of[at], NONE);
        while link != NONE {
            let next = self.links[link as usize].next_of_unit;
            self.unlink(link);
            link = next;
        }
        for &key in keys.iter().rev() {
            self.link(unit, key);
        }
    }

    /// Adds the units that looked at a key.
    pub fn collect(&self, key: u64, units: &mut FxHashSet<u32>) {
        units.extend(self.units(key));
    }

    /// Whether a unit other than this one looked at a key.
    pub fn has_others(&self, key: u64, unit: u32) -> bool {
        self.units(key).any(|other| other != unit)
    }

    /// The units that looked at a key.
    fn units(&self, key: u64) -> impl Iterator<Item = u32> {
        let mut at = self.heads.get(&key).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let link = self.links.get(at as usize)?;
            at = link.next;
            Some(link.unit)
        })
    }

    fn has(&self, unit: u32, keys: &[u64]) -> bool {
        let mut link = self.of[unit as usize];
        for &key in keys {
            if link == NONE || self.links[link as usize].key != key {
                return false;
            }
            link = self.links[link as usize].next_of_unit;
        }
        link == NONE
    }

    fn link(&mut self, unit: u32, key: u64) {
        let new = self.free.pop().unwrap_or(self.links.len() as u32);
        let next = self.heads.insert(key, new).unwrap_or(NONE);
        if next != NONE {
            self.links[next as usize].prev = new;
        }
        let link = Link {
            key,
            unit,
            next,
            prev: NONE,
            next_of_unit: std::mem::replace(&mut self.of[unit as usize], new),
        };
        if let Some(free) = self.links.get_mut(new as usize) {
            *free = link;
        } else {
            self.links.push(link);
        }
    }

    fn unlink(&mut self, at: u32) {
        let Link { key, next, prev, .. } = self.links[at as usize];
        if next != NONE {
            self.links[next as usize].prev = prev;
        }
        if prev != NONE {
            self.links[prev as usize].next = next;
        } else if next != NONE {
            self.heads.insert(key, next);
        } else {
            self.heads.remove(&key);
        }
        self.free.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_to_units_as_long_as_they_are_looked_at() {
        let mut dependents = DependencyIndex::default();
        let units = |dependents: &DependencyIndex, key| {
            let mut units = FxHashSet::default();
            dependents.collect(key, &mut units);
            let mut units: Vec<u32> = units.into_iter().collect();
            units.sort_unstable();
            units
        };
        dependents.set(0, &[1, 2]);
        dependents.set(3, &[2, 5]);
        dependents.set(1, &[2]);
        assert_eq!(units(&dependents, 2), [0, 1, 3]);
        dependents.set(3, &[5]);
        dependents.set(0, &[]);
        assert_eq!(units(&dependents, 2), [1]);
        assert!(units(&dependents, 1).is_empty());
        dependents.set(1, &[5, 7]);
        assert_eq!(units(&dependents, 5), [1, 3]);
        assert_eq!(dependents.links.len(), 5);
    }
}
