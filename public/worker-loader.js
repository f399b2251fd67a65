// Loads one of the worker's builds and starts it. The page asks for a build by name: worker-loader.js?build=fast&threads=2
const wanted = new URL(import.meta.url).searchParams;
const build = wanted.get("build") ?? "baseline";
const threads = Number(wanted.get("threads") ?? 1);
// Beside the page: the worker that reads files, and the model's worker that every browser can run.
const beside = { reader: "./reader.js", baseline: "./worker.js" };
const path = beside[build] ?? `./worker/${build}/worker.js`;
// What comes apart in a promise that nobody waits for, as an allocation that fails does in a build with threads, is no error of the
// worker: without this the page would hear of it by silence alone.
self.addEventListener("unhandledrejection", ({ reason }) => self.postMessage({ failed: String(reason) }));
try {
  const worker = await import(path);
  await worker.default();
  if (worker.initThreadPool) await worker.initThreadPool(threads);
  worker.start(build, worker.initThreadPool ? threads : 1);
} catch (error) {
  // The page then falls back to the next build.
  self.postMessage({ failed: String(error) });
}
