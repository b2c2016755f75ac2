//! The forms of reports: of findings, of dry runs and of plans.

use std::path::Path;

use serde_json::Value;

use crate::plan::Plan;
use crate::policy::Policy;
use crate::validate::Diagnostic;

use super::{
    Concise, FailOn, Full, Github, Gitlab, Json, JsonLines, Junit, Render, Repeated, Sarif, StepCommands,
    plan_concise, plan_dot, plan_full, plan_json, plan_json_lines,
};

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportForm {
    /// Findings with their source lines, steps with their reasons.
    Full,
    /// One line per finding, or per write of a plan.
    Concise,
    /// One JSON document for everything.
    Json,
    /// One JSON document per finding or step, each on its own line.
    JsonLines,
    /// JUnit XML with one test case per file.
    Junit,
    /// Workflow commands of GitHub Actions.
    Github,
    /// A code quality report of GitLab.
    Gitlab,
    /// SARIF 2.1.0 (OASIS) for code scanning.
    Sarif,
}

/// How a form that people read shows findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether the escape sequences of a terminal are used.
    pub color: bool,
    /// Whether findings that are like others are shown.
    pub repeated: Repeated,
}

/// The form of a plan: one of a report, or the graph of its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanForm {
    /// A form that reports of findings have too.
    Report(ReportForm),
    /// The order of the steps as a graph in the language of Graphviz.
    Dot,
}

impl ReportForm {
    /// All forms, in the order of help.
    pub const ALL: [ReportForm; 8] = [
        ReportForm::Full,
        ReportForm::Concise,
        ReportForm::Json,
        ReportForm::JsonLines,
        ReportForm::Junit,
        ReportForm::Github,
        ReportForm::Gitlab,
        ReportForm::Sarif,
    ];

    /// The name that options use.
    pub const fn name(self) -> &'static str {
        match self {
            ReportForm::Full => "full",
            ReportForm::Concise => "concise",
            ReportForm::Json => "json",
            ReportForm::JsonLines => "json-lines",
            ReportForm::Junit => "junit",
            ReportForm::Github => "github",
            ReportForm::Gitlab => "gitlab",
            ReportForm::Sarif => "sarif",
        }
    }

    /// Whether people read it on a terminal.
    pub const fn is_for_people(self) -> bool {
        matches!(self, ReportForm::Full | ReportForm::Concise)
    }

    /// The renderer of a command's findings. Paths below `root` are shown relative to it; `style` is for the forms that
    /// people read.
    pub fn renderer(self, command: &str, fail_on: FailOn, root: &Path, style: Style) -> Box<dyn Render> {
        match self {
            ReportForm::Full => Box::new(Full::new(style.color, style.repeated)),
            ReportForm::Concise => Box::new(Concise::new(style.repeated)),
            ReportForm::Json => Box::new(Json::default()),
            ReportForm::JsonLines => Box::new(JsonLines),
            ReportForm::Junit => Box::new(Junit::new(command, fail_on)),
            ReportForm::Github => Box::new(Github::new(root)),
            ReportForm::Gitlab => Box::new(Gitlab::new(root)),
            ReportForm::Sarif => Box::new(Sarif::new(root)),
        }
    }

    /// A plan in this form; `None` where the form has findings alone.
    pub fn plan(
        self,
        policy: &Policy,
        plan: &Plan,
        current: &Value,
        warnings: &[Diagnostic],
        commands: Option<&StepCommands>,
    ) -> Option<String> {
        match self {
            ReportForm::Full => Some(plan_full(policy, plan, current, commands)),
            ReportForm::Concise => Some(plan_concise(policy, plan, current, commands)),
            ReportForm::Json => Some(plan_json(policy, plan, current, warnings, commands)),
            ReportForm::JsonLines => Some(plan_json_lines(policy, plan, current, commands)),
            ReportForm::Junit | ReportForm::Github | ReportForm::Gitlab | ReportForm::Sarif => None,
        }
    }
}

impl PlanForm {
    /// The name that options use.
    pub const fn name(self) -> &'static str {
        match self {
            PlanForm::Report(form) => form.name(),
            PlanForm::Dot => "dot",
        }
    }

    /// A plan in this form; `None` where the form has findings alone.
    pub fn plan(
        self,
        policy: &Policy,
        plan: &Plan,
        current: &Value,
        warnings: &[Diagnostic],
        commands: Option<&StepCommands>,
    ) -> Option<String> {
        match self {
            PlanForm::Report(form) => form.plan(policy, plan, current, warnings, commands),
            PlanForm::Dot => Some(plan_dot(policy, plan, current)),
        }
    }

    /// The form of the findings that are shown beside a plan or in place of it; `None` where the plan holds them, or
    /// where they are shown on standard error.
    pub fn findings(self) -> Option<ReportForm> {
        match self {
            PlanForm::Report(ReportForm::Full | ReportForm::Json) | PlanForm::Dot => None,
            PlanForm::Report(form) => Some(form),
        }
    }
}
