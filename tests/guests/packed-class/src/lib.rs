//! Arrays of whole numbers that grow slowly, such as times of spikes, as the differences between neighbours.
//!
//! An item `mode` lets it do wrong: a class is a guest like any other.

use host_guest::{Array, Class, ClassKind, FromValue, Items, JobError, Value};

host_guest::class!(Packed);

struct Packed;

impl Class for Packed {
    const NAME: &'static str = "Packed";
    const KIND: ClassKind = ClassKind::Result;

    fn store(values: Items) -> Result<Items, JobError> {
        let mut items = Items::new();
        for (name, value) in values.iter() {
            items = match name {
                "mode" => misbehave(items.with(name, value.clone()), &String::from_value(value.clone())?)?,
                name => items.with(format!("{name}.differences"), Array::from(differences(value)?)),
            };
        }
        Ok(items)
    }

    fn load(items: Items) -> Result<Items, JobError> {
        let mut values = Items::new();
        for (name, value) in items.iter() {
            values = match name.strip_suffix(".differences") {
                None => values.with(name, value.clone()),
                Some(name) => values.with(name, Array::from(sums(value)?)),
            };
        }
        Ok(values)
    }

    fn value_to_str(values: Items) -> Result<String, JobError> {
        let lengths = values.iter().filter(|(name, _)| *name != "mode");
        let lengths = lengths.map(|(name, value)| Ok(format!("{name}: {} numbers", numbers(value)?.len())));
        Ok(lengths.collect::<Result<Vec<_>, JobError>>()?.join(", "))
    }
}

fn numbers(value: &Value) -> Result<Vec<i64>, JobError> {
    Ok(Vec::from_value(value.clone())?)
}

fn differences(value: &Value) -> Result<Vec<i64>, JobError> {
    let numbers = numbers(value)?;
    Ok(numbers.iter().enumerate().map(|(at, x)| if at == 0 { *x } else { x.wrapping_sub(numbers[at - 1]) }).collect())
}

fn sums(value: &Value) -> Result<Vec<i64>, JobError> {
    let add = |sum: &mut i64, x: i64| {
        *sum = sum.wrapping_add(x);
        Some(*sum)
    };
    Ok(numbers(value)?.into_iter().scan(0, add).collect())
}

fn misbehave(items: Items, mode: &str) -> Result<Items, JobError> {
    match mode {
        "lie" => Ok(items.with("more", 1)),
        "trap" => unreachable!("as it was asked to"),
        "loop" => loop {
            std::hint::black_box(());
        },
        "error" => Err("it does not like these numbers".into()),
        "names" => Ok(items.with("a b", 1)),
        _ => Ok(items),
    }
}
