//! The functions (XPath 1.0, section 4; RFC 7950, section 10).

use smallvec::smallvec;

use crate::schema::TypeKind;
use crate::schema::xpath::{Expr, Function};
use crate::validate::tree::Inst;

use super::{Context, Evaluator, Value};

impl<'t> Evaluator<'t> {
    pub(super) fn call(&self, function: Function, args: &[Expr], context: Context) -> Value<'t> {
        let arg = |at: usize| self.eval(&args[at], context);
        let text = |at: usize| self.string(self.operand(&args[at], context));
        // Functions whose argument may be left out take the context node then.
        let own = || {
            args.first().map_or(Value::Nodes(smallvec![context.item]), |arg| {
                self.eval(arg, context)
            })
        };
        match function {
            Function::True => Value::Boolean(true),
            Function::False => Value::Boolean(false),
            Function::Not => Value::Boolean(!arg(0).to_boolean()),
            Function::Boolean => Value::Boolean(arg(0).to_boolean()),
            Function::Current => Value::Nodes(smallvec![context.current]),
            Function::Position => Value::Number(context.position as f64),
            Function::Last => Value::Number(context.size as f64),
            Function::Count => Value::Number(match arg(0) {
                // Of a path that a flag answers for: there is one such field.
                Value::Text(_) => 1.0,
                value => value.into_nodes().len() as f64,
            }),
            Function::Number => Value::Number(self.number(&own())),
            Function::Sum => {
                let nodes = arg(0).into_nodes();
                let numbers = nodes
                    .into_iter()
                    .map(|node| self.number(&Value::Nodes(smallvec![node])));
                Value::Number(numbers.sum())
            }
            Function::Floor => self.floor(self.number(&arg(0)), context),
            Function::Ceiling => Value::Number(self.ceiling(self.number(&arg(0)))),
            Function::Round => Value::Number(self.round(self.number(&arg(0)))),
            Function::String => Value::Text(self.string(own())),
            Function::StringLength => Value::Number(self.length(&self.string(own()))),
            Function::NormalizeSpace => Value::Text(self.normalize_space(&self.string(own())).into()),
            Function::Concat => {
                let parts: Vec<_> = (0..args.len()).map(text).collect();
                Value::Text(parts.concat().into())
            }
            Function::Contains => Value::Boolean(text(0).contains(&*text(1))),
            Function::StartsWith => Value::Boolean(text(0).starts_with(&*text(1))),
            Function::SubstringBefore => {
                let (whole, part) = (text(0), text(1));
                let before = whole.split_once(&*part).map_or("", |(before, _)| before);
                Value::Text(before.to_owned().into())
            }
            Function::SubstringAfter => {
                let (whole, part) = (text(0), text(1));
                let after = whole.split_once(&*part).map_or("", |(_, after)| after);
                Value::Text(after.to_owned().into())
            }
            Function::Substring => {
                let start = self.number(&arg(1));
                let length = args.get(2).map(|length| self.number(&self.eval(length, context)));
                Value::Text(self.substring(&text(0), start, length).into())
            }
            Function::Translate => Value::Text(self.translate(&text(0), &text(1), &text(2)).into()),
            Function::Name | Function::LocalName => {
                let name = self.first(&own().into_nodes()).and_then(|node| self.name(node));
                let name = name.map_or("", |(_, name)| name);
                Value::Text(match function {
                    Function::Name if !name.is_empty() => self.qualified(name).into(),
                    _ => name.into(),
                })
            }
            Function::NamespaceUri => {
                let name = self.first(&own().into_nodes()).and_then(|node| self.name(node));
                Value::Text(name.map_or("".into(), |(namespace, _)| namespace.into()))
            }
            Function::ReMatch => {
                let Expr::Pattern(pattern_id) = &args[1] else {
                    return Value::Boolean(false);
                };
                let pattern = &self.schema.patterns[pattern_id.index()];
                let other = self.dialect.get().other();
                let text = text(0);
                let found = pattern.is_match(self.dialect.get(), &text);
                if pattern.is_disputed() && pattern.is_match(other, &text) != found {
                    self.disputed.set(true);
                }
                if found.is_none() {
                    self.doubtful.set(true);
                    self.unread.set(Some(*pattern_id));
                }
                Value::Boolean(found.unwrap_or(false))
            }
            Function::Deref => self.deref(&arg(0).into_nodes()),
            Function::DerivedFrom => Value::Boolean(self.derived(&arg(0).into_nodes(), &args[1], false)),
            Function::DerivedFromOrSelf => Value::Boolean(self.derived(&arg(0).into_nodes(), &args[1], true)),
            Function::EnumValue => Value::Number(self.enum_value(&arg(0).into_nodes())),
            Function::BitIsSet => {
                let bit = text(1);
                let nodes = arg(0).into_nodes();
                let set = self.first(&nodes).is_some_and(|node| {
                    let is_bits = matches!(self.kind(node), Some(TypeKind::Bits(_)));
                    is_bits && self.node_text(node).split(' ').any(|name| name == bit)
                });
                Value::Boolean(set)
            }
        }
    }

    /// The namespace and the name of a node.
    fn name(&self, inst: Inst) -> Option<(&'t str, &'t str)> {
        if inst == Inst::ROOT {
            return None;
        }
        let node = self.schema.node(self.tree.get(inst).schema);
        Some((&self.schema.module(node.module).namespace, &node.name))
    }

    /// The type that took a leaf's value.
    fn kind(&self, inst: Inst) -> Option<&'t TypeKind> {
        let node = self.tree.get(inst);
        if node.invalid {
            self.doubtful.set(true);
        }
        if inst == Inst::ROOT || node.invalid || self.schema.value_type(node.schema).is_none() {
            return None;
        }
        Some(&self.schema.ty(node.ty).kind)
    }

    /// Section 10.3.1: the nodes that the first leaf refers to.
    fn deref(&self, nodes: &[Inst]) -> Value<'t> {
        let found = self.first(nodes).map_or_else(Vec::new, |node| {
            let instance = self.tree.get(node);
            if node == Inst::ROOT {
                return Vec::new();
            }
            if instance.invalid {
                self.doubtful.set(true);
            }
            // In a union it is the member that took the value.
            let own = self.schema.value_type(instance.schema);
            let leafref = instance.leafref.or(own).and_then(|ty| {
                self.schema
                    .leafrefs(instance.schema)
                    .iter()
                    .find(|leafref| leafref.ty == ty)
            });
            leafref.map_or_else(Vec::new, |leafref| {
                let targets = self.evaluate(&leafref.path, node).into_nodes();
                let same = |&target: &Inst| self.tree.get(target).value == instance.value;
                targets.into_iter().filter(same).collect()
            })
        });
        Value::Nodes(found.into())
    }

    /// Sections 10.4.1 and 10.4.2: whether any of the nodes names an identity that is derived from
    /// a base, or is the base itself.
    fn derived(&self, nodes: &[Inst], base: &Expr, or_self: bool) -> bool {
        let Expr::Identity(base) = base else { return false };
        nodes.iter().any(|&node| {
            let text = self.node_text(node);
            if !matches!(self.kind(node), Some(TypeKind::Identityref { .. })) {
                return false;
            }
            let identity = text.split_once(':').and_then(|(module, name)| {
                self.schema
                    .identity_named(self.schema.module_named(module)?, name)
            });
            identity.is_some_and(|id| self.schema.is_derived(id, *base) || or_self && id == *base)
        })
    }

    /// Section 10.5.1: the value of an enum.
    fn enum_value(&self, nodes: &[Inst]) -> f64 {
        let found = self.first(nodes).and_then(|node| match self.kind(node)? {
            TypeKind::Enumeration(values) => {
                let name = self.node_text(node);
                values.iter().find(|value| *value.name == *name)
            }
            _ => None,
        });
        found.map_or(f64::NAN, |value| value.value as f64)
    }
}
