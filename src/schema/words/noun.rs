//! What a condition speaks of, in words: `mode`, `type of ACL_TABLE|<ACL_TABLE_NAME>`, `the number of adv_speeds`.

use crate::schema::xpath::{Arithmetic, Axis, Comparison, Expr, Function, Path, Predicate, Start, Test};
use crate::schema::{NodeId, NodeKind, Schema};

/// Words for the nodes that a condition reads.
pub struct Nouns<'s> {
    /// The schema of the models.
    pub schema: &'s Schema,
    /// The context node; `None` for the root.
    pub context: Option<NodeId>,
    /// The node that `current()` stands for.
    pub current: NodeId,
}

/// Nodes or a value in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Noun {
    /// The words, without an article: `mtu of PORT|<name>`.
    pub words: String,
    /// How many nodes it can be.
    pub count: Many,
    /// What the words stand for.
    pub kind: Kind,
}

/// How many nodes a noun stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Many {
    /// Exactly one, in every valid config.
    One,
    /// One node or none.
    Optional,
    /// Elements of a list of the entry.
    Elements,
    /// Nodes of several entries.
    Entries,
}

/// What a noun stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A number or a string that the condition has.
    Literal,
    /// Values of leafs, with those that predicates leave of them.
    Values(Vec<String>),
    /// Values of a key, with the entries that have it.
    Keys(String),
    /// Entries of a table.
    Entries,
    /// What a function makes of nodes.
    Made,
}

impl Noun {
    /// Whether it is the values of leafs, all of them.
    pub fn is_plain(&self) -> bool {
        match &self.kind {
            Kind::Values(left) => left.is_empty(),
            kind => matches!(kind, Kind::Keys(_)),
        }
    }

    fn new(words: String, count: Many, kind: Kind) -> Self {
        Noun { words, count, kind }
    }
}

impl Nouns<'_> {
    /// The words of an expression that stands for nodes or for a value.
    pub fn of(&self, expr: &Expr) -> Option<Noun> {
        match expr {
            Expr::Literal(text) => Some(Noun::new(quoted(text), Many::One, Kind::Literal)),
            Expr::Number(number) => Some(Noun::new(number.to_string(), Many::One, Kind::Literal)),
            Expr::Identity(id) => {
                let name = self.schema.identity(*id).name.to_string();
                Some(Noun::new(name, Many::One, Kind::Literal))
            }
            Expr::Arithmetic(operator, a, b) => {
                let sign = match operator {
                    Arithmetic::Add => "+",
                    Arithmetic::Subtract => "-",
                    Arithmetic::Multiply => "times",
                    Arithmetic::Divide => "divided by",
                    Arithmetic::Modulo => "modulo",
                };
                let operand = |operand: &Expr| {
                    let words = self.one(operand)?;
                    Some(match operand {
                        Expr::Arithmetic(..) if !is_sum(expr) || !is_sum(operand) => format!("({words})"),
                        _ => words,
                    })
                };
                let words = format!("{} {sign} {}", operand(a)?, operand(b)?);
                Some(Noun::new(words, Many::One, Kind::Made))
            }
            Expr::Call(function, args) => self.call(*function, args),
            Expr::Path(path) => self.path(path),
            Expr::Retired(rewrite) => self.of(&rewrite.status),
            _ => None,
        }
    }

    fn call(&self, function: Function, args: &[Expr]) -> Option<Noun> {
        let made = |words: String| Some(Noun::new(words, Many::One, Kind::Made));
        match (function, args) {
            (Function::Number | Function::String, [arg]) => self.of(arg),
            (Function::Number | Function::String, []) => self.node(self.context?),
            (Function::Count, [arg]) => {
                let noun = self.of(arg)?;
                match &noun.kind {
                    Kind::Entries => made(format!("the number of {}", plural(&noun.words))),
                    Kind::Keys(entries) => made(format!("the number of {}", plural(entries))),
                    _ if noun.is_plain() => made(format!("the number of {}", noun.words)),
                    _ => None,
                }
            }
            (Function::StringLength, [arg]) => made(format!("the length of {}", self.one(arg)?)),
            (Function::StringLength, []) => {
                made(format!("the length of {}", self.node(self.context?)?.words))
            }
            (Function::EnumValue, [arg]) => made(format!("the number of the value of {}", self.one(arg)?)),
            (Function::SubstringBefore, [arg, mark]) => made(format!(
                "the part of {} before {}",
                self.one(arg)?,
                self.one(mark)?
            )),
            (Function::SubstringAfter, [arg, mark]) => made(format!(
                "the part of {} after {}",
                self.one(arg)?,
                self.one(mark)?
            )),
            (Function::Concat, args) => {
                let parts: Option<Vec<String>> = args.iter().map(|arg| self.key_part(arg)).collect();
                made(format!("\"{}\"", parts?.concat()))
            }
            _ => None,
        }
    }

    /// The words of a single value.
    pub fn one(&self, expr: &Expr) -> Option<String> {
        let noun = self.of(expr)?;
        let is_single = matches!(noun.count, Many::One | Many::Optional) && noun.kind != Kind::Entries;
        is_single.then_some(noun.words)
    }

    fn path(&self, path: &Path) -> Option<Noun> {
        let start = match &path.start {
            Start::Root => None,
            Start::Context => Some(self.context?),
            Start::Current => Some(self.current),
            Start::Filter(base, predicates) if predicates.is_empty() => return self.behind(base, path),
            Start::Filter(..) => return None,
        };
        let mut steps = &path.steps[..];
        let mut left = Vec::new();
        // `leaf[text() = …]` and `leaf/text()` are about the leaf.
        if let [before @ .., last] = steps
            && last.test == Test::Text
            && last.predicates.is_empty()
        {
            steps = before;
        }
        let Some(last) = steps.last() else {
            return self.node(start?);
        };
        let target = match last.targets[..] {
            [target] => target,
            _ => return None,
        };
        let is_value = matches!(
            self.schema.node(target).kind,
            NodeKind::Leaf(_) | NodeKind::LeafList(_)
        );
        if is_value {
            for predicate in &last.predicates {
                if !left.is_empty() {
                    return None;
                }
                left = values(&predicate.condition)?;
            }
        }
        let before = if is_value {
            &steps[..steps.len() - 1]
        } else {
            steps
        };
        let is_own = start.is_some_and(|start| self.stays_inside(start, path));
        if is_own {
            let has_predicates = before.iter().any(|step| !step.predicates.is_empty());
            if has_predicates || !is_value {
                return None;
            }
            let noun = self.node(target)?;
            return Some(Noun {
                kind: Kind::Values(left),
                ..noun
            });
        }
        // The predicates of the entry; nothing else on the way may have some.
        let mut predicates: &[Predicate] = &[];
        for step in before.iter().filter(|step| !step.predicates.is_empty()) {
            let is_entry = step.targets.iter().all(|&id| self.is_entry(id));
            if !predicates.is_empty() || !is_entry {
                return None;
            }
            predicates = &step.predicates;
        }
        let (entry, count) = self.entry(target, predicates)?;
        if !is_value {
            return self
                .is_entry(target)
                .then(|| Noun::new(entry, count, Kind::Entries));
        }
        let node = self.schema.node(target);
        let is_key = matches!(&node.kind, NodeKind::Leaf(leaf) if leaf.key);
        let count = match (count, &node.kind) {
            (Many::Entries, _) => Many::Entries,
            (_, NodeKind::LeafList(_)) => Many::Elements,
            _ => Many::Optional,
        };
        if is_key && left.is_empty() {
            let words = format!("the {} of {entry}", node.name);
            return Some(Noun::new(words, count, Kind::Keys(entry)));
        }
        let words = format!("{} of {entry}", node.name);
        Some(Noun::new(words, count, Kind::Values(left)))
    }

    /// A path behind an expression: of the entry that a leafref leads to.
    fn behind(&self, base: &Expr, path: &Path) -> Option<Noun> {
        let Expr::Call(Function::Deref, args) = base else {
            return None;
        };
        let [reference] = &args[..] else {
            return None;
        };
        let reference = self.one(reference)?;
        match &path.steps[..] {
            [] => {
                let words = format!("the value that {reference} refers to");
                Some(Noun::new(words, Many::Optional, Kind::Made))
            }
            [up, step]
                if up.axis == Axis::Parent && up.predicates.is_empty() && step.predicates.is_empty() =>
            {
                let Test::Name(_, name) = &step.test else {
                    return None;
                };
                let words = format!("{name} of the entry that {reference} refers to");
                Some(Noun::new(words, Many::Optional, Kind::Values(Vec::new())))
            }
            _ => None,
        }
    }

    /// A leaf or leaf-list of the entry with the condition, by its name.
    fn node(&self, id: NodeId) -> Option<Noun> {
        let node = self.schema.node(id);
        let count = match &node.kind {
            NodeKind::Leaf(leaf) if leaf.key || leaf.default.is_some() || id == self.current => Many::One,
            NodeKind::Leaf(_) => Many::Optional,
            // The condition on a leaf-list is about one element of it.
            NodeKind::LeafList(_) if id == self.current => Many::One,
            NodeKind::LeafList(_) => Many::Elements,
            _ => return None,
        };
        Some(Noun::new(node.name.to_string(), count, Kind::Values(Vec::new())))
    }

    /// Whether a path from a node does not leave the entry of that node.
    fn stays_inside(&self, start: NodeId, path: &Path) -> bool {
        let mut at = start;
        if !self.is_in_entry(start) {
            return false;
        }
        for step in &path.steps {
            match step.axis {
                Axis::Parent if self.is_entry(at) => return false,
                Axis::Parent => match self.schema.node(at).data_parent {
                    Some(parent) => at = parent,
                    None => return false,
                },
                Axis::Child | Axis::Current => {
                    if let [target] = step.targets[..] {
                        at = target;
                    }
                }
                _ => return false,
            }
        }
        true
    }

    /// Whether a node is an entry of a table, or in one.
    fn is_in_entry(&self, id: NodeId) -> bool {
        let around = std::iter::successors(Some(id), |&id| self.schema.node(id).data_parent);
        around.into_iter().any(|id| self.is_entry(id))
    }

    /// Whether a node is an entry of a table: right below the container of the table.
    fn is_entry(&self, id: NodeId) -> bool {
        let table = self.schema.node(id).data_parent;
        table.is_some_and(|table| self.is_table(table))
    }

    fn is_table(&self, id: NodeId) -> bool {
        let node = self.schema.node(id);
        let table = self.schema.tables.get(&node.name);
        table.is_some_and(|table| table.node == id)
    }

    /// The entries of a node that predicates select: `VLAN_MEMBER|<name>|*`, or `an entry of VLAN`.
    fn entry(&self, target: NodeId, predicates: &[Predicate]) -> Option<(String, Many)> {
        let mut at = target;
        while !self.is_entry(at) {
            at = self.schema.node(at).data_parent?;
        }
        let node = self.schema.node(at);
        let table = self.schema.node(node.data_parent?).name.as_ref();
        let NodeKind::List(list) = &node.kind else {
            let words = format!("{table}|{}", node.name);
            return predicates.is_empty().then_some((words, Many::Optional));
        };
        let mut wanted = Vec::new();
        for predicate in predicates {
            self.equalities(&predicate.condition, &mut wanted)?;
        }
        let named = |key: &NodeId| {
            let mut same = wanted.iter().filter(|(leaf, _)| leaf == key);
            match (same.next(), same.next()) {
                (Some((_, part)), None) => Some(part.clone()),
                _ => None,
            }
        };
        let parts: Vec<Option<String>> = list.keys.iter().map(named).collect();
        let is_one = parts.iter().all(Option::is_some);
        let mut words = if parts.iter().all(Option::is_none) {
            format!("an entry of {table}")
        } else {
            let parts = parts
                .into_iter()
                .map(|part| part.unwrap_or_else(|| "*".to_owned()));
            format!("{table}|{}", parts.collect::<Vec<_>>().join("|"))
        };
        let others = wanted.iter().filter(|(leaf, _)| !list.keys.contains(leaf));
        let others = others.map(|(leaf, part)| {
            let value = part.strip_prefix('<').and_then(|part| part.strip_suffix('>'));
            let value = value.map_or_else(|| quoted(part), str::to_owned);
            format!("{} is {value}", self.schema.node(*leaf).name)
        });
        let others: Vec<String> = others.collect();
        if !others.is_empty() {
            words = format!("{words} whose {}", others.join(" and "));
        }
        let count = if is_one { Many::Optional } else { Many::Entries };
        Some((words, count))
    }

    /// The leafs of an entry that a predicate compares, each with the part of a key that it must be equal to.
    fn equalities(&self, condition: &Expr, found: &mut Vec<(NodeId, String)>) -> Option<()> {
        match condition {
            Expr::And(a, b) => {
                self.equalities(a, found)?;
                self.equalities(b, found)
            }
            Expr::Compare(Comparison::Equal, a, b) => {
                let (leaf, value) = match (own_leaf(a), own_leaf(b)) {
                    (Some(leaf), None) => (leaf, b),
                    (None, Some(leaf)) => (leaf, a),
                    _ => return None,
                };
                found.push((leaf, self.key_part(value)?));
                Some(())
            }
            _ => None,
        }
    }

    /// A value as a part of a key: a literal as it is, anything else by its name in angle brackets.
    fn key_part(&self, value: &Expr) -> Option<String> {
        match value {
            Expr::Literal(text) => {
                // config_db names an identity without its module.
                let name = text.split_once(':').filter(|(module, _)| {
                    let known = self.schema.modules.iter();
                    known.into_iter().any(|known| known.name.as_ref() == *module)
                });
                Some(name.map_or(text.as_ref(), |(_, name)| name).to_owned())
            }
            Expr::Number(number) => Some(number.to_string()),
            // The context of a value in a predicate is the item, which has no name here.
            Expr::Path(path) if matches!(path.start, Start::Context) && path.steps.is_empty() => None,
            value => Some(format!("<{}>", self.one(value)?)),
        }
    }
}

/// Whether an expression is a sum: in sums of sums the order does not matter.
fn is_sum(expr: &Expr) -> bool {
    matches!(expr, Expr::Arithmetic(Arithmetic::Add, ..))
}

/// The leaf right below the item of a predicate that an expression is.
fn own_leaf(expr: &Expr) -> Option<NodeId> {
    let Expr::Path(path) = expr else { return None };
    let (Start::Context, [step]) = (&path.start, &path.steps[..]) else {
        return None;
    };
    let is_plain = step.axis == Axis::Child && step.predicates.is_empty();
    match step.targets[..] {
        [leaf] if is_plain => Some(leaf),
        _ => None,
    }
}

/// The values that a predicate of a leaf leaves: `[. = 'a' or . = 'b']`.
fn values(condition: &Expr) -> Option<Vec<String>> {
    match condition {
        Expr::Or(a, b) => {
            let mut found = values(a)?;
            found.extend(values(b)?);
            Some(found)
        }
        Expr::Compare(Comparison::Equal, a, b) => match (&**a, &**b) {
            (Expr::Path(path), Expr::Literal(text)) | (Expr::Literal(text), Expr::Path(path))
                if is_item(path) =>
            {
                Some(vec![quoted(text)])
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether a path is the item of a predicate itself: `.`, or its text.
fn is_item(path: &Path) -> bool {
    let is_itself = match &path.steps[..] {
        [] => true,
        [step] => {
            step.predicates.is_empty()
                && (step.axis == Axis::Current || step.axis == Axis::Child && step.test == Test::Text)
        }
        _ => false,
    };
    is_itself && matches!(path.start, Start::Context)
}

/// A value in quotation marks; nothing in quotation marks is `empty`.
pub fn quoted(text: &str) -> String {
    if text.is_empty() {
        "empty".to_owned()
    } else {
        format!("\"{text}\"")
    }
}

/// `entries of VLAN` for `an entry of VLAN`.
fn plural(words: &str) -> String {
    match words.strip_prefix("an entry of ") {
        Some(rest) => format!("entries of {rest}"),
        None => format!("entries {words}"),
    }
}
