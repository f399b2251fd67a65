//! Questions asked and their answers, as the Ask view shows them.

/// What was asked, and what came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asking {}
