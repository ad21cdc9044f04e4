"""read_with_pypet.py FILE: loads a file that holds one trajectory with pypet and prints what it found, as sorted JSON.

What differs from one machine or moment to the next (times, hashes, versions) is left out.
"""

import json
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from pypet import load_trajectory  # noqa: E402

traj = load_trajectory(filename=sys.argv[1], index=-1, load_all=2, force=True)


def plain(value):
    if isinstance(value, np.ndarray):
        return {"array": str(value.dtype), "shape": list(value.shape), "data": plain(value.tolist())}
    if isinstance(value, np.generic):
        return {"numpy": str(value.dtype), "value": plain(value.item())}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, tuple):
        return {"tuple": [plain(item) for item in value]}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if sp.issparse(value):
        names = {"coo": ["row", "col"], "dia": ["offsets"]}.get(value.format, ["indices", "indptr"])
        parts = {name: plain(getattr(value, name)) for name in [*names, "data"]}
        return {"sparse": type(value).__name__, "shape": list(value.shape), **parts}
    if hasattr(value, "columns"):
        return {"table": {str(name): plain(list(value[name])) for name in value.columns}}
    if isinstance(value, dict):
        return {"dict": {str(key): plain(item) for key, item in value.items()}}
    assert value is None or isinstance(value, (bool, int, float, str)), type(value)
    return value


def leaf(node, **more):
    annotations = {key: plain(value) for key, value in node.v_annotations.f_to_dict().items()}
    return {"comment": node.v_comment, **({"annotations": annotations} if annotations else {}), **more}


def parameter(node):
    explored = {"explored": plain(list(node.f_get_range()))} if node.f_has_range() else {}
    return leaf(node, value=plain(node.f_get()), **explored)


print(json.dumps({
    "name": traj.v_name,
    "comment": traj.v_comment,
    "length": len(traj),
    "completed": [int(bool(traj.f_is_completed(run))) for run in range(len(traj))],
    "parameters": {name: parameter(node) for name, node in traj.f_get_parameters().items()},
    "derived_parameters": {name: parameter(node) for name, node in traj.f_get_derived_parameters().items()},
    "results": {name: leaf(node, data={key: plain(value) for key, value in node.f_to_dict().items()})
                for name, node in traj.f_get_results().items()},
    "config": sorted(name.split(".", 3)[-1] for name in traj.f_get_config() if name.startswith("config.environment.")),
}, sort_keys=True, indent=1, ensure_ascii=False))
