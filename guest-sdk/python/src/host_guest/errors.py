"""What the host may refuse, as exceptions of Python."""

from __future__ import annotations

from typing import Any


class JobError(Exception):
    """What a job raises to fail its run with a reason in its own words: the text alone is told, and where it was raised."""


class AccessError(AttributeError):
    """Why a value cannot be had. An `AttributeError`, as in pypet, so that `hasattr` and `getattr` work on a run."""


class NotFound(AccessError):
    """Nothing has that name."""


class Ambiguous(AccessError):
    """A short-cut that several nodes answer to."""


class IllegalName(AccessError, ValueError):
    """The name breaks the naming rules, or leads out of this run."""


class NotVisible(AccessError):
    """The name lies outside of what a single run may see."""


class AddError(ValueError):
    """Why something cannot be added."""


class AlreadyExists(AddError):
    """This run has added something of that name before."""


class InvalidValue(AddError):
    """The value contradicts itself, for example a shape that does not match its data."""


class LimitExceeded(AddError):
    """A limit of the run would be exceeded."""


class NoSuchNode(AddError):
    """This run has no node of that name to annotate."""


class UnknownClass(AddError):
    """No class of that name was loaded."""


class ClassRefused(AddError):
    """The class does not keep this value."""


class UnsupportedValue(TypeError):
    """A value of Python that the contract has no place for."""


def of_access(name: str, refusal: Any, similar: str | None = None) -> AccessError:
    """The exception for what `f-get` answers instead of a value."""
    match type(refusal).__name__.removeprefix("AccessError_"):
        case "NotFound":
            hint = f"; did you mean `{similar}`?" if similar else "; the spec has to give it"
            return NotFound(f"nothing is called `{name}`{hint}")
        case "Ambiguous":
            candidates = "` or `".join(refusal.value)
            return Ambiguous(f"`{name}` could be `{candidates}`; ask for one of them by its longer name")
        case "IllegalName":
            return IllegalName(f"`{name}` is not a name: {refusal.value}")
        case _:
            return NotVisible(f"a run may not see `{name}`: {refusal.value}")


def of_add(name: str, refusal: Any) -> AddError | IllegalName:
    """The exception for what the functions that add something answer."""
    match type(refusal).__name__.removeprefix("AddError_"):
        case "IllegalName":
            return IllegalName(f"`{name}` cannot be a name: {refusal.value}")
        case "AlreadyExists":
            return AlreadyExists(f"this run has added `{refusal.value}` before")
        case "InvalidValue":
            return InvalidValue(f"the value of `{name}` contradicts itself: {refusal.value}")
        case "LimitExceeded":
            return LimitExceeded(f"`{name}` exceeds a limit: {refusal.value}")
        case "NotFound":
            return NoSuchNode(f"this run has added nothing called `{refusal.value}` to annotate")
        case "UnknownClass":
            return UnknownClass(f"`{name}` cannot be stored: {refusal.value}")
        case _:
            return ClassRefused(refusal.value)
