//! Axes, node tests and predicates (XPath 1.0, section 2).

use super::check;
use crate::support::conditions;

#[test]
fn path_axes() {
    check(
        &[
            "self::here",
            "self::node() = 'h'",
            "parent::c/child::n = 42",
            "../child::* = 'kitten' or ../child::*[. = 'm:kitten']",
            "count(ancestor::*) = 1",
            "count(ancestor::node()) = 2",
            "count(ancestor-or-self::*) = 2",
            "ancestor::c/n = 42",
            "/descendant::w = 'one'",
            "count(/c/descendant::*) = count(//*) - 2",
            // Containers without presence are there too.
            "count(../l/descendant-or-self::*) = 5 + 5 * 4 + 2",
            "../l[1]/following-sibling::l/v = 5",
            "count(../l[v = 2]/following-sibling::l) = 3",
            "count(../l[v = 2]/preceding-sibling::l) = 1",
            "count(../l[v = 3]/preceding-sibling::l[1]) = 1",
            "../l[v = 3]/preceding-sibling::l[1]/v = 2",
            "../l[v = 3]/following-sibling::l[1]/v = 4",
            "(../l[v = 3]/preceding-sibling::l)[1]/v = 1",
            "../l[v = 4]/preceding::w[1] = 'q'",
            "../l[v = 4]/preceding::w[2] = 'one'",
            "../l[v = 2]/following::w = 'q'",
            "count(../l[v = 2]/following::l) = 3",
            "../l/in/w[ancestor::l/v = 3] = 'q'",
            "../l/in/w/ancestor::l[1]/v = 3",
            "../l/in/w/ancestor::*[3]/n = 42",
            "count(../l/ancestor-or-self::l) = 5",
            "not(../@n)",
            "not(attribute::*)",
            "/c/n/text() = '42'",
        ],
        &[
            "self::n",
            "parent::l",
            "child::*",
            "ancestor::here",
            "../l[1]/preceding-sibling::l",
            "../l[last()]/following-sibling::l",
            "../l[v = 2]/following-sibling::l/v = 1",
            "../l[v = 2]/preceding::w = 'q'",
            "../l[v = 4]/following::w",
            "../@n",
            "/c/l/text()",
        ],
    );
}

#[test]
fn wild_cards_and_shortcuts() {
    check(
        &[
            "//w = 'one'",
            "count(//w) = 2",
            "count(//l) = 5",
            "count(..//w) = 2",
            ".//../n = 42",
            "count(/*) = 2",
            "count(/m:*) = 2",
            "/ = true()",
            "count(/ | /c) = 2",
            "count(../l/*) = 5 * 4",
            "../l/*/w = 'q'",
            "../l/node()/w = 'q'",
            "(../x | ../y) = 'q'",
            "(../y | ../x)[1] = 'p'",
            "count(../x | ../x) = 1",
            "../l[in]/v = 3",
            "/outside = 'o'",
            "/m:outside = 'o'",
            "//l[1]/v = 1",
        ],
        &[
            "//nothing",
            "count(//w) = 1",
            "../*/v = 6",
            "//l[6]",
            "(../x | ../y) = 'r'",
        ],
    );
}

#[test]
fn the_first_node_is_the_first_in_the_document() {
    conditions(
        "container p { container q { leaf v { type string; } } leaf v { type string; } leaf here { type string; MUST } }",
        r#"{"m:p": {"q": {"v": "inner"}, "v": "outer", "here": ""}}"#,
        &[
            "string(//v) = 'inner'",
            "string(../v | ../q/v) = 'inner'",
            "(//v)[2] = 'outer'",
            "string(../descendant::v) = 'inner'",
        ],
        &["string(//v) = 'outer'", "(//v)[3]"],
    );
}

#[test]
fn path_positions() {
    check(
        &[
            "../l[1]/v = 1",
            "../l[last()]/v = 5",
            "../l[position() = 2]/v = 2",
            "../l[position() = last() - 1]/v = 4",
            "count(../l[position() < 3]) = 2",
            "../l[a = 's'][1]/v = 3",
            "../l[a = 's'][last()]/v = 5",
            "../l[a = 's'][2]/b = 'r'",
            "../l[2][a = 'p']",
            "../l[b = 'q'][position() = 2]/v = 3",
            "../ll[2] = 1",
            "../ll[../n - 40] = 1",
            "../words[position() = last()] = 'z'",
            "position() = 1 and last() = 1",
            "count(../l/in[1]) = 5",
            "count((../l/in)[1]) = 1",
        ],
        &[
            "../l[0]",
            "../l[6]",
            "../l[1.5]",
            "../l[2][a = 's']",
            "../l[a = 's'][3]",
            "../l[position() = 2 and a = 's']",
            "../ll[last()] = 1",
        ],
    );
}
