"""What a job says of itself, so that a spec is checked before anything runs.

A job describes itself by a variable of its module:

    manifest = Manifest(
        "Leaky integrate-and-fire neuron",
        parameters=[Parameter.real("neuron.tau", unit="s", default=20e-3, minimum=1e-6, comment="time constant")],
        results=[ResultDeclaration("trace", dimensions=["t"], unit="V")],
    )
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

#: Stands for "no default", since `None` is a value.
REQUIRED: Any = object()


@dataclass(frozen=True)
class Parameter:
    """A parameter that the job reads, at the path `name` below `parameters`."""

    name: str
    value_type: str
    unit: str = ""
    comment: str = ""
    #: Its value where the spec does not give one. Without a default the spec must.
    default: Any = REQUIRED
    #: The smallest and the largest value allowed; for integers and reals only.
    minimum: float | None = None
    maximum: float | None = None

    @classmethod
    def boolean(cls, name: str, **more: Any) -> Parameter:
        """Declares a `bool`."""
        return cls(name, "boolean", **more)

    @classmethod
    def integer(cls, name: str, **more: Any) -> Parameter:
        """Declares an `int`."""
        return cls(name, "integer", **more)

    @classmethod
    def real(cls, name: str, **more: Any) -> Parameter:
        """Declares a `float`."""
        return cls(name, "real", **more)

    @classmethod
    def complex(cls, name: str, **more: Any) -> Parameter:
        """Declares a `complex`."""
        return cls(name, "complex", **more)

    @classmethod
    def text(cls, name: str, **more: Any) -> Parameter:
        """Declares a `str`."""
        return cls(name, "text", **more)

    @classmethod
    def bytes(cls, name: str, **more: Any) -> Parameter:
        """Declares `bytes`."""
        return cls(name, "bytes", **more)

    @classmethod
    def array(cls, name: str, **more: Any) -> Parameter:
        """Declares an array."""
        return cls(name, "array", **more)

    @classmethod
    def sequence(cls, name: str, **more: Any) -> Parameter:
        """Declares a list or tuple."""
        return cls(name, "sequence", **more)

    @classmethod
    def table(cls, name: str, **more: Any) -> Parameter:
        """Declares a `Table`."""
        return cls(name, "table", **more)

    @classmethod
    def dictionary(cls, name: str, **more: Any) -> Parameter:
        """Declares a `dict`."""
        return cls(name, "dictionary", **more)

    @classmethod
    def sparse(cls, name: str, **more: Any) -> Parameter:
        """Declares a `Sparse`."""
        return cls(name, "sparse", **more)


@dataclass(frozen=True)
class ResultDeclaration:
    """A result that the job adds, or an item of one as `result.item`."""

    name: str
    unit: str = ""
    comment: str = ""
    #: Names of the dimensions of an array, slowest first.
    dimensions: Sequence[str] = ()


@dataclass(frozen=True)
class Manifest:
    """The job in its own words."""

    comment: str = ""
    #: **Every** parameter the job reads; `None` if it does not say, and `[]` if it reads none.
    parameters: Sequence[Parameter] | None = None
    results: Sequence[ResultDeclaration] = field(default=())
