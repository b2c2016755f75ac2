//! Conditions in words: `mode is "tr_tcm" or mode is "sr_tcm"`.

use crate::schema::xpath::{Comparison, Expr, Function};

use super::noun::{Kind, Many, Noun, Nouns};

/// A condition in words, and how loosely they hold together.
struct Clause {
    words: String,
    binds: Binds,
}

/// What holds the parts of a clause together, the closest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binds {
    One,
    And,
    Or,
    If,
}

impl Clause {
    fn one(words: impl Into<String>) -> Option<Self> {
        Some(Clause {
            words: words.into(),
            binds: Binds::One,
        })
    }

    /// The words as a part of another clause: in parentheses where they would fall apart.
    fn within(self, outer: Binds) -> String {
        if self.binds >= outer && self.binds != Binds::One {
            format!("({})", self.words)
        } else {
            self.words
        }
    }
}

/// What is said of a field that is there.
const IS_SET: &str = " is set";

/// The words of a condition; `None` where it has none.
pub fn words(nouns: &Nouns, condition: &Expr) -> Option<String> {
    clause(nouns, condition, true).map(|clause| clause.words)
}

/// A condition in words, or with `holds` false what is so where it does not hold.
fn clause(nouns: &Nouns, expr: &Expr, holds: bool) -> Option<Clause> {
    match expr {
        Expr::Or(..) if holds => alternatives(nouns, expr),
        Expr::And(..) if !holds => either(nouns, &parts(expr), false),
        Expr::And(..) | Expr::Or(..) => all(nouns, &parts(expr), holds),
        Expr::Compare(comparison, a, b) => compare(nouns, *comparison, a, b, holds),
        Expr::Call(Function::Not, args) => clause(nouns, args.first()?, !holds),
        Expr::Call(Function::Boolean, args) => clause(nouns, args.first()?, holds),
        Expr::Call(function, args) => call(nouns, *function, args, holds),
        Expr::Path(_) | Expr::Retired(_) => exists(&nouns.of(expr)?, holds),
        _ => None,
    }
}

/// The parts that `and` or `or` joins, those of parts that the same joins too.
fn parts(expr: &Expr) -> Vec<&Expr> {
    fn collect<'e>(expr: &'e Expr, is_or: bool, found: &mut Vec<&'e Expr>) {
        match expr {
            Expr::Or(a, b) if is_or => [a, b].into_iter().for_each(|part| collect(part, is_or, found)),
            Expr::And(a, b) if !is_or => [a, b].into_iter().for_each(|part| collect(part, is_or, found)),
            part => found.push(part),
        }
    }
    let mut found = Vec::new();
    collect(expr, matches!(expr, Expr::Or(..)), &mut found);
    found
}

/// `a or b`; `not(a) or b` is `b if a`.
fn alternatives(nouns: &Nouns, expr: &Expr) -> Option<Clause> {
    let parts = parts(expr);
    let (unless, wanted): (Vec<&Expr>, Vec<&Expr>) = parts
        .iter()
        .partition(|part| matches!(part, Expr::Call(Function::Not, _)));
    let ([unless], false) = (&unless[..], wanted.is_empty()) else {
        return either(nouns, &parts, true);
    };
    let mut condition = clause(nouns, unless, false)?.within(Binds::If);
    let noun = condition.strip_suffix(IS_SET).map(str::to_owned);
    if let ([wanted], Some(noun)) = (&wanted[..], &noun)
        && let Some((Comparison::NotEqual, same, value)) = with_literal(nouns, wanted)
        && same.words == *noun
    {
        return Clause::one(format!("{noun} is not {value}"));
    }
    let wanted = either(nouns, &wanted, true)?.within(Binds::Or);
    if noun.is_some_and(|noun| wanted.starts_with(&format!("{noun} "))) {
        condition = "it is set".to_owned();
    }
    Some(Clause {
        words: format!("{wanted} if {condition}"),
        binds: Binds::If,
    })
}

/// `a, b or c`; values of the same are put together: `mode is "a" or "b"`.
fn either(nouns: &Nouns, parts: &[&Expr], hold: bool) -> Option<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let same = equal_values(nouns, &parts[at..], hold);
        if let Some((noun, values)) = same.filter(|(_, values)| values.len() > 1) {
            at += values.len();
            clauses.push(Clause::one(format!("{} {}", is(&noun), listed(&values, "or")))?);
        } else {
            clauses.push(clause(nouns, parts[at], hold)?);
            at += 1;
        }
    }
    joined(clauses, Binds::Or)
}

/// `a and b`; values that the same may not have are put together: `mode is neither "a" nor "b"`.
fn all(nouns: &Nouns, parts: &[&Expr], hold: bool) -> Option<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let same = unequal_values(nouns, &parts[at..], hold);
        if let Some((noun, values)) = same.filter(|(_, values)| values.len() > 1) {
            at += values.len();
            let words = format!("{} is neither {}", noun.words, listed(&values, "nor"));
            clauses.push(Clause::one(words)?);
        } else {
            clauses.push(clause(nouns, parts[at], hold)?);
            at += 1;
        }
    }
    // What has a value is set.
    let values: Vec<String> = clauses.iter().map(|clause| clause.words.clone()).collect();
    clauses.retain(|clause| {
        let noun = clause.words.strip_suffix(IS_SET);
        let has_value = |noun: &str| {
            values
                .iter()
                .any(|words| words.starts_with(&format!("{noun} is \"")))
        };
        !noun.is_some_and(has_value)
    });
    joined(clauses, Binds::And)
}

fn joined(mut clauses: Vec<Clause>, binds: Binds) -> Option<Clause> {
    if clauses.len() == 1 {
        return clauses.pop();
    }
    let is_nested = clauses.iter().any(|clause| clause.binds != Binds::One);
    let word = match (binds, is_nested) {
        (Binds::And, _) => " and ",
        (_, true) => ", or ",
        (_, false) => " or ",
    };
    let words: Vec<String> = clauses.into_iter().map(|clause| clause.within(binds)).collect();
    Some(Clause {
        words: words.join(word),
        binds,
    })
}

/// The first parts that say that one thing has a value, each another: the thing and the values.
fn equal_values(nouns: &Nouns, parts: &[&Expr], hold: bool) -> Option<(Noun, Vec<String>)> {
    let wanted = if hold {
        Comparison::Equal
    } else {
        Comparison::NotEqual
    };
    same_noun(parts.iter().map_while(|part| {
        let (comparison, noun, value) = with_literal(nouns, part)?;
        let is_meant = comparison == wanted && (hold || noun.count == Many::One);
        is_meant.then_some((noun, value))
    }))
}

/// The first parts that say that one thing does not have a value, each another.
fn unequal_values(nouns: &Nouns, parts: &[&Expr], hold: bool) -> Option<(Noun, Vec<String>)> {
    same_noun(parts.iter().map_while(|part| {
        let (part, hold) = match part {
            Expr::Call(Function::Not, args) => (args.first()?, !hold),
            part => (*part, hold),
        };
        let (comparison, noun, value) = with_literal(nouns, part)?;
        let is_meant = match comparison {
            Comparison::Equal => !hold && matches!(noun.count, Many::One | Many::Optional),
            Comparison::NotEqual => hold && noun.count == Many::One,
            _ => false,
        };
        is_meant.then_some((noun, value))
    }))
}

fn same_noun(pairs: impl Iterator<Item = (Noun, String)>) -> Option<(Noun, Vec<String>)> {
    let mut found: Option<(Noun, Vec<String>)> = None;
    for (noun, value) in pairs {
        match &mut found {
            None => found = Some((noun, vec![value])),
            Some((first, values)) if *first == noun => values.push(value),
            Some(_) => break,
        }
    }
    found
}

/// A comparison with a literal that is not empty: the operator, what is compared, and the literal in quotation marks.
fn with_literal(nouns: &Nouns, expr: &Expr) -> Option<(Comparison, Noun, String)> {
    let Expr::Compare(comparison, a, b) = expr else {
        return None;
    };
    let (noun, value) = (plain(nouns, a, b)?, literal(a, b)?);
    Some((*comparison, noun, value))
}

fn plain(nouns: &Nouns, a: &Expr, b: &Expr) -> Option<Noun> {
    let path = match (a, b) {
        (path @ (Expr::Path(_) | Expr::Retired(_)), _) | (_, path @ (Expr::Path(_) | Expr::Retired(_))) => {
            path
        }
        _ => return None,
    };
    let noun = nouns.of(path)?;
    noun.is_plain().then_some(noun)
}

/// The literal of a comparison in quotation marks, in the words of a flag where it is compared with one.
fn literal(a: &Expr, b: &Expr) -> Option<String> {
    let (text, other) = match (a, b) {
        (Expr::Literal(text), other) | (other, Expr::Literal(text)) => (text, other),
        _ => return None,
    };
    let text = match other {
        Expr::Retired(rewrite) => {
            let mut words = rewrite.words.iter();
            words
                .find(|(word, _)| word == text)
                .map_or(text, |(_, status)| status)
        }
        _ => text,
    };
    (!text.is_empty()).then(|| format!("\"{text}\""))
}

fn compare(nouns: &Nouns, comparison: Comparison, a: &Expr, b: &Expr, holds: bool) -> Option<Clause> {
    if let (Expr::Literal(_) | Expr::Number(_), false) = (a, matches!(b, Expr::Literal(_) | Expr::Number(_)))
    {
        return compare(nouns, turned(comparison), b, a, holds);
    }
    if let Expr::Call(Function::Count, args) = a
        && let Some(clause) = counted(nouns, comparison, args.first()?, b, holds)
    {
        return Some(clause);
    }
    let left = nouns.of(a)?;
    let right = nouns.of(b)?;
    let is_value = |noun: &Noun| noun.is_plain() || noun.kind == Kind::Made;
    if !is_value(&left) || !is_value(&right) && right.kind != Kind::Literal {
        return None;
    }
    let value = literal(a, b).unwrap_or(right.words);
    // With several nodes on a side, a comparison holds if it does for one of them.
    let several = |count| matches!(count, Many::Elements | Many::Entries);
    if several(right.count) && !(comparison == Comparison::Equal && left.count == Many::One) {
        return None;
    }
    let words = &left.words;
    if let (Kind::Keys(entry), Comparison::Equal) = (&right.kind, comparison)
        && right.count == Many::Optional
        && entry.contains(&format!("<{words}>"))
    {
        return there_is(entry, holds);
    }
    match (comparison, holds) {
        (Comparison::Equal, true) => Clause::one(format!("{} {value}", is(&left))),
        (Comparison::Equal, false) if several(left.count) => Clause::one(format!("no {words} is {value}")),
        (Comparison::Equal, false) => Clause::one(format!("{words} is not {value}")),
        (Comparison::NotEqual, true) => Clause::one(match left.count {
            Many::One => format!("{words} is not {value}"),
            Many::Optional if value == "empty" => format!("{words} is set and not empty"),
            Many::Optional => format!("{words} is set, but not to {value}"),
            Many::Elements => format!("one of {words} is not {value}"),
            Many::Entries => return None,
        }),
        (Comparison::NotEqual, false) => match left.count {
            Many::One => Clause::one(format!("{words} is {value}")),
            Many::Optional => Clause::one(format!("{words} is {value} or not set")),
            _ => None,
        },
        (comparison, true) => Clause::one(format!("{} {} {value}", is(&left), than(comparison)?)),
        (comparison, false) if left.count == Many::One => {
            Clause::one(format!("{words} is {} {value}", than(opposite(comparison))?))
        }
        _ => None,
    }
}

/// `count(nodes) > 0` and `count(nodes) = 0` are about whether there are any.
fn counted(
    nouns: &Nouns,
    comparison: Comparison,
    nodes: &Expr,
    number: &Expr,
    holds: bool,
) -> Option<Clause> {
    let Expr::Number(number) = *number else {
        return None;
    };
    let is_there = match comparison {
        Comparison::Greater | Comparison::NotEqual if number == 0.0 => true,
        Comparison::GreaterOrEqual if number == 1.0 => true,
        Comparison::Equal | Comparison::LessOrEqual if number == 0.0 => false,
        Comparison::Less if number == 1.0 => false,
        _ => return None,
    };
    exists(&nouns.of(nodes)?, is_there == holds)
}

/// The comparison with its sides exchanged.
fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

/// The comparison that holds where this one does not, for numbers.
fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

fn than(comparison: Comparison) -> Option<&'static str> {
    match comparison {
        Comparison::Less => Some("less than"),
        Comparison::LessOrEqual => Some("at most"),
        Comparison::Greater => Some("more than"),
        Comparison::GreaterOrEqual => Some("at least"),
        Comparison::Equal | Comparison::NotEqual => None,
    }
}

fn call(nouns: &Nouns, function: Function, args: &[Expr], holds: bool) -> Option<Clause> {
    let verb = |yes: &str, no: &str| -> String { if holds { yes } else { no }.to_owned() };
    match (function, args) {
        (Function::Contains, [text, part]) => {
            let (text, part) = (nouns.one(text)?, nouns.one(part)?);
            Clause::one(format!("{text} {} {part}", verb("contains", "does not contain")))
        }
        (Function::StartsWith, [text, part]) => {
            let (text, part) = (nouns.one(text)?, nouns.one(part)?);
            Clause::one(format!(
                "{text} {} {part}",
                verb("begins with", "does not begin with")
            ))
        }
        (Function::ReMatch, [text, pattern]) => {
            let pattern = match pattern {
                Expr::Pattern(id) => &nouns.schema.patterns.get(id.index())?.text,
                Expr::Literal(text) => text,
                _ => return None,
            };
            let text = nouns.one(text)?;
            let verb = verb("matches", "does not match");
            Clause::one(format!("{text} {verb} the pattern '{pattern}'"))
        }
        (Function::DerivedFrom, [value, identity]) => {
            let (value, identity) = (nouns.one(value)?, nouns.one(identity)?);
            Clause::one(format!(
                "{value} {} derived from {identity}",
                verb("is", "is not")
            ))
        }
        (Function::DerivedFromOrSelf, [value, identity]) => {
            let (value, identity) = (nouns.one(value)?, nouns.one(identity)?);
            Clause::one(if holds {
                format!("{value} is {identity} or derived from it")
            } else {
                format!("{value} is neither {identity} nor derived from it")
            })
        }
        (Function::BitIsSet, [value, bit]) => {
            let value = nouns.one(value)?;
            let bit = nouns.one(bit)?;
            Clause::one(format!(
                "the bit {bit} of {value} {}",
                verb("is set", "is not set")
            ))
        }
        _ => None,
    }
}

/// Whether nodes are there.
fn exists(noun: &Noun, holds: bool) -> Option<Clause> {
    let words = &noun.words;
    match &noun.kind {
        Kind::Values(values) if !values.is_empty() => {
            let values = listed(values, "or");
            Clause::one(match (noun.count, holds) {
                (Many::Entries, _) => return None,
                (_, true) => format!("{} {values}", is(noun)),
                (Many::Elements, false) => format!("none of {words} is {values}"),
                (_, false) => format!("{words} is not {values}"),
            })
        }
        Kind::Keys(entries) => there_is(entries, holds),
        Kind::Values(_) => Clause::one(match (noun.count, holds) {
            (Many::Entries, true) => format!("{words} is set"),
            (Many::Entries, false) => format!("no {words} is set"),
            (_, true) => format!("{words} is set"),
            (_, false) => format!("{words} is not set"),
        }),
        Kind::Entries => there_is(words, holds),
        Kind::Made | Kind::Literal => None,
    }
}

fn there_is(entries: &str, holds: bool) -> Option<Clause> {
    Clause::one(if holds {
        format!("there is {entries}")
    } else {
        format!("there is no {}", entries.strip_prefix("an ").unwrap_or(entries))
    })
}

/// What something is said to be: `mode is`, `one of ports is`.
fn is(noun: &Noun) -> String {
    match noun.count {
        Many::Elements => format!("one of {} is", noun.words),
        _ => format!("{} is", noun.words),
    }
}

/// `"a", "b" or "c"`.
fn listed(values: &[String], word: &str) -> String {
    match values {
        [before @ .., last] if !before.is_empty() => format!("{} {word} {last}", before.join(", ")),
        _ => values.concat(),
    }
}
