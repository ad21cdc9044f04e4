//! Guests that want more than they may have.

use std::time::{Duration, Instant};

use super::*;

/// The failure of `body` under `options`.
fn failure(guest: Guest, options: JobOptions) -> RunFailure {
    outcome(&guest, options).expect_err("a failed run")
}

fn short() -> JobOptions {
    limited(|limits| limits.timeout = Some(Duration::from_millis(50)))
}

#[test]
fn traps_name_the_function() {
    let guest = Guest::new("(call $step)").with("(func $step unreachable)");
    let RunFailure::Trap(text) = failure(guest, JobOptions::default()) else { panic!() };
    assert_eq!(text, "wasm `unreachable` instruction executed in step");
}

#[test]
fn a_reported_panic_is_told() {
    let guest = Guest::new(r#"(call $report_panic "no \1b spikes" "src/lib.rs" (i32.const 7)) unreachable"#);
    let expected = RunFailure::Panic { message: "no \\u{1b} spikes".into(), file: "src/lib.rs".into(), line: 7 };
    assert_eq!(failure(guest, JobOptions::default()), expected);
}

#[test]
fn loops_end_at_the_deadline() {
    let limit = Duration::from_millis(50);
    let bodies = [
        "(loop $l (br $l))",
        r#"(loop $l (drop (call $get "tau")) (br $l))"#,
        r#"(loop $l (drop (call $get "large")) (global.set $heap (i32.const 65536)) (br $l))"#,
        r#"(loop $l (drop (call $add_real "z" (f64.const 0))) (br $l))"#,
        r#"(loop $l (call $progress (f64.const 0) "") (br $l))"#,
        r#"(loop $l (call $log (i32.const 0) "") (br $l))"#,
    ];
    for body in bodies {
        let job = load(&Guest::new(body).component(), short()).unwrap();
        let start = Instant::now();
        for run in run(&job) {
            assert_eq!(run.outcome, Err(RunFailure::Timeout { limit }), "{body}");
            assert!(run.took >= limit, "{body}: {:?}", run.took);
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{body}: {:?}", start.elapsed());
    }
}

#[test]
fn a_start_function_has_the_same_deadline() {
    let guest = Guest::new("").with("(func $s (loop $l (br $l))) (start $s)");
    assert!(matches!(failure(guest, short()), RunFailure::Timeout { .. }));
}

#[test]
fn memory_ends_with_the_limit() {
    let hog = || Guest::new("(loop $l (drop (memory.grow (i32.const 16))) (br $l))");
    let limit = 8 << 20;
    let failed = failure(hog(), limited(|limits| limits.memory = limit));
    let RunFailure::Memory { wanted, limit: named } = failed else { panic!("{failed:?}") };
    assert!(wanted > limit && wanted <= limit + (1 << 20) && named == limit, "{wanted}");
    // Not a multiple of a page.
    let failed = failure(hog(), limited(|limits| limits.memory = limit + 1));
    assert!(matches!(failed, RunFailure::Memory { .. }), "{failed:?}");
}

#[test]
fn memory_that_is_too_large_from_the_start() {
    let failed = failure(Guest::new("").pages(200), limited(|limits| limits.memory = 1 << 20));
    // Tables count as well; toolchains make small ones.
    let RunFailure::Memory { wanted, limit } = failed else { panic!("{failed:?}") };
    assert!((200 << 16..(200 << 16) + 1024).contains(&wanted) && limit == 1 << 20, "{wanted}");
}

#[test]
fn recursion_ends_with_the_stack() {
    let limit = 1 << 20;
    let deep = "(func $deep (param f64) (result f64) (f64.add (f64.const 1) (call $deep (local.get 0))))";
    let guest = Guest::new("(drop (call $deep (f64.const 0)))").with(deep);
    assert_eq!(failure(guest, JobOptions::default()), RunFailure::Stack { limit });
    let calling = r#"(func $deep (param f64) (result f64) (drop (call $v_idx)) (f64.add (f64.const 1) (call $deep (local.get 0))))"#;
    let guest = Guest::new("(drop (call $deep (f64.const 0)))").with(calling);
    let limits = limited(|limits| limits.stack = 16 << 20);
    assert_eq!(failure(guest, limits), RunFailure::Stack { limit: 16 << 20 });
}

#[test]
fn fuel_runs_out_at_the_same_place() {
    let failed = failure(Guest::new("(loop $l (br $l))"), limited(|limits| limits.fuel = Some(100_000)));
    let expected = RunFailure::Limit { what: Limited::Fuel, limit: 100_000 };
    assert_eq!(failed, expected);
}

#[test]
fn calls_of_the_host_are_counted() {
    let calling = |body: &str| {
        Guest::new(&format!(
            "(local $n i32) (loop $l {body} (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))"
        ))
    };
    let bodies = [
        r#"(drop (call $f_contains "tau"))"#,
        r#"(drop (call $get "tau"))"#,
        r#"(drop (call $get "nowhere"))"#,
        r#"(drop (call $add_real "z" (f64.const 0)))"#,
        "(drop (call $v_idx))",
        "(drop (call $v_seed))",
        r#"(call $f_list "" (i32.const 1024))"#,
        r#"(call $log (i32.const 0) "")"#,
        r#"(call $progress (f64.const 0) "")"#,
        r#"(call $report_panic "" "" (i32.const 0))"#,
    ];
    for body in bodies {
        assert_eq!(outcome(&calling(body), limited(|limits| limits.host_calls = 100)), Ok(()), "{body}");
        let limit = RunFailure::Limit { what: Limited::HostCalls, limit: 99 };
        assert_eq!(outcome(&calling(body), limited(|limits| limits.host_calls = 99)), Err(limit), "{body}");
    }
}

#[test]
fn a_refusal_that_is_handled_is_no_failure() {
    let body = r#"(drop (call $add_array "a" (i32.const 65536) (i32.const 8000) (i64.const 8000)))
        (drop (call $add_array "a" (i32.const 65536) (i32.const 10) (i64.const 10)))"#;
    let tight = || limited(|limits| limits.results = 32 << 10);
    assert_eq!(outcome(&Guest::new(body).pages(4), tight()), Ok(()));
    // What goes wrong after something was accepted again has a reason of its own.
    let failing = |end: &str| outcome(&Guest::new(&format!("{body} {end}")).pages(4), tight());
    assert_eq!(failing(r#"(return (call $err "other"))"#), Err(RunFailure::Error("other".into())));
    // A guest that expects no refusal ends by a trap; the reason is the limit.
    let first = body.lines().next().unwrap();
    let limit = RunFailure::Limit { what: Limited::Results, limit: 32 << 10 };
    assert_eq!(outcome(&Guest::new(&format!("{first} unreachable")).pages(4), tight()), Err(limit.clone()));
    let panicking = format!(r#"{first} (call $report_panic "refused" "a.rs" (i32.const 1)) unreachable"#);
    assert_eq!(outcome(&Guest::new(&panicking).pages(4), tight()), Err(limit));
}

#[test]
fn many_items_count_for_what_they_cost() {
    // A result of 20,000 empty items; each is an entry of its own in the file.
    let body = r#"(local $i i32)
        (loop $l
          (i32.store8 (i32.add (i32.const 65552) (local.get $i)) (i32.const 2))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 72))) (i32.const 1440000))))
        (call $f_add_result "z" (i32.const 65536) (i32.const 20000) (i32.const 0) (i32.const 0) (i32.const 1024))
        (return (call $refused (i32.load8_u (i32.const 1024))))"#;
    let failed = failure(Guest::new(body).pages(64), limited(|limits| limits.results = 16 << 20));
    assert_eq!(failed, RunFailure::Limit { what: Limited::Results, limit: 16 << 20 });
}

#[test]
fn tables_count_as_memory() {
    let tables: String = (0..40).map(|i| format!("(table $t{i} 0 60000 funcref)")).collect();
    let grow: String =
        (0..40).map(|i| format!("(drop (table.grow $t{i} (ref.null func) (i32.const 60000)))")).collect();
    // 40 tables of 480,000 bytes.
    let guest = || Guest::new(&grow).with(&tables);
    assert_eq!(outcome(&guest(), limited(|limits| limits.memory = 32 << 20)), Ok(()));
    let failed = failure(guest(), limited(|limits| limits.memory = 8 << 20));
    assert!(matches!(failed, RunFailure::Memory { limit, .. } if limit == 8 << 20), "{failed:?}");
    // Beyond what the pool reserves, a table does not grow, and the guest is told.
    let body = "(if (i32.ne (table.grow $t (ref.null func) (i32.const 70000)) (i32.const -1)) (then unreachable))";
    assert_eq!(outcome(&Guest::new(body).with("(table $t 0 funcref)"), JobOptions::default()), Ok(()));
}

#[test]
fn a_stack_in_the_memory_of_the_guest_has_an_end_too() {
    // As compilers do it: the stack grows down to address 0, and beyond.
    let deep = "(global $sp (mut i32) (i32.const 65536))
        (func $deep (param i32) (result i32)
          (global.set $sp (i32.sub (global.get $sp) (i32.const 1024)))
          (i32.store (global.get $sp) (local.get 0))
          (i32.add (i32.load (global.get $sp)) (call $deep (i32.add (local.get 0) (i32.const 1)))))";
    let failed = failure(Guest::new("(drop (call $deep (i32.const 1)))").with(deep), JobOptions::default());
    assert_eq!(failed.kind(), "stack");
    assert!(matches!(failed, RunFailure::OwnStack(_)), "{failed:?}");
    // Without a recursion it is an ordinary mistake.
    let failed = failure(Guest::new("(drop (i32.load (i32.const -4)))"), JobOptions::default());
    assert_eq!(failed.kind(), "trap");
}

#[test]
fn memory_ends_at_the_same_point_always() {
    // The pages that a guest gets before it ends, told by a log line each.
    let body = r#"(loop $l (drop (memory.grow (i32.const 1))) (call $log (i32.const 1) "one more") (br $l))"#;
    let job = || load(&Guest::new(body).component(), limited(|limits| limits.memory = 3 << 20)).unwrap();
    let logs = [log_of(&job()), log_of(&job())];
    assert_eq!(logs[0], logs[1]);
    assert_eq!(logs[0].matches("one more").count() % 2, 0, "both runs get equally far: {}", logs[0]);
}

#[test]
fn relaxed_instructions_are_not_relaxed() {
    // One half of the answer of each instruction that machines may choose; here none may.
    let first = |name: &str, bits: &str| {
        format!(r#"(drop (call $add_real "{name}" (f64.convert_i64_s (i64x2.extract_lane 0 {bits}))))"#)
    };
    let large = "(f32x4.splat (f32.const 1e30))";
    let body = [
        first(
            "madd",
            "(f32x4.relaxed_madd (f32x4.splat (f32.const 1.0000001)) (f32x4.splat (f32.const 1.0000001)) (f32x4.splat (f32.const -1.0000002)))",
        ),
        first("trunc", &format!("(i32x4.relaxed_trunc_f32x4_s {large})")),
        first("trunc_nan", "(i32x4.relaxed_trunc_f32x4_u (f32x4.splat (f32.const nan)))"),
        first("swizzle", "(i8x16.relaxed_swizzle (i8x16.splat (i32.const 7)) (i8x16.splat (i32.const 200)))"),
        first("min", "(f32x4.relaxed_min (f32x4.splat (f32.const -0)) (f32x4.splat (f32.const 0)))"),
        first("max", "(f32x4.relaxed_max (f32x4.splat (f32.const -0)) (f32x4.splat (f32.const 0)))"),
        first("q15", "(i16x8.relaxed_q15mulr_s (i16x8.splat (i32.const -32768)) (i16x8.splat (i32.const -32768)))"),
        first("dot", "(i16x8.relaxed_dot_i8x16_i7x16_s (i8x16.splat (i32.const -128)) (i8x16.splat (i32.const -128)))"),
        first(
            "select",
            "(i8x16.relaxed_laneselect (i8x16.splat (i32.const 1)) (i8x16.splat (i32.const 2)) (i8x16.splat (i32.const 64)))",
        ),
    ];
    let runs = run(&load(&Guest::new(&body.concat()).component(), JobOptions::default()).unwrap());
    assert_eq!(runs[0].outcome, Ok(()));
    // The deterministic answers of the specification, the same on every machine.
    insta::assert_snapshot!(results(&runs[0]).join("\n"));
}

#[test]
fn broken_calls_are_traps() {
    let bodies = [
        r#"(drop (call $get "\ff\fe"))"#,
        "(drop (call $get (i32.const 1000) (i32.const 2000000000)))",
        r#"(drop (call $add_array "z" (i32.const 8) (i32.const 100000) (i64.const 100000)))"#,
        r#"(drop (call $add "z" (i32.const 100000)))"#,
        r#"(i32.store8 (i32.const 4104) (i32.const 77)) (drop (call $add "z" (i32.const 1)))"#,
        r#"(call $log (i32.const 99) "x")"#,
    ];
    let texts = bodies.map(|body| failure(Guest::new(body), JobOptions::default()).to_string());
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn results_may_reach_their_limit_and_no_further() {
    // 8 MiB from the guest's memory, which has 16.
    let add = r#"(call $add_array "z" (i32.const 65536) (i32.const 1048576) (i64.const 1048576))"#;
    let guest = || Guest::new(&format!("(return (call $refused {add}))")).pages(256);
    let roomy = limited(|limits| limits.results = (8 << 20) + 4096);
    assert_eq!(outcome(&guest(), roomy), Ok(()));
    let tight = limited(|limits| limits.results = (8 << 20) - 1);
    let limit = RunFailure::Limit { what: Limited::Results, limit: (8 << 20) - 1 };
    assert_eq!(outcome(&guest(), tight), Err(limit));
    // What is far beyond the limit is not even copied.
    let tiny = limited(|limits| limits.results = 1 << 20);
    let limit = RunFailure::Limit { what: Limited::Results, limit: 1 << 20 };
    assert_eq!(outcome(&guest(), tiny), Err(limit));
}

#[test]
fn results_count_over_the_whole_run() {
    let body = r#"(local $n i32)
        (drop (call $add_array "a" (i32.const 65536) (i32.const 80000) (i64.const 80000)))
        (return (call $refused (call $add_array "b" (i32.const 65536) (i32.const 80000) (i64.const 80000))))"#;
    let guest = Guest::new(body).pages(32);
    assert_eq!(outcome(&guest, JobOptions::default()), Ok(()));
    let limit = RunFailure::Limit { what: Limited::Results, limit: 1 << 20 };
    assert_eq!(outcome(&guest, limited(|limits| limits.results = 1 << 20)), Err(limit));
}

#[test]
fn the_number_of_results_is_limited() {
    let body =
        r#"(drop (call $add_real "a" (f64.const 1))) (return (call $refused (call $add_real "b" (f64.const 1))))"#;
    let limit = RunFailure::Limit { what: Limited::ResultCount, limit: 1 };
    assert_eq!(outcome(&Guest::new(body), limited(|limits| limits.result_count = 1)), Err(limit));
}

#[test]
fn lists_do_not_multiply_memory() {
    // Two million strings that are all the same 1,000 bytes: 2 GB if they were copied.
    let body = r#"(local $i i32)
        (loop $l
          (i32.store (i32.add (i32.const 131072) (local.get $i)) (i32.const 65536))
          (i32.store offset=4 (i32.add (i32.const 131072) (local.get $i)) (i32.const 1000))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 16000000))))
        (i32.store8 (i32.const 4112) (i32.const 8))
        (i32.store8 (i32.const 4120) (i32.const 5))
        (i32.store (i32.const 4124) (i32.const 131072))
        (i32.store (i32.const 4128) (i32.const 2000000))
        (drop (call $add "z" (i32.const 1)))"#;
    let failed = failure(Guest::new(body).pages(260), JobOptions::default());
    assert!(matches!(&failed, RunFailure::Limit { what: Limited::Results, .. }), "{failed:?}");
}

#[test]
fn a_worker_outlives_hundreds_of_failures() {
    // More than the pool has room for, would anything of a failed run stay behind.
    let guest = Guest::new("(drop (memory.grow (i32.const 3))) unreachable").with("(table 100 funcref) (memory $m2 1)");
    let job = load(&guest.component(), JobOptions::default()).unwrap();
    for _ in 0..3 {
        thread::scope(|scope| {
            let work = || {
                let trajectory = trajectory();
                let mut worker = job.worker(Arc::new(())).unwrap();
                for _ in 0..200 {
                    let run = worker.run(SingleRun::new(Arc::clone(&trajectory), RunIndex(0)));
                    assert!(matches!(run.outcome, Err(RunFailure::Trap(_))), "{:?}", run.outcome);
                }
            };
            thread::Builder::new().stack_size(job.thread_stack()).spawn_scoped(scope, work).unwrap();
        });
    }
}

#[test]
fn pools_are_large_enough() {
    for memories in [1, 2, 5, 40] {
        let more: String = (1..memories).map(|i| format!("(memory $m{i} 1)")).collect();
        let fill: String = (1..memories).map(|i| format!("(i32.store $m{i} (i32.const 0) (i32.const 1))")).collect();
        let guest = Guest::new(&fill).with(&more);
        let job = load(&guest.component(), JobOptions::default()).unwrap();
        let work = || {
            logged(|| {
                let trajectory = trajectory();
                let mut worker = job.worker(Arc::new(())).unwrap();
                for _ in 0..100 {
                    let run = worker.run(SingleRun::new(Arc::clone(&trajectory), RunIndex(0)));
                    assert_eq!(run.outcome, Ok(()), "{memories} memories");
                }
            })
        };
        thread::scope(|scope| {
            let thread = thread::Builder::new().stack_size(job.thread_stack()).spawn_scoped(scope, work);
            assert_eq!(thread.unwrap().join().unwrap(), "", "there is a pool for {memories} memories");
        });
    }
}

#[test]
fn memory_of_ended_runs_does_not_pile_up() {
    let guest = Guest::new(
        "(drop (memory.grow (i32.const 1024))) (memory.fill (i32.const 131072) (i32.const 1) (i32.const 67108864))",
    );
    let job = load(&guest.component(), JobOptions::default()).unwrap();
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
    };
    let work = || {
        let trajectory = trajectory();
        let mut worker = job.worker(Arc::new(())).unwrap();
        let before = resident();
        for _ in 0..12 {
            let run = worker.run(SingleRun::new(Arc::clone(&trajectory), RunIndex(0)));
            assert_eq!(run.outcome, Ok(()));
            let more = resident().saturating_sub(before);
            assert!(more < 320, "{more} MiB more than before, for runs with 64 MiB");
        }
    };
    thread::scope(|scope| {
        thread::Builder::new().stack_size(job.thread_stack()).spawn_scoped(scope, work).unwrap();
    });
}
