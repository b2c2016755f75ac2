//! What manual pages say of the environment, of files and of exit codes.

/// Something that commands with some arguments have to do with.
pub struct Note {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub text: &'static str,
    /// The commands that have one of these arguments have to do with it.
    pub arguments: &'static [&'static str],
}

const fn note(name: &'static str, arguments: &'static [&'static str], text: &'static str) -> Note {
    Note {
        name,
        text,
        arguments,
    }
}

/// Of commands that read models.
const MODELS: &[&str] = &["yang_dirs"];
/// Of commands that read or change a config.
const CONFIG: &[&str] = &["store"];
/// Of commands that change a config.
const CHANGE: &[&str] = &["checkpoint_dir"];

/// How a command ends.
pub const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "Done; or nothing was found, or warnings alone."),
    (
        "1",
        "Something was found, or a change is refused; nothing was changed.",
    ),
    (
        "2",
        "Wrong usage, or an environment that does not do: a file that cannot be read, a server that does not answer.",
    ),
    (
        "3",
        "Somebody else is changing the config, or changed the same meanwhile; nothing was changed.",
    ),
    ("130", "Interrupted; what was begun is taken back."),
];

/// Variables of the environment.
pub const ENVIRONMENT: &[Note] = &[
    note(
        "SONICFG_YANG_PATH",
        MODELS,
        "Directories of YANG modules, with colons between them, beside those of --yang-dir.",
    ),
    note(
        "SONICFG_POLICY",
        MODELS,
        "A file of rules, as --policy names one.",
    ),
    note(
        "SONICFG_RETIRED",
        MODELS,
        "What becomes of fields that flags have replaced, as --retired says.",
    ),
    note(
        "SONICFG_CONFIG_FILE",
        MODELS,
        "A file of settings, as --config-file names one.",
    ),
    note("SONICFG_CACHE_DIR", MODELS, "Where compiled models are kept."),
    note(
        "SONICFG_STORE",
        CONFIG,
        "The store, where neither --store nor --config names one.",
    ),
    note(
        "SONICFG_STATE_DIR",
        CHANGE,
        "Where the journal and history of stores in Redis stand, as --state-dir says.",
    ),
    note(
        "SONICFG_CHECKPOINT_DIR",
        CHANGE,
        "Where checkpoints stand, as --checkpoint-dir says.",
    ),
    note(
        "SONICFG_FLAG, SONICFG_OLD, SONICFG_NEW, SONICFG_TIME",
        &["exec"],
        "Set for the command of --exec: the flag, its status before and after, and when it changed.",
    ),
    note(
        "SONICFG_COMPLETE",
        &["shell"],
        "Set by the scripts that complete words: the shell that asks.",
    ),
    note("NO_COLOR", MODELS, "Where it is set, nothing is coloured."),
];

/// Files.
pub const FILES: &[Note] = &[
    note(
        "/etc/sonic/config_db.json",
        CONFIG,
        "The config that a switch starts with.",
    ),
    note(
        ".sonicfg.toml",
        MODELS,
        "Settings of a project, in the working directory or above it.",
    ),
    note(
        "/etc/sonicfg/policy.toml",
        MODELS,
        "Rules of this machine, which add to the built-in policy.",
    ),
    note("~/.cache/sonicfg", MODELS, "Compiled models."),
    note(
        "/etc/sonic/checkpoints",
        CHANGE,
        "The checkpoints of this switch.",
    ),
    note(
        "/etc/sonic/reload.lock",
        CHANGE,
        "Held while the switch loads its config anew.",
    ),
    note(
        ".NAME.sonicfg",
        CHANGE,
        "Beside a config in a file NAME: its lock, journal and history.",
    ),
    note(
        "/var/lib/sonicfg, ~/.local/state/sonicfg",
        CHANGE,
        "The journal and history of stores in Redis, for root and for others.",
    ),
    note(
        "/var/run/redis/sonic-db/database_config.json",
        CONFIG,
        "Where the switch describes its databases.",
    ),
];
