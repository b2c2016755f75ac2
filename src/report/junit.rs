//! JUnit XML: a test case for each file.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::concise::lines;
use super::repeated::Repeated;
use super::{FailOn, FileReport, Group, Render};

/// One suite with a test case for each file, which fails if findings fail it. Its text holds the findings, a
/// line each as in [`Concise`]; of a file that passes, they are its output.
///
/// [`Concise`]: super::Concise
#[derive(Debug)]
pub struct Junit {
    suite: TestSuite,
    fail_on: FailOn,
}

impl Junit {
    /// A suite that bears the name of a command.
    pub fn new(command: &str, fail_on: FailOn) -> Self {
        Junit {
            suite: TestSuite::new(format!("sonicfg {command}")),
            fail_on,
        }
    }

    fn case(&self, file: &FileReport) -> TestCase {
        let counts = self.fail_on.counts(file);
        let mut findings = String::new();
        lines(std::slice::from_ref(file), Repeated::Shown, &mut findings);
        let mut case = if self.fail_on.fails(counts) {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_type(if counts.errors > 0 { "error" } else { "warning" })
                .set_message(counts.words(", "))
                .set_description(findings);
            TestCase::new(&file.path, status)
        } else {
            let mut case = TestCase::new(&file.path, TestCaseStatus::success());
            if !findings.is_empty() {
                case.set_system_out(findings);
            }
            case
        };
        case.set_classname(file.input);
        case
    }
}

impl Render for Junit {
    fn files(&mut self, files: &[FileReport], _: Option<&[Group]>, _: &mut String) {
        for file in files {
            let case = self.case(file);
            self.suite.add_test_case(case);
        }
    }

    fn end(&mut self, out: &mut String) {
        let mut report = Report::new("sonicfg");
        report.add_test_suite(self.suite.clone());
        // Writing to a string cannot fail, and every text in it is made fit for XML.
        out.push_str(&report.to_string().unwrap_or_default());
    }
}
