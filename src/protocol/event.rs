//! What the workers say.

use serde::{Deserialize, Serialize};

use crate::answer::Answered;
use crate::metrics::{QuestionScore, Scores};
use crate::model::HeadOrigin;
use crate::squad::Dataset;
use crate::squad::check::Finding;
use crate::squad::pieces::Piece;
use crate::squad::read::Preview;
use crate::squad::write::Style;
use crate::train::blend::LeftOut;
use crate::train::{Ending, KeptRun, Measurement, Pace, Plan, StepReport};

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
    /// Names of the datasets that its card says it was trained on; empty where it names none.
    pub datasets: Vec<String>,
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
    /// A part of a long computation is done.
    Alive,
    /// Something begins during which the worker says nothing: texts are cut into windows, a file is made or made safe. The next event,
    /// whichever it is, ends it.
    Quiet,
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
    /// Probabilities that the two models gave their answers, 0 to 1; `None` where the question leaves no room for the text in a window, and
    /// counts as not answered.
    pub probabilities: Option<[f32; 2]>,
}

impl EvaluatedQuestion {
    /// Whether it leaves no room for the text in a window, and counts as not answered.
    pub fn is_unread(&self) -> bool {
        self.probabilities.is_none()
    }
}
