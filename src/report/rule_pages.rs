//! The rules of findings, explained for people.

use crate::config::nearest;
use crate::schema::TextPage;
use crate::validate::Rule;

/// Explains all rules, one after the other.
pub fn rules_page() -> String {
    let pages: Vec<String> = Rule::ALL.into_iter().map(rule_page).collect();
    pages.join("\n")
}

/// Explains a rule: what it requires, what to do, a config that violates it, and the corrected config.
pub fn rule_page(rule: Rule) -> String {
    let text = rule.text();
    let example = rule.example();
    let mut page = TextPage::default();
    page.hanging(&format!("{rule}: "), 2, text.summary);
    page.hanging("  What to do: ", 4, text.help);
    let mut page = page.into_text();
    page += "  Bad:\n";
    page += &indented(example.bad);
    let mut found = TextPage::default();
    found.hanging("  Found: ", 4, example.finding);
    page += &found.into_text();
    page += "  Corrected:\n";
    page += &indented(example.mended);
    page
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// The rule of a name as people write it: `must`, `LeafRef`, `max-elements`.
///
/// # Errors
/// There is none of this name; the one that is like it, if there is one.
pub fn rule_named(name: &str) -> Result<Rule, Option<Rule>> {
    let plain = |name: &str| name.replace(['-', '_', ' '], "").to_lowercase();
    let names = Rule::ALL.map(Rule::name);
    let position = |name: &str| names.iter().position(|known| plain(known) == plain(name));
    if let Some(at) = position(name) {
        return Ok(Rule::ALL[at]);
    }
    let near = nearest(name, names.iter().copied());
    Err(near.and_then(position).map(|at| Rule::ALL[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_writing() {
        assert_eq!(rule_named("must"), Ok(Rule::Must));
        assert_eq!(rule_named("max-elements"), Ok(Rule::MaxElements));
        assert_eq!(rule_named("leaf_ref"), Ok(Rule::LeafRef));
        assert_eq!(rule_named("mandatry"), Err(Some(Rule::Mandatory)));
        assert_eq!(rule_named("zzz"), Err(None));
    }
}
