//! JUnit XML: a test case for each file.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::validate::Severity;

use super::{FileReport, concise, counted};

/// One suite with a test case for each file, which fails if the file has errors; with `deny_warnings` also
/// if it has warnings. Its text holds the findings, a line each as in [`concise`]; of a file that passes,
/// they are its output.
///
/// [`concise`]: super::concise
pub fn junit(files: &[FileReport], deny_warnings: bool) -> String {
    let mut suite = TestSuite::new("sonicfg validate");
    for file in files {
        let (errors, warnings) = (file.count(Severity::Error), file.count(Severity::Warning));
        let findings = concise(std::slice::from_ref(file));
        let failed = errors > 0 || deny_warnings && warnings > 0;
        let mut case = if failed {
            let counts = [(errors, "error"), (warnings, "warning")];
            let counts = counts.into_iter().filter(|(count, _)| *count > 0);
            let counts: Vec<String> = counts.map(|(count, word)| counted(count, word)).collect();
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_type(if errors > 0 { "error" } else { "warning" })
                .set_message(counts.join(", "))
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
        suite.add_test_case(case);
    }
    let mut report = Report::new("sonicfg");
    report.add_test_suite(suite);
    // Writing to a string cannot fail, and every text in it is made fit for XML.
    report.to_string().unwrap_or_default()
}
