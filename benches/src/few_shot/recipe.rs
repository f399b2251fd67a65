//! What is done with the marked questions.

use std::time::Instant;

use spanwise::answer::scoring::score;
use spanwise::answer::{DecodeOptions, answer, span_log_likelihoods};
use spanwise::model::Model;
use spanwise::nn::{Choice, Lora};
use spanwise::squad::Dataset;
use spanwise::squad::split::{SplitBy, folds};
use spanwise::text::features::{TrainFeature, train_features};
use spanwise::text::tokenizer::Tokenizer;
use spanwise::train::blend::{SHARES, interpolate, smallest_within_one_standard_error};
use spanwise::train::{Advance, TrainSettings, Trainer};

/// A recipe.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Its name in the results.
    pub name: String,
    /// Settings of the run.
    pub settings: TrainSettings,
    /// How far to go from the base to what was tuned.
    pub share: Share,
}

/// How far to go from the base to what was tuned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Share {
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

/// The recipes by their names: `full`, `frozen`, `lora`, each with settings after colons: `frozen:lr=5e-5:epochs=8:folds=4`.
///
/// # Errors
/// Where a part is unknown.
pub fn parse(name: &str) -> Result<Recipe, String> {
    let mut parts = name.split(':');
    let mut settings = TrainSettings { epochs: 8, ..TrainSettings::default() };
    match parts.next() {
        Some("full") => {}
        Some("frozen") => settings.trained = Choice { freeze_embeddings: true, ..Choice::default() },
        Some("lora") => {
            settings.trained = Choice { lora: Some(Lora::default()), ..Choice::default() };
            settings.learning_rate = Lora::LEARNING_RATE;
        }
        other => return Err(format!("there is no recipe '{}'", other.unwrap_or_default())),
    }
    let mut share = Share::Fixed(1.0);
    for part in parts {
        let (key, value) = part.split_once('=').ok_or_else(|| format!("'{part}' is no setting: key=value"))?;
        let wrong = || format!("'{value}' is no value of {key}");
        match key {
            "lr" => settings.learning_rate = value.parse().map_err(|_| wrong())?,
            "epochs" => settings.epochs = value.parse().map_err(|_| wrong())?,
            "steps" => settings.max_steps = Some(value.parse().map_err(|_| wrong())?),
            "batch" => settings.batch_size = value.parse().map_err(|_| wrong())?,
            "layers" => settings.trained.freeze_layers = value.parse().map_err(|_| wrong())?,
            "decay" => settings.weight_decay = value.parse().map_err(|_| wrong())?,
            "dropout" => settings.dropout = Some(value.parse().map_err(|_| wrong())?),
            "share" => share = Share::Fixed(value.parse().map_err(|_| wrong())?),
            "folds" => share = Share::Folds(value.parse().map_err(|_| wrong())?),
            _ => return Err(format!("there is no setting '{key}'")),
        }
    }
    Ok(Recipe { name: name.to_owned(), settings, share })
}

/// A model with its tokenizer.
pub struct Base {
    /// The model as it was loaded.
    pub model: Model,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
}

impl Base {
    /// Scores of a model on the test questions: F1 and exact match of each. Answers may be as long as the longest that was marked.
    ///
    /// # Errors
    /// Where a question cannot be asked.
    pub fn measure(&self, model: &Model, support: &Dataset, test: &Dataset) -> Result<[Vec<f64>; 2], String> {
        let items: Vec<(&str, &str)> =
            test.questions().map(|(_, paragraph, q)| (q.question.as_str(), paragraph.context.as_str())).collect();
        let longest =
            self.features(support, 384, 128)?.iter().map(|feature| (feature.end - feature.start) as usize + 1).max();
        let max_answer_length = longest.unwrap_or(0).max(DecodeOptions::default().max_answer_length);
        let options = DecodeOptions { max_answer_length, ..DecodeOptions::default() };
        let answers = answer(model, &self.tokenizer, &items, &options).map_err(|error| error.to_string())?;
        let questions = score(test, &answers, false).questions;
        let column =
            |of: fn(&spanwise::metrics::QuestionScore) -> f64| questions.iter().map(|(_, score)| of(score)).collect();
        Ok([column(|score| score.f1), column(|score| score.exact_match)])
    }

    fn features(&self, dataset: &Dataset, length: usize, stride: usize) -> Result<Vec<TrainFeature>, String> {
        let made = train_features(dataset, &self.tokenizer, length, stride).map_err(|error| error.to_string())?;
        Ok(made.features)
    }

    fn tuned(&self, support: &Dataset, settings: &TrainSettings) -> Result<Model, String> {
        let features = self.features(support, settings.max_seq_length, settings.doc_stride)?;
        let mut trainer = Trainer::new(self.model.clone(), features, settings).map_err(|error| error.to_string())?;
        while trainer.advance().map_err(|error| error.to_string())? != Advance::Finished {}
        Ok(trainer.into_model())
    }

    fn between(&self, tuned: &Model, share: f32) -> Model {
        Model { parameters: interpolate(&self.model.parameters, &tuned.parameters, share), ..tuned.clone() }
    }

    /// How far to go, by the likelihood of spans that were held back.
    fn share(&self, support: &Dataset, recipe: &Recipe, count: usize) -> Result<f32, String> {
        let mut by_share = vec![Vec::new(); SHARES.len()];
        let TrainSettings { seed, max_seq_length, doc_stride, .. } = recipe.settings;
        for (part, held_back) in folds(support, SplitBy::Paragraph, seed, count) {
            let features = self.features(&held_back, max_seq_length, doc_stride)?;
            if features.is_empty() || part.question_count() == 0 {
                continue;
            }
            let tuned = self.tuned(&part, &recipe.settings)?;
            for (share, all) in SHARES.into_iter().zip(&mut by_share) {
                let between = self.between(&tuned, share);
                all.extend(span_log_likelihoods(&between, &features).map_err(|error| error.to_string())?);
            }
        }
        Ok(SHARES[smallest_within_one_standard_error(&by_share)])
    }

    /// Follows a recipe, and measures what comes of it.
    ///
    /// # Errors
    /// Where nothing can be trained on.
    pub fn follow(&self, support: &Dataset, test: &Dataset, recipe: &Recipe) -> Result<Outcome, String> {
        let began = Instant::now();
        let share = match recipe.share {
            Share::Fixed(share) => share,
            Share::Folds(count) => self.share(support, recipe, count)?,
        };
        let model = if share == 0.0 {
            self.model.clone()
        } else {
            self.between(&self.tuned(support, &recipe.settings)?, share)
        };
        let seconds = began.elapsed().as_secs_f64();
        let [f1, exact] = self.measure(&model, support, test)?;
        Ok(Outcome { f1, exact, share, seconds })
    }
}
