//! `sonicfg plan`: the steps in which a change would be made.

use std::mem::ManuallyDrop;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::PossibleValue;
use json_patch::PatchOperation;
use serde_json::Value;

use crate::config::{Config, Source};
use crate::engine::{
    Allow, ApplyError, CandidateBuilder, ChangeDocument, Edit, Engine, PathFormat, PlannedChange, Rejection,
    config, read_document, split,
};
use crate::memory;
use crate::patch::{Configlet, Golden, Patch, Scope};
use crate::plan::Plan;
use crate::policy::Policy;
use crate::report::{FileReport, PlanForm, counted, plan_json};
use crate::threads::join;
use crate::validate::Diagnostic;

use super::allow::AllowArgs;
use super::apply::outcome_json::{cascade_member, line_of, with_members};
use super::apply::{parse_change, read_change, warn_of_idle_operations};
use super::cascade::{self, CascadeArgs};
use super::findings;
use super::help_text::{HelpEnd, USAGE};
use super::options::{Format, ModelArgs, RepeatedArgs, ReportForm};
use super::output::{print, say};
use super::refuse::Wording;
use super::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (
        &[(0, "there is a plan"), (1, "there is none"), USAGE],
        &[
            "sonicfg plan --patch change.json --current /etc/sonic/config_db.json",
            "sonicfg plan --target golden.json --current config_db.json --report json",
            "sonicfg plan --target golden.json --current config_db.json --report dot | dot -Tsvg > plan.svg",
        ],
    )
)]
pub struct Args {
    #[command(flatten)]
    change: ChangeArgs,

    #[command(flatten)]
    cascade: CascadeArgs,

    /// The config before the change
    #[arg(long, value_name = "FILE")]
    current: PathBuf,

    /// The form of the paths in the patch
    #[arg(
        short,
        long,
        value_enum,
        ignore_case = true,
        default_value_t,
        hide_short_help = true
    )]
    format: Format,

    #[command(flatten)]
    allowed: AllowArgs,

    /// Also show the commands that the policy runs after each step on a switch
    #[arg(long, help_heading = "Output")]
    actions: bool,

    /// The output format
    ///
    /// The operations in json are data: secrets in them are not masked. The formats junit, github, gitlab and sarif
    /// hold the errors of the change and nothing of the plan.
    #[arg(long, value_enum, default_value_t = PlanForm::Report(ReportForm::Full), help_heading = "Output")]
    report: PlanForm,

    /// End with every reason of a rejection on the line `Error: …`, for programs
    ///
    /// Without it that line counts the errors, which are shown above it.
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    full_reason: bool,

    #[command(flatten)]
    repeated: RepeatedArgs,

    #[command(flatten)]
    models: ModelArgs,
}

/// The change, in one of its forms.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
#[command(next_help_heading = "Change")]
struct ChangeArgs {
    /// A JSON patch (RFC 6902)
    #[arg(long, value_name = "FILE")]
    patch: Option<PathBuf>,

    /// A configlet whose fields are set
    #[arg(long, value_name = "FILE")]
    configlet_update: Option<PathBuf>,

    /// A configlet whose fields, entries or tables are deleted
    #[arg(long, value_name = "FILE")]
    configlet_delete: Option<PathBuf>,

    /// A golden config, whose tables replace those of the current one
    #[arg(long, value_name = "FILE")]
    golden: Option<PathBuf>,

    /// The whole new config
    #[arg(long, value_name = "FILE")]
    target: Option<PathBuf>,
}

impl ChangeArgs {
    /// The file of the change.
    fn file(&self) -> Option<&PathBuf> {
        let files = [
            &self.patch,
            &self.configlet_update,
            &self.configlet_delete,
            &self.golden,
            &self.target,
        ];
        files.into_iter().flatten().next()
    }

    /// What the change is called.
    fn name(&self) -> String {
        self.file()
            .map_or_else(String::new, |file| file.display().to_string())
    }
}

impl ValueEnum for PlanForm {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            PlanForm::Report(ReportForm::Full),
            PlanForm::Report(ReportForm::Concise),
            PlanForm::Report(ReportForm::Json),
            PlanForm::Report(ReportForm::JsonLines),
            PlanForm::Dot,
            PlanForm::Report(ReportForm::Junit),
            PlanForm::Report(ReportForm::Github),
            PlanForm::Report(ReportForm::Gitlab),
            PlanForm::Report(ReportForm::Sarif),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            PlanForm::Report(ReportForm::Full) => "What each step does, and why, for people",
            PlanForm::Report(ReportForm::Concise) => "A line for each write, or for each finding",
            PlanForm::Report(ReportForm::Json) => "One JSON document, for programs",
            PlanForm::Report(ReportForm::JsonLines) => {
                "A JSON document for each step, on a line of its own, then one for the figures, and one for each finding"
            }
            PlanForm::Report(ReportForm::Junit) => "JUnit XML, a test case for the change",
            PlanForm::Report(form) => return form.to_possible_value(),
            PlanForm::Dot => "The order as a graph, for Graphviz",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let allow = args.allowed.allow()?;
    args.cascade
        .check(args.change.target.is_none(), "a patch or configlet")?;
    args.models.look_around()?;
    let file = args.change.file();
    if file.is_some_and(|file| Source::is_stdin(file)) && Source::is_stdin(&args.current) {
        let message = "standard input is named twice; it can be read once";
        return Err(Failure::Environment(message.to_owned()));
    }
    let engine = args.models.engine(None)?;
    // Freeing the models would be the last work of the process, for nothing.
    std::mem::forget(engine.clone());
    let planned = match plan(args, &engine, &allow) {
        Ok(planned) => ManuallyDrop::new(planned),
        Err(error) => {
            let (found, cascade) = match &error {
                ApplyError::Rejected(rejection) => {
                    (rejection.review.files.clone(), rejection.cascade.clone())
                }
                _ => Default::default(),
            };
            let wording = Wording {
                // `concise` prints one line per finding and nothing else.
                shows_findings: args.report != PlanForm::Report(ReportForm::Concise),
                repeated: args.repeated.repeated(),
                ..Wording::PLAN
            };
            let failure = Failure::from_apply(error, &wording);
            show_rejection(args, engine.policy(), &failure, found, &cascade)?;
            return Err(match args.full_reason {
                true => failure.with_full_reason(),
                false => failure,
            });
        }
    };
    warn_of_idle_operations(engine.policy(), std::slice::from_ref(&*planned));
    show(args, &engine, &planned)?;
    let count = engine.preexisting_errors(std::slice::from_ref(&*planned), &allow);
    let count = count.map_err(|error| Failure::from_apply(error, &Wording::PLAN))?;
    if count > 0 {
        let errors = counted(count, "error");
        say(&format!(
            "warning: the config has {errors}, as it has without the change\n"
        ));
    }
    Ok(Outcome::Clean)
}

fn plan(args: &Args, engine: &Engine, allow: &Allow) -> Result<PlannedChange, ApplyError> {
    let is_large = is_large(&args.change);
    if is_large {
        // The models are loaded while the files are read.
        engine.load_in_background(memory::preallocate_arena);
    }
    let builder = read_inputs(args, engine, is_large)?;
    let candidate = builder.build(engine.schema()?, engine.policy(), Scope::HOST);
    let mut candidate = candidate.map_err(|failed| Rejection::of_edit(*failed, None))?;
    if args.cascade.cascade {
        candidate = candidate.cascaded(engine.schema()?, engine.policy());
    }
    engine.plan(
        candidate,
        allow,
        args.allowed.disruption.limit().unwrap_or_default(),
    )
}

/// Prints the plan.
fn show(args: &Args, engine: &Engine, planned: &PlannedChange) -> Result<(), Failure> {
    let (policy, plan) = (engine.policy(), &planned.plan);
    let running = planned.candidate.running();
    let commands = args.actions.then(|| engine.step_commands(plan, running, true));
    let commands = commands.as_ref();
    let warnings = plan.warnings.iter().map(|found| found.diagnostic.clone());
    let warnings: Vec<Diagnostic> = warnings.collect();
    let changes = std::slice::from_ref(planned);
    cascade::show(policy, changes);
    let text = args.report.plan(policy, plan, running, &warnings, commands);
    let text = text.unwrap_or_default();
    print(&match args.report {
        PlanForm::Report(ReportForm::Json) => with_members(text, &cascade::members(policy, changes)),
        PlanForm::Report(ReportForm::JsonLines) => text + &line_of(&cascade::members(policy, changes)),
        _ => text,
    })?;
    if let Some(form) = args.report.findings() {
        let change = findings::in_change(&args.change.name(), warnings);
        findings::show(form, "plan", args.repeated.repeated(), &[change])?;
    }
    Ok(())
}

/// Prints for programs, on standard output, why there is no plan.
fn show_rejection(
    args: &Args,
    policy: &Policy,
    failure: &Failure,
    found: Vec<FileReport>,
    cascade: &[PatchOperation],
) -> Result<(), Failure> {
    let Failure::Refused(reason) = failure else {
        return Ok(());
    };
    let files = findings::of_refusal(&args.change.name(), reason, found);
    if args.report == PlanForm::Report(ReportForm::Json) {
        let found = findings::diagnostics(&files);
        let document = plan_json(policy, &Plan::default(), &Value::Null, &found, None);
        print(&with_members(document, &cascade_member(cascade)))
    } else if let Some(form) = args.report.findings() {
        findings::show(form, "plan", args.repeated.repeated(), &files)
    } else {
        Ok(())
    }
}

/// Of which sizes, in bytes, the file of a change is read by a thread of its own, and another one loads the models. Less
/// does not pay; to read more takes as much memory as there may be, and a thread asks for more of it.
const LARGE_FILE: RangeInclusive<u64> = 32 * 1024..=4 * 1024 * 1024;

fn is_large(change: &ChangeArgs) -> bool {
    let metadata = change.file().and_then(|file| std::fs::metadata(file).ok());
    metadata.is_some_and(|metadata| LARGE_FILE.contains(&metadata.len()))
}

/// Reads the current config, and the change; in parallel, if the change is large.
fn read_inputs(args: &Args, engine: &Engine, is_large: bool) -> Result<CandidateBuilder, ApplyError> {
    let policy = engine.policy();
    let (config, edit) = if is_large {
        join(
            || read_current(args, policy),
            || {
                memory::preallocate_arena();
                read_edit(args, engine)
            },
        )
    } else {
        (read_current(args, policy), read_edit(args, engine))
    };
    Ok(CandidateBuilder::new(policy, config?, edit?))
}

fn read_current(args: &Args, policy: &Policy) -> Result<Config, Failure> {
    let source = Source::read(&args.current)?;
    read_document(source, policy)
        .map_err(|(_, error)| error)
        .and_then(config)
        .map_err(|error| Failure::Environment(error.to_string()))
}

fn read_edit(args: &Args, engine: &Engine) -> Result<Edit, ApplyError> {
    let document = |path: &Path| parse_change(read_change(path, &Wording::PLAN)?, engine);
    let configlet =
        |path: &Path| Ok::<_, ApplyError>(Configlet::of(document(path)?).map_err(Rejection::from)?);
    let change = &args.change;
    if let Some(path) = &change.patch {
        let patch = Patch::of(document(path)?).map_err(Rejection::from)?;
        let parts = split(patch, &[Scope::HOST]).map_err(Rejection::from)?;
        // There is one part for each of the scopes.
        let patch = parts.into_iter().next();
        let change = patch.map(|patch| PathFormat::from(args.format).change(patch));
        Ok(change.map_or(Edit::Sequence(Vec::new()), Edit::Change))
    } else if let Some(path) = &change.configlet_update {
        Ok(Edit::Change(ChangeDocument::ConfigletUpdate(configlet(path)?)))
    } else if let Some(path) = &change.configlet_delete {
        Ok(Edit::Change(ChangeDocument::ConfigletDelete(configlet(path)?)))
    } else if let Some(path) = &change.golden {
        let parts = Golden::of(document(path)?, &[Scope::HOST]).map_err(Rejection::from)?;
        let part = parts.into_iter().next();
        let change = part.map(ChangeDocument::Golden);
        Ok(change.map_or(Edit::Sequence(Vec::new()), Edit::Change))
    } else if let Some(path) = &change.target {
        Ok(Edit::Replace(config(document(path)?).map_err(Rejection::from)?))
    } else {
        // The arguments require one of them.
        Err(Failure::Environment("no change is named".to_owned()).into())
    }
}
