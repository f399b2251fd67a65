//! The `Range` header, of which one range of bytes is understood (RFC 9110, 14.2).

/// What to send of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it: there is no range, or one that a server may ignore.
    Whole,
    /// `len` bytes from `start` on.
    Bytes { start: u64, len: u64 },
    /// The range lies behind the end.
    Unsatisfiable,
}

/// Reads the header's value for a file of `total` bytes.
pub fn part(header: Option<&str>, total: u64) -> Part {
    let Some((first, last)) = header.and_then(bounds) else { return Part::Whole };
    match (first, last) {
        (Some(first), last) => {
            let end = last.map_or(total, |last| last.saturating_add(1).min(total));
            if last.is_some_and(|last| last < first) {
                Part::Whole
            } else if first >= total {
                Part::Unsatisfiable
            } else {
                Part::Bytes { start: first, len: end - first }
            }
        }
        (None, Some(0)) => Part::Unsatisfiable,
        (None, Some(suffix)) if total > 0 => {
            let len = suffix.min(total);
            Part::Bytes { start: total - len, len }
        }
        (None, _) => Part::Whole,
    }
}

/// First and last byte as written; `None` for anything but one range of bytes.
fn bounds(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok().map(Some),
        _ => None,
    };
    match (number(first)?, number(last)?) {
        (None, None) => None,
        bounds => Some(bounds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_file() {
        let bytes = |start, len| Part::Bytes { start, len };
        for (header, expected) in [
            ("bytes=0-0", bytes(0, 1)),
            ("bytes=2-5", bytes(2, 4)),
            ("bytes=2-", bytes(2, 8)),
            ("bytes=2-99", bytes(2, 8)),
            ("bytes=-3", bytes(7, 3)),
            ("bytes=-99", bytes(0, 10)),
            ("bytes=0-18446744073709551615", bytes(0, 10)),
            ("bytes=10-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
        ] {
            assert_eq!(part(Some(header), 10), expected, "{header}");
        }
    }

    #[test]
    fn what_is_no_single_range_of_bytes_is_ignored() {
        for header in ["bytes=5-2", "bytes=0-1,3-4", "items=0-1", "bytes=-", "bytes=a-b", "bytes=+1-2", "bytes 0-1"] {
            assert_eq!(part(Some(header), 10), Part::Whole, "{header}");
        }
        assert_eq!(part(None, 10), Part::Whole);
        assert_eq!(part(Some("bytes=-5"), 0), Part::Whole);
    }
}
