//! The loss of a run as a chart: drawn at most once a frame, read with the pointer or the arrow keys.

use leptos::prelude::*;
use leptos::{ev, html};
use web_sys::{KeyboardEvent, PointerEvent};

use super::download;
use crate::state::chart::series::spread;
use crate::state::chart::{LossChart, Size, Tick};
use crate::state::format::whole;
use crate::state::run::Run;
use crate::state::words::train as words;

/// Height of the drawing, in pixels; its width is that of the page's column.
const HEIGHT: f64 = 250.0;
/// Most rows of the table behind the chart.
const ROWS: usize = 300;
/// Steps that the page keys jump.
const PAGE: usize = 10;

/// What the chart's parts share.
#[derive(Clone, Copy)]
struct Parts {
    run: RwSignal<Run>,
    /// Counts drawn frames: what is drawn follows it instead of the run, which may move on many times a frame.
    frame: RwSignal<usize>,
    width: RwSignal<f64>,
    cursor: RwSignal<Option<usize>>,
    holder: NodeRef<html::Div>,
    chart: Memo<LossChart>,
}

impl Parts {
    fn new(run: RwSignal<Run>) -> Self {
        let (frame, width) = (RwSignal::new(0), RwSignal::new(640.0));
        let chart = Memo::new(move |_| {
            frame.track();
            run.with_untracked(|run| {
                // The axis of a run that ended is as long as what was made of it.
                let total = if run.is_active() { run.steps_total() } else { 0 };
                LossChart::new(&run.steps, total, Size { width: width.get_untracked(), height: HEIGHT })
            })
        });
        Self { run, frame, width, cursor: RwSignal::new(None), holder: NodeRef::new(), chart }
    }

    /// Asks for a new drawing with the next frame, once.
    fn follow(self) {
        let is_waiting = StoredValue::new(false);
        let redraw = move || {
            if is_waiting.get_value() {
                return;
            }
            is_waiting.set_value(true);
            request_animation_frame(move || {
                // The view may be gone by now.
                if is_waiting.try_update_value(|waits| *waits = false).is_some() {
                    if let Some(Some(holder)) = self.holder.try_get_untracked() {
                        self.width.set(f64::from(holder.client_width()).max(200.0));
                    }
                    self.frame.update(|frame| *frame += 1);
                }
            });
        };
        Effect::new(move |_| {
            self.run.track();
            redraw();
        });
        let resized = window_event_listener(ev::resize, move |_| redraw());
        on_cleanup(move || resized.remove());
    }

    /// What the cursor points at, in words.
    fn readout(self) -> Option<String> {
        let index = self.cursor.get()?;
        self.chart.with(|chart| {
            let smoothed = chart.smoothed.get(index).copied()?;
            self.run.with_untracked(|run| run.steps.get(index).map(|report| words::step(report, smoothed)))
        })
    }

    fn point_at(self, event: &PointerEvent) {
        if let Some(holder) = self.holder.get_untracked() {
            let left = holder.get_bounding_client_rect().left();
            self.cursor.set(self.chart.with_untracked(|chart| chart.nearest(f64::from(event.client_x()) - left)));
        }
    }

    /// The pointer is gone; the keys keep their place.
    fn unpoint(self) {
        let holder = self.holder.get_untracked();
        let focused = document().active_element();
        if holder.is_none_or(|holder| focused.as_ref() != Some(holder.as_ref())) {
            self.cursor.set(None);
        }
    }

    fn key(self, event: &KeyboardEvent) {
        let Some(last) = self.chart.with_untracked(|chart| chart.smoothed.len().checked_sub(1)) else {
            return;
        };
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let at = self.cursor.get_untracked();
        let from = at.unwrap_or(last);
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => from.saturating_sub(1),
            "ArrowRight" | "ArrowUp" => at.map_or(last, |at| at + 1),
            "PageDown" => from.saturating_sub(PAGE),
            "PageUp" => from + PAGE,
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        self.cursor.set(Some(to.min(last)));
    }
}

/// The chart, its legend, the line that reads it out, and the table behind it.
#[component]
pub fn LossChartView(
    /// The run that is drawn.
    run: RwSignal<Run>,
) -> impl IntoView {
    let parts = Parts::new(run);
    parts.follow();
    let steps = move || parts.chart.with(|chart| chart.smoothed.len());
    let now = move || parts.cursor.get().map_or_else(steps, |index| index + 1).min(steps());
    let said = move || parts.readout().unwrap_or_else(|| words::CHART_EMPTY.to_owned());
    let readout = move || parts.readout().unwrap_or_else(|| words::CHART_KEYS.to_owned());
    view! {
        <figure class="chart">
            <figcaption class="chart-legend">
                <span class="legend-thin">{words::LEGEND_THIN}</span>
                <span class="legend-thick">{words::LEGEND_THICK}</span>
            </figcaption>
            <div
                class="chart-plot"
                node_ref=parts.holder
                role="slider"
                tabindex="0"
                aria-label=words::CHART
                aria-orientation="horizontal"
                aria-valuemin=move || usize::from(steps() > 0).to_string()
                aria-valuemax=move || steps().to_string()
                aria-valuenow=move || now().to_string()
                aria-valuetext=said
                on:pointermove=move |event| parts.point_at(&event)
                on:pointerdown=move |event| parts.point_at(&event)
                on:pointerleave=move |_| parts.unpoint()
                on:blur=move |_| parts.cursor.set(None)
                on:keydown=move |event| parts.key(&event)
            >
                {drawing(parts)}
                <p class="chart-empty" hidden=move || { steps() > 0 }>{words::CHART_EMPTY}</p>
            </div>
            <p class="chart-readout hint">{readout}</p>
        </figure>
        {table(parts)}
    }
}

fn drawing(parts: Parts) -> impl IntoView {
    let chart = parts.chart;
    let view_box = move || chart.with(|chart| format!("0 0 {} {}", chart.size.width, chart.size.height));
    let axes = move || chart.with(axes);
    let cursor = move || {
        let index = parts.cursor.get()?;
        chart.with(|chart| {
            let report = parts.run.with_untracked(|run| run.steps.get(index).cloned())?;
            let (x, y) = chart.pixel(report.step, report.loss);
            let (_, smoothed) = chart.pixel(report.step, *chart.smoothed.get(index)?);
            let [_, top, _, bottom] = chart.plot().map(text);
            Some(view! {
                <line class="chart-cursor" x1=text(x) x2=text(x) y1=top y2=bottom></line>
                <circle class="chart-dot-thin" cx=text(x) cy=text(y) r="3"></circle>
                <circle class="chart-dot" cx=text(x) cy=text(smoothed) r="4"></circle>
            })
        })
    };
    view! {
        <svg viewBox=view_box height=text(HEIGHT) aria-hidden="true">
            {axes}
            <path class="chart-thin" d=move || chart.with(|chart| chart.thin.clone())></path>
            <path class="chart-thick" d=move || chart.with(|chart| chart.thick.clone())></path>
            {cursor}
        </svg>
    }
}

/// Grid, numbers and names of both axes.
fn axes(chart: &LossChart) -> impl IntoView + use<> {
    let [left, top, right, bottom] = chart.plot();
    let across = |tick: &Tick| {
        view! {
            <line class="chart-grid" x1=text(left) x2=text(right) y1=text(tick.at) y2=text(tick.at)></line>
            <text class="chart-number end" x=text(left - 6.0) y=text(tick.at + 4.0)>{tick.label.clone()}</text>
        }
    };
    let along = |tick: &Tick| {
        view! {
            <line class="chart-tick" x1=text(tick.at) x2=text(tick.at) y1=text(bottom) y2=text(bottom + 4.0)></line>
            <text class="chart-number middle" x=text(tick.at) y=text(bottom + 17.0)>{tick.label.clone()}</text>
        }
    };
    let middle = f64::midpoint(left, right);
    let turned = format!("rotate(-90 10 {})", f64::midpoint(top, bottom));
    view! {
        {chart.y_ticks.iter().map(across).collect_view()}
        {chart.x_ticks.iter().map(along).collect_view()}
        <line class="chart-axis" x1=text(left) x2=text(right) y1=text(bottom) y2=text(bottom)></line>
        <text class="chart-name middle" x=text(middle) y=text(bottom + 34.0)>"step"</text>
        <text class="chart-name middle" x="10" y=text(f64::midpoint(top, bottom)) transform=turned>"loss"</text>
    }
}

/// A pixel as an attribute.
fn text(pixel: f64) -> String {
    format!("{pixel:.1}")
}

fn table(parts: Parts) -> impl IntoView {
    let (is_open, details) = (RwSignal::new(false), NodeRef::<html::Details>::new());
    let failure = RwSignal::new(None::<String>);
    let toggle = move |_| is_open.set(details.get_untracked().is_some_and(|details| details.open()));
    let save = move |_| {
        let text = parts.run.with_untracked(Run::to_csv);
        failure.set(download::text("training-steps.csv", "text/csv", &text).err());
    };
    let body = move || {
        is_open.get().then(|| {
            parts.frame.track();
            rows(parts)
        })
    };
    view! {
        <details class="chart-table" node_ref=details on:toggle=toggle>
            <summary>{words::TABLE}</summary>
            <div class="row">
                <button type="button" class="button" on:click=save>{words::SAVE_TABLE}</button>
                <span class="error" role="alert">{move || failure.get()}</span>
            </div>
            {body}
        </details>
    }
}

fn rows(parts: Parts) -> impl IntoView {
    let (lines, caption) = parts.run.with_untracked(|run| {
        let (indices, every) = spread(run.steps.len(), ROWS);
        let lines = indices.into_iter().filter_map(|index| {
            let report = run.steps.get(index)?;
            let smoothed = parts.chart.with_untracked(|chart| chart.smoothed.get(index).copied()).unwrap_or(f64::NAN);
            Some(view! {
                <tr>
                    <td>{whole(report.step)}</td>
                    <td>{format!("{:.2}", report.epoch)}</td>
                    <td>{words::loss(report.loss)}</td>
                    <td>{words::loss(smoothed)}</td>
                    <td>{format!("{:.2e}", report.learning_rate)}</td>
                    <td>{format!("{:.2}", report.grad_norm)}</td>
                    <td>{whole(report.tokens_per_second.round() as usize)}</td>
                </tr>
            })
        });
        (lines.collect_view(), words::table_caption(run.steps.len(), every))
    });
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label=words::TABLE>
            <table class="numbers">
                <caption>{caption}</caption>
                <thead>
                    <tr>{words::TABLE_COLUMNS.map(|name| view! { <th scope="col">{name}</th> })}</tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
    }
}
