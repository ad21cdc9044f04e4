"""The results z = x * y of RUNS runs, written from Python: `write.py h5py-tree|tables-tree|h5py-columns|tables-table RUNS FILE`.

`tree` has a group for every run with `z` in it, as pypet and the layout tree of host do; the others one column or table. What
host writes beside it (explored parameters, overview tables, run table, digests) is left out, in favour of these.
"""

import sys


def h5py_tree(runs, filename):
    import h5py

    with h5py.File(filename, "w") as file:
        all_runs = file.create_group("trajectory/results/runs")
        for run in range(runs):
            group = all_runs.create_group(f"run_set_{run // 1000:05d}/run_{run:08d}/z")
            group.create_dataset("z", data=run // 1000 * (run % 1000))


def tables_tree(runs, filename):
    import tables

    with tables.open_file(filename, "w") as file:
        for run in range(runs):
            parent = f"/trajectory/results/runs/run_set_{run // 1000:05d}/run_{run:08d}"
            group = file.create_group(parent, "z", createparents=True)
            file.create_array(group, "z", run // 1000 * (run % 1000))


def h5py_columns(runs, filename):
    import h5py
    import numpy

    run = numpy.arange(runs)
    with h5py.File(filename, "w") as file:
        file.create_dataset("trajectory/z", data=run // 1000 * (run % 1000))


def tables_table(runs, filename):
    import tables

    class Row(tables.IsDescription):
        run = tables.Int64Col()
        z = tables.Int64Col()

    with tables.open_file(filename, "w") as file:
        table = file.create_table("/", "results", Row, expectedrows=max(runs, 1))
        row = table.row
        for run in range(runs):
            row["run"], row["z"] = run, run // 1000 * (run % 1000)
            row.append()


if __name__ == "__main__":
    how, runs, filename = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    {"h5py-tree": h5py_tree, "tables-tree": tables_tree, "h5py-columns": h5py_columns, "tables-table": tables_table}[how](runs, filename)
