//! `docs/policy.md`, `policy/default.toml` and the rules that a package brings, beside what is read of a policy.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;

use sonicfg::config::Source;
use sonicfg::policy::Policy;

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// What may stand where something is that nobody knows, as the refusal says it.
fn known(text: &str) -> Vec<String> {
    let refused = Policy::parse(&Source::new("p.toml", text)).unwrap_err();
    let (start, names) = refused.message.split_once(", expected ").unwrap();
    assert!(start.starts_with("unknown field `nobody-s`"), "{start}");
    let names = names.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

/// The TOML blocks of the page.
fn examples(page: &str) -> Vec<&str> {
    let blocks = page.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

#[test]
fn every_key_is_told_of() {
    let page = file("docs/policy.md");
    let examples = format!("\n{}", examples(&page).join("\n"));
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for top in known("nobody-s = 1\n") {
        keys.insert(top.clone());
        // What is below it, where that has names of its own: in a table, a list, or a rule with a name.
        for below in [
            format!("[{top}]\nnobody-s = 1\n"),
            format!("[[{top}]]\nnobody-s = 1\n"),
            format!("[{top}.x]\nnobody-s = 1\n"),
        ] {
            let refused = Policy::parse(&Source::new("p.toml", below.as_str()));
            if refused.is_err_and(|refused| refused.message.starts_with("unknown field `nobody-s`")) {
                keys.extend(known(&below));
            }
        }
    }
    assert!(keys.len() > 40, "{keys:?}");
    for key in &keys {
        let is_named = page.contains(&format!("`{key}`")) || page.contains(&format!("`{key}."));
        assert!(is_named, "docs/policy.md says nothing of `{key}`");
        let is_shown = ["", "[", "[["].iter().any(|before| {
            let start = format!("\n{before}{key}");
            [" ", "]", "."]
                .iter()
                .any(|after| examples.contains(&format!("{start}{after}")))
        });
        assert!(is_shown, "docs/policy.md has no example of `{key}`");
    }
}

#[test]
fn examples_are_read() {
    let page = file("docs/policy.md");
    let examples = examples(&page);
    assert_eq!(examples.len(), 4);
    for example in examples {
        Policy::parse(&Source::new("example.toml", example)).unwrap();
    }
}

#[test]
fn rules_of_a_package() {
    let text = file("packaging/policy.toml");
    // As it comes it changes nothing.
    assert!(text.lines().all(|line| line.starts_with('#')), "{text}");
    let read = |text: &str| Policy::shipped().with_file(&Source::new("policy.toml", text));
    assert_eq!(read(&text).unwrap(), Policy::shipped());
    // What is offered is legal.
    let offered: String = text
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .filter(|line| !line.starts_with(' '))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(read(&offered).unwrap() != Policy::shipped());
}
