//! Everything that can be derived: parameters and results as structs, and types of `serde` beside them.

use std::collections::BTreeMap;

use host_guest::{Array, Choice, Complex, JobError, Parameters, Results, SingleRun, Sparse, Table};
use ndarray::{Array2, ArrayD, arr2};
use serde::{Deserialize, Serialize};

#[derive(Parameters)]
#[parameters(group = "neuron")]
struct Neuron {
    /// Membrane
    /// time constant
    #[parameter(unit = "s", default = 0.5, range = 1e-6..=10.0)]
    tau: f64,
    /// Threshold, above rest
    #[parameter(name = "v_th", unit = "V")]
    threshold: f64,
    #[parameter(group)]
    input: Input,
    #[parameter(flatten)]
    size: Size,
}

#[derive(Parameters)]
struct Input {
    #[parameter(default = [1.0, 2.0, 4.0], unit = "A")]
    current: Vec<f64>,
    /// How it reaches the neuron
    #[parameter(default = Mode::Direct)]
    mode: Mode,
    #[parameter(default = Table::new().column("t", [0.5, 1.5]).column("cell", [1_i64, 2]), comment = "when")]
    events: Table,
}

#[derive(Parameters)]
struct Size {
    #[parameter(default = 3, range = 1..)]
    cells: u32,
    #[parameter(default)]
    label: String,
    #[parameter(default = Complex::new(0.0, 1.0))]
    #[expect(dead_code, reason = "read by serde")]
    phase: Complex,
    #[parameter(default = arr2(&[[1.0, 0.0], [0.0, 2.0]]).into_dyn())]
    weights: ArrayD<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Choice)]
enum Mode {
    Direct,
    ThroughSynapse,
}

#[derive(Results)]
struct Response {
    /// Firing rate
    #[result(unit = "Hz")]
    rate: f64,
    /// Only of neurons that fire
    #[result(unit = "V", dimensions = ["cell", "t"])]
    trace: Option<Array2<f64>>,
    #[result(flatten)]
    spikes: Spikes,
    #[result(group = "of")]
    size: Sizes,
    /// The largest current
    #[result(derived_parameter)]
    peak: f64,
}

/// Spikes of the whole population
#[derive(Results)]
#[results(result = "spikes")]
struct Spikes {
    /// When
    #[result(unit = "s", dimensions = ["spike"])]
    times: Vec<f64>,
    count: usize,
    late: Option<f64>,
}

#[derive(Results)]
struct Sizes {
    mode: Mode,
    label: String,
    weights: Sparse<f64>,
}

/// A neuron in structs
#[host_guest::simulation]
fn typed(
    neuron: Neuron,
    traj: &mut SingleRun,
    /// What goes wrong
    #[parameter(default = "nothing")]
    wrong: String,
) -> Result<Response, JobError> {
    traj.f_add_serialized("echo", &echo(traj)?)?;
    match wrong.as_str() {
        "nothing" => {}
        "ragged" => traj.f_add_serialized("echo_2", &BTreeMap::from([("rows", [vec![1.0], vec![]])]))?,
        "beyond" => traj.result("n").serialized(&Some(u64::MAX))?.add()?,
        "group" => drop(traj.f_get_group::<BTreeMap<String, f64>>("neuron.input")?),
        "missing" => {
            traj.f_get_group::<Missing>("neuron")?;
        }
        "result" => Err("there is no result")?,
        other => panic!("`{other}` is nothing that can go wrong"),
    }
    let Input { current, mode, events } = neuron.input;
    let peak = current.iter().copied().fold(0.0, f64::max);
    let fires = peak > neuron.threshold;
    let cells = neuron.size.cells as usize;
    let times = if fires { events.get("t")? } else { Vec::new() };
    let weights = Array::new(neuron.size.weights.shape(), neuron.size.weights.iter().copied().collect::<Vec<_>>());
    Ok(Response {
        rate: times.len() as f64 / neuron.tau,
        trace: fires.then(|| Array2::from_shape_fn((cells, 2), |(cell, t)| (10 * cell + t) as f64)),
        spikes: Spikes { count: times.len(), late: times.last().copied(), times },
        size: Sizes { mode, label: neuron.size.label, weights: Sparse::from_dense(&weights)? },
        peak,
    })
}

#[derive(Debug, Serialize, Deserialize)]
struct Echo {
    tau: f64,
    cells: u8,
    label: Option<String>,
    phase: Complex,
    weights: Vec<[f32; 2]>,
    nothing: Option<f64>,
    input: EchoedInput,
}

#[derive(Debug, Serialize, Deserialize)]
struct EchoedInput {
    mode: EchoedMode,
    events: Vec<Event>,
    current: Vec<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EchoedMode {
    Direct,
    ThroughSynapse,
}

#[derive(Debug, Serialize, Deserialize)]
struct Event {
    t: f64,
    cell: i32,
}

#[derive(Deserialize)]
struct Missing {
    #[expect(dead_code, reason = "there is none")]
    conductance: f64,
}

fn echo(traj: &SingleRun) -> Result<Echo, JobError> {
    Ok(traj.f_get_group("neuron")?)
}
