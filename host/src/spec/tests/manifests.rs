//! Specs against what a job declares.

use super::*;

fn declared(name: &str, value_type: DeclaredType) -> ParameterDeclaration {
    ParameterDeclaration {
        name: path(name),
        value_type,
        unit: String::new(),
        comment: String::new(),
        default: None,
        minimum: None,
        maximum: None,
    }
}

fn manifest() -> Manifest {
    let tau = ParameterDeclaration {
        unit: "s".into(),
        comment: "membrane time constant".into(),
        default: Some(Value::Float(0.02)),
        minimum: Some(0.0),
        maximum: Some(1.0),
        ..declared("neuron.tau", DeclaredType::Real)
    };
    let current = ParameterDeclaration { unit: "A".into(), ..declared("input.current", DeclaredType::Real) };
    let size = ParameterDeclaration {
        default: Some(Value::Int(10)),
        minimum: Some(1.0),
        ..declared("net.size", DeclaredType::Integer)
    };
    let model =
        ParameterDeclaration { default: Some(Value::Text("lif".into())), ..declared("model", DeclaredType::Text) };
    Manifest { comment: "a neuron".into(), parameters: Some(vec![tau, current, size, model]), results: vec![] }
}

#[test]
fn meanings_and_refusals() {
    insta::assert_snapshot!(outcomes(
        &[
            ("[parameters]\ncurrent = 1e-9", &[]),
            (
                "[parameters]\ncurrent = { value = 1, unit = 'nA', comment = 'steps' }\n[explore.axes]\ntau = [0, 0.5, 1]",
                &[]
            ),
            ("[explore.axes]\n\"input.current\" = { linspace = [0, 1e-9, 5] }\nmodel = ['lif', 'adex']", &[]),
            ("", &["current=0..10:11", "model=adex"]),
            ("", &[]),
            ("[parameters]\ncurrent = 1e-9\nneuron.tua = 1", &[]),
            ("[parameters]\ncurrent = 1e-9\nzzz = 1", &[]),
            ("[parameters]\ncurrent = 1e-9\n\"input.current\" = 2e-9", &[]),
            ("[parameters]\ncurrent = 'strong'", &[]),
            ("[parameters]\ncurrent = 9007199254740993", &[]),
            ("[parameters]\ncurrent = 1\nsize = 2.0", &[]),
            ("[parameters]\ncurrent = 1\ntau = 1.5", &[]),
            ("[parameters]\ncurrent = 1\ntau = nan", &[]),
            ("[parameters]\ncurrent = 1\nsize = 0", &[]),
            ("[parameters]\ncurrent = 1\n[explore.axes]\ntau = [0.1, 0.2, 1.5]", &[]),
            ("[parameters]\ncurrent = 1\n[explore.axes]\ntau = { linspace = [0, 2, 5] }", &[]),
            ("[parameters]\ncurrent = 1\n[explore.axes]\nsize = { linspace = [1, 2, 5] }", &[]),
            ("[parameters]\ncurrent = 1\n[explore.axes]\nsizes = [1, 2]", &[]),
            ("[parameters]\ncurrent = 1\n[explore.axes]\nmodel = [1, 2]", &[]),
            ("[parameters]\ncurrent = 1", &["tau=5"]),
        ],
        Some(&manifest())
    ));
}

#[test]
fn a_job_that_reads_no_parameters() {
    let none = Manifest { comment: String::new(), parameters: Some(vec![]), results: vec![] };
    insta::assert_snapshot!(outcomes(&[("", &[]), ("", &["x=1,2"]), ("[parameters]\nx = 1", &[])], Some(&none)));
    let silent = Manifest { parameters: None, ..none };
    assert_eq!(resolve("", &["x=1,2"], Some(&silent)).unwrap().trajectory.run_count(), 2);
}

#[test]
fn a_job_that_contradicts_itself() {
    let wrong = ParameterDeclaration { default: Some(Value::Text("a".into())), ..declared("x", DeclaredType::Integer) };
    let manifest = Manifest { comment: String::new(), parameters: Some(vec![wrong]), results: vec![] };
    insta::assert_snapshot!(outcomes(&[("", &[])], Some(&manifest)));
}
