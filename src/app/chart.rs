//! The loss chart: each step thin, the moving average thick.

use leptos::prelude::*;

use super::desk::Desk;
use crate::state::chart::{downsampled, smoothed, ticks};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 48.0;
const BOTTOM: f64 = 40.0;
const TOP: f64 = 12.0;
const RIGHT: f64 = 12.0;

/// Weight of the past in the moving average.
const DECAY: f64 = 0.9;

/// Places of the chart's values in the drawing.
#[derive(Clone, Copy)]
struct Scale {
    steps: f64,
    loss: f64,
}

impl Scale {
    fn x(self, step: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * step / self.steps.max(1.0)
    }

    fn y(self, loss: f64) -> f64 {
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * loss / self.loss
    }

    fn line(self, values: &[f64]) -> String {
        let points = downsampled(values, (WIDTH - LEFT - RIGHT) as usize);
        points.iter().map(|(i, loss)| format!("{:.1},{:.1} ", self.x(*i as f64 + 1.0), self.y(*loss))).collect()
    }
}

/// The loss of the newest run.
#[component]
pub fn LossChart() -> impl IntoView {
    let desk = Desk::get();
    move || {
        desk.run.with(|run| {
            let losses: Vec<f64> = run.steps.iter().map(|step| step.loss).collect();
            let total = run.plan.as_ref().map_or(10, |plan| plan.steps_total);
            draw(&losses, total)
        })
    }
}

fn draw(losses: &[f64], total: usize) -> impl IntoView + use<> {
    let loss_ticks = ticks(losses.iter().copied().fold(1.0, f64::max), 5);
    let step_ticks = ticks(total as f64, 6);
    let scale = Scale { steps: total as f64, loss: loss_ticks.last().copied().unwrap_or(1.0) };
    let horizontal: Vec<_> = loss_ticks
        .iter()
        .map(|tick| {
            let y = scale.y(*tick);
            view! {
                <line class="grid" x1=LEFT x2=WIDTH - RIGHT y1=y y2=y />
                <text x=LEFT - 8.0 y=y + 4.0 text-anchor="end">{tick.to_string()}</text>
            }
        })
        .collect();
    let vertical: Vec<_> = (step_ticks.iter().filter(|tick| **tick <= total as f64))
        .map(|tick| view! { <text x=scale.x(*tick) y=HEIGHT - BOTTOM + 18.0 text-anchor="middle">{tick.to_string()}</text> })
        .collect();
    let said = match losses.last() {
        Some(last) => format!("Loss by step, now {last:.2} at step {} of {total}", losses.len()),
        None => "Loss by step: nothing yet".to_owned(),
    };
    view! {
        <svg class="chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=said>
            {horizontal}
            {vertical}
            <text x=WIDTH / 2.0 y=HEIGHT - 6.0 text-anchor="middle">"step"</text>
            <polyline class="thin" points=scale.line(losses) />
            <polyline class="thick" points=scale.line(&smoothed(losses, DECAY)) />
        </svg>
        <p class="hint legend"><span class="thin"></span>"loss of each step" <span class="thick"></span>"moving average"</p>
    }
}
