//! Strings, and the well-known ones of RFC 6991.

use super::{hint_and_tag, values};
use crate::support::{Model, check};

#[test]
fn lengths_count_characters() {
    let ty = "string { length '2..4 | 6'; }";
    values(
        ty,
        &[
            (r#""ab""#, "ab"),
            (r#""üüüü""#, "üüüü"),
            (r#""123456""#, "123456"),
        ],
        &[
            (
                r#""a""#,
                r#"Length: "a" is 1 characters long, which is not allowed"#,
            ),
            (
                r#""12345""#,
                r#"Length: "12345" is 5 characters long, which is not allowed"#,
            ),
        ],
    );
    assert_eq!(
        hint_and_tag(ty, r#""a""#).0.unwrap(),
        "allowed: 2..4, 6 characters"
    );
}

#[test]
fn patterns_must_all_match() {
    values(
        "string { pattern '[a-z]+'; pattern '.*x.*'; pattern 'x+' { modifier invert-match; } }",
        &[(r#""axb""#, "axb")],
        &[
            (
                r#""AxB""#,
                r#"Pattern: "AxB" does not match the pattern '[a-z]+'"#,
            ),
            (r#""abc""#, r#"Pattern: "abc" does not match the pattern '.*x.*'"#),
            (r#""xx""#, r#"Pattern: "xx" matches the pattern 'x+'"#),
        ],
    );
    values(
        r"string { pattern '[a-w]+\p{L}\p{N}{2}(, \d*)?'; }",
        &[(r#""abcü42""#, "abcü42"), (r#""aa42, ""#, "aa42, ")],
        &[
            (
                r#""aycü42""#,
                r#"Pattern: "aycü42" does not match the pattern '[a-w]+\p{L}\p{N}{2}(, \d*)?'"#,
            ),
            (
                r#""aa4""#,
                r#"Pattern: "aa4" does not match the pattern '[a-w]+\p{L}\p{N}{2}(, \d*)?'"#,
            ),
        ],
    );
    // They match the whole value; ^ and $ mean themselves, a dot is no line break.
    values(
        "string { pattern '^a|b.$'; }",
        &[(r#""^a""#, "^a"), (r#""bx$""#, "bx$")],
        &[
            (r#""a""#, r#"Pattern: "a" does not match the pattern '^a|b.$'"#),
            (
                r#""b\n$""#,
                r#"Pattern: "b\n$" does not match the pattern '^a|b.$'"#,
            ),
        ],
    );
}

#[test]
fn patterns_of_a_typedef_and_of_the_leaf_both_count() {
    let body = "typedef word { type string { pattern '[a-z]+'; length '1..4'; } }
        leaf x { type word { pattern '[abc]*'; length '2..3'; } }";
    check(
        body,
        &[
            (r#"{"m:x": "abc"}"#, &[]),
            (
                r#"{"m:x": "abz"}"#,
                &[r#"Pattern /m:x: "abz" does not match the pattern '[abc]*'"#],
            ),
            (
                r#"{"m:x": "aBc"}"#,
                &[r#"Pattern /m:x: "aBc" does not match the pattern '[a-z]+'"#],
            ),
            (r#"{"m:x": "aaaa"}"#, &["Length /m:x"]),
        ],
    );
}

#[test]
fn strings_hold_characters_of_yang_alone() {
    values(
        "string;",
        &[(r#""""#, ""), (r#""\t\n\r""#, "\t\n\r"), (r#""😀""#, "😀")],
        &[
            (
                r#""a\u0001""#,
                r#"InvalidValue: "a\u{1}" holds the character U+0001, which YANG does not allow"#,
            ),
            (
                r#""\uFFFF""#,
                r#"InvalidValue: "\u{ffff}" holds the character U+FFFF, which YANG does not allow"#,
            ),
            ("5", r#"InvalidValue: "5" is a number where a string belongs"#),
        ],
    );
}

#[test]
fn dates_and_times() {
    values(
        "yang:date-and-time;",
        &[
            (r#""2026-01-31T12:00:00Z""#, "2026-01-31T12:00:00Z"),
            (
                r#""2026-01-31T12:00:00.25+02:00""#,
                "2026-01-31T12:00:00.25+02:00",
            ),
        ],
        &[
            (
                r#""2026-13-31T12:00:00Z""#,
                r#"DateTime: "2026-13-31T12:00:00Z" is no date and time: its month is not one"#,
            ),
            (
                r#""2026-01-31T24:00:00Z""#,
                r#"DateTime: "2026-01-31T24:00:00Z" is no date and time: its hour is not one"#,
            ),
            (
                r#""yesterday""#,
                r#"DateTime: "yesterday" is not a date and time"#,
            ),
        ],
    );
}

#[test]
fn address_values() {
    values(
        "inet:ipv4-address;",
        &[
            (r#""10.0.0.1""#, "10.0.0.1"),
            (r#""10.0.0.1%eth0""#, "10.0.0.1%eth0"),
        ],
        &[(
            r#""10.0.0.256""#,
            r#"Pattern: "10.0.0.256" is not an IPv4 address"#,
        )],
    );
    values(
        "inet:ipv6-address;",
        &[
            (r#""FC00:0:0::1""#, "fc00::1"),
            (r#""fe80::1%eth0""#, "fe80::1%eth0"),
            (r#""::ffff:10.0.0.1""#, "::ffff:10.0.0.1"),
        ],
        &[(
            r#""fc00::1::2""#,
            r#"Pattern: "fc00::1::2" is not an IPv6 address"#,
        )],
    );
    values(
        "inet:ipv4-address-no-zone;",
        &[(r#""10.0.0.1""#, "10.0.0.1")],
        &[(
            r#""10.0.0.1%eth0""#,
            r#"IPv4: "10.0.0.1%eth0" is not an IPv4 address"#,
        )],
    );
    values(
        "inet:ipv6-address-no-zone;",
        &[(r#""FC00::1""#, "fc00::1")],
        &[(
            r#""fc00::1%eth0""#,
            r#"IPv6: "fc00::1%eth0" is not an IPv6 address"#,
        )],
    );
    values(
        "yang:mac-address;",
        &[(r#""00:11:22:AA:BB:CC""#, "00:11:22:aa:bb:cc")],
        &[(
            r#""00:11:22:33:44""#,
            r#"Pattern: "00:11:22:33:44" does not match the pattern '[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}'"#,
        )],
    );
}

#[test]
fn prefixes_stand_for_their_network() {
    values(
        "inet:ipv4-prefix;",
        &[
            (r#""10.1.2.3/24""#, "10.1.2.0/24"),
            (r#""10.1.2.3/32""#, "10.1.2.3/32"),
            (r#""10.1.2.3/0""#, "0.0.0.0/0"),
        ],
        &[
            (r#""10.1.2.3""#, r#"Pattern: "10.1.2.3" is not an IPv4 prefix"#),
            (
                r#""10.1.2.0/33""#,
                r#"Pattern: "10.1.2.0/33" is not an IPv4 prefix"#,
            ),
        ],
    );
    values(
        "inet:ipv6-prefix;",
        &[
            (r#""FC00::1/64""#, "fc00::/64"),
            (r#""fc00::1/128""#, "fc00::1/128"),
        ],
        &[(
            r#""fc00::/129""#,
            r#"Pattern: "fc00::/129" is not an IPv6 prefix"#,
        )],
    );
    // In a union the first member wins, and brings its own canonical form.
    values(
        "inet:ip-prefix;",
        &[
            (r#""10.1.2.3/8""#, "10.0.0.0/8"),
            (r#""FC00::1/64""#, "fc00::/64"),
        ],
        &[(
            r#""10.1.2.3""#,
            r#"InvalidValue: "10.1.2.3" is none of: ipv4-prefix, ipv6-prefix"#,
        )],
    );
}

#[test]
fn long_values_are_cut_in_messages() {
    let long = "x".repeat(200);
    let found = Model::new("leaf x { type boolean; }").yang(&format!(r#"{{"m:x": "{long}"}}"#));
    assert_eq!(
        found[0].message,
        format!("\"{}\"… (200 characters) is not a boolean", "x".repeat(80))
    );
}
