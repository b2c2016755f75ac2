//! Variables, and where they are known.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashSet};

use crate::template::ast::{Block, Template};
use crate::template::value::Value;

/// How many variables are searched for one by one.
const FEW: usize = 8;

/// Variables by name. Most scopes have few, and there are many scopes.
#[derive(Debug)]
enum Variables {
    Few(Vec<(Rc<str>, Value)>),
    Many(IndexMap<Rc<str>, Value, FxBuildHasher>),
}

impl Default for Variables {
    fn default() -> Self {
        Variables::Few(Vec::new())
    }
}

impl Variables {
    fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Variables::Few(few) => few.iter().find(|(own, _)| **own == *name).map(|(_, value)| value),
            Variables::Many(many) => many.get(name),
        }
    }

    /// Sets a variable, and gives its old value.
    fn insert(&mut self, name: Rc<str>, value: Value) -> Option<Value> {
        match self {
            Variables::Few(few) => {
                if let Some((_, own)) = few.iter_mut().find(|(own, _)| *own == name) {
                    return Some(std::mem::replace(own, value));
                }
                few.push((name, value));
                if few.len() > FEW {
                    *self = Variables::Many(std::mem::take(few).into_iter().collect());
                }
                None
            }
            Variables::Many(many) => many.insert(name, value),
        }
    }

    fn names(&self) -> Vec<Rc<str>> {
        match self {
            Variables::Few(few) => few.iter().map(|(name, _)| name.clone()).collect(),
            Variables::Many(many) => many.keys().cloned().collect(),
        }
    }
}

/// Variables of a part of a template, above those of what is around it.
#[derive(Debug)]
pub struct Scope {
    variables: RefCell<Variables>,
    /// What is around; nothing around the variables that a template is given.
    around: Option<Rc<Scope>>,
    /// The template that it belongs to; none for the variables that a template is given.
    pub frame: Option<Rc<Frame>>,
    /// Whether it is the outermost one of a template.
    pub is_top: bool,
}

/// A block, with the template that defines it.
type OwnBlock = (Rc<Template>, Rc<Block>);

/// What the parts of a template share while it is carried out.
#[derive(Debug, Default)]
pub struct Frame {
    /// For each name, the blocks of the template and of those that it extends, in turn.
    pub blocks: RefCell<IndexMap<Rc<str>, Vec<OwnBlock>, FxBuildHasher>>,
    /// Whether the template extends another one, so that its own text counts no more.
    pub is_extended: Cell<bool>,
    /// The template that this one extends.
    pub extended: RefCell<Option<Rc<Template>>>,
    /// Names that are not exported.
    pub hidden: RefCell<FxHashSet<Rc<str>>>,
}

impl Scope {
    /// A scope with variables that templates are given, above others that all of them have.
    pub fn given(
        variables: impl IntoIterator<Item = (Rc<str>, Value)>,
        around: Option<Rc<Scope>>,
    ) -> Rc<Self> {
        Rc::new(Scope {
            variables: RefCell::new(Variables::Many(variables.into_iter().collect())),
            around,
            frame: None,
            is_top: false,
        })
    }

    /// The outermost scope of a template.
    pub fn top(base: Rc<Scope>, frame: Frame) -> Rc<Self> {
        Rc::new(Scope {
            variables: RefCell::default(),
            around: Some(base),
            frame: Some(Rc::new(frame)),
            is_top: true,
        })
    }

    /// A scope within another one.
    pub fn inner(around: &Rc<Scope>) -> Rc<Self> {
        Rc::new(Scope {
            variables: RefCell::default(),
            around: Some(around.clone()),
            frame: around.frame.clone(),
            is_top: false,
        })
    }

    /// The outermost scope of the template around it.
    pub fn top_of(self: &Rc<Self>) -> Rc<Self> {
        let mut scope = self;
        while !scope.is_top
            && let Some(around) = &scope.around
        {
            scope = around;
        }
        scope.clone()
    }

    /// The scope with the variables that all templates have.
    pub fn globals(self: &Rc<Self>) -> Rc<Self> {
        let mut scope = self;
        while let Some(around) = &scope.around {
            scope = around;
        }
        scope.clone()
    }

    /// Everything that is known here, as what another template is given.
    pub fn snapshot(self: &Rc<Self>) -> Rc<Self> {
        let mut all = IndexMap::<Rc<str>, Value, FxBuildHasher>::default();
        let mut scope = self;
        while let (Some(_), Some(around)) = (&scope.frame, &scope.around) {
            for name in scope.variables.borrow().names() {
                if !all.contains_key(&name)
                    && let Some(value) = scope.own(&name)
                {
                    all.insert(name, value);
                }
            }
            scope = around;
        }
        Scope::given(all, Some(scope.clone()))
    }

    pub fn get(&self, name: &str) -> Option<Value> {
        let mut scope = self;
        loop {
            if let Some(value) = scope.variables.borrow().get(name) {
                return Some(value.clone());
            }
            scope = scope.around.as_ref()?;
        }
    }

    pub fn set(&self, name: Rc<str>, value: Value) {
        let old = self.variables.borrow_mut().insert(name, value);
        drop(old);
    }

    /// Takes all variables away.
    pub fn clear(&self) {
        drop(self.variables.take());
    }

    /// A variable that the template itself sets.
    pub fn own(&self, name: &str) -> Option<Value> {
        self.variables.borrow().get(name).cloned()
    }
}
