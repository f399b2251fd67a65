//! Lengths, counted while they are looked at: in tokens by the model's worker, or in words here.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use super::bench::Bench;
use crate::protocol::{Command, Event};
use crate::state::project::lengths::{Count, Lengths, Unit, words};

/// Milliseconds of quiet before the count begins: whoever types is not done yet.
const QUIET_MS: u32 = 400;

/// What was counted, and how far the next count is. A copy is a handle to the same state.
#[derive(Clone, Copy)]
pub struct Counting {
    bench: Bench,
    /// What was counted last.
    pub lengths: RwSignal<Option<Lengths>>,
    /// How far the count is that goes on, in per cent.
    pub percent: RwSignal<Option<usize>>,
    /// The count that goes on. One with another number is given up.
    number: StoredValue<u32>,
}

impl Counting {
    /// Counts while `is_open`, and anew where the data or the model is another.
    pub fn new(bench: Bench, is_open: RwSignal<bool>) -> Self {
        let (lengths, percent) = (RwSignal::new(None), RwSignal::new(None));
        let counting = Self { bench, lengths, percent, number: StoredValue::new(0) };
        let revision = Memo::new(move |_| bench.project.with(|project| project.ledger.revision()));
        // The tokenizer is another only where the model is.
        let model = Memo::new(move |_| {
            let model = bench.desk.model;
            model.with(|model| model.info().map(|info| (info.name.clone(), info.vocab_size, info.bytes_total)))
        });
        let timer = StoredValue::new_local(None::<Timeout>);
        Effect::new(move |_| {
            // Read, not tracked: a memo that nobody reads hears of no change, and tells of none.
            revision.get();
            let unit = if model.with(Option::is_some) { Unit::Tokens } else { Unit::Words };
            counting.number.update_value(|number| *number += 1);
            let begin = move || counting.begin(unit);
            // The timer from before is dropped, and with it cancelled.
            timer.set_value(is_open.get().then(|| Timeout::new(QUIET_MS, begin)));
            if !is_open.get_untracked() {
                percent.set(None);
            }
        });
        counting
    }

    fn begin(self, unit: Unit) {
        if let Some(number) = self.number.try_get_value() {
            let count = self.bench.project.with_untracked(|project| Count::new(unit, project));
            self.go_on(number, count);
        }
    }

    fn go_on(self, number: u32, mut count: Count) {
        // The view may be gone by now, or the data another.
        if self.number.try_get_value() != Some(number) {
            return;
        }
        let texts = self.bench.project.with_untracked(|project| count.batch(project));
        if texts.is_empty() {
            self.percent.set(None);
            self.lengths.set(Some(count.finish()));
            return;
        }
        self.percent.set(Some(count.percent()));
        match count.unit {
            Unit::Words => {
                count.receive(&texts.iter().map(|text| words(text)).collect::<Vec<_>>());
                // Whoever scrolls or types comes first.
                Timeout::new(0, move || self.go_on(number, count)).forget();
            }
            Unit::Tokens => self.ask(number, count, texts),
        }
    }

    fn ask(self, number: u32, count: Count, texts: Vec<String>) {
        let mut count = Some(count);
        self.bench.desk.ask_model(Command::CountTokens { texts }, &[], move |event, _, _| {
            let Some(mut count) = count.take() else { return };
            if let Event::TokensCounted { counts } = event {
                count.receive(&counts);
                self.go_on(number, count);
            } else if self.number.try_get_value() == Some(number) {
                // The model is gone, or cannot read a text: words tell something, too.
                self.begin(Unit::Words);
            }
        });
    }
}
