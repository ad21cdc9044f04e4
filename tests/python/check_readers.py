"""check_readers.py FILE TRAJECTORY: opens FILE with h5py, PyTables, pandas and xarray (both engines).

Asserts that all of them see the same, and prints the columns as canonical JSON.
"""
import json
import sys
import warnings

import h5py
import numpy as np
import pandas as pd
import tables
import xarray as xr

warnings.simplefilter("ignore")

TABLES = ["info", "runs", "explorations", "hdf5_settings", "config", "config_overview", "parameters",
          "parameters_overview", "explored_parameters", "explored_parameters_overview", "results_summary",
          "results_runs_summary", "derived_parameters_summary", "derived_parameters_runs_summary"]


def plain(array):
    values = array.tolist()
    return [None if isinstance(v, float) and v != v else repr(v) if isinstance(v, float) else v for v in values]


def main(path, name):
    with h5py.File(path, "r") as f:
        runs = f[name]["overview/runs"][:]
        nodes = []
        f.visititems(lambda key, node: nodes.append(key))
        scalars = {key: f[key][()] for key in nodes if isinstance(f[key], h5py.Dataset) and f[key].size}
    with tables.open_file(path) as f:
        for table in TABLES:
            node = f.get_node(f"/{name}/overview/{table}")
            assert isinstance(node, tables.Table), (table, node)
            assert len(node[:]) == node.nrows, table
        for node in f.walk_nodes(f"/{name}", "Leaf"):
            in_columns = "/overview/columns" in node._v_pathname
            assert in_columns or not isinstance(node, tables.UnImplemented), node
        ok = f.get_node(f"/{name}/overview/runs").read_where("status == b'ok'")
        assert len(ok) == (runs["completed"] == 1).sum()
    for table in TABLES:
        frame = pd.read_hdf(path, f"{name}/overview/{table}")
        assert table != "runs" or len(frame) == len(runs)
    seen = {}
    for engine in ("h5netcdf", "netcdf4"):
        with xr.open_dataset(path, group=f"{name}/overview/columns", engine=engine) as ds:
            assert dict(ds.sizes) == {"run": len(runs)}, ds.sizes
            assert all(ds[v].dims == ("run",) for v in ds), ds
            assert plain(ds["run"].values) == list(range(len(runs)))
            seen[engine] = {
                str(v): {"values": plain(ds[v].values), "dtype": ds[v].dtype.kind,
                         "attributes": {k: str(a) for k, a in sorted(ds[v].attrs.items())}}
                for v in sorted(ds)
            }
    assert seen["h5netcdf"] == seen["netcdf4"], "the two engines see different things"
    assert [s.decode() for s in runs["status"]] == seen["netcdf4"]["status"]["values"]
    assert np.array_equal(runs["seed"], np.array(seen["netcdf4"]["seed"]["values"], "u8"))
    print(json.dumps({"read by h5py": len(scalars), "columns": seen["netcdf4"]}, sort_keys=True, indent=1,
                     ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
