use proptest::prelude::*;

use super::super::Span;
use super::super::tests::project;
use super::*;

/// A folder that forgets nothing but what is deleted.
#[derive(Clone, Default)]
struct Folder(HashMap<String, String>);

impl Folder {
    /// Writes until all is kept, or until so many writes are done; the last may be torn. Returns whether all was kept.
    fn keep(&mut self, keeper: &mut Keeper, project: &mut Project, writes_max: usize, is_torn: bool) -> bool {
        for left in (0..writes_max).rev() {
            let write = keeper.next(project);
            let (file, content) = match &write {
                Write::Piece { file, content } => (file.clone(), content.clone()),
                Write::List { slot, content, .. } => ((*slot).to_owned(), content.clone()),
            };
            if left == 0 && is_torn {
                self.0.insert(file, content.chars().take(content.chars().count() / 2).collect());
                return false;
            }
            self.0.insert(file, content);
            if let Write::List { garbage, .. } = write {
                garbage.iter().for_each(|file| drop(self.0.remove(file)));
                return true;
            }
        }
        false
    }

    fn open(&self) -> Option<(Project, List)> {
        let lists = List::newest_first(&SLOTS.map(|slot| self.0.get(slot).cloned()));
        lists.into_iter().find_map(|list| {
            let parsed =
                |(file, content): (&String, &String)| Some((file.clone(), serde_json::from_str(content).ok()?));
            let mut pieces = self.0.iter().filter_map(parsed).collect();
            Some((list.assemble(&mut pieces)?, list))
        })
    }
}

fn same(one: &Project, other: &Project) -> bool {
    (&one.name, &one.dataset, &one.held_out, one.place) == (&other.name, &other.dataset, &other.held_out, other.place)
}

#[test]
fn a_kept_project_comes_back_and_goes_on() {
    let mut before = project(&[&[("Żółw 🐢\r\nwon", 1), ("two", 2)], &[]]);
    before.name = "Żółw".to_owned();
    before.is_sample = true;
    before.held_out = Some(HeldOut { name: "held".to_owned(), dataset: before.dataset.clone() });
    before.mark(Span { start: 5, end: 6 });
    let (mut folder, mut keeper) = (Folder::default(), Keeper::new("a"));
    assert!(folder.keep(&mut keeper, &mut before, 99, false));
    let (mut after, list) = folder.open().unwrap();
    assert!(same(&after, &before) && after.is_sample && after.findings == before.findings);
    let mut keeper = Keeper::after(&list, &mut after, "b");
    after.new_question();
    let write = keeper.next(&mut after);
    assert!(matches!(&write, Write::Piece { file, .. } if file == "b-0.json"), "{write:?}");
    assert!(matches!(keeper.next(&mut after), Write::List { .. }), "one paragraph, one piece");
}

#[test]
fn a_change_costs_no_more_than_its_piece() {
    let text = "word ".repeat(2_000);
    let paragraphs = vec![(text.as_str(), 3); 500];
    let mut project = project(&[&paragraphs, &paragraphs]);
    let (mut folder, mut keeper) = (Folder::default(), Keeper::new("a"));
    assert!(folder.keep(&mut keeper, &mut project, 999, false));
    assert!(folder.0.len() > 30, "{} files", folder.0.len());
    project.go_to(Place::of_paragraph(1, 250));
    project.mark(Span { start: 0, end: 4 });
    let Write::Piece { content, .. } = keeper.next(&mut project) else { panic!("a piece is to be written") };
    assert!(content.len() < 2 * PIECE_BYTES);
    assert!(matches!(keeper.next(&mut project), Write::List { .. }));
}

#[test]
fn what_is_not_ours_is_no_list() {
    assert!(List::parse("{}").is_none() && List::parse("{\"format\":1}").is_none() && List::parse("").is_none());
    assert!(Folder::default().open().is_none());
}

fn step(project: &mut Project, choice: u8, place: usize) {
    project.go_to(Place::of_paragraph(place % 4, place / 4));
    match choice {
        0 => drop(project.new_question()),
        1 => drop(project.mark(Span { start: 0, end: 1 + place % 3 })),
        2 => drop(project.edit_text(&format!("edited {place} text"))),
        3 => project.add_text("More", vec![format!("text {place}"), "b".to_owned()]),
        4 => project.delete_paragraph(),
        5 => project.delete_document(),
        6 => drop(project.undo()),
        7 => drop(project.redo()),
        8 => drop(project.hold_back(super::super::holding::Draw { seed: place as u64, ..Default::default() })),
        9 => project.rename_document(&format!("title {place}")),
        10 => project.hold_out(HeldOut { name: format!("file {place}"), dataset: project.dataset.clone() }),
        _ => project.give_back(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_kill_at_any_write_leaves_the_old_or_the_new_whole(
        rounds in prop::collection::vec((prop::collection::vec((0u8..12, 0usize..16), 1..5), 0usize..6, any::<bool>()), 1..8),
    ) {
        let mut live = project(&[&[("one", 1), ("two", 2)], &[("three", 0)], &[("four", 1), ("five", 0), ("six", 1)]]);
        let (mut folder, mut keeper) = (Folder::default(), Keeper::new("0"));
        prop_assert!(folder.keep(&mut keeper, &mut live, 99, false));
        for (round, (steps, writes, is_torn)) in rounds.into_iter().enumerate() {
            let old = folder.open().unwrap().0;
            steps.into_iter().for_each(|(choice, place)| step(&mut live, choice, place));
            // Five: all is written.
            let writes = if writes == 5 { 999 } else { writes };
            let is_kept = folder.keep(&mut keeper, &mut live, writes, is_torn);
            let (mut back, list) = folder.open().unwrap();
            let expected = if is_kept { &live } else { &old };
            prop_assert!(same(&back, expected));
            if !is_kept {
                // The tab was killed: another begins with what is there.
                keeper = Keeper::after(&list, &mut back, &(round + 1).to_string());
                live = back;
            }
        }
    }
}
