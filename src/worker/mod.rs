//! The workers, one for each role. The `data` role reads and checks datasets, the `model` role loads, trains, asks and measures; they
//! are two binaries, so that reading never waits for training, and no model's worker carries what reads documents.

mod audible;
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

/// Starts the message loop of the model's worker; `build` and `threads` are what the loader chose.
pub fn start(build: String, threads: usize) {
    console_error_panic_hook::set_once();
    let Some((port, inbox)) = Port::open() else { return };
    port.event(Event::Ready { build, threads });
    spawn_local(model::serve(port, inbox));
}

/// The same for the worker that reads files.
pub fn start_reader(build: String, threads: usize) {
    console_error_panic_hook::set_once();
    let Some((port, inbox)) = Port::open() else { return };
    port.event(Event::Ready { build, threads });
    spawn_local(data::serve(port, inbox));
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
