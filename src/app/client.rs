//! The page's end of a worker: picks a build, starts it, sends commands and hands replies to whoever asked.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Reflect, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::browser::{error_text, wire};
use crate::protocol::{Command, Event, PROTOCOL_VERSION, Reply, Request};
use crate::state::model::WorkerState;

/// Most threads of a pool: beyond it small models gain nothing, and each thread costs memory.
const THREADS_MAX: u32 = 8;

/// Takes a reply: the event, its attachments, and whether it is the last.
pub type Handler = Box<dyn FnMut(Event, Vec<JsValue>, bool)>;

type Listener = Closure<dyn FnMut(JsValue)>;

/// Hears why a worker died.
type OnLost = Rc<dyn Fn(&str)>;

/// A worker in one role.
#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    role: &'static str,
    worker: RefCell<Option<Worker>>,
    /// Builds that are left to try, the best last.
    builds: RefCell<Vec<&'static str>>,
    /// The build that runs, or that is being started.
    current: Cell<&'static str>,
    is_ready: Cell<bool>,
    /// Whether the worker died and the next is being started.
    is_restarting: Cell<bool>,
    /// When the worker was heard last.
    heard_ms: Cell<f64>,
    /// Whether it said then that it would be silent.
    is_quiet: Cell<bool>,
    /// Hears why a worker died, once the next is being started.
    on_lost: RefCell<Option<OnLost>>,
    /// Messages that wait until the worker is ready.
    waiting: RefCell<Vec<JsValue>>,
    handlers: RefCell<HashMap<u32, Handler>>,
    next_id: Cell<u32>,
    on_state: Box<dyn Fn(WorkerState)>,
    listeners: RefCell<Vec<Listener>>,
}

impl Client {
    /// Starts a worker in the `data` or the `model` role. `builds` are tried in turn from the last, until one starts;
    /// `on_state` hears of it.
    pub fn start(role: &'static str, builds: Vec<&'static str>, on_state: impl Fn(WorkerState) + 'static) -> Self {
        let inner = Inner {
            role,
            worker: RefCell::new(None),
            builds: RefCell::new(builds),
            current: Cell::new("baseline"),
            is_ready: Cell::new(false),
            is_restarting: Cell::new(false),
            heard_ms: Cell::new(0.0),
            is_quiet: Cell::new(false),
            on_lost: RefCell::new(None),
            waiting: RefCell::new(Vec::new()),
            handlers: RefCell::new(HashMap::new()),
            next_id: Cell::new(1),
            on_state: Box::new(on_state),
            listeners: RefCell::new(Vec::new()),
        };
        let client = Self(Rc::new(inner));
        client.next_build("no build of the worker is left to try");
        client
    }

    /// Has a worker that dies replaced by another; `on_lost` hears why it died.
    pub fn replace_lost(&self, on_lost: impl Fn(&str) + 'static) {
        *self.0.on_lost.borrow_mut() = Some(Rc::new(on_lost));
    }

    /// Whether the worker died and the next is not ready yet.
    pub fn is_restarting(&self) -> bool {
        self.0.is_restarting.get()
    }

    /// Milliseconds since the worker was heard.
    pub fn silence_ms(&self) -> f64 {
        js_sys::Date::now() - self.0.heard_ms.get()
    }

    /// Whether the worker said that it would be silent, and nothing since.
    pub fn is_quiet(&self) -> bool {
        self.0.is_quiet.get()
    }

    /// Counts its silence from now on.
    pub fn listen_anew(&self) {
        self.0.heard_ms.set(js_sys::Date::now());
    }

    /// Ends what the worker does, and the worker; one that is only being started has done nothing, and goes on.
    pub fn end(&self, why: &str) {
        if self.0.is_ready.get() || self.0.worker.borrow().is_none() {
            self.died(why);
        } else {
            self.tell_all(&format!("It was not begun ({why})."));
        }
    }

    /// Sends a command; `on_event` hears its replies, the last one included. Returns the request's number.
    pub fn send(
        &self,
        command: Command,
        attachments: &[JsValue],
        mut on_event: impl FnMut(Event, Vec<JsValue>, bool) + 'static,
    ) -> u32 {
        let id = self.0.next_id.get();
        self.0.next_id.set(id + 1);
        if self.0.worker.borrow().is_none() && !self.is_restarting() {
            let message = "The worker does not run. Reload the page; what you marked is kept.".to_owned();
            on_event(Event::Failed { message }, Vec::new(), true);
            return id;
        }
        let request = Request { version: PROTOCOL_VERSION, id, command };
        match wire::pack(&request, attachments) {
            Ok(message) => {
                self.0.handlers.borrow_mut().insert(id, Box::new(on_event));
                if self.0.is_ready.get() {
                    self.post(&message);
                } else {
                    self.0.waiting.borrow_mut().push(message);
                }
            }
            Err(message) => on_event(Event::Failed { message }, Vec::new(), true),
        }
        id
    }

    fn post(&self, message: &JsValue) {
        if let Some(worker) = &*self.0.worker.borrow()
            && let Err(error) = worker.post_message(message)
        {
            self.died(&error_text(&error));
        }
    }

    /// Starts the next build; where none is left, tells why the last one failed.
    fn next_build(&self, why: &str) {
        if let Some(worker) = self.0.worker.take() {
            worker.terminate();
        }
        self.0.is_ready.set(false);
        let Some(build) = self.0.builds.borrow_mut().pop() else {
            self.died(why);
            return;
        };
        self.0.current.set(build);
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(self.0.role);
        let address = format!("./worker-loader.js?build={build}&threads={}", threads());
        match Worker::new_with_options(&address, &options) {
            Ok(worker) => {
                self.listen(&worker);
                *self.0.worker.borrow_mut() = Some(worker);
            }
            Err(error) => self.next_build(&error_text(&error)),
        }
    }

    fn listen(&self, worker: &Worker) {
        let client = self.clone();
        let on_message = Listener::new(move |event: JsValue| {
            if let Ok(event) = event.dyn_into::<MessageEvent>() {
                client.receive(&event.data());
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let client = self.clone();
        let on_error = Listener::new(move |event: JsValue| {
            let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
            client.came_apart(&message);
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        // Listeners of builds that failed stay until the page goes: one of them may be running right now.
        self.0.listeners.borrow_mut().extend([on_message, on_error]);
    }

    fn receive(&self, message: &JsValue) {
        self.listen_anew();
        let failed = Reflect::get(message, &JsValue::from_str("failed")).ok().and_then(|failed| failed.as_string());
        if let Some(why) = failed {
            self.came_apart(&why);
            return;
        }
        match wire::unpack::<Reply>(message) {
            Ok((Reply { event: Event::Ready { build, threads }, .. }, _)) => {
                self.0.is_ready.set(true);
                self.0.is_restarting.set(false);
                (self.0.on_state)(WorkerState::Ready { build, threads });
                let waiting = self.0.waiting.take();
                waiting.iter().for_each(|message| self.post(message));
            }
            Ok((reply, attachments)) => {
                self.0.is_quiet.set(matches!(reply.event, Event::Quiet));
                self.reply(reply, attachments);
            }
            Err(message) => self.died(&format!("a reply could not be read: {message}")),
        }
    }

    /// A worker that had started is started again; before that, another build may do better.
    fn came_apart(&self, why: &str) {
        if self.0.is_ready.get() {
            self.died(&format!("it came apart: {why}"));
        } else {
            self.next_build(why);
        }
    }

    /// Hands a reply to whoever asked; a handler may itself send.
    fn reply(&self, reply: Reply, attachments: Vec<JsValue>) {
        let handler = self.0.handlers.borrow_mut().remove(&reply.id);
        if let Some(mut handler) = handler {
            handler(reply.event, attachments, reply.last);
            if !reply.last {
                self.0.handlers.borrow_mut().insert(reply.id, handler);
            }
        }
    }

    /// Tells everybody who waits that no reply will come. What was not sent yet was meant for this worker.
    fn tell_all(&self, message: &str) {
        self.0.waiting.borrow_mut().clear();
        let handlers = self.0.handlers.take();
        for mut handler in handlers.into_values() {
            handler(Event::Failed { message: message.to_owned() }, Vec::new(), true);
        }
    }

    /// Ends the worker, and starts another where it ran.
    fn died(&self, why: &str) {
        // A worker that never ran is not started again: it would fail again.
        let on_lost = if self.0.is_ready.get() { self.0.on_lost.borrow().clone() } else { None };
        self.0.is_ready.set(false);
        if let Some(worker) = self.0.worker.take() {
            worker.terminate();
        }
        let message = match on_lost {
            Some(_) => format!("The worker stopped working ({why}) and is started again. Try once more."),
            None => format!("The worker stopped working ({why}). Reload the page; what you marked is kept."),
        };
        self.0.is_restarting.set(on_lost.is_some());
        (self.0.on_state)(match on_lost {
            Some(_) => WorkerState::Starting,
            None => WorkerState::Failed { message: message.clone() },
        });
        self.tell_all(&message);
        if let Some(on_lost) = on_lost {
            self.0.builds.borrow_mut().push(self.0.current.get());
            self.next_build(why);
            on_lost(why);
        }
    }
}

/// Builds that this browser can run, the best last; `?build=` in the page's address asks for one of them.
pub fn runnable_builds() -> Vec<&'static str> {
    let mut builds = vec!["baseline"];
    if is_isolated() {
        builds.push("threads");
        if has_relaxed_simd() {
            builds.push("fast");
        }
    }
    let address = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    let wanted = builds.iter().position(|build| address.contains(&format!("build={build}")));
    if let Some(wanted) = wanted {
        builds.truncate(wanted + 1);
    }
    builds
}

/// Whether memory can be shared with threads: the host must send the isolation headers.
fn is_isolated() -> bool {
    Reflect::get(&js_sys::global(), &JsValue::from_str("crossOriginIsolated")).is_ok_and(|value| value.is_truthy())
}

/// Whether the browser takes a module with a relaxed SIMD instruction (`i8x16.relaxed_swizzle`).
fn has_relaxed_simd() -> bool {
    const MODULE: [u8; 36] = [
        0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version 1
        0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, // one type: () -> v128
        0x03, 0x02, 0x01, 0x00, // one function of it
        0x0a, 0x0f, 0x01, 0x0d, 0x00, // one body, no locals
        0x41, 0x01, 0xfd, 0x0f, 0x41, 0x02, 0xfd, 0x0f, 0xfd, 0x80, 0x02, 0x0b,
    ];
    WebAssembly::validate(&Uint8Array::from(MODULE.as_slice())).unwrap_or(false)
}

fn threads() -> u32 {
    let cores = web_sys::window().map_or(1.0, |window| window.navigator().hardware_concurrency());
    (cores as u32).clamp(1, THREADS_MAX)
}
