//! Filters that break texts.

use crate::template::args::{Args, int_argument, text_argument};
use crate::template::error::{Error, Result};
use crate::template::interpreter::Interpreter;
use crate::template::methods;
use crate::template::value::Value;

use super::given;

pub(super) fn wordcount(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_wordcount")?;
    let text = interpreter.text(value)?;
    let words = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty());
    Ok(Value::int(words.count()))
}

pub(super) fn truncate(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let names = ["length", "killwords", "end", "leeway"];
    let [length, kills, end, leeway] = args.bind("do_truncate", names, 0)?;
    let length = length.map_or(Ok(255), |length| int_argument(&length))?;
    let leeway = given(leeway).map_or(Ok(5), |leeway| int_argument(&leeway))?;
    let end = end.unwrap_or_else(|| Value::from("..."));
    let end = text_argument(&end, "end")?;
    let end_length = i128::try_from(end.chars().count()).unwrap_or(i128::MAX);
    if length < end_length {
        return Err(Error::runtime(format!(
            "expected length >= {end_length}, got {length}"
        )));
    }
    if leeway < 0 {
        return Err(Error::runtime(format!("expected leeway >= 0, got {leeway}")));
    }
    let Some(whole) = value.len() else {
        return Err(value.lacks("has no len()"));
    };
    if i128::try_from(whole).unwrap_or(i128::MAX) <= length.saturating_add(leeway) {
        return Ok(value.clone());
    }
    let text = text_argument(value, "truncated value")?;
    let kept = usize::try_from(length - end_length).unwrap_or(usize::MAX);
    let head: String = text.chars().take(kept).collect();
    let head = match kills.is_some_and(|kills| kills.is_true()) {
        true => head.as_str(),
        false => head.rsplit_once(' ').map_or(head.as_str(), |(head, _)| head),
    };
    Ok(Value::text_of(&format!("{head}{}", &**end), text.is_markup))
}

pub(super) fn wordwrap(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let names = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [width, breaks, end, hyphens] = args.bind("do_wordwrap", names, 0)?;
    let width = width.map_or(Ok(79), |width| int_argument(&width))?;
    let width = usize::try_from(width).ok().filter(|width| *width > 0);
    let width = width.ok_or_else(|| Error::value("invalid width (must be > 0)"))?;
    let is_true = |value: Option<Value>| value.is_none_or(|value| value.is_true());
    let wrap = Wrap {
        width,
        breaks: is_true(breaks),
        hyphens: is_true(hyphens),
    };
    let end = given(end).unwrap_or_else(|| Value::from("\n"));
    let end = text_argument(&end, "wrapstring")?;
    let text = text_argument(value, "wrapped value")?;
    let mut lines = Vec::new();
    for line in methods::lines(text, false) {
        let wrapped = wrap.lines(line);
        lines.push(wrapped.join(&**end));
    }
    let text = lines.join(&**end);
    interpreter.budget.allocate(text.len())?;
    Ok(Value::from(text))
}

struct Wrap {
    width: usize,
    breaks: bool,
    hyphens: bool,
}

impl Wrap {
    /// A line as words and the blanks between them; a word may be broken behind a hyphen between letters.
    fn pieces(&self, line: &str) -> Vec<String> {
        let mut pieces: Vec<String> = Vec::new();
        let is_blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r');
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let end = rest
                .find(|c| is_blank(c) != is_blank(first))
                .unwrap_or(rest.len());
            let (piece, behind) = rest.split_at(end);
            rest = behind;
            if is_blank(first) || !self.hyphens {
                pieces.push(piece.to_owned());
            } else {
                pieces.extend(at_hyphens(piece));
            }
        }
        pieces
    }

    fn lines(&self, line: &str) -> Vec<String> {
        let mut pieces: Vec<String> = self.pieces(line);
        pieces.reverse();
        let length = |text: &str| text.chars().count();
        let mut lines = Vec::new();
        while !pieces.is_empty() {
            if !lines.is_empty() && pieces.last().is_some_and(|piece| piece.trim().is_empty()) {
                pieces.pop();
            }
            let mut current: Vec<String> = Vec::new();
            let mut taken = 0;
            while let Some(piece) = pieces.last() {
                let piece_length = length(piece);
                if taken + piece_length > self.width {
                    break;
                }
                taken += piece_length;
                current.extend(pieces.pop());
            }
            if let Some(piece) = pieces.last()
                && length(piece) > self.width
            {
                if self.breaks {
                    let room = (self.width - taken).max(usize::from(current.is_empty()));
                    let piece = pieces.pop().unwrap_or_default();
                    let mut at = room;
                    if self.hyphens && length(&piece) > room {
                        // Behind the last hyphen that fits, unless only hyphens precede it.
                        let head: Vec<char> = piece.chars().take(room).collect();
                        let hyphen = head.iter().rposition(|c| *c == '-').filter(|at| *at > 0);
                        let hyphen = hyphen.filter(|at| head[..*at].iter().any(|c| *c != '-'));
                        at = hyphen.map_or(room, |hyphen| hyphen + 1);
                    }
                    current.push(piece.chars().take(at).collect());
                    pieces.push(piece.chars().skip(at).collect());
                } else if current.is_empty() {
                    current.extend(pieces.pop());
                }
            }
            if current.last().is_some_and(|piece| piece.trim().is_empty()) {
                current.pop();
            }
            if !current.is_empty() {
                lines.push(current.concat());
            }
        }
        lines
    }
}

/// A word in the parts behind whose hyphens it may be broken.
fn at_hyphens(word: &str) -> Vec<String> {
    let characters: Vec<char> = word.chars().collect();
    let is_letter = |at: usize| characters.get(at).is_some_and(|c| c.is_alphabetic() || *c == '_');
    let is_word = |at: usize| {
        characters
            .get(at)
            .is_some_and(|c| c.is_alphanumeric() || *c == '_')
    };
    let mut parts = Vec::new();
    let mut current = String::new();
    let mut at = 0;
    while at < characters.len() {
        let is_dash = characters[at] == '-' && characters.get(at + 1) == Some(&'-');
        if is_dash && at > 0 && (is_word(at - 1) || "!\"'&.,?".contains(characters[at - 1])) {
            let end = (at..characters.len())
                .find(|at| characters[*at] != '-')
                .unwrap_or(characters.len());
            if is_word(end) {
                if !current.is_empty() {
                    parts.push(std::mem::take(&mut current));
                }
                parts.push(characters[at..end].iter().collect());
                at = end;
                continue;
            }
        }
        current.push(characters[at]);
        let before = at >= 2
            && is_letter(at - 1)
            && (is_letter(at - 2) || characters[at - 2] == '-' && at >= 3 && is_letter(at - 3));
        let behind = is_letter(at + 1)
            && (is_letter(at + 2) || characters.get(at + 2) == Some(&'-') && is_letter(at + 3));
        if characters[at] == '-' && before && behind {
            parts.push(std::mem::take(&mut current));
        }
        at += 1;
    }
    if !current.is_empty() {
        parts.push(current);
    }
    parts
}
