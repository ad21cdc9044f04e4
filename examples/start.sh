#!/usr/bin/env bash
# Sets everything up and runs the first example. Repeating it is harmless and quick.
#
#   examples/start.sh                 all of it
#   examples/start.sh --set-up-only   build `host` and the examples, run nothing
#
# Needs Rust (https://rustup.rs) and, for the packages below, a Debian-like system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. examples/debian.sh

say() { printf '\n== %s\n' "$*"; }

command -v cargo >/dev/null || {
    echo "error: no cargo on the PATH; install Rust from https://rustup.rs" >&2
    exit 1
}

say "System packages: the HDF5 library and what compiling needs"
install_packages gcc libc6-dev make pkg-config libhdf5-dev

say "Building host (the first time takes about ten minutes on two cores)"
cargo build --release --locked -p host

say "Guest toolchain: Rust for wasm"
if target/release/host doctor --lang rust; then
    :
# Long enough for the 20 MB of a slow connection, short enough for one that never answers.
elif command -v rustup >/dev/null && timeout 60 rustup target add wasm32-wasip2; then
    :
else
    install_packages rustc-web cargo-web rust-web-src
fi

say "Building the example jobs"
# An example without a package of its own is no job.
guest-sdk/rust/build-job $(dirname examples/*/Cargo.toml)

if [ "${1:-}" = --set-up-only ]; then
    say "Set up: target/release/host and examples/*/job.wasm"
    exit 0
fi

say "Running examples/01-multiplication: 10,000 runs of z = x * y"
cd examples/01-multiplication
../../target/release/host run job.wasm --spec exp.toml --overwrite
say "The first runs of the result"
../../target/release/host runs hdf5/multiplication.hdf5 --limit 5
say "Done. The results are in examples/01-multiplication/hdf5/multiplication.hdf5"
