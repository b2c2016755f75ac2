//! Texts without their secrets, to be shown.

use rustc_hash::FxHashMap;

use crate::config::{
    Document, EntryName, JsonId, JsonKind, ParseError, REPEATED_NAME, Source, Span, pointer, scopes,
};
use crate::policy::{Policy, glob};

use super::MASK;

/// The text of a document in which every secret value is overwritten, so that lines and columns stay
/// where they are.
///
/// A value is secret if its name is, in whatever table; so a field in the wrong place is masked too.
pub fn masked(document: &Document, policy: &Policy) -> Source {
    let mut spans = Vec::new();
    let secrets = &mut Secrets::new(policy);
    let scopes = scopes(document);
    for (_, config) in &scopes {
        collect(document, secrets, *config, &[], &mut spans);
    }
    if scopes.is_empty() {
        collect(document, secrets, document.root(), &[], &mut spans);
    }
    overwritten(document.source().clone(), &spans)
}

/// The same for a text that is not a document. Colons and brackets, as far as they are right, distinguish names from
/// values.
pub fn masked_text(source: Source, policy: &Policy) -> Source {
    let mut spans = Vec::new();
    // The names around the place, and the name of the next value.
    let mut way: Vec<&str> = Vec::new();
    let mut name = "";
    // The path of the operation, where the text is a patch.
    let mut path: Vec<String> = Vec::new();
    let mut last: Option<Span> = None;
    let mut at = 0;
    while let Some(token) = next_token(&source.text, at) {
        at = token.end as usize;
        let text = &source.text[token.start as usize..at];
        match text {
            "{" => way.push(std::mem::take(&mut name)),
            "}" => {
                path.clear();
                way.pop();
                name = "";
            }
            "," => name = "",
            ":" => {
                let Some(span) = last else { continue };
                name = source.text[span.start as usize..span.end as usize].trim_matches('"');
                let names = [&way[way.len().min(1)..], &[name]].concat();
                if is_secret_name(policy, &names) {
                    spans.push(span);
                }
            }
            "[" | "]" => {}
            _ => {
                let names = [&way[way.len().min(1)..], &[name]].concat();
                if name == "path" {
                    path = pointer::split(text.trim_matches('"')).unwrap_or_default();
                }
                let by_path: Vec<&str> = path.iter().map(|token| without_module(token)).collect();
                let secret = match name {
                    "" => false,
                    "path" | "from" => is_secret_path(policy, &by_path),
                    "op" => false,
                    "value" => is_secret_value(policy, &by_path) || is_secret_value(policy, &names),
                    _ => {
                        let names: Vec<&str> = names.iter().map(|name| without_module(name)).collect();
                        is_secret_value(policy, &[&by_path[..], &names].concat())
                    }
                };
                spans.extend(Some(token).filter(|_| secret));
                last = Some(token);
                continue;
            }
        }
        last = None;
    }
    overwritten(source, &spans)
}

/// The next bracket, comma, colon, string or other run of characters. A string ends at the end of its
/// line at the latest.
fn next_token(text: &str, from: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    let start = from
        + bytes[from..]
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())?;
    let rest = &bytes[start + 1..];
    let end = match bytes[start] {
        b'{' | b'}' | b'[' | b']' | b',' | b':' => start + 1,
        b'"' => {
            let mut escaped = false;
            let quote = rest.iter().position(|&byte| {
                let ends = byte == b'\n' || byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            });
            quote.map_or(bytes.len(), |at| start + 1 + at + usize::from(rest[at] == b'"'))
        }
        _ => {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || b"{}[],:\"".contains(byte);
            rest.iter()
                .position(ends)
                .map_or(bytes.len(), |at| start + 1 + at)
        }
    };
    Some(Span {
        start: start as u32,
        end: end as u32,
    })
}

/// A text with the inside of strings, and other values whole, overwritten.
fn overwritten(mut source: Source, spans: &[Span]) -> Source {
    if spans.is_empty() {
        return source;
    }
    let mut bytes = source.text.into_bytes();
    for span in spans {
        let value = &mut bytes[span.start as usize..span.end as usize];
        let value = match value {
            [b'"', inside @ .., b'"'] | [b'"', inside @ ..] => inside,
            value => value,
        };
        value.fill(b'*');
    }
    source.text = String::from_utf8_lossy(&bytes).into_owned();
    source
}

fn collect<'a>(
    document: &'a Document,
    secrets: &mut Secrets<'a>,
    at: JsonId,
    way: &[&'a str],
    spans: &mut Vec<Span>,
) {
    for child in document.children(at) {
        let mut way = way.to_vec();
        if document.kind(at) == JsonKind::Object {
            // In YANG JSON the module's name may precede it.
            let name = document.key(child);
            way.push(without_module(name));
            if secrets.is_name(&way) {
                spans.extend(document.key_span(child));
            }
        } else if way.is_empty() && operation(document, secrets, child, spans) {
            continue;
        }
        if document.is_scalar(child) {
            let secret = document.kind(child) != JsonKind::Null && secrets.is_value(&way);
            spans.extend(document.span(child).filter(|_| secret));
        } else {
            collect(document, secrets, child, &way, spans);
        }
    }
}

/// An operation of a patch: its path says what its value is. Whether it is one.
fn operation(document: &Document, secrets: &Secrets, id: JsonId, spans: &mut Vec<Span>) -> bool {
    if document.get(id, "op").is_none() {
        return false;
    }
    for name in ["path", "from"] {
        let Some(path) = document.get(id, name) else {
            continue;
        };
        let tokens = pointer::split(document.scalar(path)).unwrap_or_default();
        let way: Vec<&str> = tokens.iter().map(|token| without_module(token)).collect();
        // What is known of other operations lives longer than the words of this one.
        let secrets = &mut Secrets::new(secrets.policy);
        if is_secret_path(secrets.policy, &way) {
            spans.extend(document.span(path));
        }
        if name == "path"
            && let Some(value) = document.get(id, "value")
        {
            if !document.is_scalar(value) {
                collect(document, secrets, value, &way, spans);
            } else if secrets.is_value(&way) {
                spans.extend(document.span(value));
            }
        }
    }
    true
}

/// A name of YANG JSON without the module that may precede it.
fn without_module(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Whether a path holds a key that is secret: after its table, which a scope may precede.
fn is_secret_path(policy: &Policy, way: &[&str]) -> bool {
    way.windows(2).take(2).any(|pair| is_secret_name(policy, pair))
}

/// Whether a name is a key that is secret.
fn is_secret_name(policy: &Policy, way: &[&str]) -> bool {
    matches!(way, [table, _] if policy.is_secret_key(table))
}

/// What is secret, as far as it was asked before: the same few names occur in thousands of places.
struct Secrets<'a> {
    policy: &'a Policy,
    /// Whether the keys of a table are.
    keys: FxHashMap<&'a str, bool>,
    /// The patterns of the tables in which a field is.
    tables: FxHashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Secrets<'a> {
    fn new(policy: &'a Policy) -> Self {
        Secrets {
            policy,
            keys: FxHashMap::default(),
            tables: FxHashMap::default(),
        }
    }

    fn has_secret_keys(&mut self, table: &'a str) -> bool {
        let policy = self.policy;
        *self
            .keys
            .entry(table)
            .or_insert_with(|| policy.is_secret_key(table))
    }

    /// Whether a name is a key that is secret.
    fn is_name(&mut self, way: &[&'a str]) -> bool {
        matches!(way, [table, _] if self.has_secret_keys(table))
    }

    /// Whether the value at the end of a way is.
    fn is_value(&mut self, way: &[&'a str]) -> bool {
        let field = way.last().copied().unwrap_or_default();
        let policy = self.policy;
        let patterns = self.tables.entry(field);
        let patterns = patterns.or_insert_with(|| policy.secret_in(field).collect());
        way.iter()
            .any(|table| patterns.iter().any(|pattern| glob(pattern, table)))
            || way.iter().any(|table| self.has_secret_keys(table))
    }
}

fn is_secret_value(policy: &Policy, way: &[&str]) -> bool {
    let field = way.last().copied().unwrap_or_default();
    way.iter()
        .any(|table| policy.is_secret_field(table, field) || policy.is_secret_key(table))
}

/// A JSON pointer (RFC 6901) into a config, with the key of the entry masked where keys of its table are secret.
pub fn masked_pointer(policy: &Policy, text: &str) -> String {
    let mut tokens = pointer::split(text).unwrap_or_default();
    match &mut tokens[..] {
        [table, key, ..] if policy.is_secret_key(table) => *key = MASK.to_owned(),
        _ => return text.to_owned(),
    }
    pointer::join(tokens.iter().map(String::as_str))
}

/// A source that [`Document::read`] refused, and the error, both without secrets.
pub fn without_secrets(source: Source, mut error: ParseError, policy: &Policy) -> (Source, ParseError) {
    let shown = masked_text(source, policy);
    let place = error.span.start as usize..error.span.end as usize;
    let name = shown.text.get(place).unwrap_or_default().trim_matches('"');
    // This message is the only one that quotes the text.
    if error.message.ends_with(REPEATED_NAME) && name.bytes().all(|byte| byte == b'*') {
        error.message = format!("a secret key {REPEATED_NAME}");
    }
    (shown, error)
}

/// The name of an entry without its key, where keys of its table are secret.
pub fn masked_entry(policy: &Policy, entry: &EntryName) -> EntryName {
    if policy.is_secret_key(&entry.table) {
        EntryName::new(entry.table.as_str(), MASK)
    } else {
        entry.clone()
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

    #[test]
    fn patches_say_in_their_paths_what_is_secret() {
        let text = r#"[{"op": "add", "path": "/TACPLUS/global/passkey", "value": "geheim"},
{"op": "add", "path": "/TACPLUS/global", "value": {"passkey": 12345, "timeout": "5"}},
{"op": "move", "from": "/SNMP_COMMUNITY/public", "path": "/SNMP_COMMUNITY/private"},
{"op": "add", "path": "/VLAN/Vlan1/mtu", "value": "9100"}]"#;
        let document = Document::parse(Source::new("f", text)).unwrap();
        let masked = masked(&document, &Policy::shipped());
        assert_eq!(
            masked.text,
            r#"[{"op": "add", "path": "/TACPLUS/global/passkey", "value": "******"},
{"op": "add", "path": "/TACPLUS/global", "value": {"passkey": *****, "timeout": "5"}},
{"op": "move", "from": "**********************", "path": "***********************"},
{"op": "add", "path": "/VLAN/Vlan1/mtu", "value": "9100"}]"#
        );
    }

    #[test]
    fn scopes_and_modules_may_stand_in_paths() {
        let text = r#"[{"op": "add", "path": "/asic0/TACPLUS/global/passkey", "value": "geheim"},
{"op": "remove", "path": "/asic0/SNMP_COMMUNITY/geheim"},
{"op": "add", "path": "/sonic-system-tacacs:sonic-system-tacacs/sonic-system-tacacs:TACPLUS/global/sonic-system-tacacs:passkey", "value": "geheim"},
{"op": "add", "path": "/s:s/s:SNMP_COMMUNITY/SNMP_COMMUNITY_LIST/-", "value": {"name": "geheim", "TYPE": "RO"}},
{"op": "add", "path": "/s:s", "value": {"s:SNMP_COMMUNITY": {"SNMP_COMMUNITY_LIST": [{"name": "geheim"}]}}}]"#;
        let document = Document::parse(Source::new("f", text)).unwrap();
        let masked = masked(&document, &Policy::shipped());
        assert!(!masked.text.contains("geheim"), "{}", masked.text);
        let broken = masked_text(Source::new("f", format!("{text}]")), &Policy::shipped());
        assert!(!broken.text.contains("geheim"), "{}", broken.text);
    }

    #[test]
    fn secrets_in_malformed_json_are_masked() {
        let text = r#"{"TACPLUS": {"global": {"passkey": "he\"y", "timeout": "5"}}, "SNMP_COMMUNITY": {"public": {"TYPE": "RO"}},
 "RADIUS": {"global": {"passkey": "never ended
 "passkey": 77 "x"#;
        let masked = masked_text(Source::new("f", text), &Policy::shipped());
        assert_eq!(
            masked.text,
            r#"{"TACPLUS": {"global": {"passkey": "*****", "timeout": "5"}}, "SNMP_COMMUNITY": {"******": {"TYPE": "**"}},
 "RADIUS": {"global": {"passkey": "***********
 "*******": ** "*"#
        );
        let text = r#"[{"op": "add", "path": "/TACPLUS/global/passkey", "value": "geheim" "value": "5"}]"#;
        let masked = masked_text(Source::new("f", text), &Policy::shipped());
        assert!(!masked.text.contains("geheim"));
    }
}
