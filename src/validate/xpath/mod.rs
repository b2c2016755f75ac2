//! Evaluates expressions on an instance tree (XPath 1.0; RFC 7950, section 6.4).

mod compare;
mod dialects;
mod functions;
mod path;
mod value;

use std::cell::Cell;

use crate::schema::xpath::{Arithmetic, Expr, PathRewrite, Shape};
use crate::schema::{Dialect, PatternId, Schema};

use super::index::Index;
use super::read_set::{Key, ReadSet};
use super::tree::{Inst, Tree};

pub use value::Value;

/// What an expression is evaluated with.
pub struct Evaluator<'t> {
    /// The schema of the models.
    pub schema: &'t Schema,
    /// The tree of the data.
    pub tree: &'t Tree,
    /// An index over that tree.
    pub index: &'t Index,
    /// Set when a value is looked at that its type did not take: then the result says little.
    doubtful: Cell<bool>,
    /// Whose reading counts.
    dialect: Cell<Dialect>,
    /// Set when something is met that the other dialect reads differently.
    disputed: Cell<bool>,
    /// What the other dialect says of the condition that was evaluated last, where that is something else.
    other: Cell<Option<bool>>,
    /// A pattern of that condition that is not read, so that it says little.
    unread: Cell<Option<PatternId>>,
    /// Where to note what is looked at.
    read_set: Option<&'t ReadSet>,
}

/// The context of an expression (XPath 1.0, section 1).
#[derive(Debug, Clone, Copy)]
struct Context {
    /// The context node.
    item: Inst,
    /// What `current()` gives.
    current: Inst,
    /// The position of the item, from 1.
    position: usize,
    /// How many items there are.
    size: usize,
}

impl<'t> Evaluator<'t> {
    /// An evaluator for a tree that does not change meanwhile.
    pub fn new(schema: &'t Schema, tree: &'t Tree, index: &'t Index) -> Self {
        Evaluator {
            schema,
            tree,
            index,
            doubtful: Cell::new(false),
            dialect: Cell::new(schema.dialect),
            disputed: Cell::new(false),
            other: Cell::new(None),
            unread: Cell::new(None),
            read_set: None,
        }
    }

    /// An evaluator that notes what it looks at.
    pub fn noting(schema: &'t Schema, tree: &'t Tree, index: &'t Index, read_set: &'t ReadSet) -> Self {
        Evaluator {
            read_set: Some(read_set),
            ..Self::new(schema, tree, index)
        }
    }

    /// Notes what is looked at.
    pub fn note(&self, key: Key) {
        if let Some(read_set) = self.read_set {
            read_set.note(key);
        }
    }

    /// Whether a condition holds with this context node. `None` if it does not, but looked at a
    /// value that is invalid, so that the finding would only repeat that one.
    pub fn holds(&self, condition: &Expr, context: Inst) -> Option<bool> {
        self.doubtful.set(false);
        if let Some(read_set) = self.read_set {
            read_set.resolve_doubts(true);
        }
        self.disputed.set(false);
        self.unread.set(None);
        let holds = self.evaluate(condition, context).to_boolean();
        self.other.set(None);
        if self.disputed.get() {
            let doubtful = self.doubtful.get();
            self.dialect.set(self.schema.dialect.other());
            let other = self.evaluate(condition, context).to_boolean();
            self.dialect.set(self.schema.dialect);
            self.doubtful.set(doubtful);
            self.other.set(Some(other).filter(|&other| other != holds));
        }
        if let Some(read_set) = self.read_set {
            read_set.resolve_doubts(holds);
        }
        (holds || !self.doubtful.get()).then_some(holds)
    }

    /// What the other dialect says of the condition that was evaluated last, where that is something else.
    pub fn other_verdict(&self) -> Option<bool> {
        self.other.get()
    }

    /// A pattern of the condition that was evaluated last that is not read: its text, and why.
    pub fn unread_pattern(&self) -> Option<(&'t str, &'t str)> {
        let pattern = &self.schema.patterns[self.unread.get()?.index()];
        Some((&pattern.text, pattern.unread(self.schema.dialect)?))
    }

    /// The leafs of a config, each once, whose values an expression reads with this context node. There are none where
    /// it reads all instances of a leaf, and none where an evaluation is noted: a look at them is no part of it.
    pub fn values_read(&self, expr: &Expr, context: Inst) -> Vec<Inst> {
        let mut paths = Vec::new();
        if self.read_set.is_some() || !paths_of(expr, &mut paths) {
            return Vec::new();
        }
        let mut read = Vec::new();
        for path in paths {
            read.extend(self.evaluate(path, context).into_nodes());
        }
        read.sort_unstable();
        read.dedup();
        read.retain(|&inst| {
            let node = self.tree.get(inst);
            inst != Inst::ROOT && !node.implicit && self.schema.value_type(node.schema).is_some()
        });
        read
    }

    fn note_doubt(&self, key: Key) {
        if let Some(read_set) = self.read_set {
            read_set.note_doubt(key);
        }
    }

    /// The value of an expression with this context node.
    pub fn evaluate(&self, expr: &Expr, context: Inst) -> Value<'t> {
        let context = Context {
            item: context,
            current: context,
            position: 1,
            size: 1,
        };
        self.eval(expr, context)
    }

    fn eval(&self, expr: &Expr, context: Context) -> Value<'t> {
        match expr {
            Expr::Or(a, b) => Value::Boolean(self.is_true(a, context) || self.is_true(b, context)),
            Expr::And(a, b) => Value::Boolean(self.is_true(a, context) && self.is_true(b, context)),
            Expr::Compare(op, a, b) => Value::Boolean(self.compare(*op, a, b, context)),
            Expr::Arithmetic(op, a, b) => {
                let a = self.number(&self.eval(a, context));
                let b = self.number(&self.eval(b, context));
                Value::Number(match op {
                    Arithmetic::Add => a + b,
                    Arithmetic::Subtract => a - b,
                    Arithmetic::Multiply => a * b,
                    Arithmetic::Divide => a / b,
                    Arithmetic::Modulo => a % b,
                })
            }
            Expr::Negate(a) => Value::Number(-self.number(&self.eval(a, context))),
            Expr::Union(a, b) => {
                let mut nodes = self.eval(a, context).into_nodes();
                nodes.extend(self.eval(b, context).into_nodes());
                self.sort(&mut nodes);
                Value::Nodes(nodes)
            }
            Expr::Literal(text) => Value::Text(text.to_string().into()),
            Expr::Number(number) => Value::Number(*number),
            // Only ever arguments of functions, which take them apart themselves.
            Expr::Identity(_) | Expr::Pattern(_) => Value::Boolean(false),
            Expr::Call(function, args) => self.call(*function, args, context),
            Expr::Path(path) => Value::Nodes(self.path(path, context)),
            Expr::Retired(answer) => self.answer(answer, context),
        }
    }

    /// What a flag says for the field that it has replaced.
    fn answer(&self, answer: &PathRewrite, context: Context) -> Value<'t> {
        let status = self.eval(&answer.status, context).into_nodes();
        if let Some(&first) = status.first() {
            let text = self.node_text(first);
            let said = answer.words.iter().find(|(_, word)| **word == *text);
            return match said {
                Some((leaf, _)) => Value::Text(leaf.to_string().into()),
                None => Value::Nodes(status),
            };
        }
        let leaf = self.eval(&answer.leaf, context).into_nodes();
        match &answer.default {
            Some(default) if leaf.is_empty() => Value::Text(default.to_string().into()),
            _ => Value::Nodes(leaf),
        }
    }

    fn is_true(&self, expr: &Expr, context: Context) -> bool {
        self.eval(expr, context).to_boolean()
    }

    /// The string-value of a node: the canonical value of a leaf (RFC 7950, section 6.4.1); of
    /// other nodes, all values below.
    fn node_text(&self, inst: Inst) -> std::borrow::Cow<'t, str> {
        let node = self.tree.get(inst);
        if node.invalid {
            self.doubtful.set(true);
        }
        let is_leaf = inst != Inst::ROOT && self.schema.value_type(node.schema).is_some();
        if is_leaf {
            return self.leaf_text(inst);
        }
        self.inner_text(inst).into()
    }

    fn string<'v>(&self, value: Value<'v>) -> std::borrow::Cow<'v, str>
    where
        't: 'v,
    {
        match value {
            Value::Nodes(nodes) => self
                .first(&nodes)
                .map_or("".into(), |first| self.node_text(first)),
            Value::Text(text) => text,
            Value::Number(number) => self.number_text(number).into(),
            Value::Boolean(true) => "true".into(),
            Value::Boolean(false) => "false".into(),
        }
    }

    fn number(&self, value: &Value<'t>) -> f64 {
        match value {
            Value::Number(number) => *number,
            Value::Boolean(boolean) => f64::from(u8::from(*boolean)),
            Value::Text(text) => self.text_number(text),
            Value::Nodes(nodes) => match self.first(nodes) {
                Some(first) => self.text_number(&self.node_text(first)),
                None => f64::NAN,
            },
        }
    }
}

/// Collects the location paths of an expression, outside predicates. False where one reads all instances of a leaf.
fn paths_of<'e>(expr: &'e Expr, paths: &mut Vec<&'e Expr>) -> bool {
    match expr {
        Expr::Or(a, b)
        | Expr::And(a, b)
        | Expr::Compare(_, a, b)
        | Expr::Arithmetic(_, a, b)
        | Expr::Union(a, b) => paths_of(a, paths) && paths_of(b, paths),
        Expr::Negate(a) => paths_of(a, paths),
        Expr::Call(_, args) => args.iter().all(|arg| paths_of(arg, paths)),
        Expr::Retired(answer) => paths_of(&answer.status, paths) && paths_of(&answer.leaf, paths),
        Expr::Path(path) => {
            paths.push(expr);
            path.shape == Shape::Walk
        }
        Expr::Literal(_) | Expr::Number(_) | Expr::Identity(_) | Expr::Pattern(_) => true,
    }
}
