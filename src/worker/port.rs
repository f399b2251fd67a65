//! Messages in and out of the worker.

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::browser::wire;
use crate::protocol::{Command, Event, Reply, Request};

/// A request with its attachments.
pub struct Incoming {
    /// Version of the sender's protocol.
    pub version: u32,
    /// Replies carry it.
    pub id: u32,
    /// What to do.
    pub command: Command,
    /// Files and blobs beside the message.
    pub attachments: Vec<JsValue>,
}

/// Requests in the order of their coming.
pub struct Inbox(UnboundedReceiver<Incoming>);

impl Inbox {
    /// Waits for the next request; `None` when the page is gone.
    pub async fn next(&mut self) -> Option<Incoming> {
        self.0.next().await
    }

    /// The next request, where one has come already.
    pub fn try_next(&mut self) -> Option<Incoming> {
        self.0.try_recv().ok()
    }
}

/// The way out.
#[derive(Clone)]
pub struct Port(DedicatedWorkerGlobalScope);

impl Port {
    /// Takes the worker's messages; `None` outside of a worker.
    pub fn open() -> Option<(Self, Inbox)> {
        let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into().ok()?;
        let (sender, receiver) = unbounded();
        let port = Self(scope.clone());
        let receive = Closure::<dyn FnMut(MessageEvent)>::new({
            let port = port.clone();
            move |event: MessageEvent| port.receive(&event.data(), &sender)
        });
        scope.set_onmessage(Some(receive.as_ref().unchecked_ref()));
        // Listens for as long as the worker lives.
        receive.forget();
        Some((port, Inbox(receiver)))
    }

    fn receive(&self, message: &JsValue, inbox: &UnboundedSender<Incoming>) {
        match wire::unpack::<Request>(message) {
            Ok((Request { version, id, command }, attachments)) => {
                // The receiver lives in the role's loop, which never ends.
                let _ = inbox.unbounded_send(Incoming { version, id, command, attachments });
            }
            Err(message) => self.last(0, Event::Failed { message: format!("a request could not be read: {message}") }),
        }
    }

    /// An event that nobody asked for.
    pub fn event(&self, event: Event) {
        self.post(&Reply { id: 0, event, last: false }, &[]);
    }

    /// A reply that others follow.
    pub fn reply(&self, id: u32, event: Event) {
        self.post(&Reply { id, event, last: false }, &[]);
    }

    /// The last reply to a request.
    pub fn last(&self, id: u32, event: Event) {
        self.post(&Reply { id, event, last: true }, &[]);
    }

    /// The last reply to a request, with attachments.
    pub fn last_with(&self, id: u32, event: Event, attachments: &[JsValue]) {
        self.post(&Reply { id, event, last: true }, attachments);
    }

    fn post(&self, reply: &Reply, attachments: &[JsValue]) {
        let posted = wire::pack(reply, attachments)
            .and_then(|message| self.0.post_message(&message).map_err(|error| crate::browser::error_text(&error)));
        if let Err(error) = posted {
            web_sys::console::error_1(&JsValue::from_str(&error));
        }
    }
}
