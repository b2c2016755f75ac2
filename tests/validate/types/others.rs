//! Enumerations, bits, unions and the rest; what models say of their own types.

use super::{hint_and_tag, values};
use crate::support::{Model, check_yang};

#[test]
fn boolean_values() {
    values(
        "boolean;",
        &[("true", "true"), (r#""false""#, "false")],
        &[
            (r#""True""#, r#"InvalidValue: "True" is not a boolean"#),
            ("1", r#"InvalidValue: "1" is a number where a boolean belongs"#),
        ],
    );
}

#[test]
fn enumerations() {
    let ty = "enumeration { enum enable; enum disable; enum 'two words'; }";
    values(
        ty,
        &[(r#""enable""#, "enable"), (r#""two words""#, "two words")],
        &[
            (
                r#""enabled""#,
                r#"InvalidValue: "enabled" is not a value of this enumeration"#,
            ),
            (r#""""#, r#"InvalidValue: "" is not a value of this enumeration"#),
            (
                r#"" enable""#,
                r#"InvalidValue: " enable" is not a value of this enumeration"#,
            ),
        ],
    );
    assert_eq!(
        hint_and_tag(ty, r#""enabled""#).0.unwrap(),
        r#"did you mean "enable"? allowed: enable, disable, two words"#
    );
    assert_eq!(
        hint_and_tag(ty, r#""x""#).0.unwrap(),
        "allowed: enable, disable, two words"
    );
}

#[test]
fn bits_are_put_in_order() {
    values(
        "bits { bit run { position 2; } bit read { position 0; } bit write { position 1; } }",
        &[
            (r#""run read""#, "read run"),
            (r#""  write ""#, "write"),
            (r#""""#, ""),
        ],
        &[
            (
                r#""read walk""#,
                r#"InvalidValue: "read walk" names a bit that is not there"#,
            ),
            (
                r#""read read""#,
                r#"InvalidValue: "read read" names the bit read twice"#,
            ),
        ],
    );
}

#[test]
fn binary_has_a_length_in_bytes() {
    values(
        "binary { length '1..3'; }",
        &[(r#""YQ==""#, "YQ=="), (r#""YWJj""#, "YWJj")],
        &[
            (r#""""#, r#"Length: "" is 0 bytes long, which is not allowed"#),
            (
                r#""YWJjZA==""#,
                r#"Length: "YWJjZA==" is 4 bytes long, which is not allowed"#,
            ),
            (
                r#""YQ=""#,
                r#"InvalidValue: "YQ=" is not Base64: its length is not divisible by 4"#,
            ),
            (r#""Y?==""#, r#"InvalidValue: "Y?==" is not Base64"#),
        ],
    );
}

#[test]
fn empty_is_a_list_with_null() {
    values(
        "empty;",
        &[("[null]", "")],
        &[
            ("null", r#"InvalidValue: "" is null where [null] belongs"#),
            (r#""""#, r#"InvalidValue: "" is a string where [null] belongs"#),
            ("[null, null]", "InvalidJSON: a list where a value belongs"),
        ],
    );
}

#[test]
fn the_first_member_of_a_union_wins() {
    values(
        "union { type uint8; type boolean; type enumeration { enum auto; } }",
        &[
            (r#""010""#, "8"),
            ("7", "7"),
            ("true", "true"),
            (r#""auto""#, "auto"),
        ],
        &[
            (
                r#""automatic""#,
                r#"InvalidValue: "automatic" is none of: uint8, true, false, auto"#,
            ),
            (r#""300""#, r#"Bounds: "300" is out of the bounds of uint8"#),
        ],
    );
    values(
        "union { type string; type uint8; }",
        &[(r#""010""#, "010"), ("7", "7")],
        &[],
    );
    values(
        "union { type union { type int8 { range '0..9'; } type int8 { range '20..29'; } } type empty; }",
        &[("5", "5"), (r#""0x14""#, "20"), ("[null]", "")],
        &[(
            r#""15""#,
            r#"InvalidValue: "15" is none of: int8 0..9, int8 20..29, empty"#,
        )],
    );
}

#[test]
fn model_error_messages_are_used() {
    let body = "
        leaf r { type uint8 { range '1..4' { error-message 'one to four'; error-app-tag bad-range; } } }
        leaf l { type string { length '1..4' { error-message 'short'; error-app-tag bad-length; } } }
        leaf p { type string { pattern '[a-z]*' { error-message 'small letters'; error-app-tag bad-pattern; } } }
        leaf q { type string { pattern '[a-z]*' { error-app-tag bad-pattern; } } }";
    let model = Model::new(body);
    check_yang(
        &model,
        &[(
            r#"{"m:r": 5, "m:l": "12345", "m:p": "A", "m:q": "A"}"#,
            &[
                "Range /m:r: one to four",
                "Length /m:l: short",
                "Pattern /m:p: small letters",
                r#"Pattern /m:q: "A" does not match the pattern '[a-z]*'"#,
            ],
        )],
    );
    let found = model.yang(r#"{"m:r": 5, "m:l": "12345", "m:p": "A", "m:q": "A"}"#);
    let tags: Vec<&str> = found
        .iter()
        .filter_map(|finding| finding.app_tag.as_deref())
        .collect();
    assert_eq!(tags, ["bad-range", "bad-length", "bad-pattern", "bad-pattern"]);
}
