//! The questions of a paragraph.

use leptos::prelude::*;

use super::{Choice, dom};
use crate::app::desk::Desk;
use crate::squad::Question;
use crate::state::project::Place;
use crate::state::words::data as words;

/// Id of a question's text field.
fn field_id(question: usize) -> String {
    format!("question-field-{question}")
}

/// The questions of the chosen paragraph.
#[component]
pub fn Questions(choice: Choice) -> impl IntoView {
    let project = Desk::get().project;
    // Lines are drawn anew where questions come or go, not while one is typed.
    let lines = Memo::new(move |_| {
        let Some(at) = choice.at.get() else { return Vec::new() };
        project.with(|project| {
            let questions = project.paragraph(at).map(|paragraph| paragraph.qas.as_slice()).unwrap_or_default();
            questions.iter().enumerate().map(|(q, question)| (at, q, question.id.clone())).collect::<Vec<_>>()
        })
    });
    let add = move |_| {
        let Some(at) = choice.at.get_untracked() else { return };
        let mut added = None;
        project.update(|project| added = project.add_question(at));
        if let Some(question) = added {
            choice.question.set(question);
            dom::focus_soon(field_id(question));
        }
    };
    view! {
        <section class="card data-questions" aria-label="Questions">
            <h2>"Questions"</h2>
            <Show when=move || lines.with(Vec::is_empty)>
                <p class="hint">{words::NO_QUESTIONS}</p>
            </Show>
            <ul>
                <For each=move || lines.get() key=|(at, q, id)| (at.document, at.paragraph, *q, id.clone()) let((at, q, _))>
                    <Line choice at q />
                </For>
            </ul>
            <div class="row">
                <button class="button" on:click=add>"New question"</button>
            </div>
        </section>
    }
}

/// One question: its text, its answers, whether it has none.
#[component]
fn Line(choice: Choice, at: Place, q: usize) -> impl IntoView {
    let project = Desk::get().project;
    let question = Memo::new(move |_| {
        project.with(|project| {
            project.paragraph(at).and_then(|paragraph| paragraph.qas.get(q)).cloned().unwrap_or_default()
        })
    });
    let text = move || question.with(|question| question.question.clone());
    let unanswerable = move || question.with(Question::is_unanswerable);
    let choose = move || {
        if choice.question.get_untracked() != q {
            choice.question.set(q);
        }
    };
    let delete = move |_| {
        project.update(|project| {
            project.delete_question(at, q);
        });
        choice.question.update(|chosen| {
            if *chosen >= q {
                *chosen = chosen.saturating_sub(1);
            }
        });
    };
    let chips = move || {
        let answers = question.with(|question| question.answers.clone());
        let chip = |(a, answer): (usize, crate::squad::Answer)| {
            let end = answer.answer_start + answer.text.chars().count();
            let delete = move |_| {
                project.update(|project| {
                    project.delete_answer(at, q, a);
                });
            };
            view! {
                <li class="data-chip">
                    <span>{format!("{} · {}–{end}", answer.text, answer.answer_start)}</span>
                    <button aria-label=format!("Delete answer {}", answer.text) on:click=delete>"×"</button>
                </li>
            }
        };
        answers.into_iter().enumerate().map(chip).collect_view()
    };
    let (field, box_id) = (field_id(q), format!("no-answer-{q}"));
    view! {
        <li class="data-question" class:chosen=move || choice.question.get() == q on:focusin=move |_| choose() on:click=move |_| choose()>
            <div class="field">
                <label for=field.clone()>{format!("Question {}", q + 1)}</label>
                <input
                    id=field
                    type="text"
                    prop:value=text
                    on:input:target=move |event| {
                        let typed = event.target().value();
                        project.update(|project| {
                            project.set_question_text(at, q, &typed);
                        });
                    }
                />
            </div>
            <ul class="data-chips">{chips}</ul>
            <div class="row">
                <input
                    id=box_id.clone()
                    type="checkbox"
                    prop:checked=unanswerable
                    on:change:target=move |event| {
                        let checked = event.target().checked();
                        project.update(|project| {
                            project.set_unanswerable(at, q, checked);
                        });
                    }
                />
                <label for=box_id>"No answer"</label>
                <button class="button" aria-label=format!("Delete question {}", q + 1) on:click=delete>"Delete"</button>
            </div>
        </li>
    }
}
