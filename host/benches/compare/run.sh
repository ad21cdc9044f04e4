#!/usr/bin/env bash
# Compares `host` with what else does its work, and with what limits it; writes target/compare/results.md and .json.
#
#   host/benches/compare/run.sh [--quick] [--only ROW…] [--rounds N] [--write]
#
# `run.sh --help` lists the rows and all options. Needs what examples/start.sh installs, and Python 3 with venv. Everything that
# is compared with is installed from the registries, in the versions of requirements.txt and Cargo.lock, below target/compare.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
scratch=$root/target/compare
venv=$scratch/python
mkdir -p "$scratch"

wanted=$(cksum < "$here/requirements.txt")
if [ "$(cat "$venv/installed" 2>/dev/null)" != "$wanted" ]; then
    echo "installing into $venv" >&2
    rm -rf "$venv"
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
    # pypet 0.7.0 asks for Python 3.12 and runs on 3.11; what it imports is in the list.
    "$venv/bin/pip" install -q --disable-pip-version-check --no-deps --ignore-requires-python pypet==0.7.0
    echo "$wanted" > "$venv/installed"
fi
exec "$venv/bin/python" "$here/run.py" "$@"
