#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| host_fuzz::journal_roundtrip(bytes));
