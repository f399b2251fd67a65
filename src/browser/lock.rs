//! A lock that one tab of the origin holds at a time (Web Locks); it goes with the tab.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// A lock that is held until this is dropped. Where the browser has no locks, nothing is behind it.
pub struct Lock(Option<Function>);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            // The promise that it resolves cannot refuse.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Takes the lock; `None` where another tab holds it.
pub async fn take(name: &str) -> Option<Lock> {
    match request(name) {
        Ok(answer) => answer.await.unwrap_or(Some(Lock(None))),
        Err(_) => Some(Lock(None)),
    }
}

fn request(name: &str) -> Result<oneshot::Receiver<Option<Lock>>, JsValue> {
    let get = |object: &JsValue, key: &str| Reflect::get(object, &JsValue::from_str(key));
    let locks = get(&get(&js_sys::global(), "navigator")?, "locks")?;
    let request: Function = get(&locks, "request")?.dyn_into()?;
    let options = Object::new();
    Reflect::set(&options, &JsValue::from_str("ifAvailable"), &JsValue::TRUE)?;
    let (sender, receiver) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let answer = |lock| {
            if let Some(sender) = sender.borrow_mut().take() {
                // Whoever asked may be gone: the lock is then given back at once.
                let _ = sender.send(lock);
            }
        };
        if lock.is_null() {
            answer(None);
            return JsValue::UNDEFINED;
        }
        Promise::new(&mut |release, _| answer(Some(Lock(Some(release))))).into()
    });
    request.call3(&locks, &JsValue::from_str(name), &options, &granted)?;
    Ok(receiver)
}
