#!/usr/bin/env bash
# Fuzzes: host/fuzz/run.sh [minutes] [target…]
# Each target, or each that is named, for so many minutes (10), one after the other on one core; then a table.
# Needs `cargo install cargo-fuzz`. What is found lies in host/fuzz/artifacts/<target>/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

minutes=${1:-10}
shift || true
if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(basename -s .rs -a fuzz_targets/*.rs); fi

# Without a sanitizer the ordinary compiler is enough; there is nearly no unsafe code that one could watch.
cargo fuzz build -s none "${targets[@]:0:$(( ${#targets[@]} == 1 ))}"
programs=target/x86_64-unknown-linux-gnu/release

# Files that targets write lie in memory.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)" host-fuzz.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

row() { printf '%-18s | %12s | %7s | %s\n' "$@"; }
table=$(row target executions minutes found)
for target in "${targets[@]}"; do
    # New inputs go to a folder beside the corpus; `cargo fuzz cmin` brings the useful ones there.
    mkdir -p "artifacts/$target" "found/$target" "corpus/$target" "regressions/$target"
    options=(-max_total_time=$((60 * minutes)) -timeout=60 -rss_limit_mb=2048 -artifact_prefix="artifacts/$target/")
    options+=(-print_final_stats=1 -use_value_profile=1)
    case $target in
        # Components and files are read whole.
        component) options+=(-max_len=8192) ;;
        hdf5 | sqlite) options+=(-max_len=65536) ;;
        *) options+=(-max_len=4096) ;;
    esac
    # Crashes inside of the HDF5 library do not stop the search: they are not ours to mend.
    if [ "$target" = hdf5 ]; then options+=(-fork=1 -ignore_crashes=1 -ignore_ooms=1 -ignore_timeouts=1); fi
    began=$SECONDS
    TMPDIR=$scratch nice -n 19 "$programs/$target" "${options[@]}" "found/$target" "corpus/$target" "regressions/$target" \
        > "artifacts/$target.log" 2>&1 || true
    rm -rf "${scratch:?}"/*
    executions=$(sed -nE 's/^(#|stat::number_of_executed_units: *)([0-9]+)(:.*)?$/\2/p' "artifacts/$target.log" | tail -1)
    found=$(find "artifacts/$target" -type f | wc -l)
    table+=$'\n'$(row "$target" "${executions:-?}" "$(( (SECONDS - began + 30) / 60 ))" "$found")
    printf '%s\n\n' "$table"
done
