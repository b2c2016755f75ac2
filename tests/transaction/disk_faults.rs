//! The disk fails: no room, no right, files that are damaged or gone.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use sonicfg::config::canonical;

use crate::bed::{Bed, Kind, change, changed, described, description, has_points, small_switch};

/// Leaves a change unfinished.
fn unfinished(kind: Kind) -> Bed {
    let bed = Bed::new(kind);
    bed.sandbox.write("p.json", change().to_string());
    let mut command = bed.command(&["apply-patch", "p.json"]);
    let output = command.env("SONICFG_KILL_AT", "after a step:2").output().unwrap();
    assert_eq!(output.status.code(), None);
    bed
}

#[test]
fn a_journal_that_is_damaged() {
    if !has_points() {
        return;
    }
    for kind in [Kind::FileInSteps, Kind::Redis] {
        let bed = unfinished(kind);
        let journal = bed.home().join("journal");
        let whole = std::fs::read(&journal).unwrap();
        let half = bed.config();
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
                let run = bed.run(args);
                assert_eq!(run.code, Some(2), "{}", run.stderr);
                let line = run.last_line();
                assert!(line.contains("journal is damaged"), "{line}");
                assert!(line.contains("recover --abandon"), "{line}");
                assert_eq!(bed.config(), half, "nothing is guessed");
            }
        }
        // The whole one does.
        std::fs::write(&journal, &whole).unwrap();
        assert_eq!(bed.run(&["recover"]).code, Some(0));
        assert_eq!(bed.config(), canonical(&small_switch()));

        let bed = unfinished(kind);
        let half = bed.config();
        std::fs::write(bed.home().join("journal"), "x").unwrap();
        let run = bed.run(&["recover", "--abandon"]);
        run.is_clean();
        assert!(run.stdout.contains("journal.damaged"), "{}", run.stdout);
        assert_eq!(bed.config(), half);
        bed.is_at_rest();
    }
}

#[test]
fn a_history_that_is_damaged() {
    let bed = Bed::new(Kind::File);
    for text in ["a", "b"] {
        bed.apply(&description(text), &[]).is_clean();
    }
    let folder = bed.home().join("history");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    std::fs::write(&names[0], "sonicfg-record 1 0\n{}\n").unwrap();
    let run = bed.run(&["history"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(run.stdout.lines().count(), 1);
    assert!(run.stderr.contains("is damaged"), "{}", run.stderr);
    let id = names[0].file_stem().unwrap().to_str().unwrap();
    let run = bed.run(&["rollback", "--to", id]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(described(&bed.config()), "b");
}

#[test]
fn a_folder_that_takes_nothing() {
    let bed = Bed::new(Kind::Redis);
    // A file stands where the folder would.
    bed.sandbox.write("state", "");
    let run = bed.apply(&description("ours"), &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().starts_with("Error: cannot "), "{}", run.stderr);
    assert_eq!(bed.config(), canonical(&small_switch()));
    let keys: Vec<String> = bed.redis().cli(6, &["KEYS", "*"]);
    assert!(keys.is_empty(), "{keys:?}");
}

#[test]
fn a_file_that_is_gone_or_another() {
    if !has_points() {
        return;
    }
    let bed = Bed::new(Kind::FileInSteps);
    let paused = bed.paused(&change(), &[], "before a step:2");
    let file = bed.sandbox.path("c.json");
    std::fs::rename(&file, bed.sandbox.path("aside.json")).unwrap();
    let run = paused.finish();
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("IS HALF DONE"), "{}", run.stderr);
    // As soon as it is back it can be taken back.
    std::fs::rename(bed.sandbox.path("aside.json"), &file).unwrap();
    assert_eq!(bed.run(&["recover"]).code, Some(0));
    assert_eq!(bed.config(), canonical(&small_switch()));
    bed.is_at_rest();

    let paused = bed.paused(&change(), &[], "before a step:2");
    let mut theirs = small_switch();
    theirs["PORT"]["Ethernet8"]["mtu"] = "1500".into();
    bed.sandbox.write("new.json", theirs.to_string());
    std::fs::rename(bed.sandbox.path("new.json"), &file).unwrap();
    let run = paused.finish();
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(bed.config(), canonical(&theirs), "what they put there stays");
    bed.is_at_rest();
}

#[test]
fn what_is_written_as_well() {
    let bed = Bed::new(Kind::Redis);
    bed.sandbox.write("saved.json", format!("{:#}\n", small_switch()));
    bed.apply(&change(), &["--save", "saved.json"]).is_clean();
    let saved = |bed: &Bed| canonical(&serde_json::from_str(&bed.sandbox.read("saved.json")).unwrap());
    assert_eq!(saved(&bed), canonical(&changed()));
    assert_eq!(bed.config(), canonical(&changed()));
    // A file that cannot be written takes the change back.
    bed.load(&small_switch());
    let folder = bed.sandbox.path("none");
    let run = bed.apply(
        &change(),
        &["--save", folder.join("saved.json").to_str().unwrap()],
    );
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("taken back"), "{}", run.stderr);
    assert_eq!(bed.config(), canonical(&small_switch()));
    bed.is_at_rest();
}

#[test]
fn what_is_remembered_is_for_its_owner_alone() {
    let bed = Bed::new(Kind::File);
    bed.apply(&description("ours"), &[]).is_clean();
    let folder = bed.home().join("history");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    // The config keeps the mode that it has.
    std::fs::set_permissions(bed.sandbox.path("c.json"), Permissions::from_mode(0o640)).unwrap();
    bed.apply(&description("again"), &[]).is_clean();
    assert_eq!(mode(&bed.sandbox.path("c.json")), 0o640);
}
