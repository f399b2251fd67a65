//! The worker without the page around it: the numbers that wasm computes against those of the native build.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use spanwise::model::weights::Precision;
use spanwise::model::{Config, folder};
use spanwise::nn::{Choice, Lora};
use spanwise::squad::read::read;
use spanwise::text::features::train_features;
use spanwise::train::{Advance, StepReport, TrainSettings, Trainer};
use thirtyfour::error::WebDriverResult;
use xtask::site::http::Listening;

use super::host;
use super::page::{Page, in_browser};
use crate::support::{drawn, tiny};

/// Loads a model into a worker, trains once for each of the settings, and tells of every run.
const TRAIN: &str = r"
const [build, threads, model, dataset, settings] = arguments;
const worker = new Worker(`./worker-loader.js?build=${build}&threads=${threads}`, { type: 'module', name: 'model' });
const runs = [];
const send = (id, command) => worker.postMessage({ body: { version: 1, id, command }, attachments: [] });
const end = (result) => {
  worker.terminate();
  done(result);
};
const next = () => {
  if (runs.length === settings.length) return end({ runs });
  runs.push({ steps: [] });
  send(1 + runs.length, { kind: 'train', dataset, settings: settings[runs.length - 1] });
};
worker.onmessage = ({ data }) => {
  if (data.failed) return end({ failed: data.failed });
  const event = data.body.event, run = runs.at(-1);
  if (event.kind === 'ready') {
    send(1, { kind: 'load_model', source: { from: 'folder', url: new URL(model, location.href).href, name: 'model' } });
  } else if (event.kind === 'model_loaded' && data.body.id === 1) {
    next();
  } else if (event.kind === 'training_started') {
    run.predicted = event.memory_bytes;
  } else if (event.kind === 'step') {
    run.steps.push(event);
  } else if (event.kind === 'training_finished') {
    run.memory = event.memory_bytes;
    next();
  } else if (event.kind === 'failed') {
    end({ failed: event.message });
  }
};
worker.onerror = (error) => end({ failed: error.message });
";

/// Runs in one worker.
struct Runs<'a> {
    build: &'a str,
    threads: usize,
    model: &'a str,
    dataset: &'a Value,
    settings: &'a [TrainSettings],
}

/// What one of them did.
#[derive(Debug, Deserialize)]
struct Made {
    steps: Vec<StepReport>,
    /// Bytes of wasm memory at the end, and as they were predicted.
    memory: f64,
    predicted: f64,
}

impl Made {
    fn losses(&self) -> Vec<f64> {
        self.steps.iter().map(|step| step.loss).collect()
    }

    /// Loss and norm of every step, to the last bit.
    fn bits(&self) -> Vec<[u64; 2]> {
        self.steps.iter().map(|step| [step.loss.to_bits(), step.grad_norm.to_bits()]).collect()
    }
}

impl Runs<'_> {
    async fn make(&self, page: &Page) -> WebDriverResult<Vec<Made>> {
        let Self { build, threads, model, dataset, settings } = self;
        let arguments = vec![json!(build), json!(threads), json!(model), (*dataset).clone(), json!(settings)];
        let result = page.script(TRAIN, arguments).await?;
        let made = serde_json::from_value(result["runs"].clone());
        Ok(made.unwrap_or_else(|error| panic!("{build}, {threads} threads: {error}: {result}")))
    }
}

/// Folder of the default model, beside the page.
const DEFAULT: &str = "models/default/";

fn native(dataset: &[u8], settings: &TrainSettings) -> Vec<f64> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("public/models/default");
    let (model, tokenizer) = folder::read(&folder, 42).unwrap();
    let dataset = read(dataset).unwrap();
    let made = train_features(&dataset, &tokenizer, settings.max_seq_length, settings.doc_stride).unwrap();
    let mut trainer = Trainer::new(model, made.features, settings).unwrap();
    let mut losses = Vec::new();
    loop {
        match trainer.advance().unwrap() {
            Advance::MicroBatch => {}
            Advance::Step(report) => losses.push(report.loss),
            Advance::Finished => return losses,
        }
    }
}

fn sample() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/public/sample/lech-poznan.json")).unwrap()
}

#[test]
fn native_and_wasm_losses_agree_over_20_steps() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        let settings =
            TrainSettings { max_steps: Some(20), batch_size: 2, learning_rate: 3e-5, ..TrainSettings::default() };
        let expected = native(&sample(), &settings);
        let dataset: Value = serde_json::from_slice(&sample()).unwrap();
        for build in ["baseline", "threads", "fast"] {
            let runs = Runs {
                build,
                threads: 2,
                model: DEFAULT,
                dataset: &dataset,
                settings: std::slice::from_ref(&settings),
            };
            let losses = runs.make(&page).await?[0].losses();
            assert_eq!(losses.len(), expected.len(), "{build}");
            let worst = losses.iter().zip(&expected).map(|(got, want)| (got - want).abs()).fold(0.0, f64::max);
            println!("{build}: worst difference of 20 losses {worst:e}");
            assert!(worst < 1e-4, "{build}: losses {losses:?}, native {expected:?}");
        }
        Ok(())
    });
}

#[test]
fn the_same_bytes_come_out_of_wasm_for_any_number_of_threads() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        let dataset: Value = serde_json::from_slice(&sample()).unwrap();
        let settings = [TrainSettings { max_steps: Some(4), batch_size: 4, ..TrainSettings::default() }];
        for build in ["threads", "fast"] {
            let run = async |threads: usize| {
                let runs = Runs { build, threads, model: DEFAULT, dataset: &dataset, settings: &settings };
                WebDriverResult::Ok(runs.make(&page).await?[0].bits())
            };
            let one = run(1).await?;
            for threads in [2, 4] {
                assert_eq!(run(threads).await?, one, "{build}: {threads} threads differ from one");
            }
        }
        Ok(())
    });
}

/// Serves a folder that `write` fills; gives its address.
fn serve(write: impl FnOnce(&Path)) -> (tempfile::TempDir, Listening, String) {
    let files = tempfile::tempdir().unwrap();
    write(files.path());
    let host = host::folder(files.path().to_owned());
    let address = format!("http://localhost:{}/", host.address().port());
    (files, host, address)
}

#[test]
fn memory_does_not_grow_after_the_first_steps() {
    let (_files, host, model) = serve(tiny::write_folder);
    in_browser(move |page| async move {
        page.open("#/data").await?;
        let dataset: Value = serde_json::from_str(tiny::DATA).unwrap();
        let run = |steps| TrainSettings {
            max_steps: Some(steps),
            max_seq_length: 128,
            doc_stride: 32,
            ..TrainSettings::default()
        };
        for (build, threads) in [("baseline", 1), ("fast", 2)] {
            let settings = [run(20), run(500)];
            let made =
                Runs { build, threads, model: &model, dataset: &dataset, settings: &settings }.make(&page).await?;
            let [warm, end] = [made[0].memory, made[1].memory];
            assert_eq!(made[1].steps.len(), 500);
            // Memory comes in pages, and the list of 500 losses takes one: of this small model's memory that is more than a hundredth.
            let pages = f64::from(2 * 65_536);
            assert!(
                end <= (1.01 * warm).max(warm + pages),
                "{build}: {warm} bytes after 20 steps, {end} after 500 more"
            );
        }
        Ok(())
    });
    drop(host);
}

#[test]
fn the_plan_predicts_the_memory_of_a_run() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        let dataset: Value = serde_json::from_slice(&sample()).unwrap();
        let frozen = Choice { freeze_embeddings: true, freeze_layers: 3, lora: None };
        let adapters = Choice { lora: Some(Lora::default()), ..Choice::default() };
        for trained in [Choice::default(), frozen, adapters] {
            let settings = [TrainSettings { max_steps: Some(3), trained, ..TrainSettings::default() }];
            let runs = Runs { build: "fast", threads: 2, model: DEFAULT, dataset: &dataset, settings: &settings };
            assert_predicted(&runs.make(&page).await?[0]);
        }
        Ok(())
    });
}

fn assert_predicted(made: &Made) {
    let ratio = made.predicted / made.memory;
    println!("{:.0} MB of wasm memory, {:.0} MB predicted", made.memory / 1e6, made.predicted / 1e6);
    assert!((0.85..=1.15).contains(&ratio), "predicted {} bytes, measured {}", made.predicted, made.memory);
}

/// A model of distilbert-base-cased's shape with drawn weights, as a Hugging Face folder.
fn write_base(folder: &Path) {
    let config = r#"{"model_type":"distilbert","dim":768,"n_layers":6,"n_heads":12,"hidden_dim":3072,"vocab_size":28996,
        "max_position_embeddings":512,"attention_dropout":0.1,"dropout":0.1,"qa_dropout":0.1,"activation":"gelu"}"#;
    let config = Config::from_json(config.as_bytes()).unwrap();
    let vocab = include_str!("../../public/models/default/vocab.txt").lines().take(config.vocab_size);
    std::fs::write(folder.join("vocab.txt"), vocab.collect::<Vec<_>>().join("\n")).unwrap();
    folder::write(folder, &drawn(config, 0.02), Precision::F32, folder).unwrap();
}

#[test]
fn a_model_of_base_size_trains_on_full_batches_within_its_memory() {
    let (_files, host, model) = serve(write_base);
    in_browser(move |page| async move {
        page.open("#/data").await?;
        // One long text: all of its windows but the last are as long as can be.
        let context = "The club plays at home on a Saturday. ".repeat(800);
        let answers = json!([{"text": "The club", "answer_start": 0}]);
        let questions = json!([{"id": "q", "question": "Who plays?", "answers": answers}]);
        let dataset = json!({"data": [{"paragraphs": [{"context": context, "qas": questions}]}]});
        let settings =
            TrainSettings { max_steps: Some(2), negatives: None, shuffle: false, ..TrainSettings::default() };
        assert_eq!((settings.batch_size, settings.max_seq_length), (8, 384));
        let runs = Runs { build: "fast", threads: 2, model: &model, dataset: &dataset, settings: &[settings] };
        let made = &runs.make(&page).await?[0];
        for step in &made.steps {
            let tokens = f64::from(8 * 384);
            println!(
                "8 x 384, 66 million parameters, fast, 2 threads: {:.1} s a step",
                tokens / step.tokens_per_second
            );
        }
        assert!(made.steps.len() == 2 && made.losses().iter().all(|loss| loss.is_finite()), "{made:?}");
        assert_predicted(made);
        assert!(made.memory <= 1.6 * f64::from(1 << 30), "{} bytes of wasm memory", made.memory);
        Ok(())
    });
    drop(host);
}
