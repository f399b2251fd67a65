//! What the page asks of its workers.

use serde::{Deserialize, Serialize};

use crate::answer::DecodeOptions;
use crate::model::weights::Precision;
use crate::squad::Dataset;
use crate::squad::read::Columns;
use crate::train::TrainSettings;

#[cfg(doc)]
use super::Event;

/// What a worker can be asked to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
// With pointers of 32 bits it is not that large.
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::large_enum_variant, reason = "a command is made, sent and gone")
)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Command {
    /// Either role: say who you are. Answered by [`Event::Ready`].
    Hello,
    /// `data` role: read and check files that make one dataset; their bytes are the attachments. Answered by [`Event::Progress`],
    /// [`Event::DatasetPiece`]s, [`Event::FindingsPiece`]s and [`Event::DatasetRead`], or by [`Event::AskColumns`].
    ReadDataset {
        /// The files, in the order of the attachments.
        files: Vec<FileToRead>,
    },
    /// `model` role: load a model. Answered by [`Event::Progress`] and [`Event::ModelLoaded`].
    LoadModel {
        /// Where from.
        source: ModelSource,
    },
    /// `model` role: draw the question-answering head anew. Answered by [`Event::ModelLoaded`].
    FreshHead {
        /// Seed of the draw.
        seed: u64,
    },
    /// `model` role: what a run with these settings would be. Answered by [`Event::Planned`].
    Plan {
        /// The questions to train on.
        dataset: Dataset,
        /// The run's settings.
        settings: TrainSettings,
    },
    /// `model` role: how fast such a run would be here; takes about two seconds. Answered by [`Event::PaceMeasured`].
    MeasurePace {
        /// The questions to train on.
        dataset: Dataset,
        /// The run's settings.
        settings: TrainSettings,
    },
    /// `model` role: fine-tune. Answered by [`Event::TrainingStarted`], [`Event::TakenUp`] where a kept run goes on, [`Event::Step`]s and
    /// [`Event::TrainingFinished`].
    Train {
        /// The questions to train on.
        dataset: Dataset,
        /// The run's settings.
        settings: TrainSettings,
        /// How the run is kept and taken up.
        #[serde(default)]
        keeping: Keeping,
        /// What it is measured on while it goes on, where it is.
        #[serde(default)]
        held_out: Option<HeldOut>,
    },
    /// `model` role: wait after the current micro-batch, until [`Command::GoOn`] or [`Command::Stop`]. Answered by [`Event::Done`]; the run
    /// says [`Event::Paused`].
    Pause,
    /// `model` role: go on after [`Command::Pause`]. Answered by [`Event::Done`]; the run says [`Event::WentOn`].
    GoOn,
    /// `model` role: keep a checkpoint now. Answered by [`Event::Done`].
    Keep,
    /// `model` role: what run the browser keeps. Answered by [`Event::Kept`].
    AskKept,
    /// `model` role: drop the run that the browser keeps. Answered by [`Event::Kept`].
    Forget,
    /// `model` role: end the run (or the evaluation) after the current micro-batch and keep what was trained. Answered by
    /// [`Event::Done`]; the run's own last reply is [`Event::TrainingFinished`].
    Stop,
    /// `model` role: answer questions; while training, between two micro-batches. Answered by [`Event::Answers`].
    Ask {
        /// The questions.
        items: Vec<AskItem>,
        /// How spans are chosen.
        options: DecodeOptions,
        /// How many answers to give for each question.
        top_k: usize,
        /// Whether to ask the model as it was loaded, too.
        compare_base: bool,
    },
    /// `model` role: how much of a text the model's vocabulary knows. Answered by [`Event::Coverage`].
    Coverage {
        /// The text.
        text: String,
    },
    /// `model` role: how many tokens texts have. Answered by [`Event::TokensCounted`].
    CountTokens {
        /// The texts.
        texts: Vec<String>,
    },
    /// `model` role: measure exact match and F1, before and after. Answered by [`Event::Progress`] and [`Event::Evaluated`].
    Evaluate {
        /// The questions to measure on.
        dataset: Dataset,
        /// How spans are chosen.
        options: DecodeOptions,
    },
    /// `model` role: the weights as a zip, attachment 0 of the reply (`Blob`). Answered by [`Event::WeightsReady`].
    ExportWeights {
        /// With how many bits.
        #[serde(default)]
        precision: Precision,
    },
}

/// A file to read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileToRead {
    /// Its name, for messages, and to tell what it is.
    pub name: String,
    /// What the columns of a table hold; without it they are found by their names.
    pub columns: Option<Columns>,
}

/// Questions that a run is measured on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// The questions.
    pub dataset: Dataset,
    /// How spans are chosen.
    pub options: DecodeOptions,
}

/// How a run is kept and taken up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Keeping {
    /// Another for each run; empty where the run is not kept.
    pub id: String,
    /// The page's fingerprint of the questions.
    pub data: String,
    /// Epochs between two checkpoints; 0: only when the run waits, the page is hidden, every five minutes, and at the end.
    pub every_epochs: usize,
    /// What happens to a run of this id that is kept already.
    pub begin: Begin,
}

/// Where a run begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Begin {
    /// At its first step.
    #[default]
    Anew,
    /// At the newest checkpoint of the same id, or at its first step where there is none.
    GoOn,
    /// At the newest checkpoint of the same id, made longer by so many epochs.
    More(usize),
}

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ModelSource {
    /// A folder served over HTTP, the default model beside the page among them.
    Folder {
        /// Address of the folder, with a slash at its end.
        url: String,
        /// Shown in the page.
        name: String,
    },
    /// Files that the person chose: attachments, told apart by name.
    Files {
        /// Names, in the order of the attachments.
        names: Vec<String>,
    },
    /// A model of the Hugging Face hub, kept in browser storage once it is there.
    Hub {
        /// Address of the hub.
        endpoint: String,
        /// `owner/name`.
        id: String,
        /// Branch, tag or commit.
        revision: String,
    },
}

/// One question to ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AskItem {
    /// What is asked.
    pub question: String,
    /// The text to look in.
    pub context: String,
}
