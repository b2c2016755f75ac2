//! Rules of the source itself: floors, cycles of imports, words, documentation of public items.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/sources.rs"]
mod sources;

use std::collections::{BTreeMap, BTreeSet};

use regex_automata::meta::Regex;
use sources::sources;

/// The text of each module of the crate, without its unit tests, by its path: `plan::graph::cycles`.
fn modules() -> BTreeMap<String, String> {
    let named = sources().into_iter().map(|file| {
        let name = file.path.with_extension("");
        let name = name.to_str().unwrap().replace('/', "::");
        let name = name.strip_suffix("::mod").map_or(name.clone(), str::to_owned);
        (name, file.without_tests().to_owned())
    });
    named.collect()
}

/// A module's code without its comments.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules that each module imports.
fn imports(modules: &BTreeMap<String, String>) -> BTreeMap<&str, BTreeSet<String>> {
    let path = Regex::new(r"\b(crate|super(?:::super)*)((?:::[a-z_0-9]+)*)(::\{[^}]*\})?").unwrap();
    let mut imports = BTreeMap::new();
    for (module, text) in modules {
        let text = code(text);
        let own: Vec<&str> = module.split("::").collect();
        let mut found = BTreeSet::new();
        for captures in path.captures_iter(&text) {
            let group = |at| captures.get_group(at).map_or("", |span| &text[span.range()]);
            let up = match group(1) {
                "crate" => 0,
                supers => own.len().saturating_sub(supers.split("::").count()),
            };
            let base: Vec<&str> = own[..up].to_vec();
            let middle = group(2).split("::").filter(|part| !part.is_empty());
            let base: Vec<&str> = base.into_iter().chain(middle).collect();
            let items = group(3).trim_start_matches("::{").trim_end_matches('}');
            for item in items.split(',').map(str::trim) {
                let rest = item.split("::").filter(|part| !part.is_empty());
                let mut whole: Vec<&str> = base.iter().copied().chain(rest).collect();
                while !whole.is_empty() && !modules.contains_key(&whole.join("::")) {
                    whole.pop();
                }
                let target = whole.join("::");
                if !target.is_empty() && target != *module {
                    found.insert(target);
                }
            }
        }
        imports.insert(module.as_str(), found);
    }
    imports
}

/// The floor of each folder, as the table in docs/architecture.md has it.
fn floors() -> BTreeMap<String, u32> {
    let page = std::fs::read_to_string("docs/architecture.md").unwrap();
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let floor = cells.next()?.parse().ok()?;
        let folder = cells.next()?.strip_prefix("`src/")?.strip_suffix('`')?;
        Some((folder.to_owned(), floor))
    });
    rows.collect()
}

#[test]
fn imports_lead_to_lower_floors_only() {
    let (modules, floors) = (modules(), floors());
    let folders: BTreeSet<&str> = modules
        .keys()
        .filter_map(|name| Some(name.split_once("::")?.0))
        .collect();
    let named: BTreeSet<&str> = floors.keys().map(String::as_str).collect();
    assert_eq!(
        folders, named,
        "the table of docs/architecture.md names every folder"
    );
    let imports = imports(&modules);
    assert!(imports["engine::session"].contains("plan") && imports["cli::plan"].contains("cli::refuse"));
    for (module, targets) in imports {
        let top = module.split("::").next().unwrap();
        for target in targets {
            let other = target.split("::").next().unwrap();
            // Files beside the folders are helpers without imports.
            let (Some(own), Some(floor)) = (floors.get(top), floors.get(other)) else {
                assert!(
                    floors.contains_key(top) || ["main", "lib"].contains(&top),
                    "{module} imports {target}"
                );
                continue;
            };
            assert!(top == other || floor < own, "{module} imports {target}");
        }
    }
}

#[test]
fn files_of_a_folder_import_each_other_without_cycles() {
    let modules = modules();
    let imports = imports(&modules);
    for folder in ["cli", "engine", "report", "schema", "validate::xpath"] {
        let prefix = format!("{folder}::");
        let inside: BTreeSet<&str> = imports
            .keys()
            .copied()
            .filter(|name| name.starts_with(&prefix))
            .collect();
        // What is left after files that import nothing of the rest were removed, again and again, is in a cycle.
        let mut left = inside.clone();
        loop {
            let before = left.len();
            let kept = left.iter().copied().filter(|name| {
                let children = format!("{name}::");
                imports[name]
                    .iter()
                    // A folder's own file and the files below it are one module.
                    .any(|target| {
                        left.contains(target.as_str())
                            && !target.starts_with(&children)
                            && !name.starts_with(&format!("{target}::"))
                    })
            });
            left = kept.collect();
            if left.len() == before {
                break;
            }
        }
        let left: Vec<String> = left
            .iter()
            .map(|name| {
                format!(
                    "{name} -> {:?}",
                    imports[name]
                        .iter()
                        .filter(|target| left.contains(target.as_str()))
                        .collect::<Vec<_>>()
                )
            })
            .collect();
        assert!(left.is_empty(), "{folder}: {left:#?}");
    }
}

/// Words that have a standard term, with the most of them in 10,000 words of comments and string literals.
const WORDS: [(&str, f64); 5] = [
    (r"(?i)\b(stand|stands|stood|standing)\b", 5.0),
    (r"(?i)\b(told|tell|tells|telling)\b", 3.0),
    (r"(?i)\b(goes|comes|came|gone|went)\b", 6.8),
    (r"(?i)\b(whoever|somebody|nobody)\b", 0.2),
    (
        r"(?i)\b(tak(e|es|en|ing)|took|go|goes|gone|went|going) back\b",
        0.6,
    ),
];

#[test]
fn text_uses_standard_terms() {
    let token = Regex::new(r#"//[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])'"#).unwrap();
    let word = Regex::new("[A-Za-z]+(?:'[a-z]+)?").unwrap();
    let mut texts = String::new();
    for text in modules().values() {
        for found in token.find_iter(text) {
            let found = &text[found.range()];
            if !found.starts_with('\'') {
                texts.push_str(found);
                texts.push('\n');
            }
        }
    }
    let words = word.find_iter(&texts).count();
    assert!(words > 10_000);
    for (pattern, most) in WORDS {
        let count = Regex::new(pattern).unwrap().find_iter(&texts).count();
        #[allow(clippy::cast_precision_loss, reason = "there are not that many words")]
        let share = count as f64 * 10_000.0 / words as f64;
        assert!(
            share <= most,
            "{pattern}: {share:.1} in 10,000, and {most} at most"
        );
    }
}

#[test]
fn public_items_have_documentation_of_four_words() {
    let mut short = Vec::new();
    for (module, text) in modules() {
        if module.starts_with("cli") {
            continue;
        }
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            let is_alone = |other: Option<&&str>| !other.is_some_and(|other| other.starts_with("///"));
            let Some(doc) = line.strip_prefix("/// ").filter(|_| {
                is_alone(at.checked_sub(1).and_then(|before| lines.get(before)))
                    && is_alone(lines.get(at + 1))
            }) else {
                continue;
            };
            let item = lines[at + 1..].iter().find(|line| !line.starts_with("#["));
            let is_public =
                item.is_some_and(|item| item.starts_with("pub ") || item.starts_with(char::is_uppercase));
            if is_public && doc.split_whitespace().count() < 4 {
                short.push(format!("{module}: {doc} ({})", item.unwrap()));
            }
        }
    }
    assert!(short.is_empty(), "{short:#?}");
}
