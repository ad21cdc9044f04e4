"""What the interpreter does before its memory is taken as the snapshot that all jobs begin with, and what it does in a run.

`prepare` is given the SDK and the contract by the program that takes the snapshot. A run calls `run` or `describe`.
"""

from __future__ import annotations

import importlib
import json
import sys
from types import ModuleType
from typing import Any

#: Imported already when a run begins, with all that they import themselves.
AT_HAND = (
    "collections dataclasses datetime decimal difflib enum fractions functools heapq itertools json logging math operator random re "
    "statistics string textwrap traceback typing "
    "numpy numpy.fft numpy.linalg numpy.ma numpy.polynomial numpy.random "
    "scipy scipy.constants scipy.fft scipy.integrate scipy.interpolate scipy.linalg scipy.ndimage scipy.optimize scipy.signal scipy.sparse "
    "scipy.sparse.csgraph scipy.sparse.linalg scipy.spatial scipy.special scipy.stats"
).split()

_contract: Any = None


def prepare(own: dict[str, str], sdk: dict[str, str], described: str) -> None:
    """Imports everything, and leaves nothing that looks for a file."""
    global _contract
    library = _module("host_library", own["library.py"])
    sys.meta_path.append(library.Library(library.ARCHIVE))
    # What a file system tells of the archive, times and numbers of this machine, should not remain in the memory.
    library.forget_files()
    for name in AT_HAND:
        importlib.import_module(name)
    sys.meta_path.append(library.Sources(sdk, "/host/"))
    _contract = _module("host_bindings", own["bindings.py"]).install(described)
    importlib.import_module("host_guest.failure").MISSING = (
        "a job can import the modules beside it, Python's library, and NumPy, SciPy, pandas and others that the interpreter has compiled in"
    )
    importlib.import_module("host_guest.entry").prepare()


def run() -> None:
    """One run: the host has called `run`."""
    kinds, answer = _contract.exports["run"]
    arguments = _contract.parameters(4)
    values = [kind.get(*arguments[2 * place : 2 * place + 2]) for place, kind in enumerate(kinds)]
    _contract.give_back()
    bindings = sys.modules["host_bindings"]
    try:
        world = _world()
    except BaseException as error:
        from host_guest import failure

        _contract.answer(answer, bindings.Err(failure.describe(error)))
        return
    try:
        world.run(*values)
    except bindings.Err as error:
        _contract.answer(answer, error)
    else:
        _contract.answer(answer, None)


def describe() -> None:
    """The host has called `describe`. What is wrong with the job is told as a panic."""
    _, answer = _contract.exports["describe"]
    try:
        manifest = _world().describe()
    except BaseException as error:
        from host_guest import failure

        host = sys.modules["wit_world.imports.single_run"]
        host.report_panic(failure.describe(error), "", 0)
        raise
    _contract.answer(answer, manifest)


def _world() -> Any:
    """The job, whose source the component carries."""
    from host_guest.entry import component

    read = sys.modules["wit_world.imports.attachment"].read()
    if not read:
        raise ImportError("this is an interpreter without a job; `host build` puts one into it")
    job = json.loads(read)
    # Before the library: a file of the job may have the name of a module there.
    sys.meta_path.insert(0, sys.modules["host_library"].Sources(job["files"]))
    return component(importlib.import_module(job["module"]), prepared=True)()


def _module(name: str, text: str) -> ModuleType:
    module = sys.modules[name] = ModuleType(name)
    exec(compile(text, f"/host/{name}.py", "exec", dont_inherit=True), module.__dict__)
    return module
