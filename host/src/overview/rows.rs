//! Rows of the overview tables.

use std::{borrow::Cow, fmt::Write};

use crate::trajectory::{Addition, AdditionKind, NodePath, Parameter, RunIndex, Value};

use super::{Example, MAX_COMMENT, MAX_RANGE, MAX_VALUE};

/// One node in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRow {
    /// Everything before the name: `parameters.neuron`.
    pub location: String,
    /// The last component.
    pub name: String,
    /// The value in Python's words, cut with dots.
    pub value: String,
    /// Empty if there is none; cut with dots.
    pub comment: String,
    /// How many values it has: 1, or as many as it explores.
    pub length: u64,
    /// Which values it explores; for explored parameters.
    pub range: Option<RangeWords>,
    /// Which nodes it stands for; in summaries.
    pub example: Option<ExampleWords>,
}

/// The values along an axis in Python's words, cut with dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeWords {
    /// As pypet 0.7 writes it: `1, 2`.
    pub listed: String,
    /// As pypet 0.1 writes it, the `str` of a tuple: `(1, 2)`.
    pub tuple: String,
}

/// What one row of a summary stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleWords {
    /// The location with the run masked: `results.runs.run_set_XXXXX.run_XXXXXXXX`.
    pub mask: String,
    /// The run that is shown.
    pub run: String,
    /// How many runs have such a node.
    pub count: u64,
    /// SHA-1 of the comment, in hexadecimal digits.
    pub hexdigest: String,
}

/// The row of a parameter or a configuration entry of `branch`.
pub fn node_row(branch: &str, path: &NodePath, parameter: &Parameter) -> NodeRow {
    NodeRow {
        location: location(branch, path),
        name: path.name().to_owned(),
        value: match &parameter.stored {
            Some(stored) => cut_with_dots(&stored.summary, MAX_VALUE).into(),
            None => words_of_value(&parameter.value),
        },
        comment: cut_with_dots(&parameter.comment, MAX_COMMENT).into(),
        length: parameter.explored.as_ref().map_or(1, |explored| explored.axis.len()),
        range: None,
        example: None,
    }
}

/// The row of an explored parameter; `None` if it is not explored. Its range is that of its axis.
pub fn explored_row(path: &NodePath, parameter: &Parameter) -> Option<NodeRow> {
    let axis = &parameter.explored.as_ref()?.axis;
    let mut listed = String::new();
    let of_class = parameter.stored.as_ref().map(|stored| stored.explored_summaries.as_slice());
    for (at, value) in axis.values().enumerate() {
        if !listed.is_empty() {
            listed.push_str(", ");
        }
        match of_class.and_then(|summaries| summaries.get(at)) {
            Some(summary) => listed.push_str(&cut_with_dots(summary, MAX_VALUE)),
            None => listed.push_str(&value.repr(MAX_VALUE)),
        }
        if listed.len() > MAX_RANGE {
            break;
        }
    }
    let tuple = format!("({listed}{})", if axis.len() == 1 { "," } else { "" });
    let cut = |words: &str| cut_with_dots(words, MAX_RANGE).into_owned();
    let range = RangeWords { listed: cut(&listed), tuple: cut(&tuple) };
    Some(NodeRow { range: Some(range), ..node_row("parameters", path, parameter) })
}

/// The row of a result or derived parameter below `place`: its branch, or the group of its run.
pub fn addition_row(place: &str, addition: &Addition) -> NodeRow {
    NodeRow {
        location: location(place, &addition.name),
        name: addition.name.name().to_owned(),
        value: words_of(addition),
        comment: cut_with_dots(&addition.comment, MAX_COMMENT).into(),
        length: 1,
        range: None,
        example: None,
    }
}

/// Where the additions of a run are: `results.runs.run_set_00000.run_00000001`.
pub fn run_place(kind: AdditionKind, run: RunIndex) -> String {
    format!("{}.runs.{}.{run}", kind.branch(), run.set_name())
}

/// The row of everything that runs have added under `name`.
pub fn summary_row(kind: AdditionKind, name: &NodePath, example: &Example) -> NodeRow {
    let mask = format!("{}.runs.run_set_XXXXX.run_XXXXXXXX", kind.branch());
    NodeRow {
        location: location(&run_place(kind, example.run), name),
        name: name.name().to_owned(),
        value: example.value.clone(),
        comment: example.comment.clone(),
        length: 1,
        range: None,
        example: Some(ExampleWords {
            mask: location(&mask, name),
            run: example.run.name(),
            count: example.count,
            hexdigest: example.digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }),
    }
}

/// The items of an addition in Python's words, cut with dots.
pub(super) fn words_of(addition: &Addition) -> String {
    if addition.class.is_some() {
        return cut_with_dots(&addition.summary, MAX_VALUE).into();
    }
    let mut words = String::new();
    for (item, value) in &addition.items {
        if !words.is_empty() {
            words.push_str(", ");
        }
        if addition.kind == AdditionKind::Result {
            let _ = write!(words, "{item}=");
        }
        words.push_str(&words_of_value(value));
        if words.len() > MAX_VALUE {
            break;
        }
    }
    cut_with_dots(&words, MAX_VALUE).into()
}

/// A value in Python's words, cut with dots.
pub fn words_of_value(value: &Value) -> String {
    cut_with_dots(&value.repr(MAX_VALUE), MAX_VALUE).into()
}

fn location(place: &str, path: &NodePath) -> String {
    match path.location() {
        "" => place.to_owned(),
        location => format!("{place}.{location}"),
    }
}

/// `text` in no more than `most` bytes; if something is missing, it ends with three dots.
pub(super) fn cut_with_dots(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    format!("{}...", &text[..text.floor_char_boundary(most - 3)]).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trajectory::{Axis, Explored};
    use proptest::prelude::*;

    fn explored(values: Vec<Value>) -> Parameter {
        let axis = Axis::list(values).unwrap();
        Parameter { explored: Some(Explored { axis, position: 0 }), ..Parameter::new(Value::Int(1), "c") }
    }

    #[test]
    fn rows_say_what_pypets_say() {
        let tau = explored(vec![Value::Int(1), Value::Int(2)]);
        let row = explored_row(&NodePath::new("net.neuron.tau").unwrap(), &tau).unwrap();
        assert_eq!((row.location.as_str(), row.name.as_str()), ("parameters.net.neuron", "tau"));
        assert_eq!(row.length, 2);
        assert_eq!(row.range, Some(RangeWords { listed: "1, 2".into(), tuple: "(1, 2)".into() }));
        let x = NodePath::new("x").unwrap();
        assert_eq!(node_row("config", &x, &tau).location, "config");
        assert_eq!(node_row("config", &x, &Parameter::new(Value::Int(1), "")).length, 1);
        let alone = explored_row(&x, &explored(vec![Value::Text("a".into())])).unwrap();
        assert_eq!(alone.range, Some(RangeWords { listed: "'a'".into(), tuple: "('a',)".into() }));
    }

    #[test]
    fn long_ranges_end_with_dots() {
        let range = explored_row(&NodePath::new("x").unwrap(), &explored((0..1000).map(Value::Int).collect()));
        let range = range.unwrap().range.unwrap();
        assert_eq!((range.listed.len(), range.tuple.len()), (MAX_RANGE, MAX_RANGE));
        assert!(range.listed.starts_with("0, 1, 2") && range.listed.ends_with("..."));
        assert!(range.tuple.starts_with("(0, 1, 2") && range.tuple.ends_with("..."));
    }

    #[test]
    fn additions_stand_where_their_run_is() {
        let items =
            vec![(NodePath::new("a").unwrap(), Value::Int(1)), (NodePath::new("b").unwrap(), Value::Bool(true))];
        let name = NodePath::new("deep.er").unwrap();
        let result =
            Addition { items: items.clone(), ..Addition::new(AdditionKind::Result, name.clone(), "about".into()) };
        let row = addition_row("results.runs.run_set_00000.run_00000001", &result);
        assert_eq!(row.location, "results.runs.run_set_00000.run_00000001.deep");
        assert_eq!((row.name.as_str(), row.value.as_str(), row.comment.as_str()), ("er", "a=1, b=True", "about"));
        let derived = Addition { items, ..Addition::new(AdditionKind::DerivedParameter, name, String::new()) };
        assert_eq!(addition_row("derived_parameters", &derived).value, "1, True");
    }

    proptest! {
        #[test]
        fn what_is_cut_fits_and_says_so(text in "\\PC{0,40}", most in 3usize..60) {
            let cut = cut_with_dots(&text, most);
            prop_assert!(cut.len() <= most);
            if text.len() <= most {
                prop_assert_eq!(&cut, &text);
            } else {
                prop_assert!(cut.ends_with("..."));
                prop_assert!(text.starts_with(&cut[..cut.len() - 3]));
            }
        }
    }
}
