"""check_numpy.py FILE: what the job `numpy` has computed is what NumPy computes here."""

import sys

import h5py
import numpy as np

worst = {}
with h5py.File(sys.argv[1]) as file:
    tree = file["numbers"]
    matrix = np.array([[(7 * i + 3 * j * j) % 11 / 4.0 for j in range(6)] for i in range(6)])
    product, t = matrix @ matrix.T, np.arange(256) / 256.0
    eigenvalues, vectors = np.linalg.eig(matrix / 10.0)
    wanted = {
        "product": product,
        "fft": np.fft.fft(np.sin(40.0 * t) + t**2),
        "eigenvalues": np.linalg.eigvalsh(product),
        "singular": np.linalg.svd(matrix, compute_uv=False),
        "solved": np.linalg.solve(product + np.eye(6), np.arange(1.0, 7.0)),
        "exponential": ((vectors * np.exp(eigenvalues)) @ np.linalg.inv(vectors)).real,
        "root": np.array(2.0 ** (1.0 / 3.0)),
    }
    runs = tree["results/runs/run_set_00000"]
    assert len(runs) == 8
    for run in runs.values():
        for name, value in wanted.items():
            found = run[name][name][()]
            assert found.shape == value.shape and found.dtype == value.dtype, name
            error = np.abs(found - value).max() / np.abs(value).max()
            worst[name] = max(worst.get(name, 0.0), float(error))
            assert error < 1e-9, f"{name}: {error}"
        seed = int(run["seed/seed"][()])
        drawn = np.random.default_rng([seed, 0]).normal(size=5)
        assert (run["drawn/drawn"][()] == drawn).all(), "the same seed gives the same numbers, bit for bit"
print(worst)
