//! Models that are refused, and what is not in them.

use std::path::Path;

use sonicfg::config::ReadError;
use sonicfg::schema::{LookupError, PlaceName, Schema, SchemaError, Sources, describe, facts};

use crate::{Mend, Told, judge, variants};

variants!(schema_error, SCHEMA, SchemaError, {
    SchemaError::Directory { .. } => "Directory",
    SchemaError::Read(_) => "Read",
    SchemaError::TwoModules { .. } => "TwoModules",
    SchemaError::Template { .. } => "Template",
    SchemaError::Module { .. } => "Module",
    SchemaError::Expression { .. } => "Expression",
    SchemaError::Statement { .. } => "Statement",
});

variants!(lookup_error, LOOKUP, LookupError, {
    LookupError::Table { .. } => "Table",
    LookupError::Entry { .. } => "Entry",
    LookupError::Place { .. } => "Place",
    LookupError::Field { .. } => "Field",
});

/// Why models in files are refused.
fn refusal(files: &[(&str, &str)]) -> SchemaError {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut sources = Sources::empty();
    // Folders of their own, beside the one that holds them.
    for folder in ["", "a", "b"].map(|name| dir.path().join(name)) {
        if folder.is_dir()
            && let Err(error) = sources.add_dir(&folder)
        {
            return error;
        }
    }
    Schema::load(&sources, None).unwrap_err()
}

fn module(body: &str) -> String {
    format!("module m {{ yang-version 1.1; namespace \"urn:m\"; prefix m;\n{body}\n}}")
}

#[test]
fn invalid_models_are_refused() {
    let of = |body: &str| refusal(&[("m.yang", &module(body))]);
    let missing = Sources::empty().add_dir(Path::new("/no/such/dir")).unwrap_err();
    let unreadable = SchemaError::Read(ReadError::TooLarge {
        path: "m.yang".to_owned(),
    });
    let errors = [
        (
            missing,
            &["/no/such/dir", "cannot read the directory"][..],
            Mend::Told,
        ),
        (unreadable, &["m.yang"], Mend::Told),
        (
            refusal(&[
                ("a/m.yang", &module("")),
                ("b/m.yang", &module("leaf x { type string; }")),
            ]),
            &["module m", "a/m.yang", "b/m.yang"],
            Mend::Says("take one of them away"),
        ),
        (
            refusal(&[
                ("yang-templates/m.yang.j2", "{% if %}"),
                (
                    "yang-models/x.yang",
                    "module x { namespace \"urn:x\"; prefix x; }",
                ),
            ]),
            &["m.yang.j2", "does not render"],
            Mend::Told,
        ),
        (of("leaf x { typo string; }"), &["m.yang:2", "typo"], Mend::Told),
        (of("leaf x { type nothing; }"), &["nothing"], Mend::Told),
        (
            of("container c { leaf x { type string; must \"lang('en')\"; } }"),
            &["/c/x", "lang('en')"],
            Mend::Told,
        ),
    ];
    let mut judged: Vec<Told> = errors
        .into_iter()
        .map(|(error, about, mend)| Told {
            variant: schema_error(&error),
            text: error.to_string(),
            about,
            mend,
        })
        .collect();
    let statement = statement();
    judged.push(Told {
        variant: schema_error(&statement),
        text: statement.to_string(),
        about: &["module vendor-flags", "identity odd", "default"],
        mend: Mend::Told,
    });
    judge(&judged, SCHEMA);
}

/// A flag whose default is no word of its family.
fn statement() -> SchemaError {
    SchemaError::Statement {
        module: "vendor-flags".to_owned(),
        identity: "odd".to_owned(),
        statement: "default".to_owned(),
        reason: "\"maybe\" is not one of the words: up, down".to_owned(),
    }
}

#[test]
fn unknown_names_are_refused() {
    let schema = Schema::load(&Sources::shipped(), None).unwrap().schema;
    let place = |text: &str| match PlaceName::parse(&schema, text) {
        Err(error) => error,
        Ok(place) => facts(&schema, &place).unwrap_err(),
    };
    let errors = [
        (
            describe(&schema, "FEATUER").unwrap_err(),
            &["\"FEATUER\""][..],
            Mend::Says("did you mean \"FEATURE\"?"),
        ),
        (
            place("/FEATURE/a|b"),
            &["\"FEATURE\"", "\"a|b\""],
            Mend::Says("its entries: FEATURE|<name>"),
        ),
        (place("/a/b/c/d"), &["\"/a/b/c/d\""], Mend::Says("write /TABLE")),
        (
            place("FEATURE.stat"),
            &["\"FEATURE\"", "\"stat\""],
            Mend::Says("did you mean \"state\"?"),
        ),
    ];
    let errors: Vec<Told> = errors
        .into_iter()
        .map(|(error, about, mend)| Told {
            variant: lookup_error(&error),
            text: error.to_string(),
            about,
            mend,
        })
        .collect();
    judge(&errors, LOOKUP);
}

/// What is wrong with an expression; the node that has it is told by whoever names it.
#[test]
fn expressions_that_are_none() {
    let errors: Vec<Told> = [
        "a[",
        "a b",
        "lang('x')",
        "nothing()",
        "x:a",
        "1 +",
        "$v",
        "a/b/c)",
        "'open",
    ]
    .into_iter()
    .map(|text| {
        let body = format!("container c {{ leaf x {{ type string; must \"{text}\"; }} }}");
        let error = refusal(&[("m.yang", &module(&body))]);
        Told {
            variant: "",
            text: error.to_string(),
            about: &[],
            mend: Mend::Told,
        }
    })
    .collect();
    judge(&errors, &[""]);
}
