//! How numbers are written for people.

/// `41 min 12 s`, `3.2 s`, `15 ms`.
pub(super) fn duration(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole {
        0 if seconds < 1e-3 => format!("{:.0} µs", seconds * 1e6),
        0 if seconds < 0.1 => format!("{:.0} ms", seconds * 1e3),
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..172_800 => format!("{} h {} min", whole / 3600, whole / 60 % 60),
        _ => format!("{} d {} h", whole / 86_400, whole / 3600 % 24),
    }
}

/// `1.3 GiB`, `612 MiB`, `17 B`.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut size = count as f64;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 || size >= 100.0 { format!("{size:.0} {}", UNITS[unit]) } else { format!("{size:.1} {}", UNITS[unit]) }
}

/// `28 360`: digits in groups of three.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// Rows in aligned columns, two spaces apart; the last column is not padded.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            line.push_str(cell);
            // Not by a width in the format: cells may be megabytes long, and those have 16 bits.
            if at + 1 < row.len() {
                line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A path as a shell takes it: in single quotes where it must be.
pub(super) fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '=' | ',' | ':' | '@');
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_any_width() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        assert_eq!(aligned(&[row("a", "bb"), row("ää", "")]), "a   bb\nää\n");
        let long = "x".repeat(100_000);
        assert_eq!(aligned(&[row(&long, &long), row("a", "b")]).len(), 2 * (100_000 + 2) + 100_000 + 1 + 2);
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!(
            [0.0154, 3.21, 59.9, 2472.0, 8000.0, 200_000.0].map(duration).join(" | "),
            "15 ms | 3.2 s | 59 s | 41 min 12 s | 2 h 13 min | 2 d 7 h"
        );
        assert_eq!(duration(32e-6), "32 µs");
        assert_eq!(quoted("a b's"), "'a b'\\''s'");
        assert_eq!([17, 1536, 612 << 20, 5 << 40].map(bytes).join(" | "), "17 B | 1.5 KiB | 612 MiB | 5.0 TiB");
        assert_eq!([0, 999, 1000, 28_360, 1_000_000].map(count).join(" | "), "0 | 999 | 1 000 | 28 360 | 1 000 000");
    }
}
