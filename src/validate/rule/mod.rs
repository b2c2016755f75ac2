//! The rules that findings are about: their names, their documentation, their examples.

use std::fmt;

use super::diagnostic::Severity;

/// The page that documents all rules, relative to the folder of the documentation.
pub const RULES_PAGE: &str = "docs/rules.md";

/// Where packages install the documentation: the base of absolute links.
const INSTALLED: &str = "file:///usr/share/doc/sonicfg/";

/// What the documentation says of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleText {
    /// What the rule requires, as a statement: `a mandatory field is set`.
    pub summary: &'static str,
    /// What to do about a finding.
    pub help: &'static str,
    /// The severity of its findings, unless a project sets another.
    pub severity: Severity,
}

/// A config that breaks a rule, and the corrected config.
///
/// Tests validate both with the built-in models and those of `fixtures/yang-rules`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleExample {
    /// A config_db.json that breaks this rule alone; of [`Rule::Refused`] a patch on
    /// `fixtures/config_db.json`.
    pub bad: &'static str,
    /// The finding, as the report with a line for each finding shows it.
    pub finding: &'static str,
    /// The same config, corrected for the rule.
    pub mended: &'static str,
}

/// Defines [`Rule`] with everything that is known of each rule.
macro_rules! rules {
    (@severity) => { Severity::Error };
    (@severity $severity:ident) => { Severity::$severity };
    ($(
        $(#[$doc:meta])*
        $rule:ident = $name:literal {
            summary: $summary:literal,
            help: $help:literal,
            bad: $bad:literal,
            finding: $finding:literal,
            mended: $mended:literal,
            $(severity: $severity:ident,)?
        }
    )*) => {
        use super::{RuleExample, RuleText};
        use crate::validate::diagnostic::Severity;

        /// The rule that a finding is about.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum Rule {
            $($(#[$doc])* #[serde(rename = $name)] $rule,)*
        }

        impl Rule {
            /// All rules, in the order of the documentation.
            pub const ALL: [Rule; [$($name),*].len()] = [$(Rule::$rule),*];

            /// The stable name that reports, settings and fingerprints use.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Rule::$rule => $name,)*
                }
            }

            /// What the documentation says of it.
            pub const fn text(self) -> RuleText {
                let (summary, help) = match self {
                    $(Rule::$rule => ($summary, $help),)*
                };
                let severity = match self {
                    $(Rule::$rule => rules!(@severity $($severity)?),)*
                };
                RuleText { summary, help, severity }
            }

            /// A config that breaks it, and the corrected config.
            pub const fn example(self) -> RuleExample {
                match self {
                    $(Rule::$rule => RuleExample { bad: $bad, finding: $finding, mended: $mended },)*
                }
            }
        }
    };
}

mod registry;

pub use registry::Rule;

impl Rule {
    /// Whether a finding that a config had before a change never blocks the change: it comes with another release, not with
    /// a mistake.
    pub const fn is_tolerated(self) -> bool {
        matches!(self, Rule::Retired | Rule::UnknownFlag)
    }

    /// The rule with exactly this stable name; `None` if there is none.
    pub fn from_name(name: &str) -> Option<Rule> {
        Rule::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// The section of the documentation about it, relative to the folder of the documentation: `docs/rules.md#must`.
    pub fn page(self) -> String {
        format!("{RULES_PAGE}#{}", self.name().to_ascii_lowercase())
    }

    /// The same section as an absolute URI (RFC 3986), in the folder where packages install the documentation.
    pub fn uri(self) -> String {
        format!("{INSTALLED}{}", self.page())
    }

    /// The absolute URI of the page that documents all rules.
    pub fn all_uri() -> String {
        format!("{INSTALLED}{RULES_PAGE}")
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings, dashboards and stored findings of users hold these names: none may change.
    const NAMES: [&str; 29] = [
        "InvalidJSON",
        "UnknownElement",
        "InvalidValue",
        "Pattern",
        "Length",
        "Range",
        "Bounds",
        "DecimalFractionExceed",
        "DateTime",
        "IPv4",
        "IPv6",
        "LeafRef",
        "Must",
        "When",
        "Mandatory",
        "Missing",
        "ListKey",
        "MinElements",
        "MaxElements",
        "Duplicate",
        "Unique",
        "Choice",
        "Retired",
        "UnknownFlag",
        "Lanes",
        "PeerRange",
        "Scopes",
        "SameAddress",
        "Refused",
    ];

    #[test]
    fn names_of_rules_are_stable() {
        assert_eq!(Rule::ALL.map(Rule::name), NAMES);
        for (at, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, at);
            assert_eq!(Rule::from_name(rule.name()), Some(rule));
            assert_eq!(rule.to_string(), rule.name());
            let json = serde_json::to_value(rule).unwrap();
            assert_eq!(json, rule.name());
            assert_eq!(serde_json::from_value::<Rule>(json).unwrap(), rule);
        }
        assert_eq!(Rule::from_name("must"), None);
    }

    #[test]
    fn links_lead_to_the_section_of_a_rule() {
        assert_eq!(Rule::IPv4.page(), "docs/rules.md#ipv4");
        assert_eq!(
            Rule::Must.uri(),
            "file:///usr/share/doc/sonicfg/docs/rules.md#must"
        );
    }
}
