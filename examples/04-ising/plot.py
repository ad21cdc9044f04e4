"""Plots magnetisation and energy over the temperature, beside Onsager's solution: ising.png."""

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

CRITICAL = 2 / np.log(1 + np.sqrt(2))

with h5py.File("hdf5/ising.hdf5") as file:
    trajectory = file["ising"]
    temperature = trajectory["parameters/lattice/temperature/explored_data"]["data"]
    runs = [trajectory[f"results/runs/run_set_{i // 1000:05d}/run_{i:08d}"] for i in range(len(temperature))]
    abs_m = np.array([run["abs_m/abs_m"][()] for run in runs])
    energy = np.array([run["mean_energy/mean_energy"][()] for run in runs])
    nearest = int(np.abs(temperature - CRITICAL).argmin())
    series = runs[nearest]["magnetisation/magnetisation"][:]

fine = np.linspace(temperature.min(), temperature.max(), 2000)
onsager = np.clip(1 - np.sinh(2 / fine) ** -4.0, 0, None) ** 0.125

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(14, 4), layout="constrained")
left.plot(fine, onsager, label="Onsager")
left.plot(temperature, abs_m, "o", alpha=0.6, label="runs")
left.set(xlabel="temperature", ylabel="|m| per spin", title="magnetisation")
left.legend()
middle.plot(temperature, energy, "o", alpha=0.6)
middle.set(xlabel="temperature", ylabel="energy per spin", title="energy")
right.plot(series, linewidth=0.5)
right.set(xlabel="sweep", ylabel="m per spin", title=f"one run at T = {temperature[nearest]:g}")
figure.savefig("ising.png", dpi=150)
