//! `cargo xtask test`.

use crate::build;
use crate::exec::{command, run_attached, stage};
use crate::failure::Failure;
use crate::project::Project;
use crate::setup::browser::{self, CHROMEDRIVER, CHROMIUM};

/// The variable that tells the browser tests where the built site is.
const SITE: &str = "SPANWISE_SITE";

/// Sets up browser and site, then runs all tests with one call of cargo.
///
/// # Errors
/// Where the set-up, the build or a test fails.
pub fn run(project: &Project, args: &[String]) -> Result<(), Failure> {
    let browser = browser::ensure(project)?;
    build::ensure(project)?;
    let mut cargo = command(project, "cargo");
    cargo.args(["test", "--workspace"]).args(args);
    cargo.env(SITE, &project.dist).env(CHROMIUM, &browser.chromium).env(CHROMEDRIVER, &browser.chromedriver);
    let remedy = "Fix what failed above. One test alone: `cargo xtask test -- NAME`";
    stage("tests", || run_attached(&mut cargo, remedy))
}
