"""check_same_results.py FOLDER...: all files hold the same parameters and results, bit for bit, with the same comments."""

import glob
import sys

import h5py
import numpy as np


def content(filename):
    """Every dataset and attribute of the branches, and the columns that are results, by their paths."""
    found = {}
    with h5py.File(filename) as file:
        (name,) = file

        def visit(path, node):
            if isinstance(node, h5py.Dataset):
                found[path] = node[()]
            for key, value in node.attrs.items():
                found[f"{path}@{key}"] = value

        for branch in ("parameters", "derived_parameters", "results"):
            file[name][branch].visititems(lambda path, node: visit(f"{branch}/{path}", node))
        for column, node in file[name]["overview/columns"].items():
            if column != "runtime":
                found[f"columns/{column}"] = node[()]
        for row in file[name]["overview/runs"]:
            found[f"runs/{row['idx']}"] = np.array([row["status"], row["failure"], row["parameter_summary"]])
    return found


files = [glob.glob(folder + "/*.hdf5")[0] for folder in sys.argv[1:]]
first = content(files[0])
for other in map(content, files[1:]):
    assert first.keys() == other.keys(), first.keys() ^ other.keys()
    for path, value in first.items():
        a, b = np.asarray(value), np.asarray(other[path])
        assert a.dtype == b.dtype and a.shape == b.shape, path
        same = a.tolist() == b.tolist() if a.dtype == object else a.tobytes() == b.tobytes()
        assert same, (path, a, b)
print(f"{len(first)} datasets and attributes are the same in {len(files)} files")
assert len(first) > 50
