//! One table a section, and the file that they are written to.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What a ratio must reach.
#[derive(Clone, Copy)]
pub enum Target {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// Tables in Markdown.
pub struct Report {
    machine: Vec<String>,
    text: String,
    sections: Vec<String>,
}

impl Report {
    /// A report that begins with what it was made on.
    pub fn new(machine: Vec<String>) -> Self {
        Self { machine, text: String::new(), sections: Vec::new() }
    }

    /// Begins a section.
    pub fn begin(&mut self, name: &str) {
        self.sections.push(name.to_owned());
        let _ = write!(self.text, "\n## {name}\n\n");
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

    /// All of it.
    pub fn text(&self) -> String {
        format!(
            "# Benchmarks\n\n`cargo xtask bench -- {}`; medians of five paired runs.\n\n{}\n{}",
            self.sections.join(" "),
            self.machine.join("\n"),
            self.text
        )
    }

    /// Writes it, named after its sections.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, String> {
        let name = match self.sections.as_slice() {
            [one] => format!("{one}.md"),
            _ => "all.md".to_owned(),
        };
        let path = folder.join(name);
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, self.text()));
        written.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
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
