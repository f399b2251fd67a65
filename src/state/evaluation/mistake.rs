//! In which way an answer is wrong: an answer that is too long asks for other examples than one from the wrong sentence.

use crate::metrics::{f1, normalise};
use crate::protocol::EvaluatedQuestion;

/// In which way an answer is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mistake {
    /// It holds a marked answer, and more.
    TooLong,
    /// It is a part of a marked answer.
    TooShort,
    /// It has words of a marked answer, and others.
    Beside,
    /// It has no word of a marked answer.
    Elsewhere,
    /// There is none, where one was marked.
    Missing,
    /// There is one, where none was marked.
    Invented,
}

impl Mistake {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::TooLong, Self::TooShort, Self::Beside, Self::Elsewhere, Self::Missing, Self::Invented];

    /// That of the model as it is now; `None` where its answer is right. Of several marked answers the one counts that is missed least.
    pub fn of(question: &EvaluatedQuestion) -> Option<Self> {
        if question.after.exact_match > 0.5 {
            return None;
        }
        let answer = normalise(&question.after.prediction);
        let marked: Vec<String> =
            question.gold.iter().map(|text| normalise(text)).filter(|text| !text.is_empty()).collect();
        let is_any = |it: &dyn Fn(&str) -> bool| marked.iter().any(|text| it(text));
        Some(match () {
            () if marked.is_empty() => Self::Invented,
            () if question.after.prediction.is_empty() => Self::Missing,
            // An article alone, or a comma: nothing that could be a part of anything.
            () if answer.is_empty() => Self::Elsewhere,
            () if is_any(&|text| holds(&answer, text)) => Self::TooLong,
            () if is_any(&|text| holds(text, &answer)) => Self::TooShort,
            () if is_any(&|text| f1(&answer, text, false) > 0.0) => Self::Beside,
            () => Self::Elsewhere,
        })
    }
}

/// Whether the words of `part` stand in `whole`, one after the other. Both are normalised: single spaces.
fn holds(whole: &str, part: &str) -> bool {
    format!(" {whole} ").contains(&format!(" {part} "))
}

#[cfg(test)]
mod tests {
    use super::super::summary::tests::question;
    use super::*;

    fn mistake(gold: &[&str], answer: &str) -> Option<Mistake> {
        let mut made = question("0", false, false);
        made.gold = gold.iter().map(|text| (*text).to_owned()).collect();
        answer.clone_into(&mut made.after.prediction);
        Mistake::of(&made)
    }

    #[test]
    fn an_answer_is_wrong_in_one_way() {
        assert_eq!(mistake(&["in 1922"], "founded in 1922."), Some(Mistake::TooLong));
        assert_eq!(mistake(&["founded in 1922"], "1922"), Some(Mistake::TooShort));
        assert_eq!(mistake(&["founded in 1922"], "in 1922 they won"), Some(Mistake::Beside));
        assert_eq!(
            mistake(&["1922"], "19"),
            Some(Mistake::Elsewhere),
            "a part of a word is none of the answer's words"
        );
        assert_eq!(mistake(&["1922"], ""), Some(Mistake::Missing));
        assert_eq!(mistake(&["the 1922"], "the"), Some(Mistake::Elsewhere));
        assert_eq!(mistake(&[], "1922"), Some(Mistake::Invented));
        assert_eq!(mistake(&[""], "1922"), Some(Mistake::Invented));
    }

    #[test]
    fn the_marked_answer_that_is_missed_least_counts() {
        assert_eq!(mistake(&["Poznań", "the old town of Poznań"], "town of Poznań"), Some(Mistake::TooLong));
        assert_eq!(Mistake::of(&question("0", false, true)), None);
    }
}
