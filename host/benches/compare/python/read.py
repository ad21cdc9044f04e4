"""Reads the column `z` of all runs: `read.py pandas|xarray FILE TRAJECTORY`. Prints the seconds that it took, without imports,
and the sum of the column, as JSON."""

import json
import sys
import time


def main():
    how, filename, trajectory = sys.argv[1:]
    group = f"{trajectory}/overview/columns"
    if how == "pandas":
        import h5py
        import pandas

        start = time.perf_counter()
        with h5py.File(filename) as file:
            runs = file[group]["run"].shape
            columns = {name: node[:] for name, node in file[group].items() if node.shape == runs}
        frame = pandas.DataFrame(columns)
        total = frame["z"].sum()
    else:
        import xarray

        start = time.perf_counter()
        with xarray.open_dataset(filename, group=group, engine="h5netcdf") as columns:
            total = columns["z"].load().sum().item()
    print(json.dumps({"seconds": time.perf_counter() - start, "sum": float(total)}))


if __name__ == "__main__":
    main()
