//! Storage that fails under a run in the page: at every single write, in every way.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::host;
use super::page::in_browser;
use crate::support::tiny;

/// Runs three epochs of one step, each kept, while write number `at` (from 1) fails as `kind` says; then asks what is kept, lets the run go
/// on without faults, and does the next number, until there are fewer writes than that.
const FAULTS: &str = r"
const [model, dataset, settings, kind] = arguments;
const results = [];
const start = (at) => {
  const worker = new URL('./worker/fast/worker.js', location.href).href;
  const script = `
    let count = 0;
    const plain = FileSystemSyncAccessHandle.prototype.write;
    FileSystemSyncAccessHandle.prototype.write = function (bytes, options) {
      count += 1;
      if (count === ${at}) {
        self.postMessage({ fault: true });
        if ('${kind}' === 'full') throw new DOMException('no more room', 'QuotaExceededError');
        if ('${kind}' === 'broken') throw new DOMException('the disk is gone', 'InvalidStateError');
        if ('${kind}' === 'short') return plain.call(this, bytes.subarray(0, bytes.length >> 1), options);
        // Torn: a part is written, and nothing comes after it.
        plain.call(this, bytes.subarray(0, bytes.length >> 1), options);
        for (;;) {}
      }
      return plain.call(this, bytes, options);
    };
    const worker = await import('${worker}');
    await worker.default();
    await worker.initThreadPool(1);
    worker.start('fast', 1);`;
  return new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })), { type: 'module', name: 'model' });
};
const life = (at, begin) => new Promise((resolve) => {
  const worker = start(at);
  const seen = { failures: [], kept: 0, steps: 0, from: 0, faults: 0 };
  const send = (id, command) => worker.postMessage({ body: { version: 1, id, command }, attachments: [] });
  const end = () => { worker.terminate(); resolve(seen); };
  worker.onerror = (error) => { seen.error = error.message; end(); };
  worker.onmessage = ({ data }) => {
    if (data.fault) {
      seen.faults += 1;
      // The torn write is the last thing that this worker does.
      if (kind === 'torn') setTimeout(end, 50);
      return;
    }
    if (data.failed) { seen.error = data.failed; end(); return; }
    const event = data.body.event;
    if (event.kind === 'ready') {
      send(1, { kind: 'load_model', source: { from: 'folder', url: model, name: 'model' } });
    } else if (event.kind === 'model_loaded' && data.body.id === 1) {
      send(2, { kind: 'train', dataset, settings, keeping: { id: `${kind}-${results.length}`, data: 'd', every_epochs: 1, begin } });
    } else if (event.kind === 'taken_up') {
      seen.from = event.steps.length;
    } else if (event.kind === 'step') {
      seen.steps = event.step;
      seen.loss = event.loss;
    } else if (event.kind === 'checkpoint') {
      if (event.failure) seen.failures.push(event.failure); else seen.kept = event.step;
    } else if (event.kind === 'failed') {
      seen.error = event.message;
      end();
    } else if (event.kind === 'done' && data.body.id === 2) {
      end();
    }
  };
});
for (;;) {
  const first = await life(results.length + 1, 'anew');
  const second = await life(0, 'go_on');
  results.push([first, second]);
  if (first.faults === 0 || results.length > 60) break;
}
done(results);
";

#[test]
fn whichever_write_fails_the_newest_good_checkpoint_is_taken_up() {
    let files = tempfile::tempdir().unwrap();
    tiny::write_folder(files.path());
    let host = host::folder(files.path().to_owned());
    let model = format!("http://localhost:{}/", host.address().port());
    in_browser(move |page| async move {
        page.open("#/data").await?;
        let dataset: Value = serde_json::from_str(tiny::DATA).unwrap();
        let settings = tiny::settings(3);
        let mut losses = BTreeMap::new();
        for kind in ["full", "broken", "short", "torn"] {
            let arguments = vec![json!(model), dataset.clone(), json!(settings), json!(kind)];
            let results = page.script(FAULTS, arguments).await?;
            let results = results.as_array().unwrap();
            // Three checkpoints, each a header wiped, the content, and the header.
            assert!((9..=12).contains(&(results.len() - 1)), "{kind}: {} writes", results.len() - 1);
            for (index, lives) in results.iter().enumerate() {
                let (first, second) = (&lives[0], &lives[1]);
                let what = format!("{kind} at write {}: {lives}", index + 1);
                assert!(first["error"].is_null() && second["error"].is_null(), "{what}");
                let failures: Vec<&str> =
                    first["failures"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
                match kind {
                    _ if index + 1 == results.len() => assert!(failures.is_empty(), "{what}"),
                    // A browser that writes less than it was given has no more room.
                    "full" | "short" => assert_eq!(failures, ["the browser gives this page no more storage"], "{what}"),
                    "broken" => assert!(failures.len() == 1 && failures[0].contains("the disk is gone"), "{what}"),
                    // Nobody hears of a torn one.
                    _ => assert!(failures.is_empty(), "{what}"),
                }
                if kind != "torn" {
                    assert_eq!(first["steps"], 3, "the run itself goes on: {what}");
                }
                // What was said to be kept is there, and nothing of it is lost.
                assert_eq!(second["from"], first["kept"], "{what}");
                let (steps, loss) = match second["steps"].as_u64() {
                    Some(0) => (&first["steps"], &first["loss"]),
                    _ => (&second["steps"], &second["loss"]),
                };
                assert_eq!(steps, 3, "{what}");
                losses.insert(loss.as_f64().unwrap().to_bits(), what);
            }
        }
        assert_eq!(losses.len(), 1, "every run ends with the same loss: {losses:?}");
        Ok(())
    });
    drop(host);
}
