"""An SIR model of the influenza in an English boarding school in 1978, with the arithmetic of ../src/lib.rs on arrays of NumPy.

`dS/dt = -beta S I / N`, `dI/dt = beta S I / N - gamma I`: one infected boy among 763 at day 0, and the number of boys confined
to bed on days 1 to 14 read from a file that the spec has to grant.
"""

import numpy as np

from host_guest import JobError, Manifest, Parameter, ResultDeclaration, SingleRun

manifest = Manifest(
    "SIR model of the influenza in a boarding school, 1978",
    parameters=[
        Parameter.real("epidemic.beta", unit="day-1", minimum=0.0, comment="transmission rate"),
        Parameter.real("epidemic.gamma", unit="day-1", minimum=0.0, comment="recovery rate"),
        Parameter.integer("school.boys", default=763, minimum=1.0, comment="everybody"),
        Parameter.integer("school.infected", default=1, minimum=0.0, comment="infected at day 0"),
        Parameter.text("data.file", default="/data/outbreak.csv", comment="columns day, in_bed"),
        Parameter.integer("sim.steps_per_day", default=100, minimum=1.0, maximum=1e6, comment="steps of RK4"),
    ],
    results=[
        ResultDeclaration("sse", comment="sum of squared differences to the boys in bed"),
        ResultDeclaration("r0", unit="1", comment="basic reproduction number, beta / gamma"),
        ResultDeclaration("infected", dimensions=["day"], comment="infected boys at the days of the data"),
    ],
)


def run(traj: SingleRun) -> None:
    beta, gamma, boys = traj.epidemic.beta, traj.epidemic.gamma, float(traj.school.boys)
    first, steps_per_day = float(traj.school.infected), traj.sim.steps_per_day
    days, in_bed = read(traj.data.file)

    state = np.array([boys - first, first])
    infected = np.empty(len(days))
    before = 0
    for place, day in enumerate(days):
        for _ in range((day - before) * steps_per_day):
            state = step(state, beta, gamma, boys, 1.0 / steps_per_day)
        before = day
        infected[place] = state[1]

    traj.f_add_result("sse", ((infected - in_bed) ** 2).sum(), comment="Sum of squared differences to the boys in bed")
    traj.f_add_result("r0", beta / gamma, comment="Basic reproduction number")
    traj.f_add_result("infected", infected, comment="Infected boys at the days of the data")


def step(state: np.ndarray, beta: float, gamma: float, boys: float, dt: float) -> np.ndarray:
    """One step of the classical Runge-Kutta method."""

    def slope(at: np.ndarray) -> np.ndarray:
        new = beta * at[0] * at[1] / boys
        return np.array([-new, new - gamma * at[1]])

    k1 = slope(state)
    k2 = slope(state + dt / 2.0 * k1)
    k3 = slope(state + dt / 2.0 * k2)
    k4 = slope(state + dt * k3)
    return state + dt * ((k1 + 2.0 * k2 + 2.0 * k3 + k4) / 6.0)


def read(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Days and boys in bed, in the order of the days; `#` begins a comment."""
    with open(path) as file:
        header, *rows = [line for line in file if line.strip() and not line.startswith("#")]
    table = np.loadtxt(rows, delimiter=",", ndmin=2, usecols=[header.strip().split(",").index(name) for name in ("day", "in_bed")])
    days = table[:, 0].astype(int)
    if (np.diff(days) <= 0).any():
        raise JobError(f"`{path}` holds no days, or not in their order")
    return days, table[:, 1]
