"""CPU and wall time per run of z = x * y: this project beside pypet, interleaved, as ratios of medians.

    target/python/bin/python host/benches/against_pypet.py [--rounds 3] [--runs 10000] [--pypet-runs 1000]

Both sides store every result in HDF5 with overview tables. pypet runs once in a single process and
once with a pool and wrap_mode QUEUE. Times are of whole processes, start-up included, children too.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PYPET = """
import sys
from pypet import Environment, cartesian_product

def multiply(traj):
    traj.f_add_result('z', traj.x * traj.y, comment='I am the product of two values!')

if __name__ == '__main__':
    runs, mode, filename = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    pool = dict(multiproc=True, ncores=2, use_pool=True, wrap_mode='QUEUE') if mode == 'pool_queue' else {}
    env = Environment(trajectory='multiplication', filename=filename, overwrite_file=True, log_config=None,
                      report_progress=False, **pool)
    env.trajectory.f_add_parameter('x', 1)
    env.trajectory.f_add_parameter('y', 1)
    env.trajectory.f_explore(cartesian_product({'x': list(range(10)), 'y': list(range(runs // 10))}))
    env.run(multiply)
"""


def timed(command, folder):
    """Wall and CPU seconds of a whole process with its children."""
    before = os.times()
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = os.times()
    cpu = (after.children_user - before.children_user) + (after.children_system - before.children_system)
    return wall, cpu


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--runs", type=int, default=10_000, help="runs of this project, a multiple of 100")
    arguments.add_argument("--pypet-runs", type=int, default=1_000, help="runs of pypet, a multiple of 10")
    options = arguments.parse_args()

    binary = ROOT / "target/release/host"
    job = ROOT / "examples/01-multiplication/job.wasm"
    samples = {}
    with tempfile.TemporaryDirectory(prefix="against-pypet-") as scratch:
        script = Path(scratch) / "bench.py"
        script.write_text(PYPET)

        def ours(cores):
            return [str(binary), "run", str(job), "-p", "x=0..99:100", "-p", f"y=0..{options.runs // 100 - 1}:{options.runs // 100}",
                    "-j", str(cores), "-o", "ours.hdf5", "--name", "multiplication", "--no-time", "--overwrite"]

        def theirs(mode):
            return [sys.executable, str(script), str(options.pypet_runs), mode, str(Path(scratch) / "theirs.hdf5")]

        sides = {
            "host, 1 worker": (ours(1), options.runs),
            "host, 2 workers": (ours(2), options.runs),
            "pypet, single": (theirs("single"), options.pypet_runs),
            "pypet, pool QUEUE": (theirs("pool_queue"), options.pypet_runs),
        }
        for round_number in range(options.rounds):
            for name, (command, runs) in sides.items():
                wall, cpu = timed(command, scratch)
                samples.setdefault(name, []).append((wall / runs * 1e6, cpu / runs * 1e6))
                print(f"round {round_number + 1}: {name}: {wall:.2f} s wall, {cpu:.2f} s CPU, {runs} runs", file=sys.stderr)

    median = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in samples.items()}
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}; medians of {options.rounds} rounds")
    print(f"{'':20} {'wall µs/run':>12} {'CPU µs/run':>12}   CPU against host, 1 worker")
    for name, (wall, cpu) in median.items():
        print(f"{name:20} {wall:12.1f} {cpu:12.1f}   {cpu / median['host, 1 worker'][1]:.0f} x")
    print(json.dumps({name: samples[name] for name in samples}))


if __name__ == "__main__":
    main()
