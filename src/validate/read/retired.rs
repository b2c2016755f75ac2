//! Fields that flags of `SYSTEM_DEFAULTS` have replaced.

use crate::config::{JsonId, JsonKind};
use crate::schema::{NodeId, Retired, RetiredLeaf};
use crate::validate::diagnostic::Rule;
use crate::validate::findings::DiagnosticBuilder;
use crate::validate::fix::Correction;
use crate::validate::tree::DocumentAnchor;
use crate::validate::value::Naming;

use super::Reader;

/// The leaf that names a flag.
const FLAG_NAME: &str =
    "/sonic-system-defaults:sonic-system-defaults/SYSTEM_DEFAULTS/SYSTEM_DEFAULTS_LIST/name";

impl Reader<'_> {
    /// Reports a field that a flag has replaced, unless it is to mirror the flag. What is wrong with its value
    /// does not matter then.
    pub(super) fn retired(&mut self, leaf: NodeId, json: JsonId) {
        let Some(retired) = self.schema.retired(leaf) else {
            return;
        };
        let mode = self.schema.retired_mode;
        if mode == Retired::Mirror {
            return;
        }
        let text = match self.document.kind(json) {
            JsonKind::String => Some(self.document.scalar(json)),
            _ => None,
        };
        let flag = &self.schema.flag_key(retired.flag);
        let field = &self.schema.node(leaf).name;
        let value = text.map(|text| format!(" {}", self.findings.quote(Some(leaf), text)));
        let message = format!(
            "{field}{} is retired: the flag SYSTEM_DEFAULTS|{flag} has taken its place",
            value.unwrap_or_default()
        );
        let status = text.and_then(|text| retired.status(text));
        let correction = status
            .filter(|_| self.naming == Naming::ConfigDb)
            .map(|status| Correction::Flag {
                flag: flag.to_string(),
                status: status.to_owned(),
            });
        let finding = DiagnosticBuilder::new(Rule::Retired, message)
            .hint(Some(hint(retired, flag, text)))
            .correction(correction);
        let finding = match mode {
            Retired::Warn => finding.warning(),
            _ => finding,
        };
        self.findings.add(DocumentAnchor::key(json), Some(leaf), finding);
    }

    /// Whether a leaf names a flag, and flags that are not known here may be known to the switch.
    pub(super) fn is_other_flag(&self, leaf: NodeId) -> bool {
        self.schema.has_other_flags && self.schema.path(leaf) == FLAG_NAME
    }

    /// Reports a flag that is not known.
    pub(super) fn unknown_flag(
        &mut self,
        leaf: NodeId,
        at: DocumentAnchor,
        name: &str,
        hint: Option<String>,
    ) {
        let message = format!(
            "the flag {} is not known; the sonic-system-defaults of the switch may take it",
            self.findings.quote(Some(leaf), name)
        );
        // The list of all flags is of no use for one that is new.
        let hint = hint.filter(|hint| hint.starts_with("did you mean"));
        let finding = DiagnosticBuilder::new(Rule::UnknownFlag, message).hint(hint);
        let finding = match self.schema.retired_mode {
            Retired::Warn => finding.warning(),
            _ => finding,
        };
        self.findings.add(at, Some(leaf), finding);
    }

    /// Whether what is wrong with the value of a leaf does not matter, because the leaf is retired.
    pub(super) fn is_told_retired(&self, leaf: NodeId) -> bool {
        self.schema.retired_mode != Retired::Mirror && self.schema.retired(leaf).is_some()
    }
}

/// The entry to write.
fn hint(retired: &RetiredLeaf, flag: &str, text: Option<&str>) -> String {
    match text.and_then(|text| retired.status(text)) {
        Some(status) => {
            format!("write \"SYSTEM_DEFAULTS\": {{{flag:?}: {{\"status\": {status:?}}}}} instead")
        }
        None => format!(
            "its flag is SYSTEM_DEFAULTS|{flag}, whose status is {}",
            retired.statuses().join(" or ")
        ),
    }
}
