"""check_big.py FILE: 1,000 arrays of 100,000 doubles, a[i] = run + i / 2."""

import sys

import h5py
import numpy as np

expected = np.arange(100_000) * 0.5
with h5py.File(sys.argv[1]) as file:
    for run in range(1000):
        array = file[f"big/results/runs/run_set_00000/run_{run:08d}/a/a"][:]
        assert array.dtype == np.float64 and np.array_equal(array, expected + run), run
print("1000 arrays of 800 kB are right")
