"""check_pypet.py FILE [TRAJECTORY]: loads FILE with pypet and prints what it holds as canonical JSON.

Two files with the same content print the same. Exit code 0 means that pypet loaded everything.
"""
import json
import logging
import os
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import numpy as np
import pypet


def canonical(v):
    kind = type(v).__name__
    if isinstance(v, np.ndarray):
        return {"ndarray": str(v.dtype), "shape": list(v.shape), "data": canonical(v.tolist())}
    if isinstance(v, np.generic):
        return {"np": str(v.dtype), "v": canonical(v.item())}
    if isinstance(v, complex):
        return {"complex": [canonical(v.real), canonical(v.imag)]}
    if isinstance(v, bytes):
        return {"bytes": v.hex()}
    if isinstance(v, list):
        return [canonical(x) for x in v]
    if isinstance(v, tuple):
        return {"tuple": [canonical(x) for x in v]}
    if isinstance(v, dict):
        return {"dict": {str(k): canonical(x) for k, x in v.items()}}
    if hasattr(v, "to_dict") and hasattr(v, "columns"):
        return {kind: {str(c): canonical(list(v[c])) for c in v.columns}}
    if isinstance(v, float) and (v != v or v in (float("inf"), float("-inf"))):
        return {"float": repr(v)}  # JSON has no such numbers
    if isinstance(v, (bool, int, float, str)) or v is None:
        return v
    return {"repr": repr(v)[:200], "type": kind}


def described(node, **more):
    out = {"class": node.f_get_class_name(), "comment": node.v_comment, **more}
    if not node.v_annotations.f_is_empty():
        out["annotations"] = {k: canonical(x) for k, x in node.v_annotations.f_to_dict().items()}
    return out


def parameter(p):
    more = {"range": [canonical(x) for x in p.f_get_range()]} if p.f_has_range() else {}
    return described(p, value=canonical(p.f_get()), **more)


def result(r):
    return described(r, data={k: canonical(v) for k, v in r.f_to_dict().items()})


def main(path, name=None):
    which = {"name": name} if name else {"index": -1}
    traj = pypet.load_trajectory(filename=os.path.abspath(path), load_all=2, force=True, **which)
    out = {
        "name": traj.v_name,
        "comment": traj.v_comment,
        "length": len(traj),
        "time": traj.v_time,
        "timestamp": traj.v_timestamp,
        "version": traj.v_version,
        "parameters": {k: parameter(v) for k, v in traj.f_get_parameters().items()},
        "config": {k: parameter(v) for k, v in traj.f_get_config().items()},
        "derived_parameters": {k: parameter(v) for k, v in traj.f_get_derived_parameters().items()},
        "explored": sorted(traj.f_get_explored_parameters()),
        "results": {k: result(v) for k, v in traj.f_get_results().items()},
        "runs": {k: {x: canonical(y) for x, y in v.items()} for k, v in traj.f_get_run_information().items()},
        "completed": [int(bool(traj.f_is_completed(i))) for i in range(len(traj))],
    }
    per_run = {}
    for i in range(len(traj)):  # what users do: look at one run, with natural naming
        traj.v_idx = i
        per_run[traj.v_crun] = {k: canonical(traj.f_get(k).f_get()) for k in sorted(traj.f_get_explored_parameters())}
    traj.f_restore_default()
    out["explored_per_run"] = per_run
    print(json.dumps(out, sort_keys=True, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
