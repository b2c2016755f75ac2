//! What people and programs read: findings in every form, and what the models define.

#![allow(clippy::unwrap_used)]

#[path = "common/findings.rs"]
mod findings;

use std::path::Path;

use findings::{at, file, finding};
use serde_json::Value;
use sonicfg::config::{Config, Document, Source, Span};
use sonicfg::policy::Policy;
use sonicfg::report::{Concise, FileReport, Full, Json, Repeated, rendered};
use sonicfg::schema::{Schema, Sources, describe, overview, summaries};
use sonicfg::validate::{Diagnostic, Rule, Severity, SourceRange, masked, validate};

const CONFIG: &str = r#"{
    "VLAN": {
        "Vlan100": {
            "vlanid": "101",
            "mtuu": "9100"
        }
    },
    "CUSTOM": {
        "a": {}
    }
}
"#;

fn full(files: &[FileReport], color: bool) -> String {
    rendered(Full::new(color, Repeated::Counted), files)
}

fn concise(files: &[FileReport]) -> String {
    rendered(Concise::default(), files)
}

fn json(files: &[FileReport]) -> String {
    rendered(Json::default(), files)
}

/// An error with everything that a finding can have, an error without a hint, and a warning.
fn findings(path: &str) -> FileReport {
    let mut file = file(path, CONFIG);
    let must = Diagnostic {
        yang_path: "/sonic-vlan:sonic-vlan/VLAN/VLAN_LIST/vlanid".to_owned(),
        hint: Some("the name says 100".to_owned()),
        app_tag: Some("vlanid-invalid".to_owned()),
        ..finding(
            Rule::Must,
            "/VLAN/Vlan100/vlanid",
            "The vlanid must correspond to the VLAN name",
        )
    };
    let unknown = finding(
        Rule::UnknownElement,
        "/VLAN/Vlan100/mtuu",
        "there is no field \"mtuu\" here",
    );
    let table = Diagnostic {
        severity: Severity::Warning,
        ..finding(
            Rule::UnknownElement,
            "/CUSTOM",
            "no model covers the table \"CUSTOM\": it is not checked",
        )
    };
    file.diagnostics = vec![
        at(&file, "\"101\"", must),
        at(&file, "\"mtuu\"", unknown),
        at(&file, "\"CUSTOM\"", table),
    ];
    file.tables_without_model = vec!["CUSTOM".to_owned()];
    file
}

fn shipped() -> Schema {
    Schema::load(&Sources::shipped(), None).unwrap().schema
}

/// What validation with the shipped models finds in a text.
fn validated(path: &str, text: &str) -> FileReport {
    let document = Document::parse(Source::new(path, text)).unwrap();
    let config = Config::from(document);
    let policy = Policy::shipped();
    let report = validate(&shipped(), &policy, &config);
    FileReport {
        source: masked(config.document(), &policy),
        diagnostics: report.diagnostics,
        tables_without_model: report.tables_without_model,
        ..file(path, "")
    }
}

#[test]
fn clean_file_is_reported() {
    let files = [file("config_db.json", "{}\n")];
    assert_eq!(full(&files, false), "config_db.json: valid (config_db)\n");
    assert_eq!(concise(&files), "");
    insta::assert_snapshot!("clean_json", json(&files));
}

#[test]
fn warnings_alone_leave_a_file_valid() {
    let mut warned = findings("config_db.json");
    warned.diagnostics.drain(..2);
    let text = full(&[warned], false);
    assert_eq!(
        text.lines().last(),
        Some("config_db.json: valid, 1 warning (config_db, 1 table without a model)")
    );
}

#[test]
fn findings_with_their_lines() {
    let files = [findings("config_db.json")];
    insta::assert_snapshot!("findings_full", full(&files, false));
    insta::assert_snapshot!("findings_concise", concise(&files));
    insta::assert_snapshot!("findings_json", json(&files));
}

#[test]
fn colour_only_when_asked_for() {
    let files = [findings("config_db.json")];
    let colored = full(&files, true);
    assert!(!full(&files, false).contains('\u{1b}'));
    insta::assert_snapshot!("findings_color", colored.replace('\u{1b}', "ESC"));
    // Colour adds escape sequences and changes nothing else.
    let (start, rest) = colored.split_once('\u{1b}').unwrap();
    let parts = rest.split('\u{1b}').map(|part| part.split_once('m').unwrap().1);
    let plain: String = std::iter::once(start).chain(parts).collect();
    assert_eq!(plain, full(&files, false));
}

#[test]
fn several_files() {
    let files = [findings("a.json"), file("b.json", "{}"), findings("c.json")];
    let text = full(&files, false);
    let summary: Vec<&str> = text.lines().rev().take(3).collect();
    assert_eq!(
        summary,
        [
            "c.json: 2 errors, 1 warning (config_db, 1 table without a model)",
            "b.json: valid (config_db)",
            "a.json: 2 errors, 1 warning (config_db, 1 table without a model)"
        ]
    );
    assert_eq!(concise(&files).lines().count(), 6);
    let document: Value = serde_json::from_str(&json(&files)).unwrap();
    assert_eq!(document["errors"], 4);
    assert_eq!(document["warnings"], 2);
    assert_eq!(document["files"][1]["diagnostics"], Value::Array(Vec::new()));
    assert_eq!(document["files"][2]["path"], "c.json");
}

#[test]
fn finding_without_place_is_reported() {
    let mut file = file("config_db.json", "");
    file.diagnostics = vec![Diagnostic {
        yang_path: "/sonic-port:sonic-port/PORT/PORT_LIST/speed".to_owned(),
        hint: Some("give it one".to_owned()),
        ..finding(
            Rule::Mandatory,
            "/PORT/Ethernet0",
            "the field \"speed\" is missing",
        )
    }];
    let files = [file];
    insta::assert_snapshot!("no_place_full", full(&files, false));
    insta::assert_snapshot!("no_place_concise", concise(&files));
    insta::assert_snapshot!("no_place_json", json(&files));
}

#[test]
fn paths_and_texts_beyond_ascii() {
    let path = "Zürich Süd/config db.json";
    let mut file = file(path, "{\n\t\"VLAN\": {\"Größe 見\": {\"mtu\": \"x\"}}\n}");
    let message = "\"x\" is not a number (uint16)";
    let diagnostic = at(
        &file,
        "\"x\"",
        finding(Rule::InvalidValue, "/VLAN/Größe 見/mtu", message),
    );
    file.diagnostics = vec![diagnostic];
    let files = [file];
    insta::assert_snapshot!("beyond_ascii_full", full(&files, false));
    assert_eq!(
        concise(&files),
        format!("{path}:2:30: error[InvalidValue] /VLAN/Größe 見/mtu: {message}\n")
    );
}

#[test]
fn secrets_are_shown_by_no_form() {
    let text = r#"{
    "TACPLUS": {"global": {"passkey": "hunter2ü", "timeout": "5"}},
    "SNMP_COMMUNITY": {"hunter2": {"TYPE": "RO"}},
    "SYSTEM_DEFAULTS": {"buffer_model": {"status": "off", "passkey": "hunter2"}}
}"#;
    let files = [validated("config_db.json", text)];
    let shown = full(&files, false);
    assert!(
        shown.contains("\"passkey\": \"*********\", \"timeout\": \"5\""),
        "{shown}"
    );
    assert!(
        shown.contains("{\"status\": \"off\", \"passkey\": \"*******\"}"),
        "{shown}"
    );
    for text in [shown, concise(&files), json(&files)] {
        assert!(text.contains("TACPLUS"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn long_line_is_cut_in_report() {
    let entries: Vec<String> = (0..2000)
        .map(|at| format!("\"Ethernet{at}\":{{\"speed\":\"fast{at}\"}}"))
        .collect();
    let mut file = file(
        "config_db.json",
        &format!("{{\"PORT\":{{{}}}}}", entries.join(",")),
    );
    file.diagnostics = [0, 1000, 1999]
        .map(|number| {
            let pointer = format!("/PORT/Ethernet{number}/speed");
            let diagnostic = finding(Rule::InvalidValue, &pointer, "not a number");
            at(&file, &format!("\"fast{number}\""), diagnostic)
        })
        .to_vec();
    let columns: Vec<usize> = file
        .diagnostics
        .iter()
        .map(|d| d.place.unwrap().location.column)
        .collect();
    let text = full(&[file], false);
    for column in columns {
        assert!(
            text.contains(&format!("--> config_db.json:1:{column}\n")),
            "{column}:\n{text}"
        );
    }
    insta::assert_snapshot!("one_long_line", text);
}

#[test]
fn thousands_of_findings_show_their_own_places() {
    let entries: Vec<String> = (0..10_000)
        .map(|at| format!("\"key{at}\":\"value{at}\""))
        .collect();
    let mut file = file("f.json", &format!("{{{}}}", entries.join(",")));
    let mut start = 0;
    for number in 0..10_000 {
        let needle = format!("\"value{number}\"");
        start += file.source.text[start..].find(&needle).unwrap();
        let place = SourceRange {
            span: Span {
                start: start as u32,
                end: (start + needle.len()) as u32,
            },
            // All is ASCII.
            location: sonicfg::config::Location {
                line: 1,
                column: start + 1,
            },
        };
        file.diagnostics.push(Diagnostic {
            place: Some(place),
            ..finding(Rule::Pattern, "", "wrong")
        });
    }
    let text = rendered(Full::new(false, Repeated::Shown), &[file]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.iter().all(|line| line.len() < 200));
    let mut shown = 0;
    for pair in lines.windows(2) {
        if pair[1].contains('^') {
            let (from, to) = (pair[1].find('^').unwrap(), pair[1].rfind('^').unwrap());
            assert_eq!(&pair[0][from..=to], format!("\"value{shown}\""));
            shown += 1;
        }
    }
    assert_eq!(shown, 10_000);
    assert_eq!(lines.last(), Some(&"10000 errors (config_db)"));
}

#[test]
fn names_in_a_file_cannot_steer_the_terminal() {
    let mut file = file("f\u{1b}[2J.json", "{\"a\u{7}\": 1}");
    let diagnostic = Diagnostic {
        hint: Some("\u{1b}[31mred\r".to_owned()),
        yang_path: "/\u{1b}]0;title\u{7}".to_owned(),
        ..finding(
            Rule::UnknownElement,
            "/a\u{1b}[2J\u{202e}",
            "no \u{1b}[1mway\nhere",
        )
    };
    file.diagnostics = vec![at(&file, "\"a\u{7}\"", diagnostic.clone()), diagnostic];
    let files = [file];
    for text in [full(&files, false), concise(&files), json(&files)] {
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }
    let text = full(&files, false);
    assert!(!text.contains('\u{202e}'), "{text:?}");
    assert!(
        text.starts_with("error[UnknownElement]: no \\u{1b}[1mway here\n"),
        "{text}"
    );
}

#[test]
fn places_that_are_hard_to_show() {
    for (text, start, end) in [
        ("", 0, 0),
        ("{\n", 2, 3),
        ("[{\n}\n]", 1, 4),
        ("ä", 1, 1),
        ("{}", 90, 99),
    ] {
        let mut file = file("f.json", text);
        let location = file.source.locate(start);
        file.diagnostics = vec![Diagnostic {
            place: Some(SourceRange {
                span: Span { start, end },
                location,
            }),
            ..finding(Rule::InvalidJSON, "", "not JSON")
        }];
        let text = full(&[file], false);
        let arrow = format!("--> f.json:{}:{}\n", location.line, location.column);
        assert!(text.contains(&arrow) && text.contains('^'), "{text}");
    }
}

#[test]
fn list_of_the_shipped_tables() {
    insta::assert_snapshot!("schema_list", overview(&summaries(&shipped())));
}

#[test]
fn shipped_tables_described() {
    let schema = shipped();
    insta::assert_snapshot!(
        "schema_system_defaults",
        describe(&schema, "SYSTEM_DEFAULTS").unwrap()
    );
    insta::assert_snapshot!("schema_warm_restart", describe(&schema, "WARM_RESTART").unwrap());
    insta::assert_snapshot!(
        "schema_field",
        describe(&schema, "DEVICE_METADATA.suppress-fib-pending").unwrap()
    );
}

#[test]
fn part_of_a_table_is_described() {
    let schema = shipped();
    let whole = describe(&schema, "WARM_RESTART").unwrap();
    assert_eq!(describe(&schema, "WARM_RESTART|bgp").unwrap(), whole);
    let field = describe(&schema, "WARM_RESTART.bgp_timer").unwrap();
    assert!(
        field.contains("bgp_timer") && !field.contains("neighsyncd_timer"),
        "{field}"
    );
    let custom = describe(&schema, "SYSTEM_DEFAULTS.reason").unwrap();
    assert!(
        custom.contains("any other field <field>") && !custom.contains("status"),
        "{custom}"
    );
}

#[test]
fn unknown_names_cannot_be_described() {
    let schema = shipped();
    for (what, reason) in [
        (
            "WARM_RESTARTS",
            "no model defines the table \"WARM_RESTARTS\"; did you mean \"WARM_RESTART\"?",
        ),
        ("QUEUE", "no model defines the table \"QUEUE\""),
        (
            "WARM_RESTART.bgp_time",
            "the table \"WARM_RESTART\" has no field \"bgp_time\"; did you mean \"bgp_timer\"?",
        ),
        (
            "WARM_RESTART|a|b",
            "the table \"WARM_RESTART\" has no entry with the key \"a|b\"; its entries: WARM_RESTART|<module>",
        ),
    ] {
        assert_eq!(describe(&schema, what).unwrap_err().to_string(), reason);
    }
}

/// What a model can say about a table, all of it.
const SAMPLE: &str = r#"module sample {
  yang-version 1.1;
  namespace "urn:sample";
  prefix s;

  revision 2026-01-02;

  typedef mode {
    type enumeration {
      enum "on";
      enum "off";
      enum "by hand";
    }
  }

  identity shape;
  identity round {
    base shape;
  }
  identity square {
    base shape;
  }

  container sample {
    container SITE {
      description
        "Sites.

         There are
         two kinds:
         - near
           ones
         - far ones";
      list SITE_LIST {
        key "region name";
        unique "code share";
        min-elements 1;
        max-elements 8;
        must "count(../SITE_LIST) > 0";
        leaf region {
          type string {
            length "1..8";
            pattern "[A-Z]+" {
              error-message "upper case only";
            }
            pattern "X.*" {
              modifier invert-match;
            }
          }
        }
        leaf name {
          type string;
        }
        leaf code {
          type string {
            pattern "(north|south)";
          }
        }
        leaf number {
          type int8 {
            range "-5..5 | 9";
          }
          units "km";
          default "3";
          status deprecated;
        }
        leaf share {
          type decimal64 {
            fraction-digits 2;
            range "0..99.5";
          }
          mandatory true;
          reference "RFC 7950";
        }
        leaf-list modes {
          type mode;
          ordered-by user;
          max-elements 2;
          default "on";
        }
        leaf flags {
          type bits {
            bit a;
            bit b;
          }
        }
        leaf shape {
          type identityref {
            base shape;
          }
        }
        choice form {
          mandatory true;
          case one {
            leaf p {
              type empty;
            }
            leaf q {
              type binary {
                length "4";
              }
            }
          }
          leaf r {
            when "../number = 3" {
              description "Only for three.";
            }
            type string {
              length "2..max";
            }
          }
        }
      }
      list SITE_GLOBAL_LIST {
        key "name";
        leaf name {
          type string;
        }
      }
      container default {
        status obsolete;
        leaf state {
          config false;
          type boolean;
        }
      }
    }
    container LINK {
      list LINK_LIST {
        key "region";
        leaf region {
          type leafref {
            path "../../../SITE/SITE_LIST/region";
          }
        }
        leaf to {
          type leafref {
            path "../../../SITE/SITE_LIST[region = current()/../region]/name";
            require-instance false;
          }
        }
        leaf-list via {
          type union {
            type leafref {
              path "/s:sample/s:SITE/s:SITE_LIST/s:name";
            }
            type leafref {
              path "/s:sample/s:SITE/s:SITE_LIST/s:code";
            }
            type uint8;
          }
        }
      }
    }
    container WEIGHT {
      list WEIGHT_LIST {
        key "name";
        leaf name {
          type string;
        }
        list WEIGHT {
          key "site";
          leaf site {
            type leafref {
              path "/s:sample/s:SITE/s:SITE_LIST/s:name";
            }
          }
          leaf weight {
            mandatory true;
            type uint8;
          }
        }
      }
    }
  }
}
"#;

fn sample(dir: &Path) -> Schema {
    std::fs::write(dir.join("sample.yang"), SAMPLE).unwrap();
    let mut sources = Sources::empty();
    sources.add_dir(dir).unwrap();
    Schema::load(&sources, None).unwrap().schema
}

#[test]
fn all_that_a_model_can_say() {
    let dir = tempfile::tempdir().unwrap();
    let schema = sample(dir.path());
    let shown = |what| {
        let text = describe(&schema, what).unwrap();
        let path = dir.path().join("sample.yang");
        // The heading may be wrapped before the path, which is of any length.
        let (heading, rest) = text.split_once(&format!("({})", path.display())).unwrap();
        format!("{} (PATH){rest}", heading.trim_end())
    };
    insta::assert_snapshot!("schema_sample_site", shown("SITE"));
    insta::assert_snapshot!("schema_sample_link", shown("LINK"));
    insta::assert_snapshot!("schema_sample_weight", shown("WEIGHT"));
    insta::assert_snapshot!("schema_sample_list", overview(&summaries(&schema)));
    assert!(shown("SITE|default").contains("\nSITE|default\n"));
    assert!(!shown("SITE|default").contains("SITE|<"));
}

/// A file with so many findings that differ in their values alone, and one of another table.
fn alike(count: usize) -> FileReport {
    let mut found: Vec<Diagnostic> = (0..count)
        .map(|at| {
            finding(
                Rule::LeafRef,
                &format!("/ACL_RULE/r{at}"),
                &format!("\"t{at}\" refers to nothing: line {at}"),
            )
        })
        .collect();
    found.insert(
        1,
        finding(Rule::LeafRef, "/VLAN/v", "\"x\" refers to nothing: line 1"),
    );
    FileReport::without_text("c.json", "config_db", found)
}

#[test]
fn findings_that_are_alike_are_counted() {
    let lines = |count, repeated| -> Vec<String> {
        let text = rendered(Concise::new(repeated), &[alike(count)]);
        text.lines().map(str::to_owned).collect()
    };
    assert_eq!(
        lines(20, Repeated::Counted),
        [
            "c.json: error[LeafRef] /ACL_RULE/r0: \"t0\" refers to nothing: line 0",
            "c.json: error[LeafRef] /VLAN/v: \"x\" refers to nothing: line 1",
            "c.json: error[LeafRef] /ACL_RULE/r1: \"t1\" refers to nothing: line 1",
            "c.json: error[LeafRef] /ACL_RULE/r2: \"t2\" refers to nothing: line 2",
            "c.json: error[LeafRef] and 17 more like it in ACL_RULE",
        ]
    );
    assert_eq!(lines(20, Repeated::Shown).len(), 21);
    assert_eq!(lines(5, Repeated::Counted).len(), 6);
    let text = full(&[alike(20)], false);
    assert_eq!(text.matches("error[LeafRef]: \"t").count(), 3, "{text}");
    assert!(
        text.contains("error[LeafRef]: and 17 more like it in ACL_RULE\n\n"),
        "{text}"
    );
    assert!(text.ends_with("21 errors (config_db)\n"), "{text}");
    let all: Value = serde_json::from_str(&json(&[alike(20)])).unwrap();
    assert_eq!(all["files"][0]["diagnostics"].as_array().unwrap().len(), 21);
}
