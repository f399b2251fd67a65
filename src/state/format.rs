//! Numbers as people read them, with their units.

/// `1,234,567`.
pub fn whole(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `312 B`, `4.1 kB`, `45.1 MB`, in powers of ten as file managers count.
pub fn bytes(count: u64) -> String {
    let count = count as f64;
    let (value, unit) = match count {
        c if c < 1e3 => return format!("{count} B"),
        c if c < 1e6 => (c / 1e3, "kB"),
        c if c < 1e9 => (c / 1e6, "MB"),
        c => (c / 1e9, "GB"),
    };
    if value < 100.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// `1 s`, `48 s`, `3 min`, `1 h 20 min`: as exact as a guess deserves.
pub fn duration_ms(ms: f64) -> String {
    let seconds = (ms / 1000.0).max(0.0);
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    if seconds < 90.0 {
        return format!("{seconds:.0} s");
    }
    let minutes = (seconds / 60.0).round() as usize;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// `22.6 M` parameters.
pub fn millions(count: usize) -> String {
    format!("{:.1} M", count as f64 / 1e6)
}

/// `1 question`, `22 questions`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", whole(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([whole(0), whole(999), whole(1000), whole(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([bytes(999), bytes(45_142_924), bytes(265_000_000)], ["999 B", "45.1 MB", "265 MB"]);
        assert_eq!(
            [duration_ms(1234.0), duration_ms(61_000.0), duration_ms(4_800_000.0)],
            ["1.2 s", "61 s", "1 h 20 min"]
        );
        assert_eq!(
            [counted(1, "question", "questions"), counted(22, "question", "questions")],
            ["1 question", "22 questions"]
        );
        assert_eq!(millions(22_600_000), "22.6 M");
    }
}
