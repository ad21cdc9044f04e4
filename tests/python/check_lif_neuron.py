"""check_lif_neuron.py FOLDER: firing rates against f = 1 / (t_ref + tau ln(RI / (RI - V_th)))."""

import glob
import sys

import numpy as np
import xarray

(filename,) = glob.glob(sys.argv[1] + "/*.hdf5")
data = xarray.open_dataset(filename, group="lif_neuron/overview/columns", engine="h5netcdf")
current = data["input.current"].values
tau, resistance, threshold, t_ref = 20e-3, 100e6, 15e-3, 2e-3
drive = resistance * current
with np.errstate(divide="ignore", invalid="ignore"):
    closed = np.where(drive > threshold, 1 / (t_ref + tau * np.log(drive / (drive - threshold))), 0.0)
assert len(current) >= 20 and (closed > 0).sum() >= 15 and (closed == 0).sum() >= 3
rate = data["rate"].values
silent = closed == 0
assert np.all(rate[silent] == 0), rate[silent]
error = np.abs(rate[~silent] / closed[~silent] - 1)
print(f"{len(current)} currents, {silent.sum()} below threshold and silent; largest error of the rate {error.max():.2e}")
assert error.max() < 0.01, error
assert data["rate"].attrs["units"] == "Hz" and data["input.current"].attrs["units"] == "A"
