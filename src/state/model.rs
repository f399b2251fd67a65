//! The model and the worker, as the top bar shows them.

use crate::protocol::{HeadOrigin, ModelInfo};

/// The model role's worker.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum WorkerState {
    /// Being started.
    #[default]
    Starting,
    /// Runs.
    Ready {
        /// `baseline`, `threads` or `fast`.
        build: String,
        /// Threads in its pool.
        threads: usize,
    },
    /// No build could be started, or it died.
    Failed {
        /// What happened, and what to do.
        message: String,
    },
}

/// Which weights said something: an answer or a score of others than those of now is old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weights {
    /// How often the model has become another in this visit.
    pub revision: usize,
    /// Whether they were trained here: the model as it was loaded may say something else only then.
    pub is_trained: bool,
}

/// The model.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ModelState {
    /// None is asked for.
    #[default]
    Missing,
    /// On its way.
    Loading {
        /// What is loaded.
        name: String,
        /// Bytes so far.
        loaded: u64,
        /// Bytes in all, where known.
        total: Option<u64>,
    },
    /// Ready to answer.
    Ready(ModelInfo),
    /// Another one could not be loaded; the one from before is still there.
    Kept {
        /// The model that is there.
        info: ModelInfo,
        /// What happened, where, and what to do.
        message: String,
    },
    /// Could not be loaded.
    Failed {
        /// What happened, where, and what to do.
        message: String,
    },
}

impl ModelState {
    /// What the loaded model is; `None` while there is none.
    pub fn info(&self) -> Option<&ModelInfo> {
        match self {
            Self::Ready(info) | Self::Kept { info, .. } => Some(info),
            _ => None,
        }
    }

    /// Whether it was trained here since it was loaded.
    pub fn is_trained(&self) -> bool {
        self.info().is_some_and(|info| info.head == HeadOrigin::Trained)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small English model that answers.
    pub(crate) fn info() -> ModelInfo {
        ModelInfo {
            name: "MiniLM-L6".to_owned(),
            parameters: 22_600_000,
            n_layers: 6,
            dim: 384,
            vocab_size: 30_522,
            lowercase: true,
            languages: vec!["en".to_owned()],
            datasets: Vec::new(),
            head: HeadOrigin::Checkpoint,
            bytes_total: 45_000_000,
            max_position_embeddings: 512,
        }
    }

    #[test]
    fn a_model_that_stays_is_as_good_as_one_that_came() {
        let kept = ModelState::Kept { info: info(), message: "no such file".to_owned() };
        assert_eq!(kept.info(), Some(&info()));
        assert!(!kept.is_trained());
        assert!(ModelState::Ready(ModelInfo { head: HeadOrigin::Trained, ..info() }).is_trained());
        assert_eq!(ModelState::Missing.info(), None);
    }
}
