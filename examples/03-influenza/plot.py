"""Plots the misfit over both rates, and the best run beside the data: influenza.png."""

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

day, in_bed = np.loadtxt("data/outbreak.csv", delimiter=",", skiprows=3, unpack=True)

with h5py.File("hdf5/influenza.hdf5") as file:
    trajectory = file["influenza"]
    beta = trajectory["parameters/epidemic/beta/explored_data"]["data"]
    gamma = trajectory["parameters/epidemic/gamma/explored_data"]["data"]
    runs = [trajectory[f"results/runs/run_set_{i // 1000:05d}/run_{i:08d}"] for i in range(len(beta))]
    sse = np.array([run["sse/sse"][()] for run in runs])
    best = int(sse.argmin())
    infected = runs[best]["infected/infected"][:]

print(f"best: beta = {beta[best]:.4f}, gamma = {gamma[best]:.4f}, SSE = {sse[best]:.0f}")

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
contours = left.tricontourf(beta, gamma, np.log10(sse), levels=20)
left.plot(beta[best], gamma[best], "w*", markersize=12)
left.set(xlabel="β / day⁻¹", ylabel="γ / day⁻¹", title="misfit")
figure.colorbar(contours, ax=left, label="log₁₀ SSE")
right.plot(day, in_bed, "o", label="confined to bed")
right.plot(day, infected, label=f"β = {beta[best]:.3f}, γ = {gamma[best]:.4f}")
right.set(xlabel="day", ylabel="boys", title="the best run")
right.legend()
figure.savefig("influenza.png", dpi=150)
