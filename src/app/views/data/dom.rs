//! Files, selections and focus.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, File, HtmlElement, HtmlInputElement, Node, Selection};

/// The files of an input; afterwards the input is empty, so that the same file can be chosen again.
pub fn take_files(input: &HtmlInputElement) -> Vec<File> {
    let files = input.files().map(|list| (0..list.length()).filter_map(|i| list.get(i)).collect()).unwrap_or_default();
    input.set_value("");
    files
}

/// What is selected in the page.
pub fn selection() -> Option<Selection> {
    window().get_selection().ok().flatten()
}

/// The selection in an element as UTF-16 units of its text; `None` where it is elsewhere.
pub fn selected_units(container: &Element) -> Option<(usize, usize)> {
    let selection = selection()?;
    if selection.range_count() == 0 {
        return None;
    }
    let range = selection.get_range_at(0).ok()?;
    let (start, end) = (range.start_container().ok()?, range.end_container().ok()?);
    if !container.contains(Some(&start)) || !container.contains(Some(&end)) {
        return None;
    }
    let before = document().create_range().ok()?;
    before.set_start(container, 0).ok()?;
    before.set_end(&start, range.start_offset().ok()?).ok()?;
    let units = |range: &web_sys::Range| String::from(range.to_string()).encode_utf16().count();
    let from = units(&before);
    Some((from, from + units(&range)))
}

/// Puts the caret before a UTF-16 unit of an element's text.
pub fn place_caret(container: &Element, unit: usize) {
    let mut left = unit;
    if let (Some(selection), Some((node, at))) = (selection(), find(container, &mut left)) {
        let _ = selection.collapse_with_offset(Some(&node), at as u32);
    }
}

/// The text node that holds a unit, and the unit's place in it.
fn find(node: &Node, left: &mut usize) -> Option<(Node, usize)> {
    if node.node_type() == Node::TEXT_NODE {
        let length = node.node_value().unwrap_or_default().encode_utf16().count();
        if *left <= length && length > 0 {
            return Some((node.clone(), *left));
        }
        *left = left.saturating_sub(length);
        return None;
    }
    let mut child = node.first_child();
    while let Some(current) = child {
        if let Some(found) = find(&current, left) {
            return Some(found);
        }
        child = current.next_sibling();
    }
    None
}

/// Moves the caret, or the selection's end, by a character or a word.
pub fn move_caret(extend: bool, direction: &str, granularity: &str) {
    if let Some(selection) = selection() {
        let _ = selection.modify(if extend { "extend" } else { "move" }, direction, granularity);
    }
}

/// Focuses the element of that id once the page shows it.
pub fn focus_soon(id: String) {
    leptos::task::spawn_local(async move {
        leptos::task::tick().await;
        if let Some(element) = document().get_element_by_id(&id)
            && let Ok(element) = element.dyn_into::<HtmlElement>()
        {
            let _ = element.focus();
        }
    });
}

/// Bytes of a file beside the page, in the browser's memory.
///
/// # Errors
/// Where it cannot be fetched: why.
pub async fn fetch_bytes(url: &str) -> Result<JsValue, String> {
    use wasm_bindgen_futures::JsFuture;
    let why = |error: JsValue| crate::browser::error_text(&error);
    let response = JsFuture::from(window().fetch_with_str(url)).await.map_err(why)?;
    let response: web_sys::Response = response.dyn_into().map_err(why)?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    JsFuture::from(response.array_buffer().map_err(why)?).await.map_err(why)
}
