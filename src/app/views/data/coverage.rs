//! How well the model reads the text, said before anybody marks for an hour.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use super::bench::Bench;
use crate::protocol::{Command, Event};
use crate::state::project::coverage::{Coverage, SAMPLE_CHARS};

/// Milliseconds of quiet before the model is asked.
const QUIET_MS: u32 = 400;

/// One sentence about the text in the paste field, or else about the dataset.
#[component]
pub fn CoverageLine() -> impl IntoView {
    let bench = Bench::get();
    let sample = Memo::new(move |_| {
        let pasted: String = bench.pasted.with(|text| text.chars().take(SAMPLE_CHARS).collect());
        if pasted.trim().is_empty() { bench.project.with(crate::state::project::Project::text_sample) } else { pasted }
    });
    let model = Memo::new(move |_| {
        bench
            .desk
            .model
            .with(|model| model.info().map(|info| (info.name.clone(), info.vocab_size, info.languages.clone())))
    });
    let coverage = RwSignal::new(None::<Coverage>);
    let timer = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        let text = sample.get();
        let Some((_, _, languages)) = model.get().filter(|_| !text.trim().is_empty()) else {
            coverage.set(None);
            return;
        };
        let waiting = Timeout::new(QUIET_MS, move || ask(bench, text, languages, coverage));
        // The timer from before is dropped, and with it cancelled.
        timer.set_value(Some(waiting));
    });
    let line = move || {
        coverage.get().map(|coverage| {
            let is_warning = coverage.is_warning();
            view! { <p class=if is_warning { "callout warn" } else { "hint" }>{coverage.in_words()}"."</p> }
        })
    };
    view! { <div role="status">{line}</div> }
}

fn ask(bench: Bench, text: String, languages: Vec<String>, coverage: RwSignal<Option<Coverage>>) {
    bench.desk.ask_model(Command::Coverage { text }, &[], move |event, _, _| {
        let said = match event {
            Event::Coverage { unknown_share, pieces_per_word, words } => {
                Some(Coverage { unknown_share, pieces_per_word, words, languages: languages.clone() })
            }
            // The line is a help, no promise: where it cannot be said, nothing is.
            _ => None,
        };
        // The view may be gone by now.
        let _ = coverage.try_set(said);
    });
}
