//! The smallest patch that makes one config of another.

use crate::config::debug_without_contents;
use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation, RemoveOperation, ReplaceOperation};
use serde_json::{Map, Value};

/// How many elements of a list may come and go before the list is written anew in any case. It bounds
/// the time and memory of the comparison for lists that have little in common.
const MAX_EDITS: usize = 256;

/// The smallest patch (RFC 6902) that makes `target` of `current`.
///
/// Both are configs, `{"TABLE": {"key": {"field": "value"}}}`, though any JSON works. Objects are changed member by
/// member: common members are edited, a new table, entry or field is one `add`, a deleted one is one `remove`. Lists
/// are changed element by element where that is the shorter patch, else replaced. There are no `move`, `copy` and
/// `test`, and no `-`.
///
/// The operations can be done in their order, on `current` and with [`Patch::apply`]. In each object edits are first,
/// then additions, then removals: no table is empty in between unless it is so before or after. The result depends on
/// the values and the order of their members alone, and takes time linear in the size of both, with nothing allocated
/// for equal parts.
///
/// [`Patch::apply`]: super::Patch::apply
pub fn between(current: &Value, target: &Value) -> Vec<PatchOperation> {
    let mut walk = Walk {
        path: Vec::new(),
        operations: Vec::new(),
    };
    walk.value(current, target);
    walk.operations
}

/// What becomes of a table.
pub struct TableChange<'a> {
    /// The name of the table.
    pub table: &'a str,
    /// Whether it is there now.
    pub stood: bool,
    /// Whether it shall be there.
    pub stands: bool,
    /// The entries that may change, by key: what each holds now, and what it shall hold.
    pub entries: Vec<(&'a str, [Option<&'a Value>; 2])>,
}

debug_without_contents!(TableChange <'_> {});

/// As [`between`], for two configs of which it is known which entries differ.
pub fn between_entries<'a>(tables: &[TableChange<'a>]) -> Vec<PatchOperation> {
    let mut walk = Walk {
        path: Vec::new(),
        operations: Vec::new(),
    };
    for change in tables.iter().filter(|change| change.stood && change.stands) {
        walk.path.push(change.table);
        walk.entries(&change.entries);
        walk.path.pop();
    }
    for change in tables.iter().filter(|change| !change.stood && change.stands) {
        let entries = change.entries.iter();
        let new = entries.filter_map(|&(key, [_, new])| Some((key.to_owned(), new?.clone())));
        let path = walk.member(change.table);
        walk.operations.push(add(path, Value::Object(new.collect())));
    }
    for change in tables.iter().filter(|change| change.stood && !change.stands) {
        let path = walk.member(change.table);
        walk.operations.push(remove(path));
    }
    walk.operations
}

struct Walk<'a> {
    /// The reference tokens that lead to where the walk is.
    path: Vec<&'a str>,
    operations: Vec<PatchOperation>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, current: &'a Value, target: &'a Value) {
        match (current, target) {
            (Value::Object(current), Value::Object(target)) => self.object(current, target),
            (Value::Array(current), Value::Array(target)) if current != target => self.list(current, target),
            _ if current != target => self.operations.push(replace(self.pointer(), target.clone())),
            _ => {}
        }
    }

    fn object(&mut self, current: &'a Map<String, Value>, target: &'a Map<String, Value>) {
        let mut shared = 0;
        // Most members have the same position in both, and then need not be looked up.
        let mut others = target.iter();
        for (name, value) in current {
            let other = match others.next() {
                Some((other, value)) if other == name => Some(value),
                _ => target.get(name),
            };
            if let Some(other) = other {
                shared += 1;
                self.path.push(name);
                self.value(value, other);
                self.path.pop();
            }
        }
        if shared < target.len() {
            for (name, value) in target.iter().filter(|(name, _)| !current.contains_key(*name)) {
                let path = self.member(name);
                self.operations.push(add(path, value.clone()));
            }
        }
        if shared < current.len() {
            for name in current.keys().filter(|name| !target.contains_key(*name)) {
                let path = self.member(name);
                self.operations.push(remove(path));
            }
        }
    }

    /// The entries of a table that is there before and after, as the members of an object.
    fn entries(&mut self, entries: &[(&'a str, [Option<&'a Value>; 2])]) {
        for &(key, values) in entries {
            if let [Some(old), Some(new)] = values {
                self.path.push(key);
                self.value(old, new);
                self.path.pop();
            }
        }
        for &(key, values) in entries {
            if let [None, Some(new)] = values {
                let path = self.member(key);
                self.operations.push(add(path, new.clone()));
            }
        }
        for &(key, values) in entries {
            if let [Some(_), None] = values {
                let path = self.member(key);
                self.operations.push(remove(path));
            }
        }
    }

    fn list(&mut self, current: &[Value], target: &[Value]) {
        let whole = replace(self.pointer(), Value::Array(target.to_vec()));
        let elements = self.elements(current, target);
        match elements {
            Some(elements) if written(&elements) < written(std::slice::from_ref(&whole)) => {
                self.operations.extend(elements);
            }
            _ => self.operations.push(whole),
        }
    }

    /// The operations on elements that make one list of another; `None` if there are too many.
    fn elements(&self, current: &[Value], target: &[Value]) -> Option<Vec<PatchOperation>> {
        let mut operations = Vec::new();
        // The position in the list as the operations so far have left it.
        let mut at = 0;
        for run in runs(current, target)? {
            at += run.kept;
            let mut gone = run.gone;
            for value in run.come {
                let path = self.member(&at.to_string());
                if gone > 0 {
                    gone -= 1;
                    operations.push(replace(path, value.clone()));
                } else {
                    operations.push(add(path, value.clone()));
                }
                at += 1;
            }
            let behind = self.member(&at.to_string());
            operations.extend((0..gone).map(|_| remove(behind.clone())));
        }
        Some(operations)
    }

    fn pointer(&self) -> PointerBuf {
        PointerBuf::from_tokens(self.path.iter().copied())
    }

    fn member(&self, name: &str) -> PointerBuf {
        PointerBuf::from_tokens(self.path.iter().copied().chain([name]))
    }
}

fn add(path: PointerBuf, value: Value) -> PatchOperation {
    PatchOperation::Add(AddOperation { path, value })
}

fn remove(path: PointerBuf) -> PatchOperation {
    PatchOperation::Remove(RemoveOperation { path })
}

fn replace(path: PointerBuf, value: Value) -> PatchOperation {
    PatchOperation::Replace(ReplaceOperation { path, value })
}

/// How long operations are when they are written down.
fn written(operations: &[PatchOperation]) -> usize {
    operations
        .iter()
        .map(|operation| operation.to_string().len())
        .sum()
}

/// A stretch of two lists: elements that both have, then some that go and some that come.
#[derive(Debug, Default, PartialEq)]
struct Run<'a> {
    kept: usize,
    gone: usize,
    come: Vec<&'a Value>,
}

/// What is to be done to one list to make another of it, with as few elements that come and go as
/// possible (E. W. Myers, An O(ND) Difference Algorithm and Its Variations, 1986). `None`: there are
/// more than [`MAX_EDITS`] of them.
fn runs<'a>(current: &[Value], target: &'a [Value]) -> Option<Vec<Run<'a>>> {
    let reached = furthest(current, target)?;
    let last = reached.len() - 1;
    let (mut x, mut y) = (current.len(), target.len());
    // Where on its front the path ends: fronts hold every second diagonal.
    let mut at = (x + last - y) / 2;
    let mut runs: Vec<Run> = Vec::new();
    // Back along the path that reached the end of both lists.
    for (edits, front) in reached[..last].iter().enumerate().rev() {
        let comes = is_insertion(front, at);
        at -= usize::from(!comes);
        // Where the edit began, and how many elements were the same behind it.
        let (from, edited) = (front[at], front[at] + usize::from(!comes));
        let same = x - edited;
        y -= same;
        let mut run = match runs.pop() {
            Some(run) if same == 0 => run,
            Some(run) => {
                runs.push(Run { kept: same, ..run });
                Run::default()
            }
            None => Run::default(),
        };
        if comes {
            y -= 1;
            run.come.insert(0, &target[y]);
        } else {
            run.gone += 1;
        }
        if edits == 0 {
            run.kept = front[0];
        }
        runs.push(run);
        x = from;
    }
    runs.reverse();
    Some(runs)
}

/// For each number of edits how far into the first list they lead, on each diagonal that they can reach:
/// on diagonal `2 * i - edits` for the element `i`. The last one reaches the end of both lists.
fn furthest(current: &[Value], target: &[Value]) -> Option<Vec<Vec<usize>>> {
    let same_from = |x: usize, y: usize| {
        let pairs = current.iter().skip(x).zip(target.iter().skip(y));
        x + pairs.take_while(|(one, other)| one == other).count()
    };
    let mut fronts = vec![vec![same_from(0, 0)]];
    for edits in 0.. {
        let front = fronts.last()?;
        let ends = front
            .iter()
            .enumerate()
            .any(|(i, &x)| x >= current.len() && x + edits - 2 * i >= target.len());
        if ends {
            break;
        }
        if edits == MAX_EDITS {
            return None;
        }
        let next = (0..edits + 2).map(|i| {
            let x = if is_insertion(front, i) {
                front[i]
            } else {
                front[i - 1] + 1
            };
            same_from(x, x + edits + 1 - 2 * i)
        });
        let next = next.collect();
        fronts.push(next);
    }
    Some(fronts)
}

/// Whether the next edit to diagonal `i` of the front behind this one adds an element, or removes one.
fn is_insertion(front: &[usize], i: usize) -> bool {
    i == 0 || i < front.len() && front[i - 1] < front[i]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn makes(current: Value, target: Value, expected: &[&str]) {
        let operations = between(&current, &target);
        let mut changed = current;
        json_patch::patch(&mut changed, &operations).unwrap();
        assert_eq!(changed, target);
        let told: Vec<String> = operations
            .iter()
            .map(|operation| match operation {
                PatchOperation::Add(op) => format!("add {} {}", op.path, op.value),
                PatchOperation::Replace(op) => format!("replace {} {}", op.path, op.value),
                operation => format!("remove {}", operation.path()),
            })
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn fields_entries_and_tables() {
        makes(
            json!({"T": {"a/b": {"f": "1", "g": "2"}, "b": {}}, "U": {"x": {}}, "W": {"y": {}, "z": {"f": "1"}}}),
            json!({"W": {"z": {"f": "1"}}, "T": {"a/b": {"h": "2", "f": "3"}, "c": {}}, "V": {"k": {"f": "1"}}}),
            &[
                "replace /T/a~1b/f \"3\"",
                "add /T/a~1b/h \"2\"",
                "remove /T/a~1b/g",
                "add /T/c {}",
                "remove /T/b",
                "remove /W/y",
                "add /V {\"k\":{\"f\":\"1\"}}",
                "remove /U",
            ],
        );
        makes(json!({"T": {"a": {}}}), json!({"T": {"a": {}}}), &[]);
        makes(json!({"T": {"a": {}}}), json!([]), &["replace  []"]);
        makes(
            json!({"T": {"a": "1"}}),
            json!({"T": {"a": ["1"]}}),
            &["replace /T/a [\"1\"]"],
        );
    }

    #[test]
    fn elements_of_lists() {
        let lists = |current: Value, target: Value, expected: &[&str]| {
            makes(
                json!({"T": {"a": {"l": current}}}),
                json!({"T": {"a": {"l": target}}}),
                expected,
            );
        };
        lists(json!([]), json!(["a"]), &["add /T/a/l/0 \"a\""]);
        lists(json!(["a"]), json!([]), &["remove /T/a/l/0"]);
        lists(json!(["a"]), json!(["b"]), &["replace /T/a/l [\"b\"]"]);
        lists(json!(["a", "b"]), json!(["a", "b", "a"]), &["add /T/a/l/2 \"a\""]);
        lists(
            json!(["a", "b"]),
            json!(["b", "a"]),
            &["replace /T/a/l [\"b\",\"a\"]"],
        );
        let long = |names: &[&str]| {
            let same = |from, to| (from..to).map(|n| format!("Ethernet{n}"));
            let names = names.iter().map(|&name| name.to_owned());
            Value::from_iter(same(0, 9).chain(names).chain(same(10, 20)))
        };
        lists(
            long(&["x"]),
            long(&["y", "z"]),
            &["replace /T/a/l/9 \"y\"", "add /T/a/l/10 \"z\""],
        );
        lists(
            long(&["x", "y", "z"]),
            long(&["y"]),
            &["remove /T/a/l/9", "remove /T/a/l/10"],
        );
    }

    #[test]
    fn lists_with_nothing_in_common_are_replaced() {
        let list = |from: usize| json!({"T": {"a": {"l": (from..from + 1000).map(|n| n.to_string()).collect::<Vec<_>>()}}});
        let operations = between(&list(0), &list(5000));
        assert_eq!(operations.len(), 1);
        assert_eq!(operations[0].path().as_str(), "/T/a/l");
    }

    #[test]
    fn no_table_is_empty_in_between() {
        let mut config = json!({"T": {"a": {}, "b": {}}, "U": {"x": {}}});
        let target = json!({"T": {"c": {}, "d": {}}});
        for operation in between(&config, &target) {
            json_patch::patch(&mut config, &[operation]).unwrap();
            assert!(
                config
                    .as_object()
                    .unwrap()
                    .values()
                    .all(|table| table != &json!({})),
                "{config}"
            );
        }
        assert_eq!(config, target);
    }
}
