//! What is done with the marked questions.

use std::collections::HashMap;
use std::time::Instant;

use candle_core::{DType, Device};
use spanwise::answer::scoring::score;
use spanwise::answer::{DecodeOptions, answer};
use spanwise::model::Model;
use spanwise::nn::composed::Composed;
use spanwise::nn::{Choice, Lora};
use spanwise::squad::Dataset;
use spanwise::text::features::{TrainFeature, train_features};
use spanwise::text::tokenizer::Tokenizer;
use spanwise::train::blend::{FoldMade, SHARES, between, folds_of, share_by};
use spanwise::train::device::OnDevice;
use spanwise::train::engine::Engine;
use spanwise::train::{Advance, TrainSettings, Trainer};

/// A recipe.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Its name in the results.
    pub name: String,
    /// Its name without the share: recipes that share it are trained once.
    training: String,
    /// Settings of the run.
    settings: TrainSettings,
    /// How far to go from the base to what was tuned.
    share: Share,
}

/// How far to go from the base to what was tuned.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Share {
    /// So far.
    Fixed(f32),
    /// As questions that are held back in so many folds say.
    Folds(usize),
}

/// What became of a task.
pub struct Outcome {
    /// F1 of each test question, 0 to 1.
    pub f1: Vec<f64>,
    /// Exact match of each.
    pub exact: Vec<f64>,
    /// Share of the way that was gone.
    pub share: f32,
    /// Seconds of training, folds included.
    pub seconds: f64,
}

/// The recipes by their names: `full`, `frozen`, `lora`, each with settings after colons: `frozen:lr=5e-5:epochs=8:folds=4`; `decoding` trains
/// nothing and lets answers be as long as the longest that was marked, as all of them do. Where `steps` is given, a run ends after so many,
/// or after its epochs, whichever comes first, as in `models/few_shot.py`.
///
/// # Errors
/// Where a part is unknown.
pub fn parse(name: &str) -> Result<Recipe, String> {
    let mut parts = name.split(':');
    let mut share = Share::Fixed(1.0);
    let mut settings = TrainSettings { epochs: 8, ..TrainSettings::default() };
    match parts.next() {
        Some("full") => {}
        Some("decoding") => share = Share::Fixed(0.0),
        Some("frozen") => settings.trained = Choice { freeze_embeddings: true, ..Choice::default() },
        Some("lora") => {
            settings.trained = Choice { lora: Some(Lora::default()), ..Choice::default() };
            settings.learning_rate = Lora::LEARNING_RATE;
        }
        other => return Err(format!("there is no recipe '{}'", other.unwrap_or_default())),
    }
    let mut training: Vec<&str> = name.split(':').take(1).collect();
    for part in parts {
        let (key, value) = part.split_once('=').ok_or_else(|| format!("'{part}' is no setting: key=value"))?;
        let wrong = || format!("'{value}' is no value of {key}");
        if !["share", "folds"].contains(&key) {
            training.push(part);
        }
        match key {
            "lr" => settings.learning_rate = value.parse().map_err(|_| wrong())?,
            "epochs" => settings.epochs = value.parse().map_err(|_| wrong())?,
            "steps" => settings.max_steps = Some(value.parse().map_err(|_| wrong())?),
            "batch" => settings.batch_size = value.parse().map_err(|_| wrong())?,
            "layers" => settings.trained.freeze_layers = value.parse().map_err(|_| wrong())?,
            "warmup" => settings.warmup_ratio = value.parse().map_err(|_| wrong())?,
            "decay" => settings.weight_decay = value.parse().map_err(|_| wrong())?,
            "smoothing" => settings.label_smoothing = value.parse().map_err(|_| wrong())?,
            "dropout" => settings.dropout = Some(value.parse().map_err(|_| wrong())?),
            "share" => share = Share::Fixed(value.parse().map_err(|_| wrong())?),
            "folds" => share = Share::Folds(value.parse().map_err(|_| wrong())?),
            _ => return Err(format!("there is no setting '{key}'")),
        }
    }
    Ok(Recipe { name: name.to_owned(), training: training.join(":"), settings, share })
}

/// A model with its tokenizer, and where it is trained and read.
pub struct Base {
    /// The model as it was loaded.
    pub model: Model,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// The CPU's kernels, or a device.
    pub device: Device,
}

/// What was computed for a task, so that recipes of one training differ by their share alone: each with its seconds.
#[derive(Default)]
pub struct Memory {
    tuned: HashMap<String, (Model, f64)>,
    chosen: HashMap<(String, usize), (f32, f64)>,
}

impl Base {
    /// Scores of the base on the test questions, decoded as the page does by default: F1 and exact match of each.
    ///
    /// # Errors
    /// Where a question cannot be asked.
    pub fn measure(&self, test: &Dataset) -> Result<[Vec<f64>; 2], String> {
        self.scores(&self.model, test, &DecodeOptions::default())
    }

    fn scores(&self, model: &Model, test: &Dataset, options: &DecodeOptions) -> Result<[Vec<f64>; 2], String> {
        let items: Vec<(&str, &str)> =
            test.questions().map(|(_, paragraph, q)| (q.question.as_str(), paragraph.context.as_str())).collect();
        let answers = if self.device.is_cpu() {
            answer(model, &self.tokenizer, &items, options)
        } else {
            answer(&self.composed(model)?, &self.tokenizer, &items, options)
        };
        let answers = answers.map_err(|error| error.to_string())?;
        let questions = score(test, &answers, false).questions;
        let column =
            |of: fn(&spanwise::metrics::QuestionScore) -> f64| questions.iter().map(|(_, score)| of(score)).collect();
        Ok([column(|score| score.f1), column(|score| score.exact_match)])
    }

    fn composed(&self, model: &Model) -> Result<Composed, String> {
        Composed::new(model, &self.device, DType::F32).map_err(|error| error.to_string())
    }

    /// Options that let answers be as long as the longest that was marked.
    fn fitted(&self, support: &Dataset) -> Result<DecodeOptions, String> {
        let options = DecodeOptions::default();
        let features = self.features(support, options.max_seq_length, options.doc_stride)?;
        let longest = features.iter().map(|feature| (feature.end - feature.start) as usize + 1).max().unwrap_or(0);
        Ok(DecodeOptions { max_answer_length: options.max_answer_length.max(longest), ..options })
    }

    fn features(&self, dataset: &Dataset, length: usize, stride: usize) -> Result<Vec<TrainFeature>, String> {
        let made = train_features(dataset, &self.tokenizer, length, stride).map_err(|error| error.to_string())?;
        Ok(made.features)
    }

    fn tuned(&self, support: &Dataset, settings: &TrainSettings) -> Result<Model, String> {
        self.trained(self.features(support, settings.max_seq_length, settings.doc_stride)?, settings)
    }

    fn trained(&self, features: Vec<TrainFeature>, settings: &TrainSettings) -> Result<Model, String> {
        let model = self.model.clone();
        let mut settings = settings.clone();
        if let Some(most) = settings.max_steps.take() {
            settings.max_steps = Some(most.min(settings.steps_total(features.len())));
        }
        if self.device.is_cpu() {
            to_the_end(Trainer::new(model, features, &settings).map_err(|error| error.to_string())?)
        } else {
            let engine = OnDevice::new(model, &settings, &self.device).map_err(|error| error.to_string())?;
            to_the_end(Trainer::on(engine, features, &settings).map_err(|error| error.to_string())?)
        }
    }

    /// How far to go, by the likelihood of spans that were held back.
    fn share(&self, support: &Dataset, recipe: &Recipe, count: usize) -> Result<f32, String> {
        let settings = TrainSettings { folds: count, ..recipe.settings.clone() };
        let mut made = Vec::new();
        for fold in folds_of(support, &self.tokenizer, &settings).map_err(|error| error.to_string())? {
            let tuned = self.trained(fold.features.clone(), &recipe.settings)?;
            let likelihoods = |share: f32| {
                let between = between(&self.model.parameters, &tuned, share);
                let made = if self.device.is_cpu() {
                    fold.likelihoods(&between)
                } else {
                    fold.likelihoods(&self.composed(&between)?)
                };
                made.map_err(|error| error.to_string())
            };
            let likelihoods = SHARES.into_iter().map(likelihoods).collect::<Result<_, String>>()?;
            made.push(FoldMade { likelihoods, scores: Vec::new() });
        }
        Ok(share_by(&made))
    }

    /// Follows a recipe, and measures what comes of it.
    ///
    /// # Errors
    /// Where nothing can be trained on.
    pub fn follow(
        &self,
        support: &Dataset,
        test: &Dataset,
        recipe: &Recipe,
        memory: &mut Memory,
    ) -> Result<Outcome, String> {
        let began = Instant::now();
        let (share, mut seconds) = match recipe.share {
            Share::Fixed(share) => (share, 0.0),
            Share::Folds(count) => {
                let key = (recipe.training.clone(), count);
                if !memory.chosen.contains_key(&key) {
                    let chosen = self.share(support, recipe, count)?;
                    memory.chosen.insert(key.clone(), (chosen, began.elapsed().as_secs_f64()));
                }
                memory.chosen[&key]
            }
        };
        let options = self.fitted(support)?;
        let [f1, exact] = if share == 0.0 {
            self.scores(&self.model, test, &options)?
        } else {
            let began = Instant::now();
            if !memory.tuned.contains_key(&recipe.training) {
                let tuned = self.tuned(support, &recipe.settings)?;
                memory.tuned.insert(recipe.training.clone(), (tuned, began.elapsed().as_secs_f64()));
            }
            let (tuned, took) = &memory.tuned[&recipe.training];
            seconds += took;
            self.scores(&between(&self.model.parameters, tuned, share), test, &options)?
        };
        Ok(Outcome { f1, exact, share, seconds })
    }
}

fn to_the_end<E: Engine>(mut trainer: Trainer<E>) -> Result<Model, String> {
    while trainer.advance().map_err(|error| error.to_string())? != Advance::Finished {}
    trainer.engine().trained().map_err(|error| error.to_string())
}
