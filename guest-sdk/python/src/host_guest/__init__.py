"""Write jobs for `host` in Python.

A job is a module with a function that simulates **one** point of a parameter exploration. `host build` makes a component
of it, with the interpreter already started, and `host run` calls the function for every point, each time in a fresh
sandbox:

    def run(traj):
        traj.f_add_result("z", traj.x * traj.y, comment="the product")

- `SingleRun` is the run: parameters in by natural naming, results out, progress, the seed.
- `array`, `zeros` and `ndarray` are NumPy's where NumPy is part of the component, and small ones of our own elsewhere.
- `Table` and `Sparse` are the values that Python has no type for.
- `Manifest` lets a job describe itself, so that a spec is checked before anything runs.

The package adds words to the contract in `wit/` and keeps nothing from the host: checks of names, shapes and limits
happen there.
"""

from .errors import (
    AccessError,
    AddError,
    AlreadyExists,
    Ambiguous,
    ClassRefused,
    IllegalName,
    InvalidValue,
    JobError,
    LimitExceeded,
    NoSuchNode,
    NotFound,
    NotVisible,
    UnknownClass,
    UnsupportedValue,
)
from .manifest import Manifest, Parameter, ResultDeclaration
from .ndarray import array, ndarray, zeros
from .random_numbers import Rng
from .single_run import Group, ParameterNode, ResultNode, SingleRun
from .sparse import Sparse
from .table import Table

__all__ = [
    "AccessError",
    "AddError",
    "AlreadyExists",
    "Ambiguous",
    "ClassRefused",
    "Group",
    "IllegalName",
    "InvalidValue",
    "JobError",
    "LimitExceeded",
    "Manifest",
    "NoSuchNode",
    "NotFound",
    "NotVisible",
    "Parameter",
    "ParameterNode",
    "ResultDeclaration",
    "ResultNode",
    "Rng",
    "SingleRun",
    "Sparse",
    "Table",
    "UnknownClass",
    "UnsupportedValue",
    "array",
    "ndarray",
    "zeros",
]
