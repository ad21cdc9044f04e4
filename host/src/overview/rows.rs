//! Rows of the overview tables.

use std::collections::BTreeMap;

use crate::trajectory::{Addition, AdditionKind, NodePath, Parameter, RunIndex, Value};

use super::MAX_VALUE;

/// One node in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRow {
    /// Everything before the name: `parameters.neuron`.
    pub location: String,
    /// The last component.
    pub name: String,
    /// The value in Python's words, cut with dots.
    pub value: String,
    /// Empty if there is none.
    pub comment: String,
    /// How many values it explores, and which; for explored parameters.
    pub range: Option<(u64, String)>,
}

/// The row of a parameter or a configuration entry of `branch`.
pub fn node_row(branch: &str, path: &NodePath, parameter: &Parameter) -> NodeRow {
    NodeRow {
        location: location(branch, path),
        name: path.name().to_owned(),
        value: match &parameter.stored {
            Some(stored) => cut(&stored.summary),
            None => parameter.value.repr(MAX_VALUE),
        },
        comment: parameter.comment.clone(),
        range: None,
    }
}

/// The row of an explored parameter; `None` if it is not explored. Its range is that of its axis.
pub fn explored_row(path: &NodePath, parameter: &Parameter) -> Option<NodeRow> {
    let axis = &parameter.explored.as_ref()?.axis;
    let mut range = String::new();
    let of_class = parameter.stored.as_ref().map(|stored| stored.explored_summaries.as_slice());
    for (at, value) in axis.values().enumerate() {
        if !range.is_empty() {
            range.push_str(", ");
        }
        match of_class.and_then(|summaries| summaries.get(at)) {
            Some(summary) => range.push_str(&cut(summary)),
            None => range.push_str(&value.repr(MAX_VALUE)),
        }
        if range.len() > super::MAX_RANGE {
            break;
        }
    }
    Some(NodeRow { range: Some((axis.len(), range)), ..node_row("parameters", path, parameter) })
}

/// Words of a class, as long as a value may be.
fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_VALUE {
        return text.to_owned();
    }
    text.chars().take(MAX_VALUE - 3).chain("...".chars()).collect()
}

fn location(branch: &str, path: &NodePath) -> String {
    match path.location() {
        "" => branch.to_owned(),
        location => format!("{branch}.{location}"),
    }
}

/// What runs have added, one entry for each name. pypet's summary tables.
#[derive(Clone, Debug, Default)]
pub struct Summaries {
    of_kind: [BTreeMap<NodePath, Example>; 2],
}

/// One name that runs have added something under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The lowest run that has it, which is the one shown.
    pub run: RunIndex,
    /// Its value in that run, in Python's words.
    pub value: String,
    /// Its comment in that run.
    pub comment: String,
    /// How many runs have it.
    pub count: u64,
}

/// A job that makes up a name in every run shall not fill the memory.
const MAX_NAMES: usize = 10_000;

impl Summaries {
    /// Takes note of an addition of `run`.
    pub fn see(&mut self, addition: &Addition, run: RunIndex) {
        let names = &mut self.of_kind[addition.kind as usize];
        if let Some(example) = names.get_mut(&addition.name) {
            example.count += 1;
            if run < example.run {
                *example = Example { count: example.count, ..Example::of(addition, run) };
            }
        } else if names.len() < MAX_NAMES {
            names.insert(addition.name.clone(), Example::of(addition, run));
        }
    }

    /// All names of one kind, in their order.
    pub fn of(&self, kind: AdditionKind) -> &BTreeMap<NodePath, Example> {
        &self.of_kind[kind as usize]
    }
}

impl Example {
    fn of(addition: &Addition, run: RunIndex) -> Self {
        let one = |(item, value): &(NodePath, Value)| match addition.kind {
            AdditionKind::DerivedParameter => value.repr(MAX_VALUE),
            AdditionKind::Result => format!("{item}={}", value.repr(MAX_VALUE)),
        };
        let mut value = cut(&addition.summary);
        let of_class = addition.class.is_some();
        for item in addition.items.iter().filter(|_| !of_class) {
            if !value.is_empty() {
                value.push_str(", ");
            }
            value.push_str(&one(item));
            if value.chars().count() > MAX_VALUE {
                value = value.chars().take(MAX_VALUE - 3).chain("...".chars()).collect();
                break;
            }
        }
        Self { run, value, comment: addition.comment.clone(), count: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trajectory::{Axis, Explored};

    #[test]
    fn rows_say_what_pypets_say() {
        let axis = Axis::list(vec![Value::Int(1), Value::Int(2)]).unwrap();
        let tau = Parameter { explored: Some(Explored { axis, position: 0 }), ..Parameter::new(Value::Int(1), "c") };
        let row = explored_row(&NodePath::new("net.neuron.tau").unwrap(), &tau).unwrap();
        assert_eq!((row.location.as_str(), row.name.as_str()), ("parameters.net.neuron", "tau"));
        assert_eq!(row.range, Some((2, "1, 2".into())));
        assert_eq!(node_row("config", &NodePath::new("x").unwrap(), &tau).location, "config");
    }

    #[test]
    fn the_example_is_the_lowest_run() {
        let z = |v: f64| Addition {
            items: vec![(NodePath::new("z").unwrap(), Value::Float(v))],
            ..Addition::new(AdditionKind::Result, NodePath::new("z").unwrap(), format!("about {v}"))
        };
        let mut summaries = Summaries::default();
        for run in [3, 1, 2] {
            summaries.see(&z(f64::from(run)), RunIndex(run));
        }
        let example = summaries.of(AdditionKind::Result).values().next().unwrap();
        let expected = Example { run: RunIndex(1), value: "z=1.0".into(), comment: "about 1".into(), count: 3 };
        assert_eq!(*example, expected);
    }
}
