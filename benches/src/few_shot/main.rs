//! What a few marked answers are worth: tasks drawn from real questions, recipes that use the marked ones, F1 on the others before and after.
//!
//! Results are lines of JSON, one a task and recipe; those that are there already are not computed again, so that a run may be
//! interrupted. `cargo run --release -p spanwise-bench --bin few-shot -- --help` lists the arguments.

#[cfg(not(target_arch = "wasm32"))]
mod export;
#[cfg(not(target_arch = "wasm32"))]
mod recipe;
#[cfg(not(target_arch = "wasm32"))]
mod summary;
#[cfg(not(target_arch = "wasm32"))]
mod tasks;

#[cfg(not(target_arch = "wasm32"))]
mod run {
    use std::collections::{BTreeMap, HashSet};
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::path::{Path, PathBuf};
    use std::sync::Mutex;
    use std::thread;

    use candle_core::Device;
    use clap::{Parser, ValueEnum};
    use serde::{Deserialize, Serialize};
    use spanwise::model::folder;

    use super::export;
    use super::recipe::{Base, Memory, Outcome, Recipe, parse};
    use super::summary::{Change, summarise};
    use super::tasks::{Convention, Half, Source, Task, sources};

    #[derive(Clone, Copy, ValueEnum)]
    enum Part {
        /// The half of the data that recipes are chosen on.
        Choose,
        /// The half that they are reported on.
        Report,
    }

    /// Measures recipes for a few marked answers.
    #[derive(Parser)]
    pub struct Args {
        /// Folder of the shared data.
        #[arg(long, default_value = "../shared/data")]
        data: PathBuf,
        /// Folder of the base model.
        #[arg(long, default_value = "public/models/default")]
        model: PathBuf,
        /// File of the results, which are added to it.
        #[arg(long, default_value = "target/few-shot.jsonl")]
        out: PathBuf,
        /// Half of the data.
        #[arg(long, value_enum, default_value = "choose")]
        part: Part,
        /// Numbers of marked questions.
        #[arg(long, value_delimiter = ',', default_value = "22")]
        k: Vec<usize>,
        /// Tasks for each source, number and convention.
        #[arg(long, default_value_t = 1)]
        seeds: u64,
        /// Recipes, for instance `full:epochs=8` or `frozen:lr=5e-5:folds=4`.
        #[arg(long = "recipe", default_value = "full")]
        recipes: Vec<String>,
        /// Sources: `reddit`, or articles by their titles; all where none is named.
        #[arg(long = "source")]
        sources: Vec<String>,
        /// Conventions; both where none is named.
        #[arg(long = "convention", value_enum)]
        conventions: Vec<Convention>,
        /// Write the tasks to a file instead, for `models/few_shot.py`, which trains many of them at a time.
        #[arg(long)]
        export: Option<PathBuf>,
        /// Train and measure on the first GPU, in a build with the feature `cuda`.
        #[arg(long)]
        gpu: bool,
        /// Tasks at a time; on the CPU one uses all threads.
        #[arg(long, default_value_t = 1)]
        at_a_time: usize,
    }

    /// A result, as it is kept.
    #[derive(Serialize, Deserialize)]
    struct Line {
        recipe: String,
        part: String,
        domain: String,
        convention: String,
        k: usize,
        seed: u64,
        share: f32,
        seconds: f64,
        base: Vec<f64>,
        f1: Vec<f64>,
        exact: Vec<f64>,
    }

    impl Line {
        fn key(&self) -> String {
            format!("{} {} {} {} {} {}", self.recipe, self.part, self.domain, self.convention, self.k, self.seed)
        }
    }

    pub fn main(args: &Args) -> Result<(), String> {
        let (half, part) = match args.part {
            Part::Choose => (Half::Choose, "choose"),
            Part::Report => (Half::Report, "report"),
        };
        let mut sources = sources(&args.data, half)?;
        sources.retain(|source| args.sources.is_empty() || args.sources.contains(&source.name));
        let jobs = jobs(&sources, args);
        if let Some(path) = &args.export {
            return export::write(path, part, jobs.iter().filter_map(Job::task));
        }
        let recipes: Vec<Recipe> = args.recipes.iter().map(|name| parse(name)).collect::<Result<_, _>>()?;
        let (model, tokenizer) = folder::read(&args.model, 42).map_err(|error| error.to_string())?;
        let done: HashSet<String> = lines(&args.out)?.iter().map(Line::key).collect();
        let jobs = Mutex::new(jobs.into_iter());
        let next = || jobs.lock().ok()?.next();
        let file = Mutex::new(());
        let work = || -> Result<(), String> {
            // A stream each, so that tasks do not wait for one another.
            let device = if args.gpu { Device::new_cuda_with_stream(0) } else { Ok(Device::Cpu) };
            let device = device.map_err(|error| error.to_string())?;
            let base = Base { model: model.clone(), tokenizer: tokenizer.clone(), device };
            while let Some(job) = next() {
                job.run(&base, &recipes, part, &done, &|line| {
                    let _one_at_a_time = file.lock();
                    append(&args.out, line)
                })?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..args.at_a_time.max(1)).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a worker panicked".to_owned())?)
        })?;
        table(&lines(&args.out)?);
        Ok(())
    }

    fn jobs<'a>(sources: &'a [Source], args: &Args) -> Vec<Job<'a>> {
        let mut jobs = Vec::new();
        let mut conventions = vec![Convention::Same, Convention::Shifted];
        conventions.retain(|it| args.conventions.is_empty() || args.conventions.contains(it));
        for seed in 0..args.seeds {
            for source in sources {
                // The longest first, so that the last to be done are short.
                for k in args.k.iter().rev() {
                    jobs.extend(conventions.iter().map(|&convention| Job { source, k: *k, convention, seed }));
                }
            }
        }
        jobs
    }

    /// All recipes on one task.
    struct Job<'a> {
        source: &'a Source,
        k: usize,
        convention: Convention,
        seed: u64,
    }

    impl Job<'_> {
        fn task(&self) -> Option<Task> {
            self.source.task(self.k, self.convention, self.seed)
        }

        fn run(
            &self,
            base: &Base,
            recipes: &[Recipe],
            part: &str,
            done: &HashSet<String>,
            keep: &dyn Fn(&Line) -> Result<(), String>,
        ) -> Result<(), String> {
            let missing: Vec<&Recipe> =
                recipes.iter().filter(|recipe| !done.contains(&self.line(recipe, part).key())).collect();
            if missing.is_empty() {
                return Ok(());
            }
            let Some(task) = self.task() else { return Ok(()) };
            let [before, _] = base.measure(&task.test)?;
            let mut memory = Memory::default();
            for recipe in missing {
                let Outcome { f1, exact, share, seconds } =
                    base.follow(&task.support, &task.test, recipe, &mut memory)?;
                let made = Line { share, seconds, base: before.clone(), f1, exact, ..self.line(recipe, part) };
                keep(&made)?;
                let mean = |values: &[f64]| 100.0 * values.iter().sum::<f64>() / values.len().max(1) as f64;
                let [before, after] = [mean(&made.base), mean(&made.f1)];
                eprintln!("{}: {before:.1} -> {after:.1}, share {share}, {seconds:.0} s", made.key());
            }
            Ok(())
        }

        /// The line of a recipe, without its outcome.
        fn line(&self, recipe: &Recipe, part: &str) -> Line {
            Line {
                recipe: recipe.name.clone(),
                part: part.to_owned(),
                domain: self.source.name.clone(),
                convention: self.convention.name().to_owned(),
                k: self.k,
                seed: self.seed,
                share: 0.0,
                seconds: 0.0,
                base: Vec::new(),
                f1: Vec::new(),
                exact: Vec::new(),
            }
        }
    }

    fn lines(path: &Path) -> Result<Vec<Line>, String> {
        let Ok(text) = fs::read_to_string(path) else { return Ok(Vec::new()) };
        let failed = |error: serde_json::Error| format!("{}: {error}", path.display());
        text.lines().map(|line| serde_json::from_str(line).map_err(failed)).collect()
    }

    fn append(path: &Path, line: &Line) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        let text = serde_json::to_string(line).map_err(|error| error.to_string())?;
        writeln!(file, "{text}").map_err(failed)
    }

    /// A line for each recipe, number and convention.
    fn table(lines: &[Line]) {
        let mut groups: BTreeMap<(&str, &str, usize, &str), Vec<&Line>> = BTreeMap::new();
        for line in lines {
            groups.entry((&line.part, &line.convention, line.k, &line.recipe)).or_default().push(line);
        }
        println!(
            "| part | convention | k | recipe | tasks | F1 before | change | 95 % | 5th percentile | P(change < -1) | mean share | seconds |"
        );
        println!("| --- | --- | ---: | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |");
        for ((part, convention, k, recipe), lines) in groups {
            let change = |line: &&Line| Change {
                domain: line.domain.clone(),
                by_question: line.f1.iter().zip(&line.base).map(|(after, before)| 100.0 * (after - before)).collect(),
            };
            let changes: Vec<Change> = lines.iter().map(change).collect();
            let Some(all) = summarise(&changes, 42) else { continue };
            let mean = |of: &dyn Fn(&Line) -> f64| lines.iter().map(|line| of(line)).sum::<f64>() / lines.len() as f64;
            let before = mean(&|line| 100.0 * line.base.iter().sum::<f64>() / line.base.len().max(1) as f64);
            println!(
                "| {part} | {convention} | {k} | {recipe} | {} | {before:.1} | {:+.2} | {:+.2} to {:+.2} | {:+.2} | {:.0} % | {:.2} | {:.0} |",
                lines.len(),
                all.mean,
                all.interval[0],
                all.interval[1],
                all.fifth,
                100.0 * all.harmed,
                mean(&|line| f64::from(line.share)),
                mean(&|line| line.seconds),
            );
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    use clap::Parser;
    match run::main(&run::Args::parse()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}
