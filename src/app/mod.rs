//! The page: a shell around five views. Views are thin: they show [`crate::state`] and send [`crate::protocol::Command`]s.

pub mod chart;
pub mod client;
pub mod desk;
pub mod download;
pub mod keep;
pub mod picture;
pub mod reader;
pub mod runs;
pub mod shell;
pub mod training;
pub mod views;

use leptos::prelude::*;

use desk::Desk;
use shell::Shell;

/// Mounts the page in place of the static first paint.
pub fn mount() {
    console_error_panic_hook::set_once();
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
    leptos::mount::mount_to_body(App);
}

/// The page.
#[component]
fn App() -> impl IntoView {
    let desk = Desk::start();
    provide_context(desk);
    training::watch(desk);
    runs::watch(desk);
    view! { <Shell /> }
}
