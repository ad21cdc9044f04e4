//! Jobs in Python: what a script of theirs may do, what it is told where it may not, and what building says.

use std::collections::BTreeSet;

use crate::{
    scripted::{Scripted, built_from_template, influenza_sums, refused_builds, thousand},
    support::{python, repository},
};

const GUEST: &str = "script-python";

/// By whatever way a run can fail: one message, with the line of the job it came from.
#[test]
fn every_way_to_fail_has_its_reason() {
    let scripts = [
        "outer(0)",
        "wrapped()",
        "helper.fails()",
        "traj.net.tua",
        "traj.twin",
        "traj.config.x",
        "traj.f_gett('x')",
        "traj.z = 3",
        "raise host_guest.JobError('no solution for this point')",
        "raise ValueError",
        "raise Exception('two\\nlines and half a character: \\udc80')",
        "sys.exit(3)",
        "sys.exit('done')",
        "os._exit(4)",
        "endless(0)",
        "import nowhere",
        "import csv",
        "x = bytearray(10**9)",
        "while True: pass",
        "open('/etc/passwd')",
        "asyncio.run(asyncio.sleep(0))",
        "import threading; threading.Thread(target=print).start()",
        "import subprocess; subprocess.run(['ls'])",
        "json.loads('{')",
        "traj.f_add_result('r', 1); traj.f_add_result('r', 2)",
        "traj.f_add_result('r')",
        "traj.f_add_result('a/b', 1)",
        "traj.f_add_result('r', [1, 2.5])",
        "traj.f_add_result('r', [[1, 2], [3, 4]])",
        "traj.f_add_result('r', 2**70)",
        "traj.f_add_result('r', [2**70])",
        "traj.f_add_result('r', '\\udc80')",
        "traj.f_add_result('r', object())",
        "traj.f_add_result('r', {'a': {}})",
        "traj.f_add_result('r', {1: 2})",
        "traj.f_add_result('r', a={'b': Table(t=[1])})",
        "traj.f_add_result('r', Table(t=[1, 2], v=[1]))",
        "traj.f_add_result('r', Sparse('lil', (1, 1), [1], {}))",
        "array([[1], [1, 2]])",
        "array([1, 'a'])",
        "array([300], dtype='uint8')",
        "array([1], dtype='float16')",
        "zeros(3)[3]",
        "traj.f_set_annotation('nowhere', 'key', 1)",
        "traj.f_add_result('r', 1).f_set_annotations(key={})",
    ];
    let scripted = Scripted::explored(GUEST, &scripts, "[limits]\nmemory = \"128MiB\"\ntimeout = \"10s\"\n", 1);
    insta::assert_snapshot!(scripted.told(&scripts));
}

#[test]
fn names_lead_to_parameters_as_in_pypet() {
    let scripts = [
        "assert traj.net.v_th == traj.v_th == 0.25 and traj.parameters.net.tau == traj.net.tau == traj.tau == traj['net.tau'] == traj.par.net.tau == 0.5",
        "node = traj.f_get('tau'); assert (node.v_comment, node.v_unit) == ('time constant', 's'), node",
        "assert traj.f_get('tau').v_full_name == 'parameters.net.tau' and traj.f_get('tau').v_name == 'tau'",
        "assert traj.f_get('tau').f_get() == 0.5 and not traj.f_get('tau').f_has_range()",
        "assert traj.f_get('net').f_get('size').f_get() == 3 and traj.f_get('script').v_explored",
        "assert 'tau' in traj and 'net' in traj and 'size' in traj.net and 'tua' not in traj and 'twin' in traj",
        "assert traj.f_get_default('tua', 7) == 7 and traj.f_get_default('tau', 7) == 0.5 and traj.f_get_default('x') is None",
        "assert not hasattr(traj, 'tua') and getattr(traj, 'tua', 4) == 4 and hasattr(traj, 'tau')",
        "assert traj.net.f_to_dict() == {'parameters.net.size': 3, 'parameters.net.tau': 0.5, 'parameters.net.v_th': 0.25}",
        "assert traj.net.f_to_dict(short_names=True) == {'size': 3, 'tau': 0.5, 'v_th': 0.25}",
        "assert list(traj.f_get_explored_parameters()) == ['parameters.script']",
        "traj.f_add_derived_parameter('d.x', 5, comment='c'); assert traj.d.x == 5 and traj.f_get('d.x').v_comment == 'c'",
        "assert len(traj) == 13 and traj.v_idx == 12 and traj.v_crun == traj.v_name == 'run_00000012' and args == (1, 'two') and kwargs == {'verbose': True}",
    ];
    let scripted = Scripted::explored(GUEST, &scripts, "", 0);
    assert_eq!(scripted.outcomes(), ["ok"; 13]);
}

/// A component is a memory that every run begins with: what is random has to follow from the seed.
#[test]
fn random_numbers_follow_from_the_seed_of_a_run() {
    let script = "traj.f_add_result('r', array([random.random(), random.gauss(0, 1), traj.f_rng().uniform()]))";
    let spec = "[replicate]\ncount = 3\nseed = 7\n";
    let drawn = |_| {
        let scripted = Scripted::explored(GUEST, &[script], spec, 0);
        scripted.scratch.host(["digest", "scripts.hdf5"]).exits(0).stdout()
    };
    let [first, second]: [String; 2] = [0, 1].map(drawn);
    assert_eq!(first, second);

    let differs = "assert random.random() != AT_BUILD; traj.f_add_result('n', random.random())";
    let scripted = Scripted::explored(GUEST, &[differs], spec, 0);
    let numbers: BTreeSet<u64> = (0..3).map(|run| scripted.real(run, "n").to_bits()).collect();
    assert_eq!(numbers.len(), 3, "each replicate draws its own");
}

#[test]
fn whatever_is_printed_or_logged_is_in_the_log() {
    let script = "print('an ä, and half a character: \\udc80'); logging.info('%s of %d', 'one', 2); logging.debug('not this')\n\
        sys.stdout.buffer.write(b'\\xff\\n'); print('error', file=sys.stderr); logging.error('bad'); print('no end', end='')";
    let scripted = Scripted::explored(GUEST, &[script, "3"], "", 0);
    insta::assert_snapshot!(scripted.log().join("\n"));
}

/// The small array without NumPy: what it says of itself, and what comes back of it.
#[test]
fn arrays_are_read_and_filled() {
    let scripts = [
        "a = array([[1, 2, 3], [4, 5, 6]]); assert (a.shape, a.dtype, a.ndim, a.size, len(a)) == ((2, 3), 'int64', 2, 6, 2)",
        "a = array([[1, 2, 3], [4, 5, 6]]); assert a[1, 2] == 6 and a[-1][0] == 4 and a[0].tolist() == [1, 2, 3]",
        "a = zeros((2, 2)); a[1, 0] = 3; assert a.tolist() == [[0, 0], [3, 0]] and [row.tolist() for row in a] == a.tolist()",
        "a = array(range(6)); assert a[1:3].tolist() == [1, 2] and a[::-2].tolist() == [5, 3, 1] and a.reshape(3, -1).shape == (3, 2)",
        "a = array(packed.array('f', [1, 2])); assert a.dtype == 'float32' and array(memoryview(b'ab')).tolist() == [97, 98]",
        "a = array([[1, 2], [3, 4]])[1]; traj.f_add_derived_parameter('a', a); assert traj.a.tolist() == [3, 4]",
        "assert array([1, 2.5]).dtype == 'float64' and array([1j, 1]).tolist() == [1j, 1] and array([True]).dtype == 'bool'",
        "assert array(2**64 - 1).item() == 2**64 - 1 and array(['ä', 'b'])[1] == 'b' and zeros((2, 0, 3)).tolist() == [[], []]",
        "t = Table(t=[0.0, 1.0], n=['a', 'b']); traj.f_add_derived_parameter('t', t); assert traj.t.rows == 2 and traj.t['n'][1] == 'b'",
        "s = Sparse.coo((2, 3), [1.0, 2.0, 3.0], [0, 0, 1], [1, 1, 2]); assert s.todense().tolist() == [[0, 3, 0], [0, 0, 3]]",
        "s = Sparse.dia((3, 3), array([[4, 5, 0]]), [-1]); assert s.todense().tolist() == [[0, 0, 0], [4, 0, 0], [0, 5, 0]]",
        "a = array(packed.array('d', range(1000000))); traj.f_add_derived_parameter('a', a); assert traj.a[999999] == 999999",
    ];
    let scripted = Scripted::explored(GUEST, &scripts, "", 0);
    assert_eq!(scripted.outcomes(), ["ok"; 12]);
}

/// Many runs on two workers: every one has its own memory, and its own result.
#[test]
fn a_thousand_runs_store_what_they_should() {
    thousand(GUEST, "assert 'kept' not in globals(); globals()['kept'] = 1; traj.f_add_result('z', traj.x * 3)");
}

/// The example in Python reads the file that the spec grants, and comes to the sums of the one in Rust.
#[test]
fn files_that_are_granted_are_read() {
    let sums = ["job.wasm", "python/job.wasm"].map(|job| influenza_sums(job, &[]));
    for (rust, python) in sums[0].iter().zip(sums[1]) {
        assert!((rust - python).abs() <= 1e-9 * rust && *rust > 1000.0, "{rust} and {python}");
    }
}

/// What is wrong with a job is told when it is built, in one line.
#[test]
fn what_cannot_be_built_says_why() {
    let broken = [
        ("syntax", "def run(traj):\n    x = = 1\n"),
        ("import", "import nowhere\n\n\ndef run(traj):\n    pass\n"),
        ("no run", "def simulate(traj):\n    pass\n"),
    ];
    insta::assert_snapshot!(refused_builds("job.py", &broken));
}

/// What `host init` writes runs at once, and does what it says.
#[test]
fn the_template_runs() {
    assert_eq!(built_from_template("python"), 51);
}

/// The package alone, as editors and `pip` see it: values of NumPy, pandas and SciPy, types, and a wheel.
#[test]
fn the_package_keeps_values_of_numpy_and_makes_a_wheel() {
    let said = python("check_python_sdk.py", [repository().join("guest-sdk/python"), repository().join("target")]);
    assert!(said.trim_end().ends_with("all kept"), "{said}");
}
