//! A chart as a picture of its own: colours and fonts inside, so that it looks the same wherever it is opened.

use super::layout::Chart;

/// Room above the drawing for title and legend, in pixels.
const HEAD: f64 = 56.0;
// The colours are those of the light page (`style/base.css`).
const INK: &str = "#1c1e21";
const FAINT: &str = "#565b63";
const GRID: &str = "#d9d5cb";
const THIN: &str = "#85888e";
const THICK: &str = "#1f5fa8";
/// Runs that are compared with.
const OTHERS: [&str; 3] = ["#a85a1f", "#1d6b3a", "#7a3fa0"];

/// What is written beside the lines.
#[derive(Clone, Copy, Debug)]
pub struct Captions<'a> {
    /// Above it.
    pub title: &'a str,
    /// Name of the vertical axis.
    pub axis: &'a str,
    /// Names of the thin and the thick line.
    pub lines: [&'a str; 2],
    /// Names of the runs that are compared with.
    pub others: &'a [String],
}

/// The picture.
pub fn svg(chart: &Chart, captions: &Captions<'_>) -> String {
    let (width, height) = (chart.size.width, chart.size.height + HEAD);
    let [left, top, right, bottom] = chart.plot();
    let mut out = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>"#
    );
    let mut put = |text: String| out.push_str(&text);
    put(format!(r#"<text x="12" y="20" fill="{INK}" font-size="13">{}</text>"#, escaped(captions.title)));
    let colours = [THIN, THICK].into_iter().chain(OTHERS.into_iter().cycle());
    let names = captions.lines.iter().copied().chain(captions.others.iter().map(String::as_str));
    let mut x = 12.0;
    for (name, colour) in names.zip(colours.clone()).filter(|(name, _)| !name.is_empty()) {
        put(format!(
            r#"<rect x="{x}" y="36" width="14" height="3" fill="{colour}"/><text x="{}" y="42" fill="{FAINT}">{}</text>"#,
            x + 20.0,
            escaped(name)
        ));
        x += 44.0 + 6.5 * name.chars().count() as f64;
    }
    put(format!(r#"<g transform="translate(0 {HEAD})">"#));
    for tick in &chart.y_ticks {
        let (y, label) = (tick.at, escaped(&tick.label));
        put(format!(
            r#"<line x1="{left}" x2="{right}" y1="{y:.1}" y2="{y:.1}" stroke="{GRID}"/><text x="{}" y="{:.1}" text-anchor="end" fill="{FAINT}">{label}</text>"#,
            left - 6.0,
            y + 4.0
        ));
    }
    for tick in &chart.x_ticks {
        let (x, label) = (tick.at, escaped(&tick.label));
        put(format!(r#"<text x="{x:.1}" y="{}" text-anchor="middle" fill="{FAINT}">{label}</text>"#, bottom + 17.0));
    }
    put(format!(r#"<line x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}" stroke="{FAINT}"/>"#));
    let (middle, centre) = (f64::midpoint(left, right), f64::midpoint(top, bottom));
    put(format!(r#"<text x="{middle}" y="{}" text-anchor="middle" fill="{FAINT}">step</text>"#, bottom + 34.0));
    put(format!(
        r#"<text x="10" y="{centre}" text-anchor="middle" transform="rotate(-90 10 {centre})" fill="{FAINT}">{}</text>"#,
        escaped(captions.axis)
    ));
    for (index, (d, colour)) in chart.paths.iter().zip(colours).enumerate() {
        let stroke = if index == 0 { 1.0 } else { 2.0 };
        put(format!(r#"<path d="{d}" fill="none" stroke="{colour}" stroke-width="{stroke}"/>"#));
    }
    put("</g></svg>".to_owned());
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::layout::Size;
    use super::*;

    #[test]
    fn a_picture_holds_all_lines_and_their_names() {
        let (own, other) = (vec![(1, 4.0), (2, 3.0)], vec![(1, 5.0), (3, 2.0)]);
        let chart = Chart::new(&[&own, &own, &other], 3, None, Size { width: 640.0, height: 250.0 });
        let captions = Captions {
            title: "a < b & c",
            axis: "loss",
            lines: ["each step", "smoothed"],
            others: &["1 May".to_owned()],
        };
        let picture = svg(&chart, &captions);
        assert_eq!(picture.matches("<path ").count(), 3);
        for part in ["a &lt; b &amp; c", ">loss<", ">each step<", ">1 May<", OTHERS[0], "height=\"306\""] {
            assert!(picture.contains(part), "{part} in {picture}");
        }
        // Well-formed, as the browser wants it.
        let mut reader = quick_xml::Reader::from_str(&picture);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}
