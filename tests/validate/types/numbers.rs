//! Integers and decimals.

use super::{hint_and_tag, values};

#[test]
fn integers_have_bounds() {
    for (ty, min, below, max, above) in [
        ("int8", "-128", "-129", "127", "128"),
        ("int16", "-32768", "-32769", "32767", "32768"),
        ("int32", "-2147483648", "-2147483649", "2147483647", "2147483648"),
        ("uint8", "0", "-1", "255", "256"),
        ("uint16", "0", "-1", "65535", "65536"),
        ("uint32", "0", "-1", "4294967295", "4294967296"),
    ] {
        let out = |number: &str| format!("Bounds: \"{number}\" is out of the bounds of {ty}");
        values(
            &format!("{ty};"),
            &[(min, min), (max, max)],
            &[(below, &out(below)), (above, &out(above))],
        );
    }
    // 64 bits are the most that can be read at all.
    values(
        "int64;",
        &[
            (r#""-9223372036854775808""#, "-9223372036854775808"),
            (r#""9223372036854775807""#, "9223372036854775807"),
        ],
        &[
            (
                r#""9223372036854775808""#,
                r#"Bounds: "9223372036854775808" is out of the bounds of int64"#,
            ),
            (
                r#""-9223372036854775809""#,
                r#"InvalidValue: "-9223372036854775809" is not a number (int64)"#,
            ),
        ],
    );
    values(
        "uint64;",
        &[(r#""18446744073709551615""#, "18446744073709551615")],
        &[
            (
                r#""18446744073709551616""#,
                r#"InvalidValue: "18446744073709551616" is not a number (uint64)"#,
            ),
            (r#""-1""#, r#"Bounds: "-1" is out of the bounds of uint64"#),
        ],
    );
}

#[test]
fn integers_are_written_in_many_ways() {
    values(
        "int32;",
        &[
            ("7", "7"),
            (r#""7""#, "7"),
            (r#"" +7 ""#, "7"),
            (r#""-0""#, "0"),
            (r#""0x1F""#, "31"),
            (r#""-0x10""#, "-16"),
            (r#""010""#, "8"),
            ("1e2", "100"),
            ("-1.5e1", "-15"),
        ],
        &[
            (r#""""#, r#"InvalidValue: "" is not a number (int32)"#),
            (r#""7 7""#, r#"InvalidValue: "7 7" is not a number (int32)"#),
            (r#""08""#, r#"InvalidValue: "08" is not a number (int32)"#),
            (r#""0x""#, r#"InvalidValue: "0x" is not a number (int32)"#),
            (r#""1.0""#, r#"InvalidValue: "1.0" is not a number (int32)"#),
            ("1.5", r#"InvalidValue: "1.5" is not a number (int32)"#),
            (
                "true",
                r#"InvalidValue: "true" is a boolean where a number belongs"#,
            ),
            ("null", r#"InvalidValue: "" is null where a number belongs"#),
            ("[null]", r#"InvalidValue: "" is [null] where a number belongs"#),
            (r#"{"a": 1}"#, "InvalidJSON: an object where a value belongs"),
            ("[1]", "InvalidJSON: a list where a value belongs"),
        ],
    );
}

#[test]
fn ranges_may_have_parts() {
    let ty = "uint8 { range '1..4 | 10 | 20..max'; }";
    values(
        ty,
        &[("1", "1"), ("4", "4"), ("10", "10"), ("255", "255")],
        &[
            ("0", r#"Range: "0" is out of the allowed range"#),
            ("5", r#"Range: "5" is out of the allowed range"#),
            ("11", r#"Range: "11" is out of the allowed range"#),
            ("256", r#"Bounds: "256" is out of the bounds of uint8"#),
        ],
    );
    assert_eq!(hint_and_tag(ty, "5").0.unwrap(), "allowed: 1..4, 10, 20..255");
    assert_eq!(hint_and_tag(ty, "256").0.unwrap(), "allowed: 1..4, 10, 20..255");
}

#[test]
fn decimal64_values() {
    values(
        "decimal64 { fraction-digits 2; range '-1.5..1.5 | 10'; }",
        &[
            (r#""1""#, "1.0"),
            (r#""01.50""#, "1.5"),
            (r#""-1.500""#, "-1.5"),
            (r#""-0.05""#, "-0.05"),
            (r#"" +10 ""#, "10.0"),
        ],
        &[
            (r#""1.51""#, r#"Range: "1.51" is out of the allowed range"#),
            (r#""9.99""#, r#"Range: "9.99" is out of the allowed range"#),
            (
                r#""1.555""#,
                r#"DecimalFractionExceed: "1.555" has more than 2 fraction digits"#,
            ),
            (r#""1e0""#, r#"InvalidValue: "1e0" is not a decimal number"#),
            (r#""1.""#, r#"InvalidValue: "1." is not a decimal number"#),
            (r#""""#, r#"InvalidValue: "" is not a decimal number"#),
            ("1.5", r#"InvalidValue: "1.5" is a number where a string belongs"#),
        ],
    );
    // The digits count, not the zeros behind them; 64 bits are 19 digits.
    values(
        "decimal64 { fraction-digits 18; }",
        &[
            (r#""9.223372036854775807""#, "9.223372036854775807"),
            (r#""-9.223372036854775808""#, "-9.223372036854775808"),
        ],
        &[(
            r#""9.223372036854775808""#,
            r#"InvalidValue: "9.223372036854775808" is not a decimal number"#,
        )],
    );
}
