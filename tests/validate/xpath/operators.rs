//! Operators and comparisons (XPath 1.0, section 3).

use super::check;

#[test]
fn boolean_operators() {
    check(
        &[
            "true()",
            "not(false())",
            "boolean('false')",
            "boolean(-1)",
            "boolean(../n)",
            "boolean(1 div 0)",
            "not(boolean(''))",
            "not(../none)",
            "'0'",
            "..",
        ],
        &[
            "false()",
            "not(true())",
            "boolean('')",
            "boolean(0)",
            "boolean(0 div 0)",
            "boolean(../none)",
            "not('x')",
            "''",
            "0",
            "../none",
        ],
    );
}

#[test]
fn operators_and_their_order() {
    check(
        &[
            "true() or false() and false()",
            "1 = 1 and 2 = 2 or 1 = 2",
            "2 > 1 = true()",
            "1 < 2 < 2",
            "2 + 3 * 4 = 14",
            "(2 + 3) * 4 = 20",
            "5 - 3 - 1 = 1",
            "7 mod 2 = 1",
            "-7 mod 2 = -1",
            "7 mod -2 = 1",
            "1.5 mod 1 = .5",
            "7 div 2 = 3.5",
            "- 1 = -1",
            "--1 = 1",
            "-(-'3') = 3",
            "../n*2 = 84",
            "../a-b = 9",
            "../n - ../a-b = 33",
            "'1' + '2' = 3",
            "true() + true() = 2",
            "../n * ../d = 105",
        ],
        &[
            "(true() or false()) and false()",
            "3 > 2 > 1",
            "2 + 3 * 4 = 20",
            "5 - (3 - 1) = 1",
            "../none + 1 = 1",
            "'a' + 1 = 1",
        ],
    );
}

#[test]
fn comparisons_of_single_values() {
    check(
        &[
            "1 = 1.0",
            "'1' = 1",
            "'1' != '1.0'",
            "'01' = 1",
            "'a' = 'a'",
            "1 = true()",
            "'a' = true()",
            "'' = false()",
            "'10' > '9'",
            "'2' >= 2",
            "1 < 2",
            "1 <= 1",
            "0 div 0 != 0 div 0",
            "1 div 0 > 1000000",
            "-1 div 0 < 0",
            "../n = 42",
            "42 = ../n",
            "../n != 41",
            "50 > ../n",
            "../n <= '42'",
            "../d = '2.5'",
            "../d = 2.5",
            "../flag = 'true'",
        ],
        &[
            "1 = 2",
            "1 != 1",
            "'a' < 'b'",
            "'a' >= 'a'",
            "0 div 0 = 0 div 0",
            "'x' = 1",
            "'0' = false()",
            "2 < 1",
            "../n = '42.0'",
            "../n < 42",
            "42 > ../n",
            "../s > 1",
        ],
    );
}

#[test]
fn comparisons_of_node_sets() {
    check(
        &[
            // There is one that is, and one that is not.
            "../words = 'q'",
            "../words != 'q'",
            "'r' = ../words",
            "../ll > 2",
            "../ll < 0",
            "1 = ../ll",
            "../ll != ../ll",
            "../words = ../l/b",
            "../y = ../words",
            "../x != ../y",
            "../l/v > ../ll",
            // A node-set and a boolean: whether there is any.
            "../words = true()",
            "../none = false()",
            "true() != ../none",
            "not(../none = '')",
            "not(../none != '')",
        ],
        &[
            "../words = 'p'",
            "../n != ../n",
            "../none = ''",
            "../none != ''",
            "../none = ../none",
            "../none != ../words",
            "../none < 1",
            "1 >= ../none",
            "../none = true()",
            "../words = false()",
            "../ll > 3",
            "../x = ../y",
        ],
    );
}
