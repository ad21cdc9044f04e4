"""The rows of the comparison: each measures its sides in turns and says what has come of it."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import h5py

from measuring import Spread, cost, ratio, take_turns

ROWS = {}
HERE = Path(__file__).resolve().parent
NEURON = HERE.parents[2] / "examples/02-lif-neuron"


@dataclass
class Figure:
    """One line of the table. `goal` is the largest value that is good, or the smallest if `at_least`."""

    what: str
    value: Spread
    unit: str
    goal: float | None = None
    at_least: bool = False

    def met(self):
        if self.goal is None:
            return None
        return self.value.median >= self.goal if self.at_least else self.value.median <= self.goal


@dataclass
class Missing:
    """A line that could not be measured, and why."""

    what: str
    why: str


def row(name, title):
    def register(function):
        ROWS[name] = (title, function)
        return function
    return register


def microseconds(costs, runs, of="cpu"):
    return [getattr(each, of) / runs * 1e6 for each in costs]


def layouts(bench):
    return ["columns", "tree"] if bench.has_columns else ["tree"]


def without_columns(bench, what):
    return [] if bench.has_columns else [Missing(what, "this build has no layout `columns`")]


@row("overhead", "z = x y in a sandbox of its own, over a bare loop of wasmtime")
def overhead(bench):
    runs, figures = bench.size(100_000, 10_000), []
    for workers in (1, 2):
        sides = {"bare": lambda workers=workers: bench.bare_loop(runs, workers)["cpu_us"]}
        for layout in layouts(bench):
            sides[layout] = lambda layout=layout, workers=workers: (
                bench.multiply(runs, workers=workers, layout=layout).cpu / runs * 1e6)
        given = take_turns(sides, bench.rounds)
        threads = f"{workers} worker{'s' * (workers > 1)}"
        figures.append(Figure(f"bare loop, {threads}: CPU per run", Spread.of(given["bare"]), "µs"))
        for layout in layouts(bench):
            figures.append(Figure(f"host, {layout}, {threads}: CPU per run", Spread.of(given[layout]), "µs"))
            figures.append(Figure(f"host, {layout}, over bare, {threads}", ratio(given[layout], given["bare"]), "x",
                                  goal=1.5 if layout == "columns" else None))
    return figures + without_columns(bench, "host, columns, over bare")


@row("pypet", "Whole exploration of z = x y beside pypet 0.7.0, CPU per run")
def pypet(bench):
    runs, theirs = bench.size(100_000, 10_000), bench.size(1000, 200)
    sides = {f"host, {layout}": lambda layout=layout: bench.multiply(runs, layout=layout).cpu / runs * 1e6
             for layout in layouts(bench)}
    for mode in ("single", "QUEUE", "LOCK"):
        sides[f"pypet, {mode}"] = lambda mode=mode: (
            (bench.pypet(theirs, mode).cpu - bench.pypet(10, mode).cpu) / (theirs - 10) * 1e6)
    given = take_turns(sides, bench.rounds)
    figures = [Figure(f"{name}: CPU per run", Spread.of(samples), "µs") for name, samples in given.items()]
    for layout, goal in (("columns", 1000), ("tree", 100)):
        if f"host, {layout}" not in given:
            continue
        for mode in ("single", "QUEUE", "LOCK"):
            figures.append(Figure(f"pypet, {mode}, over host, {layout}",
                                  ratio(given[f"pypet, {mode}"], given[f"host, {layout}"]), "x",
                                  goal=goal if mode == "single" else None, at_least=True))
    return figures + without_columns(bench, "pypet over host, columns")


@row("flat", "Many more runs: CPU per run, memory and the size of the file")
def flat(bench):
    few, many = 10_000, bench.size(1_000_000, 100_000)
    figures = []
    for layout in layouts(bench):
        rounds = bench.rounds if layout == "columns" else min(bench.rounds, bench.size(1, bench.rounds))
        given = take_turns({runs: lambda runs=runs, layout=layout: bench.multiply(runs, layout=layout)
                            for runs in (few, many)}, rounds)
        cpu = {runs: microseconds(costs, runs) for runs, costs in given.items()}
        memory = {runs: [each.memory / 1e6 for each in costs] for runs, costs in given.items()}
        for runs in (few, many):
            figures.append(Figure(f"{layout}, {runs:,} runs: CPU per run", Spread.of(cpu[runs]), "µs"))
        figures.append(Figure(f"{layout}, CPU per run, {many:,} over {few:,} runs", ratio(cpu[many], cpu[few]), "x",
                              goal=1.1 if layout == "columns" else 1.25))
        figures.append(Figure(f"{layout}, {many:,} runs: memory at its peak", Spread.of(memory[many]), "MB", goal=200))
        figures.append(Figure(f"{layout}, memory, {many:,} over {few:,} runs", ratio(memory[many], memory[few]), "x",
                              goal=1.2))
    for layout in layouts(bench):
        runs = bench.size(1_000_000 if layout == "columns" else 100_000, 100_000)
        bench.work(runs, scalars=3, layout=layout)
        size = bench.output.stat().st_size / runs
        figures.append(Figure(f"{layout}, 3 scalars, {runs:,} runs: file per run", Spread.of([size]), "bytes",
                              goal=64 if layout == "columns" else None))
    return figures + without_columns(bench, "columns, CPU per run, and file per run")


@row("arrays", "Results of 8 MB, with the journal, beside a plain write and fsync of the same bytes")
def arrays(bench):
    runs = bench.size(1000, 100)
    given = take_turns({"host": lambda: bench.work(runs, length=1_000_000),
                        "plain": lambda: bench.plain_write(runs, 8_000_000)}, bench.rounds)
    rate = {name: [runs * 8e6 / each.wall / 1e9 for each in costs] for name, costs in given.items()}
    return [Figure(f"plain write and fsync, {runs} x 8 MB", Spread.of(rate["plain"]), "GB/s"),
            Figure(f"host, {runs} x 8 MB", Spread.of(rate["host"]), "GB/s"),
            Figure("host: throughput over plain", ratio(rate["host"], rate["plain"]), "x", goal=0.8, at_least=True),
            Figure("host: CPU over plain", ratio([each.cpu for each in given["host"]],
                                                 [each.cpu for each in given["plain"]]), "x"),
            Figure("host: memory at its peak", Spread.of(each.memory / 1e6 for each in given["host"]), "MB")]


@row("workers", "Two workers over one, by the clock")
def workers(bench):
    rounds, runs, trivial = bench.rounds_of(1e-3), bench.size(2000, 500), bench.size(100_000, 10_000)
    layout = layouts(bench)[0]
    given = take_turns({
        "spin 1": lambda: bench.spin(1),
        "spin 2": lambda: bench.spin(2),
        "1 ms, 1": lambda: bench.work(runs, rounds=rounds, workers=1, layout=layout),
        "1 ms, 2": lambda: bench.work(runs, rounds=rounds, workers=2, layout=layout),
        "trivial 1": lambda: bench.multiply(trivial, workers=1, layout=layout),
        "trivial 2": lambda: bench.multiply(trivial, workers=2, layout=layout),
        "LOCK 1": lambda: bench.multiply(trivial, workers=1, layout=layout, wrap_mode="LOCK"),
        "LOCK 2": lambda: bench.multiply(trivial, workers=2, layout=layout, wrap_mode="LOCK"),
    }, bench.rounds)
    wall = {name: [each.wall for each in costs] for name, costs in given.items()}
    machine = ratio([2 * one for one in wall["spin 1"]], wall["spin 2"])
    return [Figure("what the machine gives two threads that only compute", machine, "x"),
            Figure(f"runs of 1 ms, {layout}", ratio(wall["1 ms, 1"], wall["1 ms, 2"]), "x", goal=1.9, at_least=True),
            Figure(f"trivial runs, {layout}, QUEUE", ratio(wall["trivial 1"], wall["trivial 2"]), "x", goal=1.7, at_least=True),
            Figure(f"trivial runs, {layout}, LOCK", ratio(wall["LOCK 1"], wall["LOCK 2"]), "x", goal=1.7, at_least=True)]


@row("start", "From the start of a process to its first finished run, and to its end; the compiled job is in the cache")
def start(bench):
    python_job, _ = bench.built(HERE / "languages/python")
    jobs = {"small": (bench.multiplication, 30), "Python": (python_job, 150)}
    for job, _ in jobs.values():
        bench.host(job, ["-p", "x=2", "-p", "y=3"], workers=1)
    point, sides = ["-p", "x=2", "-p", "y=3"], {}
    for name, (job, _) in jobs.items():
        sides[name] = lambda job=job: bench.host(job, point, workers=1)
        sides[f"{name}, first"] = lambda job=job: bench.first_run(job, point)
    given = take_turns(sides, max(bench.rounds, 9))
    figures = []
    for name, (job, goal) in jobs.items():
        size = f"{name} job of {job.stat().st_size / 1e6:.1f} MB"
        first = Spread.of(seconds * 1e3 for seconds in given[f"{name}, first"])
        figures.append(Figure(f"{size}: until the first run has ended", first, "ms", goal=goal))
        figures.append(Figure(f"{size}: whole process", Spread.of(each.wall * 1e3 for each in given[name]), "ms"))
        figures.append(Figure(f"{size}: CPU", Spread.of(each.cpu * 1e3 for each in given[name]), "ms"))
    return figures


KERNELS = {"sir": ("SIR epidemic, Runge-Kutta", 30_000_000, 1.1), "ising": ("Ising model 64 x 64, Metropolis", 30_000, 1.3),
           "lif": ("LIF neuron, Euler", 400_000_000, 1.3), "matrix": ("128 x 128 matrix product, SIMD, row by row", 3000, 1.6),
           "tiles": ("128 x 128 matrix product, SIMD, in tiles of 4 x 4", 3000, 1.6)}


@row("guest", "Guest code over the same Rust, compiled natively; time limit on")
def guest(bench):
    figures = []
    for kernel, (title, work, goal) in KERNELS.items():
        work = bench.size(work, work // 4)
        given = take_turns({
            "host, start": lambda: bench.kernel("nothing", 0).cpu,
            "native, start": lambda: bench.native("nothing", 0).cpu,
            "host": lambda kernel=kernel, work=work: bench.kernel(kernel, work).cpu,
            "native": lambda kernel=kernel, work=work: bench.native(kernel, work).cpu,
        }, bench.rounds)
        with h5py.File(bench.output) as file:
            ours = float(file["compare/overview/columns/outcome"][0])
        theirs = bench.native(kernel, work).output.split()[0]
        if ours != float(theirs):
            raise AssertionError(f"{kernel}: {ours!r} in the sandbox and {theirs} natively")
        net = {side: [run - start for run, start in zip(given[side], given[f"{side}, start"])] for side in ("host", "native")}
        figures.append(Figure(title, ratio(net["host"], net["native"]), "x", goal=goal))
    return figures


@row("languages", "The same jobs in every language, one worker")
def languages(bench):
    few, runs, repeats, figures = 100, bench.size(2100, 300), bench.size(33, 9), []
    jobs = {"rust": (bench.multiplication, NEURON / "job.wasm")}
    for language, lacking in bench.languages().items():
        if lacking:
            figures.append(Missing(language, lacking))
        elif (HERE / "languages" / language).is_dir():
            job, seconds = bench.built(HERE / "languages" / language)
            jobs[language] = job, bench.built(NEURON / language)[0] if (NEURON / language).is_dir() else None
            figures.append(Figure(f"{language}: `host build`", Spread.of([seconds]), "s"))
    bench.build_job("examples/02-lif-neuron")
    sides = {"native, 1": lambda: bench.native("neuron", 1).cpu, "native, all": lambda: bench.native("neuron", repeats).cpu}
    for language, (job, neuron) in jobs.items():
        sides |= {
            f"{language}, uncached": lambda job=job: bench.first_look(job, cached=False),
            f"{language}, cached": lambda job=job: bench.first_look(job, cached=True),
            f"{language}, few": lambda job=job: bench.multiply(few, job=job, workers=1).cpu,
            f"{language}, many": lambda job=job: bench.multiply(runs, job=job, workers=1).cpu,
            f"{language}, instantiate": lambda job=job: bench.instantiate(job, runs),
        }
        if neuron:
            sides |= {f"{language}, 1": lambda neuron=neuron: bench.neurons(neuron, 1).cpu,
                      f"{language}, all": lambda neuron=neuron: bench.neurons(neuron, repeats).cpu}
    # What compiling takes is measured by itself.
    for job, neuron in jobs.values():
        bench.first_look(job, cached=True)
        if neuron:
            bench.neurons(neuron, 1)
    given = take_turns(sides, bench.rounds)
    less = lambda over, under, scale: [(a - b) * scale for a, b in zip(given[over], given[under], strict=True)]
    curve = lambda side: less(f"{side}, all", f"{side}, 1", 1e3 / (32 * (repeats - 1)))
    figures.append(Figure("native Rust: 2 s of the neuron", Spread.of(curve("native")), "ms"))
    for language, (job, neuron) in jobs.items():
        cached = given[f"{language}, cached"]
        compiling = [cold.cpu - warm.cpu for cold, warm in zip(given[f"{language}, uncached"], cached, strict=True)]
        figures += [
            Figure(f"{language}: component", Spread.of([job.stat().st_size / 1e6]), "MB"),
            Figure(f"{language}: compiling the component, CPU", Spread.of(compiling), "s"),
            Figure(f"{language}: one run, compiled job in the cache, by the clock", Spread.of(each.wall * 1e3 for each in cached), "ms"),
            Figure(f"{language}: an instance", Spread.of(given[f"{language}, instantiate"]), "µs"),
            Figure(f"{language}: z = x y, CPU per run", Spread.of(less(f"{language}, many", f"{language}, few", 1e6 / (runs - few))), "µs"),
        ]
        if neuron:
            figures += [Figure(f"{language}: 2 s of the neuron", Spread.of(curve(language)), "ms"),
                        Figure(f"{language}: neuron over native Rust", ratio(curve(language), curve("native")), "x")]
    return figures


@row("readers", "Reading 100,000 runs back")
def readers(bench):
    runs, figures = bench.size(100_000, 10_000), []
    for layout in layouts(bench):
        bench.multiply(runs, layout=layout)
        given = take_turns({
            "host runs": lambda: bench.host_verb("runs", bench.output, "--json").wall,
            "host runs --limit 5": lambda: bench.host_verb("runs", bench.output, "--limit", "5").wall,
            "pandas": lambda: json.loads(bench.python("read.py", "pandas", bench.output, "compare").output)["seconds"],
            "xarray": lambda: json.loads(bench.python("read.py", "xarray", bench.output, "compare").output)["seconds"],
        }, bench.rounds)
        for reader, seconds in given.items():
            figures.append(Figure(f"{layout}, {runs:,} runs: {reader}", Spread.of(seconds), "s",
                                  goal=0.5 if layout == "columns" else None))
    return figures + without_columns(bench, "columns")


@row("modes", "Wrap mode QUEUE over LOCK, trivial runs, 2 workers")
def modes(bench):
    runs, layout = bench.size(100_000, 10_000), layouts(bench)[0]
    given = take_turns({mode: lambda mode=mode: bench.multiply(runs, workers=2, layout=layout, wrap_mode=mode)
                        for mode in ("QUEUE", "LOCK")}, bench.rounds)
    return [Figure(f"{mode}, {layout}: CPU per run", Spread.of(microseconds(given[mode], runs)), "µs") for mode in given] + [
        Figure(f"QUEUE over LOCK, {layout}, CPU", ratio(*(microseconds(given[mode], runs) for mode in given)), "x", goal=1.1),
        Figure(f"QUEUE over LOCK, {layout}, by the clock",
               ratio(*(microseconds(given[mode], runs, "wall") for mode in given)), "x", goal=1.1)]


@row("peers", "The same z = x y by other means, CPU per run")
def peers(bench):
    runs, few = bench.size(100_000, 10_000), bench.size(1000, 300)
    def write(how, runs):
        return bench.python("write.py", how, runs, bench.scratch / "peer.hdf5")

    sides = {f"host, {layout}": (lambda layout=layout: bench.multiply(runs, layout=layout).cpu, runs)
             for layout in layouts(bench)}
    sides |= {
        "native loop, rayon, one dataset by libhdf5 (no sandbox, no journal)": (lambda: bench.explore(runs).cpu, runs),
        "a native process per run, xargs -P2 (text output)": (lambda: bench.xargs(few).cpu, few),
    }
    for name, how, many in (("h5py, a group per run", "h5py-tree", bench.size(10_000, 2000)),
                            ("PyTables, a group per run", "tables-tree", bench.size(10_000, 2000)),
                            ("h5py, one column", "h5py-columns", bench.size(1_000_000, 100_000)),
                            ("PyTables, rows of a table", "tables-table", bench.size(1_000_000, 100_000))):
        # Starting Python is not what is compared.
        sides[name] = (lambda how=how, many=many: write(how, many).cpu - write(how, 0).cpu, many)
    for layout in layouts(bench):
        bench.multiply(runs, layout=layout)
        size = bench.output.stat().st_size
        name = f"plain write and fsync of the {size / 1e6:.1f} MB of host's file, {layout}"
        sides[name] = (lambda size=size: bench.plain_write(1, size).cpu, runs)
    given = take_turns({name: side for name, (side, _) in sides.items()}, bench.rounds)
    cpu = {name: [seconds / sides[name][1] * 1e6 for seconds in given[name]] for name in sides}
    figures = [Figure(name, Spread.of(samples), "µs") for name, samples in cpu.items()]
    figures += [Figure(f"{name}, over host, {layout}", ratio(samples, cpu[f"host, {layout}"]), "x")
                for layout in layouts(bench) for name, samples in cpu.items() if not name.startswith("host")]
    return figures


@row("journal", "Throughput with the journal over without it")
def journal(bench):
    rounds, figures = bench.rounds_of(100e-6), []
    short, large, layout = bench.size(20_000, 4000), bench.size(1000, 200), layouts(bench)[0]
    for what, runs, options in ((f"runs of 100 µs, {layout}", short, {"rounds": rounds, "layout": layout}),
                                ("results of 1 MB, tree", large, {"length": 131_072})):
        given = take_turns({journal: lambda journal=journal, runs=runs, options=options:
                            bench.work(runs, continuable=journal, **options) for journal in (True, False)}, bench.rounds)
        for how, of, goal in (("by the clock", "wall", 0.9), ("by CPU", "cpu", None)):
            taken = {journal: microseconds(costs, runs, of) for journal, costs in given.items()}
            figures.append(Figure(f"{what}: {how}", ratio(taken[False], taken[True]), "x", goal=goal, at_least=True))
    return figures


def names():
    return "\n".join(f"  {name:10} {title}" for name, (title, _) in ROWS.items())


if __name__ == "__main__":
    sys.exit("these are the rows of run.py")
