"""read_overview_values.py FILE: names and values of the overview tables of parameters and results."""

import sys

import h5py

with h5py.File(sys.argv[1]) as file:
    overview = next(iter(file.values()))["overview"]
    for table in ["parameters_overview", "explored_parameters_overview", "results_summary", "derived_parameters_summary"]:
        print(table)
        for row in overview[table]:
            cells = [row[name].decode() for name in ["name", "value", "range"] if name in row.dtype.names]
            print("  " + " | ".join(cells))
