//! The training desk: runs that wait, that are lost with their worker or their page, and that go on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::By;

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
    let settings = tiny::settings(200);
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

/// Gives the model's worker less memory than a browser would.
const SMALL_MEMORY: &str = r"
  const Watched = window.Worker;
  window.Worker = class extends Watched {
    constructor(url, options) {
      if (options?.name !== 'model') {
        super(url, options);
        return;
      }
      url = new URL(url, location.href).href;
      const script = `
        WebAssembly.Memory = class extends WebAssembly.Memory {
          constructor(descriptor) { super({ ...descriptor, maximum: 16384 }); }
        };
        // A worker made of a blob has no address that others are relative to.
        const plain = self.fetch.bind(self);
        self.fetch = (url, ...rest) => plain(typeof url === 'string' ? new URL(url, '${location.href}') : url, ...rest);
        await import('${url}');`;
      super(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })), options);
    }
  };
";

async fn begin(page: &Page, epochs: &str) -> thirtyfour::error::WebDriverResult<()> {
    begin_with(page, epochs, "").await
}

async fn begin_with(page: &Page, epochs: &str, script: &str) -> thirtyfour::error::WebDriverResult<()> {
    page.run_first(&format!("{WATCHED}{script}")).await?;
    page.open("#/data").await?;
    page.driver.refresh().await?;
    page.click("Load sample: Lech Poznań").await?;
    page.go("Train").await?;
    page.unfold("Settings").await?;
    page.fill("spinbutton", "Epochs", epochs).await?;
    page.click("Train").await?;
    page.region_says("Training", "tokens/s", LONG).await?;
    Ok(())
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
        page.picture("desk-paused").await?;
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
        page.picture("desk-more").await?;
        Ok(())
    });
}

#[test]
fn a_second_tab_does_not_train_what_one_trains_already() {
    in_browser(|page| async move {
        begin(&page, "300").await?;
        let first = page.driver.window().await?;
        let second = page.driver.new_tab().await?;
        page.driver.switch_to_window(second).await?;
        page.open("#/train").await?;
        page.click("Train").await?;
        page.region_says("Training", "Another tab trains this project", SOON).await?;
        page.driver.switch_to_window(first).await?;
        page.click("Stop").await?;
        let said = page.region_says("Training", "finished", SOON).await?;
        assert!(said.contains("what was trained is kept"), "{said}");
        Ok(())
    });
}

/// How often the log says so.
async fn said_times(page: &Page, text: &str) -> thirtyfour::error::WebDriverResult<usize> {
    Ok(page.region("Training").await?.matches(text).count())
}

/// Loses the worker of a run so many times, each after a newer checkpoint: it is noticed and told why, and the run goes on from the newest.
async fn lose_worker(page: &Page, times: usize, how: &str, why: &str) -> thirtyfour::error::WebDriverResult<()> {
    page.region_says("Training", "Checkpoint kept after step", LONG).await?;
    let bar = "return Number(document.querySelector('.training progress').getAttribute('value'))";
    for time in 1..=times {
        let before = page.driver.execute(bar, Vec::new()).await?.json().as_u64().unwrap();
        page.driver.execute(how, Vec::new()).await?;
        let began = Instant::now();
        page.until("a worker that is started again", LONG, async || {
            Ok((said_times(page, "is started again").await? == time).then_some(()))
        })
        .await?;
        let noticed = began.elapsed();
        page.until("a run that goes on", LONG, async || {
            Ok((said_times(page, "Goes on after step").await? == time).then_some(()))
        })
        .await?;
        let (recovered, log) = (began.elapsed(), page.region("Training").await?);
        let from: u64 =
            log.split("Goes on after step ").nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap();
        println!(
            "noticed after {noticed:?}, went on after {recovered:?}, from step {from}; it had made {before} or more"
        );
        assert_eq!(said_times(page, why).await?, time);
        assert!(noticed < Duration::from_secs(10), "noticed after {noticed:?}");
        assert!(recovered < Duration::from_secs(15), "went on after {recovered:?}");
        // Three steps are an epoch, and each epoch is kept.
        assert!(from + 3 >= before, "went on after step {from}, and had made {before}");
        page.until("a newer checkpoint", LONG, async || {
            let log = page.region("Training").await?;
            let newest = log
                .split("Checkpoint kept after step ")
                .nth(1)
                .and_then(|text| text.split_whitespace().next()?.parse().ok());
            Ok(newest.filter(|step: &u64| *step > from))
        })
        .await?;
    }
    Ok(())
}

#[test]
fn a_worker_that_goes_silent_twenty_times_is_replaced_and_the_run_goes_on() {
    in_browser(|page| async move {
        begin(&page, "300").await?;
        let kill = "const model = window.workers.filter(([name]) => name === 'model'); model.at(-1)[1].terminate();";
        lose_worker(&page, 20, kill, "it gave no sign of life").await?;
        page.picture("desk-recovered").await?;
        page.click("Stop").await?;
        page.region_says("Training", "finished", SOON).await?;
        Ok(())
    });
}

#[test]
fn a_worker_that_runs_out_of_memory_five_times_costs_an_epoch_each_at_most() {
    in_browser(|page| async move {
        begin_with(&page, "300", SMALL_MEMORY).await?;
        // A text whose tokens need more than there is.
        let fill = "const model = window.workers.filter(([name]) => name === 'model').at(-1)[1];
            const command = { kind: 'coverage', text: 'goalkeeper '.repeat(8e6) };
            model.postMessage({ body: { version: 1, id: 1e9, command }, attachments: [] });";
        lose_worker(&page, 5, fill, "it came apart").await?;
        let run = "return document.querySelector('.training').textContent";
        let text = page.driver.execute(run, Vec::new()).await?.json().to_string();
        assert!(!text.contains("could not go on"), "{text}");
        page.click("Stop").await?;
        page.region_says("Training", "finished", SOON).await?;
        page.go("Data").await?;
        assert!(page.driver.find(By::Css(".totals")).await?.text().await?.contains("22 questions"));
        Ok(())
    });
}

#[test]
fn a_trained_model_outlives_the_worker_that_has_it() {
    in_browser(|page| async move {
        page.run_first(WATCHED).await?;
        page.open("#/data").await?;
        page.driver.refresh().await?;
        page.click("Load sample: Lech Poznań").await?;
        page.go("Train").await?;
        // Its folds would let the model stay as it was.
        page.find("radio", "As in the article").await?.click().await?;
        page.unfold("Settings").await?;
        page.fill("spinbutton", "Epochs", "1").await?;
        page.click("Train").await?;
        page.region_says("Training", "finished", LONG).await?;
        let chip = async || page.driver.find(By::Css(".top-bar")).await?.text().await;
        page.until("the trained model", SOON, async || Ok(chip().await?.contains("trained here").then_some(())))
            .await?;
        let lose = "const model = window.workers.filter(([name]) => name === 'model').at(-1)[1];
            model.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));";
        page.driver.execute(lose, Vec::new()).await?;
        page.region_says("Training", "Goes on after step 3", LONG).await?;
        page.region_says("Training", "finished", LONG).await?;
        page.until("the model of before", SOON, async || Ok(chip().await?.contains("trained here").then_some(()))).await
    });
}

/// The page's own tasks while a run goes on: none that a person would feel.
#[test]
fn the_page_is_free_while_a_run_goes_on() {
    in_browser(|page| async move {
        begin(&page, "10").await?;
        page.driver.execute("window.long.length = 0", Vec::new()).await?;
        page.region_says("Training", "finished", LONG).await?;
        let long = page.driver.execute("return window.long.map(([, ms]) => ms)", Vec::new()).await?;
        let long: Vec<f64> = long.json().as_array().unwrap().iter().map(|ms| ms.as_f64().unwrap()).collect();
        let longest = long.iter().copied().fold(0.0, f64::max);
        println!(
            "tasks of the page over 50 ms in 30 steps and their folds: {}, the longest {longest:.0} ms",
            long.len()
        );
        // The threads that train take every core: a task may wait for its turn. One that computes too much is longer.
        assert!(long.len() <= 3 && longest < 200.0, "{long:?}");
        Ok(())
    });
}
