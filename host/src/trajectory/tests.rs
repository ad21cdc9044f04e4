//! The trajectory as a whole: points, look-ups from a run, additions, seeds.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

fn path(name: &str) -> NodePath {
    NodePath::new(name).expect("a legal name")
}

/// A trajectory over `axes`, with `fixed` beside them.
fn trajectory(axes: &[(&str, Vec<Value>)], fixed: &[(&str, Value)], replicates: u64) -> Trajectory {
    let mut parameters = BTreeMap::new();
    for (position, (name, values)) in axes.iter().enumerate() {
        let axis = Axis::list(values.clone()).unwrap();
        let explored = Some(Explored { axis, position });
        parameters.insert(path(name), Parameter { explored, ..Parameter::new(values[0].clone(), "") });
    }
    for (name, value) in fixed {
        parameters.insert(path(name), Parameter::new(value.clone(), ""));
    }
    let lengths = axes.iter().map(|(_, values)| values.len() as u64).collect();
    let points = Points::new(lengths, Combine::Cartesian, replicates).unwrap();
    Trajectory::from_parts("t", "", parameters, points, 42).unwrap()
}

fn ints(values: impl IntoIterator<Item = i64>) -> Vec<Value> {
    values.into_iter().map(Value::Int).collect()
}

fn listing(t: &Trajectory) -> String {
    t.runs().map(|run| format!("{run}  {}\n", t.summary(run))).collect()
}

#[test]
fn product_of_two_parameters_and_replicates() {
    let t =
        trajectory(&[("a", ints([1, 2])), ("net.b", vec![Value::Text("x".into()), Value::Text("y".into())])], &[], 2);
    insta::assert_snapshot!(listing(&t));
}

#[test]
fn equal_short_names_are_written_in_full() {
    let t = trajectory(&[("pre.tau", ints([1])), ("post.tau", ints([2]))], &[], 1);
    assert_eq!(t.summary(RunIndex(0)), "post.tau: 2,   pre.tau: 1");
}

fn run() -> SingleRun {
    let t =
        trajectory(&[("neuron.tau", ints([10, 20]))], &[("synapse.tau", Value::Int(5)), ("dt", Value::Float(0.1))], 1);
    SingleRun::new(Arc::new(t), RunIndex(1))
}

#[test]
fn a_run_sees_its_point() {
    let mut run = run();
    assert_eq!(run.f_get("neuron.tau"), Ok(Value::Int(20)));
    assert_eq!(run.f_get("parameters.neuron.tau"), Ok(Value::Int(20)));
    assert_eq!(run.f_get("dt"), Ok(Value::Float(0.1)));
    run.f_add_derived_parameter("ratio", Value::Float(4.0), String::new()).unwrap();
    assert_eq!(run.f_get("ratio"), Ok(Value::Float(4.0)));
    assert_eq!(run.f_get("derived_parameters.ratio"), Ok(Value::Float(4.0)));
    let refusals = ["tau", "nix", "config.environment.hexsha", "results.z", "", "parameters.ratio"];
    insta::assert_snapshot!(refusals.map(|name| run.f_get(name).unwrap_err().to_string()).join("\n"));
}

#[test]
fn a_run_adds_below_itself_and_nowhere_else() {
    let mut run = run();
    let one = || vec![(String::new(), Value::Int(1))];
    run.f_add_result("z", one(), String::new()).unwrap();
    run.f_add_result("spikes.count", one(), String::new()).unwrap();
    run.f_add_result("a-b", one(), String::new()).unwrap();
    run.f_add_result("a.c", one(), String::new()).unwrap();
    let names = [
        "z",
        "spikes",
        "spikes.count.x",
        "a",
        "../z",
        "/z",
        "results.z",
        "runs.run_00000000.z",
        "run_00000000.z",
        "parameters.x",
        "config",
        "z.",
        "",
        "par",
    ];
    let mut messages: Vec<String> =
        names.iter().map(|name| run.f_add_result(name, one(), String::new()).expect_err(name).to_string()).collect();
    messages.push(run.f_add_result("none", vec![], String::new()).unwrap_err().to_string());
    let twice = vec![("a".to_owned(), Value::Int(1)), ("a".to_owned(), Value::Int(1))];
    messages.push(run.f_add_result("twice", twice, String::new()).unwrap_err().to_string());
    messages.push(run.f_set_annotation("nix", "unit", Value::Int(1)).unwrap_err().to_string());
    messages.push(run.f_set_annotation("z", "_unit", Value::Int(1)).unwrap_err().to_string());
    messages.push(run.f_set_annotation("z", "unit", Value::None).unwrap_err().to_string());
    insta::assert_snapshot!(messages.join("\n"));

    run.f_set_annotation("z", "unit", Value::Text("mV".into())).unwrap();
    let two = vec![(String::new(), Value::Int(1)), (String::new(), Value::Int(2)), ("n".to_owned(), Value::Int(3))];
    run.f_add_result("many", two, "three items".into()).unwrap();
    let finished = run.finish(Ok(()), 0.0, std::time::Duration::ZERO);
    let items: Vec<_> = finished.additions.last().unwrap().items.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(items, ["many", "many_1", "n"]);
    assert_eq!(finished.additions[0].annotations["unit"], Value::Text("mV".into()));
}

#[test]
fn a_failed_run_keeps_its_reason_alone() {
    let mut run = run();
    run.f_add_result("z", vec![(String::new(), Value::Int(1))], String::new()).unwrap();
    let finished = run.finish(Err(RunFailure::Trap("unreachable".into())), 0.0, std::time::Duration::ZERO);
    assert!(finished.additions.is_empty());
}

#[test]
fn parameters_do_not_lie_inside_of_one_another() {
    let parameters = ["a", "a-b", "a.b"].map(|name| (path(name), Parameter::new(Value::Int(1), ""))).into();
    let points = Points::new(vec![], Combine::Cartesian, 1).unwrap();
    let error = Trajectory::from_parts("t", "", parameters, points, 0).unwrap_err();
    assert_eq!(error, TrajectoryError::Nested { outer: path("a"), inner: path("a.b") });
}

#[test]
fn seeds_are_the_same_for_ever() {
    // A change here would change the results of everybody's experiments.
    let t = trajectory(&[("x", ints([1, 2]))], &[("y", Value::Float(0.5))], 2);
    insta::assert_snapshot!(t.runs().map(|run| format!("{:016x}\n", t.seed(run))).collect::<String>());
}

/// The seed of every point, by its values.
fn seeds(t: &Trajectory) -> BTreeMap<String, u64> {
    t.runs().map(|run| (t.summary(run), t.seed(run))).collect()
}

proptest! {
    #[test]
    fn seeds_do_not_depend_on_the_position(
        xs in proptest::collection::btree_set(-50i64..50, 1..6),
        ys in proptest::collection::btree_set(-50i64..50, 1..6),
        more in proptest::collection::btree_set(50i64..90, 1..4),
        replicates in 2u64..4,
    ) {
        let grid = trajectory(&[("x", ints(xs.clone())), ("y", ints(ys.clone()))], &[], replicates);
        let extended = trajectory(
            &[("y", ints(more.into_iter().chain(ys.into_iter().rev()))), ("x", ints(xs.into_iter().rev()))],
            &[],
            replicates + 1,
        );
        let all = seeds(&extended);
        for (point, seed) in seeds(&grid) {
            prop_assert_eq!(all.get(&point), Some(&seed), "{}", point);
        }
        let distinct: std::collections::BTreeSet<_> = all.values().collect();
        prop_assert_eq!(distinct.len(), all.len(), "two points share a seed");
    }

    #[test]
    fn exploring_a_single_value_changes_no_seed(x in any::<i64>(), y in any::<i64>()) {
        let fixed = trajectory(&[("x", ints([x]))], &[("y", Value::Int(y))], 1);
        let explored = trajectory(&[("x", ints([x])), ("y", ints([y]))], &[], 1);
        prop_assert_eq!(fixed.seed(RunIndex(0)), explored.seed(RunIndex(0)));
    }
}

#[test]
fn seeds_tell_sparse_matrices_apart() {
    let seed = |columns, data: f64, structure| {
        let data = Array::flat(ArrayData::Float64(vec![data])).unwrap();
        let value = Value::Sparse(Sparse::new([1, columns], data, structure).unwrap());
        Contribution::of(&NodePath::new("w").unwrap(), &value).seed(0, 0)
    };
    let narrow = |index| Indices::Int32(vec![index]);
    let csr = |index| Structure::Csr(Compressed { indices: narrow(index), indptr: Indices::Int32(vec![0, 1]) });
    let coo = Structure::Coo(Coordinates { row: narrow(0), col: narrow(1) });
    let wide = Compressed { indices: Indices::Int64(vec![1]), indptr: Indices::Int64(vec![0, 1]) };
    let seeds =
        [seed(3, 1.0, csr(1)), seed(3, 2.0, csr(1)), seed(3, 1.0, csr(2)), seed(4, 1.0, csr(1)), seed(3, 1.0, coo)];
    assert_eq!(seeds.iter().collect::<std::collections::BTreeSet<_>>().len(), seeds.len(), "{seeds:?}");
    assert_eq!(seed(3, 1.0, Structure::Csr(wide)), seeds[0], "the width of indices is no content");
    insta::assert_snapshot!(seeds.map(|seed| format!("{seed:016x}\n")).concat());
}
