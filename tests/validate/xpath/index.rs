//! Paths that are answered from an index: the answer must be that of a walk.

use super::check;
use crate::support::conditions;

/// Pairs of paths that mean the same, with how many nodes they find. The first of each can be
/// answered from an index, the second has to be walked.
#[test]
fn the_index_answers_as_a_walk_does() {
    let pairs = [
        (5, "../l", "../l[true()]"),
        (2, "../l[a = 'p']", "../l[string(a) = 'p']"),
        (2, "../l['p' = a]", "../l['p' = string(a)]"),
        (
            2,
            "../l[a = current()/../x]",
            "../l[string(a) = string(current()/../x)]",
        ),
        (
            1,
            "../l[a = current()/../x][b = 'q']",
            "../l[string(a) = string(current()/../x)][string(b) = 'q']",
        ),
        (
            1,
            "../l[b = 'q'][a = current()/../x]",
            "../l[string(b) = 'q'][string(a) = 'p']",
        ),
        (
            1,
            "../l[a = 'p' and b = 'r']",
            "../l[string(a) = 'p' and string(b) = 'r']",
        ),
        (
            3,
            "../l[a = 'p' or b = 'r']",
            "../l[string(a) = 'p' or string(b) = 'r']",
        ),
        (1, "../l[a = 'p' and v > 1]", "../l[string(a) = 'p' and v > 1]"),
        (1, "../l[b = 'q'][2]", "../l[string(b) = 'q'][2]"),
        (1, "../l[b = 'q'][last()]", "../l[string(b) = 'q'][last()]"),
        (1, "../l[2][b = 'r']", "../l[2][string(b) = 'r']"),
        (0, "../l[2][b = 'q']", "../l[2][string(b) = 'q']"),
        (1, "../l[position() = 1]", "../l[not(position() != 1)]"),
        (
            1,
            "../l[b = 'q' and position() = 4]",
            "../l[string(b) = 'q' and position() = 4]",
        ),
        (
            1,
            "../l[b = 'q'][position() = last()]",
            "../l[string(b) = 'q'][position() = last()]",
        ),
        (
            2,
            "../l[b = 'q'][position() > 1]",
            "../l[string(b) = 'q'][position() > 1]",
        ),
        (
            1,
            "../l[b = 'q'][a = 's'][1]",
            "../l[string(b) = 'q'][string(a) = 's'][1]",
        ),
        (
            5,
            "../l[b = current()/../words]",
            "../l[string(b) = 'q' or string(b) = 'r']",
        ),
        (
            0,
            "../l[b = current()/../none]",
            "../l[string(b) = current()/../none]",
        ),
        (0, "../l[a = 'nobody']", "../l[string(a) = 'nobody']"),
        (0, "../l[a = current()]", "../l[string(a) = string(current())]"),
        (1, "../l[v = 2]", "../l[string(v) = '2']"),
        (1, "../l[v = '2']", "../l[number(v) = 2]"),
        (2, "../l[v = current()/../ll]", "../l[v = 1 or v = 3]"),
        (3, "../l[b = concat('', 'q')]", "../l[string(b) = 'q']"),
        (3, "../l[b = string(current()/../y)]", "../l[string(b) = 'q']"),
        (3, "/c/l[b = 'q']", "/c/l[string(b) = 'q']"),
        (
            3,
            "/m:c/m:l[m:b = /m:c/m:y]",
            "/m:c/m:l[string(m:b) = string(/m:c/m:y)]",
        ),
        (3, "//l[b = 'q']", "//l[string(b) = 'q']"),
        (1, "../l[in/w = 'q']", "../l[string(in/w) = 'q']"),
        (1, "../l/in[w = 'q']", "../l/in[string(w) = 'q']"),
        (2, "../l[b != 'q']", "../l[string(b) != 'q']"),
        (2, "../l[not(b = 'q')]", "../l[not(string(b) = 'q')]"),
        (
            1,
            "../l[a = 't']/following-sibling::l",
            "../l[string(a) = 't']/following-sibling::l",
        ),
        (1, "../words[. = 'r']", "../words[string(.) = 'r']"),
        (1, "../words[. = current()/../y]", "../words[string() = 'q']"),
        (3, "../l/b[. = 'q']", "../l/b[string() = 'q']"),
        (3, "../l/b[text() = 'q']", "../l/b[string() = 'q']"),
        (
            1,
            "../l[a = ../x and b = ../y]",
            "../l[string(a) = 'p'][string(b) = 'q']",
        ),
        (1, "../l[a = /c/l[v = 4]/a]", "../l[string(a) = 't']"),
        (2, "../l[a = current()/../l[v = 3]/a]", "../l[string(a) = 's']"),
    ];
    let mut holding = Vec::new();
    for (count, indexed, walked) in pairs {
        holding.push(format!("count({indexed}) = {count}"));
        holding.push(format!("count({walked}) = {count}"));
        holding.push(format!("count({indexed} | {walked}) = {count}"));
    }
    let holding: Vec<&str> = holding.iter().map(String::as_str).collect();
    check(&holding, &[]);
}

#[test]
fn an_index_spans_the_lists_of_all_entries_but_finds_in_one() {
    conditions(
        "list o { key k; leaf k { type string; } list l { key k; leaf k { type string; } leaf v { type string; } } }
            leaf here { type string; MUST }",
        r#"{"m:o": [{"k": "1", "l": [{"k": "a", "v": "x"}, {"k": "b", "v": "x"}]}, {"k": "2", "l": [{"k": "a", "v": "y"}]}], "m:here": ""}"#,
        &[
            "count(/o/l[k = 'a']) = 2",
            "count(/o[k = '1']/l[k = 'a']) = 1",
            "/o[k = '2']/l[k = 'a']/v = 'y'",
            "count(/o[l/k = 'a']) = 2",
            "count(/o/l[k = 'a'][1]) = 2",
            "count(/o/l[v = 'x'][2]) = 1",
            "/o[2]/l[k = /o[1]/l[1]/k]/v = 'y'",
            "count(/o[k = '1' or l/v = 'y']) = 2",
            "/o/l/k = 'b'",
        ],
        &["/o[k = '2']/l[k = 'b']", "/o[k = '1']/l[k = 'a']/v = 'y'", "/o[k = '2']/l/k = 'b'", "/o/l/k = 'c'"],
    );
}

#[test]
fn paths_that_mean_every_instance() {
    conditions(
        "container c { list l { key k; leaf k { type uint8; } } leaf-list ll { type uint8; } list e { key k; leaf k { type uint8; } } }
            list o { key k; leaf k { type string; } leaf-list ll { type uint8; } leaf here { type string; MUST } }",
        r#"{"m:c": {"l": [{"k": 1}, {"k": 8}], "ll": [8, 9]},
            "m:o": [{"k": "1", "ll": [1, 2], "here": "8"}, {"k": "2", "ll": [3]}]}"#,
        &[
            "/c/l/k = 8",
            "/c/l/k = '08'",
            "'08' = /c/l/k",
            ". = /c/l/k",
            "/c/ll = .",
            "/c/l/k = /c/ll",
            "../ll = 2",
            "/o/ll = 3",
            "not(/c/e/k = .)",
            "/c/l/k != 8",
            "/c/l[k = '08']",
            "/c/l[k = '+8']",
        ],
        &["/c/l/k = 9", "/c/l/k = '010'", "/c/l[k = '010']", "../ll = 3", "/c/e/k = .", "/c/e/k != .", "/o/ll = .", "not(/c/l/k = 1)"],
    );
}
