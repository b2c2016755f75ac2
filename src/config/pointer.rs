//! JSON pointers (RFC 6901).

/// Joins reference tokens to a pointer, escaping `~` and `/` (section 3).
pub fn join<'a>(tokens: impl IntoIterator<Item = &'a str>) -> String {
    let mut pointer = String::new();
    for token in tokens {
        pointer.push('/');
        push_escaped(&mut pointer, token);
    }
    pointer
}

/// A pointer one token further down.
pub fn child(parent: &str, token: &str) -> String {
    let mut pointer = String::with_capacity(parent.len() + token.len() + 1);
    pointer.push_str(parent);
    pointer.push('/');
    push_escaped(&mut pointer, token);
    pointer
}

fn push_escaped(pointer: &mut String, token: &str) {
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// The reference tokens of a pointer, unescaped (section 4); `None` where it is no pointer.
pub fn split(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    pointer.strip_prefix('/')?.split('/').map(unescape).collect()
}

fn unescape(token: &str) -> Option<String> {
    if !token.contains('~') {
        return Some(token.to_owned());
    }
    let mut text = String::with_capacity(token.len());
    let mut chars = token.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '~' => match chars.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            c => c,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_both_ways() {
        let pointer = join(["a/b", "m~n", ""]);
        assert_eq!(pointer, "/a~1b/m~0n/");
        assert_eq!(split(&pointer).unwrap(), ["a/b", "m~n", ""]);
        assert_eq!(child("/T", "10.0.0.1/24"), "/T/10.0.0.1~124");
    }

    #[test]
    fn refuses_what_is_no_pointer() {
        assert!(split("a").is_none());
        assert!(split("/~2").is_none());
        assert!(split("/~").is_none());
    }
}
