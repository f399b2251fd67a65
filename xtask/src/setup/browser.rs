//! The browser that the tests drive, and its driver.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian;
use crate::exec::{capture, stage};
use crate::failure::Failure;
use crate::project::{Project, find_in_path};

/// Variables that name the two programs: set by people who want others, and by us for the tests.
pub const CHROMIUM: &str = "SPANWISE_CHROMIUM";
/// See [`CHROMIUM`].
pub const CHROMEDRIVER: &str = "SPANWISE_CHROMEDRIVER";

const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
const BROWSERS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const BROWSERS_ELSEWHERE: [&str; 3] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
];

/// A browser and the driver that speaks `WebDriver` for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// Chromium or Chrome.
    pub chromium: PathBuf,
    /// chromedriver of the same major version.
    pub chromedriver: PathBuf,
}

/// The browser and its driver, installed where they are missing and can be.
///
/// # Errors
/// Where they are not there, or do not fit each other.
pub fn ensure(project: &Project) -> Result<Browser, Failure> {
    let browser = match find() {
        Some(browser) => browser,
        None => stage("set-up: browser and driver", || {
            if debian::can_install() {
                debian::install(project, &PACKAGES)?;
            }
            find().ok_or_else(|| {
                Failure::new("the tests need Chromium and chromedriver, and they are not here", remedy())
            })
        })?,
    };
    check(&browser)?;
    Ok(browser)
}

fn find() -> Option<Browser> {
    let named = |variable| env::var_os(variable).map(PathBuf::from);
    let elsewhere = || BROWSERS_ELSEWHERE.iter().map(PathBuf::from).find(|path| path.is_file());
    let chromium = named(CHROMIUM).or_else(|| BROWSERS.into_iter().find_map(find_in_path)).or_else(elsewhere)?;
    let chromedriver = named(CHROMEDRIVER).or_else(|| find_in_path("chromedriver"))?;
    Some(Browser { chromium, chromedriver })
}

/// A driver refuses a browser of another major version, in words that do not help.
fn check(browser: &Browser) -> Result<(), Failure> {
    let chromedriver = major(&browser.chromedriver).ok_or_else(|| unusable(&browser.chromedriver))?;
    // Chrome on Windows opens a window instead of saying its version.
    let chromium = if cfg!(windows) { Some(chromedriver) } else { major(&browser.chromium) };
    let chromium = chromium.ok_or_else(|| unusable(&browser.chromium))?;
    if chromium == chromedriver {
        return Ok(());
    }
    let what = format!(
        "{} has version {chromium} and {} has version {chromedriver}",
        browser.chromium.display(),
        browser.chromedriver.display()
    );
    Err(Failure::new(what, format!("Take both from the same place. {}", remedy())))
}

fn unusable(program: &Path) -> Failure {
    Failure::new(format!("`{} --version` says no version", program.display()), remedy())
}

fn major(program: &Path) -> Option<u32> {
    major_in(&capture(Command::new(program).arg("--version"))?)
}

fn major_in(says: &str) -> Option<u32> {
    says.split_whitespace().find_map(|word| word.split_once('.')?.0.parse().ok())
}

fn remedy() -> String {
    format!(
        "Install {}, or set {CHROMIUM} and {CHROMEDRIVER} to the two programs, and run the task again",
        debian::by_hand(&PACKAGES)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_that_of_the_first_version() {
        assert_eq!(major_in("Chromium 156.0.8078.108 built on Debian GNU/Linux 12 (bookworm)"), Some(156));
        assert_eq!(major_in("ChromeDriver 155.0.1 (730482a-refs/branch-heads/8078@{#2244})"), Some(155));
        assert_eq!(major_in("command not found"), None);
    }
}
