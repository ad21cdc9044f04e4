//! A class of results that tries to do harm; its item `mode` says how.

use std::hint::black_box;

use host_guest::{Class, ClassKind, Items, JobError};

host_guest::class!(Hostile);

struct Hostile;

impl Class for Hostile {
    const NAME: &'static str = "Hostile";
    const KIND: ClassKind = ClassKind::Result;

    fn store(values: Items) -> Result<Items, JobError> {
        let mode: String = values.get("mode")?;
        let items = Items::new().with("mode", &*mode);
        Ok(match mode.as_str() {
            "loop" => endless(),
            "trap" => unreachable!("as it was asked to"),
            "memory" => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(black_box(vec![1_u8; 1 << 20]));
                }
            }
            "recursion" => items.with("depth", deeper(1.0)),
            "huge" => items.with("array", vec![1.0; 6 << 20]),
            "many" => (0..100_000).fold(items, |items, at| items.with(format!("i{at}"), true)),
            "names" => items.with("../\u{1b}[2J".repeat(1000), 1),
            "error" => return Err("\u{1b}[2J\r\n\u{202e}forged".repeat(10_000).into()),
            _ => items,
        })
    }

    fn load(items: Items) -> Result<Items, JobError> {
        let mode: String = items.get("mode")?;
        Ok(match mode.as_str() {
            "loop when loading" => endless(),
            "lie" => Items::new().with("mode", "something else"),
            _ => Items::new().with("mode", mode),
        })
    }

    fn value_to_str(values: Items) -> Result<String, JobError> {
        let mode: String = values.get("mode")?;
        Ok(if mode == "words" { "\u{1b}[2J\r\n\u{202e}forged ".repeat(100_000) } else { mode })
    }
}

fn endless() -> ! {
    loop {
        black_box(());
    }
}

fn deeper(x: f64) -> f64 {
    if x < 0.0 { x } else { deeper(x + 1.0).sqrt() + x }
}
