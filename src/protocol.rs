//! All that crosses the boundary between the page and its workers.
//!
//! A [`Request`] goes in, any number of [`Reply`]s with the same `id` come out; the last of them is marked `last`.
//! Bytes never travel inside: files go beside the message as attachments (`File`, `Blob`), which the browser passes by reference.

use serde::{Deserialize, Serialize};

use crate::answer::{Answered, DecodeOptions};
use crate::metrics::{QuestionScore, Scores};
pub use crate::model::HeadOrigin;
use crate::model::weights::Precision;
use crate::squad::Dataset;
use crate::squad::check::Finding;
use crate::squad::pieces::Piece;
use crate::squad::read::{Columns, Preview};
use crate::squad::write::Style;
pub use crate::train::Plan;
use crate::train::blend::LeftOut;
use crate::train::{Ending, KeptRun, Measurement, Pace, StepReport, TrainSettings};

/// Raised with every change that an older worker or page would misread.
pub const PROTOCOL_VERSION: u32 = 1;

/// From the page to a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// [`PROTOCOL_VERSION`] of the sender.
    pub version: u32,
    /// Chosen by the page; replies carry it.
    pub id: u32,
    /// What to do.
    pub command: Command,
}

/// From a worker to the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reply {
    /// The request that this answers; 0 for events that nobody asked for.
    pub id: u32,
    /// What happened.
    pub event: Event,
    /// Whether this is the last reply to the request.
    pub last: bool,
}

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

/// What a loaded model is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Shown in the model chip.
    pub name: String,
    /// Number of trainable numbers.
    pub parameters: usize,
    /// Number of layers.
    pub n_layers: usize,
    /// Width.
    pub dim: usize,
    /// Vocabulary size.
    pub vocab_size: usize,
    /// Whether the tokenizer lower-cases.
    pub lowercase: bool,
    /// Codes of the languages that the model's card names, for instance `en`; empty where it names none.
    pub languages: Vec<String>,
    /// Whether the question-answering head is trained or freshly drawn.
    pub head: HeadOrigin,
    /// Bytes of the weights file.
    pub bytes_total: u64,
    /// Longest sequence the model can read, in tokens.
    pub max_position_embeddings: usize,
}

/// What a worker says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The worker runs.
    Ready {
        /// `baseline`, `threads` or `fast`.
        build: String,
        /// Threads in its pool.
        threads: usize,
    },
    /// A long job moves on.
    Progress {
        /// What is going on, in plain words.
        what: String,
        /// Done so far, in `unit`.
        loaded: u64,
        /// Of how many; absent where unknown.
        total: Option<u64>,
        /// `bytes` or `questions`.
        unit: String,
    },
    /// The next paragraphs of a dataset that is being read.
    DatasetPiece(Piece),
    /// The next findings.
    FindingsPiece {
        /// What is wrong with the dataset.
        findings: Vec<Finding>,
    },
    /// All of a dataset was read.
    DatasetRead {
        /// The dataset without its documents, which came before.
        dataset: Dataset,
        /// How the file was written, where there is one alone.
        style: Option<Style>,
        /// Whether there are texts alone, which are added to what is there.
        is_text: bool,
    },
    /// A table whose columns must be told. Ask again with them.
    AskColumns {
        /// Which of the files it is.
        file: usize,
        /// What it looks like.
        preview: Preview,
    },
    /// A model is ready.
    ModelLoaded {
        /// What it is.
        info: ModelInfo,
    },
    /// What a run would be.
    Planned(Plan),
    /// How fast a run would be.
    PaceMeasured(Pace),
    /// A run has begun.
    TrainingStarted(Plan),
    /// A run that was kept goes on from here.
    TakenUp(KeptRun),
    /// The run waits.
    Paused,
    /// The run goes on after a pause.
    WentOn,
    /// A checkpoint is being written: the worker hears nothing meanwhile.
    Keeping,
    /// Two whole checkpoints would not fit into what the browser gives this page: the moments are left out of them.
    LittleRoom {
        /// Bytes that two would take.
        needed: u64,
        /// Bytes that there are.
        room: u64,
    },
    /// A checkpoint was kept, or could not be.
    Checkpoint {
        /// Steps that it holds.
        step: usize,
        /// Why it could not be kept.
        failure: Option<String>,
    },
    /// What run the browser keeps.
    Kept {
        /// What it was; `None` where none is kept.
        run: Option<KeptRun>,
    },
    /// An optimizer step was made.
    Step(StepReport),
    /// The run is being measured: so many questions of all are answered.
    Measuring {
        /// Answered.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// The run was measured.
    Measured(Measurement),
    /// A fold has made a step.
    Folding(Folding),
    /// Its folds have decided how far the run goes from the model that it began with to the one that it trained.
    Blended {
        /// How far, 0 to 1.
        share: f32,
        /// Folds that there were; 0 where nothing could be held back.
        folds: usize,
        /// What became of the questions that they held back.
        left_out: LeftOut,
    },
    /// The weights of the best measurement so far were kept, or could not be: the run then ends with its last.
    BestKept {
        /// Steps that they had.
        step: usize,
        /// Why they could not be kept.
        failure: Option<String>,
    },
    /// A run has ended.
    TrainingFinished {
        /// How.
        ending: Ending,
        /// The step whose weights the model has now: the last, or that of the best measurement.
        kept_step: usize,
        /// Steps made.
        steps: usize,
        /// Milliseconds from the start.
        elapsed_ms: f64,
        /// Memory of the worker at its peak, in bytes.
        memory_bytes: u64,
    },
    /// Answers, one entry a question.
    Answers {
        /// From the model as it is now.
        answers: Vec<Answered>,
        /// From the model as it was loaded, where asked for.
        base: Vec<Answered>,
    },
    /// How much of a text the vocabulary knows.
    Coverage {
        /// Share of words that hold an unknown piece, 0 to 1.
        unknown_share: f32,
        /// Mean number of pieces for a word.
        pieces_per_word: f32,
        /// Number of words.
        words: usize,
    },
    /// How many tokens texts have.
    TokensCounted {
        /// One number a text, without the marks around it.
        counts: Vec<usize>,
    },
    /// An evaluation is done.
    Evaluated {
        /// The model as it was loaded.
        before: Scores,
        /// The model as it is now.
        after: Scores,
        /// One entry a question.
        questions: Vec<EvaluatedQuestion>,
    },
    /// The weights are ready: attachment 0 is the zip.
    WeightsReady {
        /// Proposed name of the file.
        file_name: String,
        /// Its size.
        bytes_total: u64,
    },
    /// Done, nothing to show.
    Done,
    /// It could not be done.
    Failed {
        /// What happened, where, and what to do.
        message: String,
    },
}

/// How far the folds of a run are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Folding {
    /// The fold in progress, from 1.
    pub fold: usize,
    /// Of so many.
    pub folds: usize,
    /// Steps that it made.
    pub step: usize,
    /// Of so many.
    pub steps_total: usize,
    /// Milliseconds since the run began.
    pub elapsed_ms: f64,
}

/// One line of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluatedQuestion {
    /// Id of the question.
    pub id: String,
    /// What was asked.
    pub question: String,
    /// The gold answers' texts.
    pub gold: Vec<String>,
    /// Answer and score of the model as it was loaded.
    pub before: QuestionScore,
    /// Answer and score of the model as it is now.
    pub after: QuestionScore,
    /// Whether a question with this context and these words was trained on in this page.
    pub seen_in_training: bool,
}
