//! The name that a misspelt one probably means.

/// How alike two names must be to be offered for one another (Jaro-Winkler, 0 to 1).
const ALIKE: f64 = 0.84;

/// The name that is most like a word, if any is alike enough.
pub fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    names
        .map(|name| (strsim::jaro_winkler(&lower, &name.to_lowercase()), name))
        .filter(|&(likeness, _)| likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_what_is_close() {
        let names = ["VLAN", "VLAN_MEMBER", "PORT"];
        assert_eq!(nearest("VLAN_MEMBERS", names.into_iter()), Some("VLAN_MEMBER"));
        assert_eq!(nearest("prot", names.into_iter()), Some("PORT"));
        assert_eq!(nearest("QUEUE", names.into_iter()), None);
    }
}
