//! The worker without the page around it: the numbers that wasm computes against those of the native build.

use serde_json::{Value, json};
use spanwise::model::folder;
use spanwise::squad::read::read;
use spanwise::text::features::train_features;
use spanwise::train::{Advance, TrainSettings, Trainer};

use super::page::in_browser;

/// Loads the default model into a worker of that build, trains, and gives the losses, the build and the memory at the end.
const TRAIN: &str = r"
const [build, dataset, settings] = arguments;
const worker = new Worker(`./worker-loader.js?build=${build}&threads=2`, { type: 'module', name: 'model' });
const losses = [];
const send = (id, command) => worker.postMessage({ body: { version: 1, id, command }, attachments: [] });
worker.onmessage = ({ data }) => {
  if (data.failed) return done({ failed: data.failed });
  const event = data.body.event;
  if (event.kind === 'ready') {
    send(1, { kind: 'load_model', source: { from: 'folder', url: new URL('models/default/', location.href).href, name: 'default' } });
  } else if (event.kind === 'model_loaded' && data.body.id === 1) {
    send(2, { kind: 'train', dataset, settings });
  } else if (event.kind === 'step') {
    losses.push(event.loss);
  } else if (event.kind === 'training_finished') {
    worker.terminate();
    done({ losses, memory: event.memory_bytes });
  } else if (event.kind === 'failed') {
    worker.terminate();
    done({ failed: event.message });
  }
};
worker.onerror = (error) => done({ failed: error.message });
";

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
            let result = page.script(TRAIN, vec![json!(build), dataset.clone(), json!(settings)]).await?;
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
