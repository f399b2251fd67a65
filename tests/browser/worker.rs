//! The worker without the page around it: the numbers that wasm computes against those of the native build.

use serde_json::{Value, json};
use spanwise::model::{Config, folder};
use spanwise::squad::read::read;
use spanwise::text::features::train_features;
use spanwise::train::{Advance, TrainSettings, Trainer};

use super::host;
use super::page::in_browser;
use crate::support::drawn;

/// Loads a model into a worker of that build, trains, and gives the losses, the build and the memory at the end.
const TRAIN: &str = r"
const [build, model, dataset, settings] = arguments;
const worker = new Worker(`./worker-loader.js?build=${build}&threads=2`, { type: 'module', name: 'model' });
const losses = [], tokens_per_second = [];
const send = (id, command) => worker.postMessage({ body: { version: 1, id, command }, attachments: [] });
worker.onmessage = ({ data }) => {
  if (data.failed) return done({ failed: data.failed });
  const event = data.body.event;
  if (event.kind === 'ready') {
    send(1, { kind: 'load_model', source: { from: 'folder', url: new URL(model, location.href).href, name: 'model' } });
  } else if (event.kind === 'model_loaded' && data.body.id === 1) {
    send(2, { kind: 'train', dataset, settings });
  } else if (event.kind === 'step') {
    losses.push(event.loss);
    tokens_per_second.push(event.tokens_per_second);
  } else if (event.kind === 'training_finished') {
    worker.terminate();
    done({ losses, tokens_per_second, steps: event.steps, elapsed_ms: event.elapsed_ms, memory: event.memory_bytes });
  } else if (event.kind === 'failed') {
    worker.terminate();
    done({ failed: event.message });
  }
};
worker.onerror = (error) => done({ failed: error.message });
";

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

#[test]
fn native_and_wasm_losses_agree_over_20_steps() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        let dataset = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/public/sample/lech-poznan.json")).unwrap();
        let settings =
            TrainSettings { max_steps: Some(20), batch_size: 2, learning_rate: 3e-5, ..TrainSettings::default() };
        let expected = native(&dataset, &settings);
        let dataset: Value = serde_json::from_slice(&dataset).unwrap();
        for build in ["baseline", "threads", "fast"] {
            let result =
                page.script(TRAIN, vec![json!(build), json!(DEFAULT), dataset.clone(), json!(settings)]).await?;
            let losses: Vec<f64> = result["losses"]
                .as_array()
                .unwrap_or_else(|| panic!("{build}: {result}"))
                .iter()
                .filter_map(Value::as_f64)
                .collect();
            assert_eq!(losses.len(), expected.len(), "{build}");
            let worst = losses.iter().zip(&expected).map(|(got, want)| (got - want).abs()).fold(0.0, f64::max);
            println!("{build}: worst difference of 20 losses {worst:e}, wasm memory {}", result["memory"]);
            assert!(worst < 1e-4, "{build}: losses {losses:?}, native {expected:?}");
        }
        Ok(())
    });
}

/// The config of distilbert-base-cased.
const BASE: &str = r#"{"model_type":"distilbert","dim":768,"n_layers":6,"n_heads":12,"hidden_dim":3072,"vocab_size":28996,
    "max_position_embeddings":512,"attention_dropout":0.1,"dropout":0.1,"qa_dropout":0.1,"activation":"gelu"}"#;

/// A model of distilbert-base-cased's shape with drawn weights, as a Hugging Face folder.
fn write_base(folder: &std::path::Path) {
    let config = Config::from_json(BASE.as_bytes()).unwrap();
    let vocab = include_str!("../../public/models/default/vocab.txt").lines().take(config.vocab_size);
    std::fs::write(folder.join("vocab.txt"), vocab.collect::<Vec<_>>().join("\n")).unwrap();
    folder::write(folder, &drawn(config, 0.02), folder).unwrap();
}

#[test]
fn a_model_of_base_size_trains_on_full_batches_within_its_memory() {
    let files = tempfile::tempdir().unwrap();
    write_base(files.path());
    let host = host::folder(files.path().to_owned());
    let model = format!("http://localhost:{}/", host.address().port());
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
        let result = page.script(TRAIN, vec![json!("fast"), json!(model), dataset, json!(settings)]).await?;
        println!("8 x 384, 66 million parameters, fast, 2 threads: {result}");
        assert_eq!(result["steps"], 2, "{result}");
        let losses: Vec<f64> = result["losses"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        assert!(losses.len() == 2 && losses.iter().all(|loss| loss.is_finite()), "{result}");
        let memory = result["memory"].as_u64().unwrap();
        assert!(memory as f64 <= 1.8 * f64::from(1 << 30), "{memory} bytes of wasm memory");
        Ok(())
    });
    drop(host);
}
