//! Flags, for people and for programs.

use serde::Serialize;

use crate::schema::TextPage;
use crate::system_defaults::{Effect, Flag, FlagOrigin, Setting};

use super::printable;

/// A flag, and what it comes to in a config, if one was given.
#[derive(Debug, Serialize)]
pub struct FlagRow<'a> {
    /// The name of the flag.
    #[serde(flatten)]
    pub flag: &'a Flag,
    /// What it comes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<Setting>,
}

#[derive(Serialize)]
struct List<'a> {
    flags: &'a [FlagRow<'a>],
}

/// `{"flags":[{"name","module","family","default","description","replaces","leaf_values","minigraph_name",
/// "consumers","setting":{"status","origin"}}]}`, with a line feed at the end. `setting` is there only
/// where there is a config.
pub fn flags_json(flags: &[FlagRow]) -> String {
    pretty(&List { flags })
}

/// One of those alone.
pub fn flag_json(flag: &FlagRow) -> String {
    pretty(flag)
}

fn pretty(value: &impl Serialize) -> String {
    // Strings and lists always serialise.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// What stands where there is nothing.
const NOTHING: &str = "-";

/// Flags in columns, below a header.
pub fn flags_table(flags: &[FlagRow]) -> String {
    let has_config = flags.iter().any(|row| row.setting.is_some());
    let mut header = vec!["FLAG", "VALUES", "DEFAULT"];
    if has_config {
        header.extend(["VALUE", "ORIGIN"]);
    }
    header.push("READ BY");
    let header = header.into_iter().map(str::to_owned).collect();
    let rows = flags.iter().map(|row| cells(row, has_config));
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, &width)| format!("{cell:width$}"));
        out += cells.collect::<Vec<_>>().join("  ").trim_end();
        out.push('\n');
    }
    out
}

fn cells(row: &FlagRow, has_config: bool) -> Vec<String> {
    let flag = row.flag;
    let values = match &flag.family {
        Some(family) => family.values.join("|"),
        None => "any text".to_owned(),
    };
    let default = flag.default.as_deref().unwrap_or(NOTHING);
    let mut cells = vec![flag.name.clone(), values, default.to_owned()];
    if has_config {
        let (value, origin) = match &row.setting {
            Some(Setting { status, origin }) => (status.as_deref(), origin_name(*origin)),
            None => (None, NOTHING),
        };
        cells.push(printable(value.unwrap_or(NOTHING)));
        cells.push(origin.to_owned());
    }
    let consumers = flag.consumers.iter();
    let consumers = consumers.map(|one| format!("{} ({})", one.service, one.effect.name()));
    let consumers: Vec<String> = consumers.collect();
    cells.push(if consumers.is_empty() {
        NOTHING.to_owned()
    } else {
        consumers.join(", ")
    });
    cells
}

fn origin_name(origin: FlagOrigin) -> &'static str {
    match origin {
        FlagOrigin::Flag => "flag",
        FlagOrigin::RetiredLeaf => "retired leaf",
        FlagOrigin::Default => "default",
        FlagOrigin::None => NOTHING,
    }
}

/// How wide the names of the parts of a page are.
const LABEL: usize = 14;

/// All that is known of a flag.
pub fn flag_page(row: &FlagRow) -> String {
    let flag = row.flag;
    let mut page = TextPage::default();
    page.hanging("", 0, &flag.name);
    page.paragraphs(2, &flag.description);
    let mut part = |label: &str, text: &str| {
        page.hanging(&format!("  {label:LABEL$}  "), LABEL + 4, text);
    };
    let family = flag.family.as_ref();
    let family = family.map(|family| format!(" (family {})", family.name));
    part(
        "values",
        &format!("{}{}", flag.values(), family.unwrap_or_default()),
    );
    part("default", flag.default.as_deref().unwrap_or("none"));
    if let Some(Setting { status, origin }) = &row.setting {
        let status = status.as_deref().map(printable);
        part(
            "value",
            &match (status, origin) {
                (Some(status), FlagOrigin::Flag) => format!("{status}, as the flag says"),
                (Some(status), FlagOrigin::RetiredLeaf) => format!("{status}, as the retired leaf says"),
                (Some(status), _) => format!("{status}, by default"),
                (None, _) => "none".to_owned(),
            },
        );
    }
    if let Some(path) = &flag.replaces {
        let others = flag.leaf_values.iter();
        let others = others.map(|(leaf, status)| format!("{status} is written {leaf}"));
        let others: Vec<String> = others.collect();
        part(
            "replaces",
            &match others.is_empty() {
                true => path.to_string(),
                false => format!("{path}, where {}", others.join(" and ")),
            },
        );
    }
    part("in a minigraph", &flag.minigraph_name);
    for consumer in &flag.consumers {
        let when = match consumer.effect {
            Effect::Restart => "when it starts",
            Effect::Reload => "when the whole config is loaded",
            Effect::Live => "at once",
        };
        part("read by", &format!("{}, {when}", consumer.service));
    }
    part("module", &flag.module);
    page.into_text()
}
