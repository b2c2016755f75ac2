//! `when` and `must` (RFC 7950, sections 7.21.5 and 7.5.3).

use rustc_hash::FxHashSet;

use crate::schema::{NodeId, Schema, When};

use super::diagnostic::Rule;
use super::findings::{Finding, Findings};
use super::index::Index;
use super::tree::{Inst, Tree};
use super::xpath::Evaluator;

/// The context node of a `when` on an instance.
pub fn context_of(tree: &Tree, inst: Inst, when: &When) -> Inst {
    let Some(context) = when.context else {
        return Inst::ROOT;
    };
    let mut at = inst;
    while at != Inst::ROOT && tree.get(at).schema != context {
        at = tree.get(at).parent;
    }
    at
}

/// Checks every `when` of explicit nodes, then every `must`.
pub fn check(schema: &Schema, tree: &Tree, index: &Index, findings: &mut Findings) {
    let evaluator = Evaluator::new(schema, tree, index);
    let mut unwanted: FxHashSet<Inst> = FxHashSet::default();
    for at in 0..schema.nodes.len() {
        let id = NodeId(at as u32);
        for when in &schema.node(id).whens {
            for &inst in tree.instances(id) {
                if tree.get(inst).implicit || unwanted.contains(&inst) {
                    continue;
                }
                let context = context_of(tree, inst, when);
                if evaluator.holds(&when.condition, context) == Some(false) {
                    unwanted.insert(inst);
                    let message = format!("only allowed when {}", when.text);
                    findings.add(tree.get(inst).at, Some(id), Finding::new(Rule::When, message));
                }
            }
        }
    }
    for at in 0..schema.nodes.len() {
        let id = NodeId(at as u32);
        for must in &schema.node(id).musts {
            for &inst in tree.instances(id) {
                if tree.get(inst).invalid || is_below(tree, inst, &unwanted) {
                    continue;
                }
                if evaluator.holds(&must.condition, inst) == Some(false) {
                    let message = match &must.message {
                        Some(message) => message.to_string(),
                        None => format!("the condition does not hold: {}", must.text),
                    };
                    let tag = must.app_tag.as_deref().unwrap_or("must-violation").to_owned();
                    let hint = must
                        .message
                        .as_ref()
                        .map(|_| format!("the condition: {}", must.text));
                    let finding = Finding::new(Rule::Must, message).hint(hint).app_tag(Some(tag));
                    findings.add(tree.get(inst).at, Some(id), finding);
                }
            }
        }
    }
}

/// Whether a node, or one around it, is among some nodes.
fn is_below(tree: &Tree, inst: Inst, nodes: &FxHashSet<Inst>) -> bool {
    if nodes.is_empty() {
        return false;
    }
    let mut at = inst;
    while at != Inst::ROOT {
        if nodes.contains(&at) {
            return true;
        }
        at = tree.get(at).parent;
    }
    false
}
