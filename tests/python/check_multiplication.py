"""check_multiplication.py FILE: every z = x * y of 100 x 100 points, read by five readers."""

import sys
import warnings

import h5py
import numpy as np
import pandas
import tables
import xarray

warnings.simplefilter("ignore")
filename = sys.argv[1]
N = 10_000
x, y = np.divmod(np.arange(N), 100)
expected = x * y


def run_group(root, run):
    return root[f"multiplication/results/runs/run_set_{run // 1000:05d}/run_{run:08d}"]


with h5py.File(filename) as file:
    z = np.array([run_group(file, run)["z/z"][()] for run in range(N)])
    assert z.dtype == np.int64 and np.array_equal(z, expected)
    assert set(file) == {"multiplication"}
    print("h5py: 10000 values of z in the tree, int64, all right")

with tables.open_file(filename) as file:
    for run in range(N):
        node = file.get_node(f"/multiplication/results/runs/run_set_{run // 1000:05d}/run_{run:08d}/z/z")
        assert node.read() == expected[run]
    runs = file.get_node("/multiplication/overview/runs")
    assert isinstance(runs, tables.Table), type(runs)
    assert len(runs) == N and runs.read()["completed"].all()
    some = runs.read_where("(idx >= 5000) & (idx < 5003)")
    assert [name.decode() for name in some["name"]] == [f"run_{i:08d}" for i in (5000, 5001, 5002)]
    assert some["parameter_summary"][0].decode() == "x: 50,   y: 0", some["parameter_summary"][0]
    explored = file.get_node("/multiplication/parameters/x/explored_data").read()["data"]
    assert np.array_equal(explored, x)
    print("PyTables: 10000 values of z in the tree, runs a Table with read_where, all right")

for table in ("info", "runs", "explorations", "explored_parameters", "explored_parameters_overview"):
    frame = pandas.read_hdf(filename, f"multiplication/overview/{table}")
    print(f"pandas: {table}: {len(frame)} rows: {', '.join(frame.columns)}")

for engine in ("h5netcdf", "netcdf4"):
    with xarray.open_dataset(filename, group="multiplication/overview/columns", engine=engine) as data:
        assert data.z.dims == ("run",) and data.z.dtype == np.int64, data.z
        assert np.array_equal(data.z.values, expected)
        assert np.array_equal(data.x.values, x) and np.array_equal(data.y.values, y)
        assert np.array_equal(data.run.values, np.arange(N))
        assert set(data.status.values.tolist()) == {"ok"}
        print(f"xarray {engine}: {', '.join(sorted(data.variables))}")

import pypet  # noqa: E402  (it takes a second, and fails last)

traj = pypet.load_trajectory(name="multiplication", filename=filename, load_all=2, force=True)
assert len(traj) == N and all(traj.f_is_completed(i) for i in range(N))
for run in range(N):
    z = traj.f_get(f"results.runs.run_set_{run // 1000:05d}.run_{run:08d}.z").z
    assert type(z) is int and z == expected[run], (run, z)
traj.v_idx = 4321
assert (traj.x, traj.y) == (43, 21), (traj.x, traj.y)
assert traj.f_get("x").v_comment == "The first dimension"
print("pypet: 10000 values of z, load_all=2, all right; v_idx, comments, completed all right")
