"""Processes that are timed, and what is made of their times."""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A process that should have been measured has failed."""


@dataclass
class Cost:
    """What a process has taken, with all its children; seconds, and bytes at its peak (the largest process)."""

    wall: float
    cpu: float
    memory: int
    output: str


def cost(command, folder, *, env=None, stdin=None):
    """Runs `command` in `folder` to its end."""
    command = [str(word) for word in command]
    out, err = Path(folder) / "stdout", Path(folder) / "stderr"
    with open(out, "wb") as stdout, open(err, "wb") as stderr, open(stdin or os.devnull, "rb") as given:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdin=given, stdout=stdout, stderr=stderr,
                                   env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"{' '.join(command)} has ended with {process.returncode}: {err.read_text()[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, out.read_text(errors="replace"))


def take_turns(sides, rounds):
    """Calls every side once in each round, one after the other; what each has given, by name."""
    given = {name: [] for name in sides}
    for number in range(rounds):
        for name, side in sides.items():
            given[name].append(side())
        print(f"  round {number + 1} of {rounds}", file=sys.stderr)
    return given


@dataclass
class Spread:
    """The median of some samples, and their quartiles."""

    median: float
    low: float
    high: float
    samples: list

    @classmethod
    def of(cls, samples):
        samples = list(samples)
        if len(samples) < 2:
            return cls(samples[0], samples[0], samples[0], samples)
        low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(median, low, high, samples)


def ratio(over, under):
    """Ratios of two sides within each round: what slows the machine down for a while slows both."""
    return Spread.of(a / b for a, b in zip(over, under, strict=True))
