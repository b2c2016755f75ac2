//! The output of a change that was made or tried.

use serde_json::{Map, Value};

use crate::cli::findings;
use crate::cli::options::ReportForm;
use crate::cli::output::{print, say};
use crate::cli::{Failure, Outcome};
use crate::engine::{CommitReport, DryRun};
use crate::policy::Policy;
use crate::report::{changes, counted};
use crate::validate::Diagnostic;

use super::outcome_json::{by_scope, line_of, one_line, result_json, then_runs, with_members};
use super::{ChangeCommand, ChangeSummary};

/// Prints what a change would do.
/// `members` is told to programs beside it.
pub(super) fn dry_run(
    command: &ChangeCommand,
    policy: &Policy,
    tried: &DryRun,
    members: &Map<String, Value>,
) -> Result<Outcome, Failure> {
    let args = command.args;
    let several = tried.changes.len() > 1;
    let summary = command.summary.map(|summary| summary());
    let mut text = match (&summary, args.report) {
        (Some(summary), ReportForm::Full | ReportForm::Concise) => summary.text.clone(),
        _ => String::new(),
    };
    let mut warnings: Vec<Diagnostic> = Vec::new();
    let mut documents = Vec::new();
    for change in &tried.changes {
        let (plan, commands) = (&change.plan, change.commands.as_ref());
        let (scope, running) = (change.candidate.scope(), change.candidate.running());
        if several && args.report.is_for_people() {
            text += &format!("{scope}:\n");
        }
        let found = plan.warnings.iter().map(|found| found.diagnostic.clone());
        let found: Vec<Diagnostic> = found.collect();
        let plan = || {
            args.report
                .plan(policy, plan, running, &found, commands)
                .unwrap_or_default()
        };
        match args.report {
            ReportForm::Json => documents.push((scope, plan())),
            form if form.is_for_people() && !args.verbose => {
                text += &changes(policy, running, change.candidate.target());
                text += &commands.map(then_runs).unwrap_or_default();
            }
            _ => text += &plan(),
        }
        warnings.extend(found);
    }
    match args.report {
        ReportForm::Json => {
            text += &with_members(by_scope(documents), &with_summary(members, summary.as_ref()));
        }
        ReportForm::JsonLines => text += &line_of(members),
        _ => {}
    }
    print(&text)?;
    if !matches!(args.report, ReportForm::Full | ReportForm::Json) {
        show_findings(command, args.report, summary.as_ref(), warnings)?;
    }
    warn_of_preexisting(tried.preexisting_errors);
    Ok(Outcome::Clean)
}

/// Prints that a change was made.
pub(super) fn applied(
    command: &ChangeCommand,
    report: &CommitReport,
    members: &Map<String, Value>,
) -> Result<Outcome, Failure> {
    let summary = command.summary.map(|summary| summary());
    let summary = summary.as_ref();
    let document = || with_members(result_json(report), &with_summary(members, summary));
    let printed = match (command.args.report, summary) {
        (ReportForm::Full | ReportForm::Concise, Some(summary)) => print(&summary.text),
        (ReportForm::Full | ReportForm::Concise, None) => print(&format!("{}\n", command.done)),
        (ReportForm::Json, _) => print(&document()),
        (ReportForm::JsonLines, _) => print(&one_line(&document())),
        (form, summary) => show_findings(command, form, summary, Vec::new()),
    };
    if let Err(failure) = printed {
        // The change is made all the same.
        let message = failure.message();
        say(&format!("warning: the change is applied, but {message}\n"));
    }
    if let (Some(until), Some(id)) = (&report.confirm_by, &report.id) {
        say(&format!(
            "the change {id} is rolled back at {until}, unless \"sonicfg confirm\" is run before\n"
        ));
    }
    warn_of_preexisting(report.preexisting_errors);
    Ok(Outcome::Clean)
}

/// What is told to programs, with what the command itself tells.
fn with_summary(members: &Map<String, Value>, summary: Option<&ChangeSummary>) -> Map<String, Value> {
    let own = summary.into_iter().flat_map(|summary| summary.members.clone());
    members.clone().into_iter().chain(own).collect()
}

/// Prints the findings of the change, or those that the command's own summary has.
fn show_findings(
    command: &ChangeCommand,
    form: ReportForm,
    summary: Option<&ChangeSummary>,
    warnings: Vec<Diagnostic>,
) -> Result<(), Failure> {
    let mut files = summary.map_or(Vec::new(), |summary| summary.files.clone());
    if files.is_empty() || !warnings.is_empty() {
        files.push(findings::in_change(&command.source, warnings));
    }
    findings::show(form, command.name, command.args.repeated.repeated(), &files)
}

fn warn_of_preexisting(count: usize) {
    if count > 0 {
        let errors = counted(count, "error");
        say(&format!("warning: the config has {errors}, as it had before\n"));
    }
}
