//! The training desk: runs that wait, that are lost with their worker or their page, and that go on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spanwise::train::TrainSettings;
use thirtyfour::By;
use thirtyfour::common::command::{Command, ExtensionCommand};

use super::host;
use super::page::{LONG, Page, SOON, in_browser};
use crate::support::tiny;

/// Trains to the end; the worker is ended after as many steps as `kills` says, one number for each life. Gives all steps as they were seen
/// first and last, and the SHA-256 of the weights.
const LIVES: &str = r"
const [model, dataset, settings, id, kills] = arguments;
const seen = [], starts = [];
let life = 0;
const tensors = async (blob) => {
  const bytes = new Uint8Array(await blob.arrayBuffer()), view = new DataView(bytes.buffer);
  const name = new TextEncoder().encode('model.safetensors');
  let at = 0;
  while (!(view.getUint32(at, true) === 0x04034b50 && name.every((b, i) => bytes[at + 30 + i] === b))) at += 1;
  const begin = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const length = Number(view.getBigUint64(begin, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(begin + 8, begin + 8 + length)));
  const end = Math.max(...Object.values(header).map((entry) => entry.data_offsets?.[1] ?? 0));
  const digest = await crypto.subtle.digest('SHA-256', bytes.slice(begin, begin + 8 + length + end));
  return Array.from(new Uint8Array(digest)).join(',');
};
const live = () => {
  const worker = new Worker('./worker-loader.js?build=fast&threads=2', { type: 'module', name: 'model' });
  const send = (id, command) => worker.postMessage({ body: { version: 1, id, command }, attachments: [] });
  let made = 0;
  worker.onmessage = async ({ data }) => {
    if (data.failed) return done({ failed: data.failed });
    const event = data.body.event;
    if (event.kind === 'ready') {
      send(1, { kind: 'load_model', source: { from: 'folder', url: model, name: 'model' } });
    } else if (event.kind === 'model_loaded' && data.body.id === 1) {
      const begin = life === 0 ? 'anew' : 'go_on';
      send(2, { kind: 'train', dataset, settings, keeping: { id, data: 'd', every_epochs: 5, begin } });
    } else if (event.kind === 'taken_up') {
      starts.push(event.steps.length);
    } else if (event.kind === 'step') {
      seen.push(event);
      made += 1;
      if (made === kills[life]) {
        worker.terminate();
        life += 1;
        live();
      }
    } else if (event.kind === 'checkpoint' && event.failure) {
      done({ failed: event.failure });
    } else if (event.kind === 'done' && data.body.id === 2) {
      send(3, { kind: 'export_weights' });
    } else if (event.kind === 'weights_ready') {
      const hash = await tensors(data.attachments[0] ?? data.body.attachments[0]);
      worker.terminate();
      done({ seen, starts, hash, lives: life + 1 });
    } else if (event.kind === 'failed') {
      done({ failed: event.message });
    }
  };
};
live();
";

async fn lives(page: &Page, model: &str, id: &str, kills: &[usize]) -> Value {
    let dataset: Value = serde_json::from_str(tiny::DATA).unwrap();
    let settings = TrainSettings {
        epochs: 200,
        batch_size: 2,
        max_seq_length: 64,
        doc_stride: 16,
        learning_rate: 1e-3,
        ..TrainSettings::default()
    };
    let arguments = vec![json!(model), dataset, json!(settings), json!(id), json!(kills)];
    let result = page.script(LIVES, arguments).await.unwrap();
    assert!(result["failed"].is_null(), "{result}");
    result
}

/// Step, loss, learning rate and norm, to the last bit.
fn numbers(step: &Value) -> [u64; 4] {
    ["step", "loss", "learning_rate", "grad_norm"].map(|key| step[key].as_f64().unwrap().to_bits())
}

#[test]
fn a_run_whose_worker_is_ended_20_times_is_the_run_that_was_never_interrupted() {
    let files = tempfile::tempdir().unwrap();
    tiny::write_folder(files.path());
    let host = host::folder(files.path().to_owned());
    let model = format!("http://localhost:{}/", host.address().port());
    in_browser(move |page| async move {
        page.open("#/data").await?;
        let whole = lives(&page, &model, "whole", &[]).await;
        let whole_steps: Vec<_> = whole["seen"].as_array().unwrap().iter().map(numbers).collect();
        // Places that nobody chose, the same in each run of this test; beyond the interval of 5, so that the run gets on.
        let kills: Vec<usize> = (0..20).map(|index| 6 + index * 7 % 5).collect();
        let killed = lives(&page, &model, "killed", &kills).await;
        assert_eq!(killed["lives"], json!(21));
        for step in killed["seen"].as_array().unwrap() {
            let step = numbers(step);
            let index = f64::from_bits(step[0]) as usize - 1;
            assert_eq!(step, whole_steps[index]);
        }
        // At most one interval is lost each time.
        let mut reached = 0;
        for (kill, start) in kills.iter().zip(killed["starts"].as_array().unwrap()) {
            let start = start.as_u64().unwrap() as usize;
            reached += kill;
            assert!(start + 5 >= reached, "reached {reached}, went on after {start}");
            // The worker may have been further than the page had heard.
            reached = start;
        }
        assert_eq!(killed["hash"], whole["hash"]);
        Ok(())
    });
    drop(host);
}

/// Keeps every worker that the page starts, and counts tasks of the page that take longer than 50 ms.
const WATCHED: &str = r"
  window.workers = [];
  window.long = [];
  const Plain = window.Worker;
  window.Worker = class extends Plain {
    constructor(...all) {
      super(...all);
      window.workers.push([all[1]?.name, this]);
    }
  };
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map((entry) => [entry.startTime, entry.duration])))
    .observe({ type: 'longtask' });
";

/// Runs [`WATCHED`] before the scripts of every page that is loaded.
#[derive(Debug)]
struct OnNewDocument;

impl ExtensionCommand for OnNewDocument {
    fn parameters_json(&self) -> Option<Value> {
        Some(json!({"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": {"source": WATCHED}}))
    }

    fn method(&self) -> http::Method {
        http::Method::POST
    }

    fn endpoint(&self) -> std::sync::Arc<str> {
        "/goog/cdp/execute".into()
    }
}

async fn begin(page: &Page, epochs: &str) -> thirtyfour::error::WebDriverResult<()> {
    page.driver.cmd(Command::ExtensionCommand(Box::new(OnNewDocument))).await?;
    page.open("#/data").await?;
    page.driver.refresh().await?;
    page.click("Load sample: Lech Poznań").await?;
    page.go("Train").await?;
    page.driver.find(By::XPath("//summary[normalize-space(.)='Settings']")).await?.click().await?;
    page.fill("spinbutton", "Epochs", epochs).await?;
    page.click("Train").await?;
    page.region_says("Training", "tokens/s", LONG).await?;
    Ok(())
}

async fn shot(page: &Page, name: &str) {
    if let Ok(folder) = std::env::var("SPANWISE_SCREENSHOTS") {
        page.driver.screenshot(&std::path::Path::new(&folder).join(name)).await.unwrap();
    }
}

#[test]
fn a_run_is_paused_goes_on_and_goes_on_after_a_reload() {
    in_browser(|page| async move {
        begin(&page, "300").await?;
        let pause = page.find("button", "Pause").await?;
        let began = Instant::now();
        pause.click().await?;
        page.region_says("Training", "Paused", SOON).await?;
        let took = began.elapsed();
        println!("Pause took {took:?}");
        assert!(took < Duration::from_secs(2), "Pause took {took:?}");
        let said = page.region_says("Training", "Checkpoint kept after step", SOON).await?;
        shot(&page, "desk-paused.png").await;
        let step =
            said.split("Checkpoint kept after step ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        page.click("Resume").await?;
        page.region_says("Training", "Went on", SOON).await?;
        page.click("Pause").await?;
        page.region_says("Training", "Resume goes on from here", SOON).await?;
        page.driver.refresh().await?;
        page.click("Resume").await?;
        let said = page.region_says("Training", "Goes on after step", LONG).await?;
        println!("first checkpoint after step {step}; {said}");
        page.region_says("Training", "tokens/s", LONG).await?;
        page.click("Stop").await?;
        page.region_says("Training", "finished", SOON).await?;
        page.driver.execute("window.scrollTo(0, 0)", Vec::new()).await?;
        page.fill("spinbutton", "Epochs", "1").await?;
        page.click("Train more").await?;
        page.region_says("Training", "Train more was pressed: 1 more epoch", SOON).await?;
        page.region_says("Training", "tokens/s", LONG).await?;
        page.click("Stop").await?;
        page.region_says("Training", "finished", SOON).await?;
        shot(&page, "desk-more.png").await;
        Ok(())
    });
}

#[test]
fn a_worker_that_goes_silent_is_replaced_and_the_run_goes_on() {
    in_browser(|page| async move {
        begin(&page, "300").await?;
        page.region_says("Training", "Checkpoint kept after step", LONG).await?;
        let kill = "const model = window.workers.filter(([name]) => name === 'model'); model.at(-1)[1].terminate();";
        page.driver.execute(kill, Vec::new()).await?;
        let began = Instant::now();
        page.region_says("Training", "is started again", SOON).await?;
        let noticed = began.elapsed();
        page.region_says("Training", "Goes on after step", SOON).await?;
        let recovered = began.elapsed();
        println!("noticed after {noticed:?}, went on after {recovered:?}");
        assert!(noticed < Duration::from_secs(10), "noticed after {noticed:?}");
        page.region_says("Training", "tokens/s", LONG).await?;
        shot(&page, "desk-recovered.png").await;
        page.click("Stop").await?;
        page.region_says("Training", "finished", SOON).await?;
        Ok(())
    });
}
