"""check_influenza.py FOLDER: the best point of the grid against an independent least-squares fit."""

import glob
import sys

import numpy as np
import xarray
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

IN_BED = np.array([3, 8, 26, 76, 225, 298, 258, 233, 189, 128, 68, 29, 14, 4.0])
N = 763.0


def infected(beta, gamma):
    solution = solve_ivp(lambda t, s: [-beta * s[0] * s[1] / N, beta * s[0] * s[1] / N - gamma * s[1]],
                         (0, 14), [N - 1, 1], t_eval=np.arange(1, 15), rtol=1e-10, atol=1e-8)
    return solution.y[1]


(filename,) = glob.glob(sys.argv[1] + "/*.hdf5")
data = xarray.open_dataset(filename, group="influenza/overview/columns", engine="h5netcdf")
beta, gamma, sse = (data[name].values for name in ("epidemic.beta", "epidemic.gamma", "sse"))
best = int(np.argmin(sse))
fit = least_squares(lambda p: infected(*p) - IN_BED, [1.6, 0.45])
optimum = fit.x
step = [np.diff(np.unique(axis)).max() for axis in (beta, gamma)]
independent = float(np.sum((infected(beta[best], gamma[best]) - IN_BED) ** 2))
print(f"{len(sse)} points; best beta {beta[best]:.4f} gamma {gamma[best]:.4f} SSE {sse[best]:.2f}")
print(f"least squares: beta {optimum[0]:.4f} gamma {optimum[1]:.4f} R0 {optimum[0] / optimum[1]:.3f} SSE {2 * fit.cost:.1f}")
print(f"independent SSE at the best point {independent:.2f}, ratio - 1 = {sse[best] / independent - 1:.2e}")
assert abs(beta[best] - optimum[0]) <= step[0] and abs(gamma[best] - optimum[1]) <= step[1], (step, optimum)
assert abs(beta[best] - 1.669) <= step[0] and abs(gamma[best] - 0.4434) <= step[1]
assert abs(sse[best] / independent - 1) < 1e-3
