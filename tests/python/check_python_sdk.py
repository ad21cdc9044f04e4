"""check_python_sdk.py SDK TARGET: the package `host_guest` in a Python with NumPy, pandas and SciPy, and as a wheel.

The types of the contract are those that componentize-py generates; a value is kept if it comes back as it went.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sdk, target = map(Path, sys.argv[1:])
componentize = target / "componentize/bin/componentize-py"
scratch = Path(tempfile.mkdtemp())
wit = sdk.parent.parent / "wit"
subprocess.run([componentize, "-q", "-d", wit, "-w", "described-job", "bindings", scratch / "bindings"], check=True)
sys.path[:0] = [str(sdk / "src"), str(scratch / "bindings")]

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.sparse  # noqa: E402
from host_guest import Rng, Sparse, Table, UnsupportedValue, array, wire, zeros  # noqa: E402


def back(value):
    return wire.of_value(wire.to_value(value))


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


dtypes = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
dtypes += ["float32", "float64", "complex64", "complex128"]
for dtype in dtypes:
    for shape in [(), (0,), (3,), (2, 3), (2, 0, 3)]:
        values = np.arange(int(np.prod(shape))).astype(dtype).reshape(shape)
        assert same(back(values), values), (dtype, shape)
turned = np.arange(6.0).reshape(2, 3).T
assert same(back(turned), np.ascontiguousarray(turned)), "an array that is not contiguous"
assert same(back(np.array([1, 2], dtype=">i4")), np.array([1, 2], dtype="i4")), "another byte order"
assert back(np.array([["ä", "b"]])).tolist() == [["ä", "b"]]
assert isinstance(array([1, 2]), np.ndarray) and isinstance(zeros((2, 2)), np.ndarray)

for scalar, kind in [(np.float64(0.5), float), (np.int64(3), int), (np.bool_(True), bool), (np.str_("ä"), str)]:
    assert type(back(scalar)) is kind and back(scalar) == scalar, scalar
assert same(back(np.float32(0.5)), np.array(0.5, dtype="float32")), "a scalar that Python has no type for"
assert back([np.int64(1), 2]) == [1, 2] and back((np.float64(0.5), 1.5)) == (0.5, 1.5)

frame = pd.DataFrame({"t": [0.0, 0.5], "n": [1, 2], "word": ["a", "ä"]})
table = back(frame)
assert list(table) == ["t", "n", "word"] and table["word"].tolist() == ["a", "ä"]
assert table.to_pandas().equals(frame), table.to_pandas()
assert back(Table(v=np.arange(6).reshape(2, 3)))["v"].shape == (2, 3)

dense = np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 3.0]])
for format in ["csr", "csc", "coo", "bsr", "dia", "lil"]:
    matrix = back(scipy.sparse.coo_matrix(dense).asformat(format))
    assert isinstance(matrix, Sparse) and (matrix.to_scipy().toarray() == dense).all(), format
    assert (matrix.todense() == dense).all(), format

for refused in [np.array([object()]), np.array([1], dtype="float16"), np.array(["2000"], dtype="M8[s]"), [np.float32(1)]]:
    try:
        wire.to_value(refused)
    except UnsupportedValue as error:
        print("refused:", error)
    else:
        raise AssertionError(f"{refused!r} was kept")

# The first bytes of ChaCha8 with a key of zeros; the Rust SDK is held to the same.
assert Rng(0).bits() == 0xD6405F892FEF003E

subprocess.run(
    [target / "componentize/bin/pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps", "-w", scratch, sdk], check=True
)
(wheel,) = scratch.glob("host_guest-*-py3-none-any.whl")
held = {Path(name).name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("host_guest/")}
assert held == {path.name for path in (sdk / "src/host_guest").iterdir() if path.is_file()}, held
print("all kept")
