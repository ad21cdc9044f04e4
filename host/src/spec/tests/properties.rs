//! Rules that hold for any spec.

use proptest::prelude::*;

use super::*;

/// Text that is nearly a spec.
fn nearly_a_spec() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "[parameters]\n",
        "[explore.axes]\n",
        "[explore]\n",
        "[limits]\n",
        "[job]\n",
        "[storage]\n",
        "[capabilities]\n",
        "[environment]\n",
        "[failure]\n",
        "[replicate]\n",
        "x",
        "y.z",
        "\"a b\"",
        " = ",
        "1",
        "2.5",
        "nan",
        "-inf",
        "\"text\"",
        "'ü'",
        "true",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "value = ",
        "range = ",
        "linspace = ",
        "logspace = ",
        "file = ",
        "column = ",
        "array = ",
        "dtype = ",
        "dict = ",
        "table = ",
        "tuple = ",
        "complex = ",
        "bytes = ",
        "mode = \"zip\"\n",
        "\n",
        "timeout = ",
        "\"5min\"",
        "memory = ",
        "2020-01-01",
        "count = ",
        "seed = ",
        "name = ",
        "dims = ",
        "dirs = ",
        ".",
        "#",
        "9999999999999999999999",
        "[[1, 2], [3]]",
        "[1, 2]",
        "axes = ",
    ]);
    prop::collection::vec(words, 0..30).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_text_is_a_spec_or_refused(text in ".{0,200}") {
        let _ = SpecFile::parse(&text, Path::new("exp.toml"));
        let _ = resolve(&text, &[], None);
    }

    #[test]
    fn anything_like_a_spec_is_one_or_refused(text in nearly_a_spec()) {
        if let Err(error) = resolve(&text, &[], None) {
            let said = error.to_string();
            prop_assert!(!error.message().contains("$__"), "{}", said);
        }
    }

    #[test]
    fn any_argument_is_an_axis_or_refused(text in ".{0,60}", tail in "[-+0-9.e:,a-z\"'\\[\\]{}= ]{0,30}") {
        let _ = resolve("", &[&text], None);
        let _ = resolve("", &[&format!("x={tail}")], None);
        let _ = resolve("[parameters]\nx = 1.5", &[&format!("x={tail}")], None);
    }

    #[test]
    fn as_many_runs_as_the_product(lengths in prop::collection::vec(1usize..6, 0..5), replicates in 1u64..4) {
        let axes: String = lengths.iter().enumerate()
            .map(|(i, &n)| format!("x{i} = {:?}\n", (0..n).collect::<Vec<_>>())).collect();
        let text = format!("[replicate]\ncount = {replicates}\n[explore.axes]\n{axes}");
        let experiment = resolve(&text, &[], None).unwrap();
        prop_assert_eq!(experiment.trajectory.run_count(), lengths.iter().product::<usize>() as u64 * replicates);
        prop_assert_eq!(experiment.trajectory.parameters().len(), lengths.len() + usize::from(replicates > 1));
    }

    #[test]
    fn lists_say_the_same_on_the_command_line_and_in_the_spec(
        ints in prop::collection::vec(any::<i64>(), 2..6),
        reals in prop::collection::vec(any::<f64>().prop_filter("finite", |x| x.is_finite()), 2..6),
        texts in prop::collection::vec("[a-z ,'=\\\\\"üß]{0,8}", 2..6),
    ) {
        let joined = |items: Vec<String>| items.join(",");
        let lists = [
            joined(ints.iter().map(i64::to_string).collect()),
            joined(reals.iter().map(|x| format!("{x:?}")).collect()),
            joined(texts.iter().map(|s| toml::Value::String(s.clone()).to_string()).collect()),
        ];
        for list in lists {
            let spec = resolve(&format!("[explore.axes]\nx = [{list}]"), &[], None).unwrap();
            let argument = resolve("", &[&format!("x={list}")], None).unwrap();
            let (spec, argument) = (&spec.trajectory.parameters()[&path("x")], &argument.trajectory.parameters()[&path("x")]);
            prop_assert_eq!(spec, argument);
        }
    }

    #[test]
    fn ranges_of_the_command_line_keep_their_ends(start in -1000i64..1000, stop in -1000i64..1000, count in 2u64..50) {
        let experiment = resolve("", &[&format!("x={start}..{stop}:{count}")], None).unwrap();
        let axis = &experiment.trajectory.parameters()[&path("x")].explored.as_ref().unwrap().axis;
        prop_assert_eq!(axis.len(), count);
        let number = |value: Value| match value {
            Value::Int(i) => i as f64,
            Value::Float(x) => x,
            other => panic!("{other:?}"),
        };
        prop_assert_eq!(number(axis.at(0)), start as f64);
        prop_assert_eq!(number(axis.at(count - 1)), stop as f64);
    }
}
