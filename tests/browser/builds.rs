//! Which build of the worker runs, and that the page works with each.

use xtask::site::Server;

use super::page::{SOON, in_browser, in_browser_at};

#[test]
fn the_best_build_runs_and_says_so() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        let said = page.region_says("Worker", "fast", SOON).await?;
        let threads: usize = said.split(|c: char| !c.is_ascii_digit()).find_map(|word| word.parse().ok()).unwrap_or(0);
        let cores = page.script("done(navigator.hardwareConcurrency)", Vec::new()).await?;
        assert_eq!(Some(threads as u64), cores.as_u64().map(|cores| cores.min(8)), "said: {said}");
        Ok(())
    });
}

#[test]
fn every_build_answers() {
    in_browser(|page| async move {
        for build in ["baseline", "threads"] {
            page.driver.goto("about:blank").await?;
            page.open(&format!("?build={build}#/ask")).await?;
            page.region_says("Worker", build, SOON).await?;
            let context = "The bridge over the Warta was opened in 1871. It carries two tracks.";
            let marked = page.ask("When was the bridge opened?", context).await?;
            assert_eq!(marked.text, "1871", "{build}");
        }
        Ok(())
    });
}

/// A host that sends no isolation headers gets the build that needs none.
#[test]
fn a_plain_host_gets_the_baseline() {
    let Ok(site) = std::env::var("SPANWISE_SITE") else {
        eprintln!("SKIPPED: no built site. `cargo xtask test` builds it and runs this test.");
        return;
    };
    let server = Server::start_plain(&site, 0).expect("the site can be served");
    let url = format!("http://localhost:{}/", server.port());
    in_browser_at(url, Some(server), |page| async move {
        page.open("#/ask").await?;
        page.region_says("Worker", "baseline", SOON).await?;
        let marked = page.ask("Who painted the hall?", "The hall was painted by Maria Nowak in spring.").await?;
        assert_eq!(marked.text, "Maria Nowak");
        Ok(())
    });
}
