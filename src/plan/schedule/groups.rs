//! Which interruptions start together, and in which order: what cannot end without others starts with them, or after
//! them.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Scheduler;

/// Roots of interruption that start together.
#[derive(Debug)]
pub(super) struct StartGroup {
    /// The roots that start together.
    pub members: Vec<usize>,
    /// Roots of other groups that have started before, or at the same time.
    pub needs: BTreeSet<usize>,
    /// Whether the limits allow all of them at once; otherwise they start one after the other, in their order.
    pub is_whole: bool,
}

impl Scheduler<'_, '_, '_> {
    /// The roots in groups, in the order in which they should start.
    pub(super) fn start_groups(&self) -> Vec<StartGroup> {
        let roots: Vec<usize> = self.limits.roots().collect();
        let mut graph: DiGraph<usize, ()> = DiGraph::new();
        let nodes: BTreeMap<usize, NodeIndex> =
            roots.iter().map(|&root| (root, graph.add_node(root))).collect();
        for &root in &roots {
            for other in self.needs_of(root) {
                if let Some(&other) = nodes.get(&other) {
                    graph.add_edge(nodes[&root], other, ());
                }
            }
        }
        let mut groups: Vec<StartGroup> = Vec::new();
        let mut group_of = vec![0; roots.len()];
        // Each group is found after those that it needs.
        for members in tarjan_scc(&graph) {
            members
                .iter()
                .for_each(|node| group_of[node.index()] = groups.len());
            let needs = members.iter().flat_map(|&node| graph.neighbors(node));
            let needs = needs
                .filter(|node| !members.contains(node))
                .map(|node| graph[node]);
            let needs = needs.collect();
            let members = if members.len() > 1 {
                along(&graph, &members)
            } else {
                members.iter().map(|&node| graph[node]).collect()
            };
            groups.push(StartGroup {
                is_whole: self.limits.admit(&members).is_ok(),
                needs,
                members,
            });
        }
        let of_root = |root: &usize| group_of[nodes[root].index()];
        self.ordered(groups, of_root)
    }

    /// Groups in an order in which each comes after those that it needs.
    fn ordered(&self, groups: Vec<StartGroup>, of_root: impl Fn(&usize) -> usize) -> Vec<StartGroup> {
        let all: BTreeSet<usize> = self.limits.roots().collect();
        let key = |group: &StartGroup| {
            let firsts = group.members.iter().map(|root| {
                let first = self.first.iter().position(|other| other == root);
                first.unwrap_or(usize::MAX)
            });
            let turns = group.members.iter().map(|&root| self.limits.turns(root, &all));
            let (first, turns) = (firsts.min(), turns.max().unwrap_or_default());
            let lengths = group.members.iter().map(|&root| self.length(root));
            let least = group.members.iter().min().copied();
            // The greatest comes first: what is large or takes long leaves the least gaps then.
            (
                std::cmp::Reverse(first),
                turns,
                group.members.len(),
                lengths.max(),
                std::cmp::Reverse(least),
            )
        };
        let mut waiting: Vec<usize> = Vec::with_capacity(groups.len());
        let mut after: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
        for (at, group) in groups.iter().enumerate() {
            let needed: BTreeSet<usize> = group.needs.iter().map(&of_root).collect();
            waiting.push(needed.len());
            needed.into_iter().for_each(|other| after[other].push(at));
        }
        let mut open = BinaryHeap::new();
        let free = (0..groups.len()).filter(|&at| waiting[at] == 0);
        open.extend(free.map(|at| (key(&groups[at]), at)));
        let mut order = Vec::with_capacity(groups.len());
        while let Some((_, at)) = open.pop() {
            order.push(at);
            for &other in &after[at] {
                waiting[other] -= 1;
                if waiting[other] == 0 {
                    open.push((key(&groups[other]), other));
                }
            }
        }
        let mut groups: Vec<Option<StartGroup>> = groups.into_iter().map(Some).collect();
        order.into_iter().filter_map(|at| groups[at].take()).collect()
    }

    /// How many steps an interruption takes at least, if nothing else is in its way.
    fn length(&self, root: usize) -> usize {
        let own = self.limits.interrupted_by(root).iter();
        let own = own
            .flat_map(|&at| &self.actions_on[at])
            .map(|&action| self.levels[action]);
        let (first, last) = own.fold((usize::MAX, 0), |(first, last), level| {
            (first.min(level), last.max(level))
        });
        last.saturating_sub(first)
    }

    /// For each action the step in which it can be done, by the order of the graph alone.
    pub(super) fn levels(&self) -> Vec<usize> {
        let mut levels = vec![0; self.graph.actions.len()];
        let mut waiting = self.waiting.clone();
        let mut open: Vec<usize> = self.ready.iter().copied().collect();
        while let Some(action) = open.pop() {
            for &after in &self.after[action] {
                levels[after] = levels[after].max(levels[action] + 1);
                waiting[after] -= 1;
                if waiting[after] == 0 {
                    open.push(after);
                }
            }
        }
        levels
    }

    /// Roots without whose start the interruption by a root does not end.
    fn needs_of(&self, root: usize) -> BTreeSet<usize> {
        let mut needs = BTreeSet::new();
        let own = self.limits.interrupted_by(root).iter();
        let mut open: Vec<usize> = own.flat_map(|&at| &self.actions_on[at]).copied().collect();
        let mut seen: BTreeSet<usize> = open.iter().copied().collect();
        while let Some(action) = open.pop() {
            if let Some(others) = self.interrupts_for(action)
                && !others.contains(&root)
                && let Some(&other) = others.first()
            {
                needs.insert(other);
                continue;
            }
            let before = self.graph.before[action].iter().map(|&(before, _)| before);
            let before = before.chain(self.graph.not_after[action].iter().copied());
            open.extend(before.filter(|&before| seen.insert(before)));
        }
        needs
    }
}

/// The members of a cycle, each before one that it needs.
fn along(graph: &DiGraph<usize, ()>, members: &[NodeIndex]) -> Vec<usize> {
    let mut order = Vec::with_capacity(members.len());
    let mut left: BTreeSet<NodeIndex> = members.iter().copied().collect();
    while let Some(&first) = left.first() {
        let mut open = vec![first];
        while let Some(node) = open.pop() {
            if left.remove(&node) {
                order.push(graph[node]);
                open.extend(graph.neighbors(node).filter(|other| left.contains(other)));
            }
        }
    }
    order
}
