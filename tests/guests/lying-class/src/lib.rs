//! A class of parameters whose text says what it shall do wrong.

use host_guest::{Class, ClassKind, Items, JobError, Ndarray, Plain};

host_guest::class!(Lying);

struct Lying;

impl Class for Lying {
    const NAME: &'static str = "Lying";
    const KIND: ClassKind = ClassKind::Parameter;

    fn store(values: Items) -> Result<Items, JobError> {
        let mode: String = values.get("data")?;
        let items = Items::new().with("mode", &*mode);
        Ok(match mode.as_str() {
            "trap" => unreachable!("as it was asked to"),
            "loop" => endless(),
            "error" => return Err("it does not like\nthis".into()),
            "nothing" => Items::new(),
            "illegal name" => items.with("a b", 1),
            "name of the layout" => items.with("explored__rr__", 1),
            "nested" => items.with("mode.inner", 1),
            "twice" => items.with("mode", 1),
            "contradiction" => {
                let data = host_guest::ArrayData::Float64(vec![1.0]);
                items.with("array", Plain::Array(Ndarray { shape: vec![3], data }))
            }
            "memory" => items.with("array", vec![1.0; 1 << 27]),
            _ => items,
        })
    }

    fn load(items: Items) -> Result<Items, JobError> {
        let mode: String = items.get("mode")?;
        Ok(match mode.as_str() {
            "lie" => Items::data("truth"),
            "other type" => Items::data(mode.into_bytes()),
            "more" => Items::data(mode).with("more", 1),
            "less" => Items::new().with("other", mode),
            "load traps" => unreachable!("as it was asked to"),
            "load errors" => return Err("it has forgotten".into()),
            _ => Items::data(mode),
        })
    }

    fn value_to_str(values: Items) -> Result<String, JobError> {
        let mode: String = values.get("data")?;
        match mode.as_str() {
            "no words" => Err("it has no words".into()),
            "long words" => Ok("\u{1b}[31mlong ".repeat(1000)),
            _ => Ok(mode),
        }
    }
}

fn endless() -> ! {
    loop {
        std::hint::black_box(());
    }
}
