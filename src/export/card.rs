//! stub
use crate::protocol::HeadOrigin;
use crate::train::TrainSettings;
/// t
#[derive(Clone)]
pub struct Training {
    /// a
    pub questions: usize,
    /// a
    pub settings: TrainSettings,
    /// a
    pub steps: usize,
    /// a
    pub steps_total: usize,
    /// a
    pub first_loss: Option<f64>,
    /// a
    pub last_loss: Option<f64>,
}
/// t
pub struct CardFacts {
    /// a
    pub base_model: String,
    /// a
    pub languages: Vec<String>,
    /// a
    pub parameters: usize,
    /// a
    pub lowercase: bool,
    /// a
    pub head: HeadOrigin,
    /// a
    pub training: Option<Training>,
}
/// t
pub fn card(_: &CardFacts) -> String {
    String::new()
}
