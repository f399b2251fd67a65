//! Workers in Chromium, called one at a time.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;
use xtask::site::Server;

use super::Setting;

#[path = "../../../tests/browser/page.rs"]
#[allow(dead_code)] // The tests use all of it.
mod page;

use page::Page;

/// Sends a task to the worker of that name, which is started where there is none.
const CALL: &str = r"
const [name, task, argument] = arguments;
window.workers ??= {};
window.calls = (window.calls ?? 0) + 1;
const id = window.calls;
const worker = (window.workers[name] ??= new Worker('./worker.js', { type: 'module' }));
const listen = ({ data }) => {
  if (data.id !== id) return;
  worker.removeEventListener('message', listen);
  done(data.failed === undefined ? { value: data.value ?? null } : { failed: data.failed });
};
worker.addEventListener('message', listen);
worker.onerror = (error) => done({ failed: error.message });
worker.postMessage({ id, task, argument });
";

/// A run over long contexts takes twenty minutes, on a slow machine an hour.
const LONGEST: Duration = Duration::from_hours(3);

/// A browser with the site open.
#[derive(Clone)]
pub struct Browser(Rc<Page>);

/// Runs `work` with a fresh browser.
///
/// # Errors
/// Those of `work`.
pub fn with<F, T>(setting: &Setting, work: F) -> Result<(), String>
where
    F: FnOnce(Browser) -> T + 'static,
    T: Future<Output = Result<(), String>> + 'static,
{
    let server = Server::start(&setting.site, 0).map_err(|error| error.to_string())?;
    let url = format!("http://localhost:{}/", server.port());
    let (send, receive) = std::sync::mpsc::channel();
    page::in_browser_at(url, Some(server), move |page| async move {
        page.driver.set_script_timeout(LONGEST).await?;
        page.driver.goto(format!("{}bench/blank.html", page.url)).await?;
        let outcome = work(Browser(page)).await;
        // The receiver waits below.
        let _ = send.send(outcome);
        WebDriverResult::Ok(())
    });
    receive.recv().map_err(|error| error.to_string())?
}

impl Browser {
    /// What a worker answers.
    ///
    /// # Errors
    /// What it says where it fails.
    pub async fn call(&self, worker: &str, task: &str, argument: Value) -> Result<Value, String> {
        let arguments = vec![json!(worker), json!(task), argument];
        let answer = self.0.script(CALL, arguments).await.map_err(|error| error.to_string())?;
        match answer.get("value") {
            Some(value) => Ok(value.clone()),
            None => Err(format!("{worker}, {task}: {}", answer["failed"])),
        }
    }

    /// The same for a task that gives a number.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn number(&self, worker: &str, task: &str, argument: Value) -> Result<f64, String> {
        let value = self.call(worker, task, argument).await?;
        value.as_f64().ok_or_else(|| format!("{worker}, {task}: {value} is no number"))
    }

    /// Starts our wasm in a worker named after its number of threads, with a model.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn start(&self, name: &str, threads: usize) -> Result<(), String> {
        self.call(name, "start", json!({"build": "fast", "threads": threads})).await.map(drop)
    }

    /// Ends a worker.
    ///
    /// # Errors
    /// Where the browser fails.
    pub async fn end(&self, name: &str) -> Result<(), String> {
        let script = "window.workers?.[arguments[0]]?.terminate(); delete window.workers?.[arguments[0]]; done(true);";
        self.0.script(script, vec![json!(name)]).await.map(drop).map_err(|error| error.to_string())
    }
}
