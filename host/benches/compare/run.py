"""Measures the rows of rows.py and writes them down; run.sh installs what it needs."""

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import Failed, cost
from rows import ROWS, Missing, names

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TARGET = ROOT / "target/compare"
DOCUMENT = ROOT / "host/BENCHMARKS.md"
BEGIN, END = "<!-- measured by host/benches/compare/run.sh: begin -->", "<!-- measured: end -->"


class Bench:
    """What is measured, and in what folder."""

    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch
        self.rounds = options.rounds or (3 if options.quick else 7)
        self.binary, self.bare = build_host(options)
        self.build_job("examples/01-multiplication", "host/benches/compare/kernels", "host/benches/compare/work")
        self.peers = build_peers()
        self.multiplication = ROOT / "examples/01-multiplication/job.wasm"
        self.output = scratch / "ours.hdf5"
        self.has_columns = self.takes_columns()
        self.rounds_per_second = None

    def build_job(self, *packages):
        subprocess.run([ROOT / "guest-sdk/rust/build-job", *packages], cwd=ROOT, check=True, stdout=sys.stderr)

    def size(self, whole, quick):
        return quick if self.options.quick else whole

    def takes_columns(self):
        try:
            self.host(self.multiplication, ["-p", "x=1,2"], layout="columns")
        except Failed as failed:
            if "layout" not in str(failed):
                raise
            return False
        return True

    def host(self, job, points, *, workers=2, layout="tree", continuable=True, wrap_mode="QUEUE", extra=()):
        """One exploration, from the start of the process to its end; the file of results is `output`."""
        for old in self.scratch.glob("ours.*"):
            old.unlink()
        spec = ["spec = 1", "[environment]", f'wrap_mode = "{wrap_mode}"', f"continuable = {str(continuable).lower()}"]
        if layout != "tree":
            spec += ["[storage]", f'layout = "{layout}"']
        (self.scratch / "compare.toml").write_text("\n".join(spec) + "\n")
        return cost([self.binary, "run", job, "--spec", "compare.toml", *points, "-j", workers, "-o", self.output,
                     "--name", "compare", "--no-time", "-q", *extra], self.scratch, env={"XDG_CACHE_HOME": str(TARGET / "cache")})

    def first_run(self, job, points):
        """Seconds from the start of the process until its first run has ended: what it says itself, and what it takes
        to get as far as its own clock."""
        said = self.host(job, points, workers=1, extra=["--timings"]).output
        return float(re.search(r"the first run had ended after ([0-9.]+) s", said)[1]) + self.host_verb("--version").wall

    def host_verb(self, *words):
        return cost([self.binary, *words], self.scratch)

    def multiply(self, runs, *, job=None, **options):
        points = ["-p", "x=0..99:100", "-p", f"y=0..{runs // 100 - 1}:{runs // 100}"]
        return self.host(job or self.multiplication, points, **options)

    def first_look(self, job, *, cached):
        """One run; the compiled job is in the cache or not."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as empty:
            return cost([self.binary, "run", job, "-p", "x=2", "-p", "y=3", "-j", 1, "-o", self.output, "--name", "compare",
                         "--no-time", "--overwrite", "-q"], self.scratch,
                        env={"XDG_CACHE_HOME": str(TARGET / "cache" if cached else empty)})

    def instantiate(self, job, runs):
        """Microseconds that an instance takes, of those that many runs have had."""
        said = json.loads(self.multiply(runs, job=job, workers=1, extra=["--timings", "--json"]).output)
        return said["timings"]["instantiate"] / runs * 1e6

    def neurons(self, job, repeats):
        """Example 02, so often; nothing is stored."""
        spec = (ROOT / "examples/02-lif-neuron/exp.toml").read_text()
        spec = spec.replace("[environment]\n", "[environment]\ncontinuable = false\n")
        spec = spec.replace("[storage]\n", '[storage]\nservice = "none"\n')
        (self.scratch / "neuron.toml").write_text(spec)
        return cost([self.binary, "run", job, "--spec", "neuron.toml", "-j", 1, "--replicates", repeats, "-q"], self.scratch,
                    env={"XDG_CACHE_HOME": str(TARGET / "cache")})

    def languages(self):
        """For every language but Rust that jobs can be written in: none if it can be built here, or why not."""
        told = json.loads(self.host_verb("doctor", "--json").output)["languages"]
        return {each["language"]: each["missing"] and each["missing"]["what"] for each in told if each["language"] != "rust"}

    def built(self, folder):
        """The component of a job that lies in a folder, and the seconds that building it takes, from nothing."""
        shutil.rmtree(folder / ".host", ignore_errors=True)
        taken = self.host_verb("build", folder, "-q")
        return folder / "job.wasm", taken.wall

    def work(self, runs, *, rounds=0, scalars=1, length=0, **options):
        points = ["-p", f"rounds={rounds}", "-p", f"scalars={scalars}", "-p", f"length={length}", "--replicates", runs]
        return self.host(HERE / "work/job.wasm", points, **options)

    def kernel(self, kernel, work):
        return self.host(HERE / "kernels/job.wasm", ["-p", f"kernel={kernel}", "-p", f"work={work}"], workers=1)

    def rounds_of(self, seconds):
        """How many rounds of the job `work` take so long."""
        if self.rounds_per_second is None:
            rounds, runs = 10_000_000, 10
            taken = self.work(runs, rounds=rounds, workers=1).cpu - self.work(runs, workers=1).cpu
            self.rounds_per_second = rounds * runs / taken
        return round(self.rounds_per_second * seconds)

    def native(self, *words):
        return cost([self.peers / "native", *words], self.scratch)

    def explore(self, runs):
        return cost([self.peers / "explore", runs, 2, self.scratch / "peer.hdf5"], self.scratch)

    def plain_write(self, count, size):
        file = self.scratch / "plain"
        file.unlink(missing_ok=True)
        taken = cost([self.peers / "plain-write", file, count, size], self.scratch)
        file.unlink()
        return taken

    def spin(self, threads):
        return cost([self.peers / "spin", threads, self.size(1_000_000_000, 300_000_000)], self.scratch)

    def xargs(self, runs):
        points = self.scratch / "points"
        points.write_text("".join(f"multiply {run // 1000} {run % 1000}\n" for run in range(runs)))
        return cost(["xargs", "-P2", "-n3", self.peers / "native"], self.scratch, stdin=points)

    def bare_loop(self, runs, threads):
        return json.loads(cost([self.bare, "loop", self.multiplication, runs, threads], self.scratch).output)

    def python(self, script, *words):
        return cost([sys.executable, HERE / "python" / script, *words], self.scratch)

    def pypet(self, runs, mode):
        return self.python("pypet_explore.py", runs, mode, self.scratch / "theirs.hdf5")


def build_host(options):
    """The release build of `host`, and the loop of wasmtime alone."""
    if options.host and options.bare:
        return options.host.resolve(), options.bare.resolve()
    built = subprocess.run(["cargo", "build", "--release", "--locked", "-p", "host", "--bin", "host", "--bench", "bare",
                            "--message-format", "json-render-diagnostics"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    found = {}
    for message in map(json.loads, built.stdout.splitlines()):
        if message.get("executable"):
            found[message["target"]["name"]] = Path(message["executable"])
    return options.host or found["host"], options.bare or found["bare"]


def build_peers():
    subprocess.run(["cargo", "build", "--release", "--locked", "-p", "peers", "--target-dir", TARGET / "peers"], cwd=HERE,
                   check=True)
    return TARGET / "peers/release"


def machine(bench):
    """What was measured, where and when."""
    first = lambda *command: subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip().split("\n")[0]
    model = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    changed = " with changes" if first("git", "status", "--porcelain", "--untracked-files=no") else ""
    disk = first("df", "--output=fstype,source", str(bench.scratch)), shutil.disk_usage(bench.scratch).free // 2**30
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": first("git", "rev-parse", "--short=12", "HEAD") + changed,
        "host": first(str(bench.binary), "--version"),
        "machine": f"{model[0] if model else platform.processor()}, {os.cpu_count()} cores, "
                   f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') // 2**30} GiB, {platform.system()} {platform.release()}",
        "rustc": first("rustc", "--version"),
        "python": platform.python_version(),
        "scratch": f"{bench.scratch.parent.relative_to(ROOT) if bench.scratch.is_relative_to(ROOT) else 'elsewhere'}, "
                   f"{disk[1]} GiB free",
        "rounds": bench.rounds,
        "quick": bench.options.quick,
        "load before": round(os.getloadavg()[0], 2),
    }


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def table(about, measured):
    """Everything as Markdown."""
    lines = [f"{key}: {value}  " for key, value in about.items()]
    for name, figures in measured.items():
        lines += ["", f"### `{name}`: {ROWS[name][0]}", "", "| | median | quartiles | goal | met |", "|---|---:|---:|---:|---|"]
        for figure in figures:
            if isinstance(figure, Missing):
                lines.append(f"| {figure.what} | not available | | | {figure.why} |")
                continue
            value, goal = figure.value, ""
            if figure.goal is not None:
                goal = f"{'≥' if figure.at_least else '≤'} {number(figure.goal)}"
            spread = f"{number(value.low)} – {number(value.high)}" if len(value.samples) > 1 else "one sample"
            met = {None: "", True: "yes", False: "**no**"}[figure.met()]
            lines.append(f"| {figure.what} | {number(value.median)} {figure.unit} | {spread} | {goal} | {met} |")
    return "\n".join(lines) + "\n"


def as_json(about, measured):
    rows = {name: [vars(figure) | ({"value": vars(figure.value), "met": figure.met()} if not isinstance(figure, Missing) else {})
                   for figure in figures] for name, figures in measured.items()}
    return json.dumps({"about": about, "rows": rows}, indent=1, ensure_ascii=False)


def write_document(text):
    """Puts the table into host/BENCHMARKS.md, in place of the last one."""
    document = DOCUMENT.read_text()
    before, rest = document.split(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}{END}{rest.split(END)[1]}")


def main():
    arguments = argparse.ArgumentParser(prog="run.sh", description="Compares host with its peers and its floors.\n\nrows:\n" + names(),
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="fewer and smaller runs: minutes, and rougher figures")
    arguments.add_argument("--only", nargs="+", choices=list(ROWS), metavar="ROW", help="these rows alone")
    arguments.add_argument("--rounds", type=int, help="turns that all sides take [default: 7, or 3 with --quick]")
    arguments.add_argument("--write", action="store_true", help="put the table into host/BENCHMARKS.md")
    arguments.add_argument("--host", type=Path, help="a binary to measure, in place of building it")
    arguments.add_argument("--bare", type=Path, help="the bench `bare`, likewise")
    options = arguments.parse_args()
    if (options.host is None) != (options.bare is None):
        arguments.error("--host and --bare go together")

    TARGET.mkdir(parents=True, exist_ok=True)
    # componentize-py is among the requirements; what tests/run.sh has installed serves as well.
    brought = [Path(sys.executable).parent, ROOT / "target/componentize/bin", ROOT / "target/js/node_modules/.bin"]
    os.environ["PATH"] = os.pathsep.join([*map(str, brought), os.environ["PATH"]])
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=TARGET) as scratch:
        bench = Bench(options, Path(scratch))
        about, measured = machine(bench), {}
        for name in ROWS:
            if options.only and name not in options.only:
                continue
            print(f"{name}: {ROWS[name][0]}", file=sys.stderr)
            try:
                measured[name] = ROWS[name][1](bench)
            except Failed as failed:
                # The other rows are worth having.
                print(f"error: {name}: {failed}", file=sys.stderr)
                measured[name] = [Missing(name, "it has failed")]
            about["load after"] = round(os.getloadavg()[0], 2)
            # Rows that took an hour are not lost if a later one fails.
            (TARGET / "results.json").write_text(as_json(about, measured))
            (TARGET / "results.md").write_text(table(about, measured))
    text = (TARGET / "results.md").read_text()
    print(text)
    if options.write:
        write_document(text)
    if any(isinstance(figure, Missing) for figures in measured.values() for figure in figures):
        sys.exit(1)


if __name__ == "__main__":
    main()
