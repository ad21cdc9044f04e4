//! Every function and every value of the contract, once.
//!
//! Whatever parameters the spec gives are stored again as results `echo.<name>`, so that a test can compare
//! them; the other results are fixed, and written out in [`values`]. The parameter `part` asks for one of [`parts`] instead.
//! `README.md` says what the same job in another language has to do.

mod parts;

use host_guest::bindings::host::exploration::single_run;
use host_guest::{
    Array, Complex, Complex32, Compressed, Dictionary, Indices, IntoValue, JobError, Level, List, Manifest, Parameter,
    ResultDeclaration, SingleRun, Sparse, SparseStructure, Table, Tuple, Value,
};

host_guest::job!(conform, describe = describe);

fn describe() -> Manifest {
    // Says nothing of parameters: a test may give whatever it wants to see echoed.
    Manifest::new("Every function and every value of the contract: ä 漢 🦀")
        .result(ResultDeclaration::new("plain.real").unit("m s-1").comment("a real number"))
        .result(ResultDeclaration::array("arrays.float64", ["row", "column"]).unit("V").comment("an array"))
}

/// The other half of describing: every type of parameter. Not part of the manifest, which stays silent
/// about parameters, but stored as text, so that a test sees that each can be built.
fn every_parameter() -> Vec<Parameter> {
    vec![
        Parameter::boolean("boolean").default(true),
        Parameter::integer("integer").default(3).range(0.0, 10.0),
        Parameter::real("real").unit("s").default(0.5).minimum(0.0).maximum(1.0).comment("a real number"),
        Parameter::complex("complex").default(Complex::new(1.0, -1.0)),
        Parameter::text("text").default("ä"),
        Parameter::bytes("bytes").default(vec![0_u8, 255]),
        Parameter::array("array").default([1.0, 2.0]),
        Parameter::sequence("sequence").default(List::new([1, 2])),
        Parameter::table("table").default(Table::new().column("t", [0.0])),
        Parameter::dictionary("dictionary").default(Dictionary::new().entry("a.b", 1)),
        Parameter::sparse("sparse").default(Sparse::coo([2, 2], [1.0], &[0], &[1])),
    ]
}

fn conform(traj: &mut SingleRun) -> Result<(), JobError> {
    let part = traj.f_get_default("part", "everything".to_owned())?;
    match parts::PARTS.iter().find(|(name, _)| *name == part) {
        Some((_, run)) => run(traj),
        None => Err(format!("there is no part `{part}`").into()),
    }
}

fn everything(traj: &mut SingleRun) -> Result<(), JobError> {
    echo_parameters(traj)?;
    echo_arguments(traj)?;
    properties(traj)?;
    for (name, value) in values() {
        traj.f_add_result(name, value)?;
    }
    several_items(traj)?;
    derived_parameters_and_annotations(traj)?;
    access(traj)?;
    logs_and_progress(traj);
    Ok(())
}

fn echo_parameters(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut known = Vec::new();
    for parameter in traj.f_list_parameters("") {
        let value: Value = traj.f_get(&parameter.name)?;
        let short = parameter.name.strip_prefix("parameters.").unwrap_or(&parameter.name).to_owned();
        traj.result(&format!("echo.{short}")).comment(&*parameter.comment).value(value).add()?;
        known.push(format!("{}|{}|{}|{}", parameter.name, parameter.unit, parameter.explored, parameter.comment));
    }
    traj.f_add_result("parameters_seen", List::new(known))?;
    Ok(())
}

fn echo_arguments(traj: &mut SingleRun) -> Result<(), JobError> {
    let args: Vec<Value> = traj.args().iter().cloned().collect();
    for (position, value) in args.into_iter().enumerate() {
        traj.f_add_result(&format!("args.arg_{position}"), value)?;
    }
    let kwargs: Vec<(String, Value)> =
        traj.kwargs().iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    for (name, value) in kwargs {
        traj.f_add_result(&format!("kwargs.{name}"), value)?;
    }
    Ok(())
}

fn properties(traj: &mut SingleRun) -> Result<(), JobError> {
    let seed = Array::scalar(traj.v_seed());
    let (index, length) = (i64::try_from(traj.v_idx())?, i64::try_from(traj.v_length())?);
    let (name, trajectory) = (traj.v_name(), traj.v_trajectory_name());
    let mut rng = traj.rng();
    let random = [rng.uniform(), rng.uniform()];
    traj.result("properties")
        .item("idx", index)
        .item("length", length)
        .item("name", name)
        .item("seed", seed)
        .item("trajectory_name", trajectory)
        .item("random", random)
        .add()?;
    Ok(())
}

/// One result of every type of value, and one array of every element and of every shape that is special.
fn values() -> Vec<(&'static str, Value)> {
    vec![
        ("plain.none", None::<bool>.into_value()),
        ("plain.boolean", true.into_value()),
        ("plain.integer", i64::MIN.into_value()),
        ("plain.real", 0.1.into_value()),
        ("plain.real_nan", f64::NAN.into_value()),
        ("plain.real_infinite", f64::NEG_INFINITY.into_value()),
        ("plain.complex", Complex::new(1.5, -2.5).into_value()),
        ("plain.text", "größe 漢字 🦀".into_value()),
        ("plain.text_empty", "".into_value()),
        ("plain.bytes", vec![0_u8, 1, 254, 255].into_value()),
        ("plain.bytes_empty", Vec::<u8>::new().into_value()),
        ("arrays.boolean", [true, false, true].into_value()),
        ("arrays.signed8", [i8::MIN, 0, i8::MAX].into_value()),
        ("arrays.signed16", [i16::MIN, 0, i16::MAX].into_value()),
        ("arrays.signed32", [i32::MIN, 0, i32::MAX].into_value()),
        ("arrays.signed64", [i64::MIN, 0, i64::MAX].into_value()),
        // As an `Array`: a bare vector of `u8` would be bytes.
        ("arrays.unsigned8", Array::new([3], [0_u8, 1, u8::MAX]).into_value()),
        ("arrays.unsigned16", [0, 1, u16::MAX].into_value()),
        ("arrays.unsigned32", [0, 1, u32::MAX].into_value()),
        ("arrays.unsigned64", [0, 1, u64::MAX].into_value()),
        ("arrays.float32", [0.1_f32, -0.0, f32::INFINITY].into_value()),
        ("arrays.float64", Array::new([2, 3], [0.0, 0.1, 0.2, 1.0, 1.1, 1.2]).into_value()),
        ("arrays.complex64", [Complex32 { re: 1.5, im: -2.5 }, Complex32 { re: 0.0, im: 1.0 }].into_value()),
        ("arrays.complex128", Array::new([2, 1], [Complex::new(1.5, -2.5), Complex::from(3.0)]).into_value()),
        ("arrays.text", ["ä", "", "漢字"].map(String::from).into_value()),
        ("arrays.text_2d", Array::new([2, 2], ["a", "bb", "ccc", "🦀"].map(String::from)).into_value()),
        ("arrays.empty", Vec::<f64>::new().into_value()),
        ("arrays.empty_3d", Array::<i32>::new([2, 0, 3], []).into_value()),
        ("arrays.empty_text", Vec::<String>::new().into_value()),
        ("arrays.scalar", Array::scalar(2.5).into_value()),
        ("arrays.cube", Array::new([2, 2, 2], [0_i32, 1, 2, 3, 4, 5, 6, 7]).into_value()),
        ("lists.empty", List::new(Vec::<bool>::new()).into_value()),
        ("lists.booleans", List::new([true, false]).into_value()),
        ("lists.integers", List::new([1, 2, 3]).into_value()),
        ("lists.reals", List::new([0.5, 1.5]).into_value()),
        ("lists.complexes", List::new([Complex::new(0.0, 1.0), Complex::from(1.0)]).into_value()),
        ("lists.texts", List::new(["ä", "b", ""]).into_value()),
        ("lists.byte_strings", List::new([vec![1_u8, 2], vec![]]).into_value()),
        ("tuples.empty", Tuple::new(Vec::<bool>::new()).into_value()),
        ("tuples.booleans", Tuple::new([true, false]).into_value()),
        ("tuples.integers", Tuple::new([1, 2, 3]).into_value()),
        ("tuples.reals", Tuple::new([0.5, 1.5]).into_value()),
        ("tuples.complexes", Tuple::new([Complex::new(0.0, 1.0), Complex::from(1.0)]).into_value()),
        ("tuples.texts", Tuple::new(["ä", "b", ""]).into_value()),
        ("tuples.byte_strings", Tuple::new([vec![1_u8, 2], vec![]]).into_value()),
        (
            "tables.every_column",
            Table::new()
                .column("boolean", [true, false])
                .column("signed64", [1_i64, -1])
                .column("unsigned8", [1_u8, 2])
                .column("float32", [0.5_f32, 1.5])
                .column("float64", [0.5, 1.5])
                .column("complex128", [Complex::new(1.0, 2.0), Complex::from(3.0)])
                .column("text", ["kurz", "länger"].map(String::from))
                .column("vectors", Array::new([2, 3], [0.0, 0.1, 0.2, 1.0, 1.1, 1.2]))
                .into_value(),
        ),
        ("tables.without_rows", Table::new().column("t", Vec::<f64>::new()).into_value()),
        (
            "dictionaries.nested",
            Dictionary::new()
                .entry("flag", true)
                .entry("text", "ä")
                .entry("nothing", None::<bool>)
                .nested("inner", Dictionary::new().entry("list", List::new([1, 2])).entry("deep.array", [0.5, 1.5]))
                .into_value(),
        ),
        ("dictionaries.empty", Dictionary::new().into_value()),
    ]
    .into_iter()
    .chain(sparse_values())
    .collect()
}

/// One sparse matrix of every format.
fn sparse_values() -> Vec<(&'static str, Value)> {
    let block = |numbers: [i32; 4]| numbers.map(f64::from);
    let blocks = [block([1, 2, 3, 4]), block([5, 6, 7, 8])].concat();
    let places = Compressed { indices: Indices::Signed32(vec![1, 0]), indptr: Indices::Signed64(vec![0, 1, 2]) };
    let bsr =
        Sparse { rows: 4, columns: 4, data: Array::new([2, 2, 2], blocks), structure: SparseStructure::Bsr(places) };
    let diagonals = Array::new([2, 3], [4_i16, 5, 0, 0, 0, 3]);
    let offsets = SparseStructure::Dia(Indices::Signed32(vec![-1, 2]));
    let dia = Sparse { rows: 3, columns: 3, data: diagonals, structure: offsets };
    vec![
        ("sparse.csr", Sparse::csr([2, 3], [3.0, f64::NAN], &[2, 0], &[0, 1, 2]).into_value()),
        ("sparse.csc", Sparse::csc([2, 3], [Complex32 { re: 4.0, im: -1.0 }], &[1], &[0, 1, 1, 1]).into_value()),
        ("sparse.bsr", bsr.into_value()),
        ("sparse.coo", Sparse::coo([2, 3], [true, false], &[1, 0], &[0, 2]).into_value()),
        ("sparse.dia", dia.into_value()),
        ("sparse.empty", Sparse::<u8>::csr([0, 3], [], &[], &[0]).into_value()),
        ("sparse.wide", Sparse::csr([1, 1 << 31], [1_u64], &[(1 << 31) - 1], &[0, 1]).into_value()),
    ]
}

fn several_items(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.result("items.named")
        .comment("Drei Posten: Zeiten, Anzahl, Ort")
        .item("times", [0.1, 0.2])
        .item("count", 2)
        .item("place.row", 7)
        .add()?;
    traj.result("items.mixed_with_sparse")
        .comment("matrices beside other values")
        .item("z", 1.5)
        .item("a", Sparse::coo([1, 2], [7], &[0], &[1]))
        .item("deep.matrix", Sparse::csr([1, 1], [0.25], &[0], &[0, 1]))
        .item("deep.words", List::new(["ä", "b"]))
        .add()?;
    traj.result("items.numbered").comment("named after the result").value(1).value(2).value(3).add()?;
    Ok(())
}

fn derived_parameters_and_annotations(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_derived_parameter("derived.doubled", 2 * traj.v_idx() as i64, "twice the index")?;
    traj.f_add_derived_parameter("derived.opaque", vec![0_u8, 128, 4, 46], "what a job alone understands")?;
    traj.f_add_derived_parameter("derived.sparse", Sparse::csr([1, 1], [0.5], &[0], &[0, 1]), "")?;
    let again: Sparse<f64> = traj.f_get("derived.sparse")?;
    traj.f_add_result("derived_sparse_seen", again.to_dense())?;
    let doubled: i64 = traj.f_get("derived.doubled")?;
    traj.f_add_result("derived_seen", doubled)?;
    traj.f_set_annotation("plain.real", "replaced", "before")?;
    traj.f_set_annotation("plain.real", "replaced", "after ä")?;
    traj.f_set_annotation("plain.real", "list", List::new([1, 2]))?;
    traj.f_set_annotation("derived.doubled", "factor", 2)?;
    Ok(())
}

fn access(traj: &mut SingleRun) -> Result<(), JobError> {
    let default = "a default ä".into_value();
    let raw =
        single_run::f_get_default("there.is_no.such_parameter", &default).map_err(|error| format!("{error:?}"))?;
    traj.f_add_result("access.raw_default", raw)?;
    let typed = traj.f_get_default("there.is_no.such_parameter", 4.5)?;
    traj.f_add_result("access.typed_default", typed)?;
    let contains = [traj.f_contains("there.is_no.such_parameter"), traj.f_contains("derived.doubled")];
    traj.f_add_result("access.contains", contains)?;
    traj.f_add_result("access.every_parameter", format!("{:?}", every_parameter()))?;
    Ok(())
}

fn logs_and_progress(traj: &mut SingleRun) {
    traj.debug("a debug line");
    traj.info("an info line: ä 漢 🦀");
    traj.warning("a warning line");
    traj.error("an error line\nwith a second line");
    traj.log(Level::Info, "");
    for step in 0..=4 {
        traj.progress(f64::from(step) / 4.0, format!("step {step} of 4"));
    }
}
