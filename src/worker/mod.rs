//! The worker: one binary, two roles. The `data` role reads and checks datasets, the `model` role loads, trains, asks and
//! measures; they live in two workers, so that reading never waits for training.

mod cache;
mod data;
mod evaluate;
mod export;
mod hub;
mod keep;
mod load;
mod model;
mod port;
mod train;

use wasm_bindgen_futures::spawn_local;

use crate::protocol::{Event, PROTOCOL_VERSION};
use port::Port;

#[cfg(feature = "threads")]
pub use wasm_bindgen_rayon::init_thread_pool;

/// Starts the message loop of this worker; `build` and `threads` are what the loader chose. The worker's name is its role.
pub fn start(build: String, threads: usize) {
    console_error_panic_hook::set_once();
    let Some((port, inbox)) = Port::open() else { return };
    port.event(Event::Ready { build, threads });
    if port.role() == "data" {
        spawn_local(data::serve(port, inbox));
    } else {
        spawn_local(model::serve(port, inbox));
    }
}

/// Refuses a request of another version, which this worker might misread.
fn is_foreign(port: &Port, request: &port::Incoming) -> bool {
    let foreign = request.version != PROTOCOL_VERSION;
    if foreign {
        let message = "The page and its worker are of different versions. Reload the page.".to_owned();
        port.last(request.id, Event::Failed { message });
    }
    foreign
}
