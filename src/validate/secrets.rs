//! Texts without their secrets, to be shown.

use crate::config::{Document, JsonId, JsonKind, Source, Span};
use crate::policy::Policy;

/// The text of a document in which every secret value is overwritten, so that lines and columns stay
/// where they are.
///
/// A value is secret if the name it stands under is, in whatever table; so a field that stands in the
/// wrong place is masked too.
pub fn masked(document: &Document, policy: &Policy) -> Source {
    let mut source = document.source().clone();
    let mut spans = Vec::new();
    collect(document, policy, document.root(), &[], &mut spans);
    if spans.is_empty() {
        return source;
    }
    let mut bytes = source.text.into_bytes();
    for span in spans {
        for byte in &mut bytes[span.start as usize + 1..span.end as usize - 1] {
            *byte = b'*';
        }
    }
    source.text = String::from_utf8_lossy(&bytes).into_owned();
    source
}

fn collect(document: &Document, policy: &Policy, at: JsonId, way: &[&str], spans: &mut Vec<Span>) {
    for child in document.children(at) {
        let mut way = way.to_vec();
        if document.kind(at) == JsonKind::Object {
            // In YANG JSON the module's name may stand in front.
            let name = document.key(child);
            way.push(name.rsplit(':').next().unwrap_or(name));
            let is_key = way.len() == 2 && policy.is_secret_key(way[0]);
            spans.extend(document.key_span(child).filter(|_| is_key));
        }
        if document.kind(child) == JsonKind::String {
            let field = way.last().copied().unwrap_or_default();
            let secret = way.iter().any(|table| policy.is_secret_field(table, field))
                || way.iter().any(|table| policy.is_secret_key(table));
            spans.extend(document.span(child).filter(|_| secret));
        } else {
            collect(document, policy, child, &way, spans);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_overwritten_in_place() {
        let text = r#"{"TACPLUS": {"global": {"passkey": "hü\"h", "timeout": "5"}}, "SNMP_COMMUNITY": {"public": {"TYPE": "RO"}}}"#;
        let document = Document::parse(Source::new("f", text)).unwrap();
        let masked = masked(&document, &Policy::shipped());
        assert_eq!(
            masked.text,
            r#"{"TACPLUS": {"global": {"passkey": "******", "timeout": "5"}}, "SNMP_COMMUNITY": {"******": {"TYPE": "**"}}}"#
        );
        assert_eq!(masked.text.len(), text.len());
    }
}
