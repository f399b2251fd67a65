//! The browser's own selection in the text, counted in UTF-16 units of the text.

use js_sys::Object;
use leptos::prelude::window;
use web_sys::{DomRect, Node, Range, Selection};

/// The window's selection.
pub fn current() -> Option<Selection> {
    window().get_selection().ok().flatten()
}

/// UTF-16 units of the text nodes in a range: a range's string is nothing but their text, joined.
fn length(range: &Range) -> usize {
    Object::to_string(range).length() as usize
}

/// Units of text before a place in the region.
fn before(region: &Node, node: &Node, offset: u32) -> Option<usize> {
    let range = Range::new().ok()?;
    range.set_start(region, 0).ok()?;
    range.set_end(node, offset).ok()?;
    Some(length(&range))
}

/// First and last unit of what is selected in the region, the same twice for a caret; `None` where nothing in it is. What
/// reaches out of the region, as a triple click does, is cut off at its edge.
pub fn units(region: &Node) -> Option<(usize, usize)> {
    let selection = current().filter(|selection| selection.range_count() > 0)?;
    let range = selection.get_range_at(0).ok()?;
    let whole = Range::new().ok()?;
    whole.select_node_contents(region).ok()?;
    let (start_node, start_offset) = (range.start_container().ok()?, range.start_offset().ok()?);
    let (end_node, end_offset) = (range.end_container().ok()?, range.end_offset().ok()?);
    let start = match whole.compare_point(&start_node, start_offset).ok()? {
        0 => before(region, &start_node, start_offset)?,
        side if side < 0 => 0,
        _ => return None,
    };
    let end = match whole.compare_point(&end_node, end_offset).ok()? {
        0 => before(region, &end_node, end_offset)?,
        side if side > 0 => length(&whole),
        _ => return None,
    };
    Some((start, end))
}

/// A step of the caret.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// `left`, `right`, `forward` or `backward`.
    pub direction: &'static str,
    /// `character`, `word`, `line` or `lineboundary`.
    pub by: &'static str,
}

/// Moves the caret in the region, or extends the selection; begins at the start where the caret is elsewhere.
pub fn step(region: &Node, step: Step, extends: bool) {
    let Some(selection) = current() else { return };
    if units(region).is_none() && selection.collapse_with_offset(Some(region), 0).is_err() {
        return;
    }
    let was = (selection.anchor_node(), selection.anchor_offset(), selection.focus_node(), selection.focus_offset());
    // A browser without this leaves the caret where it is; the mouse still selects.
    let _ = selection.modify(if extends { "extend" } else { "move" }, step.direction, step.by);
    if !region.contains(selection.focus_node().as_ref())
        && let (Some(anchor), anchor_offset, Some(focus), focus_offset) = was
    {
        // The text ends here: back to where it was.
        let _ = selection.set_base_and_extent(&anchor, anchor_offset, &focus, focus_offset);
    }
}

/// Puts the caret at an end of the region, or extends the selection to it.
pub fn to_end(region: &Node, forward: bool, extends: bool) {
    let Some(selection) = current() else { return };
    let offset = if forward { region.child_nodes().length() } else { 0 };
    // Both fail only for nodes that are not in the page.
    let _ = if extends && units(region).is_some() {
        selection.extend_with_offset(region, offset)
    } else {
        selection.collapse_with_offset(Some(region), offset)
    };
}

/// Selects the whole text.
pub fn all(region: &Node) {
    if let Some(selection) = current() {
        // Fails only for a node that is not in the page.
        let _ = selection.select_all_children(region);
    }
}

/// Where the moving end of the selection is on the screen.
pub fn focus_rect() -> Option<DomRect> {
    let selection = current()?;
    let range = Range::new().ok()?;
    range.set_start(&selection.focus_node()?, selection.focus_offset()).ok()?;
    range.collapse_with_to_start(true);
    let rect = range.get_bounding_client_rect();
    (rect.height() > 0.0).then_some(rect)
}
