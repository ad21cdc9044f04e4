"""Plots the product of every pair of numbers as an image: multiplication.png."""

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

with h5py.File("hdf5/multiplication.hdf5") as file:
    trajectory = file["multiplication"]
    x = trajectory["parameters/x/explored_data"]["data"]
    y = trajectory["parameters/y/explored_data"]["data"]
    z = np.array(
        [trajectory[f"results/runs/run_set_{i // 1000:05d}/run_{i:08d}/z/z"][()] for i in range(len(x))]
    )

table = np.full((x.max() + 1, y.max() + 1), np.nan)
table[x, y] = z

figure, axes = plt.subplots(layout="constrained")
image = axes.imshow(table.T, origin="lower")
axes.set(xlabel="x", ylabel="y", title=f"z = x y, {len(z)} runs")
figure.colorbar(image, label="z")
figure.savefig("multiplication.png", dpi=150)
