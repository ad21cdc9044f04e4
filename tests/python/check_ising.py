"""check_ising.py FOLDER: mean |m| per spin below the critical temperature against Onsager's solution."""

import glob
import sys

import h5py
import numpy as np
import xarray

(filename,) = glob.glob(sys.argv[1] + "/*.hdf5")
data = xarray.open_dataset(filename, group="ising/overview/columns", engine="h5netcdf")
temperature, abs_m = data["lattice.temperature"].values, data["abs_m"].values
for t in (1.5, 2.0, 2.2):
    onsager = (1 - np.sinh(2 / t) ** -4) ** 0.125
    mean = abs_m[temperature == t].mean()
    print(f"T = {t}: |m| = {mean:.5f}, Onsager {onsager:.5f}, off by {100 * (mean / onsager - 1):+.2f} %")
    assert abs(mean / onsager - 1) < 0.02
assert abs_m[temperature == temperature.max()].mean() < 0.2
seeds = data["seed"].values
assert len(set(seeds.tolist())) == len(seeds), "every run has a seed of its own"
with h5py.File(filename) as file:
    series = file["ising/results/runs/run_set_00000/run_00000000/magnetisation/magnetisation"]
    assert series.shape == (2000,) and np.isclose(np.abs(series[:]).mean(), abs_m[0])
