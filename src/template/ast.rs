//! A template that was read: statements and expressions.

use std::rc::Rc;

use super::error::Text;
use super::value::Value;

/// A template with the blocks that it defines.
#[derive(Debug)]
pub struct Template {
    pub source: Rc<Text>,
    pub body: Vec<Statement>,
    pub blocks: Vec<Rc<Block>>,
}

/// A statement of a template.
#[derive(Debug)]
pub enum Statement {
    /// Text as it is.
    Data(String),
    Print(Vec<Expr>),
    /// An expression for what it does.
    Do(Expr),
    For(Rc<For>),
    /// Conditions in turn, with what is done under them.
    If(Vec<(Expr, Vec<Statement>)>, Vec<Statement>),
    Set(Target, Expr),
    /// A variable with the text of a body, behind filters.
    SetBlock(Target, Vec<FilterCall>, Vec<Statement>),
    With(Vec<(Target, Expr)>, Vec<Statement>),
    Autoescape(Expr, Vec<Statement>),
    Filter(Vec<FilterCall>, Vec<Statement>),
    Macro(Rc<Macro>),
    /// A call with a body as `caller`.
    Call(Expr, Rc<Macro>),
    Block(Rc<Block>),
    Extends(Expr),
    Include(Include),
    Import(Import, Rc<str>),
    /// Names of another template, with the names that they get here.
    From(Import, Vec<(Rc<str>, Rc<str>)>),
    Break,
    Continue,
}

/// A loop over the items of a value.
#[derive(Debug)]
pub struct For {
    pub target: Target,
    pub iter: Expr,
    pub test: Option<Expr>,
    pub body: Vec<Statement>,
    pub otherwise: Vec<Statement>,
    pub is_recursive: bool,
    /// Whether the body has the variable `loop`.
    pub has_loop: bool,
}

/// A macro, or the body of a call.
#[derive(Debug)]
pub struct Macro {
    /// None for the body of a call.
    pub name: Option<Rc<str>>,
    pub parameters: Vec<(Rc<str>, Option<Expr>)>,
    pub body: Vec<Statement>,
    pub has_caller: bool,
    pub has_kwargs: bool,
    pub has_varargs: bool,
}

/// A named block that other templates may replace.
#[derive(Debug)]
pub struct Block {
    pub at: usize,
    pub name: Rc<str>,
    pub body: Vec<Statement>,
    pub is_scoped: bool,
    pub is_required: bool,
}

/// An inclusion of another template.
#[derive(Debug)]
pub struct Include {
    pub template: Expr,
    pub ignores_missing: bool,
    pub has_context: bool,
}

/// An import of another template.
#[derive(Debug)]
pub struct Import {
    pub template: Expr,
    pub has_context: bool,
}

/// What is assigned to.
#[derive(Debug)]
pub enum Target {
    Name(Rc<str>),
    Tuple(Vec<Target>, usize),
    /// An attribute of a namespace, with its offset.
    Attribute(Rc<str>, Rc<str>, usize),
}

/// An expression, with the offset where errors are shown.
#[derive(Debug)]
pub struct Expr {
    pub at: usize,
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Debug)]
pub enum ExprKind {
    Const(Value),
    Name(Rc<str>),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Concat(Vec<Expr>),
    And(Box<(Expr, Expr)>),
    Or(Box<(Expr, Expr)>),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    Plus(Box<Expr>),
    Binary(Operator, Box<(Expr, Expr)>),
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    /// What holds, the condition, what holds otherwise.
    Condition(Box<(Expr, Expr)>, Option<Box<Expr>>),
    Attribute(Box<Expr>, Rc<str>),
    Item(Box<(Expr, Expr)>),
    Slice(Box<Expr>, Box<[Option<Expr>; 3]>),
    Call(Box<Expr>, Arguments),
    Filter(Box<Expr>, FilterCall),
    Test(Box<Expr>, Rc<str>, Arguments),
}

/// A filter with its arguments.
#[derive(Debug)]
pub struct FilterCall {
    pub at: usize,
    pub name: Rc<str>,
    pub arguments: Arguments,
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub struct Arguments {
    pub positional: Vec<Expr>,
    pub named: Vec<(Rc<str>, Expr)>,
    pub list: Option<Box<Expr>>,
    pub mapping: Option<Box<Expr>>,
}

/// An operator between two numbers, texts or lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

impl Operator {
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::FloorDivide => "//",
            Operator::Modulo => "%",
            Operator::Power => "** or pow()",
        }
    }
}

/// A comparison of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
}

impl Comparison {
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterEqual => ">=",
            Comparison::In => "in",
            Comparison::NotIn => "not in",
        }
    }
}
