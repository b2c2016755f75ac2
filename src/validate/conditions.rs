//! `when` and `must` (RFC 7950, sections 7.21.5 and 7.5.3).

use rustc_hash::FxHashSet;

use crate::schema::xpath::Expr;
use crate::schema::{Dialect, Must, NodeId, Schema, When};

use super::diagnostic::Rule;
use super::findings::{DiagnosticBuilder, DiagnosticCollector};
use super::index::Index;
use super::inputs::Passed;
use super::tree::{AnchorPart, Inst, Tree};
use super::xpath::Evaluator;

/// What is said of a condition that only libyang finds false.
const BY_XPATH: &str = "the condition holds by XPath 1.0";

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
pub fn check(schema: &Schema, tree: &Tree, index: &Index, findings: &mut DiagnosticCollector) {
    let evaluator = Evaluator::new(schema, tree, index);
    let mut unwanted: FxHashSet<Inst> = FxHashSet::default();
    for at in 0..schema.nodes.len() {
        let id = NodeId(at as u32);
        let instances = tree.instances(id);
        for when in &schema.node(id).whens {
            let mut passed = Passed::of(schema, &when.condition, when.context, instances.len());
            for &inst in instances {
                if !tree.get(inst).implicit
                    && !unwanted.contains(&inst)
                    && !passed.or_check(tree, context_of(tree, inst, when), findings, |findings| {
                        check_when(&evaluator, inst, when, findings)
                    })
                {
                    unwanted.insert(inst);
                }
            }
        }
    }
    for at in 0..schema.nodes.len() {
        let id = NodeId(at as u32);
        let instances = tree.instances(id);
        for must in &schema.node(id).musts {
            let mut passed = Passed::of(schema, &must.condition, Some(id), instances.len());
            for &inst in instances {
                if !tree.get(inst).invalid && !is_below(tree, inst, &unwanted) {
                    passed.or_check(tree, inst, findings, |findings| {
                        check_must(&evaluator, inst, must, findings)
                    });
                }
            }
        }
    }
}

/// Checks one `when` of a node; false where the node must not be there.
pub fn check_when(
    evaluator: &Evaluator,
    inst: Inst,
    when: &When,
    findings: &mut DiagnosticCollector,
) -> bool {
    let tree = evaluator.tree;
    let context = context_of(tree, inst, when);
    let holds = evaluator.holds(&when.condition, context) != Some(false);
    note_other(evaluator, inst, (Rule::When, &when.text), holds, findings);
    if !holds {
        let hint = valid_by_rfc(evaluator, None);
        let node = tree.get(inst);
        let words = evaluator
            .schema
            .condition_words(&when.condition, when.context, node.schema);
        let message = format!("only allowed when {}", words.as_deref().unwrap_or(&when.text));
        let finding = DiagnosticBuilder::new(Rule::When, message)
            .hint(hint)
            .condition(&when.text);
        let finding = read_value(evaluator, &when.condition, context, inst, finding);
        findings.add(node.at, Some(node.schema), finding);
    }
    holds
}

/// Checks one `must` of a node; false where it does not hold.
pub fn check_must(
    evaluator: &Evaluator,
    inst: Inst,
    must: &Must,
    findings: &mut DiagnosticCollector,
) -> bool {
    let holds = evaluator.holds(&must.condition, inst) != Some(false);
    note_other(evaluator, inst, (Rule::Must, &must.text), holds, findings);
    if holds {
        return true;
    }
    let id = evaluator.tree.get(inst).schema;
    let words = evaluator.schema.condition_words(&must.condition, Some(id), id);
    let condition = words.as_deref().unwrap_or(&must.text);
    let (message, hint) = match (&must.message, &words) {
        (Some(message), _) => (message.to_string(), Some(format!("the condition: {condition}"))),
        (None, Some(words)) => (format!("this must hold: {words}"), None),
        (None, None) => (format!("the condition does not hold: {condition}"), None),
    };
    let tag = must.app_tag.as_deref().unwrap_or("must-violation").to_owned();
    let hint = valid_by_rfc(evaluator, hint);
    let finding = DiagnosticBuilder::new(Rule::Must, message)
        .hint(hint)
        .condition(&must.text)
        .app_tag(Some(tag));
    let finding = read_value(evaluator, &must.condition, inst, inst, finding);
    let node = evaluator.tree.get(inst);
    findings.add(node.at, Some(node.schema), finding);
    false
}

/// The hint of a condition that does not hold: with it that it holds by the standard.
fn valid_by_rfc(evaluator: &Evaluator, hint: Option<String>) -> Option<String> {
    let is_valid = evaluator.schema.dialect == Dialect::Libyang && evaluator.other_verdict() == Some(true);
    let remark = is_valid.then(|| format!("{BY_XPATH}, but not as libyang 3 reads it"));
    let parts: Vec<String> = hint.into_iter().chain(remark).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Warns of a condition that holds by the standard where a switch would refuse the config all the same, and of one
/// whose pattern is not read.
fn note_other(
    evaluator: &Evaluator,
    inst: Inst,
    (rule, text): (Rule, &str),
    holds: bool,
    findings: &mut DiagnosticCollector,
) {
    let node = evaluator.tree.get(inst);
    if let Some((pattern, reason)) = evaluator.unread_pattern() {
        let message = format!("the pattern '{pattern}' of a condition is not checked: {reason}");
        findings.add(
            node.at,
            Some(node.schema),
            DiagnosticBuilder::new(rule, message).warning(),
        );
    }
    if evaluator.schema.dialect != Dialect::Rfc || !holds || evaluator.other_verdict() != Some(false) {
        return;
    }
    let message = format!("{BY_XPATH}, but a switch refuses it, as libyang 3 reads it: {text}");
    findings.add(
        node.at,
        Some(node.schema),
        DiagnosticBuilder::new(rule, message).warning(),
    );
}

/// A finding with the value that its condition reads, if that is one value of another leaf. Keys of the entries around
/// the node do not count: its pointer has them.
fn read_value(
    evaluator: &Evaluator,
    condition: &Expr,
    context: Inst,
    inst: Inst,
    finding: DiagnosticBuilder,
) -> DiagnosticBuilder {
    let mut read = evaluator.values_read(condition, context);
    let tree = evaluator.tree;
    let own = tree.get(inst).at;
    read.retain(|&leaf| {
        let node = tree.get(leaf);
        let is_key = matches!(node.at.spot, AnchorPart::KeyPart(_)) && is_around(tree, node.parent, inst);
        node.at != own && !is_key
    });
    match read[..] {
        [leaf] => finding.related(tree.get(leaf).at, "the condition reads this value"),
        _ => finding,
    }
}

/// Whether a node is another one or around it.
fn is_around(tree: &Tree, outer: Inst, inner: Inst) -> bool {
    let mut at = inner;
    while at != outer && at != Inst::ROOT {
        at = tree.get(at).parent;
    }
    at == outer
}

/// Whether a node, or one around it, is among some nodes.
pub fn is_below(tree: &Tree, inst: Inst, nodes: &FxHashSet<Inst>) -> bool {
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
