//! What a few marked answers are worth: tasks drawn from real questions, recipes that use the marked ones, F1 on the others before and after.
//!
//! Results are lines of JSON, one a task and recipe; those that are there already are not computed again, so that a run may be
//! interrupted. `cargo run --release -p spanwise-bench --bin few-shot -- --help` lists the arguments.

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

    use clap::{Parser, ValueEnum};
    use serde::{Deserialize, Serialize};
    use spanwise::model::folder;

    use super::recipe::{Base, Outcome, Recipe, parse};
    use super::summary::{Change, summarise};
    use super::tasks::{Convention, Half, Source, sources};

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
        let recipes: Vec<Recipe> = args.recipes.iter().map(|name| parse(name)).collect::<Result<_, _>>()?;
        let (model, tokenizer) = folder::read(&args.model, 42).map_err(|error| error.to_string())?;
        let base = Base { model, tokenizer };
        let done: HashSet<String> = lines(&args.out)?.iter().map(Line::key).collect();
        let mut sources = sources(&args.data, half)?;
        sources.retain(|source| args.sources.is_empty() || args.sources.contains(&source.name));
        for seed in 0..args.seeds {
            for source in &sources {
                for (k, convention) in pairs(&args.k) {
                    one(args, &base, &recipes, source, part, (k, convention, seed), &done)?;
                }
            }
        }
        table(&lines(&args.out)?);
        Ok(())
    }

    fn pairs(k: &[usize]) -> impl Iterator<Item = (usize, Convention)> + '_ {
        k.iter().flat_map(|k| [(*k, Convention::Same), (*k, Convention::Shifted)])
    }

    /// All recipes on one task.
    fn one(
        args: &Args,
        base: &Base,
        recipes: &[Recipe],
        source: &Source,
        part: &str,
        (k, convention, seed): (usize, Convention, u64),
        done: &HashSet<String>,
    ) -> Result<(), String> {
        let line = |recipe: &Recipe, domain: &str| Line {
            recipe: recipe.name.clone(),
            part: part.to_owned(),
            domain: domain.to_owned(),
            convention: convention.name().to_owned(),
            k,
            seed,
            share: 0.0,
            seconds: 0.0,
            base: Vec::new(),
            f1: Vec::new(),
            exact: Vec::new(),
        };
        let missing: Vec<&Recipe> =
            recipes.iter().filter(|recipe| !done.contains(&line(recipe, &source.name).key())).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let Some(task) = source.task(k, convention, seed) else { return Ok(()) };
        let [before, _] = base.measure(&base.model, &task.support, &task.test)?;
        for recipe in missing {
            let Outcome { f1, exact, share, seconds } = base.follow(&task.support, &task.test, recipe)?;
            let made = Line { share, seconds, base: before.clone(), f1, exact, ..line(recipe, &task.domain) };
            append(&args.out, &made)?;
            let mean = |values: &[f64]| 100.0 * values.iter().sum::<f64>() / values.len().max(1) as f64;
            eprintln!(
                "{}: {:.1} -> {:.1}, share {share}, {seconds:.0} s",
                made.key(),
                mean(&made.base),
                mean(&made.f1)
            );
        }
        Ok(())
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
