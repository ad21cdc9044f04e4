//! Arrays of whole numbers that grow slowly, such as times of spikes, as the differences between neighbours.
//!
//! An item `mode` lets it do wrong: a class is a guest like any other.

use host_guest::{Array, Class, ClassKind, Items, JobError};

host_guest::class!(Packed);

struct Packed;

impl Class for Packed {
    const NAME: &'static str = "Packed";
    const KIND: ClassKind = ClassKind::Result;

    fn store(values: Items) -> Result<Items, JobError> {
        let mut items = Items::new();
        for (name, value) in values.iter() {
            items = match name {
                "mode" => misbehave(items.with(name, value.clone()), &values.get::<String>(name)?)?,
                name => {
                    items.with(format!("{name}.differences"), Array::from(differences(&values.get::<Vec<i64>>(name)?)))
                }
            };
        }
        Ok(items)
    }

    fn load(items: Items) -> Result<Items, JobError> {
        let mut values = Items::new();
        for (name, value) in items.iter() {
            values = match name.strip_suffix(".differences") {
                None => values.with(name, value.clone()),
                Some(name) => values.with(name, Array::from(sums(items.get(&format!("{name}.differences"))?))),
            };
        }
        Ok(values)
    }

    fn value_to_str(values: Items) -> Result<String, JobError> {
        let lengths = values.iter().filter(|(name, _)| *name != "mode");
        let lengths = lengths.map(|(name, _)| Ok(format!("{name}: {} numbers", values.get::<Vec<i64>>(name)?.len())));
        Ok(lengths.collect::<Result<Vec<_>, JobError>>()?.join(", "))
    }
}

fn differences(numbers: &[i64]) -> Vec<i64> {
    numbers.iter().enumerate().map(|(at, x)| if at == 0 { *x } else { x.wrapping_sub(numbers[at - 1]) }).collect()
}

fn sums(differences: Vec<i64>) -> Vec<i64> {
    let add = |sum: &mut i64, x: i64| {
        *sum = sum.wrapping_add(x);
        Some(*sum)
    };
    differences.into_iter().scan(0, add).collect()
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
