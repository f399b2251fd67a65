// Runs in a worker what the benchmarks ask for: our own wasm, or ONNX Runtime Web.
let bench, subject, session, ort;

const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const text = async (url) => (await fetch(url)).text();

// The worker that the page ships, once it has loaded the default model.
async function open() {
  const worker = new Worker("../worker-loader.js?build=fast&threads=2", { type: "module", name: "model" });
  const until = (kind) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => {
        const event = data.body?.event;
        if (data.failed || event.kind === "failed") reject(data.failed ?? event.message);
        else if (event.kind === kind) resolve(event);
      };
    });
  const ask = (command, kind) => {
    const reply = until(kind);
    worker.postMessage({ body: { version: 1, id: 1, command }, attachments: [] });
    return reply;
  };
  await until("ready");
  const url = new URL("../models/default/", self.location.href).href;
  await ask({ kind: "load_model", source: { from: "folder", url, name: "default" } }, "model_loaded");
  return { worker, ask };
}

const tasks = {
  async start({ build, threads }) {
    bench = await import(`./${build}/bench_subject.js`);
    await bench.default();
    await bench.initThreadPool(threads);
  },
  limit: ({ threads }) => bench.limit_gflops(threads),
  multiply: ({ by, kind, shape, threads, repeats }) => bench.multiply(by, kind, new Uint32Array(shape), threads, repeats),
  kernel: ({ name, config, sequences, length, repeats }) => bench.kernel(name, config, sequences, length, repeats),
  composed: ({ config, length }) => [...bench.composed_step(config, length)],
  async load({ folder, config }) {
    subject = folder
      ? new bench.Subject(await text(`${folder}config.json`), await bytes(`${folder}model.safetensors`))
      : new bench.Subject(config, undefined);
  },
  train: async ({ windows, trained }) => subject.train(await text(windows), JSON.stringify(trained ?? {})),
  pace: async ({ windows, trained }) => subject.pace(await text(windows), JSON.stringify(trained ?? {})),
  steps: ({ count }) => subject.steps(count),
  answer: ({ batch, length }) => subject.answer(batch, length),
  // The worker that the page ships, with the default model: seconds from its start until the model is loaded, and until the first answer then.
  async open_in_page({ item, options }) {
    const began = performance.now();
    const shipped = await open();
    const loaded = performance.now();
    await shipped.ask({ kind: "ask", items: [item], options, top_k: 1, compare_base: false }, "answers");
    shipped.worker.terminate();
    return [(loaded - began) / 1000, (performance.now() - loaded) / 1000];
  },
  // Seconds from Train to the end of a run in the same worker.
  async train_in_page({ dataset, settings }) {
    const shipped = await open();
    const began = performance.now();
    await shipped.ask({ kind: "train", dataset, settings }, "training_finished");
    shipped.worker.terminate();
    return (performance.now() - began) / 1000;
  },
  memory: () => bench.memory_bytes(),
  async onnx({ model, threads }) {
    ort = await import("../ort/ort.wasm.min.mjs");
    ort.env.wasm.numThreads = threads;
    ort.env.wasm.wasmPaths = new URL("../ort/", self.location.href).href;
    session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  },
  async onnx_answer({ batch, length }) {
    const ids = BigInt64Array.from({ length: batch * length }, (_, i) => BigInt(1000 + ((i * 37) % 20000)));
    const input = new ort.Tensor("int64", ids, [batch, length]);
    const began = performance.now();
    await session.run({ input_ids: input });
    return (performance.now() - began) / 1000;
  },
};

self.onmessage = async ({ data: { id, task, argument } }) => {
  try {
    self.postMessage({ id, value: await tasks[task](argument) });
  } catch (error) {
    self.postMessage({ id, failed: String(error?.stack ?? error) });
  }
};
