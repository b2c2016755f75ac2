//! The language of templates: outputs that SONiC's renderer gave, with Jinja2 3.1.6 and netaddr 0.8.0.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};
use sonicfg::config::Source;
use sonicfg::schema::{Schema, Sources};
use sonicfg::system_defaults::{Registry, RenderRequest, Variables, render};

use crate::common::cli::{Sandbox, fixture};

static REGISTRY: LazyLock<Registry> =
    LazyLock::new(|| Registry::of(&Schema::load(&Sources::shipped(), None).unwrap().schema).unwrap());

#[derive(Deserialize)]
struct Cases {
    variables: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    template: String,
    output: Option<String>,
    error: Option<String>,
    #[serde(default)]
    refused: bool,
}

fn request(template: &str, variables: &Value, is_strict: bool) -> RenderRequest {
    RenderRequest {
        template: Source::new("t.j2", template),
        variables: vec![Variables::Values(variables.clone())],
        folders: vec![PathBuf::from(fixture("templates/language"))],
        is_strict,
    }
}

/// Renders all templates of a file, and gives how many there are.
fn check(file: &str) -> usize {
    let text = std::fs::read_to_string(fixture(file)).unwrap();
    let file: Cases = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for case in &file.cases {
        let rendered = render(&REGISTRY, &request(&case.template, &file.variables, true));
        let is_right = match (&rendered, &case.output, &case.error) {
            (Ok(text), Some(output), None) => text == output,
            (Err(error), None, Some(reason)) => {
                error.reason.contains(reason.as_str()) && error.line.is_some()
            }
            (Err(error), None, None) => case.refused && error.line.is_some() && error.column.is_some(),
            _ => false,
        };
        if !is_right {
            let expected = case.output.as_ref().or(case.error.as_ref());
            wrong.push(format!(
                "{:?}\n  expected {expected:?}\n  given {rendered:?}",
                case.template
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    file.cases.len()
}

#[test]
fn statements_are_those_of_the_renderer_of_sonic() {
    assert!(check("templates/statements.json") > 150);
}

#[test]
fn expressions_are_those_of_the_renderer_of_sonic() {
    assert!(check("templates/expressions.json") > 1000);
}

#[test]
fn without_strict_more_is_understood() {
    let lenient =
        |template: &str| render(&REGISTRY, &request(template, &json!({"l": [1, 2, 3]}), false)).unwrap();
    for (template, expected) in [
        ("[{{ nope.a.b['c'] }}]", "[]"),
        ("{% do l.append(4) %}{{ l }}", "[1, 2, 3, 4]"),
        (
            "{% for i in l %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}",
            "1",
        ),
        (
            "{% for i in l %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}",
            "13",
        ),
    ] {
        assert_eq!(lenient(template), expected);
        let strict = render(&REGISTRY, &request(template, &json!({"l": [1, 2, 3]}), true));
        assert!(strict.is_err(), "{template}");
    }
    // What has no meaning at all is refused all the same.
    for template in ["{{ nope.a + 1 }}", "{{ nope() }}", "{{ 'a' < 1 }}", "{% break %}"] {
        let rendered = render(&REGISTRY, &request(template, &json!({}), false));
        assert!(rendered.is_err(), "{template}");
    }
}

#[test]
fn errors_have_line_and_column() {
    for (template, place, reason) in [
        ("a\n  {{ nope.a }}", (2, 6), "'nope' is undefined"),
        (
            "é {{ 'a' < 1 }}",
            (1, 10),
            "'<' not supported between instances of 'str' and 'int'",
        ),
        ("{{ l\n| nope }}", (2, 3), "there is no filter `nope`"),
        (
            "{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n{{ m() }}",
            (2, 6),
            "division by zero",
        ),
        ("\r\n\r\n{{ 'x }}", (3, 4), "the string does not end"),
        (
            "{% for a, b in l %}{% endfor %}",
            (1, 8),
            "cannot unpack non-iterable int object",
        ),
        ("{% if x %}", (1, 11), "`if` without `elif` or `else` or `endif`"),
    ] {
        let error = render(&REGISTRY, &request(template, &json!({"l": [1]}), true)).unwrap_err();
        assert_eq!(
            (error.name.as_str(), error.line, error.column),
            ("t.j2", Some(place.0), Some(place.1)),
            "{error}"
        );
        assert_eq!(error.reason, reason);
    }
    let error = render(&REGISTRY, &request("{% include 'err.j2' %}", &json!({}), true)).unwrap_err();
    assert!(error.name.ends_with("language/err.j2"), "{error}");
    assert_eq!((error.line, error.column), (Some(2), Some(10)));
}

#[test]
fn limits_hold() {
    let deep = |open: &str, close: &str, count| format!("{}1{}", open.repeat(count), close.repeat(count));
    let nested =
        "{% set ns = namespace(l=[]) %}{% for i in range(300000) %}{% set ns.l = [ns.l] %}{% endfor %}";
    for (template, reason) in [
        (
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}".to_owned(),
            "too many instructions",
        ),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}".to_owned(), "nested too deep"),
        (format!("{{{{ {} }}}}", deep("(", ")", 100_000)), "nested more than 200 deep"),
        (format!("{{{{ {} }}}}", deep("[", "]", 100_000)), "nested more than 200 deep"),
        (format!("{{{{ {}1 }}}}", "-".repeat(100_000)), "nested more than 200 deep"),
        (format!("{{{{ {}1 }}}}", "not ".repeat(100_000)), "nested more than 200 deep"),
        ("{% if 1 %}".repeat(100_000), "nested more than 200 deep"),
        (format!("{{{{ 1{} }}}}", " + 1".repeat(100_000)), "more than 200 parts"),
        (format!("{{{{ 1{} }}}}", " or 1".repeat(100_000)), "more than 200 parts"),
        (format!("{{{{ 1{} }}}}", "|abs".repeat(100_000)), "more than 200 parts"),
        (format!("{{{{ 1{} }}}}", " if 1".repeat(100_000)), "more than 200 parts"),
        (format!("{{{{ a{} }}}}", ".b".repeat(100_000)), "more than 200 parts"),
        ("{{ 'x' * 100000000000 }}".to_owned(), "too large"),
        ("{{ [1] * 100000000000 }}".to_owned(), "too large"),
        ("{{ '%1000000000d' % 1 }}".to_owned(), "too wide"),
        ("{{ '%.*f' % (1000000000, 1) }}".to_owned(), "too wide"),
        ("{{ '{:1000000000}'.format(1) }}".to_owned(), "too wide"),
        ("{{ 'x'.center(1000000000) }}".to_owned(), "too long"),
        ("{{ 10 ** 1000 }}".to_owned(), "too large"),
        ("{{ range(10 ** 18)|list }}".to_owned(), "too many instructions"),
        ("{% set x = ['x' * 60000000] %}{% for i in range(1000) %}{% set _ = x.append(x[0] ~ i) %}{% endfor %}".to_owned(), "too many instructions"),
        ("{% set x = 'x' * 1000000 %}{% for a in range(100) %}{{ x }}{% endfor %}".to_owned(), "gives more than 64 MiB"),
        (format!("{nested}{{{{ ns.l }}}}"), "nested too deep"),
        (format!("{nested}{{{{ ns.l == [ns.l] }}}}"), "nested too deep"),
        (format!("{nested}{{{{ ns.l|tojson }}}}"), "nested too deep"),
        (format!("{nested}{{% set t = (ns.l,) %}}{{{{ t|pprint }}}}"), "nested too deep"),
    ] {
        let error = render(&REGISTRY, &request(&template, &json!({}), false)).unwrap_err();
        let shown = &template[..template.len().min(80)];
        assert!(error.reason.contains(reason), "{shown}: {error}");
    }
    // Values nested deep are no harm where nothing visits them.
    let rendered = render(
        &REGISTRY,
        &request(
            &format!("{nested}{{% set ns.l = 1 %}}{{{{ ns.l }}}}"),
            &json!({}),
            false,
        ),
    );
    assert_eq!(rendered.unwrap(), "1");
}

/// The cases of the shared data, each with what SONiC's renderer gave.
#[test]
fn cases_of_the_shared_data() {
    let Some(shared) = crate::common::shared() else {
        return;
    };
    let mut count = 0;
    for folder in std::fs::read_dir(shared.join("cases/render")).unwrap() {
        let folder = folder.unwrap().path();
        let expected = std::fs::read_to_string(folder.join("real.txt")).unwrap();
        let sandbox = Sandbox::new();
        let (template, config) = (folder.join("t.j2"), folder.join("config_db.json"));
        let run = sandbox.run([
            "render",
            template.to_str().unwrap(),
            "--strict",
            "--config",
            config.to_str().unwrap(),
        ]);
        let name = folder.display();
        match expected
            .split_once("Error: ")
            .filter(|(class, _)| class.bytes().all(|byte| byte.is_ascii_alphabetic()))
        {
            Some((_, reason)) => {
                assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{name}");
                assert!(run.stderr.contains(reason.trim_end()), "{name}: {}", run.stderr);
            }
            None => {
                run.is_clean();
                assert_eq!(run.stdout, expected, "{name}");
            }
        }
        count += 1;
    }
    assert!(count > 30, "{count}");
}
