"""check_sparse.py FILE FOLDER: compares what pypet loads from FILE with what SciPy has saved as FOLDER/*.npz.

Each parameter `m.<name>` is the matrix <name>.npz, run by run as well where it is explored; so is the result
`echo.m.<name>` of each run. Prints the formats and how often matrices and arrays are stored.
"""

import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import h5py  # noqa: E402
import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from pypet import load_trajectory  # noqa: E402

path, folder = sys.argv[1:]
traj = load_trajectory(filename=path, index=-1, load_all=2, force=True)


def same(ours, name):
    saved = sp.load_npz(f"{folder}/{name}.npz")
    assert sp.isspmatrix(ours), type(ours)
    assert ours.format == saved.format and ours.shape == saved.shape and ours.dtype == saved.dtype, (ours, saved)
    assert ours.nnz == saved.nnz and (ours.toarray() == saved.toarray()).all(), (ours, saved)
    for part in ("indices", "indptr", "row", "col", "offsets", "data"):
        if hasattr(saved, part):
            a, b = getattr(ours, part), getattr(saved, part)
            assert a.dtype == b.dtype and np.array_equal(a, b), (name, part)
    return f"{saved.format} {saved.dtype}"


explored = ["csr", "other", "csr"]
for name, node in sorted(traj.f_get_parameters().items()):
    if not name.startswith("parameters.m."):
        continue
    short = node.v_name
    assert node.f_get_class_name() == "SparseParameter", node
    if short == "explored":
        for value, wanted in zip(node.f_get_range(), explored, strict=True):
            same(value, wanted)
    else:
        print(short, same(node.f_get(), short))
for index in range(len(traj)):
    run = traj.f_get(f"results.runs.run_set_00000.run_{index:08d}")
    for node in run.f_get("echo").f_get("m").f_iter_leaves():
        assert node.f_get_class_name() == "SparseResult", node
        same(node.f_get(node.v_name), explored[index] if node.v_name == "explored" else node.v_name)
large = traj.f_get("parameters.large")
assert large.f_get_class_name() == "ArrayParameter"
print("arrays", [value.tolist() for value in large.f_get_range()])
with h5py.File(path) as file:
    root = file[next(iter(file))]["parameters"]
    print("matrices stored", sorted(name for name in root["m/explored"] if name.startswith("xspm")))
    print("arrays stored", sorted(root["large/explored__rr__/set_00000"]))
