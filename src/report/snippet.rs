//! One finding for people: its message, the line of the source with the place underlined, and notes.

use std::ops::Range;

use annotate_snippets::renderer::DEFAULT_LINE_NUM_STYLE;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::config::Span;
use crate::validate::{Diagnostic, Fix, FixOperation, Severity, SourceRange};

use super::repeated::{Item, more};
use super::sentence::related;
use super::{FileReport, printable};

/// How many characters of a line are shown; of a longer one, the part around the place.
const SHOWN: usize = 120;
/// How many characters before the place are kept of a line that is cut.
const BEFORE: usize = 40;
/// The mark in place of text that was cut.
const CUT: &str = "...";
/// How many characters of a pointer are shown beside the underline.
const LABEL: usize = 200;

/// The renderer of annotated source lines.
pub fn renderer(color: bool) -> Renderer {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    // Lines are cut here already, and wide characters take two columns.
    renderer.term_width(4 * SHOWN)
}

/// A block for a finding, or a line for those that are like it, with an empty line behind it.
pub fn item(renderer: &Renderer, color: bool, item: &Item) -> String {
    match *item {
        Item::Finding(file, diagnostic) => finding(renderer, color, file, diagnostic),
        Item::More(_, diagnostic, count) => {
            let title = level(diagnostic).primary_title(more(diagnostic, count));
            let title = title.id(diagnostic.rule.to_string());
            renderer.render(&[Group::with_title(title)]) + "\n\n"
        }
    }
}

fn level(diagnostic: &Diagnostic) -> Level<'static> {
    match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    }
}

fn finding(renderer: &Renderer, color: bool, file: &FileReport, diagnostic: &Diagnostic) -> String {
    block(renderer, color, file, diagnostic) + "\n\n"
}

fn block(renderer: &Renderer, color: bool, file: &FileReport, diagnostic: &Diagnostic) -> String {
    let message = printable(&diagnostic.message);
    let path = printable(&file.path);
    let pointer = printable(&shorten(&diagnostic.pointer));
    let title = level(diagnostic)
        .primary_title(message)
        .id(diagnostic.rule.to_string());
    let Some(place) = diagnostic.place else {
        let mut group = title.element(Origin::path(path));
        if !pointer.is_empty() {
            group = group.element(Level::NOTE.with_name("pointer").message(pointer));
        }
        return renderer.render(&[notes(group, diagnostic)]);
    };
    let excerpt = Excerpt::around(&file.source.text, place.span);
    let label = (!pointer.is_empty()).then_some(pointer);
    let snippet = Snippet::source(excerpt.text)
        .line_start(place.location.line)
        .annotation(AnnotationKind::Primary.span(excerpt.place).label(label));
    let rendered = renderer.render(&[notes(title.element(snippet), diagnostic)]);
    // The renderer would count columns in the excerpt. It gets no path, and the line with the place is written here.
    match rendered.split_once('\n') {
        Some((title, rest)) => format!("{title}\n{}\n{rest}", arrow(&path, place, color)),
        None => rendered,
    }
}

/// The schema path, the hint, related places and a fix, below the source.
fn notes<'a>(mut group: Group<'a>, diagnostic: &Diagnostic) -> Group<'a> {
    if !diagnostic.yang_path.is_empty() {
        let path = printable(&diagnostic.yang_path);
        group = group.element(Level::NOTE.with_name("at").message(path));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(printable(hint)));
    }
    for other in &diagnostic.related {
        group = group.element(Level::NOTE.message(printable(&related(other))));
    }
    if let Some(fix) = &diagnostic.fix
        && !is_said(fix, diagnostic.hint.as_deref())
    {
        group = group.element(Level::HELP.with_name("fix").message(printable(&fix.description)));
    }
    group
}

/// Whether a hint says already what a fix writes.
fn is_said(fix: &Fix, hint: Option<&str>) -> bool {
    let Some(hint) = hint else {
        return false;
    };
    fix.operations.iter().all(|operation| match operation {
        FixOperation::Replace { value, .. } => hint.contains(&value.to_string()),
        FixOperation::Move { path, .. } | FixOperation::Add { path, .. } => {
            hint.contains(path.rsplit('/').next().unwrap_or_default())
        }
        FixOperation::Remove { .. } => true,
    })
}

/// `  --> path:line:column`, as far to the right as line numbers are wide.
fn arrow(path: &str, place: SourceRange, color: bool) -> String {
    let line = place.location.line.to_string();
    let indent = " ".repeat(line.len());
    let style = if color {
        DEFAULT_LINE_NUM_STYLE
    } else {
        Default::default()
    };
    let column = place.location.column;
    format!("{indent}{style}--> {style:#}{path}:{line}:{column}")
}

/// The part of a line that is shown.
struct Excerpt {
    text: String,
    /// The bytes of the text that are underlined.
    place: Range<usize>,
}

impl Excerpt {
    /// The line that a span begins in, or as much of it as is to be shown. Looks at no more of the
    /// text than that: a line may be megabytes long, and have thousands of findings.
    fn around(text: &str, span: Span) -> Self {
        let start = boundary(text, span.start);
        let before: Vec<char> = text[..start]
            .chars()
            .rev()
            .take_while(|&c| c != '\n')
            .take(SHOWN + 1)
            .collect();
        let behind: Vec<char> = text[start..]
            .chars()
            .take_while(|&c| c != '\n')
            .take(SHOWN + 1)
            .collect();
        // What one side does not need the other may have.
        let right = behind.len().min(SHOWN - before.len().min(BEFORE));
        let left = before.len().min(SHOWN - right);

        let mut shown = String::new();
        if left < before.len() {
            shown.push_str(CUT);
        }
        shown.extend(before[..left].iter().rev());
        let from = shown.len();
        shown.extend(&behind[..right]);
        shown.truncate(shown.trim_end_matches('\r').len().max(from));
        let length = boundary(text, span.end).saturating_sub(start);
        let to = (from + length).min(shown.len());
        if right < behind.len() {
            shown.push_str(CUT);
        }
        Excerpt {
            text: shown,
            place: from..to,
        }
    }
}

/// The offset itself, or the nearest one before it at which a character begins.
fn boundary(text: &str, offset: u32) -> usize {
    let mut at = (offset as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A pointer without its middle, if it is long.
fn shorten(pointer: &str) -> String {
    // Bytes are at least as many as characters.
    let count = if pointer.len() <= LABEL {
        0
    } else {
        pointer.chars().count()
    };
    if count <= LABEL {
        return pointer.to_owned();
    }
    let half = LABEL / 2;
    let start: String = pointer.chars().take(half).collect();
    let end: String = pointer.chars().skip(count - half).collect();
    format!("{start}{CUT}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, start: usize, end: usize) -> (String, String) {
        let span = Span {
            start: start as u32,
            end: end as u32,
        };
        let excerpt = Excerpt::around(text, span);
        let place = excerpt.text[excerpt.place.clone()].to_owned();
        (excerpt.text, place)
    }

    #[test]
    fn short_line_is_shown_completely() {
        let shown = excerpt("one\n  \"two\": 3,\r\nfour", 6, 11);
        assert_eq!(shown, ("  \"two\": 3,".to_owned(), "\"two\"".to_owned()));
        assert_eq!(excerpt("", 0, 0).0, "");
        assert_eq!(excerpt("a\n", 2, 3), (String::new(), String::new()));
    }

    #[test]
    fn multiline_place_ends_with_its_first_line() {
        let shown = excerpt("[{\n  1\n}]", 1, 8);
        assert_eq!(shown, ("[{".to_owned(), "{".to_owned()));
    }

    #[test]
    fn long_line_is_cut_around_the_place() {
        let text = format!("{}HERE{}", "a".repeat(1000), "b".repeat(1000));
        let (shown, place) = excerpt(&text, 1000, 1004);
        assert_eq!(place, "HERE");
        assert_eq!(shown, format!("...{}HERE{}...", "a".repeat(40), "b".repeat(76)));
        let (shown, _) = excerpt(&text, 0, 1);
        assert_eq!(shown, format!("{}...", "a".repeat(120)));
        let (shown, place) = excerpt(&text, 2003, 2004);
        assert_eq!(shown, format!("...{}", "b".repeat(120)));
        assert_eq!(place, "b");
        let (_, place) = excerpt(&text, 10, 1900);
        assert_eq!(place.len(), 110);
    }

    #[test]
    fn offsets_inside_characters_do_no_harm() {
        assert_eq!(excerpt("äöü", 1, 3).1, "ä");
        assert_eq!(excerpt("ä", 90, 99).1, "");
    }

    #[test]
    fn long_pointers_lose_their_middle() {
        let long = "ü".repeat(500);
        assert_eq!(shorten(&long).chars().count(), 203);
        assert_eq!(shorten(&"x".repeat(200)).len(), 200);
    }
}
