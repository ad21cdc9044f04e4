//! WASI with what is granted.

use std::time::Duration;

use super::*;
use crate::spec::{Access, Clock, DirGrant, Grants, Random};

const CLOCKS: &str = "package wasi:clocks@0.2.6;
    interface monotonic-clock { use wasi:io/poll@0.2.6.{pollable}; now: func() -> u64; subscribe-duration: func(d: u64) -> pollable; }
    interface wall-clock { record datetime { seconds: u64, nanoseconds: u32 } now: func() -> datetime; }";
const RANDOM: &str = "package wasi:random@0.2.6; interface random { get-random-u64: func() -> u64; }
    interface insecure { get-insecure-random-u64: func() -> u64; }
    interface insecure-seed { insecure-seed: func() -> tuple<u64, u64>; }";
const IO: &str = "package wasi:io@0.2.6;
    interface poll { resource pollable { block: func(); } }
    interface error { resource error; }
    interface streams { use error.{error}; variant stream-error { last-operation-failed(error), closed }
      resource output-stream { blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>; } }";
const CLI: &str = "package wasi:cli@0.2.6;
    interface stdout { use wasi:io/streams@0.2.6.{output-stream}; get-stdout: func() -> output-stream; }
    interface environment { get-environment: func() -> list<tuple<string, string>>; get-arguments: func() -> list<string>; }
    interface exit { exit: func(status: result); }";
const FILES: &str = "package wasi:filesystem@0.2.6;
    interface types { resource descriptor; }
    interface preopens { use types.{descriptor}; get-directories: func() -> list<tuple<descriptor, string>>; }";

fn granted(grants: Grants) -> JobOptions {
    let mut options = JobOptions { grants, ..JobOptions::default() };
    options.limits.timeout = Some(Duration::from_secs(10));
    options
}

/// Reads both clocks, sleeps an hour, reads again.
fn clock_guest() -> Guest {
    Guest::new(
        r#"(drop (call $add_real "a" (f64.convert_i64_u (call $now))))
           (drop (call $add_real "b" (f64.convert_i64_u (call $now))))
           (call $block (call $after (i64.const 3600000000000)))
           (drop (call $add_real "c" (f64.convert_i64_u (call $now))))
           (call $wall (i32.const 1024))
           (drop (call $add_real "wall" (f64.convert_i64_u (i64.load (i32.const 1024)))))"#,
    )
    .with(
        r#"(import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $now (result i64)))
             (import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $after (param i64) (result i32)))
             (import "wasi:clocks/wall-clock@0.2.6" "now" (func $wall (param i32)))
             (import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))"#,
    )
    .import("wasi:io/poll@0.2.6", IO)
    .import("wasi:clocks/monotonic-clock@0.2.6", CLOCKS)
    .import("wasi:clocks/wall-clock@0.2.6", "")
}

#[test]
fn the_virtual_clock_is_the_same_in_every_run() {
    let runs = run(&load(&clock_guest().component(), granted(Grants::default())).unwrap());
    assert_eq!(runs[0].outcome, Ok(()));
    let expected = ["a.a=0.0", "b.b=1000000.0", "c.c=3600002000000.0", "wall.wall=946688400.0"];
    assert_eq!(results(&runs[0]), expected);
    assert_eq!(results(&runs[1]), expected);
}

#[test]
fn the_real_clock_does_not_outsleep_the_deadline() {
    let mut options = granted(Grants { clock: Clock::Real, ..Grants::default() });
    options.limits.timeout = Some(Duration::from_millis(50));
    for run in run(&load(&clock_guest().component(), options).unwrap()) {
        assert_eq!(run.outcome, Err(RunFailure::Timeout { limit: Duration::from_millis(50) }));
        assert!(run.took < Duration::from_secs(5));
    }
}

#[test]
fn no_clock_is_no_clock() {
    let refused = load(&clock_guest().component(), granted(Grants { clock: Clock::None, ..Grants::default() }));
    assert!(matches!(refused, Err(JobError::NeedsGrant { .. })));
}

#[test]
fn random_numbers_follow_from_the_seed() {
    let guest = Guest::new(
        r#"(drop (call $add_real "a" (f64.convert_i64_u (call $random))))
           (drop (call $add_real "b" (f64.convert_i64_u (call $insecure))))
           (call $seed (i32.const 1024))
           (drop (call $add_real "c" (f64.convert_i64_u (i64.load (i32.const 1024)))))"#,
    )
    .with(
        r#"(import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))
             (import "wasi:random/insecure@0.2.6" "get-insecure-random-u64" (func $insecure (result i64)))
             (import "wasi:random/insecure-seed@0.2.6" "insecure-seed" (func $seed (param i32)))"#,
    )
    .import("wasi:random/random@0.2.6", RANDOM)
    .import("wasi:random/insecure@0.2.6", "")
    .import("wasi:random/insecure-seed@0.2.6", "");
    let seeded = || run(&load(&guest.component(), granted(Grants::default())).unwrap());
    let (one, two) = (seeded(), seeded());
    assert_eq!(one[0].additions, two[0].additions);
    assert_eq!(one[1].additions, two[1].additions);
    assert_ne!(one[0].additions, one[1].additions, "runs have different seeds");
    let all: std::collections::BTreeSet<String> =
        results(&one[0]).iter().map(|r| r.split('=').nth(1).unwrap().to_owned()).collect();
    assert_eq!(all.len(), 3, "sources differ");
    let os = || run(&load(&guest.component(), granted(Grants { random: Random::Os, ..Grants::default() })).unwrap());
    assert_ne!(os()[0].additions, os()[0].additions);
}

#[test]
fn standard_output_is_logged() {
    let guest = Guest::new(
        r#"(local $out i32) (local.set $out (call $stdout))
           (call $write (local.get $out) "hel" (i32.const 1024))
           (call $write (local.get $out) "lo\0afor\1bged\0aend" (i32.const 1024))"#,
    )
    .with(r#"(import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
             (import "wasi:io/streams@0.2.6" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))"#)
    .import("wasi:io/streams@0.2.6", IO)
    .import("wasi:cli/stdout@0.2.6", CLI);
    insta::assert_snapshot!(log_of(&load(&guest.component(), granted(Grants::default())).unwrap()));
}

#[test]
fn nothing_is_seen_but_what_is_granted() {
    let guest = Guest::new(
        r#"(call $env (i32.const 1024))
           (drop (call $add_real "env" (f64.convert_i32_u (i32.load (i32.const 1028)))))
           (call $args (i32.const 1024))
           (drop (call $add_real "args" (f64.convert_i32_u (i32.load (i32.const 1028)))))
           (call $dirs (i32.const 1024))
           (drop (call $add_real "dirs" (f64.convert_i32_u (i32.load (i32.const 1028)))))"#,
    )
    .with(
        r#"(import "wasi:cli/environment@0.2.6" "get-environment" (func $env (param i32)))
             (import "wasi:cli/environment@0.2.6" "get-arguments" (func $args (param i32)))
             (import "wasi:filesystem/preopens@0.2.6" "get-directories" (func $dirs (param i32)))"#,
    )
    .import("wasi:io/streams@0.2.6", IO)
    .import("wasi:cli/environment@0.2.6", CLI)
    .import("wasi:filesystem/types@0.2.6", FILES)
    .import("wasi:filesystem/preopens@0.2.6", "");
    let nothing = run(&load(&guest.component(), granted(Grants::default())).unwrap());
    assert_eq!(results(&nothing[0]), ["env.env=0.0", "args.args=0.0", "dirs.dirs=0.0"]);
    let dir = tempfile::tempdir().unwrap();
    let dirs = vec![DirGrant::new(dir.path(), "/data", Access::Read)];
    let grants = Grants { dirs, env: BTreeMap::from([("LANG".into(), "C".into())]), ..Grants::default() };
    let some = run(&load(&guest.component(), granted(grants)).unwrap());
    assert_eq!(results(&some[1]), ["env.env=1.0", "args.args=0.0", "dirs.dirs=1.0"]);
}

#[test]
fn exit_is_an_error_of_the_job() {
    let guest = Guest::new("(call $exit (i32.const 1))")
        .with(r#"(import "wasi:cli/exit@0.2.6" "exit" (func $exit (param i32)))"#)
        .import("wasi:io/streams@0.2.6", IO)
        .import("wasi:cli/exit@0.2.6", CLI);
    let Err(RunFailure::Error(why)) = outcome(&guest, granted(Grants::default())) else { panic!() };
    assert!(why.contains("exit code 1"), "{why}");
}
