//! Tokens as a template: the statements. Expressions are in [`expression`].

mod expression;

use std::rc::Rc;

use super::ast::{
    Arguments, Block, Expr, FilterCall, For, Import, Include, Macro, Statement, Target, Template,
};
use super::error::{Error, ErrorKind, Result, Text};
use super::lexer::{self, Kind, Token};

/// How deep statements and expressions may be nested.
const MAX_DEPTH: usize = 200;

/// What a template may use beside what every template may.
pub struct Dialect<'d> {
    /// Whether a filter of this name is known.
    pub has_filter: &'d dyn Fn(&str) -> bool,
    /// Whether a test of this name is known.
    pub has_test: &'d dyn Fn(&str) -> bool,
    /// Whether there are `do`, `break` and `continue`.
    pub has_extensions: bool,
}

/// Reads a template.
///
/// # Errors
/// [`ErrorKind::Syntax`], with the place.
pub fn parse(name: &str, text: &str, dialect: &Dialect) -> Result<Rc<Template>> {
    let source = Rc::new(Text {
        name: name.to_owned(),
        text: lexer::normalize(text),
    });
    let mut parser = Parser {
        tokens: lexer::tokens(&source)?,
        source,
        dialect,
        at: 0,
        depth: 0,
        loops: 0,
        names: Vec::new(),
        unknown: Vec::new(),
        missing: Vec::new(),
        blocks: Vec::new(),
    };
    let body = parser.statements(&[], "")?;
    let missing = parser.unknown.iter().chain(&parser.missing);
    if let Some((at, message)) = missing.min_by_key(|(at, _)| *at) {
        return parser.fail_at(message.clone(), *at);
    }
    Ok(Rc::new(Template {
        source: parser.source,
        body,
        blocks: parser.blocks,
    }))
}

struct Parser<'d> {
    source: Rc<Text>,
    dialect: &'d Dialect<'d>,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// How many loops are around.
    loops: usize,
    /// The names that were read, in order.
    names: Vec<Rc<str>>,
    /// Filters and tests that are not known; those below a condition are errors only when they are used.
    unknown: Vec<(usize, String)>,
    /// Those that are errors also where they are not used.
    missing: Vec<(usize, String)>,
    blocks: Vec<Rc<Block>>,
}

impl Parser<'_> {
    fn fail_at<T>(&self, message: impl Into<String>, at: usize) -> Result<T> {
        Err(Error::new(ErrorKind::Syntax, message).at(&self.source, at))
    }

    fn offset(&self) -> usize {
        self.tokens[self.at].at
    }

    fn kind(&self) -> &Kind {
        &self.tokens[self.at].kind
    }

    fn ahead(&self) -> &Kind {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + 1).min(last)].kind
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.kind(), Kind::Sign(own) if *own == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.kind(), Kind::Name(own) if &**own == word)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let is_there = self.is_sign(sign);
        if is_there {
            self.advance();
        }
        is_there
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_there = self.is_word(word);
        if is_there {
            self.advance();
        }
        is_there
    }

    /// How messages call the current token.
    fn shown(&self) -> String {
        match self.kind() {
            Kind::Data(_) => "text".to_owned(),
            Kind::VariableBegin => "`{{`".to_owned(),
            Kind::VariableEnd => "`}}`".to_owned(),
            Kind::BlockBegin => "`{%`".to_owned(),
            Kind::BlockEnd => "`%}`".to_owned(),
            Kind::Name(name) => format!("`{name}`"),
            Kind::Text(_) => "a string".to_owned(),
            Kind::Integer(_) | Kind::Float(_) => "a number".to_owned(),
            Kind::Sign(sign) => format!("`{sign}`"),
            Kind::End => "the end of the template".to_owned(),
        }
    }

    fn unexpected<T>(&self, expected: &str) -> Result<T> {
        let message = format!("{} stands where {expected} is expected", self.shown());
        self.fail_at(message, self.offset())
    }

    fn expect_sign(&mut self, sign: &str) -> Result<()> {
        if self.take_sign(sign) {
            return Ok(());
        }
        self.unexpected(&format!("`{sign}`"))
    }

    fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.take_word(word) {
            return Ok(());
        }
        self.unexpected(&format!("`{word}`"))
    }

    fn expect_block_end(&mut self) -> Result<()> {
        if *self.kind() == Kind::BlockEnd {
            self.advance();
            return Ok(());
        }
        self.unexpected("`%}`")
    }

    fn name(&mut self) -> Result<Rc<str>> {
        if let Kind::Name(name) = self.kind() {
            let name = name.clone();
            self.advance();
            return Ok(name);
        }
        self.unexpected("a name")
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            let message = format!("it is nested more than {MAX_DEPTH} deep");
            return self.fail_at(message, self.offset());
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Statements up to a tag with one of these words, whose word is then the current token.
    fn statements(&mut self, ends: &[&str], opening: &str) -> Result<Vec<Statement>> {
        let start = self.offset();
        self.deeper(|parser| parser.statements_up_to(ends, opening, start))
    }

    fn statements_up_to(&mut self, ends: &[&str], opening: &str, start: usize) -> Result<Vec<Statement>> {
        let mut body = Vec::new();
        loop {
            match self.kind() {
                Kind::Data(data) => {
                    body.push(Statement::Data(data.clone()));
                    self.advance();
                }
                Kind::VariableBegin => {
                    self.advance();
                    let expression = self.tuple(true, &[])?;
                    if *self.kind() != Kind::VariableEnd {
                        return self.unexpected("`}}`");
                    }
                    self.advance();
                    body.push(Statement::Print(vec![expression]));
                }
                Kind::BlockBegin => {
                    self.advance();
                    let is_end = matches!(self.kind(), Kind::Name(name) if ends.contains(&&**name));
                    if is_end {
                        return Ok(body);
                    }
                    if let Some(statement) = self.statement(ends)? {
                        body.push(statement);
                    }
                    self.expect_block_end()?;
                }
                Kind::End if ends.is_empty() => return Ok(body),
                _ => {
                    let ends = ends
                        .iter()
                        .map(|end| format!("`{end}`"))
                        .collect::<Vec<_>>()
                        .join(" or ");
                    return self.fail_at(format!("`{opening}` without {ends}"), start);
                }
            }
        }
    }

    /// The body behind a tag's end, up to one of these words.
    fn body(&mut self, ends: &[&str], opening: &str) -> Result<Vec<Statement>> {
        // The colon of Python is allowed.
        self.take_sign(":");
        self.expect_block_end()?;
        self.statements(ends, opening)
    }

    /// As [`Parser::body`], with variables of its own: what it does not know is an error also below a condition.
    fn inner_body(&mut self, ends: &[&str], opening: &str) -> Result<Vec<Statement>> {
        let start = self.unknown.len();
        let body = self.body(ends, opening)?;
        self.missing.extend(self.unknown.drain(start..));
        Ok(body)
    }

    /// As [`Parser::inner_body`] with one end, which is gone behind.
    fn body_to(&mut self, end: &str, opening: &str) -> Result<Vec<Statement>> {
        let body = self.inner_body(&[end], opening)?;
        self.advance();
        Ok(body)
    }

    fn statement(&mut self, ends: &[&str]) -> Result<Option<Statement>> {
        let at = self.offset();
        let word = self.name()?;
        Ok(Some(match &*word {
            "for" => self.for_loop()?,
            "if" => self.condition()?,
            "set" => self.set()?,
            "with" => self.with()?,
            "macro" => self.macro_definition()?,
            "call" => self.call_block()?,
            "filter" => {
                let mut filters = vec![self.filter_call()?];
                filters.extend(self.filter_calls()?);
                Statement::Filter(filters, self.body_to("endfilter", "filter")?)
            }
            "block" => self.block(at)?,
            "extends" => Statement::Extends(self.expression()?),
            "include" => {
                let template = self.expression()?;
                let ignores_missing = self.is_word("ignore")
                    && matches!(self.ahead(), Kind::Name(name) if &**name == "missing");
                if ignores_missing {
                    self.advance();
                    self.advance();
                }
                Statement::Include(Include {
                    template,
                    ignores_missing,
                    has_context: self.context()?.unwrap_or(true),
                })
            }
            "import" => {
                let template = self.expression()?;
                self.expect_word("as")?;
                let name = self.assigned_name()?;
                let has_context = self.context()?.unwrap_or(false);
                Statement::Import(
                    Import {
                        template,
                        has_context,
                    },
                    name,
                )
            }
            "from" => self.import_of_names()?,
            "print" => {
                let mut expressions = vec![self.expression()?];
                while self.take_sign(",") {
                    expressions.push(self.expression()?);
                }
                Statement::Print(expressions)
            }
            "autoescape" => {
                let is_on = self.expression()?;
                Statement::Autoescape(is_on, self.body_to("endautoescape", "autoescape")?)
            }
            "do" if self.dialect.has_extensions => Statement::Do(self.tuple(true, &[])?),
            "break" | "continue" if self.dialect.has_extensions => {
                if self.loops == 0 {
                    return self.fail_at(format!("`{word}` outside a loop"), at);
                }
                if &*word == "break" {
                    Statement::Break
                } else {
                    Statement::Continue
                }
            }
            _ => {
                let expected = match ends {
                    [] => String::new(),
                    _ => format!(", where `{}` is expected", ends.join("` or `")),
                };
                return self.fail_at(format!("there is no tag `{word}`{expected}"), at);
            }
        }))
    }

    /// `with context` or `without context`.
    fn context(&mut self) -> Result<Option<bool>> {
        let has = match (self.kind(), self.ahead()) {
            (Kind::Name(word), Kind::Name(context)) if &**context == "context" => match &**word {
                "with" => true,
                "without" => false,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.advance();
        self.advance();
        Ok(Some(has))
    }

    fn for_loop(&mut self) -> Result<Statement> {
        let at = self.offset();
        let target = self.target(false, &["in"])?;
        if is_loop(&target) {
            return self.fail_at("`loop` cannot be assigned to", at);
        }
        self.expect_word("in")?;
        let iter = self.tuple(false, &["recursive"])?;
        let test = if self.take_word("if") {
            Some(self.expression()?)
        } else {
            None
        };
        let is_recursive = self.take_word("recursive");
        let names = self.names.len();
        self.loops += 1;
        let body = self.inner_body(&["endfor", "else"], "for");
        self.loops -= 1;
        let body = body?;
        let has_scoped = self.blocks.iter().any(|block| block.is_scoped);
        let has_loop = is_recursive || has_scoped || self.names[names..].iter().any(|name| &**name == "loop");
        let otherwise = if self.take_word("else") {
            self.inner_body(&["endfor"], "for")?
        } else {
            Vec::new()
        };
        self.advance();
        Ok(Statement::For(Rc::new(For {
            target,
            iter,
            test,
            body,
            otherwise,
            is_recursive,
            has_loop,
        })))
    }

    fn condition(&mut self) -> Result<Statement> {
        let unknown = self.unknown.len();
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            let test = self.tuple(false, &[])?;
            branches.push((test, self.body(&["elif", "else", "endif"], "if")?));
            if self.take_word("elif") {
                continue;
            }
            if self.take_word("else") {
                otherwise = self.body(&["endif"], "if")?;
            }
            self.advance();
            self.unknown.truncate(unknown);
            return Ok(Statement::If(branches, otherwise));
        }
    }

    fn set(&mut self) -> Result<Statement> {
        let target = self.target(true, &[])?;
        if self.take_sign("=") {
            return Ok(Statement::Set(target, self.tuple(true, &[])?));
        }
        let filters = self.filter_calls()?;
        let body = self.body_to("endset", "set")?;
        Ok(Statement::SetBlock(target, filters, body))
    }

    fn with(&mut self) -> Result<Statement> {
        let mut values: Vec<(Target, Expr)> = Vec::new();
        while *self.kind() != Kind::BlockEnd {
            if !values.is_empty() {
                self.expect_sign(",")?;
            }
            let target = self.target(false, &[])?;
            self.expect_sign("=")?;
            values.push((target, self.expression()?));
        }
        Ok(Statement::With(values, self.body_to("endwith", "with")?))
    }

    /// The parameters of a macro or of the body of a call.
    fn parameters(&mut self) -> Result<Vec<(Rc<str>, Option<Expr>)>> {
        let mut parameters: Vec<(Rc<str>, Option<Expr>)> = Vec::new();
        self.expect_sign("(")?;
        while !self.is_sign(")") {
            if !parameters.is_empty() {
                self.expect_sign(",")?;
            }
            let at = self.offset();
            let name = self.assigned_name()?;
            let default = if self.take_sign("=") {
                Some(self.expression()?)
            } else {
                None
            };
            if default.is_none() && parameters.last().is_some_and(|(_, default)| default.is_some()) {
                return self.fail_at("a parameter without a default follows one with a default", at);
            }
            parameters.push((name, default));
        }
        self.expect_sign(")")?;
        Ok(parameters)
    }

    /// A macro from its body on. `names` is where the names that it reads begin.
    fn macro_of(
        &mut self,
        name: Option<Rc<str>>,
        parameters: Vec<(Rc<str>, Option<Expr>)>,
        names: usize,
    ) -> Result<Rc<Macro>> {
        let opening = if name.is_some() { "macro" } else { "call" };
        let loops = std::mem::take(&mut self.loops);
        let body = self.body_to(&format!("end{opening}"), opening);
        self.loops = loops;
        let is_parameter = |word: &str| parameters.iter().any(|(name, _)| &**name == word);
        let reads = |word: &str| self.names[names..].iter().any(|name| &**name == word);
        Ok(Rc::new(Macro {
            name,
            has_caller: reads("caller") || is_parameter("caller"),
            has_kwargs: reads("kwargs") && !is_parameter("kwargs"),
            has_varargs: reads("varargs") && !is_parameter("varargs"),
            parameters,
            body: body?,
        }))
    }

    fn macro_definition(&mut self) -> Result<Statement> {
        let names = self.names.len();
        let name = self.assigned_name()?;
        let parameters = self.parameters()?;
        Ok(Statement::Macro(self.macro_of(Some(name), parameters, names)?))
    }

    fn call_block(&mut self) -> Result<Statement> {
        let names = self.names.len();
        let parameters = if self.is_sign("(") {
            self.parameters()?
        } else {
            Vec::new()
        };
        let at = self.offset();
        let call = self.expression()?;
        if !matches!(call.kind, super::ast::ExprKind::Call(..)) {
            return self.fail_at("a call is expected", at);
        }
        Ok(Statement::Call(call, self.macro_of(None, parameters, names)?))
    }

    fn block(&mut self, at: usize) -> Result<Statement> {
        let name = self.name()?;
        let is_scoped = self.take_word("scoped");
        let is_required = self.take_word("required");
        let loops = std::mem::take(&mut self.loops);
        let body = self.inner_body(&["endblock"], "block");
        self.loops = loops;
        let body = body?;
        self.advance();
        self.take_word(&name);
        if self.blocks.iter().any(|block| block.name == name) {
            return self.fail_at(format!("the block `{name}` is defined twice"), at);
        }
        let block = Rc::new(Block {
            at,
            name,
            body,
            is_scoped,
            is_required,
        });
        self.blocks.push(block.clone());
        Ok(Statement::Block(block))
    }

    fn import_of_names(&mut self) -> Result<Statement> {
        let template = self.expression()?;
        self.expect_word("import")?;
        let mut names: Vec<(Rc<str>, Rc<str>)> = Vec::new();
        let context = loop {
            if let Some(has_context) = self.context()? {
                break Some(has_context);
            }
            if !names.is_empty() && !self.take_sign(",") {
                break None;
            }
            if let Some(has_context) = self.context()? {
                break Some(has_context);
            }
            if !matches!(self.kind(), Kind::Name(_)) {
                break None;
            }
            let at = self.offset();
            let name = self.assigned_name()?;
            if name.starts_with('_') {
                return self.fail_at(
                    "a name with an underscore at its beginning cannot be imported",
                    at,
                );
            }
            let own = if self.take_word("as") {
                self.assigned_name()?
            } else {
                name.clone()
            };
            names.push((name, own));
        };
        if context.is_none() && names.is_empty() {
            return self.unexpected("a name");
        }
        let has_context = context.unwrap_or(false);
        Ok(Statement::From(
            Import {
                template,
                has_context,
            },
            names,
        ))
    }

    fn assigned_name(&mut self) -> Result<Rc<str>> {
        let at = self.offset();
        let name = self.name()?;
        if ["true", "false", "none", "True", "False", "None"].contains(&&*name) {
            return self.fail_at(format!("`{name}` cannot be assigned to"), at);
        }
        Ok(name)
    }

    /// What is assigned to: names, and attributes of namespaces where these are allowed.
    fn target(&mut self, has_attributes: bool, ends: &[&str]) -> Result<Target> {
        let at = self.offset();
        let mut targets = Vec::new();
        loop {
            let is_end = self.is_sign(")") || ends.iter().any(|end| self.is_word(end)) || self.is_sign("=");
            if !targets.is_empty() && is_end {
                break;
            }
            targets.push(self.target_part(has_attributes)?);
            if !self.take_sign(",") {
                if targets.len() == 1
                    && let Some(only) = targets.pop()
                {
                    return Ok(only);
                }
                break;
            }
        }
        Ok(Target::Tuple(targets, at))
    }

    fn target_part(&mut self, has_attributes: bool) -> Result<Target> {
        if self.take_sign("(") {
            let target = self.deeper(|parser| parser.target(has_attributes, &[]))?;
            self.expect_sign(")")?;
            return Ok(target);
        }
        let at = self.offset();
        let name = self.assigned_name()?;
        if has_attributes && self.take_sign(".") {
            return Ok(Target::Attribute(name, self.name()?, at));
        }
        Ok(Target::Name(name))
    }

    /// Filters that follow, each behind a `|`.
    fn filter_calls(&mut self) -> Result<Vec<FilterCall>> {
        let mut filters = Vec::new();
        while self.take_sign("|") {
            filters.push(self.filter_call()?);
        }
        Ok(filters)
    }

    /// A filter's name with dots and its arguments.
    fn filter_call(&mut self) -> Result<FilterCall> {
        let at = self.offset();
        let name = self.dotted_name()?;
        if !(self.dialect.has_filter)(&name) {
            self.unknown.push((at, format!("there is no filter `{name}`")));
        }
        let arguments = if self.is_sign("(") {
            self.arguments()?
        } else {
            Arguments::default()
        };
        Ok(FilterCall { at, name, arguments })
    }

    fn dotted_name(&mut self) -> Result<Rc<str>> {
        let mut name = self.name()?.to_string();
        while self.take_sign(".") {
            name.push('.');
            name += &self.name()?;
        }
        Ok(name.into())
    }
}

/// Whether a target has the name `loop` in it.
fn is_loop(target: &Target) -> bool {
    match target {
        Target::Name(name) => &**name == "loop",
        Target::Tuple(targets, _) => targets.iter().any(is_loop),
        Target::Attribute(..) => false,
    }
}
