//! `sonicfg help rules`, and `docs/rules.md`, which says the same.
//!
//! `SONICFG_DOCS=write` writes the latter.

use std::fmt::Write;
use std::path::Path;

use sonicfg::validate::Rule;

use crate::common::cli::{Sandbox, fixture};

const DOC: &str = "docs/rules.md";

#[test]
fn each_kind_of_rule_is_broken_and_mended() {
    let sandbox = Sandbox::new();
    let models = fixture("yang-rules");
    let validate = [
        "validate",
        "--report",
        "concise",
        "--yang-dir",
        &models,
        "config_db.json",
    ];
    for rule in Rule::ALL {
        let example = rule.example();
        let is_of_rule = |severity: &str| example.finding.contains(&format!(" {severity}[{rule}] "));
        assert!(is_of_rule("error") || is_of_rule("warning"), "{rule}");
        if rule == Rule::Refused {
            let current = fixture("config_db.json");
            let plan = [
                "plan",
                "--report",
                "concise",
                "--patch",
                "patch.json",
                "--current",
                &current,
            ];
            sandbox.write("patch.json", example.bad);
            let refused = sandbox.run(plan);
            assert_eq!(
                (refused.code, refused.stdout.trim_end()),
                (Some(1), example.finding)
            );
            sandbox.write("patch.json", example.mended);
            sandbox.run(plan).is_clean();
            continue;
        }
        sandbox.write("config_db.json", example.bad);
        sandbox.run(validate).finds(&[example.finding]);
        sandbox.write("config_db.json", example.mended);
        sandbox.run(validate).finds(&[]);
    }
}

#[test]
fn configs_fit_a_terminal() {
    for rule in Rule::ALL {
        let example = rule.example();
        for line in example.bad.lines().chain(example.mended.lines()) {
            assert!(line.len() <= 96, "{rule}: {line}");
        }
    }
}

#[test]
fn help_explains_all_rules_or_one() {
    let sandbox = Sandbox::new();
    let all = sandbox.run(["help", "rules"]);
    all.is_clean();
    for rule in Rule::ALL {
        let one = sandbox.run(["help", "rules", &rule.to_string().to_lowercase()]);
        one.is_clean();
        assert!(one.stdout.starts_with(&format!("{rule}: ")), "{}", one.stdout);
        assert!(all.stdout.contains(&one.stdout), "{rule}");
    }
    insta::assert_snapshot!(sandbox.run(["help", "rules", "must"]).stdout, @r#"
    Must: the `must` conditions of the models are true
      What to do: change this value, or the values that the condition compares it with
      Bad:
        {"WARM_RESTART": {"teamd": {"bgp_timer": "120"}}}
      Found: config_db.json:1:42: error[Must] /WARM_RESTART/teamd/bgp_timer: bgp_timer belongs to module
        bgp alone (the condition: module is "bgp")
      Corrected:
        {"WARM_RESTART": {"bgp": {"bgp_timer": "120"}}}
    "#);
    let wrong = sandbox.run(["help", "rules", "mandatry"]);
    wrong.fails(2, "Error: there is no rule \"mandatry\"; did you mean Mandatory?");
    let wrong = sandbox.run(["help", "rules", "must", "when"]);
    wrong.fails(
        2,
        "Error: help rules explains one rule at a time; \"when\" is one too many",
    );
}

#[test]
fn help_is_the_help_of_a_command() {
    let sandbox = Sandbox::new();
    for (words, option) in [
        (vec!["help"], vec!["--help"]),
        (vec!["schema", "help"], vec!["schema", "--help"]),
        (vec!["help", "help"], vec!["help", "--help"]),
        (vec!["help", "plan"], vec!["plan", "--help"]),
        (vec!["help", "flags", "set"], vec!["flags", "set", "--help"]),
        (vec!["flags", "help", "set"], vec!["flags", "set", "--help"]),
        (vec!["history", "help", "show"], vec!["history", "show", "--help"]),
        (vec!["schema", "help", "show"], vec!["schema", "show", "--help"]),
    ] {
        let run = sandbox.run(&words);
        run.is_clean();
        assert_eq!(run.stdout, sandbox.run(&option).stdout, "{words:?}");
    }
    let wrong = sandbox.run(["help", "aply-patch"]);
    wrong.fails(
        2,
        "Error: there is no command \"aply-patch\"; did you mean \"apply-patch\"?",
    );
    let wrong = sandbox.run(["flags", "help", "xyz"]);
    let reason = "there is no command \"xyz\"; sonicfg flags --help lists the commands";
    wrong.fails(2, &format!("Error: {reason}"));
    let wrong = sandbox.run(["help", "diff", "xyz"]);
    let reason = "there is no command \"xyz\"; sonicfg diff has no commands of its own";
    wrong.fails(2, &format!("Error: {reason}"));
}

/// The page of the kinds of rules.
fn doc() -> String {
    let mut text = "# Rules\n\n\
        Each finding of `sonicfg` names the rule that is violated. This page lists, for each rule, what it requires, what\n\
        to do, a config that violates it with its finding, and the corrected config. `sonicfg help rules must` prints the\n\
        section of one rule.\n\n\
        The examples use the built-in models and the models of a small switch, `fixtures/yang-rules`\n\
        (`--yang-dir fixtures/yang-rules`). The models of a real switch require more. The example of Refused is a patch\n\
        for `fixtures/config_db.json`.\n\n"
        .to_owned();
    for rule in Rule::ALL {
        let name = rule.to_string();
        writeln!(
            text,
            "- [{name}](#{}): {}",
            name.to_lowercase(),
            rule.text().summary
        )
        .unwrap();
    }
    for rule in Rule::ALL {
        let (words, example) = (rule.text(), rule.example());
        write!(
            text,
            "\n## {rule}\n\nRequires: {}.\n\nWhat to do: {}.\n\n```json\n{}\n```\n\n```text\n{}\n```\n\nCorrected:\n\n```json\n{}\n```\n",
            words.summary, words.help, example.bad, example.finding, example.mended
        )
        .unwrap();
    }
    text
}

#[test]
fn the_page_says_what_help_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOC);
    if std::env::var_os("SONICFG_DOCS").is_some_and(|how| how == "write") {
        std::fs::write(&path, doc()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), doc());
}
