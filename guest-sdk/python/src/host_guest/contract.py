"""The bindings of the contract, where there are any.

componentize-py makes the module `wit_world` from `wit/`. Outside of a component there is none: then `types`, `host` and
`description` are `None`, so that a job can still be imported, and its model be tested, by any Python.
"""

from __future__ import annotations

from typing import Any

types: Any
host: Any
description: Any
#: Whether lists of numbers cross as arrays of NumPy.
takes_arrays: bool

try:
    from wit_world.imports import description, types
    from wit_world.imports import single_run as host
except ImportError:
    types = host = description = None
takes_arrays = getattr(types, "takes_arrays", False)
