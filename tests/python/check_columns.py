"""check_columns.py TREE COLUMNS NAME: opens a file in columns with h5py, PyTables, pandas and xarray (both engines).

Asserts that all of them see the same, and what they see in the tree; prints the columns as canonical JSON.
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


def plain(array):
    return json.loads(json.dumps([None if isinstance(v, float) and v != v else v for v in array.ravel().tolist()]))


def opened(path, name, engine):
    with xr.open_dataset(path, group=f"{name}/overview/columns", engine=engine) as ds:
        ds.load()
        return ds


def main(tree, columns, name):
    engines = [opened(columns, name, engine) for engine in ("h5netcdf", "netcdf4")]
    xr.testing.assert_identical(*engines)
    ours, theirs = engines[0], opened(tree, name, "h5netcdf")
    # What no other exploration has: times.
    for variable in sorted(set(theirs) - {"runtime"}):
        assert plain(ours[variable].values) == plain(theirs[variable].values), variable
        assert ours[variable].dims == ("run",), variable
    assert (ours["runtime"].values[ours["status"].values == "ok"] > 0).all()
    runs = pd.read_hdf(columns, f"{name}/overview/runs")
    before = pd.read_hdf(tree, f"{name}/overview/runs")
    for column in ("idx", "name", "completed", "status", "short_environment_hexsha"):
        same = column == "short_environment_hexsha" or (runs[column].values == before[column].values).all()
        assert same and len(runs) == len(before), column
    with tables.open_file(columns) as f:
        for table in ("info", "runs", "explorations", "hdf5_settings", "config", "parameters", "results_summary"):
            assert isinstance(f.get_node(f"/{name}/overview/{table}"), tables.Table), table
        unknown = [n._v_pathname for n in f.walk_nodes(f"/{name}", "Leaf") if isinstance(n, tables.UnImplemented)]
        # Texts of any length, which PyTables does not read; pypet never looks there.
    assert all("/overview/" in path for path in unknown), unknown
    with h5py.File(columns, "r") as f:
        overview = f[name]["overview"]
        assert "runs" not in f[name]["results"], "no run has a group"
        schemas = [json.loads(text) for text in overview["host_layout/schemas"].asstr()[:]]
        of_runs = overview["host_layout/schema"][:]
        assert (of_runs < len(schemas)).all()
        assert len(overview["host_digests"]) == len(runs) and overview["host_digests"].dtype == np.dtype("u8")
        more = {}
        for key, group in overview["more_columns"].items():
            if isinstance(group, h5py.Group):
                there = group["offset"][:] >= 0
                lengths = group["shape"][:].prod(axis=1)[there]
                assert lengths.sum() == len(group["values"]), key
                more[key] = int(there.sum())
            else:
                more[key] = list(group.shape)
    shown = {
        str(v): {"dims": list(ours[v].dims), "dtype": ours[v].dtype.kind, "shape": list(ours[v].shape),
                 "attributes": {k: str(a) for k, a in sorted(ours[v].attrs.items())}}
        for v in sorted(ours)
    }
    print(json.dumps({"columns": shown, "more": more, "schemas": len(schemas)}, sort_keys=True, indent=1,
                     ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
