"""Why a run failed, in one line: the exception, and where in the job it came from."""

from __future__ import annotations

import logging
import os
import re
from types import TracebackType

from .errors import JobError

#: As many callers are told.
CALLERS = 3
PACKAGE = os.path.dirname(__file__)
#: What to do about a module that is not there.
MISSING = "a component holds the modules that are imported when it is built: import it at the top of the file"
LIBRARY = os.path.dirname(os.path.dirname(logging.__file__))


def describe(error: BaseException) -> str:
    """The exception with its causes, innermost place first."""
    told = _one(error)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and cause is not error:
        told += f"; because of {_one(cause)}" if error.__cause__ else f"; while handling {_one(cause)}"
    return told.encode(errors="backslashreplace").decode()


def _one(error: BaseException) -> str:
    return f"{_what(error)}{_where(error)}"


def _what(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"sys.exit({'' if error.code is None else repr(error.code)}) was called; a job returns from `run` instead"
    if isinstance(error, MemoryError):
        return "MemoryError: no memory is left; [limits] memory of the spec says how much there is"
    if isinstance(error, ModuleNotFoundError):
        return f"{_text(error)}; {MISSING}"
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{type(error).__name__}: {error.msg} (at {_name(error.filename)}:{error.lineno})"
    return _text(error)


def _text(error: BaseException) -> str:
    kind = type(error)
    own = kind.__module__ in ("builtins", "__main__") or kind.__module__.startswith("host_guest.")
    name = kind.__qualname__ if own else f"{kind.__module__}.{kind.__qualname__}"
    try:
        told = str(error)
    except Exception:
        return f"{name}, which cannot be shown"
    if isinstance(error, JobError) and told:
        return told
    notes = [str(note) for note in getattr(error, "__notes__", [])]
    return "; ".join([f"{name}: {told}" if told else name, *notes])


def _where(error: BaseException) -> str:
    places = _places(error.__traceback__)
    if not places:
        return ""
    innermost, *callers = reversed(places)
    return f" (at {innermost}{''.join(f', called from {caller}' for caller in callers[:CALLERS])})"


def _places(trace: TracebackType | None) -> list[str]:
    """The lines of the job itself, without those of this package and of Python's library; a repeated one once."""
    places: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        own = (PACKAGE, LIBRARY, "/host/", "<frozen")
        if not code.co_filename.startswith(own) and not code.co_filename.endswith(("host_job.py", ".pyx")):
            inside = "" if code.co_name == "<module>" else f" in {code.co_name}"
            place = f"{_name(code.co_filename)}:{trace.tb_lineno}{inside}"
            if not places or places[-1] != place:
                places.append(place)
        trace = trace.tb_next
    return places


def _name(path: str) -> str:
    """The path of a file from the folder of the job: folders are mounted under numbers while a component is built."""
    return re.sub(r"^/\d+/", "", path)
