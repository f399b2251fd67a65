//! Locks that one tab of the origin holds at a time (Web Locks); they end with their tab, however it ends.

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::time::sleep_ms;

/// How often a lock is asked for, and the milliseconds between.
const TRIES: usize = 6;
const PAUSE_MS: i32 = 100;

/// How a lock is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Only if no other tab has it.
    IfFree,
    /// From whoever has it.
    TakeOver,
}

/// A lock that is held; released when dropped.
#[derive(Debug)]
pub struct Lock(Option<Function>);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            // It only resolves a promise.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Tries until a lock is free, and a little longer: a tab that was just closed or loaded again may not have let go yet.
pub async fn take_patiently(name: &str, ask: Ask, on_lost: impl FnOnce() + Clone + 'static) -> Option<Lock> {
    for _ in 0..TRIES {
        let lock = take(name, ask, on_lost.clone()).await;
        if lock.is_some() {
            return lock;
        }
        sleep_ms(PAUSE_MS).await;
    }
    None
}

/// Takes a lock; `None` where another tab has it. `on_lost` hears when another tab takes it over. A browser without locks, or that
/// refuses them, gives every tab one.
pub async fn take(name: &str, ask: Ask, on_lost: impl FnOnce() + 'static) -> Option<Lock> {
    match request(name, ask, on_lost) {
        Ok(answer) => answer.await.unwrap_or(Some(Lock(None))),
        Err(_) => Some(Lock(None)),
    }
}

fn request(name: &str, ask: Ask, on_lost: impl FnOnce() + 'static) -> Result<oneshot::Receiver<Option<Lock>>, JsValue> {
    let get = |object: &JsValue, key: &str| Reflect::get(object, &JsValue::from_str(key));
    let locks = get(&get(&js_sys::global(), "navigator")?, "locks")?;
    let request: Function = get(&locks, "request")?.dyn_into()?;
    let options = Object::new();
    let key = if ask == Ask::TakeOver { "steal" } else { "ifAvailable" };
    Reflect::set(&options, &JsValue::from_str(key), &JsValue::TRUE)?;
    let (sender, receiver) = oneshot::channel();
    let sender = Rc::new(Cell::new(Some(sender)));
    let answer = move |sender: &Cell<Option<oneshot::Sender<_>>>, lock: Option<Lock>| {
        sender.take().is_some_and(|sender| {
            // Whoever asked may be gone: the lock is then given back at once.
            let _ = sender.send(lock);
            true
        })
    };
    let asked = sender.clone();
    let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        if lock.is_null() {
            answer(&asked, None);
            return JsValue::UNDEFINED;
        }
        // The lock is held for as long as this promise is open.
        Promise::new(&mut |release, _| {
            answer(&asked, Some(Lock(Some(release))));
        })
        .into()
    });
    let held: Promise = request.call3(&locks, &JsValue::from_str(name), &options, &granted)?.dyn_into()?;
    spawn_local(async move {
        // Rejected when another tab takes the lock over, and where the browser allows this page no locks.
        if JsFuture::from(held).await.is_err() && !answer(&sender, Some(Lock(None))) {
            on_lost();
        }
    });
    Ok(receiver)
}
