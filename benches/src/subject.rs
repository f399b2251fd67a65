//! Spanwise itself: a model with its training run, and answers.

#[cfg(not(target_arch = "wasm32"))]
use candle_core::Device;
use spanwise::model::weights::{self, Naming};
use spanwise::model::{Config, HeadOrigin, Model, Parameters};
use spanwise::nn::{self, Choice};
use spanwise::text::batch::AskBatch;
use spanwise::text::features::{TrainFeature, Window};
#[cfg(not(target_arch = "wasm32"))]
use spanwise::train::device::OnDevice;
use spanwise::train::engine::Engine;
use spanwise::train::{Advance, TrainSettings, Trainer, pace};
use web_time::Duration;

use crate::{once, values};

/// Steps of a run that is never meant to end.
const ENDLESS: usize = 1_000_000;

fn settings(trained: Choice) -> TrainSettings {
    TrainSettings { max_steps: Some(ENDLESS), shuffle: false, negatives: None, trained, ..TrainSettings::default() }
}

/// A model that is trained or asked.
pub struct Subject {
    model: Model,
    trainer: Option<Trainer>,
}

impl Subject {
    /// A model of that config, with the weights of a checkpoint or with drawn ones.
    ///
    /// # Panics
    /// Where config or checkpoint cannot be read.
    pub fn new(config: &str, checkpoint: Option<&[u8]>) -> Self {
        let config = Config::from_json(config.as_bytes()).expect("a config");
        let model = match checkpoint {
            Some(bytes) => {
                let read = weights::read(bytes, bytes.len() as u64, &config, Naming::DistilBert);
                Model::new(config, read.expect("weights"), 1)
            }
            None => drawn(config),
        };
        Self { model, trainer: None }
    }

    /// Begins a run over windows, in their order, 8 a step, of what is chosen.
    ///
    /// # Panics
    /// Where a window does not fit the model.
    pub fn train(&mut self, windows: &[Vec<u32>], trained: Choice) {
        let (features, settings) = (self.features(windows), settings(trained));
        self.trainer = Some(Trainer::new(self.model.clone(), features, &settings).expect("a run"));
    }

    /// Begins such a run on a device; [`steps`] goes on with it.
    ///
    /// # Panics
    /// Where a window does not fit the model, or the device fails.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn train_on(&self, windows: &[Vec<u32>], device: &Device) -> Trainer<OnDevice> {
        let settings = settings(Choice::default());
        let engine = OnDevice::new(self.model.clone(), &settings, device).expect("a device");
        Trainer::on(engine, self.features(windows), &settings).expect("a run")
    }

    /// Tokens a second that such a run is predicted to make.
    ///
    /// # Panics
    /// As [`Self::train`].
    pub fn pace(&self, windows: &[Vec<u32>], trained: Choice) -> f64 {
        let measured = pace::measure(&self.model, self.features(windows), &settings(trained), Duration::from_secs(2));
        measured.expect("a run").training
    }

    fn features(&self, windows: &[Vec<u32>]) -> Vec<TrainFeature> {
        let vocab = self.model.config.vocab_size as u32;
        let feature = |(question, ids): (usize, &Vec<u32>)| {
            let ids: Vec<u32> = ids.iter().map(|id| *id.min(&(vocab - 1))).collect();
            let offsets = vec![None; ids.len()].into();
            TrainFeature {
                window: Window { question, ids: ids.into(), offsets },
                start: 20,
                end: 22,
                others: Box::default(),
            }
        };
        windows.iter().enumerate().map(feature).collect()
    }

    /// Seconds of so many steps.
    ///
    /// # Panics
    /// Where no run was begun, or it came apart.
    pub fn steps(&mut self, count: usize) -> f64 {
        steps(self.trainer.as_mut().expect("a run"), count)
    }

    /// Seconds of the logits of `batch` windows of `length` tokens.
    pub fn answer(&self, batch: usize, length: usize) -> f64 {
        let windows: Vec<Window> = (0..batch)
            .map(|question| {
                let ids: Vec<u32> = (0..length).map(|i| 1000 + ((i * 37 + question) % 20_000) as u32).collect();
                Window { question, ids: ids.into(), offsets: vec![None; length].into() }
            })
            .collect();
        let batch = AskBatch::pack(&windows);
        once(|| {
            std::hint::black_box(nn::logits(&self.model, &batch));
        })
    }
}

/// Seconds of so many steps of a run. On a device the last step's update may still be under way.
///
/// # Panics
/// Where the run came apart.
pub fn steps<E: Engine>(trainer: &mut Trainer<E>, count: usize) -> f64 {
    once(|| {
        for _ in 0..count {
            while !matches!(trainer.advance().expect("a step"), Advance::Step(_)) {}
        }
    })
}

fn drawn(config: Config) -> Model {
    let mut parameters = Parameters::zeros(&config);
    let drawn = values(parameters.layout().len());
    parameters.values_mut().iter_mut().zip(drawn).for_each(|(out, value)| *out = 0.07 * value);
    Model { config, parameters, head: HeadOrigin::Checkpoint }
}
