//! One table a section, and the file that they are written to.

use std::fmt::Write as _;
use std::path::Path;

/// What a ratio must reach.
#[derive(Clone, Copy)]
pub enum Target {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// The tables of a section, in Markdown.
pub struct Report {
    section: &'static str,
    text: String,
}

impl Report {
    /// The report of a section.
    pub fn new(section: &'static str) -> Self {
        Self { section, text: format!("\n## {section}\n\n") }
    }

    /// A sentence about the section.
    pub fn say(&mut self, sentence: &str) {
        let _ = write!(self.text, "{sentence}\n\n");
    }

    /// The head of a table.
    pub fn head(&mut self, columns: &[&str]) {
        let rule: Vec<&str> = columns.iter().enumerate().map(|(i, _)| if i == 0 { "---" } else { "---:" }).collect();
        self.row(columns);
        self.row(&rule);
    }

    /// A line of a table; shown at once, too, since a whole run takes long.
    pub fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        let line = cells.iter().fold("|".to_owned(), |line, cell| line + " " + cell.as_ref() + " |");
        eprintln!("    {line}");
        self.text += &line;
        self.text.push('\n');
    }

    /// The tables.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Writes them with what they were made on, named after the section.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, folder: &Path, machine: &[String]) -> Result<(), String> {
        let path = folder.join(format!("{}.md", self.section));
        let text = format!(
            "# Benchmarks\n\n`cargo xtask bench -- {}`; medians of five paired runs.\n\n{}\n{}",
            self.section,
            machine.join("\n"),
            self.text
        );
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
        written.map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// Middle of the values.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { 0.5 * (values[middle - 1] + values[middle]) }
}

/// A ratio with its target, and whether it is met.
pub fn judged(ratio: f64, target: Option<Target>) -> String {
    match target {
        None => format!("{ratio:.2}"),
        Some(Target::AtLeast(bound)) => format!("{ratio:.2} (≥ {bound}: {})", word(ratio >= bound)),
        Some(Target::AtMost(bound)) => format!("{ratio:.2} (≤ {bound}: {})", word(ratio <= bound)),
    }
}

fn word(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}
