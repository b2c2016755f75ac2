//! The environment variables and files that manual pages list.

/// A variable or a file, and the commands that use it.
pub struct Note {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub text: &'static str,
    /// The commands that use it have one of these arguments.
    pub arguments: &'static [&'static str],
}

const fn note(name: &'static str, arguments: &'static [&'static str], text: &'static str) -> Note {
    Note {
        name,
        text,
        arguments,
    }
}

/// Arguments of commands that read models.
const MODELS: &[&str] = &["yang_dirs"];
/// Arguments of commands that read or change a config.
const CONFIG: &[&str] = &["store"];
/// Arguments of commands that change a config.
const CHANGE: &[&str] = &["checkpoint_dir"];
/// Arguments of commands that behave differently on a switch.
const SWITCH: &[&str] = &["db_config", "yang_dirs"];

/// Environment variables.
pub const ENVIRONMENT: &[Note] = &[
    note(
        "SONICFG_STORE",
        CONFIG,
        "The store, if neither --store nor --config names one.",
    ),
    note(
        "SONICFG_YANG_PATH",
        MODELS,
        "Directories of YANG modules, separated by colons, in addition to those of --yang-dir.",
    ),
    note("SONICFG_POLICY", MODELS, "A policy file, as for --policy."),
    note(
        "SONICFG_RETIRED",
        MODELS,
        "How retired fields count, as for --retired.",
    ),
    note(
        "SONICFG_DIALECT",
        MODELS,
        "Whose reading of the standards decides, as for --dialect.",
    ),
    note(
        "SONICFG_CONFIG_FILE",
        MODELS,
        "A settings file, as for --config-file.",
    ),
    note(
        "SONICFG_CACHE_DIR",
        MODELS,
        "The directory of compiled models. Default: ~/.cache/sonicfg.",
    ),
    note(
        "SONICFG_STATE_DIR",
        CHANGE,
        "The state directory, as for --state-dir.",
    ),
    note(
        "SONICFG_CHECKPOINT_DIR",
        CHANGE,
        "The directory of checkpoints, as for --checkpoint-dir.",
    ),
    note(
        "SONICFG_DB_CONFIG",
        SWITCH,
        "The file in which the switch describes its databases, as for --db-config. This machine is treated as a switch \
         if the file exists.",
    ),
    note(
        "SONICFG_SWITCH_MODELS",
        MODELS,
        "The directory of the switch's own models. Default: /usr/local/yang-models.",
    ),
    note(
        "SONICFG_FLAG, SONICFG_OLD, SONICFG_NEW, SONICFG_TIME",
        &["exec"],
        "Set for the command of --exec: the flag, its status before and after, and the time of the change.",
    ),
    note(
        "SONICFG_COMPLETE",
        &["shell"],
        "Set by the completion scripts: the shell that asks.",
    ),
    note("NO_COLOR", MODELS, "If it is set, no output is coloured."),
];

/// Files.
pub const FILES: &[Note] = &[
    note(
        "/etc/sonic/config_db.json",
        CONFIG,
        "The config that a switch starts with.",
    ),
    note(
        "/var/run/redis/sonic-db/database_config.json",
        SWITCH,
        "The file in which a switch describes its databases.",
    ),
    note(
        "/usr/local/yang-models",
        MODELS,
        "The models of a switch, which are the default there.",
    ),
    note(
        ".sonicfg.toml",
        MODELS,
        "Settings of a project, in the working directory or above it.",
    ),
    note(
        "/etc/sonicfg/policy.toml",
        MODELS,
        "The policy of this machine, which extends the built-in policy.",
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
        "Locked while the switch reloads its config.",
    ),
    note(
        ".NAME.sonicfg",
        CHANGE,
        "The state of a config in a file NAME, beside it: lock, journal and history.",
    ),
    note(
        "/var/lib/sonicfg, ~/.local/state/sonicfg",
        CHANGE,
        "The state directory: journals and histories of stores in Redis, for root and for other users.",
    ),
];
