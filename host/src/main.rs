//! The binary `host`; everything is in the library.

fn main() -> std::process::ExitCode {
    host::cli::main()
}
