//! The reliability diagram: how often answers are right, by the probability that the model gave them.

use leptos::prelude::*;

use super::bench::Bench;
use crate::state::chart::scale::{Scale, Tick, ticks};
use crate::state::evaluation::Reliability;
use crate::state::evaluation::reliability::Bin;
use crate::state::words::evaluate as words;

/// Size of the drawing, in its own units: those of a narrow screen's pixels.
const SIZE: [f64; 2] = [320.0, 250.0];
/// Left, top, right and bottom edge of the plot inside the axes.
const PLOT: [f64; 4] = [52.0, 10.0, 308.0, 206.0];
/// Distance between the marks at the axes, in percent.
const STEP: f64 = 20.0;
/// Room on either side of a bar.
const GAP: f64 = 2.0;

/// What it comes to in words, the diagram, and the table behind it.
pub fn reliability(bench: Bench) -> impl IntoView {
    let card = |reliability: &Reliability| {
        let says = words::trust(reliability);
        view! {
            <section class="card reliability stack" aria-label=words::RELIABILITY>
                <h2>{words::RELIABILITY}</h2>
                <p>{says.clone()}</p>
                <svg viewBox=format!("0 0 {} {}", SIZE[0], SIZE[1]) role="img" aria-label=says>{drawing(reliability)}</svg>
                <p class="hint">{words::RELIABILITY_HINT}</p>
                <details>
                    <summary>{words::RELIABILITY_TABLE}</summary>
                    {table(reliability)}
                </details>
            </section>
        }
    };
    bench.desk.evaluation.with_untracked(|evaluation| evaluation.report.as_ref()?.reliability.as_ref().map(card))
}

fn drawing(reliability: &Reliability) -> impl IntoView + use<> {
    let [left, top, right, bottom] = PLOT;
    let [x, y] = [[left, right], [bottom, top]].map(|pixels| Scale::new([0.0, 100.0], pixels));
    let across = |tick: Tick| view! { <text class="chart-number middle" x=tick.at y=bottom + 17.0>{tick.label}</text> };
    let up = |tick: Tick| {
        view! {
            <line class="chart-grid" x1=left x2=right y1=tick.at y2=tick.at></line>
            <text class="chart-number end" x=left - 6.0 y=tick.at + 4.0>{tick.label}</text>
        }
    };
    let marks = |scale: &Scale| ticks(scale, 0.0, 100.0, STEP).into_iter();
    let (x_marks, y_marks) = (marks(&x).map(across).collect_view(), marks(&y).map(up).collect_view());
    let bar = |bin: &Bin| {
        let (share, interval) = bin.share().zip(bin.interval())?;
        let (x, y) = (|share: f64| x.pixel(100.0 * share), |share: f64| y.pixel(100.0 * share));
        let (from, to) = (x(bin.low) + GAP, x(bin.high) - GAP);
        let middle = f64::midpoint(from, to);
        Some(view! {
            <rect class="reliability-bar" x=from width=to - from y=y(share) height=bottom - y(share)></rect>
            <line class="reliability-interval" x1=middle x2=middle y1=y(interval.low) y2=y(interval.high)></line>
        })
    };
    let [x_name, y_name] = words::RELIABILITY_AXES;
    let middle = f64::midpoint(top, bottom);
    view! {
        {y_marks}
        {x_marks}
        {reliability.bins.iter().filter_map(bar).collect_view()}
        <line class="chart-cursor" x1=left x2=right y1=bottom y2=top></line>
        <line class="chart-axis" x1=left x2=right y1=bottom y2=bottom></line>
        <text class="chart-name middle" x=f64::midpoint(left, right) y=bottom + 36.0>{x_name}</text>
        <text class="chart-name middle" x="12" y=middle transform=format!("rotate(-90 12 {middle})")>{y_name}</text>
    }
}

fn table(reliability: &Reliability) -> impl IntoView + use<> {
    let row = |bin: &Bin| {
        let cells = words::bin_cells(bin).map(|text| view! { <td>{text}</td> });
        view! { <tr><th scope="row">{words::bin_range(bin)}</th>{cells}</tr> }
    };
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label=words::RELIABILITY_TABLE>
            <table class="numbers">
                <caption>{words::calibration_error(reliability)}</caption>
                <thead>
                    <tr>{words::RELIABILITY_COLUMNS.map(|name| view! { <th scope="col">{name}</th> })}</tr>
                </thead>
                <tbody>{reliability.bins.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
