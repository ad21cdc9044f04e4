"""check_hostile.py FILE...: prints, as one JSON object per line, what each file says of its runs: status, reason, and
a digest of all that is stored for the run, paths, types, attributes and values."""

import hashlib
import json
import sys

import h5py
import numpy as np


def take(digest, what):
    digest.update(repr(what).encode())


def value(digest, thing):
    array = np.asarray(thing)
    take(digest, (array.dtype.str, array.shape))
    digest.update(repr(array.tolist()).encode() if array.dtype == object else array.tobytes())


def digest_of(group):
    """A digest of everything below a group."""
    digest = hashlib.sha256()

    def visit(path, node):
        take(digest, path)
        for key in sorted(node.attrs):
            take(digest, key)
            value(digest, node.attrs[key])
        if isinstance(node, h5py.Dataset):
            value(digest, node[()])

    visit("", group)
    group.visititems(visit)
    return digest.hexdigest()


for filename in sys.argv[1:]:
    with h5py.File(filename) as file:
        (name,) = file
        runs = []
        for row in file[name]["overview/runs"]:
            run = f"runs/run_set_00000/run_{row['idx']:08d}"
            branches = [file[name][branch] for branch in ("results", "derived_parameters") if branch in file[name]]
            ok = row["status"] == b"ok"
            runs.append({
                "status": row["status"].decode(),
                "failure": row["failure"].decode(),
                # What hostile runs have stored may take long to read.
                "digest": [digest_of(branch[run]) for branch in branches if run in branch] if ok else [],
                "stored": [branch.name for branch in branches if run in branch],
            })
    print(json.dumps(runs))
