//! What the dialects do not agree on, at the place where it stands in the document: values that only one of them takes,
//! and what SONiC's loader makes of a config_db before libyang sees it (`sonic_yang_ext.py` of sonic-yang-mgmt).

use crate::config::{JsonId, JsonKind};
use crate::schema::{Dialect, FLAGS_MODULE, NodeId, NodeKind};
use crate::validate::diagnostic::Rule;
use crate::validate::findings::DiagnosticBuilder;
use crate::validate::fix::Correction;
use crate::validate::tree::{DocumentAnchor, Inst};
use crate::validate::value::{self, Checked, Naming, ValueError, Written};

use super::Reader;

/// What follows the reason for a finding that only one dialect has.
const VALID_BY_RFC: &str = "valid by RFC 7950, but a switch refuses it";

impl Reader<'_> {
    /// Says of a value that was taken what the other dialect says, where a switch would refuse it or read another value;
    /// and which patterns of its type are not checked. Whether something was said.
    pub(super) fn note_dialects(
        &mut self,
        leaf: NodeId,
        at: DocumentAnchor,
        (text, written): (&str, Written),
        checked: &Checked,
    ) -> bool {
        let is_rfc = self.schema.dialect == Dialect::Rfc;
        let scope = self.scope(leaf);
        let mut said = false;
        if self.schema.has_disputed_patterns
            && let Some((pattern, reason)) = value::unread_pattern(scope, checked.ty)
        {
            let message = format!("the pattern '{pattern}' is not checked: {reason}");
            let finding = DiagnosticBuilder::new(Rule::Pattern, message).warning();
            self.findings.add(at, Some(leaf), finding);
            said = true;
        }
        let Some(ty) = self.schema.value_type(leaf).filter(|_| is_rfc) else {
            return said;
        };
        let quoted = self.findings.quote(Some(leaf), text);
        let (rule, message) = match value::check(scope.in_dialect(Dialect::Libyang), ty, text, written) {
            Err(error) if error.is_taken => return said,
            Err(error) if error.own_message => (error.rule, error.message),
            Err(error) => (error.rule, format!("{quoted} {}", error.message)),
            Ok(other) if other.canonical != checked.canonical => {
                let read = self.findings.quote(Some(leaf), &other.canonical);
                (Rule::InvalidValue, format!("{quoted} is {read} to libyang 3"))
            }
            Ok(_) => return said,
        };
        let finding =
            DiagnosticBuilder::new(rule, format!("{message}: {VALID_BY_RFC} (libyang 3)")).warning();
        self.findings.add(at, Some(leaf), finding);
        true
    }

    /// The hint of a value that is refused: with it that the standard would take it.
    pub(super) fn with_dialect(
        &self,
        leaf: NodeId,
        (text, written): (&str, Written),
        error: &ValueError,
    ) -> Option<String> {
        let hint = error.hint.clone();
        let is_valid = self.schema.dialect == Dialect::Libyang
            && !error.is_taken
            && self.schema.value_type(leaf).is_some_and(|ty| {
                let scope = self.scope(leaf).in_dialect(Dialect::Rfc).briefly();
                value::check(scope, ty, text, written).is_ok()
            });
        match hint {
            Some(hint) if is_valid => Some(format!("{hint}; {VALID_BY_RFC}")),
            None if is_valid => Some(VALID_BY_RFC.to_owned()),
            hint => hint,
        }
    }

    /// Adds a finding about what SONiC's loader makes of a document; it is a warning where the standard decides. True
    /// where it is an error.
    fn object(&mut self, at: DocumentAnchor, node: NodeId, finding: DiagnosticBuilder) -> bool {
        let is_error = self.schema.dialect == Dialect::Libyang;
        let finding = if is_error { finding } else { finding.warning() };
        self.findings.add(at, Some(node), finding);
        is_error
    }

    /// A leaf that is there, but whose text is not looked at any more.
    fn add_refused(&mut self, leaf: NodeId, parent: Inst, at: DocumentAnchor, text: &str) {
        let inst = self.tree.add(leaf, parent, at);
        let raw = self.tree.intern(text);
        let node = self.tree.get_mut(inst);
        (node.raw, node.value) = (raw, raw);
        node.invalid = true;
    }

    /// Adds a part of a key. The loader drops blanks around it, and nothing else on a switch does.
    pub(super) fn add_key(&mut self, leaf: NodeId, parent: Inst, at: DocumentAnchor, part: &str) {
        if let Some(plain) = without_blanks(part) {
            let message = format!(
                "{} has blanks around it: SONiC's loader drops them, and the daemons do not",
                self.findings.quote(Some(leaf), part)
            );
            let hint = (!self.findings.is_secret(leaf)).then(|| format!("write {plain:?}"));
            let finding = DiagnosticBuilder::new(Rule::InvalidValue, message).hint(hint);
            if self.object(at, leaf, finding) {
                self.add_refused(leaf, parent, at, part);
                return;
            }
        }
        self.add_value(leaf, parent, at, part, Written::Text);
    }

    /// Adds an element of a list that config_db keeps as one string. The loader drops blanks around it, and empty ones.
    pub(super) fn add_joined(&mut self, leaf: NodeId, parent: Inst, at: DocumentAnchor, element: &str) {
        // Around numbers blanks mean nothing.
        let value = |text: &str| {
            let ty = self.schema.value_type(leaf)?;
            let checked = value::check(self.scope(leaf).briefly(), ty, text, Written::Field).ok()?;
            Some(checked.canonical.into_owned())
        };
        let plain = without_blanks(element)
            .filter(|plain| value(element).is_none_or(|read| value(plain) != Some(read)));
        if element.is_empty() {
            self.add_empty_element(leaf, parent, at);
        } else if let Some(plain) = plain {
            let message = format!(
                "{} has blanks around it: SONiC's loader drops them, and the daemons do not",
                self.findings.quote(Some(leaf), element)
            );
            let hint = (!self.findings.is_secret(leaf)).then(|| format!("write {plain:?}"));
            let finding = DiagnosticBuilder::new(Rule::InvalidValue, message).hint(hint);
            match self.object(at, leaf, finding) {
                true => self.add_refused(leaf, parent, at, element),
                false => self.add_value(leaf, parent, at, element, Written::Field),
            }
        } else {
            self.add_value(leaf, parent, at, element, Written::Field);
        }
    }

    /// Adds an element of a list that is the empty string, beside others. The loader leaves it out, unless the list has a
    /// default.
    pub(super) fn add_empty_element(&mut self, leaf: NodeId, parent: Inst, at: DocumentAnchor) {
        let has_default =
            matches!(&self.schema.node(leaf).kind, NodeKind::LeafList(list) if !list.defaults.is_empty());
        if !has_default {
            let message = "an empty element: SONiC's loader leaves it out, and the daemons do not";
            let finding = DiagnosticBuilder::new(Rule::InvalidValue, message)
                .hint(Some("remove the element".to_owned()));
            if self.object(at, leaf, finding) {
                self.add_refused(leaf, parent, at, "");
                return;
            }
        }
        self.add_value(leaf, parent, at, "", Written::Field);
    }

    /// How Redis keeps an entry without fields. In a file it is a field to the loader, which knows no such field.
    pub(super) fn stored_marker(&mut self, node: NodeId, field: JsonId) {
        let message = "SONiC's loader refuses the pair \"NULL\": \"NULL\" in a file: it is how Redis keeps an entry without \
                       fields";
        let finding = DiagnosticBuilder::new(Rule::UnknownElement, message)
            .hint(Some("write {}".to_owned()))
            .correction(Some(Correction::Removal));
        self.object(DocumentAnchor::key(field), node, finding);
    }

    /// Says of a field that is a row of an inner list that the loader knows no such rows in this list. Those of flags are
    /// for readers that know our module.
    pub(super) fn note_rows(&mut self, list: NodeId, field: JsonId) {
        let node = self.schema.node(list);
        let known = &self.policy.map_lists;
        let is_known = known.iter().any(|known| **known == *node.name)
            || self.schema.module(node.module).name.as_ref() == FLAGS_MODULE;
        // A policy of nothing knows none of them.
        if self.naming != Naming::ConfigDb || known.is_empty() || is_known {
            return;
        }
        let message = format!(
            "SONiC's loader refuses the field: it knows no list {} whose fields are rows",
            node.name
        );
        let finding = DiagnosticBuilder::new(Rule::UnknownElement, message);
        self.object(DocumentAnchor::key(field), list, finding);
    }

    /// Whether the loader takes a named entry for one of a list: it tries the lists of a table first, and looks at the
    /// names of the fields only.
    pub(super) fn is_taken_by_list(&self, list: NodeId, json: JsonId) -> bool {
        self.schema.dialect == Dialect::Libyang
            && self.document.kind(json) == JsonKind::Object
            && self
                .document
                .children(json)
                .all(|field| self.field(list, self.document.key(field)).is_some())
    }
}

/// A text without the blanks around it; `None` where it has none.
fn without_blanks(text: &str) -> Option<&str> {
    let plain = text.trim();
    (plain.len() != text.len()).then_some(plain)
}
