//! One tab writes a project: the browser's Web Locks, which end with their tab however it ends.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::window;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::browser::time::sleep_ms;

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

/// Takes a lock; `None` where another tab has it. `on_lost` hears when another tab takes it over. A browser without locks
/// gives every tab one.
async fn take(name: &str, ask: Ask, on_lost: impl FnOnce() + 'static) -> Option<Lock> {
    let manager = Reflect::get(&window().navigator(), &JsValue::from_str("locks")).ok();
    let request = manager.as_ref().and_then(|locks| Reflect::get(locks, &JsValue::from_str("request")).ok());
    let (Some(manager), Some(request)) = (manager, request.and_then(|request| request.dyn_into::<Function>().ok()))
    else {
        return Some(Lock(None));
    };
    let (tell, granted) = oneshot::channel::<Option<Function>>();
    let tell = Rc::new(RefCell::new(Some(tell)));
    let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let mut release = None;
        // The lock is held for as long as this promise is open.
        let held = Promise::new(&mut |resolve, _| release = Some(resolve));
        let is_granted = !lock.is_null() && !lock.is_undefined();
        if let Some(tell) = tell.borrow_mut().take() {
            // Nobody may wait any more; then the lock is let go with the function.
            let _ = tell.send(release.filter(|_| is_granted));
        }
        if is_granted { held.into() } else { JsValue::UNDEFINED }
    });
    let options = Object::new();
    let key = if ask == Ask::TakeOver { "steal" } else { "ifAvailable" };
    // A plain object takes any key.
    let _ = Reflect::set(&options, &JsValue::from_str(key), &JsValue::TRUE);
    let called = request.call3(&manager, &JsValue::from_str(name), &options, &callback);
    let Some(promise) = called.ok().and_then(|called| called.dyn_into::<Promise>().ok()) else {
        return Some(Lock(None));
    };
    spawn_local(async move {
        // Rejected when another tab takes the lock over.
        if JsFuture::from(promise).await.is_err() {
            on_lost();
        }
    });
    granted.await.ok().flatten().map(|release| Lock(Some(release)))
}
