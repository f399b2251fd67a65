use std::collections::HashSet;

use proptest::prelude::*;

use super::super::Part;
use super::super::tests::project;
use super::*;
use crate::squad::check::leaks;
use crate::squad::write::Form;

fn share(percent: u32) -> Draw {
    Draw { amount: Amount::Share(percent), ..Draw::default() }
}

fn fold(number: usize, of: usize) -> Draw {
    Draw { amount: Amount::Fold { number, of }, ..Draw::default() }
}

/// Two documents of ten paragraphs with two questions each.
fn twenty() -> Project {
    let texts: Vec<String> = (0..20).map(|number| format!("text {number}")).collect();
    let paragraphs: Vec<(&str, usize)> = texts.iter().map(|text| (text.as_str(), 2)).collect();
    let mut project = project(&[&paragraphs[..10], &paragraphs[10..]]);
    project.dataset.data[0].title = "First".to_owned();
    project
}

fn ids(dataset: &Dataset) -> Vec<&str> {
    dataset.questions().map(|(_, _, question)| question.id.as_str()).collect()
}

#[test]
fn a_part_goes_out_of_training_and_comes_back() {
    let mut project = twenty();
    let whole = project.dataset.clone();
    let drawn = Drawn { training: 30, held_back: 10 };
    assert_eq!((project.preview(share(25)), project.hold_back(share(25))), (Some(drawn), Some(drawn)));
    let held_out = project.held_out.clone().unwrap();
    assert_eq!((project.dataset.question_count(), held_out.dataset.question_count()), (30, 10));
    assert_eq!(leaks(&project.dataset, &held_out.dataset), []);
    assert_eq!(project.findings, check(&project.dataset));
    project.hold_back(share(25));
    assert!(project.held_out.as_ref().unwrap().dataset.question_count() > 10, "one part more");
    project.give_back();
    assert_eq!((&project.dataset, &project.held_out), (&whole, &None), "in the order of before");
    for _ in 0..3 {
        project.undo();
    }
    assert_eq!((&project.dataset, &project.held_out), (&whole, &None));
}

#[test]
fn a_single_text_cannot_be_split() {
    let mut project = project(&[&[("one", 5)]]);
    for draw in [Draw::default(), fold(1, 2)] {
        assert_eq!((project.preview(draw), project.hold_back(draw)), (None, None));
    }
    assert_eq!(project.history.undoable(), None);
}

#[test]
fn one_fold_after_the_other_tests_every_question_once() {
    for by in [SplitBy::Paragraph, SplitBy::Document] {
        let mut project = twenty();
        let whole = project.dataset.clone();
        let of = if by == SplitBy::Paragraph { 5 } else { 2 };
        let mut draw = Draw { by, ..fold(1, of) };
        let mut tested = Vec::new();
        for number in 1..=of {
            assert_eq!(draw.amount, Amount::Fold { number, of });
            project.hold_back(draw).unwrap();
            let held_out = project.held_out.as_ref().unwrap();
            assert_eq!(held_out.name, format!("Fold {number} of {of}"));
            assert_eq!((held_out.dataset.question_count(), project.dataset.question_count()), (40 / of, 40 - 40 / of));
            tested.extend(ids(&held_out.dataset).into_iter().map(str::to_owned));
            draw = project.proposed_draw();
        }
        assert_eq!(draw.amount, Amount::Fold { number: 1, of }, "and on from the first");
        assert_eq!((tested.len(), tested.iter().collect::<HashSet<_>>().len()), (40, 40));
        project.give_back();
        assert_eq!(project.dataset, whole);
    }
}

#[test]
fn what_came_from_a_file_stays_held_back_beside_the_folds() {
    let mut project = twenty();
    let whole = project.dataset.clone();
    let dataset = super::super::tests::project(&[&[("of a file", 3)]]).dataset;
    project.hold_out(HeldOut { name: "dev.json".to_owned(), dataset: dataset.clone() });
    for number in [1, 2] {
        project.hold_back(fold(number, 4)).unwrap();
        let held_out = project.held_out.as_ref().unwrap();
        assert_eq!((held_out.name.as_str(), held_out.dataset.question_count()), ("dev.json", 13));
        assert_eq!((held_out.dataset.data[0] == dataset.data[0], project.dataset.question_count()), (true, 30));
    }
    project.undo();
    project.undo();
    assert_eq!((&project.dataset, &project.held_out.as_ref().unwrap().dataset), (&whole, &dataset));
    project.give_back();
    assert_eq!((project.dataset.data[..2] == whole.data[..], project.dataset.data.len()), (true, 3), "behind");
}

#[test]
fn a_held_out_file_costs_nothing_that_was_drawn() {
    let mut project = twenty();
    let whole = project.dataset.clone();
    project.hold_back(share(30)).unwrap();
    let drawn = (project.dataset.clone(), project.held_out.clone());
    let dataset = super::super::tests::project(&[&[("of a file", 3)]]).dataset;
    project.hold_out(HeldOut { name: "dev.json".to_owned(), dataset: dataset.clone() });
    assert_eq!((&project.dataset, &project.held_out.as_ref().unwrap().dataset), (&whole, &dataset));
    assert_eq!(project.undo(), Some("held-out file"));
    assert_eq!((project.dataset, project.held_out), drawn);
}

#[test]
fn an_export_holds_what_was_drawn_too() {
    let mut project = twenty();
    let whole = project.export(Form::Squad);
    project.hold_back(share(30)).unwrap();
    assert_eq!(project.export(Form::Squad), whole, "where it was");
    let dataset = super::super::tests::project(&[&[("of a file", 3)]]).dataset;
    project.hold_out(HeldOut { name: "dev.json".to_owned(), dataset });
    assert_eq!(project.export(Form::Squad), whole, "a held-out file is the person's own");
}

#[test]
fn numbers_beyond_their_bounds_are_brought_within_them() {
    let amount = |draw: Draw| draw.clamped().amount;
    assert_eq!((amount(share(0)), amount(share(100))), (Amount::Share(1), Amount::Share(90)));
    assert_eq!(amount(fold(9, 5)), Amount::Fold { number: 5, of: 5 });
    assert_eq!(amount(fold(0, 0)), Amount::Fold { number: 1, of: 2 });
}

/// Documents of paragraphs, each with its number of questions; some titles and texts are there twice.
fn any_project() -> impl Strategy<Value = Project> {
    prop::collection::vec((0u8..4, prop::collection::vec((0u8..30, 0usize..4), 0..6)), 1..6).prop_map(|documents| {
        let texts: Vec<Vec<(String, usize)>> = documents
            .iter()
            .map(|(_, paragraphs)| paragraphs.iter().map(|(text, count)| (format!("text {text}"), *count)).collect())
            .collect();
        let slices: Vec<Vec<(&str, usize)>> =
            texts.iter().map(|of| of.iter().map(|(text, count)| (text.as_str(), *count)).collect()).collect();
        let slices: Vec<&[(&str, usize)]> = slices.iter().map(Vec::as_slice).collect();
        let mut project = project(&slices);
        for (document, (title, _)) in project.dataset.data.iter_mut().zip(&documents) {
            document.title = if *title == 0 { String::new() } else { format!("title {title}") };
        }
        project
    })
}

fn any_draw() -> impl Strategy<Value = Draw> {
    let amount = prop_oneof![
        (1u32..=90).prop_map(Amount::Share),
        (1usize..6, 2usize..6).prop_map(|(number, of)| Amount::Fold { number, of }),
    ];
    let by = prop::sample::select(vec![SplitBy::Paragraph, SplitBy::Document]);
    (by, amount, 0u64..4).prop_map(|(by, amount, seed)| Draw { by, amount, seed })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_is_drawn_everything_comes_back_to_its_place(project in any_project(), draws in prop::collection::vec(any_draw(), 1..5)) {
        let mut live = project.clone();
        let mut all = ids(&project.dataset);
        all.sort_unstable();
        for draw in draws {
            let preview = live.preview(draw);
            prop_assert_eq!(live.hold_back(draw), preview);
            let held_back = live.documents(Part::HeldOut).to_vec();
            let held_back = Dataset { data: held_back, ..Dataset::default() };
            if let (Some(drawn), Amount::Fold { .. }) = (preview, draw.amount) {
                prop_assert_eq!((live.dataset.question_count(), held_back.question_count()), (drawn.training, drawn.held_back));
            }
            let mut both = [ids(&live.dataset), ids(&held_back)].concat();
            both.sort_unstable();
            prop_assert_eq!(&both, &all);
        }
        live.give_back();
        prop_assert_eq!(&live.dataset, &project.dataset);
    }
}
