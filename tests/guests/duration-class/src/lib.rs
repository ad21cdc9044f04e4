//! Durations such as `1h 30min`: seconds for computing, words for reading.

use host_guest::{Class, ClassKind, Items, JobError};

host_guest::class!(Duration);

struct Duration;

impl Class for Duration {
    const NAME: &'static str = "Duration";
    const KIND: ClassKind = ClassKind::Parameter;
    const COMMENT: &'static str = "a duration in words";

    fn store(values: Items) -> Result<Items, JobError> {
        let words: String = values.get("data")?;
        Ok(Items::new().with("seconds", seconds(&words)?).with("as.written", words))
    }

    fn load(items: Items) -> Result<Items, JobError> {
        Ok(Items::data(items.get::<String>("as.written")?))
    }

    fn value_to_str(values: Items) -> Result<String, JobError> {
        Ok(format!("{} s", seconds(&values.get::<String>("data")?)?))
    }
}

fn seconds(words: &str) -> Result<i64, JobError> {
    let parts = words.split_whitespace().map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, unit) = part.split_at(digits);
        let unit = match unit {
            "h" => 3600,
            "min" => 60,
            "s" => 1,
            _ => return Err(format!("`{part}` is no duration; write one like `1h 30min 5s`").into()),
        };
        Ok(number.parse::<i64>()? * unit)
    });
    parts.sum()
}
