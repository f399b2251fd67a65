//! A browser with the page open, and ways to find what a person would find.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::ChromiumLikeCapabilities;
use thirtyfour::common::command::{Command as DriverCommand, ExtensionCommand};
use thirtyfour::prelude::*;
use xtask::site::Server;

/// One browser at a time: the machine has few cores, and training takes all of them.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How long a person would wait for something that takes no training.
pub const SOON: Duration = Duration::from_mins(1);

/// How long a run of the sample may take on a slow machine.
pub const LONG: Duration = Duration::from_mins(15);

/// No script takes longer, those of the benchmarks included.
const REQUEST: Duration = Duration::from_hours(4);

/// The page in a browser.
pub struct Page {
    /// The browser.
    pub driver: WebDriver,
    /// Address of the page, with a slash at its end.
    pub url: String,
    /// Folder that downloads go to.
    pub downloads: PathBuf,
    _server: Option<Server>,
    _folder: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a test in a fresh browser with the page served as it is meant to be.
pub fn in_browser<F, T>(test: F)
where
    F: FnOnce(Rc<Page>) -> T,
    T: Future<Output = WebDriverResult<()>> + 'static,
{
    let Ok(site) = std::env::var("SPANWISE_SITE") else {
        eprintln!("SKIPPED: no built site. `cargo xtask test` builds it and runs this test.");
        return;
    };
    let server = Server::start(Path::new(&site), 0).expect("the site can be served");
    let url = format!("http://localhost:{}/", server.port());
    in_browser_at(url, Some(server), test);
}

/// Runs a test in a fresh browser with the page at `url`.
pub fn in_browser_at<F, T>(url: String, server: Option<Server>, test: F)
where
    F: FnOnce(Rc<Page>) -> T,
    T: Future<Output = WebDriverResult<()>> + 'static,
{
    let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // In memory where the system has such a place: a busy disk stalls a browser that has just been started for a minute.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    let outcome = local.block_on(&runtime, async {
        let (driver, _process) = start(folder.path()).await;
        let downloads = folder.path().join("downloads");
        let page = Page { driver, url, downloads, _server: server, _folder: folder, _turn: turn };
        let page = Rc::new(page);
        page.run_first(PANICS).await.expect("the browser runs a script first");
        // In a task of its own, so that the browser is closed after a failed assertion too.
        let test = test(page.clone());
        let watched = page.clone();
        let outcome = tokio::task::spawn_local(async move {
            let result = test.await;
            let panics = watched.panics().await;
            assert!(panics.is_empty(), "the page panicked: {panics:#?}");
            result
        })
        .await;
        if !matches!(outcome, Ok(Ok(()))) {
            page.report().await;
        }
        let _ = page.driver.clone().quit().await;
        outcome
    });
    match outcome {
        Ok(result) => result.expect("the browser does as it is told"),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

async fn start(folder: &Path) -> (WebDriver, Driver) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let chromedriver = std::env::var("SPANWISE_CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
    let process = Command::new(chromedriver)
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts");
    let process = Driver(process);
    let downloads = folder.join("downloads");
    std::fs::create_dir(&downloads).unwrap();
    let mut capabilities = DesiredCapabilities::chrome();
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let flags = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
        &profile,
    ];
    flags.into_iter().for_each(|flag| capabilities.add_arg(flag).unwrap());
    if let Ok(chromium) = std::env::var("SPANWISE_CHROMIUM") {
        capabilities.set_binary(&chromium).unwrap();
    }
    let preferences = json!({"download.default_directory": downloads, "download.prompt_for_download": false});
    capabilities.add_experimental_option("prefs", preferences).unwrap();
    let address = format!("http://localhost:{port}");
    let began = Instant::now();
    loop {
        // The driver ends a script that takes too long; a request that gave up before would leave it running.
        match WebDriver::builder(&address, capabilities.clone()).request_timeout(REQUEST).await {
            Ok(driver) => {
                driver.set_script_timeout(LONG).await.unwrap();
                return (driver, process);
            }
            Err(error) if began.elapsed() > SOON => panic!("no browser session: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// The folder for pictures, `SPANWISE_SCREENSHOTS`, where it is named.
pub fn pictures() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("SPANWISE_SCREENSHOTS")?);
    match std::fs::create_dir_all(&folder) {
        Ok(()) => Some(folder),
        Err(error) => {
            eprintln!("no pictures: {}: {error}", folder.display());
            None
        }
    }
}

/// What assistive technology is told of an element.
#[derive(Debug)]
struct Computed(String, &'static str);

impl ExtensionCommand for Computed {
    fn parameters_json(&self) -> Option<Value> {
        None
    }

    fn method(&self) -> http::Method {
        http::Method::GET
    }

    fn endpoint(&self) -> Arc<str> {
        format!("/element/{}/{}", self.0, self.1).into()
    }
}

/// Keeps what panics of the page say: a page that goes on after one has lost some of what it does.
const PANICS: &str = r"
  window.panics = [];
  const say = console.error;
  console.error = (...all) => {
    if (String(all[0]).includes('panicked at')) window.panics.push(String(all[0]));
    say.apply(console, all);
  };
  addEventListener('error', (event) => window.panics.push(event.message));
  addEventListener('unhandledrejection', (event) => window.panics.push(String(event.reason)));
";

/// Runs a script before those of every page that is loaded from now on.
#[derive(Debug)]
struct OnNewDocument(String);

impl ExtensionCommand for OnNewDocument {
    fn parameters_json(&self) -> Option<Value> {
        Some(json!({"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": {"source": self.0}}))
    }

    fn method(&self) -> http::Method {
        http::Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/goog/cdp/execute".into()
    }
}

/// Elements that may have a role.
fn candidates(role: &str) -> &'static str {
    match role {
        "button" => "button, [role=button]",
        "textbox" => "textarea, input:not([type]), input[type=text], input[type=search], [role=textbox]",
        "spinbutton" => "input[type=number]",
        "file" => "input[type=file]",
        "radio" => "input[type=radio]",
        "combobox" => "select",
        "checkbox" => "input[type=checkbox]",
        "slider" => "[role=slider]",
        "group" => "fieldset, [role=group]",
        "region" => "section, [role=region]",
        "link" => "a",
        other => panic!("no candidates are known for the role {other}"),
    }
}

/// Of all that a selector finds, the elements for which every word of a name stands somewhere in what a browser makes names of. The driver is asked
/// for the names of these alone: a question for each of a hundred buttons would take most of a test's time.
const MAY_BE_NAMED: &str = r"
  const [selector, name] = arguments;
  const words = name.toLowerCase().split(/\s+/);
  const own = (node) =>
    [node.textContent, ...['aria-label', 'title', 'placeholder', 'alt', 'value'].map((key) => node.getAttribute(key) ?? '')];
  const deep = (node) => [node, ...node.querySelectorAll('*')].flatMap(own);
  const named_by = (node) => (node.getAttribute('aria-labelledby') ?? '').split(/\s+/).map((id) => document.getElementById(id));
  return [...document.querySelectorAll(selector)].filter((node) => {
    const from = [node, ...(node.labels ?? []), ...named_by(node)].filter(Boolean);
    const said = from.flatMap(deep).join(' ').toLowerCase();
    return words.every((word) => said.includes(word));
  });
";

impl Page {
    /// Opens a view, for instance `#/ask`, and waits until the app has taken over.
    pub async fn open(&self, view: &str) -> WebDriverResult<()> {
        self.driver.goto(format!("{}{view}", self.url)).await?;
        self.until("the app", SOON, async || Ok(self.driver.find_all(By::Css("main h1")).await?.pop())).await?;
        Ok(())
    }

    /// Goes to a view by its link in the rail.
    pub async fn go(&self, name: &str) -> WebDriverResult<()> {
        self.find("link", name).await?.click().await
    }

    /// Tries until something is there.
    pub async fn until<T>(
        &self,
        what: &str,
        patience: Duration,
        mut attempt: impl AsyncFnMut() -> WebDriverResult<Option<T>>,
    ) -> WebDriverResult<T> {
        let began = Instant::now();
        loop {
            // An element may go away between two looks at it.
            if let Ok(Some(found)) = attempt().await {
                return Ok(found);
            }
            assert!(began.elapsed() < patience, "waited {patience:?} for {what} in vain");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The element of that role and accessible name; there must be exactly one.
    pub async fn find(&self, role: &str, name: &str) -> WebDriverResult<WebElement> {
        self.until(&format!("the {role} '{name}'"), SOON, async || {
            let mut found = self.all(role, name).await?;
            assert!(found.len() < 2, "there are {} elements of role {role} and name '{name}'", found.len());
            Ok(found.pop())
        })
        .await
    }

    /// All elements of that role and accessible name.
    pub async fn all(&self, role: &str, name: &str) -> WebDriverResult<Vec<WebElement>> {
        let mut found = Vec::new();
        let may_be = self.driver.execute(MAY_BE_NAMED, vec![candidates(role).into(), name.into()]).await?;
        for element in may_be.elements()? {
            let label: String = self.computed(&element, "computedlabel").await?;
            let has_role = match role {
                // Browsers give a file input the role of a button.
                "file" => true,
                _ => self.computed(&element, "computedrole").await? == role,
            };
            // Some versions leave the white space of a label in its name.
            if label.trim() == name && has_role {
                found.push(element);
            }
        }
        Ok(found)
    }

    /// The accessible name of an element.
    pub async fn label(&self, element: &WebElement) -> WebDriverResult<String> {
        self.computed(element, "computedlabel").await
    }

    async fn computed(&self, element: &WebElement, what: &'static str) -> WebDriverResult<String> {
        let command = DriverCommand::ExtensionCommand(Box::new(Computed(element.element_id().to_string(), what)));
        self.driver.cmd(command).await?.value()
    }

    /// Clicks a button once it can be clicked.
    pub async fn click(&self, name: &str) -> WebDriverResult<()> {
        self.until(&format!("a usable button '{name}'"), SOON, async || {
            let button = self.find("button", name).await?;
            if !button.is_enabled().await? {
                return Ok(None);
            }
            // One that is behind the bar at the top counts as in sight, and is not to be hit there: the driver does not scroll to it.
            let script = "arguments[0].scrollIntoView({ block: 'center' });";
            self.driver.execute(script, vec![button.to_json()?]).await?;
            Ok(button.click().await.ok())
        })
        .await
    }

    /// Replaces the text of a field. Not by keys: the driver has none beyond the basic plane, where emoji are.
    pub async fn fill(&self, role: &str, name: &str, text: &str) -> WebDriverResult<()> {
        let field = self.find(role, name).await?;
        let script = "const [field, text] = arguments; field.focus(); field.value = text;
            for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));";
        self.driver.execute(script, vec![field.to_json()?, text.into()]).await?;
        Ok(())
    }

    /// Opens a fold by its name, once it is there.
    pub async fn unfold(&self, name: &str) -> WebDriverResult<()> {
        let path = format!("//summary[normalize-space(.)='{name}']");
        self.until(&format!("the fold '{name}'"), SOON, async || {
            self.driver.find(By::XPath(&path)).await?.click().await.map(Some)
        })
        .await
    }

    /// Chooses an entry of a list by its text.
    pub async fn choose(&self, name: &str, entry: &str) -> WebDriverResult<()> {
        let list = self.find("combobox", name).await?;
        let script = "const [list, entry] = arguments;
            list.selectedIndex = [...list.options].findIndex((option) => option.text === entry);
            list.dispatchEvent(new Event('change', { bubbles: true }));
            return list.selectedIndex;";
        let index = self.driver.execute(script, vec![list.to_json()?, entry.into()]).await?.json().as_i64();
        assert!(index.is_some_and(|index| index >= 0), "the list '{name}' has no entry '{entry}'");
        Ok(())
    }

    /// Gives files to a file input.
    pub async fn upload(&self, name: &str, files: &[PathBuf]) -> WebDriverResult<()> {
        let paths: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        self.find("file", name).await?.send_keys(paths.join("\n")).await
    }

    /// Text of a region.
    pub async fn region(&self, name: &str) -> WebDriverResult<String> {
        self.find("region", name).await?.text().await
    }

    /// Waits until a region's text holds `wanted`; returns the whole text.
    pub async fn region_says(&self, name: &str, wanted: &str, patience: Duration) -> WebDriverResult<String> {
        self.until(&format!("'{wanted}' in region '{name}'"), patience, async || {
            let text = self.region(name).await?;
            Ok(text.contains(wanted).then_some(text))
        })
        .await
    }

    /// Asks in the Ask view and returns what is marked in the answer's passage: the text and the passage before it.
    pub async fn ask(&self, question: &str, context: &str) -> WebDriverResult<Marked> {
        self.go("Ask").await?;
        self.fill("textbox", "Question", question).await?;
        self.fill("textbox", "Context", context).await?;
        self.click("Ask").await?;
        self.until(&format!("an answer to '{question}'"), LONG, async || {
            let region = self.find("region", "Answer").await?;
            if !region.text().await?.contains(question)
                && region.attr("data-question").await?.as_deref() != Some(question)
            {
                return Ok(None);
            }
            Marked::of(&region).await
        })
        .await
    }

    /// Runs a script in the page; it ends by calling `done(value)`.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> WebDriverResult<Value> {
        let script = format!("const done = arguments[arguments.length - 1];\n{script}");
        Ok(self.driver.execute_async(script, arguments).await?.json().clone())
    }

    /// Runs a script before those of every page that is loaded from now on.
    pub async fn run_first(&self, script: &str) -> WebDriverResult<()> {
        let command = DriverCommand::ExtensionCommand(Box::new(OnNewDocument(script.to_owned())));
        self.driver.cmd(command).await.map(|_| ())
    }

    /// What panics of the page said; none where the page is gone.
    async fn panics(&self) -> Vec<String> {
        let said = self.driver.execute("return window.panics ?? []", Vec::new()).await;
        said.ok().and_then(|said| serde_json::from_value(said.json().clone()).ok()).unwrap_or_default()
    }

    /// What a person who reads a failure wants to know.
    async fn report(&self) {
        for panic in self.panics().await {
            eprintln!("the page panicked: {panic}");
        }
        let _ = self.picture(&std::thread::current().name().unwrap_or("test").replace("::", "-")).await;
        let text = self.driver.find(By::Css("body")).await;
        if let Ok(body) = text {
            eprintln!("the page said:\n{}", body.text().await.unwrap_or_default());
        }
    }

    /// A picture for whoever looks at it, where a folder for them is named.
    pub async fn picture(&self, name: &str) -> WebDriverResult<()> {
        match pictures() {
            Some(folder) => self.driver.screenshot(&folder.join(format!("{name}.png"))).await,
            None => Ok(()),
        }
    }

    /// Waits for a download of that ending.
    pub async fn downloaded(&self, ending: &str) -> WebDriverResult<PathBuf> {
        self.until(&format!("a downloaded {ending}"), LONG, async || {
            let files = std::fs::read_dir(&self.downloads).unwrap().filter_map(|entry| entry.ok().map(|e| e.path()));
            // The browser makes an empty file of that name first, and gives the whole one its place at the end.
            let is_whole = |file: &PathBuf| file.metadata().is_ok_and(|metadata| metadata.len() > 0);
            Ok(files.into_iter().find(|file| file.to_string_lossy().ends_with(ending) && is_whole(file)))
        })
        .await
    }
}

/// The marked answer of a region.
#[derive(Debug, PartialEq)]
pub struct Marked {
    /// The text in the mark.
    pub text: String,
    /// Text of the whole region.
    pub region: String,
}

impl Marked {
    async fn of(region: &WebElement) -> WebDriverResult<Option<Self>> {
        let mut marks = region.find_all(By::Css("mark")).await?;
        assert!(marks.len() < 2, "the best answer has {} marks", marks.len());
        match marks.pop() {
            Some(mark) => Ok(Some(Self { text: mark.text().await?, region: region.text().await? })),
            None => Ok(None),
        }
    }
}

/// A file of the shared data; `None`, said visibly, where it is not there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    // The driver wants paths without detours.
    if let Ok(file) = file.canonicalize() {
        return Some(file);
    }
    eprintln!("SKIPPED: {} is not there", file.display());
    None
}
