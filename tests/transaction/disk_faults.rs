//! The disk fails: no room, no right, files that are damaged or gone.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use sonicfg::config::canonical;

use crate::harness::{Harness, Kind, change, changed, described, description, has_points, small_switch};

/// Leaves a change unfinished.
fn unfinished(kind: Kind) -> Harness {
    let harness = Harness::new(kind);
    harness.sandbox.write("p.json", change().to_string());
    let mut command = harness.command(&["apply-patch", "p.json"]);
    let output = command.env("SONICFG_KILL_AT", "after a step:2").output().unwrap();
    assert_eq!(output.status.code(), None);
    harness
}

#[test]
fn damaged_journal_is_reported() {
    if !has_points() {
        return;
    }
    for kind in [Kind::FileInSteps, Kind::Redis] {
        let harness = unfinished(kind);
        let journal = harness.journal();
        let whole = std::fs::read(&journal).unwrap();
        let half = harness.config();
        let flipped = |at: usize| {
            let mut text = whole.clone();
            text[at] ^= 1;
            text
        };
        let damaged = [
            whole[..whole.len() / 2].to_vec(),
            whole[..10].to_vec(),
            Vec::new(),
            flipped(5),
            flipped(40),
            flipped(whole.len() / 2),
            flipped(whole.len() - 2),
        ];
        for text in damaged {
            std::fs::write(&journal, &text).unwrap();
            for args in [
                &["recover"][..],
                &["recover", "--forward"],
                &["apply-patch", "p.json"],
            ] {
                let run = harness.run(args);
                assert_eq!(run.code, Some(2), "{}", run.stderr);
                let line = run.last_line();
                assert!(
                    line.contains("/journal-") && line.contains(" is damaged"),
                    "{line}"
                );
                assert!(line.contains("recover --abandon"), "{line}");
                assert_eq!(harness.config(), half, "nothing is guessed");
            }
        }
        // The whole one does.
        std::fs::write(&journal, &whole).unwrap();
        assert_eq!(harness.run(&["recover"]).code, Some(0));
        assert_eq!(harness.config(), canonical(&small_switch()));

        let harness = unfinished(kind);
        let half = harness.config();
        std::fs::write(harness.journal(), "x").unwrap();
        let run = harness.run(&["recover", "--abandon"]);
        run.is_clean();
        assert!(run.stdout.contains("damaged-journal-"), "{}", run.stdout);
        assert_eq!(harness.config(), half);
        harness.is_at_rest();
    }
}

#[test]
fn damaged_history_is_reported() {
    let harness = Harness::new(Kind::File);
    for text in ["a", "b"] {
        harness.apply(&description(text), &[]).is_clean();
    }
    let folder = harness.home().join("history");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    std::fs::write(&names[0], "sonicfg-record 1 0\n{}\n").unwrap();
    let run = harness.run(&["history"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(run.stdout.lines().count(), 1);
    assert!(run.stderr.contains("is damaged"), "{}", run.stderr);
    let id = names[0].file_stem().unwrap().to_str().unwrap();
    let run = harness.run(&["rollback", "--to", id]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(described(&harness.config()), "b");
}

#[test]
fn unwritable_state_directory_fails_the_change() {
    let harness = Harness::new(Kind::Redis);
    // A file stands where the folder would.
    harness.sandbox.write("state", "");
    let run = harness.apply(&description("ours"), &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().starts_with("Error: cannot "), "{}", run.stderr);
    assert_eq!(harness.config(), canonical(&small_switch()));
    let keys: Vec<String> = harness.redis().cli(6, &["KEYS", "*"]);
    assert_eq!(keys, ["SONICFG|STORE"]);
}

#[test]
fn missing_or_replaced_file_is_recovered() {
    if !has_points() {
        return;
    }
    let harness = Harness::new(Kind::FileInSteps);
    let paused = harness.paused(&change(), &[], "before a step:2");
    let file = harness.sandbox.path("c.json");
    std::fs::rename(&file, harness.sandbox.path("aside.json")).unwrap();
    let run = paused.finish();
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(run.last_line().contains("IS HALF DONE"), "{}", run.stderr);
    // As soon as it is back it can be taken back.
    std::fs::rename(harness.sandbox.path("aside.json"), &file).unwrap();
    assert_eq!(harness.run(&["recover"]).code, Some(0));
    assert_eq!(harness.config(), canonical(&small_switch()));
    harness.is_at_rest();

    let paused = harness.paused(&change(), &[], "before a step:2");
    let mut theirs = small_switch();
    theirs["PORT"]["Ethernet8"]["mtu"] = "1500".into();
    harness.sandbox.write("new.json", theirs.to_string());
    std::fs::rename(harness.sandbox.path("new.json"), &file).unwrap();
    let run = paused.finish();
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(harness.config(), canonical(&theirs), "what they put there stays");
    harness.is_at_rest();
}

#[test]
fn saved_file_follows_commit_and_rollback() {
    let harness = Harness::new(Kind::Redis);
    harness
        .sandbox
        .write("saved.json", format!("{:#}\n", small_switch()));
    harness.apply(&change(), &["--save", "saved.json"]).is_clean();
    let saved =
        |harness: &Harness| canonical(&serde_json::from_str(&harness.sandbox.read("saved.json")).unwrap());
    assert_eq!(saved(&harness), canonical(&changed()));
    assert_eq!(harness.config(), canonical(&changed()));
    // A file that cannot be written takes the change back.
    harness.load(&small_switch());
    let folder = harness.sandbox.path("none");
    let run = harness.apply(
        &change(),
        &["--save", folder.join("saved.json").to_str().unwrap()],
    );
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("rolled back"), "{}", run.stderr);
    assert_eq!(harness.config(), canonical(&small_switch()));
    harness.is_at_rest();
}

#[test]
fn state_files_are_private_to_their_owner() {
    let harness = Harness::new(Kind::File);
    harness.apply(&description("ours"), &[]).is_clean();
    let folder = harness.home().join("history");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    // The config keeps the mode that it has.
    std::fs::set_permissions(harness.sandbox.path("c.json"), Permissions::from_mode(0o640)).unwrap();
    harness.apply(&description("again"), &[]).is_clean();
    assert_eq!(mode(&harness.sandbox.path("c.json")), 0o640);
}
