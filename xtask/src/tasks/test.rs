//! `cargo xtask test`.

use crate::build;
use crate::exec::{command, run_attached, stage};
use crate::failure::Failure;
use crate::project::Project;
use crate::setup::browser::{self, CHROMEDRIVER, CHROMIUM};

/// The variable that tells the browser tests where the built site is.
const SITE: &str = "SPANWISE_SITE";

/// What the names of the page's tests begin with.
const PAGE: &str = "browser::";

/// Sets up browser and site, then runs the tests: those that `args` name, or all. All are run in two calls, since what the page promises
/// within a second or two it cannot keep beside tests that take all cores.
///
/// # Errors
/// Where the set-up, the build or a test fails.
pub fn run(project: &Project, args: &[String]) -> Result<(), Failure> {
    let browser = browser::ensure(project)?;
    build::ensure(project)?;
    let cargo = |title: &str, args: &[&str]| {
        let mut cargo = command(project, "cargo");
        cargo.args(["test", "--workspace"]).args(args);
        cargo.env(SITE, &project.dist).env(CHROMIUM, &browser.chromium).env(CHROMEDRIVER, &browser.chromedriver);
        let remedy = "Fix what failed above. One test alone: `cargo xtask test -- NAME`";
        stage(title, || run_attached(&mut cargo, remedy))
    };
    if args.is_empty() {
        cargo("tests without the page", &["--", "--skip", PAGE])?;
        cargo("tests of the page", &["--test", "main", "--", PAGE])
    } else {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        cargo("tests", &args)
    }
}
