//! Random values for leafs: what their types take, and what is close to it.

#![allow(dead_code, reason = "not every test uses all of it")]

use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::{Map, Value, json};
use sonicfg::schema::{IdentityId, NodeId, NodeKind, TypeId, TypeKind};

use super::mutate::{Form, Mutator, RAW, Random, Spot};

/// Numbers as JSON may have them.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "-0",
    "0.0",
    "1.0",
    "1.5",
    "1e2",
    "1E+2",
    "15e-1",
    "1.5e1",
    "100e-2",
    "-0e5",
    "255",
    "256",
    "65536",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "9100",
    "100000",
    "1e30",
];

/// Words that mean something somewhere.
const WORDS: &[&str] = &[
    "true",
    "false",
    "True",
    "FALSE",
    "enable",
    "disable",
    "enabled",
    "disabled",
    "up",
    "down",
    "on",
    "off",
    "none",
    "null",
    "NULL",
    "any",
    "all",
    "default",
    "auto",
    "Ethernet0",
    "Ethernet1",
    "Ethernet999",
    "Vlan100",
    "Vlan4095",
    "PortChannel01",
    "Loopback0",
    "Vrf1",
    "10.0.0.1",
    "10.0.0.256",
    "10.0.0.1/24",
    "10.0.0.0/33",
    "0.0.0.0/0",
    "010.0.0.1",
    "::",
    "::1/64",
    "fc00::1",
    "FC00::1",
    "fc00:0:0::1/64",
    "::ffff:10.0.0.1",
    "fe80::1%eth0",
    "1::2::3",
    "00:11:22:aa:bb:cc",
    "00:11:22:AA:BB:CC",
    "2026-02-31T24:00:00Z",
    "2026-01-31T12:00:00+01:00",
    "1,2,3,4",
    "0-3",
    "YQ==",
    "YQ=",
    "Zürich",
    "日本",
    "٣",
    "😀",
    "e\u{301}",
    "\u{FFFE}",
    "\u{7f}",
    "\t",
    "\n",
    "\u{b}",
    "\u{c}",
    "a\u{1}b",
    "\"",
    "\\",
    "'",
    "a\"b'c",
    "|",
    "a|b",
    ":",
    "x:y",
    "*",
    "^a$",
    "0x1F",
    "010",
    "08",
    "+5",
    "-5",
    "-0",
    " 5",
    "5 ",
    "5\n",
    "1.5",
    "1e2",
    ".5",
    "5.",
    "+",
    "-",
    "1.500",
];

impl Mutator<'_> {
    /// A value for a node that was not there.
    pub(super) fn build(&self, id: NodeId, spots: &[Spot], random: &mut Random, depth: usize) -> Value {
        let node = self.schema.node(id);
        if let Some(seen) = self.seen.get(&id).and_then(|seen| random.pick(seen))
            && random.one_in(2)
            && is_shaped(seen, &node.kind)
        {
            return seen.clone();
        }
        match &node.kind {
            NodeKind::LeafList(_) => {
                let count = random.below(3);
                (0..count)
                    .map(|_| self.value(Some(id), None, spots, random))
                    .collect()
            }
            NodeKind::List(_) if self.form == Form::YangJson => (0..1 + random.below(2))
                .map(|_| self.build_members(id, spots, random, depth))
                .collect(),
            NodeKind::List(_) | NodeKind::Container { .. } => self.build_members(id, spots, random, depth),
            _ => self.value(Some(id), None, spots, random),
        }
    }

    fn build_members(&self, id: NodeId, spots: &[Spot], random: &mut Random, depth: usize) -> Value {
        let node = self.schema.node(id);
        let mut members = Map::new();
        for &child in &node.data_children {
            let wanted = match &self.schema.node(child).kind {
                NodeKind::Leaf(leaf) => leaf.key || leaf.mandatory || random.one_in(4),
                _ => random.one_in(4) && depth < 3,
            };
            if wanted {
                let name = self.name(child, node.module);
                members.insert(name, self.build(child, spots, random, depth + 1));
            }
        }
        Value::Object(members)
    }

    /// A value that is near to right for a leaf, or near to the one that is there.
    pub(super) fn value(
        &self,
        id: Option<NodeId>,
        old: Option<&Value>,
        spots: &[Spot],
        random: &mut Random,
    ) -> Value {
        let old = old.and_then(Value::as_str);
        match (random.below(14), id, old) {
            (0..=8, Some(id), _) => {
                let Some(ty) = self.schema.value_type(id) else {
                    return json!({});
                };
                self.typed(ty, id, spots, random)
            }
            (9 | 10, Some(id), _) => self
                .seen
                .get(&id)
                .and_then(|seen| random.pick(seen))
                .cloned()
                .unwrap_or(json!("x")),
            (11, _, _) => random.pick(WORDS).map_or(Value::Null, |word| json!(word)),
            (12, _, _) if random.one_in(2) => unlike_text(random),
            (12, _, _) => {
                let other = random.pick(spots).map(|spot| spot.value);
                other
                    .filter(|value| value.is_string())
                    .cloned()
                    .unwrap_or(json!(""))
            }
            (_, _, Some(old)) => Value::String(disturbed(old, random)),
            _ => json!("1"),
        }
    }

    /// A value that a type takes, or nearly so.
    fn typed(&self, ty: TypeId, id: NodeId, spots: &[Spot], random: &mut Random) -> Value {
        let schema = self.schema;
        let text = match &schema.ty(ty).kind {
            TypeKind::Integer { kind, range } => {
                let parts = range
                    .as_ref()
                    .map_or(vec![kind.bounds()], |range| range.parts.clone());
                let &(min, max) = random.pick(&parts).unwrap();
                let number = match random.below(6) {
                    0 => min,
                    1 => max,
                    2 => min - 1,
                    3 => max + 1,
                    _ => min + i128::from(random.next()) % (max - min + 1),
                };
                return written(number, random);
            }
            TypeKind::Decimal64 { digits, range } => {
                let parts = range
                    .as_ref()
                    .map_or(vec![(-1000, 1000)], |range| range.parts.clone());
                let &(min, max) = random.pick(&parts).unwrap();
                let number = [min, max, min - 1, max + 1, (min + max) / 2][random.below(5)] as f64;
                format!("{}", number / 10f64.powi((*digits).into()))
            }
            TypeKind::String { length, patterns, .. } => {
                let parts = length
                    .as_ref()
                    .map_or(vec![(0, 300)], |length| length.parts.clone());
                let &(min, max) = random.pick(&parts).unwrap();
                match patterns.first() {
                    Some(pattern) if !random.one_in(4) => {
                        let text = &schema.patterns[pattern.pattern.index()].text;
                        let text = sample(text, random);
                        if random.one_in(3) {
                            disturbed(&text, random)
                        } else {
                            text
                        }
                    }
                    _ => {
                        let count = [min, max, min - 1, max + 1, 5][random.below(5)].clamp(0, 2000) as usize;
                        random.pick(&["a", "é", "1", "日"]).unwrap().repeat(count)
                    }
                }
            }
            TypeKind::Boolean => (*random.pick(&["true", "false", "True", "1", "yes"]).unwrap()).to_owned(),
            TypeKind::Enumeration(values) | TypeKind::Bits(values) => {
                let is_bits = matches!(schema.ty(ty).kind, TypeKind::Bits(_));
                let mut text = random.pick(values).unwrap().name.to_string();
                match random.below(10) {
                    0 => text = text.to_uppercase(),
                    1 => text.push(' '),
                    2..=6 if is_bits => text = format!("{text} {}", random.pick(values).unwrap().name),
                    _ => {}
                }
                text
            }
            TypeKind::Binary { .. } => (*random
                .pick(&["YQ==", "YWE=", "YWFh", "Y", "Y===", "Y Q="])
                .unwrap())
            .into(),
            TypeKind::Empty => {
                return random
                    .pick(&[json!([null]), json!(""), Value::Null])
                    .unwrap()
                    .clone();
            }
            TypeKind::Identityref { bases } => {
                let known: Vec<_> = schema.identities_of(bases).collect();
                let any = IdentityId(random.below(schema.identities.len().max(1)) as u32);
                let identity = match random.pick(&known) {
                    Some(&id) if !random.one_in(4) => schema.identity(id),
                    _ if schema.identities.is_empty() => return json!("x"),
                    _ => schema.identity(any),
                };
                let module = match random.below(6) {
                    0 => "no-such-module",
                    1 => "",
                    2 => &schema.modules[random.below(schema.modules.len())].name,
                    _ => &schema.module(identity.module).name,
                };
                if random.one_in(4) {
                    identity.name.to_string()
                } else {
                    format!("{module}:{}", identity.name)
                }
            }
            TypeKind::Leafref { target, .. } => {
                let target_node = schema.leafrefs(id).iter().find(|leafref| leafref.ty == ty);
                let target_node = target_node.map(|leafref| leafref.target);
                let there = self.some(spots, random, |spot| {
                    spot.node.is_some() && spot.node == target_node
                });
                match there {
                    Some(spot) if !random.one_in(4) => return spot.value.clone(),
                    _ => return self.typed(*target, target_node.unwrap_or(id), spots, random),
                }
            }
            TypeKind::Union(members) => {
                let &member = random.pick(members).unwrap();
                return self.typed(member, id, spots, random);
            }
        };
        Value::String(text)
    }
}

fn is_shaped(value: &Value, kind: &NodeKind) -> bool {
    match kind {
        NodeKind::List(_) | NodeKind::LeafList(_) => value.is_array(),
        NodeKind::Container { .. } => value.is_object(),
        _ => true,
    }
}

/// A value that is no string.
pub(super) fn unlike_text(random: &mut Random) -> Value {
    match random.below(8) {
        0 => Value::Null,
        1 => json!([null]),
        2 => json!(true),
        3 => json!(false),
        4 => json!([]),
        _ => json!(format!("{RAW}{}", random.pick(NUMBERS).unwrap())),
    }
}

/// A number as a string, in one of the ways to write it, or as a number.
fn written(number: i128, random: &mut Random) -> Value {
    let sign = if number < 0 { "-" } else { "" };
    let absolute = number.unsigned_abs();
    json!(match random.below(16) {
        0 => format!("{sign}0x{absolute:x}"),
        1 => format!("{sign}0{absolute:o}"),
        2 => format!("{sign}0{absolute}"),
        3 => format!("+{number}"),
        4 => format!(" {number} "),
        5 => format!("{number}.0"),
        6 => format!("{number}e0"),
        7 => format!("{RAW}{number}"),
        8 => format!("{RAW}{number}e0"),
        9 => format!("{RAW}{number}.0"),
        _ => number.to_string(),
    })
}

/// A text with something about it changed.
fn disturbed(text: &str, random: &mut Random) -> String {
    let text = text.trim_start_matches(RAW);
    let mut chars: Vec<char> = text.chars().collect();
    let at = random.below(chars.len().max(1)).min(chars.len());
    if let Ok(number) = text.parse::<i128>()
        && random.one_in(2)
    {
        let near = [
            number - 1,
            number + 1,
            -number,
            number * 10,
            0,
            255,
            256,
            65536,
            4_294_967_296,
        ];
        let near = *random.pick(&near).unwrap();
        return written(near, random)
            .as_str()
            .unwrap_or_default()
            .trim_start_matches(RAW)
            .to_owned();
    }
    match random.below(10) {
        0 if !chars.is_empty() => drop(chars.remove(at)),
        1 => chars.insert(
            at,
            *random
                .pick(&['0', 'a', '-', ' ', ',', 'é', '٣', '\n', '|', ':', '/'])
                .unwrap(),
        ),
        2 if !chars.is_empty() => chars[at] = *random.pick(&['9', 'Z', '_', '.', 'ß', '\t']).unwrap(),
        3 => chars.push(*random.pick(&['0', ' ', '\n', 'x']).unwrap()),
        4 => return text.to_uppercase(),
        5 => return text.to_lowercase(),
        6 => return format!(" {text}"),
        7 => return text.repeat(2),
        8 => return text.repeat(1 + 300 / text.len().max(1)),
        _ => return String::new(),
    }
    chars.into_iter().collect()
}

/// A text that matches a pattern, as far as another syntax of patterns tells.
fn sample(pattern: &str, random: &mut Random) -> String {
    let mut text = String::new();
    let escaped = pattern
        .replace('$', "\\$")
        .replace("[^", "[\0")
        .replace('^', "\\^")
        .replace("[\0", "[^");
    if let Ok(hir) = regex_syntax::Parser::new().parse(&escaped) {
        sample_hir(&hir, random, &mut text);
    }
    text
}

fn sample_hir(hir: &Hir, random: &mut Random, text: &mut String) {
    match hir.kind() {
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            // Later characters are letters in one version of Unicode and nothing in another.
            let old: Vec<_> = class
                .ranges()
                .iter()
                .filter(|range| range.end() < '\u{500}')
                .collect();
            let Some(range) = random.pick(&old) else {
                text.push('x');
                return;
            };
            let (start, end) = (u32::from(range.start()), u32::from(range.end()));
            let near = if random.one_in(3) {
                end
            } else {
                end.min(0x7e).max(start)
            };
            let code = start + random.below((near - start + 1) as usize) as u32;
            text.push(char::from_u32(code).unwrap_or('x'));
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + 3);
            let few = most.min(repetition.min + 4);
            let upper = if random.one_in(8) { most.min(300) } else { few };
            let count = repetition.min
                + random.below((upper.max(repetition.min) - repetition.min + 1) as usize) as u32;
            for _ in 0..count {
                sample_hir(&repetition.sub, random, text);
            }
        }
        HirKind::Capture(capture) => sample_hir(&capture.sub, random, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| sample_hir(part, random, text)),
        HirKind::Alternation(parts) => {
            if let Some(part) = random.pick(parts) {
                sample_hir(part, random, text);
            }
        }
        _ => {}
    }
}
