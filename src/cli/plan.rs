//! `sonicfg plan`: the steps in which a change would be made.

use std::mem::ManuallyDrop;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::Value;

use crate::config::{Config, Source};
use crate::memory;
use crate::patch::{Configlet, Patch, Scope};
use crate::plan::Plan;
use crate::policy::Policy;
use crate::report::{counted, plan_concise, plan_dot, plan_full, plan_json, plan_json_lines};
use crate::schema::Schema;
use crate::threads::at_once;
use crate::validate::{Diagnostic, validate};

use super::around::step_commands;
use super::change::{Change, Format, read_document};
use super::findings;
use super::help_text::{HelpEnd, USAGE};
use super::options::{ModelArgs, ReportForm};
use super::output::{print, say};
use super::refuse::{ignored, unreadable};
use super::review::Ignored;
use super::scoped;
use super::task::refused::{Refused, Wording, cannot_be_done, is_error};
use super::task::{Allowed, Begun, Task, Wanted, config, mirrored, plans};
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
    allowed: Allowed,

    /// Also show the commands that the policy runs after each step on a switch
    #[arg(long, help_heading = "Output")]
    actions: bool,

    /// The output format
    ///
    /// The operations in json are data: secrets in them are not masked. The formats junit, github, gitlab and sarif
    /// hold the errors of the change and nothing of the plan.
    #[arg(long, value_enum, default_value_t = PlanForm::Full, help_heading = "Output")]
    report: PlanForm,

    /// End with every reason of a rejection on the line `Error: …`, for programs
    ///
    /// Without it that line counts the errors, which are shown above it.
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    full_reason: bool,

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

/// The output format of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlanForm {
    /// Each step with its reason, for people
    Full,
    /// One line per write, or per finding
    Concise,
    /// One JSON document
    Json,
    /// One JSON document per step, one for the figures, and one per finding, each on its own line
    JsonLines,
    /// The order as a graph, for Graphviz
    Dot,
    /// JUnit XML, one test case for the change
    Junit,
    /// Workflow commands of GitHub Actions
    Github,
    /// A code quality report of GitLab
    Gitlab,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

impl PlanForm {
    /// The form in which findings are shown on standard output, where no plan is.
    fn findings(self) -> Option<ReportForm> {
        match self {
            PlanForm::Full | PlanForm::Json | PlanForm::Dot => None,
            PlanForm::Concise => Some(ReportForm::Concise),
            PlanForm::JsonLines => Some(ReportForm::JsonLines),
            PlanForm::Junit => Some(ReportForm::Junit),
            PlanForm::Github => Some(ReportForm::Github),
            PlanForm::Gitlab => Some(ReportForm::Gitlab),
            PlanForm::Sarif => Some(ReportForm::Sarif),
        }
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let ended = make(args);
    if let Err(Refused { failure, files }) = &ended
        && let Failure::Refused(reason) = failure
    {
        let files = findings::of_refusal(&args.change.name(), reason, files.clone());
        if args.report == PlanForm::Json {
            let policy = args.models.policy()?;
            let found = findings::diagnostics(&files);
            print(&plan_json(&policy, &Plan::default(), &Value::Null, &found, None))?;
        } else if let Some(form) = args.report.findings() {
            findings::show(form, "plan", &files)?;
        }
    }
    ended.map_err(|refused| match args.full_reason {
        true => refused.failure.with_full_reason(),
        false => refused.failure,
    })
}

/// Makes the plan and shows it.
fn make(args: &Args) -> Result<Outcome, Refused> {
    let ignored = ignored(&args.allowed.ignore_path)?;
    args.models.look_around()?;
    let file = args.change.file();
    if file.is_some_and(|file| Source::is_stdin(file)) && Source::is_stdin(&args.current) {
        let message = "standard input is named twice; it can be read once";
        return Err(Failure::Environment(message.to_owned()).into());
    }
    let is_large = is_large(&args.change);
    let read = || {
        let policy = args.models.policy()?;
        let begun = read_inputs(args, &policy, is_large)?;
        Ok::<_, Refused>((policy, begun))
    };
    let ((policy, begun), schema) = if is_large {
        // The models are loaded meanwhile.
        let (read, schema) = at_once(read, || {
            memory::make_room();
            args.models.schema()
        });
        (read?, schema)
    } else {
        (read()?, args.models.schema())
    };
    // Taking them apart would be the last thing that the process does, and for nothing.
    let schema = ManuallyDrop::new(schema?);
    let task = begun
        .task(&schema, &policy, Scope::HOST)
        .map_err(|failed| cannot_be_done(&policy, &Wording::PLAN, None, &failed.0, failed.1))?;
    let tasks = ManuallyDrop::new([mirrored(&schema, task)?]);
    let disruption = [args.allowed.disruption.asked().unwrap_or_default()];
    // Whoever asks for a line for each finding gets that alone.
    let wording = Wording {
        tells: args.report != PlanForm::Concise,
        ..Wording::PLAN
    };
    let wording = (&ignored[..], &wording);
    let made = plans(
        &schema,
        &policy,
        &*tasks,
        &args.allowed,
        &disruption,
        wording,
        false,
    )?;
    let (Some(plan), [task]) = (made.into_iter().next(), &*tasks) else {
        return Ok(Outcome::Clean);
    };
    let plan = ManuallyDrop::new(plan);
    let commands = args
        .actions
        .then(|| step_commands(&policy, &plan, &task.current, true));
    let commands = commands.as_ref();
    let warnings = plan.warnings.iter().map(|found| found.diagnostic.clone());
    let warnings: Vec<Diagnostic> = warnings.collect();
    let current = &task.current;
    print(&match args.report {
        PlanForm::Full => plan_full(&policy, &plan, current, commands),
        PlanForm::Concise => plan_concise(&policy, &plan, current, commands),
        PlanForm::Json => plan_json(&policy, &plan, current, &warnings, commands),
        PlanForm::JsonLines => plan_json_lines(&policy, &plan, current, commands),
        PlanForm::Dot => plan_dot(&policy, &plan, current),
        PlanForm::Junit | PlanForm::Github | PlanForm::Gitlab | PlanForm::Sarif => String::new(),
    })?;
    if let Some(form) = args.report.findings() {
        let change = findings::in_change(&args.change.name(), warnings);
        findings::show(form, "plan", &[change])?;
    }
    if args.allowed.allow_existing {
        warn_of_errors(&schema, &policy, task, &ignored);
    }
    Ok(Outcome::Clean)
}

/// Says how many errors the config has without the change too.
fn warn_of_errors(schema: &Schema, policy: &Policy, task: &Task, ignored: &[Ignored]) {
    let found = validate(schema, policy, &task.config).diagnostics;
    let found = found.iter().filter(|one| is_error(&task.scope, one, ignored));
    let count = found.count();
    if count > 0 {
        let errors = counted(count, "error");
        say(&format!(
            "warning: the config has {errors}, as it has without the change\n"
        ));
    }
}

/// Of which sizes, in bytes, the file of a change is read by a thread of its own, and another one loads the models. Less
/// does not pay; to read more takes as much memory as there may be, and a thread asks for more of it.
const LARGE_FILE: RangeInclusive<u64> = 32 * 1024..=4 * 1024 * 1024;

fn is_large(change: &ChangeArgs) -> bool {
    let metadata = change.file().and_then(|file| std::fs::metadata(file).ok());
    metadata.is_some_and(|metadata| LARGE_FILE.contains(&metadata.len()))
}

/// Reads the current config, and the change; at the same time, if that is large.
fn read_inputs(args: &Args, policy: &Policy, is_large: bool) -> Result<Begun, Refused> {
    let (config, change) = if is_large {
        at_once(
            || read_current(args, policy),
            || {
                memory::make_room();
                read_change(args, policy)
            },
        )
    } else {
        (read_current(args, policy), read_change(args, policy))
    };
    Ok(Begun::new(config?, change?))
}

fn read_current(args: &Args, policy: &Policy) -> Result<Config, Failure> {
    let source = Source::read(&args.current)?;
    read_document(source, policy)
        .map_err(|(_, error)| error)
        .and_then(config)
        .map_err(|error| Failure::Environment(error.to_string()))
}

fn read_change(args: &Args, policy: &Policy) -> Result<Wanted, Failure> {
    let document = |path: &PathBuf| {
        let source =
            Source::read(path).map_err(|error| unreadable(error, |reason| Wording::PLAN.refuse(reason)))?;
        read_document(source, policy).map_err(|(_, error)| Wording::PLAN.refuse_at(error))
    };
    let configlet = |path| Configlet::of(document(path)?).map_err(|error| Wording::PLAN.refuse_at(error));
    let change = &args.change;
    if let Some(path) = &change.patch {
        let patch = Patch::of(document(path)?)
            .and_then(|patch| scoped::split(patch, std::iter::once(&Scope::HOST), None))
            .map_err(|error| Wording::PLAN.refuse_at(error))?;
        let patch = patch.into_iter().next();
        let patch = patch.ok_or_else(|| Wording::PLAN.refuse(&"the patch has no part for the host"))?;
        Ok(Wanted::Change(args.format.change(patch)))
    } else if let Some(path) = &change.configlet_update {
        Ok(Wanted::Change(Change::Configlet(configlet(path)?)))
    } else if let Some(path) = &change.configlet_delete {
        Ok(Wanted::Change(Change::ConfigletDelete(configlet(path)?)))
    } else if let Some(path) = &change.target {
        let whole = config(document(path)?).map_err(|error| Wording::PLAN.refuse_at(error))?;
        Ok(Wanted::Whole(whole))
    } else {
        // The arguments are such that there is one.
        Err(Failure::Environment("no change is named".to_owned()))
    }
}
