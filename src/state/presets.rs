//! Ready-made settings of a run.

use crate::train::TrainSettings;

/// A way to train.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// From some marked answers, gently.
    #[default]
    AFewAnswers,
    /// From hundreds of questions or more.
    ADataset,
    /// The article's experiment: a fresh head, 50 epochs.
    AsInTheArticle,
}

impl Preset {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 3] = [Self::AFewAnswers, Self::ADataset, Self::AsInTheArticle];

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::AFewAnswers => "A few answers",
            Self::ADataset => "A dataset",
            Self::AsInTheArticle => "As in the article",
        }
    }

    /// What it is for.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::AFewAnswers => {
                "For some dozens of marked answers: teaches the model how you mark, and keeps what it knows."
            }
            Self::ADataset => "For hundreds of questions or more: few passes, larger corrections.",
            Self::AsInTheArticle => {
                "Draws a fresh head first where there is none, then 50 passes: the model learns the 22 answers by heart."
            }
        }
    }

    /// Whether it begins with a freshly drawn head.
    pub fn needs_fresh_head(self) -> bool {
        self == Self::AsInTheArticle
    }

    /// Its settings.
    pub fn settings(self) -> TrainSettings {
        let (epochs, learning_rate) = match self {
            Self::AFewAnswers => (4, 5e-5),
            Self::ADataset => (2, 1e-4),
            Self::AsInTheArticle => (50, 5e-5),
        };
        TrainSettings { epochs, learning_rate, ..TrainSettings::default() }
    }
}
