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

impl Target {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(bound) => ratio >= bound,
            Self::AtMost(bound) => ratio <= bound,
        }
    }
}

/// The tables of a section, in Markdown.
pub struct Report {
    section: &'static str,
    text: String,
    has_table: bool,
}

impl Report {
    /// The report of a section.
    pub fn new(section: &'static str) -> Self {
        Self { section, text: format!("\n## {section}\n\n"), has_table: false }
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
        self.has_table = true;
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

    /// Writes them with what they were made on, named after the section. Where nothing was measured, what was measured elsewhere stays.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, folder: &Path, machine: &[String]) -> Result<(), String> {
        if !self.has_table {
            return Ok(());
        }
        let path = folder.join(format!("{}.md", self.section));
        let text = format!(
            "# Benchmarks\n\n`cargo xtask bench -- {}`; medians of five paired runs, where nothing else is said.\n\n{}\n{}",
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
    target.map_or_else(
        || format!("{ratio:.2}"),
        |target| verdict(ratio, target, if target.is_met(ratio) { "met" } else { "missed" }),
    )
}

/// The same beside the ratio that a program at the machine's limit would reach: what that misses, nothing can meet.
pub fn judged_within(ratio: f64, target: Target, limit: f64) -> String {
    if target.is_met(ratio) || target.is_met(limit) {
        return judged(ratio, Some(target));
    }
    verdict(ratio, target, &format!("beyond the limit, {limit:.2}"))
}

fn verdict(ratio: f64, target: Target, word: &str) -> String {
    let bound = match target {
        Target::AtLeast(bound) => format!("≥ {bound}"),
        Target::AtMost(bound) => format!("≤ {bound}"),
    };
    format!("{ratio:.2} ({bound}: {word})")
}
