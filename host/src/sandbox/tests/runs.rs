//! Runs that go well, and refusals that the contract has words for.

use super::*;

#[test]
fn a_run_reads_its_point_and_adds_results() {
    let guest = Guest::new(
        r#"(drop (call $get "neuron.tau"))
           (drop (call $add_real "z" (f64.mul (f64.load (i32.const 1048)) (f64.const 2))))
           (drop (call $add_real "spikes.count" (f64.convert_i64_u (call $v_idx))))"#,
    );
    let runs = run(&load(&guest.component(), JobOptions::default()).unwrap());
    assert_eq!(runs[0].outcome, Ok(()));
    assert_eq!(results(&runs[0]), ["z.z=20.0", "spikes.count.count=0.0"]);
    assert_eq!(results(&runs[1]), ["z.z=40.0", "spikes.count.count=1.0"]);
    assert!(runs[0].started > 1.6e9 && runs[0].took < std::time::Duration::from_secs(10));
}

#[test]
fn nothing_is_left_of_a_run_for_the_next() {
    let guest = Guest::new(
        r#"(global.set $n (i32.add (global.get $n) (i32.const 1)))
           (i32.store (i32.const 60000) (i32.add (i32.load (i32.const 60000)) (i32.const 1)))
           (drop (call $add_real "global" (f64.convert_i32_u (global.get $n))))
           (drop (call $add_real "memory" (f64.convert_i32_u (i32.load (i32.const 60000)))))"#,
    )
    .with("(global $n (mut i32) (i32.const 0))");
    for run in run(&load(&guest.component(), JobOptions::default()).unwrap()) {
        assert_eq!(results(&run), ["global.global=1.0", "memory.memory=1.0"]);
    }
}

#[test]
fn an_error_is_a_failed_run_without_results() {
    let guest = Guest::new(r#"(drop (call $add_real "z" (f64.const 1))) (return (call $err "too\0a\1b[31m bad"))"#);
    let runs = run(&load(&guest.component(), JobOptions::default()).unwrap());
    assert_eq!(runs[0].outcome, Err(RunFailure::Error("too\\n\\u{1b}[31m bad".into())));
    assert!(runs[0].additions.is_empty());
}

#[test]
fn refusals_are_told_to_the_guest() {
    let twice =
        r#"(drop (call $add_real "z" (f64.const 1))) (return (call $refused (call $add_real "z" (f64.const 2))))"#;
    let texts = [
        refusal(twice),
        refusal(r#"(return (call $refused (call $add_real "a b" (f64.const 1))))"#),
        refusal(r#"(return (call $refused (call $add_real "results.z" (f64.const 1))))"#),
        refusal(r#"(return (call $refused (call $add "z" (i32.const 0))))"#),
        refusal(r#"(return (call $refused (call $add_array "z" (i32.const 8192) (i32.const 2) (i64.const 3))))"#),
    ];
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn access_errors_have_their_own_cases() {
    // result<value, access-error>: the error at offset 8, its case first.
    let case = |name: &str| {
        let body = format!(
            r#"(if (i32.eqz (call $get "{name}")) (then unreachable))
               (drop (call $add_real "case" (f64.convert_i32_u (i32.load8_u (i32.const 1032)))))"#
        );
        results(&run(&load(&Guest::new(&body).component(), JobOptions::default()).unwrap())[0]).join("")
    };
    assert_eq!(case("nix"), "case.case=0.0");
    assert_eq!(case("parameters.nix"), "case.case=0.0");
    assert_eq!(case("g"), "case.case=1.0");
    assert_eq!(case("a b"), "case.case=2.0");
    assert_eq!(case("config.host"), "case.case=3.0");
}

#[test]
fn contains_and_list() {
    let body = r#"
        (drop (call $add_real "yes" (f64.convert_i32_u (call $f_contains "tau"))))
        (drop (call $add_real "ambiguous" (f64.convert_i32_u (call $f_contains "g"))))
        (drop (call $add_real "no" (f64.convert_i32_u (call $f_contains "nix"))))
        (call $f_list "neuron" (i32.const 1024))
        (drop (call $add_real "short" (f64.convert_i32_u (i32.load (i32.const 1028)))))
        (call $f_list "parameters.neuron" (i32.const 1024))
        (drop (call $add_real "full" (f64.convert_i32_u (i32.load (i32.const 1028)))))
        (call $f_list "neuro" (i32.const 1024))
        (drop (call $add_real "half" (f64.convert_i32_u (i32.load (i32.const 1028)))))
        (call $f_list "" (i32.const 1024))
        (drop (call $add_real "all" (f64.convert_i32_u (i32.load (i32.const 1028)))))"#;
    let runs = run(&load(&Guest::new(body).component(), JobOptions::default()).unwrap());
    let expected = [
        "yes.yes=1.0",
        "ambiguous.ambiguous=1.0",
        "no.no=0.0",
        "short.short=2.0",
        "full.full=2.0",
        "half.half=0.0",
        "all.all=4.0",
    ];
    assert_eq!(results(&runs[0]), expected);
}

#[test]
fn nans_are_canonical_with_and_without_strict() {
    // A NaN with a payload, which arithmetic may or may not keep.
    let body = r#"
        (drop (call $add_real "stored" (f64.reinterpret_i64 (i64.const 0xfff8dead00000001))))
        (drop (call $add_real "computed" (f64.div (f64.const 0) (f64.const 0))))
        (f64.store (i32.const 50000) (f64.reinterpret_i64 (i64.const 0x7ff8000000000123)))
        (drop (call $add_array "array" (i32.const 50000) (i32.const 1) (i64.const 1)))"#;
    for strict_nan in [false, true] {
        let options = JobOptions { strict_nan, ..JobOptions::default() };
        let runs = run(&load(&Guest::new(body).component(), options).unwrap());
        assert_eq!(runs[0].additions.len(), 3);
        for addition in &runs[0].additions {
            let bits = match &addition.items[0].1 {
                Value::Float(x) => x.to_bits(),
                Value::Array(array) => match array.data() {
                    ArrayData::Float64(v) => v[0].to_bits(),
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            };
            assert_eq!(bits, 0x7ff8_0000_0000_0000, "{}", addition.name);
        }
    }
}

#[test]
fn log_lines_carry_the_run_and_cannot_be_forged() {
    let guest = Guest::new(r#"(call $log (i32.const 2) "first\0a\1b[2Jsecond")"#);
    let log = log_of(&load(&guest.component(), JobOptions::default()).unwrap());
    insta::assert_snapshot!(log);
}

#[test]
fn a_log_stops_at_its_limit() {
    let guest = Guest::new(
        r#"(local $n i32) (loop $l (call $log (i32.const 1) "again")
        (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))"#,
    );
    let log = log_of(&load(&guest.component(), limited(|limits| limits.log = 100)).unwrap());
    assert_eq!(log.matches("again").count(), 4, "{log}");
    assert_eq!(log.matches("[limits] log").count(), 2, "{log}");
}

#[test]
fn progress_is_passed_on_clean_and_seldom() {
    #[derive(Default)]
    struct Seen(Mutex<Vec<(RunIndex, f64, String)>>);
    impl Watch for Seen {
        fn progress(&self, run: RunIndex, fraction: f64, message: &str) {
            self.0.lock().unwrap().push((run, fraction, message.to_owned()));
        }
    }
    let guest = Guest::new(r#"(call $progress (f64.const 7) "st\0aep") (call $progress (f64.const nan) "b")"#);
    let seen = Arc::new(Seen::default());
    run_watched(&load(&guest.component(), JobOptions::default()).unwrap(), Arc::clone(&seen) as Arc<dyn Watch>);
    let seen = seen.0.lock().unwrap();
    for run in [RunIndex(0), RunIndex(1)] {
        let mut calls =
            seen.iter().filter(|(of, ..)| *of == run).map(|(_, fraction, message)| (*fraction, message.as_str()));
        assert_eq!(calls.next(), Some((1.0, "st\\nep")));
        // Nothing, unless this machine is so slow that it took long to get here.
        assert!(matches!(calls.next(), None | Some((0.0, "b"))));
    }
}

#[test]
fn a_panic_of_the_host_costs_one_run() {
    struct Broken;
    impl Watch for Broken {
        fn progress(&self, run: RunIndex, _: f64, _: &str) {
            assert_ne!(run, RunIndex(0), "broken on purpose");
        }
    }
    let guest = Guest::new(r#"(call $progress (f64.const 0) "")"#);
    let runs = run_watched(&load(&guest.component(), JobOptions::default()).unwrap(), Arc::new(Broken));
    let Err(RunFailure::Host(why)) = &runs[0].outcome else { panic!("{:?}", runs[0]) };
    assert!(why.contains("broken on purpose"), "{why}");
    assert_eq!(runs[1].outcome, Ok(()));
}

#[test]
fn a_worker_needs_its_stack() {
    let job = load(&Guest::new("").component(), limited(|limits| limits.stack = 16 << 20)).unwrap();
    let error = thread::spawn(move || job.worker(Arc::new(())).err().unwrap().to_string()).join().unwrap();
    assert!(error.contains("[limits]"), "{error}");
}
