//! The shell: rail, top bar, and the view that the address names.

use leptos::ev;
use leptos::prelude::*;

use super::desk::Desk;
use super::views;
use crate::state::route::Route;

/// Rail, top bar and view.
#[component]
pub fn Shell() -> impl IntoView {
    let desk = Desk::get();
    let follow = move || desk.route.set(Route::from_hash(&window().location().hash().unwrap_or_default()));
    follow();
    let _ = window_event_listener(ev::hashchange, move |_| follow());
    let current = move || match desk.route.get() {
        Route::Data => views::data::DataView().into_any(),
        Route::Train => views::train::TrainView().into_any(),
        Route::Ask => views::ask::AskView().into_any(),
        Route::Evaluate => views::evaluate::EvaluateView().into_any(),
        Route::Export => views::export::ExportView().into_any(),
    };
    let link = move |route: Route| {
        let here = move || (desk.route.get() == route).then_some("page");
        view! { <li><a href=route.hash() aria-current=here>{route.label()}</a></li> }
    };
    view! {
        <nav aria-label="Views"><ul>{Route::ALL.map(link)}</ul></nav>
        <main>{current}</main>
    }
}
