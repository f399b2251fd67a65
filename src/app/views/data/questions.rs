//! The questions of the paragraph that is shown.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::bench::Bench;
use crate::app::shell::focus;
use crate::squad::Location;
use crate::squad::Question;
use crate::squad::check::answer_finding;
use crate::state::format::whole;
use crate::state::project::Place;
use crate::state::project::findings::message_alone;
use crate::state::project::spans::excerpt;
use crate::state::words::data as words;

/// Characters of an answer that its chip shows.
const CHIP_CHARS: usize = 120;

/// The questions, and a button for one more.
#[component]
pub fn QuestionsPane() -> impl IntoView {
    let bench = Bench::get();
    let places = Memo::new(move |_| {
        bench.project.with(|project| {
            let place = project.place;
            let questions = project.paragraph().map_or(0, |paragraph| paragraph.qas.len());
            (0..questions).map(|question| Place { question: Some(question), ..place }).collect::<Vec<_>>()
        })
    });
    view! {
        <div class="pane questions-pane">
            <div class="pane-head">
                <h2 class="grow">"Questions"</h2>
                <button class="button" title="New question (N)" disabled=bench.is_locked on:click=move |_| bench.new_question()>"New question"</button>
            </div>
            <Show when=move || places.with(Vec::is_empty)><p class="hint">{words::NO_QUESTION}</p></Show>
            <ol class="questions">
                <For each=move || places.get() key=|place| *place let:place><QuestionCard place /></For>
            </ol>
        </div>
    }
}

/// An answer as its chip shows it.
#[derive(Clone, Debug, PartialEq)]
struct Chip {
    text: String,
    start: usize,
    /// What is wrong with its place.
    finding: Option<String>,
}

#[component]
fn QuestionCard(place: Place) -> impl IntoView {
    let bench = Bench::get();
    let index = place.question.unwrap_or_default();
    let question =
        Memo::new(move |_| bench.project.with(|project| project.paragraph_at(place)?.qas.get(index).cloned()));
    let chips = Memo::new(move |_| {
        bench.project.with(|project| {
            let Some(paragraph) = project.paragraph_at(place) else { return Vec::new() };
            let answers = paragraph.qas.get(index).map(|question| question.answers.as_slice()).unwrap_or_default();
            let chip = |answer| {
                let at = Location::paragraph(0, 0).question(0).answer(0);
                let finding = answer_finding(&paragraph.context, answer, at);
                let finding = finding.map(|finding| message_alone(&finding).to_owned());
                Chip { text: excerpt(&answer.text, CHIP_CHARS), start: answer.answer_start, finding }
            };
            answers.iter().map(chip).collect()
        })
    });
    let is_chosen = Memo::new(move |_| bench.place.get() == place);
    let choose = move || {
        if !is_chosen.get_untracked() {
            bench.go_to(place);
        }
    };
    let card = NodeRef::<leptos::html::Li>::new();
    Effect::new(move |_| {
        if is_chosen.get()
            && let Some(card) = card.get()
        {
            keep_in_sight(&card);
        }
    });
    let number = whole(index + 1);
    let name = format!("Question {number}");
    let delete = move |_| {
        bench.project.update(|project| project.delete_question(index));
        focus(".questions-pane .pane-head button");
    };
    let text = move || {
        question.with(|question| question.as_ref().map(|question| question.question.clone()).unwrap_or_default())
    };
    view! {
        <li class="question" class:chosen=move || is_chosen.get() aria-current=move || is_chosen.get().then_some("true")
            node_ref=card on:focusin=move |_| choose() on:click=move |_| choose()>
            <div class="question-row">
                <textarea id=format!("question-{index}") rows="1" aria-label=name.clone() placeholder="What is asked?" prop:readOnly=bench.is_locked
                    prop:value=text on:keydown=move |event| leave_with_enter(&event)
                    on:input:target=move |event| {
                        let text = event.target().value();
                        bench.project.update(|project| project.set_question_text(index, &text));
                    }></textarea>
                <button class="button quiet" aria-label=format!("Delete question {number}") title="Delete the question" disabled=bench.is_locked on:click=delete>"×"</button>
            </div>
            <ul class="chips">
                {move || chips.get().into_iter().enumerate().map(|(answer, chip)| view! { <AnswerChip index answer chip /> }).collect_view()}
            </ul>
            <label class="no-answer">
                <input type="checkbox" disabled=bench.is_locked
                    prop:checked=move || question.with(|question| question.as_ref().is_some_and(Question::is_unanswerable))
                    on:change:target=move |event| {
                        let has_none = event.target().checked();
                        bench.project.update(|project| project.set_no_answer(index, has_none));
                    } />
                " No answer"
            </label>
        </li>
    }
}

#[component]
fn AnswerChip(index: usize, answer: usize, chip: Chip) -> impl IntoView {
    let bench = Bench::get();
    let delete = move |_| bench.project.update(|project| project.delete_answer(index, answer));
    let is_bad = chip.finding.is_some();
    let label = format!("Delete answer {}: {}", answer + 1, chip.text);
    view! {
        <li class="chip" class:bad=is_bad>
            <bdi class="chip-text">{chip.text}</bdi>
            <span class="hint">{format!(" at {}", whole(chip.start))}</span>
            <button class="button quiet" aria-label=label title="Delete the answer" disabled=bench.is_locked on:click=delete>"×"</button>
            {chip.finding.map(|finding| view! { <span class="finding">{finding}</span> })}
        </li>
    }
}

/// Enter ends the question and leads on to the text, where its answer is.
fn leave_with_enter(event: &KeyboardEvent) {
    if event.key() == "Enter" && !event.is_composing() && !event.ctrl_key() {
        event.prevent_default();
        focus(".text-pane .context");
    }
}

/// Scrolls the list, and only the list, so that a card is seen whole.
fn keep_in_sight(card: &HtmlElement) {
    let Some(list) =
        card.closest(".questions-pane").ok().flatten().and_then(|list| list.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    let (card, shown) = (card.get_bounding_client_rect(), list.get_bounding_client_rect());
    let beyond = if card.y() < shown.y() { card.y() - shown.y() } else { (card.bottom() - shown.bottom()).max(0.0) };
    list.set_scroll_top(list.scroll_top() + beyond as i32);
}
