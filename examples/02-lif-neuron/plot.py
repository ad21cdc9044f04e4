"""Plots the f-I curve beside its closed form, and one membrane potential: lif_neuron.png."""

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

with h5py.File("hdf5/lif_neuron.hdf5") as file:
    trajectory = file["lif_neuron"]
    current = trajectory["parameters/input/current/explored_data"]["data"]
    runs = [trajectory[f"results/runs/run_set_{i // 1000:05d}/run_{i:08d}"] for i in range(len(current))]
    rate = np.array([run["rate/rate"][()] for run in runs])
    tau, resistance, threshold, refractory, dt = (
        trajectory[f"parameters/{name}/data"]["data"][0]
        for name in ["neuron/tau", "neuron/R", "neuron/v_th", "neuron/t_ref", "sim/dt"]
    )
    shown = int(np.argmax(rate > 0))
    trace = runs[shown]["trace/trace"][:]
    spikes = runs[shown]["spikes/times"][:]

fine = np.linspace(current.min(), current.max(), 2000)
target = resistance * fine
with np.errstate(divide="ignore", invalid="ignore"):
    theory = np.where(target > threshold, 1 / (refractory + tau * np.log(target / (target - threshold))), 0.0)

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot(fine * 1e12, theory, label="closed form")
left.plot(current * 1e12, rate, "o", label="runs")
left.set(xlabel="input current / pA", ylabel="firing rate / Hz", title="f-I curve")
left.legend()
time = (np.arange(len(trace)) + 1) * dt
right.plot(time * 1e3, trace * 1e3)
right.axhline(threshold * 1e3, linestyle=":", color="grey")
right.vlines(spikes[spikes <= time[-1]] * 1e3, threshold * 1e3, threshold * 1.3e3, color="black")
right.set(xlabel="time / ms", ylabel="membrane potential / mV", title=f"{current[shown] * 1e12:.0f} pA")
figure.savefig("lif_neuron.png", dpi=150)
