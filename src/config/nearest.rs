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

/// The one name that is like a word; `None` if there are several, and if the two differ in a digit: numbers are alike by
/// chance.
pub fn only_near<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let mut near = names.filter(|name| strsim::jaro_winkler(&lower, &name.to_lowercase()) >= ALIKE);
    let only = near.next().filter(|_| near.next().is_none())?;
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    (digits(word) == digits(only)).then_some(only)
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

    #[test]
    fn one_name_alone_is_close() {
        let only = |word, names: &[&'static str]| only_near(word, names.iter().copied());
        assert_eq!(only("sate", &["state", "delayed"]), Some("state"));
        assert_eq!(only("VLAN_MEMBERS", &["VLAN", "VLAN_MEMBER", "PORT"]), None);
        assert_eq!(only("mtu2", &["mtu1", "speed"]), None);
        assert_eq!(only("zzz", &["state"]), None);
    }
}
