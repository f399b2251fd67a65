//! The sample: what the article trained on, in our own sentences about the football club Lech Poznań.
//!
//! Both files also lie beside the page, so that people can look at them and use them as a pattern for their own.

/// Questions to train on, as `SQuAD` JSON.
pub fn train() -> &'static str {
    include_str!("../../public/sample/lech-poznan.json")
}

/// Questions held back, as `SQuAD` JSON: each has a field `kind`, `paraphrase` where the text is one of [`train`]'s and the question
/// asks for the same in other words, or `unseen` where the text is new too.
pub fn held_out() -> &'static str {
    include_str!("../../public/sample/lech-poznan-held-out.json")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::squad::Dataset;
    use crate::squad::check::check;
    use crate::squad::read::read;

    fn both() -> (Dataset, Dataset) {
        (read(train().as_bytes()).unwrap(), read(held_out().as_bytes()).unwrap())
    }

    fn of_kind<'a>(held_out: &'a Dataset, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        held_out.questions().filter(move |(_, _, question)| question.extra["kind"] == kind).map(
            |(_, paragraph, question)| {
                (paragraph.context.as_str(), question.question.as_str(), question.answers[0].text.as_str())
            },
        )
    }

    #[test]
    fn nothing_is_wrong_with_either_file() {
        let (train, held_out) = both();
        assert_eq!((train.question_count(), held_out.question_count()), (22, 10));
        assert_eq!((check(&train), check(&held_out)), (vec![], vec![]));
        assert!(train.data.iter().map(|document| document.paragraphs.len()).sum::<usize>() >= 6);
        let questions = || train.questions().chain(held_out.questions());
        assert_eq!(questions().map(|(_, _, question)| &question.id).collect::<HashSet<_>>().len(), 32);
        for (_, paragraph, question) in questions() {
            let [answer] = question.answers.as_slice() else {
                panic!("{}: expected one answer, got {}", question.id, question.answers.len())
            };
            // A text that occurs twice would make a right answer look wrong, or the other way round.
            assert_eq!(paragraph.context.matches(&answer.text).count(), 1, "{}: '{}'", question.id, answer.text);
        }
        for dataset in [&train, &held_out] {
            assert_eq!(dataset.extra["licence"], "CC0-1.0");
            assert!(dataset.extra["source"].is_string());
        }
    }

    #[test]
    fn the_articles_answer_stands_where_the_article_has_it() {
        let (train, _) = both();
        let asked = "What was the aggregate score of Lech Poznań against Panathinaikos in the 1990-91 season?";
        let (_, paragraph, question) =
            train.questions().find(|(_, _, question)| question.question == asked).expect("the article's question");
        let answer = &question.answers[0];
        assert_eq!((answer.text.as_str(), answer.answer_start), ("5-1", 217));
        assert_eq!(paragraph.context.chars().skip(217).take(220 - 217).collect::<String>(), "5-1");
        // In bytes it stands elsewhere, so that a mistake in counting shows.
        assert_ne!(paragraph.context.find("5-1"), Some(217));
    }

    #[test]
    fn what_is_held_back_is_not_trained_on() {
        let (train, held_out) = both();
        let contexts: HashSet<&str> = train.questions().map(|(_, paragraph, _)| paragraph.context.as_str()).collect();
        let questions: HashSet<String> =
            train.questions().map(|(_, _, question)| question.question.to_lowercase()).collect();
        for (_, _, question) in held_out.questions() {
            assert!(!questions.contains(&question.question.to_lowercase()), "{}", question.question);
        }
        let (paraphrases, unseen): (Vec<_>, Vec<_>) =
            (of_kind(&held_out, "paraphrase").collect(), of_kind(&held_out, "unseen").collect());
        assert_eq!((paraphrases.len(), unseen.len()), (5, 5));
        for (context, asked, text) in &paraphrases {
            let same = train.questions().any(|(_, p, q)| p.context == *context && q.answers[0].text == *text);
            assert!(same, "no training question has the answer of '{asked}'");
        }
        for (context, asked, text) in &unseen {
            assert!(!contexts.contains(context), "'{asked}' is about a text that is trained on");
            assert!(contexts.iter().all(|seen| !seen.contains(text)), "'{text}' occurs in a text that is trained on");
        }
        assert!(paraphrases.iter().any(|(context, _, text)| *text == "5-1" && context.contains("Panathinaikos")));
        assert!(unseen.iter().any(|(context, _, text)| *text == "3-0" && context.contains("Villarreal")));
    }
}
