//! Expressions of XPath 1.0, parsed and resolved against a schema (RFC 7950, section 6.4).

use serde::{Deserialize, Serialize};

use super::ids::{IdentityId, ModuleId, NodeId, PatternId};

/// An expression of XPath 1.0.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Expr {
    /// `a or b`: one of both is true.
    Or(Box<Expr>, Box<Expr>),
    /// `a and b`: both are true.
    And(Box<Expr>, Box<Expr>),
    /// A comparison of two expressions.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// An arithmetic operation on two numbers.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// `-a`: a number with the other sign.
    Negate(Box<Expr>),
    /// `a | b`: the nodes of both sets.
    Union(Box<Expr>, Box<Expr>),
    /// A string of characters.
    Literal(Box<str>),
    /// A number, in double precision.
    Number(f64),
    /// An identity that a function names.
    Identity(IdentityId),
    /// A pattern that `re-match` names.
    Pattern(PatternId),
    /// A call of a function, with its arguments.
    Call(Function, Vec<Expr>),
    /// A location path to a set of nodes.
    Path(Box<Path>),
    /// A path to a field that a flag has replaced.
    Retired(Box<PathRewrite>),
}

/// The answer for a path to a field that a flag of `SYSTEM_DEFAULTS` has replaced: the flag where it is set; else the
/// field, if a config has it still; else the default of the flag.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PathRewrite {
    /// The path to the status of the flag.
    pub status: Expr,
    /// The path to the field.
    pub leaf: Expr,
    /// Values of the field that are written otherwise in the flag, each with the status that says the same.
    pub words: Vec<(Box<str>, Box<str>)>,
    /// What counts where there is neither, in the words of the field.
    pub default: Option<Box<str>>,
}

/// A comparison operator (XPath 1.0, section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `=`: the values are equal.
    Equal,
    /// `!=`: the values are not equal.
    NotEqual,
    /// `<`: the first number is smaller.
    Less,
    /// `<=`: the first number is not larger.
    LessOrEqual,
    /// `>`: the first number is larger.
    Greater,
    /// `>=`: the first number is not smaller.
    GreaterOrEqual,
}

/// An arithmetic operator (XPath 1.0, section 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arithmetic {
    /// `+`: the sum of two numbers.
    Add,
    /// `-`: the difference of two numbers.
    Subtract,
    /// `*`: the product of two numbers.
    Multiply,
    /// `div`: the quotient of two numbers.
    Divide,
    /// `mod`: the remainder of a division.
    Modulo,
}

/// A location path, or a filter expression with steps behind it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Path {
    /// The node where it starts.
    pub start: Start,
    /// Its steps, in their order.
    pub steps: Vec<Step>,
    /// How it can be answered from an index, if it can.
    pub shape: Shape,
}

/// Where a path starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Start {
    /// The root: an absolute path.
    Root,
    /// It starts at the context node.
    Context,
    /// It starts at `current()`, the node with the condition.
    Current,
    /// Any other expression, with predicates.
    Filter(Expr, Vec<Predicate>),
}

/// One step of a path.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// The axis, which is its direction.
    pub axis: Axis,
    /// The test that nodes must pass.
    pub test: Test,
    /// The schema nodes whose instances it can reach.
    pub targets: Vec<NodeId>,
    /// Its predicates, in their order.
    pub predicates: Vec<Predicate>,
}

/// A predicate of a step (XPath 1.0, section 2.4).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Predicate {
    /// The condition, an XPath expression.
    pub condition: Expr,
    /// Parts of the condition, joined by `and`, that an index over the values of a leaf answers.
    /// Only the first predicate of a step has any.
    pub keys: Vec<IndexKey>,
}

/// `leaf = value` in a predicate, where the value does not depend on the item that is looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IndexKey {
    /// A leaf or leaf-list below the items of the step, or the item itself.
    pub leaf: NodeId,
    /// Whether the leaf is the item itself (`[. = value]`).
    pub is_item: bool,
    /// The value that is compared.
    pub value: Expr,
}

/// What is known of a whole path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// It has to be walked.
    Walk,
    /// It reaches every instance of one leaf or leaf-list, wherever it is evaluated.
    AllOf(NodeId),
}

/// The axes (XPath 1.0, section 2.2). Instances have no attributes or namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Axis {
    Child,
    Parent,
    Current,
    Descendant,
    DescendantOrSelf,
    Ancestor,
    AncestorOrSelf,
    Following,
    FollowingSibling,
    Preceding,
    PrecedingSibling,
    Attribute,
}

/// A node test (XPath 1.0, section 2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    /// A name in a module.
    Name(ModuleId, Box<str>),
    /// `*`, or `prefix:*`: any name.
    Any(Option<ModuleId>),
    /// `node()`: any kind of node.
    Node,
    /// `text()`: text nodes, which YANG data has not.
    Text,
    /// `comment()` or `processing-instruction()`: never met.
    Nothing,
}

/// The functions: those of XPath 1.0, and those of RFC 7950, section 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Function {
    BitIsSet,
    Boolean,
    Ceiling,
    Concat,
    Contains,
    Count,
    Current,
    Deref,
    DerivedFrom,
    DerivedFromOrSelf,
    EnumValue,
    False,
    Floor,
    Last,
    LocalName,
    Name,
    NamespaceUri,
    NormalizeSpace,
    Not,
    Number,
    Position,
    ReMatch,
    Round,
    StartsWith,
    String,
    StringLength,
    Substring,
    SubstringAfter,
    SubstringBefore,
    Sum,
    Translate,
    True,
}

impl Function {
    /// Name, fewest and most arguments of each function.
    const TABLE: &[(&str, Function, usize, usize)] = &[
        ("bit-is-set", Function::BitIsSet, 2, 2),
        ("boolean", Function::Boolean, 1, 1),
        ("ceiling", Function::Ceiling, 1, 1),
        ("concat", Function::Concat, 2, usize::MAX),
        ("contains", Function::Contains, 2, 2),
        ("count", Function::Count, 1, 1),
        ("current", Function::Current, 0, 0),
        ("deref", Function::Deref, 1, 1),
        ("derived-from", Function::DerivedFrom, 2, 2),
        ("derived-from-or-self", Function::DerivedFromOrSelf, 2, 2),
        ("enum-value", Function::EnumValue, 1, 1),
        ("false", Function::False, 0, 0),
        ("floor", Function::Floor, 1, 1),
        ("last", Function::Last, 0, 0),
        ("local-name", Function::LocalName, 0, 1),
        ("name", Function::Name, 0, 1),
        ("namespace-uri", Function::NamespaceUri, 0, 1),
        ("normalize-space", Function::NormalizeSpace, 0, 1),
        ("not", Function::Not, 1, 1),
        ("number", Function::Number, 0, 1),
        ("position", Function::Position, 0, 0),
        ("re-match", Function::ReMatch, 2, 2),
        ("round", Function::Round, 1, 1),
        ("starts-with", Function::StartsWith, 2, 2),
        ("string", Function::String, 0, 1),
        ("string-length", Function::StringLength, 0, 1),
        ("substring", Function::Substring, 2, 3),
        ("substring-after", Function::SubstringAfter, 2, 2),
        ("substring-before", Function::SubstringBefore, 2, 2),
        ("sum", Function::Sum, 1, 1),
        ("translate", Function::Translate, 3, 3),
        ("true", Function::True, 0, 0),
    ];

    /// The function of this name, with the number of arguments that it takes.
    pub(in crate::schema) fn named(name: &str) -> Option<(Function, usize, usize)> {
        let at = Self::TABLE.binary_search_by(|row| row.0.cmp(name)).ok()?;
        let (_, function, fewest, most) = Self::TABLE[at];
        Some((function, fewest, most))
    }
}

impl Expr {
    /// Calls `visit` for every path in the expression, also those inside predicates.
    pub fn for_each_path<'a>(&'a self, visit: &mut impl FnMut(&'a Path)) {
        match self {
            Expr::Or(a, b)
            | Expr::And(a, b)
            | Expr::Compare(_, a, b)
            | Expr::Arithmetic(_, a, b)
            | Expr::Union(a, b) => {
                a.for_each_path(visit);
                b.for_each_path(visit);
            }
            Expr::Negate(a) => a.for_each_path(visit),
            Expr::Call(_, args) => args.iter().for_each(|arg| arg.for_each_path(visit)),
            Expr::Path(path) => {
                visit(path);
                if let Start::Filter(base, predicates) = &path.start {
                    base.for_each_path(visit);
                    for predicate in predicates {
                        predicate.condition.for_each_path(visit);
                    }
                }
                for predicate in path.steps.iter().flat_map(|step| &step.predicates) {
                    predicate.condition.for_each_path(visit);
                }
            }
            Expr::Retired(answer) => {
                answer.status.for_each_path(visit);
                answer.leaf.for_each_path(visit);
            }
            Expr::Literal(_) | Expr::Number(_) | Expr::Identity(_) | Expr::Pattern(_) => {}
        }
    }
}
