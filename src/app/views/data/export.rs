//! The button that hands the dataset over, and the choice of its form.

use leptos::prelude::*;

use super::bench::{Bench, Notice};
use crate::app::download;
use crate::squad::write::Form;
use crate::state::words::data as words;

/// *Export dataset* writes it as it came; the choice beside it has the other forms.
#[component]
pub fn ExportButton() -> impl IntoView {
    let bench = Bench::get();
    let form = RwSignal::new(Form::default());
    let export = move |_| {
        let handed_over = bench.project.with_untracked(|project| download::dataset(project, form.get_untracked()));
        if let Err(message) = handed_over {
            bench.say(Notice::Failed(format!("The dataset could not be handed over: {message}. Try again.")));
        }
    };
    view! {
        <select class="export-form" aria-label="Form of the export" title=move || words::form_gloss(form.get()) on:change:target=move |event| {
            let index: usize = event.target().value().parse().unwrap_or_default();
            form.set(Form::ALL.get(index).copied().unwrap_or_default());
        }>
            {Form::ALL
                .into_iter()
                .enumerate()
                .map(|(index, form)| view! { <option value=index.to_string()>{words::form(form)}</option> })
                .collect_view()}
        </select>
        <button class="button primary" on:click=export>"Export dataset"</button>
    }
}
