//! Findings that are like others: a few of them are shown, and how many more there are.

use rustc_hash::FxHashMap;

use crate::config::pointer;
use crate::validate::{Diagnostic, Rule, Severity};

use super::{FileReport, printable};

/// How many like findings are shown before the others are counted.
const SHOWN: usize = 3;
/// Up to how many like findings all are shown.
const FEW: usize = 5;

/// Whether findings that are like others are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repeated {
    /// Of more than five like findings of a file, three are shown and the others are counted. Findings are like each
    /// other if they have the rule, the severity and the table in common, and the message but for values and numbers.
    #[default]
    Counted,
    /// All findings are shown.
    Shown,
}

/// What is shown of some findings.
pub enum Item<'a> {
    /// A finding, with its file.
    Finding(&'a FileReport, &'a Diagnostic),
    /// How many more there are like the one before it, with their table.
    More(&'a FileReport, &'a Diagnostic, usize),
}

/// What findings have in common that are like each other.
#[derive(PartialEq, Eq, Hash)]
struct Likeness {
    file: usize,
    rule: Rule,
    severity: Severity,
    table: String,
    shape: String,
}

impl Repeated {
    /// What is shown of findings, in their order. Each has the position of its file.
    pub fn items<'a>(
        self,
        files: &'a [FileReport],
        findings: impl Iterator<Item = (usize, &'a Diagnostic)> + Clone,
    ) -> Vec<Item<'a>> {
        let mut counts: FxHashMap<Likeness, (usize, usize)> = FxHashMap::default();
        if self == Repeated::Counted {
            for (file, diagnostic) in findings.clone() {
                counts.entry(likeness(file, diagnostic)).or_default().0 += 1;
            }
        }
        let mut items = Vec::new();
        for (at, diagnostic) in findings {
            let Some(file) = files.get(at) else { continue };
            let (all, shown) = match counts.get_mut(&likeness(at, diagnostic)) {
                Some((all, shown)) if *all > FEW => (*all, shown),
                _ => {
                    items.push(Item::Finding(file, diagnostic));
                    continue;
                }
            };
            *shown += 1;
            if *shown <= SHOWN {
                items.push(Item::Finding(file, diagnostic));
            }
            if *shown == SHOWN {
                items.push(Item::More(file, diagnostic, all - SHOWN));
            }
        }
        items
    }
}

/// How many more findings there are: `and 17 more like it in ACL_RULE`.
pub fn more(diagnostic: &Diagnostic, count: usize) -> String {
    let table = table(diagnostic);
    if table.is_empty() {
        format!("and {count} more like it")
    } else {
        format!("and {count} more like it in {}", printable(&table))
    }
}

fn likeness(file: usize, diagnostic: &Diagnostic) -> Likeness {
    Likeness {
        file,
        rule: diagnostic.rule,
        severity: diagnostic.severity,
        table: table(diagnostic),
        shape: shape(&diagnostic.message),
    }
}

fn table(diagnostic: &Diagnostic) -> String {
    let tokens = pointer::split(&diagnostic.pointer).unwrap_or_default();
    tokens.into_iter().next().unwrap_or_default()
}

/// A message without the values in quotation marks and the numbers in it.
fn shape(message: &str) -> String {
    let mut shape = String::with_capacity(message.len());
    let mut chars = message.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                shape.push('"');
                let mut is_escaped = false;
                for c in chars.by_ref() {
                    if c == '"' && !is_escaped {
                        break;
                    }
                    is_escaped = c == '\\' && !is_escaped;
                }
            }
            c if c.is_ascii_digit() => {
                while chars.next_if(char::is_ascii_digit).is_some() {}
                shape.push('0');
            }
            c => shape.push(c),
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_numbers_do_not_count() {
        assert_eq!(shape(r#""a" is not in "b""#), shape(r#""c\"d" is not in "e""#));
        assert_eq!(
            shape("the lane 12 belongs to Ethernet0"),
            shape("the lane 3 belongs to Ethernet48")
        );
        assert_ne!(shape("\"a\" is unknown"), shape("\"a\" is too long"));
        assert_eq!(shape("an open \"quote"), "an open \"");
    }
}
