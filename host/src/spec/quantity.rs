//! Quantities written with their unit: sizes, durations and shares. Strict, so that nobody gets
//! a thousandth of what was meant.

use std::{borrow::Cow, fmt, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::journal::Sync;

/// Why a text is not a quantity; a hint after a line break, as everywhere while reading.
type Refusal = String;

/// A number of bytes: `"512MiB"`, `"1.5GB"`, or a plain integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size(pub u64);

/// A wall time: `"5min"`, `"1h30m"`, `"250ms"`; or `"none"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timeout(pub Option<Duration>);

/// How often a journal is synced: a duration, `"run"` or `"none"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SyncWritten(pub Sync);

/// A number of runs, or a share of them: `10`, `"5%"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Share {
    Count(u64),
    Percent(f64),
}

const SIZE_UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

const SECOND: u64 = 1_000_000_000;

/// In nanoseconds, from the largest.
const TIME_UNITS: [(&str, u64); 9] = [
    ("d", 86_400 * SECOND),
    ("h", 3600 * SECOND),
    ("min", 60 * SECOND),
    ("m", 60 * SECOND),
    ("s", SECOND),
    ("ms", 1_000_000),
    ("us", 1000),
    ("µs", 1000),
    ("ns", 1),
];

/// Reads a size with its unit.
pub(super) fn size(text: &str) -> Result<u64, Refusal> {
    let refuse = |why: &str| format!("{text:?} is not a size: {why}");
    let (number, unit) =
        split_number(text).ok_or_else(|| refuse("it begins with no number\nwrite it like \"512MiB\""))?;
    if unit.is_empty() {
        let why = format!("it has no unit\nwrite \"{number}MiB\", or {number} without quotes for bytes");
        return Err(refuse(&why));
    }
    let Some((_, factor)) = SIZE_UNITS.iter().find(|(name, _)| *name == unit) else {
        let units = SIZE_UNITS.map(|(name, _)| name);
        let similar = units.iter().find(|name| name.eq_ignore_ascii_case(unit));
        let way_out = match similar {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("units are {}", units.join(", ")),
        };
        return Err(refuse(&format!("`{unit}` is no unit of size\n{way_out}")));
    };
    scaled(number, *factor).map_err(|why| match why {
        Unscalable::Fraction => refuse("it is no whole number of bytes"),
        Unscalable::TooLarge => refuse("it is more than a 64-bit machine can address"),
    })
}

/// Reads a duration: numbers with units, from the largest unit to the smallest.
pub(super) fn duration(text: &str) -> Result<Duration, Refusal> {
    let refuse = |why: &str| format!("{text:?} is not a duration: {why}");
    let mut rest = text.trim();
    let mut total = 0u64;
    let mut smallest: Option<u64> = None;
    if rest.is_empty() {
        return Err(refuse("it is empty\nwrite it like \"5min\", \"1h30m\" or \"250ms\""));
    }
    while !rest.is_empty() {
        let (number, after) = split_number(rest)
            .ok_or_else(|| refuse("a number is missing\nwrite it like \"5min\", \"1h30m\" or \"250ms\""))?;
        let end = after.find(|c: char| c.is_ascii_digit() || c == ' ').unwrap_or(after.len());
        let unit = &after[..end];
        if unit.is_empty() {
            return Err(refuse(&format!(
                "{number} has no unit\nwrite \"{number}s\" for seconds, \"{number}min\" for minutes"
            )));
        }
        let Some((_, factor)) = TIME_UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(refuse(&format!("`{unit}` is no unit of time\nunits are d, h, min (or m), s, ms, us, ns")));
        };
        if smallest.is_some_and(|smallest| *factor >= smallest) {
            return Err(refuse("units go from the largest to the smallest, each once\nwrite it like \"1h30m\""));
        }
        smallest = Some(*factor);
        let part = scaled(number, *factor).map_err(|why| match why {
            Unscalable::Fraction => refuse("it is finer than a nanosecond"),
            Unscalable::TooLarge => refuse("it is longer than 500 years\nwrite \"none\" for no limit"),
        })?;
        total = total
            .checked_add(part)
            .ok_or_else(|| refuse("it is longer than 500 years\nwrite \"none\" for no limit"))?;
        rest = after[end..].trim_start();
    }
    Ok(Duration::from_nanos(total))
}

/// Reads a share of all runs.
pub(super) fn percent(text: &str) -> Result<f64, Refusal> {
    let refuse = |why: &str| {
        format!("{text:?} is not a share of the runs: {why}\nwrite it like \"5%\", or 5 without quotes for a count")
    };
    let number = text.trim().strip_suffix('%').ok_or_else(|| refuse("it has no `%`"))?.trim_end();
    match split_number(number) {
        Some((digits, "")) => match digits.parse::<f64>() {
            Ok(share) if share <= 100.0 => Ok(share),
            _ => Err(refuse("it is more than 100 %")),
        },
        _ => Err(refuse("no plain number stands before the `%`")),
    }
}

/// Splits digits with at most one decimal point from what follows.
fn split_number(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (plain(whole) && plain(fraction)).then(|| (number, unit.trim_start()))
}

enum Unscalable {
    Fraction,
    TooLarge,
}

/// `number * factor` without rounding.
fn scaled(number: &str, factor: u64) -> Result<u64, Unscalable> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 18 {
        return Err(Unscalable::Fraction);
    }
    let whole: u64 = whole.parse().map_err(|_| Unscalable::TooLarge)?;
    let tens = 10u128.pow(fraction.len() as u32);
    let parts = fraction.parse().unwrap_or(0u128) * u128::from(factor);
    if !parts.is_multiple_of(tens) {
        return Err(Unscalable::Fraction);
    }
    let total = u128::from(whole) * u128::from(factor) + parts / tens;
    // TOML and HDF5 have signed integers; nothing larger could be written down.
    i64::try_from(total).map(|total| total as u64).map_err(|_| Unscalable::TooLarge)
}

/// Reads a text, or a whole number where that makes sense.
struct Quantity<T> {
    words: &'static str,
    text: fn(&str) -> Result<T, Refusal>,
    number: Option<fn(u64) -> T>,
}

impl<T> de::Visitor<'_> for Quantity<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.words)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.text)(text).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        match (self.number, u64::try_from(number)) {
            (Some(make), Ok(number)) => Ok(make(number)),
            (Some(_), Err(_)) => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
            (None, _) => Err(E::custom(format!("{number} has no unit\nwrite \"{number}s\" for seconds"))),
        }
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = "a size with its unit, such as \"512MiB\"";
        deserializer.deserialize_any(Quantity { words, text: |text| size(text).map(Self), number: Some(Self) })
    }
}

impl<'de> Deserialize<'de> for Timeout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = |text: &str| match text {
            "none" => Ok(Self(None)),
            text => match duration(text)? {
                Duration::ZERO => Err("no run ends within no time\nwrite \"none\" for no limit".into()),
                duration => Ok(Self(Some(duration))),
            },
        };
        deserializer.deserialize_any(Quantity { words: "a duration such as \"5min\", or \"none\"", text, number: None })
    }
}

impl<'de> Deserialize<'de> for SyncWritten {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = |text: &str| match text {
            "run" => Ok(Self(Sync::EveryRun)),
            "none" => Ok(Self(Sync::Never)),
            text => Ok(Self(Sync::Every(duration(text)?))),
        };
        let words = "a duration such as \"1s\", or \"run\", or \"none\"";
        deserializer.deserialize_any(Quantity { words, text, number: None })
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = "a number of runs, or a share such as \"5%\"";
        let text = |text: &str| percent(text).map(Self::Percent);
        deserializer.deserialize_any(Quantity { words, text, number: Some(Self::Count) })
    }
}

macro_rules! schema {
    ($type:ty, $name:literal, $($schema:tt)*) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($($schema)*)
            }
        }
    };
}

schema!(Size, "Size", {
    "description": "bytes, with a unit or as a plain integer",
    "anyOf": [
        { "type": "integer", "minimum": 0 },
        { "type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*([kMGT]?B|[KMGT]iB)\s*$" },
    ],
});
schema!(Timeout, "Timeout", {
    "description": "a duration such as 5min, 1h30m or 250ms; or none",
    "type": "string",
    "pattern": r"^none$|^\s*([0-9]+(\.[0-9]+)?\s*(d|h|min|m|s|ms|us|µs|ns)\s*)+$",
});
schema!(SyncWritten, "Sync", {
    "description": "a duration such as 1s or 250ms; or run, or none",
    "type": "string",
    "pattern": r"^(none|run)$|^\s*([0-9]+(\.[0-9]+)?\s*(d|h|min|m|s|ms|us|µs|ns)\s*)+$",
});
schema!(Share, "Share", {
    "description": "a number of runs, or a share of them such as 5%",
    "anyOf": [
        { "type": "integer", "minimum": 0 },
        { "type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%\s*$" },
    ],
});

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantities_as_people_write_them() {
        assert_eq!(size("512MiB"), Ok(512 << 20));
        assert_eq!(size("1.5 GB"), Ok(1_500_000_000));
        assert_eq!(size("0B"), Ok(0));
        let ms = Duration::from_millis;
        assert_eq!(duration("5min"), Ok(ms(300_000)));
        assert_eq!(duration("1h30m"), Ok(ms(5_400_000)));
        assert_eq!(duration("1h 30m"), Ok(ms(5_400_000)));
        assert_eq!(duration("250ms"), Ok(ms(250)));
        assert_eq!(duration("1.5s"), Ok(ms(1500)));
        assert_eq!(percent("5%"), Ok(5.0));
        assert_eq!(percent("0.5 %"), Ok(0.5));
    }

    #[test]
    fn refusals() {
        let sizes = ["", "12", "MiB", "5 potatoes", "5mib", "0.3B", "1.2.3MB", "-5MB", "9999999999TB", "1e3MB"];
        let durations = ["", "5", "min", "5 parsecs", "1m1h", "1s1s", "0.1ns", "99999999d", "-5s", "1h30"];
        let shares = ["", "5", "%", "-5%", "101%", "a%", "1e1%"];
        let messages = (sizes.iter().map(|text| size(text).unwrap_err()))
            .chain(durations.iter().map(|text| duration(text).unwrap_err()))
            .chain(shares.iter().map(|text| percent(text).unwrap_err()));
        insta::assert_snapshot!(messages.map(|m| m.replace('\n', "\n  hint: ")).collect::<Vec<_>>().join("\n"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,30}") {
            let _ = (size(&text), duration(&text), percent(&text));
        }

        #[test]
        fn sizes_mean_what_they_say(n in 0u64..1_000_000, unit in 0usize..SIZE_UNITS.len()) {
            let (name, factor) = SIZE_UNITS[unit];
            prop_assert_eq!(size(&format!("{n}{name}")), Ok(n * factor));
            prop_assert_eq!(size(&format!(" {n}.0 {name} ")), Ok(n * factor));
        }

        #[test]
        fn durations_mean_what_they_say(h in 0u64..1000, m in 0u64..60, s in 0u64..60, ms in 0u64..1000) {
            let expected = Duration::from_millis(((h * 60 + m) * 60 + s) * 1000 + ms);
            prop_assert_eq!(duration(&format!("{h}h{m}m{s}s{ms}ms")), Ok(expected));
            prop_assert_eq!(duration(&format!("{h}h {m}min {s}.{ms:03}s")), Ok(expected));
        }
    }
}
