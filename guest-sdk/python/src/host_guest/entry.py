"""The way into a job: `component` makes of its module what the world `described-job` asks for.

All of it but `run` happens once, while `host build` starts the interpreter whose memory becomes the component.
"""

from __future__ import annotations

import gc
import inspect
import logging
import random
import sys
from types import ModuleType
from typing import Any

from componentize_py_types import Err

from . import contract, failure, wire
from .contract import host
from .manifest import Manifest
from .ndarray import numpy
from .single_run import SingleRun


class RunLog(logging.Handler):
    """Hands what `logging` is told to the log of the run."""

    def emit(self, record: logging.LogRecord) -> None:
        levels = host.Level
        level = (
            levels.ERROR
            if record.levelno >= logging.ERROR
            else levels.WARNING
            if record.levelno >= logging.WARNING
            else levels.INFO
            if record.levelno >= logging.INFO
            else levels.DEBUG
        )
        try:
            message = self.format(record)
        except Exception as error:
            level, message = levels.ERROR, f"a line that cannot be logged: {failure.describe(error)}"
        host.log(level, message.encode(errors="backslashreplace").decode())


def component(job: ModuleType, prepared: bool = False) -> type:
    """The class that componentize-py exports, for the job in this module, in an interpreter that may be `prepared` already.

    Raises `TypeError` if the module is no job.
    """
    run = getattr(job, "run", None)
    name = getattr(job, "__name__", "the module")
    if run is None:
        raise TypeError(f"{name}.py has no function `run(traj)`; that is what is called for every point")
    if not callable(run):
        raise TypeError(f"`run` in {name}.py is a {type(run).__name__}; a job defines a function `run(traj)`")
    if inspect.iscoroutinefunction(run) or inspect.isgeneratorfunction(run):
        raise TypeError(f"`run` in {name}.py is a coroutine or generator; a job defines a plain function `run(traj)`")
    manifest = getattr(job, "manifest", None)
    if manifest is not None and not isinstance(manifest, Manifest):
        raise TypeError(f"`manifest` in {name}.py is a {type(manifest).__name__}, not a host_guest.Manifest")
    described = wire.to_manifest(manifest, contract.description)

    class WitWorld:
        def describe(self) -> Any:
            return described

        def run(self, args: list[Any], kwargs: list[Any]) -> None:
            try:
                _begin()
                named = {argument.name: wire.of_value(argument.value) for argument in kwargs}
                returned = run(SingleRun(), *[wire.of_value(argument) for argument in args], **named)
                if returned is not None:
                    _warn_of(returned)
            except BaseException as error:
                raise Err(failure.describe(error)) from None
            finally:
                _end()

    if not prepared:
        prepare()
    return WitWorld


def prepare() -> None:
    """What every run finds done already."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")
    root = logging.getLogger()
    root.addHandler(RunLog())
    root.setLevel(logging.INFO)
    if (socket := sys.modules.get("socket")) is not None:
        socket.socket.__init__ = socket.getaddrinfo = socket.gethostbyname = _no_network
    # What is there now lives for ever: nobody has to look at it again, nor touch the memory it lies in.
    gc.collect()
    gc.freeze()


def _no_network(*_: Any, **__: Any) -> Any:
    raise PermissionError("there are no sockets: a job has no network, and no event loop of asyncio, which needs them")


def _begin() -> None:
    """The memory of a component holds random numbers that would be the same in every run."""
    seed = host.v_seed()
    random.seed(seed)
    if numpy is not None:
        numpy.random.seed([seed & 0xFFFF_FFFF, seed >> 32])


def _end() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def _warn_of(returned: Any) -> None:
    host.log(
        host.Level.WARNING,
        f"`run` has returned a {type(returned).__name__}, which nobody keeps; `traj.f_add_result` adds results",
    )
