//! Comparisons (XPath 1.0, section 3.4). A string that is compared with a leaf is brought to the
//! canonical form of the leaf's type first.

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use crate::schema::xpath::{Comparison, Expr, Path, Shape};
use crate::schema::{NodeId, TypeId, TypeKind};
use crate::validate::read_set::Key;
use crate::validate::tree::Inst;
use crate::validate::value::{self, Naming, ValueContext, Written};

use super::{Context, Evaluator, Value};

impl<'t> Evaluator<'t> {
    pub(super) fn compare(&self, op: Comparison, a: &Expr, b: &Expr, context: Context) -> bool {
        if op == Comparison::Equal
            && let Some(answer) = self
                .equals_any(a, b, false, context)
                .or_else(|| self.equals_any(b, a, true, context))
        {
            return answer;
        }
        self.compare_values(op, self.operand(a, context), self.operand(b, context))
    }

    /// The value of an expression; that of a literal is its own text.
    pub(super) fn operand<'v>(&self, expr: &'v Expr, context: Context) -> Value<'v>
    where
        't: 'v,
    {
        match expr {
            Expr::Literal(text) => Value::Text(Cow::Borrowed(text)),
            _ => self.eval(expr, context),
        }
    }

    /// `value = path`, or `path = value` if they are switched, where the path means every instance of a
    /// leaf: asks the index.
    fn equals_any(&self, value: &Expr, path: &Expr, switched: bool, context: Context) -> Option<bool> {
        let Expr::Path(path) = path else { return None };
        let Path {
            shape: Shape::AllOf(leaf),
            ..
        } = **path
        else {
            return None;
        };
        let texts: SmallVec<[Cow<str>; 2]> = match self.operand(value, context) {
            Value::Text(text) => smallvec![self.canonical_for(leaf, text)],
            // Of two nodes, the text of the left one takes the form of the right one's type.
            Value::Nodes(nodes) if switched => {
                if !nodes.iter().all(|&node| self.is_alike(leaf, node)) {
                    return None;
                }
                nodes.into_iter().map(|node| self.node_text(node)).collect()
            }
            Value::Nodes(nodes) => {
                let texts = nodes.into_iter().map(|node| self.node_text(node));
                texts.map(|text| self.canonical_for(leaf, text)).collect()
            }
            Value::Number(_) | Value::Boolean(_) => return None,
        };
        let found = texts.into_iter().any(|text| {
            self.note(Key::Value(leaf, &text));
            let symbol = self.tree.symbol(&text);
            symbol.is_some_and(|symbol| {
                let same = self.index.find(self.tree, leaf, symbol);
                same.iter().any(|&inst| !self.tree.get(inst).invalid)
            })
        });
        if !found {
            self.note_doubt(Key::Invalid(leaf));
        }
        if !found && !self.index.invalid(self.tree, leaf).is_empty() {
            self.doubtful.set(true);
        }
        Some(found)
    }

    fn compare_values(&self, op: Comparison, a: Value, b: Value) -> bool {
        use Value::{Boolean, Nodes};
        match (a, b) {
            (Nodes(a), Nodes(b)) => a.iter().any(|&x| b.iter().any(|&y| self.compare_nodes(op, x, y))),
            // libyang compares each node, so that an empty set is like neither.
            (Nodes(a), Boolean(b)) => {
                let standard = self.compare_scalars(op, &Boolean(!a.is_empty()), &Boolean(b));
                self.either(standard, standard && !a.is_empty())
            }
            (Boolean(a), Nodes(b)) => {
                let standard = self.compare_scalars(op, &Boolean(a), &Boolean(!b.is_empty()));
                self.either(standard, standard && !b.is_empty())
            }
            (Nodes(a), b) => a.iter().any(|&x| self.compare_node(op, x, &b, false)),
            (a, Nodes(b)) => b.iter().any(|&y| self.compare_node(op, y, &a, true)),
            (a, b) => self.compare_scalars(op, &a, &b),
        }
    }

    fn compare_nodes(&self, op: Comparison, a: Inst, b: Inst) -> bool {
        let (x, y) = (self.node_text(a), self.node_text(b));
        if matches!(op, Comparison::Equal | Comparison::NotEqual) && x != y {
            // The same value may be written differently in two types.
            let x = self.canonical_at(b, x);
            return self.compare_scalars(op, &Value::Text(x), &Value::Text(y));
        }
        self.compare_scalars(op, &Value::Text(x), &Value::Text(y))
    }

    fn compare_node<'v>(&self, op: Comparison, node: Inst, other: &'v Value<'v>, switched: bool) -> bool
    where
        't: 'v,
    {
        let text = self.node_text(node);
        let mut own = Value::Text(text);
        let canonical;
        let other = match other {
            Value::Number(_) => {
                own = Value::Number(self.number(&own));
                other
            }
            Value::Text(text) if matches!(op, Comparison::Equal | Comparison::NotEqual) => {
                canonical = Value::Text(self.canonical_at(node, Cow::Borrowed(text)));
                &canonical
            }
            _ => other,
        };
        if switched {
            self.compare_scalars(op, other, &own)
        } else {
            self.compare_scalars(op, &own, other)
        }
    }

    /// A text in the canonical form of the type that a node's value has; as it is where that type
    /// does not take it.
    fn canonical_at<'v>(&self, inst: Inst, text: Cow<'v, str>) -> Cow<'v, str> {
        let node = self.tree.get(inst);
        if inst == Inst::ROOT || node.invalid || self.schema.value_type(node.schema).is_none() {
            return text;
        }
        self.canonical(node.schema, node.ty, text)
    }

    /// The same for any instance of a leaf.
    pub(super) fn canonical_for<'v>(&self, leaf: NodeId, text: Cow<'v, str>) -> Cow<'v, str> {
        match self.schema.value_type(leaf) {
            Some(ty) => self.canonical(leaf, ty, text),
            None => text,
        }
    }

    /// Whether values of a type are written in one way only.
    fn has_one_form(&self, ty: TypeId) -> bool {
        matches!(
            self.schema.ty(ty).kind,
            TypeKind::String { form: None, .. } | TypeKind::Boolean | TypeKind::Enumeration(_)
        )
    }

    /// Whether the values of a leaf have the form of a node's type already.
    fn is_alike(&self, leaf: NodeId, node: Inst) -> bool {
        let instance = self.tree.get(node);
        if node == Inst::ROOT || instance.invalid || self.schema.value_type(instance.schema).is_none() {
            return true;
        }
        let mut ty = self.schema.value_type(leaf);
        while let Some(TypeKind::Leafref { target, .. }) = ty.map(|ty| &self.schema.ty(ty).kind) {
            ty = Some(*target);
        }
        self.has_one_form(instance.ty) || ty == Some(instance.ty)
    }

    fn canonical<'v>(&self, leaf: NodeId, ty: TypeId, text: Cow<'v, str>) -> Cow<'v, str> {
        if self.has_one_form(ty) {
            return text;
        }
        let module = self.schema.node(leaf).module;
        let scope = ValueContext::new(self.schema, module, Naming::YangJson).briefly();
        match value::check(scope, ty, &text, Written::Literal) {
            Ok(checked) if checked.canonical != text => Cow::Owned(checked.canonical.into_owned()),
            _ => text,
        }
    }

    /// Compares values of which none is a node-set.
    fn compare_scalars(&self, op: Comparison, a: &Value, b: &Value) -> bool {
        if matches!(op, Comparison::Equal | Comparison::NotEqual) {
            let equal = match (a, b) {
                (Value::Boolean(_), _) | (_, Value::Boolean(_)) => a.to_boolean() == b.to_boolean(),
                (Value::Number(_), _) | (_, Value::Number(_)) => {
                    self.scalar_number(a) == self.scalar_number(b)
                }
                (Value::Text(a), Value::Text(b)) => a == b,
                _ => false,
            };
            return equal == (op == Comparison::Equal);
        }
        let (a, b) = (self.scalar_number(a), self.scalar_number(b));
        match op {
            Comparison::Less => a < b,
            Comparison::LessOrEqual => a <= b,
            Comparison::Greater => a > b,
            _ => a >= b,
        }
    }

    fn scalar_number(&self, value: &Value) -> f64 {
        match value {
            Value::Number(number) => *number,
            Value::Boolean(boolean) => f64::from(u8::from(*boolean)),
            Value::Text(text) => self.text_number(text),
            Value::Nodes(_) => f64::NAN,
        }
    }
}
