//! A run as a chart: drawn at most once a frame, read with the pointer or the arrow keys.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::{ev, html};
use web_sys::{KeyboardEvent, PointerEvent};

use super::{download, picture};
use crate::state::chart::series::spread;
use crate::state::chart::svg::{Captions, svg};
use crate::state::chart::{Chart, Curve, Quantity, Size, Tick};
use crate::state::format::whole;
use crate::state::run::Run;
use crate::state::run::history::PastRun;
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
    quantity: RwSignal<Quantity>,
    compared: Memo<Vec<PastRun>>,
    /// The thin line and the thick one.
    lines: Memo<[Curve; 2]>,
    chart: Memo<Chart>,
}

impl Parts {
    fn new(run: RwSignal<Run>, compared: Memo<Vec<PastRun>>) -> Self {
        let (frame, width) = (RwSignal::new(0), RwSignal::new(640.0));
        let (quantity, cursor) = (RwSignal::new(Quantity::default()), RwSignal::new(None));
        let lines = Memo::new(move |_| {
            frame.track();
            let quantity = quantity.get();
            run.with_untracked(|run| quantity.lines(run))
        });
        let chart = Memo::new(move |_| {
            frame.track();
            let quantity = quantity.get();
            // The axis of a run that ended is as long as what was made of it.
            let total = run.with_untracked(|run| if run.is_active() { run.steps_total() } else { 0 });
            let others = compared.with(|runs| runs.iter().map(|past| quantity.line_of(past)).collect::<Vec<_>>());
            lines.with(|lines| {
                let curves: Vec<&Curve> = lines.iter().chain(&others).collect();
                Chart::new(&curves, total, quantity.highest(), Size { width: width.get_untracked(), height: HEIGHT })
            })
        });
        Self { run, frame, width, cursor, holder: NodeRef::new(), quantity, compared, lines, chart }
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
        let smoothed = self.lines.with(|[_, thick]| thick.get(index).map(|(_, value)| *value))?;
        let quantity = self.quantity.get();
        self.run.with_untracked(|run| match quantity {
            Quantity::Evaluation => run.measurements.get(index).map(words::log_measured),
            _ => run.steps.get(index).map(|report| words::step(report, quantity, smoothed)),
        })
    }

    /// Points that the cursor goes to.
    fn len(self) -> usize {
        self.chart.with(|chart| chart.steps.len())
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
        let Some(last) = self.chart.with_untracked(|chart| chart.steps.len().checked_sub(1)) else {
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
pub fn RunChart(
    /// The run that is drawn.
    run: RwSignal<Run>,
    /// Earlier runs that are drawn beside it.
    compared: Memo<Vec<PastRun>>,
) -> impl IntoView {
    let parts = Parts::new(run, compared);
    parts.follow();
    let steps = move || parts.len();
    let now = move || parts.cursor.get().map_or_else(steps, |index| index + 1).min(steps());
    let empty = move || words::chart_empty(parts.quantity.get());
    let said = move || parts.readout().unwrap_or_else(|| empty().to_owned());
    let readout = move || parts.readout().unwrap_or_else(|| words::CHART_KEYS.to_owned());
    view! {
        <figure class="chart">
            <figcaption class="chart-legend">{choice(parts)} {legend(parts)}</figcaption>
            <div
                class="chart-plot"
                node_ref=parts.holder
                role="slider"
                tabindex="0"
                aria-label=move || words::chart(parts.quantity.get())
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
                <p class="chart-empty" hidden=move || { steps() > 0 }>{empty}</p>
            </div>
            <p class="chart-readout hint">{readout}</p>
        </figure>
        {table(parts)}
    }
}

/// What is drawn.
fn choice(parts: Parts) -> impl IntoView {
    let choose = move |event| {
        let chosen = event_target_value(&event).parse().ok().and_then(|index: usize| Quantity::ALL.get(index));
        if let Some(quantity) = chosen {
            parts.cursor.set(None);
            parts.quantity.set(*quantity);
        }
    };
    let option = |(index, quantity): (usize, &Quantity)| {
        view! { <option value=index.to_string()>{words::quantity(*quantity)}</option> }
    };
    view! {
        <select class="quiet" aria-label=words::CHART_CHOICE on:change=choose>
            {Quantity::ALL.iter().enumerate().map(option).collect_view()}
        </select>
    }
}

/// What the lines are.
fn legend(parts: Parts) -> impl IntoView {
    let own = move || {
        let [thin, thick] = words::legend(parts.quantity.get());
        view! {
            <span class="legend-thin" hidden=thin.is_empty()>{thin}</span>
            <span class="legend-thick" hidden=thick.is_empty()>{thick}</span>
        }
    };
    let others = move || {
        let quantity = parts.quantity.get();
        let other = |(index, past): (usize, &PastRun)| {
            let class = format!("legend-other {}", words::compared_class(index));
            (!quantity.line_of(past).is_empty()).then(|| view! { <span class=class>{past.ended.clone()}</span> })
        };
        parts.compared.with(|runs| runs.iter().enumerate().map(other).collect_view())
    };
    view! { {own} {others} }
}

fn drawing(parts: Parts) -> impl IntoView {
    let chart = parts.chart;
    let view_box = move || chart.with(|chart| format!("0 0 {} {}", chart.size.width, chart.size.height));
    let axes = move || chart.with(|chart| axes(chart, words::axis(parts.quantity.get())));
    let others = move || {
        chart.with(|chart| {
            let other =
                |(index, d): (usize, &String)| view! { <path class=words::compared_class(index) d=d.clone()></path> };
            chart.paths.iter().skip(2).enumerate().map(other).collect_view()
        })
    };
    let path = move |index: usize| move || chart.with(|chart| chart.paths.get(index).cloned());
    // Measurements are few: each is a dot.
    let dots = move || {
        let is_sparse = parts.quantity.get() == Quantity::Evaluation;
        chart.with(|chart| {
            let dot = |(step, value): &(usize, f64)| {
                let (x, y) = chart.pixel(*step, *value);
                view! { <circle class="chart-dot" cx=text(x) cy=text(y) r="3"></circle> }
            };
            is_sparse.then(|| parts.lines.with(|[_, thick]| thick.iter().map(dot).collect_view()))
        })
    };
    let cursor = move || {
        let index = parts.cursor.get()?;
        let points = parts.lines.with(|[thin, thick]| Some((*thin.get(index)?, thick.get(index)?.1)));
        chart.with(|chart| {
            let ((step, thin), thick) = points?;
            let (x, y) = chart.pixel(step, thin);
            let (_, smoothed) = chart.pixel(step, thick);
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
            {others}
            <path class="chart-thin" d=path(0)></path>
            <path class="chart-thick" d=path(1)></path>
            {dots}
            {cursor}
        </svg>
    }
}

/// Grid, numbers and names of both axes.
fn axes(chart: &Chart, name: &'static str) -> impl IntoView + use<> {
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
        <text class="chart-name middle" x="10" y=text(f64::midpoint(top, bottom)) transform=turned>{name}</text>
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
    let picture = move |_| {
        let svg = picture_of(parts);
        spawn_local(async move {
            let failed = picture::download("training-chart.png", &svg).await.err();
            // The view may be gone by now; the file is with the downloads all the same.
            let _ = failure.try_set(failed);
        });
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
                <button type="button" class="button" on:click=picture>{words::SAVE_PICTURE}</button>
                <span class="error" role="alert">{move || failure.get()}</span>
            </div>
            {body}
        </details>
    }
}

/// The chart as a picture of its own.
fn picture_of(parts: Parts) -> String {
    let quantity = parts.quantity.get_untracked();
    let title = parts.run.with_untracked(words::picture_title);
    let names = parts.compared.with_untracked(|runs| runs.iter().map(|past| past.ended.clone()).collect::<Vec<_>>());
    parts.chart.with_untracked(|chart| {
        svg(
            chart,
            &Captions { title: &title, axis: words::axis(quantity), lines: words::legend(quantity), others: &names },
        )
    })
}

fn rows(parts: Parts) -> impl IntoView {
    let (lines, caption) = parts.run.with_untracked(|run| {
        let (indices, every) = spread(run.steps.len(), ROWS);
        let [_, thick] = Quantity::Loss.lines(run);
        let lines = indices.into_iter().filter_map(|index| {
            let report = run.steps.get(index)?;
            let smoothed = thick.get(index).map_or(f64::NAN, |(_, value)| *value);
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
