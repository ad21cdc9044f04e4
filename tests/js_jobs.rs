//! Jobs in JavaScript and TypeScript: what a script of theirs may do, what it is told where it may not, and what building
//! says.

use std::{collections::BTreeSet, process::Command};

use crate::{
    scripted::{Scripted, built_from_template, refused_builds, thousand},
    support::{Scratch, repository},
};

const GUEST: &str = "script-js";

/// By whatever way a run can fail: one message, with the line of the source it came from, which is TypeScript.
#[test]
fn every_way_to_fail_has_its_reason() {
    let scripts = [
        "outer(undefined)",
        "wrapped()",
        "fails()",
        "traj.net.tua",
        "traj.twin",
        "traj.config.x",
        "traj.f_gett('x')",
        "traj.z = 3",
        "throw new guest.JobError('no solution for this point')",
        "throw 'a text'",
        "throw { code: 3 }",
        "throw undefined",
        "throw new (class Own extends Error { name = 'Own' })('mine, and half a character: \\ud800')",
        "return Promise.reject(new Error('late'))",
        "return (async () => { fails() })()",
        "endless(0)",
        "while (true) {}",
        "let a = []; while (true) a.push(new Float64Array(1e6).fill(1))",
        "new Float64Array(1e10)",
        "null.x",
        "require('fs')",
        "fetch('http://127.0.0.1')",
        "setTimeout(() => {}, 0)",
        "traj.f_add_result('r', 1); traj.f_add_result('r', 2)",
        "traj.f_add_result('r', {})",
        "traj.f_add_result('a/b', 1)",
        "traj.f_add_result('r', [1, 'a'])",
        "traj.f_add_result('r', [[1, 2], [3, 4]])",
        "traj.f_add_result('r', 2n ** 70n)",
        "traj.f_add_result('r', '\\ud800')",
        "traj.f_add_result('r', undefined)",
        "traj.f_add_result('r', { a: () => 1 })",
        "traj.f_add_result('r', new Date(0))",
        "traj.f_add_result('r', new Map([['a', new Map()]]))",
        "traj.f_add_result('r', new Table({ t: [1, 2], v: [1] }))",
        "array([[1], [1, 2]])",
        "array([1, 'a'])",
        "array([1], { dtype: 'float16' })",
        "integer(2.5)",
        "array([1, 2]).get(2)",
        "traj.f_set_annotation('nowhere', 'key', 1)",
    ];
    let scripted = Scripted::explored(GUEST, &scripts, "[limits]\nmemory = \"128MiB\"\ntimeout = \"10s\"\n", 1);
    insta::assert_snapshot!(scripted.told(&scripts));
}

#[test]
fn names_lead_to_parameters_as_in_pypet() {
    let scripts = [
        "is([traj.parameters.net.tau, traj.net.tau, traj.tau, traj['net.tau'], traj.par.net.tau], [0.5, 0.5, 0.5, 0.5, 0.5])",
        "const node = traj.f_get('tau'); is([node.v_comment, node.v_unit, node.v_full_name], ['time constant', 's', 'parameters.net.tau'])",
        "is([traj.f_get('tau').f_get(), traj.f_get('net').size, traj.f_get('script').v_explored], [0.5, 3, true])",
        "is(['tau' in traj, 'net' in traj, 'size' in traj.net, 'tua' in traj, 'twin' in traj], [true, true, true, false, true])",
        "is([traj.f_get_default('tua', 7), traj.f_get_default('tau', 7), traj.f_get_default('x')], [7, 0.5, null])",
        "is(traj.net.f_to_dict(), { 'parameters.net.size': 3, 'parameters.net.tau': 0.5, 'parameters.net.v_th': 0.25 })",
        "traj.f_add_derived_parameter('d.x', 5n, 'c'); is([traj.d.x, traj.f_get('d.x').v_comment], [5, 'c'])",
        "const { tau, size, v_th } = traj.net; is([tau, size, v_th, traj.v_th], [0.5, 3, 0.25, 0.25])",
        "is([traj.v_length, traj.v_idx, traj.v_name, traj.v_crun], [9, 8, 'run_00000008', 'run_00000008']); is(given, [1, 'two', { verbose: true }])",
    ];
    let scripts = scripts.map(|script| format!("{IS}{script}"));
    let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
    assert_eq!(Scripted::explored(GUEST, &scripts, "", 0).outcomes(), ["ok"; 9]);
}

const IS: &str = "const is = (got, want) => { if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(JSON.stringify(got)) };\n";

/// Integers come as numbers where a number holds them, and go as what they are said to be.
#[test]
fn values_come_back_as_they_went() {
    let scripts = [
        "const back = (v) => (traj.f_add_derived_parameter('v', v), traj.v); if (back(2n ** 53n) !== 2n ** 53n) throw new Error()",
        "const back = (v) => (traj.f_add_derived_parameter('v', v), traj.v); is([back(integer(-3)), traj.f_get('v').f_get()], [-3, -3])",
        "const a = Float64Array.from({ length: 1000000 }, (_, i) => i); traj.f_add_derived_parameter('a', a); is([traj.a.data instanceof Float64Array, traj.a.data[999999], traj.a.shape], [true, 999999, [1000000]])",
        "traj.f_add_derived_parameter('b', Uint8Array.of(0, 255)); is([traj.b instanceof Uint8Array, traj.b[1]], [true, 255])",
        "const a = array([[1, 2], [3, 4]]); a.set([1, 0], 9); is([a.toArray(), a.get(1, 0), a.reshape(4).toArray(), [...a]], [[[1, 2], [9, 4]], 9, [1, 2, 9, 4], [[1, 2], [9, 4]]])",
        "traj.f_add_derived_parameter('d', new Map([['2', 1n], ['1', { x: [1n] }]])); is([...traj.d.keys()], ['2', '1'])",
        "traj.f_add_derived_parameter('t', new Table({ t: [0, 1], n: ['a', 'b'] })); is([traj.t.rows, traj.t.get('n').toArray()], [2, ['a', 'b']])",
        "const s = Sparse.csr([2, 3], [3, 4], [2, 0], [0, 1, 2]); traj.f_add_derived_parameter('s', s); is([...traj.s.entries()], [[0, 2, 3], [1, 0, 4]])",
        "traj.f_add_derived_parameter('u', tuple([1n, 2n])); is([traj.u instanceof Tuple, [...traj.u]], [true, [1, 2]])",
        "traj.f_add_result('r', 1).f_set_annotations({ a: -1, b: -1n, c: new Complex(-1, -2), d: -Infinity })",
    ];
    let scripts = scripts.map(|script| format!("{IS}{script}"));
    let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
    assert_eq!(Scripted::explored(GUEST, &scripts, "", 0).outcomes(), ["ok"; 10]);
}

/// A component is a memory that every run begins with: what is random has to follow from the seed.
#[test]
fn random_numbers_follow_from_the_seed_of_a_run() {
    let script = "traj.f_add_result('n', Math.random()); traj.f_add_result('same', traj.f_rng().uniform())";
    let spec = "[replicate]\ncount = 3\nseed = 7\n";
    let drawn = |_| {
        let scripted = Scripted::explored(GUEST, &[script], spec, 0);
        (0..3).flat_map(|run| ["n", "same"].map(|name| scripted.real(run, name).to_bits())).collect::<Vec<u64>>()
    };
    let [first, second] = [0, 1].map(drawn);
    assert_eq!(first, second);
    assert_eq!(
        first.iter().collect::<BTreeSet<_>>().len(),
        6,
        "each replicate draws its own, and so does each generator"
    );
}

#[test]
fn whatever_is_told_to_the_console_is_in_the_log() {
    let script = "console.log('an ä', { a: 1n, b: [true] }, null, 2n); console.debug('not this'); console.warn('odd');\n\
        console.error(new Error('bad')); console.assert(1 === 2, 'unequal'); console.log('half a character: \\ud800')";
    let scripted = Scripted::explored(GUEST, &[script, "return 3"], "", 0);
    insta::assert_snapshot!(scripted.log().join("\n"));
}

/// Many runs on two workers: every one has its own memory, and its own result.
#[test]
fn a_thousand_runs_store_what_they_should() {
    thousand(
        GUEST,
        "if ('kept' in globalThis) throw new Error('kept'); globalThis.kept = 1; traj.f_add_result('z', traj.x * 3)",
    );
}

/// What is wrong with a job is told when it is built, in one line or with the place.
#[test]
fn what_cannot_be_built_says_why() {
    let broken = [
        ("syntax", "export function run(traj) {\n  let x = = 1;\n}\n"),
        ("import", "import { a } from \"./nowhere.js\";\nexport function run(traj) { a(); }\n"),
        ("throws", "export function run(traj) {}\nundefined.x;\n"),
        ("no run", "export const x = 1;\n"),
        ("async", "export async function run(traj) {}\n"),
        ("random", "export const x = Math.random();\nexport function run(traj) {}\n"),
    ];
    insta::assert_snapshot!(refused_builds("job.js", &broken));
}

/// What `host init` writes runs at once.
#[test]
fn the_template_runs() {
    assert_eq!(built_from_template("js"), 51);
}

/// The types say of a good job that it is one, and of a bad one where it is not.
#[test]
fn types_tell_good_jobs_from_bad_ones() {
    let scratch = Scratch::new();
    scratch.host(["init", "ball", "--lang", "js"]).exits(0);
    let sdk = repository().join("guest-sdk/js/index.d.ts");
    std::fs::create_dir_all(scratch.join("ball/.host/js")).expect("folders can be made");
    std::fs::copy(sdk, scratch.join("ball/.host/js/index.d.ts")).expect("files can be copied");
    let check = || {
        let compiler = repository().join("target/js/node_modules/.bin/tsc");
        let output =
            Command::new(compiler).args(["-p", "."]).current_dir(scratch.join("ball")).output().expect("tsc starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(check(), "");
    let wrong = "import type { SingleRun } from \"host-guest\";\nexport function run(traj: SingleRun) {\n  \
        traj.f_add_result(3, 1);\n  traj.f_log(\"loud\", \"x\");\n}\n";
    scratch.write("ball/wrong.ts", wrong);
    let said = check();
    assert_eq!(said.lines().filter(|line| line.starts_with("wrong.ts(")).count(), 2, "{said}");
}
