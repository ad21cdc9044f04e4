"""check_same_file.py A.hdf5 B.hdf5: all datasets and attributes are the same, bit for bit, except how long runs took."""

import json
import sys

import h5py
import numpy as np

# A run's end is stored as a time of day, so how long it took is known to a fraction of a microsecond.
TIMES = {"finish_timestamp", "runtime"}
# What was known at the end only is known from the start when it is stored again, and stands in these tables, too.
CONFIG = ("overview/config", "overview/config_overview")


def content(filename):
    found = {}
    with h5py.File(filename) as file:

        def visit(path, node):
            if path.endswith(CONFIG):
                return
            for key, value in node.attrs.items():
                if key == "HOST_COLUMNS":
                    sums = json.loads(value)
                    value = json.dumps({name: sum for name, sum in sums.items() if name not in TIMES})
                found[f"{path}@{key}"] = value
            if isinstance(node, h5py.Dataset):
                if path.endswith("overview/columns/runtime"):
                    return
                value = node[()]
                if value.dtype.names if hasattr(value, "dtype") else None:
                    for name in set(value.dtype.names) - TIMES:
                        found[f"{path}[{name}]"] = value[name]
                else:
                    found[path] = value
            else:
                found[path] = sorted(node)

        visit("/", file)
        file.visititems(visit)
    return found


def same(a, b):
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.hasobject:
        # References are addresses in their own file.
        return repr(a.tolist()) == repr(b.tolist()) or "HDF5 object reference" in repr(a.tolist())
    return a.tobytes() == b.tobytes()


first, second = map(content, sys.argv[1:3])
odd = first.keys() ^ second.keys()
assert not odd, sorted(odd)[:20]
differ = [path for path in first if not same(first[path], second[path])]
assert not differ, [(path, first[path], second[path]) for path in differ[:5]]
assert len(first) > 100, len(first)
print("the same")
