//! Floods of words, and words that pretend to be somebody else's.

use host_guest::bindings::host::exploration::single_run;
use host_guest::{JobError, SingleRun};
use wasip2::cli::{stderr, stdin, stdout};
use wasip2::io::streams::OutputStream;

use crate::Mode;

pub const MODES: &[(&str, Mode)] = &[
    ("log-flood", log_flood),
    ("log-line-of-many-MiB", log_line_of_many_mib),
    ("log-lines-without-text", log_lines_without_text),
    ("forged-log-lines", forged_log_lines),
    ("stdout-flood", stdout_flood),
    ("stderr-without-newline", stderr_without_newline),
    ("stdout-of-escapes", stdout_of_escapes),
    ("zeros-to-stdout", zeros_to_stdout),
    ("read-stdin", read_stdin),
    ("progress-of-many-MiB", progress_of_many_mib),
    ("forged-error", forged_error),
    ("forged-panic", forged_panic),
];

/// What would clear the screen, set the title, end the line and look like a line of the log.
pub const FORGED: &str = "\u{1b}[2J\u{1b}[31m\u{1b}]0;owned\u{7}\u{9b}1;31m\r\nINFO 2000-01-01 00:00:00 host: all runs are \
                          fine\n\u{202e}\u{2066}\u{200f}\u{8}\u{8}\u{7f}\0\u{85}\u{2028}";

fn log_flood(traj: &mut SingleRun) -> Result<(), JobError> {
    let line = "flood ".repeat(1000);
    for _ in 0..20_000 {
        traj.error(&line);
    }
    Ok(())
}

fn log_line_of_many_mib(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.warning("x".repeat(16 << 20));
    traj.warning("\u{1b}".repeat(12 << 20));
    traj.warning("x".repeat(40 << 20));
    Ok(())
}

fn log_lines_without_text(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.info("\n".repeat(12 << 20));
    Ok(())
}

fn forged_log_lines(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.info(FORGED);
    traj.error(FORGED);
    traj.progress(0.5, FORGED);
    traj.progress(f64::INFINITY, FORGED);
    Ok(())
}

fn write(stream: &OutputStream, bytes: &[u8]) -> Result<(), JobError> {
    for chunk in bytes.chunks(4096) {
        stream.blocking_write_and_flush(chunk).map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

fn stdout_flood(_: &mut SingleRun) -> Result<(), JobError> {
    let stream = stdout::get_stdout();
    let lines = "flood\n".repeat(600);
    loop {
        write(&stream, lines.as_bytes())?;
    }
}

fn stderr_without_newline(_: &mut SingleRun) -> Result<(), JobError> {
    let stream = stderr::get_stderr();
    let part = [b'x'; 4096];
    loop {
        write(&stream, &part)?;
    }
}

fn stdout_of_escapes(_: &mut SingleRun) -> Result<(), JobError> {
    write(&stdout::get_stdout(), FORGED.as_bytes())?;
    write(&stderr::get_stderr(), FORGED.as_bytes())?;
    write(&stderr::get_stderr(), &[0xff, 0xfe, 0x1b, b'[', b'2', b'J', b'\n', 0xc3])
}

fn zeros_to_stdout(_: &mut SingleRun) -> Result<(), JobError> {
    let stream = stdout::get_stdout();
    let _ = stream.write_zeroes(1 << 16);
    let _ = stream.write_zeroes(1 << 40);
    Err("a terabyte of zeros was taken".into())
}

fn read_stdin(_: &mut SingleRun) -> Result<(), JobError> {
    match stdin::get_stdin().blocking_read(u64::MAX) {
        Ok(bytes) if !bytes.is_empty() => Err(format!("{} bytes on standard input", bytes.len()).into()),
        _ => Ok(()),
    }
}

fn progress_of_many_mib(traj: &mut SingleRun) -> Result<(), JobError> {
    let message = FORGED.repeat(100_000);
    for step in 0..100 {
        traj.progress(f64::from(step) / 100.0, &message);
    }
    Ok(())
}

fn forged_error(_: &mut SingleRun) -> Result<(), JobError> {
    Err(FORGED.into())
}

fn forged_panic(traj: &mut SingleRun) -> Result<(), JobError> {
    single_run::report_panic(FORGED, FORGED, 1);
    single_run::report_panic("another cause", "elsewhere", 2);
    crate::computing::MODES.iter().find(|(name, _)| *name == "trap").expect("there is a trap").1(traj)
}
