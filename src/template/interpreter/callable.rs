//! What can be called: macros, methods, functions, blocks.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::template::args::{Args, int_argument};
use crate::template::ast::{Expr, ExprKind, Macro, Template};
use crate::template::error::{Error, Result};
use crate::template::methods;
use crate::template::value::{Cycler, Dict, Key, Range, Value, repr_of_text};

use super::{Interpreter, Scope};

/// How many instructions a call of a macro costs, its body aside.
const CALL: usize = 16;

/// A function of the caller of the engine.
pub type Function = Box<dyn Fn(&Interpreter, &Args) -> Result<Value>>;

/// Something that can be called.
pub enum Callable {
    /// A macro, with the scope and the template in which it is defined.
    Macro(Rc<Macro>, Rc<Scope>, Rc<Template>),
    /// A method of a value.
    Method(Value, Rc<str>),
    /// A function that every template has.
    Builtin(Rc<str>),
    /// A function of the caller of the engine, by its name.
    Function(&'static str, Function),
    /// A block: its name, how many templates up, and the outermost scope of its template.
    Block(Rc<str>, usize, Rc<Scope>),
    /// A text from its second use on.
    Joiner(String, Cell<bool>),
}

impl std::fmt::Debug for Callable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.described())
    }
}

impl Callable {
    pub fn type_name(&self) -> &'static str {
        match self {
            Callable::Macro(..) => "Macro",
            Callable::Method(..) => "builtin_function_or_method",
            Callable::Builtin(_) => "type",
            Callable::Function(..) => "function",
            Callable::Block(..) => "BlockReference",
            Callable::Joiner(..) => "Joiner",
        }
    }

    /// How it is output.
    pub fn described(&self) -> String {
        match self {
            Callable::Macro(own, ..) => match &own.name {
                Some(name) => format!("<Macro {}>", repr_of_text(name)),
                None => "<Macro anonymous>".to_owned(),
            },
            Callable::Method(value, name) => {
                format!("<built-in method {name} of {} object>", value.type_name())
            }
            Callable::Builtin(name) => match &**name {
                "range" | "dict" => format!("<class '{name}'>"),
                "namespace" => "<class 'jinja2.utils.Namespace'>".to_owned(),
                "cycler" => "<class 'jinja2.utils.Cycler'>".to_owned(),
                _ => "<class 'jinja2.utils.Joiner'>".to_owned(),
            },
            Callable::Function(name, _) => format!("<function {name}>"),
            Callable::Block(name, ..) => format!("<BlockReference {}>", repr_of_text(name)),
            Callable::Joiner(..) => "<jinja2.utils.Joiner object>".to_owned(),
        }
    }

    /// What it says about itself.
    pub fn property(&self, name: &str) -> Option<Value> {
        match (self, name) {
            (Callable::Macro(own, ..), _) => Some(match name {
                "name" => own.name.as_ref().map_or(Value::None, |name| Value::from(&**name)),
                "arguments" => {
                    let names = own.parameters.iter().map(|(name, _)| Value::from(&**name));
                    Value::tuple(names.collect())
                }
                "catch_kwargs" => Value::Bool(own.has_kwargs),
                "catch_varargs" => Value::Bool(own.has_varargs),
                "caller" => Value::Bool(own.has_caller),
                _ => return None,
            }),
            (Callable::Block(name, level, scope), "super") => Some(parent(name, *level, scope)),
            _ => None,
        }
    }
}

/// The block of this name that the next template up defines.
pub(super) fn parent(name: &Rc<str>, level: usize, scope: &Rc<Scope>) -> Value {
    let count = scope
        .frame
        .as_ref()
        .and_then(|frame| Some(frame.blocks.borrow().get(name)?.len()));
    if count.is_none_or(|count| level + 1 >= count) {
        return Value::missing(format!("there is no parent block called {}.", repr_of_text(name)));
    }
    Value::Callable(Rc::new(Callable::Block(name.clone(), level + 1, scope.clone())))
}

impl Interpreter {
    /// Calls a value.
    ///
    /// # Errors
    /// It cannot be called, or it refuses.
    pub fn call(&self, callee: &Value, args: &Args) -> Result<Value> {
        match callee {
            Value::Undefined(missing) => Err(missing.error()),
            Value::Callable(callable) => match &**callable {
                Callable::Macro(own, scope, template) => self.call_macro(own, (scope, template), args),
                Callable::Method(value, name) => methods::call(self, value, name, args),
                Callable::Builtin(name) => self.call_builtin(name, args),
                Callable::Function(_, function) => function(self, args),
                Callable::Block(name, level, scope) => {
                    args.none(name)?;
                    let output = self.captured(|| self.run_block_of(name, *level, scope, scope))?;
                    Ok(self.output_value(&output))
                }
                Callable::Joiner(separator, is_used) => {
                    args.none("joiner")?;
                    Ok(if is_used.replace(true) {
                        Value::from(separator.as_str())
                    } else {
                        Value::from("")
                    })
                }
            },
            Value::Loop(state) => self.call_loop(state, args),
            _ => Err(callee.lacks("is not callable")),
        }
    }

    fn call_builtin(&self, name: &str, args: &Args) -> Result<Value> {
        match name {
            "range" => {
                let [start, stop, step] = args.bind("range", ["", "", ""], 1)?;
                let number = |value: Option<Value>| value.map(|value| int_argument(&value)).transpose();
                let (start, stop, step) = (number(start)?, number(stop)?, number(step)?);
                let (start, stop) = match stop {
                    Some(stop) => (start.unwrap_or(0), stop),
                    None => (0, start.unwrap_or(0)),
                };
                let step = step.unwrap_or(1);
                if step == 0 {
                    return Err(Error::value("range() arg 3 must not be zero"));
                }
                let limit = 1i128 << 100;
                if [start, stop, step]
                    .iter()
                    .any(|number| !(-limit..=limit).contains(number))
                {
                    return Err(Error::overflow());
                }
                Ok(Value::Range(Rc::new(Range { start, stop, step })))
            }
            "dict" | "namespace" => {
                let [other] = Args::of(args.positional.clone()).bind(name, [""], 0)?;
                let mut pairs = match other {
                    Some(other) => self.pairs(&other)?,
                    None => Vec::new(),
                };
                pairs.extend(
                    args.named
                        .iter()
                        .map(|(name, value)| (Key::from(&**name), value.clone())),
                );
                let dict = Rc::new(Dict(RefCell::new(pairs.into_iter().collect())));
                Ok(if name == "dict" {
                    Value::Dict(dict)
                } else {
                    Value::Namespace(dict)
                })
            }
            "cycler" => {
                if args.positional.is_empty() {
                    return Err(Error::runtime("at least one item has to be provided"));
                }
                let items = args.positional.clone();
                Ok(Value::Cycler(Rc::new(Cycler {
                    items,
                    at: Cell::new(0),
                })))
            }
            _ => {
                let [separator] = args.bind("joiner", ["sep"], 0)?;
                let separator =
                    separator.map_or_else(|| Ok(", ".to_owned()), |separator| self.text(&separator))?;
                Ok(Value::Callable(Rc::new(Callable::Joiner(
                    separator,
                    Cell::new(false),
                ))))
            }
        }
    }

    fn call_macro(
        &self,
        own: &Rc<Macro>,
        (around, template): (&Rc<Scope>, &Rc<Template>),
        args: &Args,
    ) -> Result<Value> {
        let name = own
            .name
            .as_ref()
            .map_or_else(|| "None".to_owned(), |name| repr_of_text(name));
        let refused = |message: String| Error::type_error(format!("macro {name} {message}"));
        self.budget.spend(CALL)?;
        let scope = Scope::inner(around);
        let mut named = args.named.clone();
        let mut take = |name: &str| {
            let at = named.iter().position(|(own, _)| &**own == name)?;
            Some(named.remove(at).1)
        };
        let count = own.parameters.len();
        let mut has_caller = false;
        let mut given = Vec::with_capacity(count);
        for (at, (parameter, _)) in own.parameters.iter().enumerate() {
            has_caller |= &**parameter == "caller";
            let value = match args.positional.get(at) {
                Some(value) => Some(value.clone()),
                None => take(parameter),
            };
            given.push(value);
        }
        if own.has_caller && !has_caller {
            let caller = take("caller").unwrap_or_else(|| Value::missing("No caller defined"));
            scope.set(Rc::from("caller"), caller);
        }
        if own.has_kwargs {
            let pairs = named
                .iter()
                .map(|(name, value)| (Key::from(&**name), value.clone()));
            scope.set(Rc::from("kwargs"), pairs.collect());
        } else if let Some((unknown, _)) = named.first() {
            return Err(refused(format!(
                "takes no keyword argument {}",
                repr_of_text(unknown)
            )));
        }
        let rest: Vec<Value> = args.positional.iter().skip(count).cloned().collect();
        if own.has_varargs {
            scope.set(Rc::from("varargs"), Value::tuple(rest));
        } else if !rest.is_empty() {
            return Err(refused(format!("takes not more than {count} argument(s)")));
        }
        let before = self.template.replace(template.clone());
        let output = self.deeper(|| {
            for ((parameter, default), value) in own.parameters.iter().zip(given) {
                let value = match (value, default) {
                    (Some(value), _) => value,
                    (None, Some(default)) => self.eval(default, &scope)?,
                    (None, None) => {
                        Value::missing(format!("parameter {} was not provided", repr_of_text(parameter)))
                    }
                };
                scope.set(parameter.clone(), value);
            }
            self.captured(|| self.run_all(&own.body, &scope).map(drop))
        });
        self.template.replace(before);
        output.map(|output| self.output_value(&output))
    }

    /// A macro as it is defined in a scope.
    pub(super) fn macro_value(&self, own: &Rc<Macro>, scope: &Rc<Scope>) -> Value {
        let template = self.template.borrow().clone();
        if own.name.is_some() {
            self.with_macros.borrow_mut().push(Rc::downgrade(scope));
        }
        Value::Callable(Rc::new(Callable::Macro(own.clone(), scope.clone(), template)))
    }

    /// The outcome of a call with a body, which the macro gets as `caller`.
    pub(super) fn eval_call_block(&self, call: &Expr, own: &Rc<Macro>, scope: &Rc<Scope>) -> Result<Value> {
        let ExprKind::Call(callee, arguments) = &call.kind else {
            return Ok(Value::None);
        };
        let callee = self.eval(callee, scope)?;
        let mut args = self.arguments(arguments, scope)?;
        let caller = self.macro_value(own, scope);
        args.named.push((Rc::from("caller"), caller));
        let made = self.call(&callee, &args);
        made.map_err(|error| self.placed(error, call.at))
    }
}
